/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WASM_RT_H_
#define WASM_RT_H_
/*
 * What the C that wasm2c generates expects of its runtime, as Ingot provides it. Written for the generated code of
 * WABT 1.0.42; shares no text with WABT's own header. This one file pins every WASM_RT_* switch: its SHA-256 stands in
 * every bundle and is compared at load, because two sides that disagree here would be unsound in silence.
 *
 * Included by generated C (inside the island) and by the runtime's sandbox (for the struct layouts).
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ingot/abi.h"

#ifdef __cplusplus
extern "C" {
#endif

#ifndef LIKELY
#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)
#endif

/* ---- the pinned switches ---- */
#define WABT_BIG_ENDIAN 0
#define WASM_RT_USE_MMAP 1                                  /* memories are reservations that never move */
#define WASM_RT_MEMCHECK_GUARD_PAGES 1                      /* 32-bit memories: the MMU checks */
#define WASM_RT_MEMCHECK_BOUNDS_CHECK 0
#define WASM_RT_NONCONFORMING_ALLOW_OOB_READ_ELIMINATION 0  /* a load that must trap, traps */
#define WASM_RT_USE_SEGUE 0                                 /* %gs stays the host's */
#define WASM_RT_SANITY_CHECKS 0
#define WASM_RT_STACK_DEPTH_COUNT 0                         /* the guard page below the guest's stack decides */
#define WASM_RT_USE_LOCAL_MEMORY_BASE_SIZE 1

#define wasm_rt_memcpy __builtin_memcpy
#define wasm_rt_is_initialized() true

/* ---- value and reference types ---- */
typedef enum {
  WASM_RT_I32,
  WASM_RT_I64,
  WASM_RT_F32,
  WASM_RT_F64,
  WASM_RT_V128,
  WASM_RT_FUNCREF,
  WASM_RT_EXTERNREF,
  WASM_RT_EXNREF
} wasm_rt_type_t;

typedef void (*wasm_rt_function_ptr_t)(void);
typedef const char* wasm_rt_func_type_t; /* the address of 32 digest bytes of a function type */

/* Tail calls are refused; the type stands here because generated initialisers name it. */
typedef struct wasm_rt_tailcallee_t {
  void (*fn)(void** instance, void* arguments, struct wasm_rt_tailcallee_t* next);
} wasm_rt_tailcallee_t;

typedef struct wasm_rt_funcref_t {
  wasm_rt_func_type_t func_type;
  wasm_rt_function_ptr_t func;
  wasm_rt_tailcallee_t func_tailcallee;
  void* module_instance;
} wasm_rt_funcref_t;
#define wasm_rt_funcref_null_value ((wasm_rt_funcref_t){NULL, NULL, {NULL}, NULL})

typedef void* wasm_rt_externref_t;
#define wasm_rt_externref_null_value ((wasm_rt_externref_t){NULL})

/* ---- memories and tables: the layouts that guest code reads directly ---- */
typedef struct wasm_rt_memory_t {
  uint8_t* data;      /* first byte; constant for the instance's life */
  uint64_t pages;     /* current size in pages */
  uint64_t max_pages;
  uint32_t page_size; /* bytes */
  uint64_t size;      /* current size in bytes: pages * page_size, so 4 GiB is representable */
  bool is64;
} wasm_rt_memory_t;

typedef struct wasm_rt_funcref_table_t {
  wasm_rt_funcref_t* data; /* NULL exactly when size is 0 */
  uint32_t max_size;
  uint32_t size;
} wasm_rt_funcref_table_t;

typedef struct wasm_rt_externref_table_t {
  wasm_rt_externref_t* data;
  uint32_t max_size;
  uint32_t size;
} wasm_rt_externref_table_t;

/* ---- traps: the generated code's names for our kinds ---- */
#define WASM_RT_TRAP_NONE INGOT_TRAP_NONE
#define WASM_RT_TRAP_OOB INGOT_TRAP_OUT_OF_BOUNDS
#define WASM_RT_TRAP_INT_OVERFLOW INGOT_TRAP_INTEGER_OVERFLOW
#define WASM_RT_TRAP_DIV_BY_ZERO INGOT_TRAP_DIVIDE_BY_ZERO
#define WASM_RT_TRAP_INVALID_CONVERSION INGOT_TRAP_INVALID_CONVERSION
#define WASM_RT_TRAP_UNREACHABLE INGOT_TRAP_UNREACHABLE
#define WASM_RT_TRAP_CALL_INDIRECT INGOT_TRAP_CALL_INDIRECT
#define WASM_RT_TRAP_UNCAUGHT_EXCEPTION INGOT_TRAP_UNCAUGHT_EXCEPTION
#define WASM_RT_TRAP_EXHAUSTION INGOT_TRAP_STACK_EXHAUSTED
#define WASM_RT_TRAP_NULL_REF INGOT_TRAP_NULL_REFERENCE
#define WASM_RT_TRAP_UNALIGNED INGOT_TRAP_UNALIGNED

#ifdef INGOT_ISLAND
/* ---- inside the island: every service goes through the table that the runtime put here ---- */
extern const ingot_runtime* ingot_island_runtime __attribute__((visibility("hidden")));

static inline __attribute__((noreturn, cold)) void wasm_rt_trap(uint32_t kind) {
  ingot_island_runtime->trap(kind);
  __builtin_unreachable();
}
static inline void wasm_rt_allocate_memory(wasm_rt_memory_t* memory, uint64_t initial_pages, uint64_t max_pages, bool is64,
                                           uint32_t page_size) {
  ingot_island_runtime->allocate_memory(memory, initial_pages, max_pages, is64, page_size);
}
static inline uint64_t wasm_rt_grow_memory(wasm_rt_memory_t* memory, uint64_t delta) {
  return ingot_island_runtime->grow_memory(memory, delta);
}
static inline void wasm_rt_free_memory(wasm_rt_memory_t* memory) { ingot_island_runtime->free_memory(memory); }
static inline void wasm_rt_allocate_funcref_table(wasm_rt_funcref_table_t* table, uint32_t elements, uint32_t max_elements) {
  ingot_island_runtime->allocate_funcref_table(table, elements, max_elements);
}
static inline uint32_t wasm_rt_grow_funcref_table(wasm_rt_funcref_table_t* table, uint32_t delta, wasm_rt_funcref_t init) {
  return ingot_island_runtime->grow_funcref_table(table, delta, &init);
}
static inline void wasm_rt_free_funcref_table(wasm_rt_funcref_table_t* table) {
  ingot_island_runtime->free_funcref_table(table);
}
static inline void wasm_rt_allocate_externref_table(wasm_rt_externref_table_t* table, uint32_t elements, uint32_t max_elements) {
  ingot_island_runtime->allocate_externref_table(table, elements, max_elements);
}
static inline uint32_t wasm_rt_grow_externref_table(wasm_rt_externref_table_t* table, uint32_t delta, wasm_rt_externref_t init) {
  return ingot_island_runtime->grow_externref_table(table, delta, init);
}
static inline void wasm_rt_free_externref_table(wasm_rt_externref_table_t* table) {
  ingot_island_runtime->free_externref_table(table);
}
#endif /* INGOT_ISLAND */

#ifdef __cplusplus
}
#endif
#endif /* WASM_RT_H_ */
