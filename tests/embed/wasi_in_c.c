/* SPDX-License-Identifier: Apache-2.0 */
/* A WASI program as a C program runs it. */
#include "wasi_in_c.h"

#include <ingot.h>
#include <stddef.h>

/* What it exits with; -1: something failed. */
long run_in_c(ingot_module *module, int output, const char *input, size_t bytes) {
  ingot_wasi_config *config = ingot_wasi_config_new();
  ingot_linker *linker = ingot_linker_new();
  ingot_instance *guest = NULL;
  ingot_error *error = ingot_wasi_config_argument(config, "program");
  uint32_t code = 0;
  if (error == NULL) error = ingot_wasi_config_argument(config, "last");
  if (error == NULL) error = ingot_wasi_config_variable(config, "LANG", "C");
  if (error == NULL) error = ingot_wasi_config_input_bytes(config, input, bytes);
  if (error == NULL) error = ingot_wasi_config_stream(config, 1, output);
  if (error == NULL) error = ingot_linker_define_wasi(linker, config);
  ingot_wasi_config_free(config);
  if (error == NULL) error = ingot_instance_new(module, linker, NULL, &guest);
  ingot_linker_free(linker);
  if (error == NULL) error = ingot_instance_run(guest, &code);
  ingot_instance_free(guest);
  if (error == NULL) return (long)code;
  ingot_error_free(error);
  return -1;
}
