// SPDX-License-Identifier: Apache-2.0
// What a plugin may do at the edges of the contract, one export each. Without any library. For the tests and scripts/bench plugin.
#include "extism.h"

static unsigned calls;
static unsigned char buffer[1 << 16];

static size_t input(void) {
  uint64_t length = extism_input_length();
  size_t taken = length < sizeof buffer ? (size_t)length : sizeof buffer;
  extism_input(0, buffer, taken);
  return taken;
}

static int32_t number(void) {
  size_t length = input();
  int32_t value = 0;
  for (size_t at = 0; at < length && buffer[at] >= '0' && buffer[at] <= '9'; ++at) value = value * 10 + (buffer[at] - '0');
  return value;
}

static void output_number(uint64_t value) {
  char text[20];
  size_t at = sizeof text;
  do text[--at] = (char)('0' + value % 10); while (value /= 10);
  extism_output(text + at, sizeof text - at);
}

EXTISM_EXPORT("echo") int32_t echo(void) {
  extism_output(buffer, input());
  return 0;
}

EXTISM_EXPORT("nothing") int32_t nothing(void) { return 0; }

// An export may have no result at all.
EXTISM_EXPORT("no_result") void no_result(void) { extism_output("done", 4); }

EXTISM_EXPORT("code") int32_t code(void) { return number(); }

// Says that it failed, and gives 0.
EXTISM_EXPORT("error_and_zero") int32_t error_and_zero(void) {
  extism_output("an output", 9);
  extism_fail("failed, though 0");
  return 0;
}

EXTISM_EXPORT("error_taken_back") int32_t error_taken_back(void) {
  extism_fail("not so");
  extism_error_set(0);
  extism_output("fine", 4);
  return 0;
}

EXTISM_EXPORT("error_and_code") int32_t error_and_code(void) {
  extism_error_set(extism_text("failed, with 5"));
  return 5;
}

EXTISM_EXPORT("trap") int32_t trap(void) { __builtin_trap(); }

EXTISM_EXPORT("overreach") int32_t overreach(void) { return *(volatile int32_t *)0xfffffff0u; }

EXTISM_EXPORT("spin") int32_t spin(void) {
  for (;;) ++*(volatile unsigned *)&calls;
}

EXTISM_EXPORT("calls") int32_t calls_so_far(void) {
  output_number(++calls);
  return 0;
}

// The output is the middle of a block.
EXTISM_EXPORT("part") int32_t part(void) {
  ExtismHandle block = extism_text("0123456789");
  extism_output_set(block + 3, 4);
  return 0;
}

// What the kernel says of blocks, one digit or word a question.
EXTISM_EXPORT("blocks") int32_t blocks(void) {
  char said[7];
  ExtismHandle block = extism_alloc(24);
  said[0] = (char)('0' + (extism_alloc(0) == 0));
  said[1] = (char)('0' + (extism_length(block) == 24));
  said[2] = (char)('0' + (extism_length(block + 8) == 0));
  extism_store_u64(block + 16, 0x0102030405060708);
  said[3] = (char)('0' + extism_load_u8(block + 16));
  said[4] = (char)('0' + (extism_load_u64(block + 16) == 0x0102030405060708));
  said[5] = (char)('0' + extism_load_u8(1ull << 40));
  extism_free(block);
  said[6] = (char)('0' + (extism_length(block) == 0));
  extism_output(said, sizeof said);
  return 0;
}

// What comes behind the input's end, and far beyond it.
EXTISM_EXPORT("beyond_input") int32_t beyond_input(void) {
  uint64_t length = extism_input_length();
  output_number(extism_input_load_u8(length) + extism_input_load_u8(~0ull) + extism_input_load_u64(length + 64));
  return 0;
}

EXTISM_EXPORT("grow") int32_t grow(void) {
  output_number(__builtin_wasm_memory_grow(0, (size_t)number()) == (size_t)-1);
  return 0;
}

// A value of the configuration, by the name that comes in.
EXTISM_EXPORT("config") int32_t config(void) {
  ExtismHandle value = extism_config_get(extism_block(buffer, input()));
  if (!value) return extism_fail("no such value");
  extism_output_set(value, extism_length(value));
  return 0;
}

EXTISM_EXPORT("level") int32_t level(void) {
  output_number((uint64_t)extism_get_log_level());
  return 0;
}

EXTISM_EXPORT("takes_a_parameter") int32_t takes_a_parameter(int32_t value) { return value; }
