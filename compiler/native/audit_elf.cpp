// SPDX-License-Identifier: Apache-2.0
#include "native/audit_elf.hpp"

#include <llvm/Object/ELF.h>
#include <llvm/Object/ELFTypes.h>

#include <algorithm>
#include <array>

#include "base/ranges.hpp"
#include "ingot/abi.h"

namespace ingot::compiler::native {
namespace {

using Elf = llvm::object::ELF64LE;
using ElfFile = llvm::object::ELFFile<Elf>;

Error refuse(std::string what) { return {ErrorCode::audit, std::move(what)}; }

/// LLVM's Expected into our Result, naming what could not be read.
template <typename T>
Result<T> readable(llvm::Expected<T> expected, const char* what) {
  if (expected) return std::move(*expected);
  return refuse(std::string(what) + ": " + llvm::toString(expected.takeError()));
}

std::string number(std::uint64_t value) {
  char text[32];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
  return text;
}

Result<void> check_header(const Elf::Ehdr& header) {
  if (header.e_ident[llvm::ELF::EI_CLASS] != llvm::ELF::ELFCLASS64 || header.e_ident[llvm::ELF::EI_DATA] != llvm::ELF::ELFDATA2LSB) {
    return refuse("not a little-endian ELF64 file");
  }
  const auto os_abi = header.e_ident[llvm::ELF::EI_OSABI];
  if (os_abi != llvm::ELF::ELFOSABI_NONE) return refuse("an OS ABI of its own (GNU extensions such as IFUNC)");
  if (header.e_machine != llvm::ELF::EM_X86_64) return refuse("not for x86-64");
  if (header.e_type != llvm::ELF::ET_DYN) return refuse("not a shared object");
  return {};
}

constexpr std::uint64_t page = 4096;
constexpr std::uint64_t address_max = std::uint64_t{1} << 40;

/// What follows the text in its last page is mapped executable too: it may hold nothing but zeros and int3.
bool only_traps_to_page_end(format::ByteView object, std::uint64_t offset) {
  const std::uint64_t end = std::min<std::uint64_t>((offset + page - 1) / page * page, object.size());
  return std::all_of(object.begin() + static_cast<std::ptrdiff_t>(offset), object.begin() + static_cast<std::ptrdiff_t>(end),
                     [](std::uint8_t byte) { return byte == 0 || byte == 0xcc; });
}

Result<Text> check_segments(const ElfFile& file, format::ByteView object) {
  INGOT_TRY(const auto segments, readable(file.program_headers(), "program headers"));
  Text text;
  bool has_relro = false;
  bool has_stack = false;
  std::uint64_t loaded_end = 0;
  int dynamic_count = 0;
  for (const Elf::Phdr& segment : segments) {
    const bool writable = (segment.p_flags & llvm::ELF::PF_W) != 0;
    const bool executable = (segment.p_flags & llvm::ELF::PF_X) != 0;
    if (!contains(object.size(), segment.p_offset, segment.p_filesz)) return refuse("a segment outside the file");
    switch (segment.p_type) {
      case llvm::ELF::PT_LOAD:
        if (writable && executable) return refuse("a segment that is writable and executable");
        if (segment.p_align % page != 0 || (segment.p_vaddr - segment.p_offset) % page != 0) return refuse("a segment that is not aligned to pages");
        // Loaders map whole pages, the later segment over the earlier one.
        if (segment.p_vaddr < loaded_end || segment.p_filesz > segment.p_memsz || segment.p_memsz > address_max ||
            segment.p_vaddr > address_max) {
          return refuse("segments that overlap");
        }
        loaded_end = (segment.p_vaddr + segment.p_memsz + page - 1) / page * page;
        if (!executable) break;
        if (!text.bytes.empty()) return refuse("more than one executable segment");
        if (segment.p_filesz != segment.p_memsz) return refuse("an executable segment with memory that is not in the file");
        if (segment.p_vaddr % page != 0 || segment.p_offset % page != 0) return refuse("an executable segment that shares its first page");
        if (!only_traps_to_page_end(object, segment.p_offset + segment.p_filesz)) return refuse("an executable segment that shares its last page");
        text = {segment.p_vaddr, object.subspan(segment.p_offset, segment.p_filesz), {}};
        break;
      case llvm::ELF::PT_GNU_STACK:
        if (executable) return refuse("an executable stack");
        has_stack = true;
        break;
      case llvm::ELF::PT_GNU_RELRO: has_relro = true; break;
      case llvm::ELF::PT_DYNAMIC: ++dynamic_count; break;
      case llvm::ELF::PT_PHDR:
        if (segment.p_offset != file.getHeader().e_phoff) return refuse("program headers that say that they are elsewhere");
        break;
      case llvm::ELF::PT_NULL: break;
      case llvm::ELF::PT_TLS: return refuse("thread-local storage");
      case llvm::ELF::PT_INTERP: return refuse("a program interpreter");
      default: return refuse("a segment of unexpected type " + number(segment.p_type));
    }
  }
  if (text.bytes.empty()) return refuse("no executable segment");
  if (dynamic_count != 1) return refuse("not exactly one dynamic segment");
  if (!has_stack) return refuse("no declaration of a non-executable stack");
  if (!has_relro) return refuse("no read-only-after-relocation segment (RELRO)");
  return text;
}

// Everything a dynamic section of an island may hold. Absent on purpose: NEEDED, RPATH, RUNPATH, INIT, FINI, INIT_ARRAY, FINI_ARRAY,
// PREINIT_ARRAY, TEXTREL, SONAME, JMPREL, AUDIT, FILTER and all else that makes a loader run or look for something.
constexpr std::array allowed_entries{llvm::ELF::DT_NULL,   llvm::ELF::DT_GNU_HASH, llvm::ELF::DT_STRTAB,  llvm::ELF::DT_STRSZ,
                                     llvm::ELF::DT_SYMTAB, llvm::ELF::DT_SYMENT,   llvm::ELF::DT_RELA,    llvm::ELF::DT_RELASZ,
                                     llvm::ELF::DT_RELAENT, llvm::ELF::DT_RELACOUNT, llvm::ELF::DT_FLAGS, llvm::ELF::DT_FLAGS_1};

struct Dynamic {
  std::uint64_t relocations = 0;
  std::uint64_t relocation_bytes = 0;
  std::uint64_t symbols = 0;
  std::uint64_t strings = 0;
  std::uint64_t string_bytes = 0;
  std::uint64_t hash = 0;
};

Result<Dynamic> check_dynamic(const ElfFile& file) {
  INGOT_TRY(const auto entries, readable(file.dynamicEntries(), "dynamic section"));
  Dynamic dynamic;
  bool binds_now = false;
  for (const auto& entry : entries) {
    const std::uint64_t value = entry.getVal();
    const bool allowed = std::find(allowed_entries.begin(), allowed_entries.end(), entry.getTag()) != allowed_entries.end();
    if (!allowed) return refuse("the dynamic entry " + file.getDynamicTagAsString(static_cast<std::uint64_t>(entry.getTag())));
    switch (entry.getTag()) {
      case llvm::ELF::DT_RELA: dynamic.relocations = value; break;
      case llvm::ELF::DT_RELASZ: dynamic.relocation_bytes = value; break;
      case llvm::ELF::DT_SYMTAB: dynamic.symbols = value; break;
      case llvm::ELF::DT_STRTAB: dynamic.strings = value; break;
      case llvm::ELF::DT_STRSZ: dynamic.string_bytes = value; break;
      case llvm::ELF::DT_GNU_HASH: dynamic.hash = value; break;
      case llvm::ELF::DT_RELAENT:
        if (value != sizeof(Elf::Rela)) return refuse("relocations of unexpected size");
        break;
      case llvm::ELF::DT_SYMENT:
        if (value != sizeof(Elf::Sym)) return refuse("symbols of unexpected size");
        break;
      case llvm::ELF::DT_FLAGS:
        if ((value & ~std::uint64_t{llvm::ELF::DF_BIND_NOW | llvm::ELF::DF_SYMBOLIC}) != 0) return refuse("dynamic flags " + number(value));
        binds_now = binds_now || (value & llvm::ELF::DF_BIND_NOW) != 0;
        break;
      case llvm::ELF::DT_FLAGS_1:
        if ((value & ~std::uint64_t{llvm::ELF::DF_1_NOW}) != 0) return refuse("dynamic flags-1 " + number(value));
        binds_now = true;
        break;
      default: break;
    }
  }
  if (!binds_now) return refuse("lazy binding (no BIND_NOW)");
  if (dynamic.symbols == 0 || dynamic.strings == 0 || dynamic.hash == 0) return refuse("no dynamic symbol table");
  return dynamic;
}

/// A view of [address, +bytes) as the loader will see it.
Result<format::ByteView> mapped(const ElfFile& file, format::ByteView object, std::uint64_t address, std::uint64_t bytes, const char* what) {
  INGOT_TRY(const auto segments, readable(file.program_headers(), "program headers"));
  for (const Elf::Phdr& segment : segments) {
    if (segment.p_type != llvm::ELF::PT_LOAD || address < segment.p_vaddr) continue;
    const std::uint64_t skip = address - segment.p_vaddr;
    if (contains(segment.p_filesz, skip, bytes)) return object.subspan(segment.p_offset + skip, bytes);
  }
  return refuse(std::string(what) + " outside the mapped file");
}

bool covers(const Elf::Phdr& outer, const Elf::Phdr& inner) {
  return inner.p_vaddr >= outer.p_vaddr && contains(outer.p_memsz, inner.p_vaddr - outer.p_vaddr, inner.p_memsz);
}

/// What is read here through file offsets must be what a loader reads through addresses, and stay as it is.
Result<void> check_dynamic_place(const ElfFile& file, format::ByteView object) {
  INGOT_TRY(const auto segments, readable(file.program_headers(), "program headers"));
  const auto find = [&](auto type) { return std::find_if(segments.begin(), segments.end(), [&](const Elf::Phdr& one) { return one.p_type == type; }); };
  const Elf::Phdr& dynamic = *find(llvm::ELF::PT_DYNAMIC);
  const Elf::Phdr& relro = *find(llvm::ELF::PT_GNU_RELRO);
  INGOT_TRY(const auto table, mapped(file, object, dynamic.p_vaddr, dynamic.p_filesz, "the dynamic table"));
  if (table.data() != object.data() + dynamic.p_offset || dynamic.p_filesz != dynamic.p_memsz) return refuse("a dynamic table with two places");
  const bool in_data = std::any_of(segments.begin(), segments.end(), [&](const Elf::Phdr& one) {
    return one.p_type == llvm::ELF::PT_LOAD && (one.p_flags & llvm::ELF::PF_W) != 0 && covers(one, relro);
  });
  if (!in_data) return refuse("a read-only part (RELRO) outside writable data");
  if (!covers(relro, dynamic)) return refuse("a dynamic table that stays writable");
  return {};
}

// A loader finds the symbols through DT_SYMTAB and the hash table, whatever the section headers say, so this does too. The table of
// an island is: the null symbol, the descriptor, and nothing else. Their number follows from the layout that lld always writes: the hash
// table directly behind the symbols.
Result<void> check_symbols(const ElfFile& file, format::ByteView object, const Dynamic& dynamic) {
  INGOT_TRY(const auto hash, mapped(file, object, dynamic.hash, 16, "the hash table"));
  if (dynamic.hash < dynamic.symbols) return refuse("a symbol table in an unexpected place");
  const std::uint64_t symbol_bytes = dynamic.hash - dynamic.symbols;
  if (symbol_bytes < 2 * sizeof(Elf::Sym) || symbol_bytes >= 3 * sizeof(Elf::Sym)) {
    return refuse("not exactly one dynamic symbol (" + std::to_string(symbol_bytes / sizeof(Elf::Sym)) + " table entries, 2 expected)");
  }
  static constexpr std::array<std::uint8_t, 4> one{1, 0, 0, 0};  // index of the first symbol that the table finds
  if (!std::equal(one.begin(), one.end(), hash.begin() + 4)) return refuse("a hash table that does not begin with the descriptor");
  // One bucket, one word of the filter, the bucket leads to symbol 1, whose chain ends at once: no look-up can find anything else.
  INGOT_TRY(const auto whole_hash, mapped(file, object, dynamic.hash, 32, "the hash table"));
  const bool one_bucket = std::equal(one.begin(), one.end(), whole_hash.begin()) && std::equal(one.begin(), one.end(), whole_hash.begin() + 8);
  if (!one_bucket || !std::equal(one.begin(), one.end(), whole_hash.begin() + 24) || (whole_hash[28] & 1) == 0) {
    return refuse("a hash table in which more than the descriptor can be found");
  }
  INGOT_TRY(const auto table, mapped(file, object, dynamic.symbols, 2 * sizeof(Elf::Sym), "the symbol table"));
  INGOT_TRY(const auto strings, mapped(file, object, dynamic.strings, dynamic.string_bytes, "the string table"));
  const auto* symbol = reinterpret_cast<const Elf::Sym*>(table.data() + sizeof(Elf::Sym));
  const std::string_view wanted = INGOT_DESCRIPTOR_SYMBOL;
  const bool named = contains(strings.size(), symbol->st_name, wanted.size() + 1) &&
                     std::equal(wanted.begin(), wanted.end(), strings.begin() + symbol->st_name) &&
                     strings[symbol->st_name + wanted.size()] == 0;
  if (!named) return refuse("a dynamic symbol other than " + std::string(wanted));
  if (symbol->st_shndx == llvm::ELF::SHN_UNDEF) return refuse("the descriptor is undefined");
  if (symbol->getType() != llvm::ELF::STT_OBJECT || symbol->getBinding() != llvm::ELF::STB_GLOBAL) return refuse("the descriptor is not a plain object");
  if (symbol->st_size != sizeof(ingot_descriptor)) return refuse("the descriptor has an unexpected size");
  INGOT_TRY_VOID([&]() -> Result<void> {
    auto view = mapped(file, object, symbol->st_value, sizeof(ingot_descriptor), "the descriptor");
    if (!view.ok()) return std::move(view).error();
    return {};
  }());
  return {};
}

/// Adds to `text.pointers`.
Result<void> check_relocations(const ElfFile& file, format::ByteView object, const Dynamic& dynamic, Text& text) {
  if (dynamic.relocation_bytes % sizeof(Elf::Rela) != 0) return refuse("a relocation table of odd size");
  INGOT_TRY(const auto table, mapped(file, object, dynamic.relocations, dynamic.relocation_bytes, "the relocation table"));
  INGOT_TRY(const auto segments, readable(file.program_headers(), "program headers"));
  const auto* begin = reinterpret_cast<const Elf::Rela*>(table.data());
  for (const Elf::Rela* relocation = begin; relocation != begin + table.size() / sizeof(Elf::Rela); ++relocation) {
    const std::uint32_t type = relocation->getType(false);
    const std::uint64_t place = relocation->r_offset;
    if (type != llvm::ELF::R_X86_64_RELATIVE || relocation->getSymbol(false) != 0) {
      return refuse("a relocation of type " + std::to_string(type) + " at " + number(place) + "; only RELATIVE is allowed");
    }
    const bool in_data = std::any_of(segments.begin(), segments.end(), [&](const Elf::Phdr& segment) {
      return segment.p_type == llvm::ELF::PT_LOAD && (segment.p_flags & llvm::ELF::PF_W) != 0 && place >= segment.p_vaddr &&
             contains(segment.p_memsz, place - segment.p_vaddr, 8);
    });
    if (!in_data) return refuse("a relocation at " + number(place) + ", outside writable data");
    // The loader has read the table by then, and reads it again when a symbol is looked up.
    const bool in_dynamic = std::any_of(segments.begin(), segments.end(), [&](const Elf::Phdr& segment) {
      return segment.p_type == llvm::ELF::PT_DYNAMIC && place + 8 > segment.p_vaddr && place < segment.p_vaddr + segment.p_memsz;
    });
    if (in_dynamic) return refuse("a relocation at " + number(place) + ", which changes the dynamic table");
    const auto pointer = static_cast<std::uint64_t>(relocation->r_addend);
    const bool inside = std::any_of(segments.begin(), segments.end(), [&](const Elf::Phdr& segment) {
      return segment.p_type == llvm::ELF::PT_LOAD && pointer >= segment.p_vaddr && pointer - segment.p_vaddr <= segment.p_memsz;
    });
    if (!inside) return refuse("a relocation at " + number(place) + " that points outside the object");
    if (pointer - text.address < text.bytes.size()) text.pointers.push_back(pointer);
  }
  return {};
}

}  // namespace

Result<Text> audit_elf(format::ByteView object) {
  if (object.size() < sizeof(Elf::Ehdr) || object[0] != 0x7f || object[1] != 'E' || object[2] != 'L' || object[3] != 'F') return refuse("not an ELF file");
  const llvm::StringRef bytes(reinterpret_cast<const char*>(object.data()), object.size());
  INGOT_TRY(const ElfFile file, readable(ElfFile::create(bytes), "ELF header"));
  INGOT_TRY_VOID(check_header(file.getHeader()));
  INGOT_TRY([[maybe_unused]] const auto sections, readable(file.sections(), "section headers"));
  INGOT_TRY(Text text, check_segments(file, object));
  INGOT_TRY_VOID(check_dynamic_place(file, object));
  INGOT_TRY(const Dynamic dynamic, check_dynamic(file));
  INGOT_TRY_VOID(check_symbols(file, object, dynamic));
  if (dynamic.relocations != 0) INGOT_TRY_VOID(check_relocations(file, object, dynamic, text));
  return text;
}

}  // namespace ingot::compiler::native
