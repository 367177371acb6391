// SPDX-License-Identifier: Apache-2.0
#include "load/elf_image.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "base/check.hpp"
#include "base/ranges.hpp"
#include "limits.hpp"

namespace ingot::load {
namespace {

constexpr std::uint64_t page_bytes = 4096;
constexpr std::uint64_t segments_max = 16;
// An object cannot be larger than its bundle; its memory is its file and some zeros.
constexpr std::uint64_t address_max = 4 * limits::GiB;
constexpr std::uint64_t hash_header_bytes = 16;

Error refuse(const std::string& reason) { return Error{ErrorCode::verification, "native object refused: " + reason}; }

std::uint64_t page_down(std::uint64_t address) { return address / page_bytes * page_bytes; }
std::uint64_t page_up(std::uint64_t address) { return page_down(address + page_bytes - 1); }

template <typename T>
bool read_at(format::ByteView bytes, std::uint64_t offset, T& out) {
  if (!contains(bytes.size(), offset, sizeof(T))) return false;
  std::memcpy(&out, bytes.data() + offset, sizeof(T));
  return true;
}

std::string reason_for_tag(std::int64_t tag) {
  switch (tag) {
    case DT_NEEDED: return "it needs another library (DT_NEEDED)";
    case DT_RPATH:
    case DT_RUNPATH: return "it carries a library search path";
    case DT_INIT:
    case DT_INIT_ARRAY:
    case DT_PREINIT_ARRAY: return "it has a constructor";
    case DT_FINI:
    case DT_FINI_ARRAY: return "it has a destructor";
    case DT_TEXTREL: return "it relocates its text";
    case DT_JMPREL: return "it binds functions by name (DT_JMPREL)";
    default: return "its dynamic table has an entry that an island has no use for (tag " + std::to_string(tag) + ")";
  }
}

}  // namespace

Result<ElfImage> ElfImage::read(format::ByteView object) {
  ElfImage image(object);
  INGOT_TRY_VOID(image.read_header());
  INGOT_TRY_VOID(image.check_segments());
  INGOT_TRY_VOID(image.read_dynamic());
  INGOT_TRY_VOID(image.read_relocations());
  INGOT_TRY_VOID(image.read_symbol());
  return image;
}

Result<void> ElfImage::read_header() {
  if (!read_at(object_, 0, header_) || std::memcmp(header_.e_ident, ELFMAG, SELFMAG) != 0) return refuse("not an ELF file");
  if (header_.e_ident[EI_CLASS] != ELFCLASS64) return refuse("not a 64-bit object");
  if (header_.e_ident[EI_DATA] != ELFDATA2LSB) return refuse("not a little-endian object");
  if (header_.e_ident[EI_VERSION] != EV_CURRENT || header_.e_version != EV_CURRENT) return refuse("an unknown version of ELF");
  if (header_.e_ident[EI_OSABI] != ELFOSABI_SYSV || header_.e_ident[EI_ABIVERSION] != 0) return refuse("made for another system");
  if (header_.e_machine != EM_X86_64) return refuse("made for another machine than x86-64");
  if (header_.e_type != ET_DYN) return refuse("not a shared object");
  if (header_.e_phentsize != sizeof(Elf64_Phdr)) return refuse("program headers of an odd size");
  if (header_.e_phnum > segments_max) return refuse("it has " + std::to_string(header_.e_phnum) + " program headers");
  for (std::uint64_t index = 0; index < header_.e_phnum; ++index) {
    Elf64_Phdr segment{};
    // The product and the sum cannot overflow: e_phoff is only used where the whole table fits into the file.
    if (!contains(object_.size(), header_.e_phoff, sizeof(Elf64_Phdr) * header_.e_phnum) ||
        !read_at(object_, header_.e_phoff + index * sizeof(Elf64_Phdr), segment)) {
      return refuse("its program headers lie outside the file");
    }
    INGOT_TRY_VOID(read_segment(segment));
  }
  return {};
}

Result<void> ElfImage::read_segment(const Elf64_Phdr& segment) {
  const bool executable = (segment.p_flags & PF_X) != 0;
  const auto only_one = [&](std::optional<Elf64_Phdr>& place, const char* what) -> Result<void> {
    if (place) return refuse(std::string("it has more than one ") + what);
    place = segment;
    return {};
  };
  switch (segment.p_type) {
    case PT_LOAD: loaded_.push_back(segment); return {};
    case PT_DYNAMIC: return only_one(dynamic_segment_, "dynamic table");
    case PT_GNU_RELRO: return only_one(relro_, "read-only part of its data");
    case PT_GNU_STACK:
      if (executable) return refuse("it asks for an executable stack");
      return only_one(stack_, "wish about its stack");
    case PT_PHDR:
      if (segment.p_offset == header_.e_phoff && segment.p_vaddr == header_.e_phoff) return {};
      return refuse("its program headers say that they are elsewhere");
    case PT_INTERP: return refuse("it names an interpreter");
    case PT_TLS: return refuse("it has thread-local storage");
    default: return refuse("it has a segment that an island has no use for (type " + std::to_string(segment.p_type) + ")");
  }
}

Result<void> ElfImage::check_segments() {
  std::uint64_t end = 0;
  for (const Elf64_Phdr& segment : loaded_) {
    if (!contains(object_.size(), segment.p_offset, segment.p_filesz) || segment.p_filesz > segment.p_memsz) {
      return refuse("a segment lies outside the file");
    }
    if (!contains(address_max, segment.p_vaddr, segment.p_memsz)) return refuse("a segment lies outside any address it may have");
    if (segment.p_align != page_bytes || segment.p_vaddr % page_bytes != segment.p_offset % page_bytes) {
      return refuse("a segment is not aligned to its pages");
    }
    if (page_down(segment.p_vaddr) < end) return refuse("two segments overlap, or stand in the wrong order");
    end = page_up(segment.p_vaddr + segment.p_memsz);
    if ((segment.p_flags & PF_R) == 0) return refuse("a segment cannot be read");
    if ((segment.p_flags & PF_X) == 0) continue;
    if ((segment.p_flags & PF_W) != 0) return refuse("a segment is writable and executable");
    if (text_.size != 0) return refuse("it has more than one executable segment");
    if (segment.p_filesz != segment.p_memsz) return refuse("its executable segment is not all in the file");
    text_ = {segment.p_vaddr, segment.p_memsz};
  }
  if (text_.size == 0) return refuse("it has no executable segment");
  if (!stack_) return refuse("it does not rule out an executable stack");
  if (!dynamic_segment_) return refuse("it has no dynamic table");
  // What is sealed after relocation must be the object's own data, not a neighbour's memory.
  if (relro_ && !in_writable(relro_->p_vaddr, relro_->p_memsz)) return refuse("its read-only part lies outside its data");
  return {};
}

Result<void> ElfImage::read_dynamic() {
  const std::uint64_t address = dynamic_segment_->p_vaddr;
  const std::uint64_t size = dynamic_segment_->p_filesz;
  // Nothing is allocated for more than the file can hold.
  std::vector<Elf64_Dyn> entries(size <= object_.size() ? size / sizeof(Elf64_Dyn) : 0);
  if (size > object_.size() || size % sizeof(Elf64_Dyn) != 0 || size != dynamic_segment_->p_memsz || !copy(address, entries.data(), size)) {
    return refuse("its dynamic table lies outside its segments");
  }
  bool ended = false;
  for (const Elf64_Dyn& entry : entries) {
    const std::uint64_t value = entry.d_un.d_val;
    switch (entry.d_tag) {
      case DT_NULL: ended = true; break;
      case DT_GNU_HASH: dynamic_.hash = value; break;
      case DT_STRTAB: dynamic_.strings = value; break;
      case DT_STRSZ: dynamic_.string_bytes = value; break;
      case DT_SYMTAB: dynamic_.symbols = value; break;
      case DT_RELA: dynamic_.relocations = value; break;
      case DT_RELASZ: dynamic_.relocation_bytes = value; break;
      case DT_FLAGS: dynamic_.flags = value; break;
      case DT_FLAGS_1: dynamic_.flags_1 = value; break;
      case DT_RELACOUNT: break;
      case DT_SYMENT:
      case DT_RELAENT:
        if (value != sizeof(Elf64_Sym) || value != sizeof(Elf64_Rela)) return refuse("its dynamic table has entries of an odd size");
        break;
      default: return refuse(reason_for_tag(entry.d_tag));
    }
    if (ended) break;
  }
  if (!ended) return refuse("its dynamic table has no end");
  if ((dynamic_.flags & DF_TEXTREL) != 0) return refuse("its dynamic flags say that it relocates its text");
  if ((dynamic_.flags & ~std::uint64_t{DF_BIND_NOW}) != 0 || (dynamic_.flags_1 & ~std::uint64_t{DF_1_NOW}) != 0) {
    return refuse("its dynamic flags ask for more than immediate binding");
  }
  return {};
}

Result<void> ElfImage::read_relocations() {
  relocations_.resize(dynamic_.relocation_bytes <= object_.size() ? dynamic_.relocation_bytes / sizeof(Elf64_Rela) : 0);
  if (relocations_.size() * sizeof(Elf64_Rela) != dynamic_.relocation_bytes ||
      (!relocations_.empty() && !copy(dynamic_.relocations, relocations_.data(), dynamic_.relocation_bytes))) {
    return refuse("its relocations lie outside its segments");
  }
  const Elf64_Phdr& table = *dynamic_segment_;
  std::uint64_t end = 0;
  for (const Elf64_Rela& relocation : relocations_) {
    // No symbol is looked up, no function is run (IRELATIVE would), and each address is written once.
    if (ELF64_R_TYPE(relocation.r_info) == R_X86_64_IRELATIVE) return refuse("a relocation runs a function (IRELATIVE)");
    if (relocation.r_info != ELF64_R_INFO(0, R_X86_64_RELATIVE)) return refuse("a relocation does more than add the load address");
    const std::uint64_t address = relocation.r_offset;
    if (in_text(address)) return refuse("a relocation writes into the text");
    if (address < end || address % 8 != 0 || !in_writable(address, 8)) return refuse("a relocation writes where it must not, or is out of order");
    if (address + 8 > table.p_vaddr && address < table.p_vaddr + table.p_memsz) return refuse("a relocation changes the dynamic table");
    end = address + 8;
  }
  return {};
}

/// The hash table is what the system's loader searches; what is not in it cannot be found.
Result<void> ElfImage::read_symbol() {
  std::uint32_t header[4]{};  // buckets, first hashed symbol, words of the filter, shift
  if (!copy(dynamic_.hash, header, sizeof header)) return refuse("its symbols' hash table lies outside its segments");
  const auto [buckets, first, words, shift] = header;
  // One symbol needs one bucket and one chain entry, which ends the chain. Symbol 0 is the null symbol of every table.
  if (buckets != 1 || first != 1 || words != 1 || shift > 63) return refuse("it does not export exactly one symbol");
  std::uint32_t bucket_and_chain[2]{};
  if (!copy(dynamic_.hash + hash_header_bytes + 8 * words, bucket_and_chain, sizeof bucket_and_chain) || bucket_and_chain[0] != 1 ||
      (bucket_and_chain[1] & 1) == 0) {
    return refuse("it exports more than one symbol, or none");
  }
  if (!copy(dynamic_.symbols + sizeof(Elf64_Sym), &symbol_, sizeof symbol_)) return refuse("its symbols lie outside its segments");
  if (symbol_.st_shndx == SHN_UNDEF) return refuse("it has an undefined symbol");
  if (ELF64_ST_TYPE(symbol_.st_info) == STT_GNU_IFUNC) return refuse("its symbol is a function that chooses another (IFUNC)");
  if (ELF64_ST_TYPE(symbol_.st_info) != STT_OBJECT || ELF64_ST_BIND(symbol_.st_info) != STB_GLOBAL || symbol_.st_shndx >= SHN_LORESERVE) {
    return refuse("its symbol is not a global object");
  }
  std::string strings(std::min<std::uint64_t>(dynamic_.string_bytes, object_.size()), '\0');
  if (strings.empty() || strings.size() != dynamic_.string_bytes || !copy(dynamic_.strings, strings.data(), strings.size()) ||
      strings.back() != '\0' || symbol_.st_name >= strings.size()) {
    return refuse("its symbol's name lies outside its strings");
  }
  symbol_name_ = strings.c_str() + symbol_.st_name;
  return {};
}

bool ElfImage::in_writable(std::uint64_t address, std::uint64_t length) const {
  return std::any_of(loaded_.begin(), loaded_.end(), [&](const Elf64_Phdr& segment) {
    return (segment.p_flags & PF_W) != 0 && address >= segment.p_vaddr && contains(segment.p_memsz, address - segment.p_vaddr, length);
  });
}

bool ElfImage::copy(std::uint64_t address, void* to, std::uint64_t length) const {
  for (const Elf64_Phdr& segment : loaded_) {
    if (address < segment.p_vaddr || !contains(segment.p_filesz, address - segment.p_vaddr, length)) continue;
    if (length > 0) std::memcpy(to, object_.data() + segment.p_offset + (address - segment.p_vaddr), length);
    return true;
  }
  return false;
}

std::optional<std::uint64_t> ElfImage::pointer_at(std::uint64_t address) const {
  const auto found = std::lower_bound(relocations_.begin(), relocations_.end(), address,
                                      [](const Elf64_Rela& relocation, std::uint64_t wanted) { return relocation.r_offset < wanted; });
  if (found == relocations_.end() || found->r_offset != address) return std::nullopt;
  return static_cast<std::uint64_t>(found->r_addend);
}

std::uint64_t ElfImage::mapped_bytes() const { return page_up(loaded_.back().p_vaddr + loaded_.back().p_memsz); }

std::uint64_t ElfImage::file_offset(std::uint64_t address) const {
  const auto found = std::find_if(loaded_.begin(), loaded_.end(), [&](const Elf64_Phdr& segment) {
    return address >= segment.p_vaddr && address - segment.p_vaddr < segment.p_filesz;
  });
  INGOT_CHECK(found != loaded_.end());
  return found->p_offset + (address - found->p_vaddr);
}

std::optional<std::vector<std::uint64_t>> ElfImage::places_of_addresses() const {
  struct Part {
    std::uint64_t begin, bytes;
  };
  const std::uint64_t headers = header_.e_phoff, dynamic = file_offset(dynamic_segment_->p_vaddr);
  const std::uint64_t symbol = file_offset(dynamic_.symbols + sizeof(Elf64_Sym));
  const std::uint64_t relocations = relocations_.empty() ? object_.size() : file_offset(dynamic_.relocations);
  std::vector<Part> parts{{0, sizeof(Elf64_Ehdr)}, {headers, header_.e_phnum * sizeof(Elf64_Phdr)}, {dynamic, dynamic_segment_->p_filesz}, {symbol, sizeof(Elf64_Sym)},
                          {relocations, dynamic_.relocation_bytes}};
  std::sort(parts.begin(), parts.end(), [](const Part& one, const Part& other) { return one.begin < other.begin; });
  for (std::size_t index = 1; index < parts.size(); ++index) {
    if (parts[index - 1].begin + parts[index - 1].bytes > parts[index].begin) return std::nullopt;
  }
  std::vector<std::uint64_t> places;
  for (std::uint64_t index = 0; index < header_.e_phnum; ++index) {
    Elf64_Phdr segment{};
    const std::uint64_t at = headers + index * sizeof segment;
    INGOT_CHECK(read_at(object_, at, segment));
    if (segment.p_type == PT_GNU_STACK) continue;
    places.push_back(at + offsetof(Elf64_Phdr, p_vaddr));
    places.push_back(at + offsetof(Elf64_Phdr, p_paddr));
  }
  for (std::uint64_t at = dynamic;; at += sizeof(Elf64_Dyn)) {
    Elf64_Dyn entry{};
    INGOT_CHECK(read_at(object_, at, entry));
    if (entry.d_tag == DT_NULL) break;
    if (entry.d_tag == DT_GNU_HASH || entry.d_tag == DT_STRTAB || entry.d_tag == DT_SYMTAB || entry.d_tag == DT_RELA) places.push_back(at + offsetof(Elf64_Dyn, d_un));
  }
  places.push_back(symbol + offsetof(Elf64_Sym, st_value));
  for (std::uint64_t at = relocations; at < relocations + dynamic_.relocation_bytes; at += sizeof(Elf64_Rela)) {
    places.push_back(at + offsetof(Elf64_Rela, r_offset));
    places.push_back(at + offsetof(Elf64_Rela, r_addend));
  }
  return places;
}

}  // namespace ingot::load
