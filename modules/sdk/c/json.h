// SPDX-License-Identifier: Apache-2.0
#pragma once
// Reading JSON, on top of jsmn. A value is a place in a document; the document and its text must outlive it. A value that does
// not exist is a value too (`json_exists` is false), so chains of json_member need no check in between.

#include <stdbool.h>
#include <stdint.h>

#include "text.h"

struct json_document {
  const char* text;
  const void* tokens;  ///< jsmn's, known to json.c alone
  int token_count;
};

struct json_value {
  const struct json_document* document;
  int token;  ///< -1: does not exist
};

enum json_kind { json_absent, json_null, json_boolean, json_number, json_string, json_array, json_object };

/// False when `text` is not JSON. The host's texts always are.
bool json_parse(struct json_document* document, const char* text, uint32_t size);

struct json_value json_root(const struct json_document* document);
enum json_kind json_kind_of(struct json_value value);
bool json_exists(struct json_value value);

/// A member of an object, by a name without escapes.
struct json_value json_member(struct json_value object, const char* name);
/// Whether every member's name is one of these, which need no escapes.
bool json_has_only(struct json_value object, const char* const* names, uint32_t name_count);
/// Elements of an array, in order: for (v = json_first(a); json_exists(v); v = json_next(a, v)).
struct json_value json_first(struct json_value array);
struct json_value json_next(struct json_value array, struct json_value element);

/// Decodes a string. False when the value is none.
bool json_read_string(struct json_value value, struct text* out);
/// Reads a whole number that fits, also one that is written as 7.0. False otherwise, and with an exponent.
bool json_read_integer(struct json_value value, int64_t* out);
/// Adds the value as it stands in the document: rows can be passed on without being understood.
void json_copy(struct json_value value, struct text* out);
