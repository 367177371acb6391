// SPDX-License-Identifier: Apache-2.0
#pragma once
// An ELF object as the system's loader would see it, read from its bytes before anything is mapped. Only the shape that our linker makes is
// accepted: what the loader would find in memory is then what is read here, byte for byte.
//
// What the loader finds through virtual addresses is looked up through virtual addresses here too: a table that stands at one place of the
// file and is mapped from another cannot pass for both.

#include <elf.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "format/bundle.hpp"

namespace ingot::load {

struct TextSegment {
  std::uint64_t address = 0;  ///< relative to the load base
  std::uint64_t size = 0;
};

/// Valid while the bytes given to read() are.
class ElfImage final {
 public:
  /// Errors: verification, with the reason. Beyond success: no library, constructor, destructor, search path, interpreter, thread-local
  /// storage; exactly one executable segment, never writable; segments apart by pages; every relocation is relative, and writes its own
  /// 8 bytes of writable data; exactly one symbol, a defined object.
  static Result<ElfImage> read(format::ByteView object);

  const TextSegment& text() const { return text_; }
  const std::string& symbol_name() const { return symbol_name_; }
  /// Of the one symbol, relative to the load base.
  std::uint64_t symbol_address() const { return symbol_.st_value; }
  bool in_text(std::uint64_t address) const { return address >= text_.address && address - text_.address < text_.size; }
  /// True when [address, address + length) is data that may be written after loading.
  bool in_writable(std::uint64_t address, std::uint64_t length) const;
  /// The bytes that the file gives to this address; false when they are not all inside one segment's part of the file.
  bool copy(std::uint64_t address, void* to, std::uint64_t length) const;
  /// What the pointer at this address will hold, relative to the load base; nothing when no relocation writes it.
  std::optional<std::uint64_t> pointer_at(std::uint64_t address) const;
  /// How many bytes it takes from address 0 on when it is mapped: whole pages.
  std::uint64_t mapped_bytes() const;
  /// Where in the file the system's loader reads an address: program headers, dynamic table, relocations, the one symbol. Nothing when these overlap.
  std::optional<std::vector<std::uint64_t>> places_of_addresses() const;

 private:
  explicit ElfImage(format::ByteView object) : object_(object) {}
  Result<void> read_header();
  Result<void> read_segment(const Elf64_Phdr& segment);
  Result<void> check_segments();
  Result<void> read_dynamic();
  Result<void> read_relocations();
  Result<void> read_symbol();
  /// Of an address that the file has bytes for.
  std::uint64_t file_offset(std::uint64_t address) const;

  format::ByteView object_;
  Elf64_Ehdr header_{};
  std::vector<Elf64_Phdr> loaded_;
  std::optional<Elf64_Phdr> dynamic_segment_, relro_, stack_;
  TextSegment text_;
  struct Dynamic {
    std::uint64_t relocations = 0, relocation_bytes = 0, flags = 0, flags_1 = 0, symbols = 0, strings = 0, string_bytes = 0, hash = 0;
  } dynamic_;
  std::vector<Elf64_Rela> relocations_;  ///< by rising address
  Elf64_Sym symbol_{};
  std::string symbol_name_;
};

}  // namespace ingot::load
