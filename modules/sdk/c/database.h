// SPDX-License-Identifier: Apache-2.0
#pragma once
// Statements and calls of other modules, whose failure becomes the reply. After a failed statement the transaction can only be
// rolled back, so a handler returns at once when one of these is false.

#include "json.h"
#include "reply.h"

/// A business name for a violated unique column or a broken reference: what the client gets instead of the database's words.
struct database_conflict {
  const char* unique_code;
  const char* unique_message;
  const char* reference_code;
  const char* reference_message;
};

/// Runs a statement that returns rows; `result` is then {"rows":[...]}. `params` is closed by this call.
bool database_query(struct reply* reply, const char* sql, struct text* params, struct json_document* result);

/// Runs a statement that changes rows; `result` is then {"rows_affected":n,"rows":[...]}. `conflict` may be NULL.
bool database_execute(struct reply* reply, const char* sql, struct text* params, const struct database_conflict* conflict,
                      struct json_document* result);

/// Makes the failure of a host function the reply. Always false.
bool database_refuse(struct reply* reply, const struct ingot_result* failure);

/// The rows of a result, an array.
struct json_value database_rows(const struct json_document* result);
/// The first row, or an absent value.
struct json_value database_first(const struct json_document* result);

/// Another module's answer. A status of 400 or more is its refusal, which is for the caller to judge. `body` points into
/// `document`: do not copy the struct.
struct module_answer {
  struct json_document document;
  int64_t status;
  struct json_value body;
};

/// Calls a route of a module named in `depends`, inside this request's transaction. `path` is the other module's own; `body` is
/// JSON text, or NULL. False when the call could not be made.
bool module_call(struct reply* reply, const char* module, const char* method, const char* path, const char* body,
                 struct module_answer* answer);

/// Makes the other module's refusal ours. Always false.
bool module_refuse(struct reply* reply, const struct module_answer* answer);
