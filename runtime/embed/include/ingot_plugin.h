/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INGOT_PLUGIN_H
#define INGOT_PLUGIN_H
/*
 * Plugins of Extism 1.x in a program of yours: the shape of Extism's own C interface, over bundles. C11; usable from C++ (ingot_plugin.hpp is a thin layer over this).
 * Where a name or a rule differs from Extism's, abi/EXTISM.md of the project has the table.
 *
 *     ingot_engine *engine;   ingot_engine_new(trust, &engine);       whom to believe (ingot.h); an empty trust: no plugin at all
 *     ingot_plugin *plugin;   ingot_plugin_new(engine, manifest, strlen(manifest), NULL, 0, false, &plugin);
 *     if (ingot_plugin_call(plugin, "greet", "Ada", 3) == 0) {
 *       fwrite(ingot_plugin_output_data(plugin), 1, ingot_plugin_output_length(plugin), stdout);
 *     } else {
 *       fprintf(stderr, "%s\n", ingot_plugin_error(plugin));
 *     }
 *
 * What a plugin is given. `source` is one of these:
 *   - a bundle, as `ingotc build plugin.wasm` makes it: by itself it has no setting, no host for HTTP, no directory and no time limit;
 *   - a manifest in JSON or TOML with Extism's fields, whose modules are bundles (`ingotc build plugin.json -o FOLDER` writes them and such a manifest). It grants what it says: whoever
 *     may write it decides that. A `path` that does not begin with / begins in the process's working directory. Without `timeout_ms` a call has no end of its own; a call scope
 *     of ingot.h around it holds.
 * WebAssembly modules and texts are refused with the command that casts them: this library runs nothing that was not signed.
 *
 * Errors, ownership and signals are as in ingot.h. Text that a plugin says (its error, its log, its output) is the plugin's word: any bytes, meant to mislead perhaps.
 *
 * Threads. A plugin is used by one thread at a time and may be handed on between calls; ingot_plugin_cancel alone may come from any thread meanwhile. A compiled plugin may be used by all
 * threads at once. A function may be given to plugins of any threads once its namespace is set; its callback then runs on the thread of each call.
 * On a fiber (ingot_loop of ingot.h) a plugin that waits for an HTTP response or in WASI leaves the thread to other fibers, and one that computes for long is preempted. A callback
 * of yours does that only where it waits through ingot.h.
 */

#include "ingot.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ingot_plugin ingot_plugin;
typedef struct ingot_compiled_plugin ingot_compiled_plugin;
/* A function of the host's own. (ingot_function, in ingot.h, is a guest's.) */
typedef struct ingot_plugin_function ingot_plugin_function;
/* The plugin that calls a function of the host's, for as long as that runs. */
typedef struct ingot_current_plugin ingot_current_plugin;
typedef struct ingot_cancel_handle ingot_cancel_handle;

/* A block of the memory between plugin and host: its offset there. 0 is none. A function's parameter or result that is one has INGOT_TYPE_PTR. */
typedef uint64_t ingot_memory_handle;
enum { INGOT_TYPE_PTR = INGOT_TYPE_I64 };

/* ---- functions of the host's own ---- */

/* One call of the host. `inputs` has `input_count` arguments; `outputs` has as many results as the type says, their types set and their values 0: set the values. The plugin's numbers and
 * blocks are its word: ask ingot_current_plugin_memory_length of a handle before its bytes are read. Must not throw, must not longjmp, must not free, call or reset the plugin it
 * was called by; may call others. */
typedef void (*ingot_plugin_callback)(ingot_current_plugin *plugin, const ingot_value *inputs, size_t input_count, ingot_value *outputs, size_t output_count, void *user);

/* A function by the name that plugins import it by, from "extism:host/user" unless another namespace is set. Types are INGOT_TYPE_I32, _I64 (_PTR), _F32 and _F64; the arrays are copied
 * and may be NULL when there are none. `free_user` (or NULL) is called once with `user`, on whatever thread, when the function and everything that was given it are freed.
 * NULL, and free_user is not called: no name or callback, another type, no memory. */
INGOT_API ingot_plugin_function *ingot_function_new(const char *name, const uint8_t *input_types, size_t input_count, const uint8_t *output_types, size_t output_count,
                                                    ingot_plugin_callback callback, void *user, ingot_finalizer free_user);
/* The module's name in the plugins' imports. For plugins that are made from now on. REQUIRES: no other thread uses the function. Errors: argument (no name). */
INGOT_API INGOT_USE_RESULT ingot_error *ingot_function_set_namespace(ingot_plugin_function *function, const char *name);
/* Plugins that have it keep what they need. */
INGOT_API void ingot_function_free(ingot_plugin_function *function);

/* REQUIRES, of all of these: inside the callback, on its thread. */

/* What handles are offsets into: a block's bytes begin at `memory + handle`. NULL as long as there is no block. Good until the next _memory_alloc or the callback's end. What
 * lies outside of blocks may be of an earlier call. */
INGOT_API uint8_t *ingot_current_plugin_memory(ingot_current_plugin *plugin);
/* A block of that many bytes, whatever is in them; 0 for none, or when there is no room. A result that is a block is the plugin's to free. */
INGOT_API ingot_memory_handle ingot_current_plugin_memory_alloc(ingot_current_plugin *plugin, uint64_t bytes);
/* How many bytes a block has; 0 for anything that is none, also for an offset inside one. */
INGOT_API uint64_t ingot_current_plugin_memory_length(ingot_current_plugin *plugin, ingot_memory_handle handle);
/* Gives a block up; anything that is none is ignored. */
INGOT_API void ingot_current_plugin_memory_free(ingot_current_plugin *plugin, ingot_memory_handle handle);
/* As ingot_plugin_call_with_host_context was given it; else NULL. */
INGOT_API void *ingot_current_plugin_host_context(ingot_current_plugin *plugin);
/* Ends the plugin's call, once the callback returns, with this text as its error and the code 134. The text is copied. */
INGOT_API void ingot_current_plugin_fail(ingot_current_plugin *plugin, const char *reason);

/* ---- plugins ---- */

/* `source` (see above) is copied. `functions` may be NULL when there are none; they stay the caller's. `with_wasi`: its modules may import WASI, and find the manifest's `allowed_paths`, clocks
 * and chance there, no arguments, no variables and no standard streams; otherwise a plugin that imports WASI is refused. No code of the plugin runs before the first call.
 * Errors: argument (no source, a manifest that cannot be read, a WebAssembly module in place of a bundle, a function that stands twice), verification (a bundle that the engine does not
 * believe, another `hash` than the manifest's), contract (imports what nobody offers), io, limit. */
INGOT_API INGOT_USE_RESULT ingot_error *ingot_plugin_new(ingot_engine *engine, const void *source, size_t bytes, ingot_plugin_function *const *functions, size_t function_count,
                                                         bool with_wasi, ingot_plugin **out);
/* REQUIRES: no call on it runs, and nobody cancels it from now on. */
INGOT_API void ingot_plugin_free(ingot_plugin *plugin);

/* The same, read, verified and mapped once, for many plugins on many threads. That all imports are there is looked at when a plugin is made of it. Errors: as ingot_plugin_new. */
INGOT_API INGOT_USE_RESULT ingot_error *ingot_compiled_plugin_new(ingot_engine *engine, const void *source, size_t bytes, ingot_plugin_function *const *functions, size_t function_count,
                                                                  bool with_wasi, ingot_compiled_plugin **out);
/* Plugins made of it go on. */
INGOT_API void ingot_compiled_plugin_free(ingot_compiled_plugin *compiled);
/* A plugin with memory, variables and settings of its own. Errors: contract, limit. */
INGOT_API INGOT_USE_RESULT ingot_error *ingot_plugin_new_from_compiled(ingot_compiled_plugin *compiled, ingot_plugin **out);

/* Calls an exported function with `bytes` of input, which are copied (NULL: none). 0: it worked, its output is there and ingot_plugin_error is NULL. Else ingot_plugin_error says why, and the
 * number is: what the function returned or the program exited with; 134 when it trapped, ran out of time ("timeout") or memory ("oom"), or was cancelled ("cancelled"); -1 when it did
 * not run, or returned 0 after it had set an error. Globals, memory and variables stay until the next call, unless this one trapped, exited or was `_start`. A call from inside
 * a callback of the same plugin is refused (-1). */
INGOT_API int32_t ingot_plugin_call(ingot_plugin *plugin, const char *name, const void *input, size_t bytes);
/* The same, with a pointer for the callbacks of this call. */
INGOT_API int32_t ingot_plugin_call_with_host_context(ingot_plugin *plugin, const char *name, const void *input, size_t bytes, void *host_context);
/* Why the last call (or ingot_plugin_config, or _reset) failed; NULL when it did not. Valid until the next of them. */
INGOT_API const char *ingot_plugin_error(const ingot_plugin *plugin);
/* What the last call gave; not NULL where the length is not 0. Valid until the next call, reset or free. */
INGOT_API uint64_t ingot_plugin_output_length(const ingot_plugin *plugin);
INGOT_API const uint8_t *ingot_plugin_output_data(const ingot_plugin *plugin);

/* Changes settings for the calls to come: a JSON object of texts, where null takes a setting away; others stay. False, and nothing has changed: it is no such object, or a call runs. */
INGOT_API INGOT_USE_RESULT bool ingot_plugin_config(ingot_plugin *plugin, const char *json, size_t bytes);
/* Can it be called: is it exported, without parameters, with one result at most? */
INGOT_API bool ingot_plugin_function_exists(const ingot_plugin *plugin, const char *name);
/* Empties the memory between plugin and host: output and handles are gone. The plugin's own memory and variables stay. False: a call runs. */
INGOT_API bool ingot_plugin_reset(ingot_plugin *plugin);
/* Until its next call the plugin takes some kilobytes of memory, and none of the address space; that call finds it as it was left, and takes some microseconds more. Output and handles
 * are gone, as by ingot_plugin_reset. False, and nothing has changed: a call runs (ingot_plugin_error says so), or this plugin cannot rest: it has several modules, keeps references to
 * functions in a variable or a table that it has changed, its start calls the host, it has written to more than 16 MiB, or the kernel is older than Linux 6.7. */
INGOT_API bool ingot_plugin_rest(ingot_plugin *plugin);
/* 16 bytes that no other plugin has, a random UUID (version 4). Valid as long as the plugin. */
INGOT_API const uint8_t *ingot_plugin_id(const ingot_plugin *plugin);
/* From now on it may see the headers of HTTP responses. */
INGOT_API void ingot_plugin_allow_http_response_headers(ingot_plugin *plugin);

/* For ending its calls from another thread. Valid as long as the plugin; not to be freed. */
INGOT_API const ingot_cancel_handle *ingot_plugin_cancel_handle(const ingot_plugin *plugin);
/* Ends the call that runs, which then fails with "cancelled". Any thread; not for signal handlers. False: no call runs, and the next one is not touched. */
INGOT_API bool ingot_plugin_cancel(const ingot_cancel_handle *handle);

/* One line of a plugin's log; `level` is "trace", "debug", "info", "warn" or "error". On the thread of the call. Must not throw, nor use the plugin. */
typedef void (*ingot_plugin_log)(void *user, const char *level, const char *text, size_t bytes);
/* Where its log goes, from this level on ("off": nowhere, which it is at first; `log` may be NULL then). At most 16 MiB of a call. `user` stays the caller's. False: no such level, or a call runs. */
INGOT_API INGOT_USE_RESULT bool ingot_plugin_log_to(ingot_plugin *plugin, const char *level, ingot_plugin_log log, void *user);

#ifdef __cplusplus
}
#endif
#endif /* INGOT_PLUGIN_H */
