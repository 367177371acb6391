/* SPDX-License-Identifier: Apache-2.0 */
/* An Extism plugin with a function of ours: plugin BUNDLE PUBLIC_KEY TEXT */
#include <ingot_plugin.h>

#include <stdio.h>
#include <string.h>

static int report(const char *what, ingot_error *error) {
  fprintf(stderr, "%s: %s\n", what, ingot_error_message(error));
  ingot_error_free(error);
  return 1;
}

/* The text in capitals of ASCII. What the plugin names is judged first: anything that is no block has the length 0. */
static void shout(ingot_current_plugin *plugin, const ingot_value *inputs, size_t input_count, ingot_value *outputs, size_t output_count, void *user) {
  ingot_memory_handle text = (ingot_memory_handle)inputs[0].of.i64, loud;
  uint64_t bytes = ingot_current_plugin_memory_length(plugin, text), at;
  uint8_t *memory;
  (void)input_count;
  (void)output_count;
  ++*(int *)user;
  if (bytes == 0) return; /* the result stays 0: no block */
  loud = ingot_current_plugin_memory_alloc(plugin, bytes);
  if (loud == 0) {
    ingot_current_plugin_fail(plugin, "shout: no room");
    return;
  }
  memory = ingot_current_plugin_memory(plugin); /* asked for behind the last alloc */
  for (at = 0; at < bytes; ++at) {
    uint8_t letter = memory[text + at];
    memory[loud + at] = letter >= 'a' && letter <= 'z' ? (uint8_t)(letter - 32) : letter;
  }
  outputs[0].of.i64 = (int64_t)loud;
}

static void print(ingot_plugin *plugin, const char *function, const char *input) {
  const int32_t code = ingot_plugin_call(plugin, function, input, strlen(input));
  if (code == 0) {
    printf("%s: %.*s\n", function, (int)ingot_plugin_output_length(plugin), (const char *)ingot_plugin_output_data(plugin));
  } else {
    printf("%s: %d: %s\n", function, (int)code, ingot_plugin_error(plugin));
  }
}

int main(int argc, char **argv) {
  static const uint8_t pointer[1] = {INGOT_TYPE_PTR};
  static char bundle[1 << 20];
  int shouted = 0;
  size_t bytes;
  FILE *file;
  ingot_error *error;
  ingot_engine *engine;
  ingot_plugin *plugin;
  ingot_plugin_function *function;
  ingot_trust *trust = ingot_trust_new();
  if (argc != 4 || trust == NULL) return 2;
  if ((error = ingot_trust_add_key_file(trust, argv[2])) != NULL) return report("key", error);
  if ((error = ingot_engine_new(trust, &engine)) != NULL) return report("engine", error);
  ingot_trust_free(trust);
  if ((file = fopen(argv[1], "rb")) == NULL) return 2;
  bytes = fread(bundle, 1, sizeof bundle, file);
  fclose(file);

  function = ingot_function_new("shout", pointer, 1, pointer, 1, shout, &shouted, NULL);
  error = ingot_plugin_new(engine, bundle, bytes, &function, 1, false, &plugin);
  ingot_function_free(function);
  ingot_engine_free(engine);
  if (error != NULL) return report("plugin", error);

  print(plugin, "greet", argv[3]);
  print(plugin, "fail", "");
  print(plugin, "nowhere", "");
  if (!ingot_plugin_config(plugin, "{\"greeting\": \"Welcome, \"}", 25)) return 1;
  print(plugin, "greet", argv[3]);
  printf("shouted: %d\n", shouted);
  ingot_plugin_free(plugin);
  return 0;
}
