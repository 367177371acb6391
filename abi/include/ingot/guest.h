// SPDX-License-Identifier: Apache-2.0
#pragma once
// The contract of abi/EERP.md as C declarations, for authors of business modules. Valid as C11 and as C++.
//
// Compile with `clang --target=wasm32 -nostdlib`; no libc is needed. Compiled for any other target the declarations stay,
// without their wasm attributes: editors and tests can read the header, and a test can implement the imports itself.
//
// Every request runs in an instance no other request has touched, on one thread: a guest may keep its state in globals, and
// what it leaks is gone after the request. It deliberately holds no JSON: modules/sdk/c has a reader and a writer.

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define INGOT_C_API extern "C"
#else
#define INGOT_C_API
#endif

// Only a wasm target has import and export names.
#if defined(__wasm__)
#define INGOT_IMPORT(NAME) INGOT_C_API __attribute__((import_module("host"), import_name(#NAME)))
#define INGOT_EXPORT(NAME) INGOT_C_API __attribute__((export_name(#NAME), visibility("default")))
#else
#define INGOT_IMPORT(NAME) INGOT_C_API
#define INGOT_EXPORT(NAME) INGOT_C_API
#endif

// Where the helpers below get memory. Define INGOT_MALLOC and INGOT_FREE before the include to use an allocator of your own.
#if !defined(INGOT_MALLOC)
#if defined(__has_include)
#if __has_include(<stdlib.h>)
#include <stdlib.h>
#else
INGOT_C_API void* malloc(size_t size);
INGOT_C_API void free(void* address);
#endif
#else
#include <stdlib.h>
#endif
#define INGOT_MALLOC(SIZE) malloc(SIZE)
#define INGOT_FREE(ADDRESS) free(ADDRESS)
#endif

// ---- Imports ---------------------------------------------------------------------------------------------------------
// A text is an address and a length in bytes, UTF-8, not terminated. The host copies it before it returns. An address or a
// length that leaves memory is a trap: the request fails, the transaction is rolled back.

/// Levels of ingot_host_log_level.
enum ingot_level { INGOT_TRACE = 0, INGOT_DEBUG = 1, INGOT_INFO = 2, INGOT_WARN = 3, INGOT_ERROR = 4 };

/// Results of ingot_host_register_route; 0 is success.
enum ingot_route_result {
  INGOT_ROUTE_OK = 0,
  INGOT_ROUTE_NOT_LOADING = -1,  ///< called outside `init`
  INGOT_ROUTE_INVALID = -2,      ///< a method or a path the contract does not know
  INGOT_ROUTE_DUPLICATE = -3,
  INGOT_ROUTE_TOO_MANY = -4
};

/// A line at level info in the host's log.
INGOT_IMPORT(log) void ingot_host_log(const char* text, uint32_t text_len);

/// A line at a level of enum ingot_level.
INGOT_IMPORT(log_level) void ingot_host_log_level(uint32_t level, const char* text, uint32_t text_len);

/// Serves `method` on `path` with `handle(handler_id, ...)`. Only inside `init`. Returns an enum ingot_route_result.
INGOT_IMPORT(register_route)
int32_t ingot_host_register_route(const char* method, uint32_t method_len, const char* path, uint32_t path_len, uint32_t handler_id);

/// The same, open only to callers who hold `permission` (`module:resource:action`).
INGOT_IMPORT(register_route)
int32_t ingot_host_register_route_permission(const char* method, uint32_t method_len, const char* path, uint32_t path_len,
                                             uint32_t handler_id, const char* permission, uint32_t permission_len);

// query, execute, data and call return n >= 0: success, the result is a JSON text of n bytes; or n < 0: failure, the result is an
// error text of -n bytes. Collect either with ingot_host_result before the next of the four.

/// A statement that returns rows. `params` is a JSON array ($1 is its first element); length 0 means none.
INGOT_IMPORT(query)
int32_t ingot_host_query(const char* sql, uint32_t sql_len, const char* params, uint32_t params_len);

/// A statement that changes rows.
INGOT_IMPORT(execute)
int32_t ingot_host_execute(const char* sql, uint32_t sql_len, const char* params, uint32_t params_len);

/// A request to the data service, JSON text: abi/DATA.md.
INGOT_IMPORT(data) int32_t ingot_host_data(const char* request, uint32_t request_len);

/// A route of another module, named in `depends`, inside this request's transaction. `path` is the other module's own:
/// "/contacts/7", not "/api/crm/contacts/7". An answer of status 400 or more is still a success of the call.
INGOT_IMPORT(call)
int32_t ingot_host_call(const char* module, uint32_t module_len, const char* method, uint32_t method_len, const char* path,
                        uint32_t path_len, const char* body, uint32_t body_len);

/// Copies the text of the last query, execute, data or call to `address`, at most `capacity` bytes. Returns the bytes copied.
INGOT_IMPORT(result) int32_t ingot_host_result(char* address, uint32_t capacity);

/// Fills with fresh random bytes, fit for tokens.
INGOT_IMPORT(random) void ingot_host_random(void* address, uint32_t len);

/// Milliseconds since 1970-01-01 UTC.
INGOT_IMPORT(now_ms) int64_t ingot_host_now_ms(void);

// ---- Exports ---------------------------------------------------------------------------------------------------------
// A module defines these itself, each after its INGOT_EXPORT:
//
//   INGOT_EXPORT(init)        void init(void)                      calls ingot_route once per route
//   INGOT_EXPORT(migrate)     const char* migrate(void)            the migration text
//   INGOT_EXPORT(migrate_len) uint32_t migrate_len(void)           its length; called after migrate
//   INGOT_EXPORT(openapi)     const char* openapi(void)            optional; what the routes ask for and answer, openapi_len its length
//   INGOT_EXPORT(alloc)       void* alloc(uint32_t size)           memory for the request
//   INGOT_EXPORT(dealloc)     void dealloc(void* at, uint32_t size)  optional; takes the response back
//   INGOT_EXPORT(handle)      struct ingot_response handle(uint32_t handler_id, const char* request, uint32_t request_len)
//
// clang turns the struct that `handle` returns into a first parameter, which is the contract's fourth way. A module that
// prefers the second way returns `uint64_t` from ingot_pack instead.

/// Address and length of a response: {"status":200,"headers":{},"body":...}. It stays valid until the instance is gone or
/// `dealloc` has taken it back.
struct ingot_response {
  const char* text;
  uint32_t text_len;
};

/// A response as one number, `address << 32 | length`.
static inline uint64_t ingot_pack(struct ingot_response response) { return (uint64_t)(uintptr_t)response.text << 32 | response.text_len; }

// ---- Helpers ---------------------------------------------------------------------------------------------------------

/// Length of a C string, without libc.
static inline uint32_t ingot_length(const char* text) {
  uint32_t length = 0;
  while (text[length] != '\0') {
    ++length;
  }
  return length;
}

/// Logs a C string at level info.
static inline void ingot_log(const char* text) { ingot_host_log(text, ingot_length(text)); }

/// Logs a C string at a level of enum ingot_level.
static inline void ingot_log_at(enum ingot_level level, const char* text) {
  ingot_host_log_level((uint32_t)level, text, ingot_length(text));
}

/// Registers a route; C strings. `permission` may be NULL: then any caller may use the route.
static inline int32_t ingot_route(const char* method, const char* path, uint32_t handler_id, const char* permission) {
  if (permission == NULL) {
    return ingot_host_register_route(method, ingot_length(method), path, ingot_length(path), handler_id);
  }
  return ingot_host_register_route_permission(method, ingot_length(method), path, ingot_length(path), handler_id, permission,
                                              ingot_length(permission));
}

/// What query, execute, data or call gave, in memory of INGOT_MALLOC, terminated by a NUL that `text_len` does not count.
struct ingot_result {
  int ok;      ///< 0: `text` is an error text, {"error":{"code":"...","message":"..."}}
  char* text;  ///< NULL when memory ran out (then `ok` is 0); give it back with ingot_result_free
  uint32_t text_len;
};

/// Collects the text behind the number a host function returned. For use right after the call; see ingot_query.
static inline struct ingot_result ingot_collect(int32_t outcome) {
  struct ingot_result result = {0, NULL, 0};
  // Negated as unsigned: -INT32_MIN does not exist.
  const uint32_t size = outcome >= 0 ? (uint32_t)outcome : 0u - (uint32_t)outcome;
  result.text = (char*)INGOT_MALLOC((size_t)size + 1);
  if (result.text == NULL) {
    return result;
  }
  const int32_t copied = ingot_host_result(result.text, size);
  result.text_len = copied > 0 ? (uint32_t)copied : 0;
  result.text[result.text_len] = '\0';
  result.ok = outcome >= 0;
  return result;
}

/// Runs a statement that returns rows. `params` is a JSON array as C string, or NULL for none.
static inline struct ingot_result ingot_query(const char* sql, const char* params) {
  return ingot_collect(ingot_host_query(sql, ingot_length(sql), params, params == NULL ? 0 : ingot_length(params)));
}

/// Runs a statement that changes rows. `params` is a JSON array as C string, or NULL for none.
static inline struct ingot_result ingot_execute(const char* sql, const char* params) {
  return ingot_collect(ingot_host_execute(sql, ingot_length(sql), params, params == NULL ? 0 : ingot_length(params)));
}

/// Asks the data service. `request` is JSON text as C string.
static inline struct ingot_result ingot_data(const char* request) { return ingot_collect(ingot_host_data(request, ingot_length(request))); }

/// Calls another module's route. `body` is a JSON text as C string, or NULL for none.
static inline struct ingot_result ingot_call(const char* module, const char* method, const char* path, const char* body) {
  return ingot_collect(ingot_host_call(module, ingot_length(module), method, ingot_length(method), path, ingot_length(path), body,
                                       body == NULL ? 0 : ingot_length(body)));
}

/// Gives a result's text back.
static inline void ingot_result_free(struct ingot_result* result) {
  INGOT_FREE(result->text);
  result->text = NULL;
  result->text_len = 0;
}
