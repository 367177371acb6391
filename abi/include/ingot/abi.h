/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INGOT_ABI_H
#define INGOT_ABI_H
/*
 * The binary contract between a bundle's shared object (the "island") and the runtime. C11, libc-free.
 *
 * An island exports one symbol, INGOT_DESCRIPTOR_SYMBOL, and imports none. What it needs from the runtime it calls through
 * `ingot_runtime`, a table that the runtime writes into the island's own variable before any guest code runs; what the guest
 * imports it calls through `ingot_instance_header`, which stands in memory directly before the generated instance struct:
 *
 *     | ingot_instance_header | generated struct w2c_m ... | guard | linear memory ... | guard |
 *                             ^ `instance` in every signature below
 *
 * The module's own linear memory, when it has one, stands INGOT_MEMORY_DISTANCE bytes behind the struct's first byte, so that guest
 * code finds it without a load.
 *
 * Versioning law: any change of a layout or a meaning here raises INGOT_ABI_VERSION. The loader refuses every other version.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ingot/values.h"

#define INGOT_ABI_VERSION 3u
#define INGOT_DESCRIPTOR_SYMBOL "ingot_descriptor_v1"

/* From the first byte of the generated struct to the first byte of the instance's own linear memory: the struct in whole system pages and
 * a guard of 64 KiB that is mapped to nothing. `size`: of the struct, rounded up to a multiple of 16 or not. */
#define INGOT_MEMORY_DISTANCE(size) ((((uint64_t)(size) + 4095u) & ~(uint64_t)4095u) + 65536u)

/* A host function. `context` is the one given with it; `slots` holds the arguments and takes the results. Returns 0, or the
 * trap to raise: the thunk in the island raises it after every frame of ours has returned. Must not throw. */
typedef uint32_t (*ingot_host_function)(void* context, ingot_slot* slots);

typedef struct ingot_host_import {
  ingot_host_function function;
  void* context;
} ingot_host_import;

/* Bytes of the host's that a guest names by offsets: offset `first` is data[0]. Nothing of `bytes` bytes lies outside; `words` is how many places eight of them can be read at:
 * bytes - 7, or 0 where there are fewer than 8. */
typedef struct ingot_window {
  uint8_t* data;
  uint64_t first;
  uint64_t bytes;
  uint64_t words;
} ingot_window;

/* The memory between an Extism plugin and its host (abi/EXTISM.md). It changes only while the guest is inside a host function, or not running. */
typedef struct ingot_shared_memory {
  ingot_window all;   /* read and written: load_u8, load_u64, store_u8, store_u64 */
  ingot_window input; /* read, by the place in the input: input_load_u8, input_load_u64 */
} ingot_shared_memory;

/* Stands directly before the generated instance struct. Written by the runtime, read by the thunks. 64 bytes keep the
 * alignment of what follows. */
typedef struct ingot_instance_header {
  const ingot_host_import* imports; /* one per imported function, in the order of the import section */
  const void* stack_limit;          /* a thunk whose frame lies below this address raises STACK_EXHAUSTED instead of calling the host:
                                       host functions run on the guest's stack and must find room there */
  void* owner;                      /* the runtime's own object; the island never reads it */
  void* const* addresses;           /* one per imported table, memory and global, in the order of the import section: the struct or cell (as
                                       ingot_export.address gives it) of whoever exports it; it outlives this instance */
  const ingot_shared_memory* shared; /* where it is not null, the thunks of those six functions of extism:host/env do their work there instead of calling the host. Only who serves
                                        them as abi/EXTISM.md says sets it */
  void* reserved[3];
} ingot_instance_header;

struct wasm_rt_memory_t;
struct wasm_rt_funcref_table_t;
struct wasm_rt_externref_table_t;

/* What the generated C asks of the runtime (the functions of wasm-rt.h that cannot live in the island). They may be called
 * only while this thread is inside a guest; those that fail raise a trap and do not return. */
typedef struct ingot_runtime {
  uint32_t abi_version;
  uint32_t size; /* of this struct */
  void (*trap)(uint32_t kind); /* does not return */
  void (*allocate_memory)(struct wasm_rt_memory_t*, uint64_t initial_pages, uint64_t max_pages, bool is64, uint32_t page_size);
  uint64_t (*grow_memory)(struct wasm_rt_memory_t*, uint64_t delta_pages); /* old size in pages, or UINT64_MAX (all ones) */
  void (*free_memory)(struct wasm_rt_memory_t*);
  void (*allocate_funcref_table)(struct wasm_rt_funcref_table_t*, uint32_t initial, uint32_t max);
  uint32_t (*grow_funcref_table)(struct wasm_rt_funcref_table_t*, uint32_t delta, const void* init /* wasm_rt_funcref_t* */);
  void (*free_funcref_table)(struct wasm_rt_funcref_table_t*);
  void (*allocate_externref_table)(struct wasm_rt_externref_table_t*, uint32_t initial, uint32_t max);
  uint32_t (*grow_externref_table)(struct wasm_rt_externref_table_t*, uint32_t delta, void* init);
  void (*free_externref_table)(struct wasm_rt_externref_table_t*);
} ingot_runtime;

/* One export, in the order of the manifest's `exports`, which holds its name and type. */
typedef struct ingot_export {
  uint32_t kind;
  uint32_t reserved;
  void (*call)(void* instance, ingot_slot* slots); /* functions: arguments in, results out */
  void* (*address)(void* instance);                /* memory, table, global: its struct or cell inside (or behind) the instance */
} ingot_export;

/* The one exported symbol of an island. */
typedef struct ingot_descriptor {
  uint32_t abi_version;               /* first, for ever */
  uint32_t size;                      /* of this struct */
  uint8_t rt_digest[32];              /* SHA-256 of the wasm-rt.h that the C was compiled with */
  uint8_t module_digest[32];          /* SHA-256 of the module as it was given; the manifest holds the same */
  const ingot_runtime** runtime_slot; /* the island's variable; the runtime writes it once after mapping */
  uint64_t instance_size;             /* of the generated struct, in bytes, a multiple of 16 */
  void (*instantiate)(void* instance);/* allocates, initialises, runs the start function; the struct is all zero before */
  void (*release)(void* instance);    /* gives memories and tables back through the runtime table */
  uint32_t function_import_count;
  uint32_t export_count;
  const ingot_export* exports;
} ingot_descriptor;

#endif /* INGOT_ABI_H */
