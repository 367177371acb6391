// SPDX-License-Identifier: Apache-2.0
// What tests/e2e/debugging.mjs traps and steps through. The test finds lines by the comments "line: NAME".
#define INGOT_MALLOC(SIZE) ((void*)0)
#define INGOT_FREE(ADDRESS) ((void)(ADDRESS))
#include "ingot/guest.h"

static char heap[65536];
static uint32_t heap_used;
volatile int total;

INGOT_EXPORT(alloc) void* alloc(uint32_t size) {
  void* const start = heap + heap_used;
  heap_used += (size + 15u) & ~15u;
  return heap_used <= sizeof heap ? start : (void*)0;
}

__attribute__((noinline)) static int innermost(int value) {
  if (value > 5) {
    __builtin_trap();  // line: innermost
  }
  return total + value;
}

__attribute__((noinline)) static int middle(int value) {
  total = value;
  return innermost(value + 1) * 2;  // line: middle
}

INGOT_EXPORT(outer) int outer(int value) {
  total = value + 2;
  return middle(value) + 1;  // line: outer
}

INGOT_EXPORT(outside) int outside(uint32_t address) {
  return *(volatile int*)address;  // line: outside
}

INGOT_EXPORT(spin) int spin(int value) {
  for (;;) {
    total += value;  // line: spin
  }
}

INGOT_EXPORT(descend) int descend(int value) {
  return descend(value + 1) + total;  // line: descend
}

INGOT_EXPORT(grow) int grow(int value) {
  ingot_host_log((const char*)0xfffffff0u, 64);  // line: grow
  return value;
}

INGOT_EXPORT(init) void init(void) { ingot_route("GET", "/sum", 1, (const char*)0); }

__attribute__((noinline)) static int square(int value) {
  const int result = value * value;  // line: square
  total += result;                   // line: square again
  return result;
}

INGOT_EXPORT(handle) uint64_t handle(uint32_t handler, const char* request, uint32_t request_len) {
  total = 0;
  (void)request;
  const int result = square((int)handler + (int)request_len);  // line: handle
  static const char nine[] = "{\"body\":9}", other[] = "{\"body\":0}";
  const struct ingot_response response = {result == 0 ? other : nine, sizeof nine - 1};
  return ingot_pack(response);
}
