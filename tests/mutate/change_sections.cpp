// SPDX-License-Identifier: Apache-2.0
// Gentle changes outside function bodies, and the wild ones.
#include <algorithm>
#include <array>
#include <string_view>

#include "mutator.hpp"

namespace ingot::mutate {
namespace {

constexpr std::size_t interesting_bytes_max = 64;

void splice(Bytes& bytes, std::size_t begin, std::size_t end, const Bytes& replacement) {
  bytes.erase(bytes.begin() + static_cast<std::ptrdiff_t>(begin), bytes.begin() + static_cast<std::ptrdiff_t>(end));
  bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(begin), replacement.begin(), replacement.end());
}

Bytes number_bytes(std::uint64_t value) {
  Bytes bytes;
  append_number(bytes, value);
  return bytes;
}

Bytes with_length(const Bytes& content) {
  Bytes bytes = number_bytes(content.size());
  bytes.insert(bytes.end(), content.begin(), content.end());
  return bytes;
}

/// Where the entries of a list of (name ... ) begin; used for imports and exports.
struct NameAt {
  std::size_t begin, end;  ///< with its length
};

std::vector<NameAt> export_names(const Bytes& content) {
  std::vector<NameAt> names;
  std::size_t at = 0;
  const auto count = read_number(content, at);
  for (std::uint64_t i = 0; count && i < *count; ++i) {
    const std::size_t begin = at;
    const auto size = read_number(content, at);
    if (!size || *size >= content.size() - at) break;
    at += *size;
    names.push_back({begin, at});
    ++at;
    if (!read_number(content, at)) break;
  }
  return names;
}

bool export_name(Parts& parts, Random& random) {
  Section* section = parts.find(7);
  if (section == nullptr) return false;
  const auto names = export_names(section->content);
  if (names.empty()) return false;
  const NameAt name = random.pick(names);
  splice(section->content, name.begin, name.end, with_length(hostile_name(random, random.one_in(8))));
  return true;
}

bool more_exports(Parts& parts, Random& random) {
  Section* section = parts.find(7);
  if (section == nullptr || parts.functions.empty()) return false;
  std::size_t at = 0;
  const auto count = read_number(section->content, at);
  if (!count) return false;
  Bytes entry = with_length(hostile_name(random, false));
  const bool function = !random.one_in(3);
  entry.push_back(function ? 0 : static_cast<std::uint8_t>(1 + random.below(3)));
  append_number(entry, function ? random.below(parts.functions.size()) : 0);
  section->content.insert(section->content.end(), entry.begin(), entry.end());
  splice(section->content, 0, at, number_bytes(*count + 1));
  return true;
}

/// The limits of the first memory (section 5) or table (section 4).
bool change_limits(Parts& parts, Random& random) {
  Section* section = parts.find(random.one_in(2) ? 4 : 5);
  if (section == nullptr) return false;
  Bytes& content = section->content;
  std::size_t at = 0;
  const auto count = read_number(content, at);
  if (!count || *count == 0) return false;
  if (section->id == 4) ++at;
  if (at >= content.size()) return false;
  const std::size_t begin = at;
  const bool had_max = (content[at++] & 1) != 0;
  const auto min = read_number(content, at);
  if (!min || (had_max && !read_number(content, at))) return false;
  const std::uint64_t top = section->id == 5 ? 65536 : UINT32_MAX;
  const std::uint64_t low = random.one_in(3) ? random.below(section->id == 5 ? 65537 : 1'000'000) : *min;
  Bytes limits{static_cast<std::uint8_t>(random.one_in(2))};
  append_number(limits, low);
  if (limits[0] == 1) append_number(limits, random.one_in(2) ? top : low + random.below(top - std::min(low, top - 1)));
  splice(content, begin, at, limits);
  return true;
}

/// Changes bytes inside the last section of this kind, anywhere but in its first number.
bool data_bytes(Parts& parts, Random& random) {
  Section* section = parts.find(11);
  if (section == nullptr || section->content.size() < 12) return false;
  const std::size_t at = section->content.size() - 1 - random.below(section->content.size() / 2);
  for (std::size_t i = at; i < std::min(at + 1 + random.below(8), section->content.size()); ++i) section->content[i] = random.byte();
  return true;
}

/// The i32.const of an offset or an initial value: the sections' expressions hold little else.
bool constant_expression(Parts& parts, Random& random) {
  Section* section = parts.find(std::array<std::uint8_t, 3>{6, 9, 11}[random.below(3)]);
  if (section == nullptr) return false;
  Bytes& content = section->content;
  std::vector<NameAt> places;
  for (std::size_t at = 1; at + 2 < std::min(content.size(), interesting_bytes_max * 64); ++at) {
    if (content[at] != 0x41) continue;
    std::size_t end = at + 1;
    if (read_number(content, end) && end < content.size() && content[end] == 0x0b) places.push_back({at + 1, end});
  }
  if (places.empty()) return false;
  const NameAt place = random.pick(places);
  Bytes fresh;
  append_signed(fresh, static_cast<std::int32_t>(interesting(random)));
  splice(content, place.begin, place.end, fresh);
  return true;
}

bool element_index(Parts& parts, Random& random) {
  Section* section = parts.find(9);
  if (section == nullptr || section->content.size() < 6 || parts.functions.empty()) return false;
  const std::uint64_t function = random.below(parts.functions.size());
  std::uint8_t& last = section->content.back();
  if (function > 0x7f || last > 0x7f || (section->content[section->content.size() - 2] & 0x80) != 0) return false;
  last = static_cast<std::uint8_t>(function);
  return true;
}

bool more_types(Parts& parts, Random& random) {
  Section* section = parts.find(1);
  if (section == nullptr) return false;
  static const Bytes with_vectors{0x7f, 0x7e, 0x7d, 0x7c, 0x7b, 0x70, 0x6f}, without{0x7f, 0x7e, 0x7d, 0x7c, 0x70, 0x6f};
  const Bytes& types = random.one_in(6) ? with_vectors : without;  // vectors cost the C compiler half a second of headers
  std::size_t at = 0;
  const auto count = read_number(section->content, at);
  if (!count) return false;
  Bytes& content = section->content;
  content.push_back(0x60);
  for (int list = 0; list < 2; ++list) {
    const std::size_t size = random.one_in(10) ? random.below(1002) : random.below(6);
    append_number(content, size);
    for (std::size_t i = 0; i < size; ++i) content.push_back(random.pick(types));
  }
  splice(content, 0, at, number_bytes(*count + 1));
  return true;
}

bool more_globals(Parts& parts, Random& random) {
  Section* section = parts.find(6);
  if (section == nullptr) return false;
  static const std::vector<Bytes> globals{{0x7f, 0x01, 0x41, 0x7f, 0x0b}, {0x7e, 0x00, 0x42, 0x00, 0x0b}, {0x7d, 0x01, 0x43, 1, 0, 0xc0, 0x7f, 0x0b},
                                          {0x7c, 0x00, 0x44, 0, 0, 0, 0, 0, 0, 0xf4, 0xff, 0x0b}, {0x70, 0x01, 0xd0, 0x70, 0x0b}, {0x6f, 0x01, 0xd0, 0x6f, 0x0b}};
  std::size_t at = 0;
  const auto count = read_number(section->content, at);
  if (!count) return false;
  const Bytes& fresh = random.pick(globals);
  section->content.insert(section->content.end(), fresh.begin(), fresh.end());
  splice(section->content, 0, at, number_bytes(*count + 1));
  return true;
}

/// "name", "producers", a debug section or another: with a body that is garbage, or nearly right.
bool custom_section(Parts& parts, Random& random) {
  static constexpr std::array<std::string_view, 7> names{"name", "producers", "sourceMappingURL", ".debug_info", ".debug_line", ".debug_abbrev", "dylink.0"};
  const std::string_view name = names[random.below(names.size())];
  Section fresh{0, with_length(Bytes(name.begin(), name.end()))};
  if (name == "name" && random.one_in(2)) {
    Bytes map{1, static_cast<std::uint8_t>(random.below(4))};
    const Bytes hostile = with_length(hostile_name(random, true));
    map.insert(map.end(), hostile.begin(), hostile.end());
    fresh.content.push_back(static_cast<std::uint8_t>(random.below(10)));
    const Bytes sized = with_length(map);
    fresh.content.insert(fresh.content.end(), sized.begin(), sized.end());
  } else {
    for (std::uint64_t left = random.below(200); left > 0; --left) fresh.content.push_back(random.byte());
  }
  if (random.one_in(2)) std::erase_if(parts.sections, [](const Section& section) { return section.id == 0; });
  const std::size_t at = random.below(parts.sections.size() + 1);
  parts.sections.insert(parts.sections.begin() + static_cast<std::ptrdiff_t>(at), std::move(fresh));
  return true;
}

/// Garbles a custom section that is there: real debug information, nearly right.
bool custom_bytes(Parts& parts, Random& random) {
  std::vector<Section*> found;
  for (Section& section : parts.sections) {
    if (section.id == 0 && section.content.size() > 16) found.push_back(&section);
  }
  if (found.empty()) return false;
  Section& section = *random.pick(found);
  for (std::uint64_t left = 1 + random.below(4); left > 0; --left) section.content[8 + random.below(section.content.size() - 8)] = random.byte();
  return true;
}

// ---- wild ----

bool bit_flip(Bytes& module, Random& random) {
  module[random.below(module.size())] ^= static_cast<std::uint8_t>(1u << random.below(8));
  return true;
}

bool byte_set(Bytes& module, Random& random) {
  static const Bytes values{0x00, 0x01, 0x0b, 0x40, 0x60, 0x70, 0x7f, 0x80, 0xff, 0xfc, 0xfd, 0xfe};
  module[random.below(module.size())] = random.one_in(2) ? random.pick(values) : random.byte();
  return true;
}

bool insert_bytes(Bytes& module, Random& random) {
  const std::size_t at = random.below(module.size() + 1);
  Bytes fresh;
  for (std::uint64_t left = 1 + random.below(8); left > 0; --left) fresh.push_back(random.byte());
  splice(module, at, at, fresh);
  return true;
}

bool delete_bytes(Bytes& module, Random& random) {
  const std::size_t at = random.below(module.size());
  splice(module, at, std::min(module.size(), at + 1 + random.below(16)), {});
  return !module.empty();
}

bool duplicate_bytes(Bytes& module, Random& random) {
  const std::size_t at = random.below(module.size());
  const std::size_t end = std::min(module.size(), at + 1 + random.below(64));
  const Bytes copy(module.begin() + static_cast<std::ptrdiff_t>(at), module.begin() + static_cast<std::ptrdiff_t>(end));
  splice(module, end, end, copy);
  return true;
}

bool truncate(Bytes& module, Random& random) {
  module.resize(1 + random.below(module.size()));
  return true;
}

/// A number somewhere becomes overlong, or enormous.
bool number(Bytes& module, Random& random) {
  const std::size_t at = random.below(module.size());
  std::size_t end = at;
  const auto value = read_number(module, end);
  if (!value) return false;
  Bytes fresh;
  if (random.one_in(2)) {
    fresh = number_bytes(static_cast<std::uint64_t>(interesting(random)) & (random.one_in(2) ? UINT32_MAX : UINT64_MAX));
  } else {
    fresh = number_bytes(*value);
    for (std::uint64_t left = 1 + random.below(6); left > 0; --left) fresh.back() |= 0x80, fresh.push_back(0);
  }
  splice(module, at, end, fresh);
  return true;
}

/// Swaps, doubles, drops or garbles whole sections; their lengths stay right.
bool sections(Bytes& module, Random& random) {
  auto all = split(module);
  if (!all || all->empty()) return false;
  const std::size_t at = random.below(all->size());
  const auto place = all->begin() + static_cast<std::ptrdiff_t>(at);
  Bytes& content = place->content;
  switch (random.below(6)) {
    case 0: std::swap((*all)[at], random.pick(*all).id == 0 ? (*all)[0] : (*all)[random.below(all->size())]); break;
    case 1: all->insert(place, Section(*place)); break;
    case 2: all->erase(place); break;
    case 3: content.resize(random.below(content.size() + 1)); break;
    case 4: content.resize(content.size() + 1 + random.below(9), random.byte()); break;
    default: place->id = static_cast<std::uint8_t>(random.below(15)); break;
  }
  module = join_sections(*all);
  return true;
}

/// The length of one section lies.
bool section_length(Bytes& module, Random& random) {
  const auto all = split(module);
  if (!all || all->empty()) return false;
  const std::size_t chosen = random.below(all->size());
  std::size_t at = 8;
  for (std::size_t i = 0; i < chosen; ++i) at += 1 + number_bytes((*all)[i].content.size()).size() + (*all)[i].content.size();
  if (at + 1 >= module.size()) return false;
  std::size_t end = at + 1;
  const auto size = read_number(module, end);
  if (!size) return false;
  const std::uint64_t lie = random.one_in(3) ? UINT32_MAX : random.one_in(2) ? *size + 1 + random.below(64) : random.below(*size + 1);
  splice(module, at + 1, end, number_bytes(lie));
  return true;
}

}  // namespace

std::int64_t interesting(Random& random) {
  if (random.one_in(4)) return static_cast<std::int64_t>(random.next());
  const std::int64_t power = static_cast<std::int64_t>(std::uint64_t{1} << random.below(64));
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(power) + random.below(3) - 1);
}

Bytes hostile_name(Random& random, bool any) {
  using namespace std::string_view_literals;
  static constexpr std::array names{""sv, "main"sv, "int"sv, "*/"sv, "\"; system(\"x\"); //"sv, "?\?/\n"sv, "a\nb"sv, "\0"sv, "\x1b[2J"sv, "../../x"sv, "%s%n"sv, "w2c_m"sv,
                                    "ingot_descriptor_v1"sv, "\xc3\xa9\xe2\x82\xac"sv, "#define x"sv, "\\"sv, "memcpy"sv};
  const std::uint64_t choice = random.below(names.size() + 2);
  Bytes name;
  if (choice < names.size()) name.assign(names[choice].begin(), names[choice].end());
  else if (choice == names.size()) name.assign(random.below(3000), 'x');
  for (std::uint64_t left = random.below(4); left > 0; --left) name.push_back(static_cast<std::uint8_t>('a' + random.below(26)));  // seldom the same twice
  if (any) name.push_back(random.byte());
  return name;
}

const std::vector<Change>& changes_of_sections() {
  static const std::vector<Change> changes{
      {"export name", export_name},     {"export added", more_exports}, {"limits", change_limits},     {"data", data_bytes},
      {"offset", constant_expression},  {"element", element_index},     {"type added", more_types},    {"global added", more_globals},
      {"custom section", custom_section}, {"custom bytes", custom_bytes}};
  return changes;
}

const std::vector<WildChange>& wild_changes() {
  static const std::vector<WildChange> changes{{"bit", bit_flip},         {"byte", byte_set},       {"bytes inserted", insert_bytes}, {"bytes deleted", delete_bytes},
                                               {"bytes doubled", duplicate_bytes}, {"truncated", truncate}, {"number", number},     {"sections", sections},
                                               {"section length", section_length}};
  return changes;
}

Mutant mutate(const Bytes& seed_module, Random& random) {
  constexpr std::uint64_t wild_share = 4;  // one in so many; the others stay mostly valid
  Mutant mutant{seed_module, ""};
  bool wild = random.one_in(wild_share);
  const std::uint64_t wanted = 1 + random.below(3);
  std::uint64_t done = 0;
  for (std::uint64_t tries = 0; done < wanted && tries < 12; ++tries) {
    const char* name = nullptr;
    if (wild) {
      const WildChange& change = random.pick(wild_changes());
      if (!mutant.bytes.empty() && change.apply(mutant.bytes, random)) name = change.name;
    } else if (auto parts = take_apart(mutant.bytes)) {
      const Change& change = random.pick(random.below(3) < 2 ? changes_of_code() : changes_of_sections());
      if (change.apply(*parts, random)) {
        mutant.bytes = parts->join();
        name = change.name;
      }
    } else {
      wild = true;  // not understood: only its bytes can be changed
    }
    if (name == nullptr) continue;
    mutant.changes += std::string(mutant.changes.empty() ? "" : ", ") + name;
    ++done;
  }
  return mutant;
}

}  // namespace ingot::mutate
