// SPDX-License-Identifier: Apache-2.0
#include "lower/ordered_stores.hpp"

#include <string>
#include <string_view>

namespace ingot::compiler::lower {
namespace {

// How every store helper of wasm2c 1.0.42 ends, and nothing else: what is copied to is guest memory.
constexpr std::string_view store = "wasm_rt_memcpy(MEM_ADDR_MEMOP(";
constexpr std::string_view statement = "__asm__ volatile(\"\" ::: \"memory\"); ";

// The one for whole vectors. Not optimised, its copy of 16 bytes is two of 8, of which the first may happen and the second trap.
constexpr std::string_view vector_helper = "#define DEFINE_SIMD_STORE(name, t)";
constexpr std::string_view vector_type = "typedef v128 ingot_unaligned_v128 __attribute__((aligned(1)));\n";
constexpr std::string_view vector_copy = "wasm_rt_memcpy(MEM_ADDR_MEMOP(mem, addr, sizeof(t)), &simd_mem_value,";
constexpr std::string_view vector_copy_end = "sizeof(t));";
constexpr std::string_view vector_store = "*(ingot_unaligned_v128*)MEM_ADDR_MEMOP(mem, addr, sizeof(t)) = simd_mem_value;";

void store_vectors_whole(std::string& text) {
  const std::size_t helper = text.find(vector_helper);
  if (helper == std::string::npos) return;
  const std::size_t copy = text.find(vector_copy, helper);
  if (copy == std::string::npos) return;
  const std::size_t end = text.find(vector_copy_end, copy + vector_copy.size());
  if (end == std::string::npos) return;
  text.replace(copy, end + vector_copy_end.size() - copy, std::string(statement).append(vector_store));
  text.insert(helper, vector_type);
}

}  // namespace

void order_stores(std::string& text) {
  store_vectors_whole(text);
  for (std::size_t at = text.find(store); at != std::string::npos; at = text.find(store, at + statement.size() + store.size())) text.insert(at, statement);
}

}  // namespace ingot::compiler::lower
