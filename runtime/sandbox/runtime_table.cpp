// SPDX-License-Identifier: Apache-2.0
//
// The functions behind an island's runtime table. Each is reached through a door in entry_x86_64.S, which has already made sure
// that the guest's stack has room for host code. A body does its work in an inner function, whose locals are gone when it
// returns, and only then raises a trap, if it must: nothing with a destructor is abandoned.

#include <cstring>

#include "ingot/abi.h"
#include "ingot/island/wasm-rt.h"
#include "sandbox/activation.hpp"
#include "sandbox/enter.hpp"
#include "sandbox/services.hpp"
#include "sandbox/watchdog.hpp"

namespace {

using ingot::sandbox::Services;

static_assert(INGOT_TRAP_STACK_EXHAUSTED == 8, "entry_x86_64.S raises it by number");

// Frames that a trap abandons carry no sanitizer bookkeeping.
#define INGOT_TRAP_ROAD __attribute__((disable_sanitizer_instrumentation, no_sanitize("undefined")))

Services& services() { return *ingot_current_activation->services; }

/// Ends every body: a deadline that passed while host code ran is acted upon here.
INGOT_TRAP_ROAD inline void finish(ingot_trap kind) {
  if (kind == INGOT_TRAP_NONE) kind = ingot::sandbox::CallScope::requested();
  if (kind != INGOT_TRAP_NONE) ingot_sandbox_trap(kind);
}

template <typename Table, typename Element>
ingot_trap allocate_table(Table* table, std::uint32_t initial, std::uint32_t max) noexcept {
  table->data = nullptr;
  table->size = 0;
  table->max_size = max;
  if (initial == 0) return INGOT_TRAP_NONE;
  void* array = services().allocate_elements(initial, sizeof(Element));
  if (array == nullptr) return INGOT_TRAP_LIMIT;
  table->data = static_cast<Element*>(array);
  table->size = initial;
  return INGOT_TRAP_NONE;
}

template <typename Table, typename Element>
std::uint32_t grow_table(Table* table, std::uint32_t delta, const Element& init) noexcept {
  const std::uint32_t old_size = table->size;
  if (delta == 0) return old_size;
  if (delta > table->max_size - old_size) return ~std::uint32_t{0};
  const std::uint64_t new_size = std::uint64_t{old_size} + delta;
  void* array = services().grow_elements(table->data, old_size, new_size, sizeof(Element));
  if (array == nullptr) return ~std::uint32_t{0};
  table->data = static_cast<Element*>(array);
  for (std::uint64_t index = old_size; index < new_size; ++index) table->data[index] = init;
  table->size = static_cast<std::uint32_t>(new_size);
  return old_size;
}

}  // namespace

extern "C" {

INGOT_TRAP_ROAD void ingot_body_allocate_memory(wasm_rt_memory_t* memory, std::uint64_t initial, std::uint64_t max, bool is64,
                                                std::uint32_t page_size) {
  finish(services().allocate_memory(memory, initial, max, is64, page_size));
}
INGOT_TRAP_ROAD std::uint64_t ingot_body_grow_memory(wasm_rt_memory_t* memory, std::uint64_t delta) {
  const std::uint64_t old_pages = services().grow_memory(memory, delta);
  finish(services().growth_is_exhausted() ? INGOT_TRAP_LIMIT : INGOT_TRAP_NONE);
  return old_pages;
}
void ingot_body_free_memory(wasm_rt_memory_t*) {}  // the reservation is reset by its slot

INGOT_TRAP_ROAD void ingot_body_allocate_funcref_table(wasm_rt_funcref_table_t* table, std::uint32_t initial, std::uint32_t max) {
  finish(allocate_table<wasm_rt_funcref_table_t, wasm_rt_funcref_t>(table, initial, max));
}
INGOT_TRAP_ROAD std::uint32_t ingot_body_grow_funcref_table(wasm_rt_funcref_table_t* table, std::uint32_t delta, const void* init) {
  const std::uint32_t old_size = grow_table(table, delta, *static_cast<const wasm_rt_funcref_t*>(init));
  finish(INGOT_TRAP_NONE);
  return old_size;
}
void ingot_body_free_funcref_table(wasm_rt_funcref_table_t*) {}  // arrays belong to Services

INGOT_TRAP_ROAD void ingot_body_allocate_externref_table(wasm_rt_externref_table_t* table, std::uint32_t initial,
                                                         std::uint32_t max) {
  finish(allocate_table<wasm_rt_externref_table_t, wasm_rt_externref_t>(table, initial, max));
}
INGOT_TRAP_ROAD std::uint32_t ingot_body_grow_externref_table(wasm_rt_externref_table_t* table, std::uint32_t delta, void* init) {
  const std::uint32_t old_size = grow_table(table, delta, init);
  finish(INGOT_TRAP_NONE);
  return old_size;
}
void ingot_body_free_externref_table(wasm_rt_externref_table_t*) {}

// The doors, in entry_x86_64.S.
void ingot_rt_allocate_memory(wasm_rt_memory_t*, std::uint64_t, std::uint64_t, bool, std::uint32_t);
std::uint64_t ingot_rt_grow_memory(wasm_rt_memory_t*, std::uint64_t);
void ingot_rt_free_memory(wasm_rt_memory_t*);
void ingot_rt_allocate_funcref_table(wasm_rt_funcref_table_t*, std::uint32_t, std::uint32_t);
std::uint32_t ingot_rt_grow_funcref_table(wasm_rt_funcref_table_t*, std::uint32_t, const void*);
void ingot_rt_free_funcref_table(wasm_rt_funcref_table_t*);
void ingot_rt_allocate_externref_table(wasm_rt_externref_table_t*, std::uint32_t, std::uint32_t);
std::uint32_t ingot_rt_grow_externref_table(wasm_rt_externref_table_t*, std::uint32_t, void*);
void ingot_rt_free_externref_table(wasm_rt_externref_table_t*);

}  // extern "C"

namespace ingot::sandbox {

const ingot_runtime& runtime_table() {
  static const ingot_runtime table = {
      INGOT_ABI_VERSION,
      sizeof(ingot_runtime),
      ingot_sandbox_trap,
      ingot_rt_allocate_memory,
      ingot_rt_grow_memory,
      ingot_rt_free_memory,
      ingot_rt_allocate_funcref_table,
      ingot_rt_grow_funcref_table,
      ingot_rt_free_funcref_table,
      ingot_rt_allocate_externref_table,
      ingot_rt_grow_externref_table,
      ingot_rt_free_externref_table,
  };
  return table;
}

}  // namespace ingot::sandbox
