/* SPDX-License-Identifier: Apache-2.0 */
/* greet_c BUNDLE KEY NAME: loads a bundle, gives it one host function, calls it by name, with bytes, and quickly, and survives a trap. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ingot.h>

static void must(ingot_error *error) {
  if (error == NULL) return;
  fprintf(stderr, "greet_c: %s\n", ingot_error_message(error));
  for (size_t index = 0; index < ingot_error_frame_count(error); ++index) fprintf(stderr, "  at %s\n", ingot_error_frame(error, index));
  ingot_error_free(error);
  exit(1);
}

/* What the guest imports as clock.hour. */
static uint32_t hour(const ingot_host_call *call, ingot_slot *slots) {
  slots[0].i64 = 0;
  slots[0].i32 = *(const uint32_t *)call->user;
  return INGOT_TRAP_NONE;
}

int main(int argc, char **argv) {
  if (argc != 4) {
    fprintf(stderr, "usage: greet_c BUNDLE KEY NAME\n");
    return 2;
  }
  ingot_trust *trust = ingot_trust_new();
  must(ingot_trust_add_key_file(trust, argv[2]));
  ingot_engine *engine;
  must(ingot_engine_new(trust, &engine));
  ingot_module *module;
  must(ingot_module_load_file(engine, argv[1], &module));

  uint32_t now = 9;
  ingot_linker *linker = ingot_linker_new();
  must(ingot_linker_define(linker, "clock", "hour", "() -> (i32)", hour, &now, NULL, 0));
  ingot_limits limits = ingot_limits_default();
  limits.memory_bytes = 1024 * 1024;
  ingot_instance *guest;
  must(ingot_instance_new(module, linker, &limits, &guest));

  /* By name, with values that carry their types. */
  const ingot_value numbers[] = {INGOT_I32(40), INGOT_I32(2)};
  ingot_value sum;
  must(ingot_instance_call(guest, "add", numbers, 2, &sum, 1));
  printf("add: %d\n", (int)sum.of.i32);

  /* Bytes in, bytes out. */
  char *greeting;
  size_t bytes;
  must(ingot_instance_call_bytes(guest, "greet", argv[3], strlen(argv[3]), &greeting, &bytes));
  printf("greet: %s\n", greeting);
  ingot_bytes_free(greeting);

  /* Looked up once, many calls under one deadline: a few nanoseconds each. */
  ingot_function add;
  must(ingot_instance_function(guest, "add", "(i32, i32) -> (i32)", &add));
  uint32_t total = 0;
  must(ingot_scope_begin(1000000000, NULL));
  for (uint32_t step = 1; step <= 1000; ++step) {
    ingot_slot slots[2] = {{.i64 = total}, {.i64 = step}};
    if (ingot_function_call(&add, slots) != INGOT_TRAP_NONE) must(ingot_instance_last_error(guest));
    total = slots[0].i32;
  }
  ingot_scope_end();
  printf("total: %u\n", (unsigned)total);

  /* A guest that does wrong hurts nobody else. */
  const ingot_value by_zero[] = {INGOT_I32(1), INGOT_I32(0)};
  ingot_error *error = ingot_instance_call(guest, "divide", by_zero, 2, &sum, 1);
  printf("divide: %s\n", error != NULL ? ingot_trap_name(ingot_error_trap(error)) : "no error");
  ingot_error_free(error);
  must(ingot_instance_reset(guest));
  must(ingot_instance_call(guest, "add", numbers, 2, &sum, 1));
  printf("after: %d\n", (int)sum.of.i32);

  ingot_instance_free(guest);
  ingot_linker_free(linker);
  ingot_module_free(module);
  ingot_engine_free(engine);
  ingot_trust_free(trust);
  return 0;
}
