// SPDX-License-Identifier: Apache-2.0
#include "load/elf_check.hpp"

#include <elf.h>

#include <cstring>
#include <string>

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

const char* forbidden_dynamic_tag(std::int64_t tag) {
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
    case DT_FILTER:
    case DT_AUXILIARY:
    case DT_AUDIT:
    case DT_DEPAUDIT: return "it names a filter or audit library";
    default: return nullptr;
  }
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
  for (std::uint64_t at = 0; at + sizeof(Elf64_Dyn) <= dynamic_size; at += sizeof(Elf64_Dyn)) {
    Elf64_Dyn entry{};
    if (!read_at(object, dynamic_offset + at, entry)) return refuse("its dynamic table is truncated");
    if (entry.d_tag == DT_NULL) break;
    if (const char* reason = forbidden_dynamic_tag(entry.d_tag)) return refuse(reason);
  }
  return text;
}

}  // namespace ingot::load
