/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INGOT_VALUES_H
#define INGOT_VALUES_H
/*
 * What passes between a guest and its host: arguments and results, the reasons why a guest stops, the numbers of types. Part of the binary
 * contract of abi.h, whose versioning law holds here too, and of the embedding interface, ingot.h. C11, libc-free.
 */

#include <stdint.h>

/* One argument or result in a call through the ABI: 64 bits, little-endian, unused high bits are zero on the way in and
 * ignored on the way out. A v128 takes two consecutive slots, low half first. An externref takes two: the host's pointer (NULL is null), and
 * zero. A funcref takes four: the bytes of wasm_rt_funcref_t, of which the host may only ask whether they are all zero (null), and
 * which it may hand back to a guest linked with the one it came from. */
typedef union ingot_slot {
  uint32_t i32;
  uint64_t i64;
  float f32;
  double f64;
} ingot_slot;

/* Why a guest stopped. The numbers are part of the ABI and of JSON output (as names). */
typedef enum ingot_trap {
  INGOT_TRAP_NONE = 0,
  INGOT_TRAP_OUT_OF_BOUNDS = 1,        /* memory access, bulk memory or table access out of bounds */
  INGOT_TRAP_INTEGER_OVERFLOW = 2,     /* INT_MIN / -1, or a float too large for the integer */
  INGOT_TRAP_DIVIDE_BY_ZERO = 3,
  INGOT_TRAP_INVALID_CONVERSION = 4,   /* NaN to integer */
  INGOT_TRAP_UNREACHABLE = 5,
  INGOT_TRAP_CALL_INDIRECT = 6,        /* no such table element, or of another type */
  INGOT_TRAP_UNCAUGHT_EXCEPTION = 7,
  INGOT_TRAP_STACK_EXHAUSTED = 8,
  INGOT_TRAP_NULL_REFERENCE = 9,
  INGOT_TRAP_UNALIGNED = 10,           /* an atomic access off its alignment */
  INGOT_TRAP_DEADLINE = 11,            /* the time allowed ran out */
  INGOT_TRAP_CANCELLED = 12,           /* stopped from outside */
  INGOT_TRAP_HOST = 13,                /* a host call refused its arguments (an address outside memory) */
  INGOT_TRAP_LIMIT = 14,               /* a declared limit other than time was reached */
  INGOT_TRAP_EXIT = 15,                /* the guest asked to stop (abort, proc_exit) */
  INGOT_TRAP_COUNT = 16
} ingot_trap;

/* Value types use the numbers of the binary format (WebAssembly 2.0, section 5.3.1). */
enum {
  INGOT_TYPE_I32 = 0x7f,
  INGOT_TYPE_I64 = 0x7e,
  INGOT_TYPE_F32 = 0x7d,
  INGOT_TYPE_F64 = 0x7c,
  INGOT_TYPE_V128 = 0x7b,
  INGOT_TYPE_FUNCREF = 0x70,
  INGOT_TYPE_EXTERNREF = 0x6f
};

/* Export kinds use the numbers of the export section (section 5.5.10). */
enum { INGOT_KIND_FUNCTION = 0, INGOT_KIND_TABLE = 1, INGOT_KIND_MEMORY = 2, INGOT_KIND_GLOBAL = 3 };

#endif /* INGOT_VALUES_H */
