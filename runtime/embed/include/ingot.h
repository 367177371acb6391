/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INGOT_H
#define INGOT_H
/*
 * libingot: running bundles inside a program of yours. C11; usable from C++ (ingot.hpp is a thin layer over this).
 *
 *     ingot_trust *trust = ingot_trust_new();                         whom to believe; empty: nobody
 *     ingot_trust_add_key_file(trust, "release.pub");
 *     ingot_engine *engine;   ingot_engine_new(trust, &engine);
 *     ingot_module *module;   ingot_module_load_file(engine, "greet.ingot", &module);
 *     ingot_linker *linker = ingot_linker_new();                      what guests may call; empty: nothing
 *     ingot_instance *guest;  ingot_instance_new(module, linker, NULL, &guest);
 *     ingot_value arguments[2] = {INGOT_I32(40), INGOT_I32(2)}, result;
 *     ingot_instance_call(guest, "add", arguments, 2, &result, 1);
 *
 * Errors. A function that can fail returns NULL, or an ingot_error that the caller frees with ingot_error_free. When it fails it has done nothing, and `*out`
 * is NULL. A guest that traps is an error of code INGOT_ERROR_TRAP; the process, and every other guest, goes on.
 *
 * Ownership. What a function ending in _new or _load gives is the caller's, who frees it with the _free of its kind; each _free takes NULL. An object keeps
 * alive what it is made of: the order of frees does not matter, except that a pool's instances go back before the pool is freed, and no object is freed while a
 * call on it runs. Strings that are returned belong to the object that they were asked of.
 *
 * Threads. Engines, modules, pools and cancel tokens may be used by all threads at once. A linker may be given to any number of threads once nothing is defined
 * in it any more. An instance is used by one thread at a time; it may be handed on between calls, not inside a call scope. A trust is used by one thread.
 *
 * Signals. The first module that is loaded installs handlers for SIGSEGV, SIGBUS, SIGFPE, SIGILL and SIGURG, on alternate stacks of each thread that calls a
 * guest. What is not a guest's goes to the handler that was there before; SIGURG, which stops guests that run too long, is ours alone and must not be blocked
 * on threads that call guests. A program that installs its own handlers afterwards must pass on what is not its own. One thread of ours watches deadlines; it
 * sleeps while no call has one. After fork() a child may only exec.
 *
 * Sources of the numbers: limits.hpp of the project, where each says where it comes from.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ingot/values.h"

#define INGOT_VERSION_MAJOR 0
#define INGOT_VERSION_MINOR 1
#define INGOT_VERSION_PATCH 0

#if defined(__GNUC__)
#define INGOT_API __attribute__((visibility("default")))
#define INGOT_USE_RESULT __attribute__((warn_unused_result))
#else
#define INGOT_API
#define INGOT_USE_RESULT
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ingot_error ingot_error;
typedef struct ingot_trust ingot_trust;
typedef struct ingot_engine ingot_engine;
typedef struct ingot_module ingot_module;
typedef struct ingot_linker ingot_linker;
typedef struct ingot_instance ingot_instance;
typedef struct ingot_pool ingot_pool;
typedef struct ingot_cancel ingot_cancel;

/* "0.1.0": of the library that runs, where the macros above are those of the header. */
INGOT_API const char *ingot_version(void);

/* ---- errors ---- */

typedef enum ingot_error_code {
  INGOT_ERROR_ARGUMENT = 1,      /* the caller's: NULL where something is needed, an unknown name, a wrong number of values, a call that is not allowed now */
  INGOT_ERROR_CONTRACT = 2,      /* the module breaks a contract: imports what nobody offers, exports a function of another type */
  INGOT_ERROR_VERIFICATION = 3,  /* the bundle is damaged, unsigned, signed by a stranger, revoked, or made for another ABI or CPU */
  INGOT_ERROR_IO = 4,            /* a file cannot be read */
  INGOT_ERROR_LIMIT = 5,         /* no memory, address space or descriptor left */
  INGOT_ERROR_UNAVAILABLE = 6,   /* nothing free until the time given: try again later */
  INGOT_ERROR_TRAP = 7,          /* the guest stopped: ingot_error_trap() says why */
  INGOT_ERROR_INTERNAL = 8       /* a bug of ours */
} ingot_error_code;

/* REQUIRES, of all of these: not NULL, except for ingot_error_free. */
INGOT_API ingot_error_code ingot_error_get_code(const ingot_error *error);
/* One or two sentences: what is wrong, where, and the next step if there is one. Never NULL. */
INGOT_API const char *ingot_error_message(const ingot_error *error);
/* Why the guest stopped; INGOT_TRAP_NONE for every code but INGOT_ERROR_TRAP. */
INGOT_API ingot_trap ingot_error_trap(const ingot_error *error);
/* Stable lower-case name of a trap: "out_of_bounds", "deadline". Never NULL. */
INGOT_API const char *ingot_trap_name(ingot_trap trap);
/* Guest functions that were active, innermost first: "crm::create (src/lib.rs:42)". At most 64 are kept. NULL when `index` is past the last. */
INGOT_API size_t ingot_error_frame_count(const ingot_error *error);
INGOT_API const char *ingot_error_frame(const ingot_error *error, size_t index);
INGOT_API void ingot_error_free(ingot_error *error);

/* ---- whom to believe ---- */

/* Believes nobody. NULL when there is no memory. */
INGOT_API ingot_trust *ingot_trust_new(void);
/* An Ed25519 public key as PEM (`bytes` long; a final NUL is not needed), or the file that holds it. It may sign bundles of every module, without an end. */
INGOT_API INGOT_USE_RESULT ingot_error *ingot_trust_add_key(ingot_trust *trust, const char *pem, size_t bytes);
INGOT_API INGOT_USE_RESULT ingot_error *ingot_trust_add_key_file(ingot_trust *trust, const char *path);
/* A key's id (16 hexadecimal digits) or a bundle's digest (64) that is good no more. */
INGOT_API INGOT_USE_RESULT ingot_error *ingot_trust_revoke(ingot_trust *trust, const char *key_id_or_digest);
/* How many trusted keys must have signed, 1 (the default) to 16. */
INGOT_API INGOT_USE_RESULT ingot_error *ingot_trust_require(ingot_trust *trust, uint32_t signatures);
/* Bundles without any signature are accepted too. For development: whoever can write the file then decides what code runs. */
INGOT_API void ingot_trust_allow_unsigned(ingot_trust *trust, bool allow);
INGOT_API void ingot_trust_free(ingot_trust *trust);

/* ---- the engine ---- */

/* `trust` is copied; NULL believes nobody. A process may have several engines, which share the watching thread and the handlers of SIGSEGV, SIGBUS, SIGFPE and
 * SIGILL, which pass on what is not a guest's, and of SIGURG. A thread that enters a guest for the first time has these five unblocked, and must not block them again. */
INGOT_API INGOT_USE_RESULT ingot_error *ingot_engine_new(const ingot_trust *trust, ingot_engine **out);
INGOT_API void ingot_engine_free(ingot_engine *engine);

/* Counted since the engine was made. */
typedef struct ingot_engine_metrics {
  uint64_t modules_loaded, modules_refused;
  uint64_t modules_alive, instances_alive; /* now; what is still held by something else counts */
} ingot_engine_metrics;
INGOT_API void ingot_engine_get_metrics(const ingot_engine *engine, ingot_engine_metrics *out);

/* ---- modules ---- */

/* Reads a bundle once, checks it, and maps the object for this CPU from a sealed copy in memory. `origin` names it in messages; NULL: "bundle". The bytes are
 * copied. Errors: verification, io, limit. */
INGOT_API INGOT_USE_RESULT ingot_error *ingot_module_load_file(ingot_engine *engine, const char *path, ingot_module **out);
INGOT_API INGOT_USE_RESULT ingot_error *ingot_module_load(ingot_engine *engine, const void *bundle, size_t bytes, const char *origin, ingot_module **out);
/* As its bundle says; the version is empty when there is none. The digest is SHA-256 of the signed content, 64 hexadecimal digits. */
INGOT_API const char *ingot_module_name(const ingot_module *module);
INGOT_API const char *ingot_module_version(const ingot_module *module);
INGOT_API const char *ingot_module_digest(const ingot_module *module);
/* An older version of a module must not run where a newer one ran: keep the highest of these beside its name, and refuse what is below. */
INGOT_API uint64_t ingot_module_rollback_counter(const ingot_module *module);

/* One import or export. Names are UTF-8 and may hold any character, NUL among them. Types are INGOT_TYPE_*. Valid as long as the module. */
typedef struct ingot_item {
  uint32_t kind;                 /* INGOT_KIND_* */
  const char *module;            /* imports only; else "" */
  size_t module_bytes;
  const char *name;
  size_t name_bytes;
  const uint8_t *parameters, *results; /* functions only */
  size_t parameter_count, result_count;
} ingot_item;
/* How many there are; and the one at `index`, or false when it is past the last. */
INGOT_API size_t ingot_module_import_count(const ingot_module *module);
INGOT_API bool ingot_module_import(const ingot_module *module, size_t index, ingot_item *out);
INGOT_API size_t ingot_module_export_count(const ingot_module *module);
INGOT_API bool ingot_module_export(const ingot_module *module, size_t index, ingot_item *out);
INGOT_API void ingot_module_free(ingot_module *module);

/* ---- functions that guests may call ---- */

/* One call of the host by a guest. Valid until the function returns. */
typedef struct ingot_host_call {
  void *user;              /* as ingot_linker_define was given it */
  ingot_instance *caller;
} ingot_host_call;
/* `slots` holds the arguments and takes the results, one slot each (values.h says how wide types lie). Returns INGOT_TRAP_NONE, or the trap to raise in the
 * guest; INGOT_TRAP_HOST is the one for arguments that make no sense, with ingot_instance_explain for the reason. Everything that `slots` and the guest's memory
 * hold is the guest's word: copy it once, then judge the copy. Must not throw, must not longjmp, must not free or reset the caller, and may call other instances
 * but not the caller (that is refused with an error). */
typedef uint32_t (*ingot_callback)(const ingot_host_call *call, ingot_slot *slots);
/* Called once with `user` when the last linker and instance that have the function are gone; on whatever thread that happens. */
typedef void (*ingot_finalizer)(void *user);

enum {
  /* The guest calls the function itself, on the guest's stack instead of the thread's own, which saves a few nanoseconds. It promises to need at most 64 KiB of
   * stack, to return soon and to call no guest: no limit counts its calls, and a deadline that passes in it is acted upon at the guest's next step. */
  INGOT_LEAF = 1u
};

/* NULL when there is no memory. */
INGOT_API ingot_linker *ingot_linker_new(void);
/* `type` is like "(i32, i64) -> (f64)" or "() -> ()"; an import of another type is refused when an instance is made. NULL: of every type. `finalizer` may be
 * NULL. `flags`: 0, or INGOT_LEAF. Errors: argument (the name is taken, the type cannot be read); the finalizer is not called then. */
INGOT_API INGOT_USE_RESULT ingot_error *ingot_linker_define(ingot_linker *linker, const char *module, const char *name, const char *type, ingot_callback callback,
                                                            void *user, ingot_finalizer finalizer, uint32_t flags);
INGOT_API void ingot_linker_free(ingot_linker *linker);

/* ---- WASI preview1 ---- */

/* What a guest finds of the world through WASI (WASI.md of the project says what each function does). A new one grants clocks, chance and nothing else: no arguments, no variables, no streams, no
 * directories. Used by one thread at a time. Texts are copied. */
typedef struct ingot_wasi_config ingot_wasi_config;
/* NULL when there is no memory. */
INGOT_API ingot_wasi_config *ingot_wasi_config_new(void);
/* One more argument; the first is the program's name. Errors: argument (NULL). */
INGOT_API INGOT_USE_RESULT ingot_error *ingot_wasi_config_argument(ingot_wasi_config *config, const char *argument);
/* A variable. Errors: argument (NULL, a name that is empty or has a '='). */
INGOT_API INGOT_USE_RESULT ingot_error *ingot_wasi_config_variable(ingot_wasi_config *config, const char *name, const char *value);
/* A directory of the host's, with all beneath it, under a name of the guest's. It is opened when a guest starts. Errors: argument (NULL or empty). */
INGOT_API INGOT_USE_RESULT ingot_error *ingot_wasi_config_directory(ingot_wasi_config *config, const char *host, const char *guest, bool read_only);
/* What the guest reads from its standard input: a copy of these bytes, from their beginning at each start. In place of another input. Errors: argument (NULL with a length), limit. */
INGOT_API INGOT_USE_RESULT ingot_error *ingot_wasi_config_input_bytes(ingot_wasi_config *config, const void *bytes, size_t count);
/* Standard stream 0, 1 or 2 is a descriptor of this process: its own (0, 1, 2), a file, a pipe. It is duplicated; the caller's stays open, and the place in a file is shared with it.
 * Errors: argument (another stream, a descriptor that is not open), limit. */
INGOT_API INGOT_USE_RESULT ingot_error *ingot_wasi_config_stream(ingot_wasi_config *config, int stream, int descriptor);
INGOT_API void ingot_wasi_config_free(ingot_wasi_config *config);

/* Guests of this linker may import WASI, and find what `config` grants now, each of them anew from each start on: descriptors that it opened are gone with a reset. Functions that are defined
 * by name go before WASI's. Errors: argument (done before). */
INGOT_API INGOT_USE_RESULT ingot_error *ingot_linker_define_wasi(ingot_linker *linker, const ingot_wasi_config *config);

/* ---- instances ---- */

typedef struct ingot_limits {
  uint64_t memory_bytes; /* of linear memory, and again of tables: 64 KiB to 4 GiB; 256 MiB */
  uint64_t stack_bytes;  /* of native stack, host functions' reserve of 128 KiB included: 256 KiB to 256 MiB; 1 MiB */
  uint64_t call_ns;      /* how long a call outside of a call scope, or a start, may take, host functions included; 5 s; UINT64_MAX: no end */
  uint64_t host_calls;   /* how many host functions one call may call, leaves not counted; UINT64_MAX: no end, the default */
  uint64_t output_bytes; /* of ingot_instance_call_bytes; 8 MiB */
  uint64_t reserved[8];  /* zero */
} ingot_limits;
/* The defaults above. Change what should differ. */
INGOT_API ingot_limits ingot_limits_default(void);

/* Makes and starts a guest. `linker` and `limits` may be NULL: it may call nothing; the defaults. The instance keeps what it needs of both. Errors: contract
 * (imports something that is not there or of another type), argument (limits out of range), limit, trap (while starting). */
INGOT_API INGOT_USE_RESULT ingot_error *ingot_instance_new(ingot_module *module, const ingot_linker *linker, const ingot_limits *limits, ingot_instance **out);
/* REQUIRES: no call on it runs. Not for instances of a pool: ingot_pool_release. */
INGOT_API void ingot_instance_free(ingot_instance *instance);

/* Back to right behind its start: nothing of what it was told or did remains. A guest that called the host while starting is started anew by the next call. The
 * only way to go on after a trap. Errors: argument (a call on it runs). */
INGOT_API INGOT_USE_RESULT ingot_error *ingot_instance_reset(ingot_instance *instance);

/* A value with its type, for calls by name. */
typedef struct ingot_value {
  uint32_t type; /* INGOT_TYPE_I32, _I64, _F32, _F64 or _V128 */
  union {
    int32_t i32;
    int64_t i64;
    float f32;
    double f64;
    uint8_t v128[16]; /* little-endian */
  } of;
} ingot_value;
#ifndef __cplusplus
#define INGOT_I32(value) ((ingot_value){.type = INGOT_TYPE_I32, .of.i32 = (value)})
#define INGOT_I64(value) ((ingot_value){.type = INGOT_TYPE_I64, .of.i64 = (value)})
#define INGOT_F32(value) ((ingot_value){.type = INGOT_TYPE_F32, .of.f32 = (value)})
#define INGOT_F64(value) ((ingot_value){.type = INGOT_TYPE_F64, .of.f64 = (value)})
#endif

/* Calls an exported function. `result_count` must be what the function gives. Errors: argument (no such function, other types, the instance trapped before and
 * was not reset, a call on it runs), trap. After a trap the instance takes no call until it is reset. */
INGOT_API INGOT_USE_RESULT ingot_error *ingot_instance_call(ingot_instance *instance, const char *name, const ingot_value *arguments, size_t argument_count,
                                                            ingot_value *results, size_t result_count);

/* Runs a program: calls `_start`, of type () -> (). `*exit_code` is what it ended with, 0 when it returned. After that a program is at its end, whether it returned
 * or exited: until the instance is reset, running it and calling any function of it is refused. Errors: argument (no `_start`; it has ended; as above), contract (of another type), io (a granted directory cannot be opened: when it starts), trap (anything but its own exit); then `*exit_code` is 0. */
INGOT_API INGOT_USE_RESULT ingot_error *ingot_instance_run(ingot_instance *instance, uint32_t *exit_code);

/* Bytes in, bytes out, by any of the forms that EERP.md of the project describes: the module exports an allocator, and a function that takes (address, length)
 * and gives such a pair. `*out` is the caller's, who frees it with ingot_bytes_free; it is followed by a NUL that `*out_bytes` does not count. Errors: as above; contract (another form, an
 * answer outside the guest's memory or above limits.output_bytes). */
INGOT_API INGOT_USE_RESULT ingot_error *ingot_instance_call_bytes(ingot_instance *instance, const char *name, const void *input, size_t input_bytes, char **out,
                                                                  size_t *out_bytes);
INGOT_API void ingot_bytes_free(char *bytes);

/* A function that was looked up once, for calls in a few nanoseconds. A plain value; copy it as you like. Valid as long as its instance, across resets. The members
 * are ours. */
typedef struct ingot_function {
  ingot_instance *instance;
  void (*code)(void *, ingot_slot *);
  void *guest;
} ingot_function;
/* `type` as in ingot_linker_define; NULL: whatever it is. Errors: argument (no such function), contract (another type). */
INGOT_API INGOT_USE_RESULT ingot_error *ingot_instance_function(ingot_instance *instance, const char *name, const char *type, ingot_function *out);
/* `slots` holds the arguments, takes the results, and has room for whichever are more; for at least one. Returns INGOT_TRAP_NONE, or why the guest stopped: then
 * ingot_instance_last_error tells the rest. A call that is not allowed now (see above) is INGOT_TRAP_HOST. */
INGOT_API INGOT_USE_RESULT ingot_trap ingot_function_call(const ingot_function *function, ingot_slot *slots);
/* What the last ingot_function_call that did not return INGOT_TRAP_NONE ended with; NULL when there was none, or it was asked for before. The caller frees it. */
INGOT_API ingot_error *ingot_instance_last_error(ingot_instance *instance);

/* The guest's linear memory, by the guest's own addresses. Nothing is copied, and false is returned, unless all of it is inside. Allowed between calls, and for a
 * callback's `caller`. */
INGOT_API INGOT_USE_RESULT bool ingot_instance_read(const ingot_instance *instance, uint32_t address, void *to, size_t bytes);
INGOT_API INGOT_USE_RESULT bool ingot_instance_write(ingot_instance *instance, uint32_t address, const void *from, size_t bytes);
/* Its present size; 0 when the module has none. */
INGOT_API uint64_t ingot_instance_memory_bytes(const ingot_instance *instance);

/* For a callback that is about to return a trap: the reason, for the error's message. Copied; cut after 500 bytes. */
INGOT_API void ingot_instance_explain(ingot_instance *caller, const char *reason);
/* For a callback that takes long: has its call been asked to stop (INGOT_TRAP_DEADLINE, INGOT_TRAP_CANCELLED), or not (INGOT_TRAP_NONE)? The guest is stopped as
 * soon as the callback returns, whatever it returns. */
INGOT_API ingot_trap ingot_requested(void);

typedef struct ingot_instance_metrics {
  uint64_t calls, host_calls, traps, resets; /* since it was made; host functions without the leaves */
  uint64_t memory_bytes, table_bytes;        /* now */
} ingot_instance_metrics;
INGOT_API void ingot_instance_get_metrics(const ingot_instance *instance, ingot_instance_metrics *out);
INGOT_API ingot_module *ingot_instance_module(const ingot_instance *instance); /* not a new reference */

/* ---- deadlines ---- */

/* A call scope: whatever this thread calls until its end, in whatever instances, shares one deadline, `timeout_ns` from now (UINT64_MAX: no end), and may be
 * stopped through `cancel` (or NULL). Inside one, a call costs nothing for its deadline. Scopes nest, on their thread, the last begun being the first ended; the
 * deadline of the outermost holds. Errors: limit, internal. */
INGOT_API INGOT_USE_RESULT ingot_error *ingot_scope_begin(uint64_t timeout_ns, ingot_cancel *cancel);
/* REQUIRES: this thread is inside one, and it was begun by whoever ends it: a callback ends no scope of its guest's caller. */
INGOT_API void ingot_scope_end(void);

/* Stops calls from another thread: every scope that has the token, and every later one, for good. NULL when there is no memory. Not for signal handlers. */
INGOT_API ingot_cancel *ingot_cancel_new(void);
INGOT_API void ingot_cancel_request(ingot_cancel *cancel);
/* REQUIRES: no scope has it. */
INGOT_API void ingot_cancel_free(ingot_cancel *cancel);

/* ---- fibers: many calls that wait, on few threads ---- */

/* A loop runs fibers on one thread. A fiber is a function with a stack of its own: where it waits (ingot_event_wait, ingot_sleep, ingot_pool_acquire,
 * ingot_pool_replace; a guest in WASI, a plugin for an HTTP response), also inside a callback of a guest that it called, the thread goes on with another one. Its call scopes are its own. A guest that computes for
 * longer than a slice is preempted, so that its neighbours wait no longer; a callback is not, unless it calls ingot_yield. A fiber stays on its thread. While a
 * callback calls another guest, waits or yields, fibers of the same thread run in between: it holds no lock that they might want. */
typedef struct ingot_loop ingot_loop;

typedef struct ingot_loop_options {
  uint64_t stack_bytes; /* of each fiber, for its function and its callbacks, who are promised 64 KiB: 256 KiB (the default) to 64 MiB */
  uint64_t slice_ns;    /* 1 ms to 1 s; 2 ms. Looked at every millisecond */
  uint64_t fibers;      /* how many at once; 16,384. Linux allows a process 65,530 mappings; a fiber has 2, an instance 4 */
  uint64_t reserved[5]; /* zero */
} ingot_loop_options;
/* The defaults above. Change what should differ. */
INGOT_API ingot_loop_options ingot_loop_options_default(void);

/* `options` may be NULL. Errors: argument, internal. */
INGOT_API INGOT_USE_RESULT ingot_error *ingot_loop_new(const ingot_loop_options *options, ingot_loop **out);
/* What a fiber does. Must not throw. */
typedef void (*ingot_body)(void *user);
/* A fiber that runs `body(user)` once the loop runs and has time. Any thread, fibers included. Errors: unavailable (options.fibers), limit. */
INGOT_API INGOT_USE_RESULT ingot_error *ingot_loop_spawn(ingot_loop *loop, ingot_body body, void *user);
/* Runs fibers on this thread until ingot_loop_stop was called and all of them have ended. Errors: argument (inside a call scope or a fiber; another thread runs it). */
INGOT_API INGOT_USE_RESULT ingot_error *ingot_loop_run(ingot_loop *loop);
/* Any thread. Stops no fiber: ask them through a cancel token. */
INGOT_API void ingot_loop_stop(ingot_loop *loop);
/* How many have not ended. */
INGOT_API uint64_t ingot_loop_fibers(const ingot_loop *loop);
/* REQUIRES: no fiber is left, nobody runs it. */
INGOT_API void ingot_loop_free(ingot_loop *loop);
/* In a fiber: those that are ready run first. Elsewhere nothing. */
INGOT_API void ingot_yield(void);

/* How a wait ended. */
typedef enum ingot_wait {
  INGOT_WAIT_DONE = 0,
  INGOT_WAIT_TIMEOUT = 1,
  INGOT_WAIT_STOPPED = 2, /* the call scope that this fiber or thread is inside of should end: ingot_requested tells why; a callback returns now */
  INGOT_WAIT_FAILED = 3   /* no memory */
} ingot_wait;

/* Something that happens. In a fiber, waiting leaves the thread to others; elsewhere it blocks the thread. NULL when there is no memory. */
typedef struct ingot_event ingot_event;
INGOT_API ingot_event *ingot_event_new(void);
/* It has happened, for all who wait and will wait; until it is reset. Any thread; not for signal handlers. */
INGOT_API void ingot_event_set(ingot_event *event);
INGOT_API void ingot_event_reset(ingot_event *event);
/* Until it has happened, at most `timeout_ns` (UINT64_MAX: no end) or the deadline of the call scope. */
INGOT_API INGOT_USE_RESULT ingot_wait ingot_event_wait(ingot_event *event, uint64_t timeout_ns);
/* REQUIRES: nobody waits. */
INGOT_API void ingot_event_free(ingot_event *event);
/* INGOT_WAIT_DONE: that much time has passed. */
INGOT_API INGOT_USE_RESULT ingot_wait ingot_sleep(uint64_t nanoseconds);

/* ---- pools, and new versions while calls are running ---- */

/* At most `instances_max` instances of `module` at once, made when they are needed. Keeps what it needs of `linker` and `limits`. Errors: argument. */
INGOT_API INGOT_USE_RESULT ingot_error *ingot_pool_new(ingot_module *module, const ingot_linker *linker, const ingot_limits *limits, uint32_t instances_max,
                                                       ingot_pool **out);
/* An instance that is as its start left it, for the caller alone until ingot_pool_release. Waits until one is free, at most `timeout_ns`. Errors: unavailable;
 * as ingot_instance_new. */
INGOT_API INGOT_USE_RESULT ingot_error *ingot_pool_acquire(ingot_pool *pool, uint64_t timeout_ns, ingot_instance **out);
/* Resets it, whatever happened to it. NULL is nothing. REQUIRES: it came from ingot_pool_acquire; no call on it runs. */
INGOT_API void ingot_pool_release(ingot_instance *instance);

/* True: `candidate` may serve. It is an instance of the new module that nobody else sees, and is reset afterwards; it must not be given to another thread, nor the pool be replaced in it. A reason for false may be given with
 * ingot_instance_explain. */
typedef bool (*ingot_probe)(void *user, ingot_instance *candidate);
/* From now on new callers get instances of `module`. Calls that run go on in the old one, whose code is unmapped when the last of them has been released. Before
 * that the new module is instantiated and, unless `probe` is NULL, probed; if that fails nothing has changed. Replacements come one after the other. Errors: as
 * ingot_instance_new; contract (the probe said no). */
INGOT_API INGOT_USE_RESULT ingot_error *ingot_pool_replace(ingot_pool *pool, ingot_module *module, ingot_probe probe, void *user);

typedef struct ingot_pool_metrics {
  uint64_t instances;    /* of the present module, on loan or not */
  uint64_t replacements; /* since it was made */
  uint64_t draining;     /* replaced modules that somebody still uses */
} ingot_pool_metrics;
INGOT_API void ingot_pool_get_metrics(const ingot_pool *pool, ingot_pool_metrics *out);
/* REQUIRES: every instance was released. */
INGOT_API void ingot_pool_free(ingot_pool *pool);

#ifdef __cplusplus
}
#endif
#endif /* INGOT_H */
