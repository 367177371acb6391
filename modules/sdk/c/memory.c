// SPDX-License-Identifier: Apache-2.0
// Memory without libc: an arena that only grows, and the four functions clang assumes to exist.
//
// A module lives for one request, so nothing is ever given back: `free` and `dealloc` do nothing, and the arena cannot be
// corrupted by a double free. When the host refuses more memory, malloc says NULL; the callers here trap then.

#include <stddef.h>
#include <stdint.h>

#include "ingot/guest.h"

enum { page_bytes = 65536, alignment = 16 };

// Made by the linker: the first byte behind the module's data.
extern unsigned char __heap_base;

static uintptr_t arena_next;

void* malloc(size_t size) {
  if (arena_next == 0) {
    arena_next = (uintptr_t)&__heap_base;
  }
  const uint64_t start = ((uint64_t)arena_next + alignment - 1) / alignment * alignment;
  const uint64_t end = start + size;
  const uint64_t limit = (uint64_t)__builtin_wasm_memory_size(0) * page_bytes;
  if (end > limit) {
    const uint64_t pages = (end - limit + page_bytes - 1) / page_bytes;
    if (end > UINT32_MAX || __builtin_wasm_memory_grow(0, (size_t)pages) == (size_t)-1) {
      return NULL;
    }
  }
  arena_next = (uintptr_t)end;
  return (void*)(uintptr_t)start;
}

void free(void* address) { (void)address; }

INGOT_EXPORT(alloc) void* alloc(uint32_t size) { return malloc(size); }

INGOT_EXPORT(dealloc) void dealloc(void* address, uint32_t size) {
  (void)address;
  (void)size;
}

// The loops below are compiled with -fno-builtin, or clang would turn each into a call of itself.

void* memcpy(void* restrict to, const void* restrict from, size_t size) {
  unsigned char* target = to;
  const unsigned char* source = from;
  for (size_t index = 0; index < size; ++index) {
    target[index] = source[index];
  }
  return to;
}

void* memmove(void* to, const void* from, size_t size) {
  unsigned char* target = to;
  const unsigned char* source = from;
  if (target <= source) {
    for (size_t index = 0; index < size; ++index) {
      target[index] = source[index];
    }
  } else {
    for (size_t index = size; index > 0; --index) {
      target[index - 1] = source[index - 1];
    }
  }
  return to;
}

void* memset(void* at, int value, size_t size) {
  unsigned char* target = at;
  for (size_t index = 0; index < size; ++index) {
    target[index] = (unsigned char)value;
  }
  return at;
}

int memcmp(const void* left, const void* right, size_t size) {
  const unsigned char* a = left;
  const unsigned char* b = right;
  for (size_t index = 0; index < size; ++index) {
    if (a[index] != b[index]) {
      return a[index] < b[index] ? -1 : 1;
    }
  }
  return 0;
}
