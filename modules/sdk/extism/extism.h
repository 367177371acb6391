// SPDX-License-Identifier: Apache-2.0
// For Extism plugins in C and C++: the host's functions, and what makes them comfortable. This header is all there is to it.
//
// An export of a plugin is a function without parameters that gives 0 when it went well:
//
//   EXTISM_EXPORT("greet") int32_t greet(void) {
//     ...
//     return 0;
//   }
//
// Texts and bytes lie in the host's memory and are named by handles; 0 is no handle. What a function of the host gives belongs to
// the plugin; what a function of the host takes, other than load, store, length and output, is the host's from then on.
#ifndef INGOT_SDK_EXTISM_H
#define INGOT_SDK_EXTISM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define EXTISM_EXPORT(NAME) __attribute__((export_name(NAME)))
#define EXTISM_IMPORT_FROM(MODULE, NAME) __attribute__((import_module(MODULE), import_name(NAME)))
#define EXTISM_IMPORT(NAME) EXTISM_IMPORT_FROM("extism:host/env", NAME)
// A function that the program which runs the plugin offers.
#define EXTISM_IMPORT_USER(NAME) EXTISM_IMPORT_FROM("extism:host/user", NAME)

typedef uint64_t ExtismHandle;

// ---- Blocks of the host's memory ----

EXTISM_IMPORT("alloc") ExtismHandle extism_alloc(uint64_t length);  // 0 when length is 0 or there is no memory
EXTISM_IMPORT("free") void extism_free(ExtismHandle block);
EXTISM_IMPORT("length") uint64_t extism_length(ExtismHandle block);  // 0 when it is none
EXTISM_IMPORT("load_u8") uint8_t extism_load_u8(uint64_t offset);  // 0 outside of what is allocated
EXTISM_IMPORT("load_u64") uint64_t extism_load_u64(uint64_t offset);
EXTISM_IMPORT("store_u8") void extism_store_u8(uint64_t offset, uint8_t value);  // nothing outside
EXTISM_IMPORT("store_u64") void extism_store_u64(uint64_t offset, uint64_t value);

// ---- A call's input, output and error ----

EXTISM_IMPORT("input_length") uint64_t extism_input_length(void);
EXTISM_IMPORT("input_load_u8") uint8_t extism_input_load_u8(uint64_t index);
EXTISM_IMPORT("input_load_u64") uint64_t extism_input_load_u64(uint64_t index);
EXTISM_IMPORT("output_set") void extism_output_set(uint64_t offset, uint64_t length);
EXTISM_IMPORT("error_set") void extism_error_set(ExtismHandle text);  // the call has failed, whatever it returns

// ---- Configuration, variables, HTTP, logs ----

EXTISM_IMPORT("config_get") ExtismHandle extism_config_get(ExtismHandle name);
EXTISM_IMPORT("var_get") ExtismHandle extism_var_get(ExtismHandle name);
EXTISM_IMPORT("var_set") void extism_var_set(ExtismHandle name, ExtismHandle value);  // value 0 removes it
EXTISM_IMPORT("http_request") ExtismHandle extism_http_request(ExtismHandle request, ExtismHandle body);
EXTISM_IMPORT("http_status_code") int32_t extism_http_status_code(void);
EXTISM_IMPORT("http_headers") ExtismHandle extism_http_headers(void);
EXTISM_IMPORT("log_trace") void extism_log_trace(ExtismHandle text);
EXTISM_IMPORT("log_debug") void extism_log_debug(ExtismHandle text);
EXTISM_IMPORT("log_info") void extism_log_info(ExtismHandle text);
EXTISM_IMPORT("log_warn") void extism_log_warn(ExtismHandle text);
EXTISM_IMPORT("log_error") void extism_log_error(ExtismHandle text);
EXTISM_IMPORT("get_log_level") int32_t extism_get_log_level(void);

// ---- Bytes between the plugin's memory and the host's ----

// Copies bytes of the host's memory to `to`. The source is an allocated block or a part of one.
static inline void extism_load(uint64_t offset, void *to, size_t length) {
  unsigned char *bytes = (unsigned char *)to;
  size_t at = 0;
  for (; at + 8 <= length; at += 8) {
    uint64_t word = extism_load_u64(offset + at);
    __builtin_memcpy(bytes + at, &word, 8);
  }
  for (; at < length; ++at) bytes[at] = extism_load_u8(offset + at);
}

// Copies bytes to the host's memory.
static inline void extism_store(uint64_t offset, const void *from, size_t length) {
  const unsigned char *bytes = (const unsigned char *)from;
  size_t at = 0;
  for (; at + 8 <= length; at += 8) {
    uint64_t word;
    __builtin_memcpy(&word, bytes + at, 8);
    extism_store_u64(offset + at, word);
  }
  for (; at < length; ++at) extism_store_u8(offset + at, bytes[at]);
}

// Copies `length` bytes of the input, from `from` on; what is beyond its end is 0.
static inline void extism_input(uint64_t from, void *to, size_t length) {
  unsigned char *bytes = (unsigned char *)to;
  size_t at = 0;
  for (; at + 8 <= length; at += 8) {
    uint64_t word = extism_input_load_u64(from + at);
    __builtin_memcpy(bytes + at, &word, 8);
  }
  for (; at < length; ++at) bytes[at] = extism_input_load_u8(from + at);
}

// A block with these bytes; 0 for none.
static inline ExtismHandle extism_block(const void *bytes, size_t length) {
  ExtismHandle block = extism_alloc(length);
  if (block) extism_store(block, bytes, length);
  return block;
}

static inline ExtismHandle extism_text(const char *text) {
  return extism_block(text, __builtin_strlen(text));
}

// The call's output are these bytes.
static inline void extism_output(const void *bytes, size_t length) {
  extism_output_set(extism_block(bytes, length), length);
}

// The call has failed, and why. Returns what an export then returns.
static inline int32_t extism_fail(const char *why) {
  extism_error_set(extism_text(why));
  return 1;
}

#ifdef __cplusplus
}
#endif

#endif
