// SPDX-License-Identifier: Apache-2.0
#pragma once
// The files that ingotc carries inside itself and gives to the C compiler: abi.h, values.h, wasm-rt.h, and the island's own C in lower/island/.
// The definition is generated at build time by lower/embed.cmake. The text is exactly the file's.

#include <span>
#include <string_view>

namespace ingot::compiler::lower {

struct EmbeddedFile {
  std::string_view name;  ///< as generated C includes it: "wasm-rt.h", "ingot/abi.h", "string.h", "memory.c"
  std::string_view text;
};

std::span<const EmbeddedFile> embedded_files();

/// REQUIRES: there is one of this name.
std::string_view embedded_file(std::string_view name);

}  // namespace ingot::compiler::lower
