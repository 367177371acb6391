// SPDX-License-Identifier: Apache-2.0
#include "load/elf_check.hpp"

#include <elf.h>

#include <cstring>
#include <string>
#include <vector>

#include "base/ranges.hpp"
#include "ingot/abi.h"

namespace ingot::load {
namespace {

Error refuse(const std::string& reason) { return Error{ErrorCode::verification, "native object refused: " + reason}; }

template <typename T>
bool read_at(format::ByteView bytes, std::uint64_t offset, T& out) {
  if (!contains(bytes.size(), offset, sizeof(T))) return false;
  std::memcpy(&out, bytes.data() + offset, sizeof(T));
  return true;
}

/// Tags that the loader may act upon. Everything that is not here is refused; those that mean something get their reason.
bool harmless_dynamic_tag(std::int64_t tag) {
  switch (tag) {
    case DT_GNU_HASH:
    case DT_STRTAB:
    case DT_STRSZ:
    case DT_SYMTAB:
    case DT_SYMENT:
    case DT_RELA:
    case DT_RELASZ:
    case DT_RELAENT:
    case DT_RELACOUNT:
    case DT_FLAGS:
    case DT_FLAGS_1: return true;
    default: return false;
  }
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
    default: return "its dynamic table has an entry that an island has no use for (tag " + std::to_string(tag) + ")";
  }
}

struct Dynamic {
  std::uint64_t relocations = 0, relocation_bytes = 0, flags = 0, flags_1 = 0;
};

/// Every relocation adds the load base and nothing else: no symbol is looked up, no function is run.
bool only_relative(format::ByteView object, const std::vector<Elf64_Phdr>& segments, const Dynamic& dynamic) {
  if (dynamic.relocation_bytes == 0) return true;
  for (const Elf64_Phdr& segment : segments) {
    if (dynamic.relocations < segment.p_vaddr || !contains(segment.p_filesz, dynamic.relocations - segment.p_vaddr, dynamic.relocation_bytes)) continue;
    const std::uint64_t begin = segment.p_offset + (dynamic.relocations - segment.p_vaddr);
    for (std::uint64_t at = 0; at < dynamic.relocation_bytes; at += sizeof(Elf64_Rela)) {
      Elf64_Rela relocation{};
      if (!read_at(object, begin + at, relocation) || relocation.r_info != ELF64_R_INFO(0, R_X86_64_RELATIVE)) return false;
    }
    return true;
  }
  return false;
}

}  // namespace

Result<TextSegment> check_elf(format::ByteView object) {
  Elf64_Ehdr header{};
  if (!read_at(object, 0, header) || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) return refuse("not an ELF file");
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB || header.e_machine != EM_X86_64 ||
      header.e_type != ET_DYN || header.e_phentsize != sizeof(Elf64_Phdr)) {
    return refuse("not a 64-bit x86 shared object");
  }
  TextSegment text;
  std::vector<Elf64_Phdr> loaded;
  bool has_stack = false;
  std::uint64_t dynamic_offset = 0, dynamic_size = 0;
  for (std::uint64_t index = 0; index < header.e_phnum; ++index) {
    Elf64_Phdr segment{};
    if (!read_at(object, header.e_phoff + index * sizeof(Elf64_Phdr), segment)) return refuse("truncated program headers");
    const bool writable = (segment.p_flags & PF_W) != 0;
    const bool executable = (segment.p_flags & PF_X) != 0;
    switch (segment.p_type) {
      case PT_LOAD:
        if (!contains(object.size(), segment.p_offset, segment.p_filesz) || segment.p_filesz > segment.p_memsz) {
          return refuse("a segment lies outside the file");
        }
        loaded.push_back(segment);
        if (writable && executable) return refuse("a segment is writable and executable");
        if (executable) {
          if (text.size != 0) return refuse("more than one executable segment");
          text = {segment.p_vaddr, segment.p_memsz};
        }
        break;
      case PT_DYNAMIC:
        if (!contains(object.size(), segment.p_offset, segment.p_filesz)) return refuse("its dynamic table lies outside the file");
        dynamic_offset = segment.p_offset;
        dynamic_size = segment.p_filesz;
        break;
      case PT_GNU_STACK:
        has_stack = true;
        if (executable) return refuse("it asks for an executable stack");
        break;
      case PT_INTERP: return refuse("it names an interpreter");
      case PT_TLS: return refuse("it has thread-local storage");
      default: break;
    }
  }
  if (text.size == 0) return refuse("it has no executable segment");
  if (!has_stack) return refuse("it does not rule out an executable stack");
  if (dynamic_size == 0) return refuse("it has no dynamic table");
  Dynamic dynamic;
  for (std::uint64_t at = 0; at + sizeof(Elf64_Dyn) <= dynamic_size; at += sizeof(Elf64_Dyn)) {
    Elf64_Dyn entry{};
    if (!read_at(object, dynamic_offset + at, entry)) return refuse("its dynamic table is truncated");
    if (entry.d_tag == DT_NULL) break;
    if (!harmless_dynamic_tag(entry.d_tag)) return refuse(reason_for_tag(entry.d_tag));
    if (entry.d_tag == DT_RELA) dynamic.relocations = entry.d_un.d_ptr;
    if (entry.d_tag == DT_RELASZ) dynamic.relocation_bytes = entry.d_un.d_val;
    if (entry.d_tag == DT_FLAGS) dynamic.flags = entry.d_un.d_val;
    if (entry.d_tag == DT_FLAGS_1) dynamic.flags_1 = entry.d_un.d_val;
  }
  if ((dynamic.flags & ~std::uint64_t{DF_BIND_NOW}) != 0 || (dynamic.flags_1 & ~std::uint64_t{DF_1_NOW}) != 0) {
    return refuse("its dynamic flags ask for more than immediate binding");
  }
  if (!only_relative(object, loaded, dynamic)) return refuse("a relocation does more than add the load address");
  return text;
}

}  // namespace ingot::load
