// SPDX-License-Identifier: Apache-2.0
#include "format/bundle.hpp"

#include <algorithm>
#include <cstring>
#include <optional>

#include "base/ranges.hpp"
#include "format/signature.hpp"
#include "format/static_files.hpp"
#include "limits.hpp"

namespace ingot::format {
namespace {

constexpr std::array<std::uint8_t, 8> bundle_magic{0x89, 'I', 'N', 'G', 'O', 'T', '\r', '\n'};
constexpr std::array<std::uint8_t, 8> signature_magic{'I', 'N', 'G', 'O', 'T', 'S', 'I', 'G'};
constexpr std::uint64_t header_bytes = 32;
constexpr std::uint64_t table_entry_bytes = 32;
constexpr std::uint64_t signature_header_bytes = 16;
constexpr std::uint64_t signature_entry_bytes = 88;
constexpr std::uint64_t key_id_chars = 16;
constexpr std::ptrdiff_t signature_bytes_offset = 24;  // behind the key id and the end
constexpr std::uint32_t kind_manifest = 1;
constexpr std::uint32_t kind_object = 2;
constexpr std::uint32_t kind_symbols = 3;
constexpr std::uint32_t kind_provenance = 4;
constexpr std::uint32_t kind_static_files = 5;
// The table always fits before the first section, so every layout begins its manifest at one page.
static_assert(header_bytes + table_entry_bytes * limits::bundle_sections_max <= limits::bundle_page_bytes);

Error refuse(std::string reason) { return Error{ErrorCode::verification, std::move(reason)}; }

std::uint64_t page_align(std::uint64_t offset) {
  return (offset + limits::bundle_page_bytes - 1) / limits::bundle_page_bytes * limits::bundle_page_bytes;
}

template <typename T>
T read_number(ByteView bytes, std::uint64_t offset) {
  INGOT_CHECK(contains(bytes.size(), offset, sizeof(T)));
  T value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) value |= static_cast<T>(static_cast<T>(bytes[offset + i]) << (8 * i));
  return value;
}

template <typename T>
void append_number(Bytes& bytes, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i) bytes.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

bool all_zero(ByteView bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; });
}

struct Section {
  std::uint32_t kind = 0;
  std::uint32_t index = 0;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

struct Header {
  std::uint32_t section_count = 0;
  std::uint64_t signed_length = 0;
};

Result<Header> parse_header(ByteView file) {
  if (file.size() > limits::bundle_bytes_max) return refuse("the bundle is larger than any bundle may be");
  const std::uint64_t seen = std::min<std::uint64_t>(file.size(), bundle_magic.size());
  if (seen == 0 || std::memcmp(file.data(), bundle_magic.data(), seen) != 0) return refuse("not a bundle: wrong first bytes");
  if (file.size() < header_bytes) return refuse("the bundle is truncated: no whole header");
  const auto version = read_number<std::uint32_t>(file, 8);
  if (version != bundle_format_version) {
    return refuse("the bundle has format version " + std::to_string(version) + ", this program reads version " +
                  std::to_string(bundle_format_version));
  }
  Header header;
  header.section_count = read_number<std::uint32_t>(file, 12);
  header.signed_length = read_number<std::uint64_t>(file, 16);
  if (header.section_count < 2 || header.section_count > limits::bundle_sections_max) {
    return refuse("the bundle's header claims " + std::to_string(header.section_count) + " sections");
  }
  if (!all_zero(file.subspan(24, 8))) return refuse("the bundle's header has a reserved field that is not zero");
  if (header.signed_length % limits::bundle_page_bytes != 0 || header.signed_length < 2 * limits::bundle_page_bytes) {
    return refuse("the bundle's header holds an impossible signed length");
  }
  if (header.signed_length > file.size()) return refuse("the bundle is truncated: its signed part is not all there");
  return header;
}

/// The manifest, then objects, at least one, then at most one of each attachment, by rising kind.
bool belongs(const Section& section, const std::vector<Section>& before) {
  if (before.empty()) return section.kind == kind_manifest && section.index == 0;
  if (section.kind == kind_object) return before.back().kind <= kind_object && section.index == before.size() - 1;
  const bool is_attachment = section.kind >= kind_symbols && section.kind <= kind_static_files;
  return is_attachment && section.index == 0 && before.size() > 1 && before.back().kind < section.kind;
}

/// Checks the table and every gap between sections, so that the layout is the one that write_bundle() makes.
Result<std::vector<Section>> parse_table(ByteView file, const Header& header) {
  std::vector<Section> sections;
  std::uint64_t end = header_bytes + table_entry_bytes * header.section_count;
  for (std::uint32_t i = 0; i < header.section_count; ++i) {
    const std::uint64_t at = header_bytes + table_entry_bytes * i;
    const std::string name = "section " + std::to_string(i);
    Section section{read_number<std::uint32_t>(file, at), read_number<std::uint32_t>(file, at + 4),
                    read_number<std::uint64_t>(file, at + 8), read_number<std::uint64_t>(file, at + 16)};
    if (read_number<std::uint64_t>(file, at + 24) != 0) return refuse(name + " has a reserved field that is not zero");
    if (section.kind < kind_manifest || section.kind > kind_static_files) return refuse(name + " is of unknown kind " + std::to_string(section.kind));
    if (!belongs(section, sections)) return refuse(name + " is out of order");
    if (section.length == 0) return refuse(name + " is empty");
    if (!contains(header.signed_length, section.offset, section.length)) return refuse(name + " lies outside the signed part");
    if (section.offset < end) return refuse(name + " overlaps what stands before it");
    if (section.offset != page_align(end)) return refuse(name + " is not where it belongs");
    if (!all_zero(file.subspan(end, section.offset - end))) return refuse("bytes before " + name + " are not zero");
    end = section.offset + section.length;
    sections.push_back(section);
  }
  if (page_align(end) != header.signed_length) return refuse("the signed part is longer than its sections");
  if (!all_zero(file.subspan(end, header.signed_length - end))) return refuse("bytes behind the last section are not zero");
  return sections;
}

bool is_key_id(std::string_view text) {
  return text.size() == key_id_chars && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

Result<std::vector<Signature>> parse_signatures(ByteView block) {
  if (block.size() < signature_header_bytes) return refuse("the bundle is truncated: no whole signature block");
  if (!std::equal(signature_magic.begin(), signature_magic.end(), block.begin())) return refuse("the signature block is damaged");
  const auto count = read_number<std::uint32_t>(block, 8);
  if (count > limits::bundle_signatures_max) return refuse("the signature block claims " + std::to_string(count) + " signatures");
  if (read_number<std::uint32_t>(block, 12) != 0) return refuse("the signature block has a reserved field that is not zero");
  const std::uint64_t length = signature_header_bytes + signature_entry_bytes * count;
  if (block.size() < length) return refuse("the bundle is truncated: its signatures are not all there");
  if (block.size() > length) return refuse("the bundle has bytes behind its signature block");
  std::vector<Signature> signatures(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    const ByteView entry = block.subspan(signature_header_bytes + signature_entry_bytes * i, signature_entry_bytes);
    signatures[i].key_id.assign(entry.begin(), entry.begin() + key_id_chars);
    signatures[i].expires = read_number<std::uint64_t>(entry, key_id_chars);
    std::copy(entry.begin() + signature_bytes_offset, entry.end(), signatures[i].bytes.begin());
    if (!is_key_id(signatures[i].key_id)) return refuse("a signature has a malformed key id");
    if (i > 0 && signatures[i - 1].key_id >= signatures[i].key_id) return refuse("signatures are not in the order of their key ids");
  }
  return signatures;
}

void append_signatures(Bytes& bytes, std::vector<Signature> signatures) {
  std::sort(signatures.begin(), signatures.end(), [](const auto& a, const auto& b) { return a.key_id < b.key_id; });
  INGOT_CHECK(signatures.size() <= limits::bundle_signatures_max);
  bytes.insert(bytes.end(), signature_magic.begin(), signature_magic.end());
  append_number<std::uint32_t>(bytes, static_cast<std::uint32_t>(signatures.size()));
  append_number<std::uint32_t>(bytes, 0);
  for (const Signature& signature : signatures) {
    INGOT_CHECK(is_key_id(signature.key_id));
    bytes.insert(bytes.end(), signature.key_id.begin(), signature.key_id.end());
    append_number<std::uint64_t>(bytes, signature.expires);
    bytes.insert(bytes.end(), signature.bytes.begin(), signature.bytes.end());
  }
}

}  // namespace

namespace {

/// The last section, when it is of this kind, as the manifest must say.
Result<ByteView> take_attachment(ByteView file, std::vector<Section>& sections, std::uint32_t kind, const std::optional<Digested>& named,
                                 const std::string& what) {
  const Section last = sections.back();
  if (named.has_value() != (last.kind == kind)) return refuse("the manifest and the bundle disagree on " + what);
  if (!named) return ByteView();
  if (named->bytes != last.length) return refuse("the manifest names another size for the " + what);
  sections.pop_back();
  return file.subspan(last.offset, last.length);
}

Result<void> check_attachment(ByteView content, const std::optional<Digested>& named, const std::string& what) {
  if (!named || hex(sha256(content)) == named->digest) return {};
  return refuse("the section of " + what + " has another digest than the manifest says");
}

std::optional<Digested> digested(ByteView content) {
  if (content.empty()) return std::nullopt;
  return Digested{hex(sha256(content)), content.size()};
}

}  // namespace

Result<BundleView> parse_bundle(ByteView file) {
  INGOT_TRY(const Header header, parse_header(file));
  INGOT_TRY(std::vector<Section> sections, parse_table(file, header));
  BundleView view;
  view.signed_bytes = file.first(header.signed_length);
  INGOT_TRY(view.signatures, parse_signatures(file.subspan(header.signed_length)));
  if (sections[0].length > limits::manifest_bytes_max) return refuse("the manifest is larger than any manifest may be");
  const ByteView text = file.subspan(sections[0].offset, sections[0].length);
  INGOT_TRY(view.manifest, parse_manifest({reinterpret_cast<const char*>(text.data()), text.size()}));
  if (const Section last = sections.back(); last.kind == kind_static_files) {
    view.static_files = file.subspan(last.offset, last.length);
    INGOT_TRY_VOID(parse_static_files(view.static_files));
    sections.pop_back();
  }
  INGOT_TRY(view.provenance, take_attachment(file, sections, kind_provenance, view.manifest.provenance, "provenance"));
  INGOT_TRY(view.symbols, take_attachment(file, sections, kind_symbols, view.manifest.symbols, "symbols"));
  if (view.manifest.targets.size() + 1 != sections.size()) return refuse("the manifest lists other targets than the bundle holds");
  for (std::size_t i = 1; i < sections.size(); ++i) {
    const Target& target = view.manifest.targets[i - 1];
    if (target.object_bytes != sections[i].length) return refuse("the manifest names another size for the object of " + target.level);
    view.objects.push_back({target.level, file.subspan(sections[i].offset, sections[i].length)});
  }
  return view;
}

Bytes write_bundle(Manifest manifest, const std::vector<ObjectInput>& objects, const Attachments& attachments) {
  INGOT_CHECK(!objects.empty() && objects.size() + 3 < limits::bundle_sections_max);
  manifest.targets.clear();
  for (const ObjectInput& object : objects) {
    manifest.targets.push_back({object.level, hex(sha256(object.bytes)), object.bytes.size()});
  }
  manifest.symbols = digested(attachments.symbols);
  manifest.provenance = digested(attachments.provenance);
  const std::string text = write_manifest(manifest);
  struct Content {
    std::uint32_t kind, index;
    ByteView bytes;
  };
  std::vector<Content> contents{{kind_manifest, 0, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}}};
  for (std::uint32_t i = 0; i < objects.size(); ++i) contents.push_back({kind_object, i, objects[i].bytes});
  if (!attachments.symbols.empty()) contents.push_back({kind_symbols, 0, attachments.symbols});
  if (!attachments.provenance.empty()) contents.push_back({kind_provenance, 0, attachments.provenance});
  if (!attachments.static_files.empty()) contents.push_back({kind_static_files, 0, attachments.static_files});

  Bytes bytes(bundle_magic.begin(), bundle_magic.end());
  std::uint64_t offset = limits::bundle_page_bytes;
  std::uint64_t signed_length = offset;
  for (const Content& content : contents) signed_length += page_align(content.bytes.size());
  append_number<std::uint32_t>(bytes, bundle_format_version);
  append_number<std::uint32_t>(bytes, static_cast<std::uint32_t>(contents.size()));
  append_number<std::uint64_t>(bytes, signed_length);
  append_number<std::uint64_t>(bytes, 0);
  for (const Content& content : contents) {
    append_number<std::uint32_t>(bytes, content.kind);
    append_number<std::uint32_t>(bytes, content.index);
    append_number<std::uint64_t>(bytes, offset);
    append_number<std::uint64_t>(bytes, content.bytes.size());
    append_number<std::uint64_t>(bytes, 0);
    offset += page_align(content.bytes.size());
  }
  for (const Content& content : contents) {
    bytes.resize(page_align(bytes.size()));
    bytes.insert(bytes.end(), content.bytes.begin(), content.bytes.end());
  }
  bytes.resize(signed_length);
  append_signatures(bytes, {});
  return bytes;
}

Bytes with_signatures(ByteView file, const std::vector<Signature>& signatures) {
  Bytes copy;
  copy.reserve(file.size() + signature_block_bytes_max);
  copy.assign(file.begin(), file.end());
  return with_signatures(std::move(copy), signatures);
}

Bytes with_signatures(Bytes&& file, const std::vector<Signature>& signatures) {
  const auto header = parse_header(file);
  INGOT_CHECK(header.ok());
  file.resize(static_cast<std::size_t>(header->signed_length));
  append_signatures(file, signatures);
  return std::move(file);
}

Result<void> check_object_digest(const BundleView& bundle, std::size_t index) {
  const Target& target = bundle.manifest.targets[index];
  if (hex(sha256(bundle.objects[index].bytes)) == target.object_digest) return {};
  return refuse("the object for " + target.level + " has another digest than its manifest says");
}

Result<void> check_digests(const BundleView& bundle) {
  for (std::size_t i = 0; i < bundle.objects.size(); ++i) INGOT_TRY_VOID(check_object_digest(bundle, i));
  INGOT_TRY_VOID(check_attachment(bundle.symbols, bundle.manifest.symbols, "symbols"));
  return check_attachment(bundle.provenance, bundle.manifest.provenance, "provenance");
}

}  // namespace ingot::format
