// SPDX-License-Identifier: Apache-2.0
#include "lower/vector_type.hpp"

#include <algorithm>
#include <string_view>

namespace ingot::compiler::lower {
namespace {

constexpr std::string_view runtime_include = "#include \"wasm-rt.h\"\n";
constexpr std::string_view vector_include = "#include <simde/";
constexpr std::string_view declaration =
    "#include <simde/wasm/simd128.h>\n\n#ifndef WASM_RT_SIMD_TYPE_DEFINED\n#define WASM_RT_SIMD_TYPE_DEFINED\ntypedef simde_v128_t v128;\n#endif\n";

}  // namespace

void declare_vector_type(SourceFiles& files) {
  const auto header = files.find("m.h");
  if (header == files.end() || header->second.find(vector_include) != std::string::npos) return;
  const bool used = std::any_of(files.begin(), files.end(), [](const auto& file) { return file.second.find("v128 ") != std::string::npos; });
  const std::size_t at = header->second.find(runtime_include);
  if (used && at != std::string::npos) header->second.insert(at + runtime_include.size(), declaration);
}

}  // namespace ingot::compiler::lower
