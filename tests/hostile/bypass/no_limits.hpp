// SPDX-License-Identifier: Apache-2.0
#pragma once
// Put before the reader's own sources when they are compiled for the bypass (see CMakeLists.txt): inside them `limits::` then means the numbers
// below, which refuse nothing. They are other names than those of abi/limits.hpp, so that no program can hold two meanings of one name; and what the
// reader needs and does not find here keeps this from compiling.

#include <cstdint>

namespace ingot::bypass::limits {

inline constexpr std::uint64_t wasm32_pages_max = UINT64_MAX;
inline constexpr std::uint32_t module_types_max = UINT32_MAX;
inline constexpr std::uint32_t module_functions_max = UINT32_MAX;
inline constexpr std::uint32_t module_imports_max = UINT32_MAX;
inline constexpr std::uint32_t module_exports_max = UINT32_MAX;
inline constexpr std::uint32_t module_globals_max = UINT32_MAX;
inline constexpr std::uint32_t module_segments_max = UINT32_MAX;
inline constexpr std::uint32_t module_tables_max = UINT32_MAX;
inline constexpr std::uint32_t module_memories_max = UINT32_MAX;
inline constexpr std::uint32_t function_params_max = UINT32_MAX;
inline constexpr std::uint32_t function_results_max = UINT32_MAX;
inline constexpr std::uint32_t function_locals_max = UINT32_MAX;
inline constexpr std::uint32_t function_bytes_max = UINT32_MAX;
inline constexpr std::uint32_t name_bytes_max = UINT32_MAX;
inline constexpr std::uint32_t nesting_depth_max = UINT32_MAX;
inline constexpr std::uint32_t table_elements_max = UINT32_MAX;

}  // namespace ingot::bypass::limits

namespace ingot::compiler::ingest {
namespace limits = ::ingot::bypass::limits;
}
