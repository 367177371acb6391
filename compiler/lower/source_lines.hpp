// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which source line each instruction of a module came from, as its DWARF says. A value.

#include <cstdint>
#include <string>
#include <vector>

namespace ingot::compiler::lower {

struct SourceLines {
  struct File {
    std::string shown;               ///< for reports: relative to where the guest was compiled ("src/lib.rs")
    std::string path;                ///< for debuggers: the whole path
  };
  struct Row {
    std::uint64_t offset = 0;        ///< of an instruction, in the module's file
    std::uint32_t file = 0;          ///< index into files
    std::uint32_t line = 0;          ///< from 1; 0: compiled from no line
  };
  std::vector<File> files;
  std::vector<Row> rows;             ///< by rising offset; each holds to the next one or the end of its function
  bool real_paths = false;           ///< debug bundles: the machine code's line tables hold the paths themselves

  /// What the compiler is told that file `index` is called: its path for debuggers, else a short name that means nothing elsewhere.
  std::string name_for_compiler(std::size_t index) const {
    return real_paths ? files[index].path : "/g" + std::to_string(index);
  }
};

}  // namespace ingot::compiler::lower
