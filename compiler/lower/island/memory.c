/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The five functions that a C compiler takes for granted, inside the island: memory.copy and memory.fill call them, and clang makes
 * calls to them from plain code. They live here so that the program counter of a running guest is always inside its own text.
 *
 * Compiled with -fno-builtin, or clang would recognise the loops below and turn them into calls to themselves. All loads of a block
 * happen before its stores, which makes the small sizes correct for overlapping ranges without looking at the direction.
 */
#include <stddef.h>
#include <stdint.h>

typedef uint64_t chunk16 __attribute__((vector_size(16), aligned(1), may_alias));
typedef uint64_t chunk8 __attribute__((aligned(1), may_alias));
typedef uint32_t chunk4 __attribute__((aligned(1), may_alias));
typedef uint16_t chunk2 __attribute__((aligned(1), may_alias));

#define AT(type, pointer, offset) (*(type*)((pointer) + (offset)))
#define ALWAYS static inline __attribute__((always_inline))

/* From here on the microcoded string instructions win on every x86 that has v2, but for one case: where the destination lies fewer than 64 bytes behind the source
 * modulo a page, AMD's copies with `rep movsb` at 2 GB/s instead of 40 (measured on an EPYC: 64 KiB, both in the cache; all other distances are fast). */
enum { string_instruction_bytes_min = 2048, page_bytes = 4096, slow_distance_max = 63 };

ALWAYS void copy_small(unsigned char* to, const unsigned char* from, size_t size) {
  if (size >= 8) {
    uint64_t a = AT(const chunk8, from, 0), b = AT(const chunk8, from, size - 8);
    AT(chunk8, to, 0) = a, AT(chunk8, to, size - 8) = b;
  } else if (size >= 4) {
    uint32_t a = AT(const chunk4, from, 0), b = AT(const chunk4, from, size - 4);
    AT(chunk4, to, 0) = a, AT(chunk4, to, size - 4) = b;
  } else if (size >= 2) {
    uint16_t a = AT(const chunk2, from, 0), b = AT(const chunk2, from, size - 2);
    AT(chunk2, to, 0) = a, AT(chunk2, to, size - 2) = b;
  } else if (size == 1) {
    *to = *from;
  }
}

/* 17 to 64 bytes. */
ALWAYS void copy_medium(unsigned char* to, const unsigned char* from, size_t size) {
  chunk16 a = AT(const chunk16, from, 0), d = AT(const chunk16, from, size - 16);
  if (size > 32) {
    chunk16 b = AT(const chunk16, from, 16), c = AT(const chunk16, from, size - 32);
    AT(chunk16, to, 16) = b, AT(chunk16, to, size - 32) = c;
  }
  AT(chunk16, to, 0) = a, AT(chunk16, to, size - 16) = d;
}

typedef struct block64 {
  chunk16 a, b, c, d;
} block64;

ALWAYS block64 load64(const unsigned char* from) {
  return (block64){AT(const chunk16, from, 0), AT(const chunk16, from, 16), AT(const chunk16, from, 32), AT(const chunk16, from, 48)};
}
ALWAYS void store64(unsigned char* to, block64 block) {
  AT(chunk16, to, 0) = block.a, AT(chunk16, to, 16) = block.b, AT(chunk16, to, 32) = block.c, AT(chunk16, to, 48) = block.d;
}

/* More than 64 bytes, `to` below `from` or apart from it. The last block is read first: the stores may run over its source. */
ALWAYS void copy_forward(unsigned char* to, const unsigned char* from, size_t size) {
  block64 last = load64(from + size - 64);
  for (size_t i = 0; i < size - 64; i += 64) store64(to + i, load64(from + i));
  store64(to + size - 64, last);
}

ALWAYS void copy_backward(unsigned char* to, const unsigned char* from, size_t size) {
  block64 first = load64(from);
  for (size_t i = size; i > 64; i -= 64) store64(to + i - 64, load64(from + i - 64));
  store64(to, first);
}

ALWAYS int string_instruction_is_slow(const unsigned char* to, const unsigned char* from) {
  const uintptr_t distance = ((uintptr_t)to - (uintptr_t)from) % page_bytes;
  return distance != 0 && distance <= slow_distance_max;
}

ALWAYS void copy_by_string_instruction(unsigned char* to, const unsigned char* from, size_t size) {
  __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(size) : : "memory");
}

ALWAYS void* move(void* to_raw, const void* from_raw, size_t size) {
  unsigned char* to = to_raw;
  const unsigned char* from = from_raw;
  if (size <= 16) {
    copy_small(to, from, size);
  } else if (size <= 64) {
    copy_medium(to, from, size);
  } else if ((uintptr_t)to - (uintptr_t)from < size) { /* `to` inside the source: the end must go first */
    copy_backward(to, from, size);
  } else if (size >= string_instruction_bytes_min && (uintptr_t)from - (uintptr_t)to >= 64 && !string_instruction_is_slow(to, from)) {
    copy_by_string_instruction(to, from, size);
  } else {
    copy_forward(to, from, size);
  }
  return to_raw;
}

void* memcpy(void* restrict to, const void* restrict from, size_t size) { return move(to, from, size); }
void* memmove(void* to, const void* from, size_t size) { return move(to, from, size); }

void* memset(void* to_raw, int value, size_t size) {
  unsigned char* to = to_raw;
  const uint64_t word = (unsigned char)value * 0x0101010101010101ull;
  const chunk16 chunk = {word, word};
  if (size < 16) {
    if (size >= 8) {
      AT(chunk8, to, 0) = word, AT(chunk8, to, size - 8) = word;
    } else if (size >= 4) {
      AT(chunk4, to, 0) = (uint32_t)word, AT(chunk4, to, size - 4) = (uint32_t)word;
    } else if (size >= 2) {
      AT(chunk2, to, 0) = (uint16_t)word, AT(chunk2, to, size - 2) = (uint16_t)word;
    } else if (size == 1) {
      *to = (unsigned char)word;
    }
  } else if (size < string_instruction_bytes_min) {
    for (size_t i = 0; i < size - 16; i += 16) AT(chunk16, to, i) = chunk;
    AT(chunk16, to, size - 16) = chunk;
  } else {
    __asm__ volatile("rep stosb" : "+D"(to), "+c"(size) : "a"((unsigned char)value) : "memory");
  }
  return to_raw;
}

/* Called with the 32 bytes of a type digest, on the slow road of an indirect call. */
int memcmp(const void* one_raw, const void* other_raw, size_t size) {
  const unsigned char* one = one_raw;
  const unsigned char* other = other_raw;
  for (size_t i = 0; i < size; ++i) {
    if (one[i] != other[i]) return one[i] < other[i] ? -1 : 1;
  }
  return 0;
}

int bcmp(const void* one, const void* other, size_t size) { return memcmp(one, other, size); }
