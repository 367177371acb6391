// SPDX-License-Identifier: Apache-2.0
#pragma once
// The request as the host wrote it, and the rules for reading fields out of it. Every reader that can refuse returns false
// after filling in the reply.

#include "json.h"
#include "reply.h"

struct request {
  struct json_document document;
  struct json_value body;
};

bool request_parse(struct request* request, const char* text, uint32_t size);

/// A `{name}` of the path. False (404) unless it is a UUID; `out` gets it in lower case, as the databases spell it.
/// Anything else must not reach the database: PostgreSQL refuses it and SQLite compares it as text.
bool request_id(struct reply* reply, const struct request* request, const char* name, struct text* out);
/// A `{name}` of the path, any text.
void request_param(const struct request* request, const char* name, struct text* out);
/// A value behind `?`; false when there is none.
bool request_query(const struct request* request, const char* name, struct text* out);

struct page {
  int64_t limit;
  int64_t offset;
};
/// `?limit=` (1 to 200, 50 when absent) and `?offset=`.
bool request_page(struct reply* reply, const struct request* request, struct page* page);

/// Lower-cases a UUID in place; false when it is none.
bool uuid_canonical(struct text* text);

/// Only an object with no other members than these will do. A misspelt one would otherwise be taken for one that was left out.
bool field_only(struct reply* reply, struct json_value object, const char* const* names, uint32_t name_count);
/// A field of an object: text of at most `length_max` characters with the blanks around it, which are dropped; no control characters remain.
/// An optional one that is absent, null or blank leaves `out` empty.
bool field_text(struct reply* reply, struct json_value object, const char* field, uint32_t length_max, bool required, struct text* out);
/// A whole number from `min` to `max`; absent or null means `absent_value`.
bool field_integer(struct reply* reply, struct json_value object, const char* field, int64_t absent_value, int64_t min, int64_t max,
                   int64_t* out);
/// A text that is one of `words`.
bool field_choice(struct reply* reply, struct json_value object, const char* field, const char* const* words, uint32_t word_count,
                  struct text* out);
/// A day of the calendar, "2026-01-31".
bool field_date(struct reply* reply, struct json_value object, const char* field, struct text* out);
/// A month of the calendar, "2026-01".
bool field_month(struct reply* reply, struct json_value object, const char* field, struct text* out);
