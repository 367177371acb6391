/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INGOT_BENCH_KERNEL_H
#define INGOT_BENCH_KERNEL_H
/*
 * What every kernel shares. One kernel is one C file with one entry; the same text is compiled to native code and to WebAssembly, so it
 * needs no library, draws no time and no randomness but its own, and answers with a checksum over its results that is the same everywhere.
 */

#include <stddef.h>
#include <stdint.h>

#ifdef __wasm__
#define KERNEL_ENTRY __attribute__((export_name("kernel_run")))
#else
#define KERNEL_ENTRY __attribute__((visibility("default")))
#endif

/* Does the kernel's work `rounds` times and returns the checksum. The number of rounds is in rounds.txt. */
KERNEL_ENTRY uint64_t kernel_run(uint32_t rounds);

/* A 64-bit linear congruential generator (Knuth's MMIX constants); the high half is returned. */
static inline uint32_t kernel_random(uint64_t* state) {
  *state = *state * 6364136223846793005u + 1442695040888963407u;
  return (uint32_t)(*state >> 32);
}

/* Mixes one value into a checksum (FNV-1a's prime over 64-bit words). */
static inline uint64_t kernel_mix(uint64_t sum, uint64_t value) { return (sum ^ value) * 1099511628211u; }
static inline uint64_t kernel_mix_double(uint64_t sum, double value) {
  uint64_t bits;
  __builtin_memcpy(&bits, &value, 8);
  return kernel_mix(sum, bits);
}
#define KERNEL_SUM_START 14695981039346656037u

#endif
