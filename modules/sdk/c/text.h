// SPDX-License-Identifier: Apache-2.0
#pragma once
// A text that grows at its end, and JSON written into it. Always terminated by a NUL, so `data` is a C string as long as
// nothing added holds a NUL itself. Running out of memory is a trap: the request fails and its transaction is rolled back.

#include <stdbool.h>
#include <stdint.h>

struct text {
  char* data;  ///< NULL before the first addition; see text_string
  uint32_t size;
  uint32_t capacity;
};

void text_add_bytes(struct text* text, const char* bytes, uint32_t size);
void text_add(struct text* text, const char* string);
void text_add_integer(struct text* text, int64_t number);
/// Quotes included; everything that must be escaped is.
void text_add_json_string(struct text* text, const char* bytes, uint32_t size);

/// The text as C string, "" when nothing was added.
const char* text_string(const struct text* text);

bool text_equal(const char* left, const char* right);

/// The parameters of a statement: an array that is opened by the first value and closed by params_json.
void params_text(struct text* params, const char* string);
void params_integer(struct text* params, int64_t number);
void params_null(struct text* params);
/// Closes the array. Call once, last.
const char* params_json(struct text* params);
