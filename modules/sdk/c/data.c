// SPDX-License-Identifier: Apache-2.0
#include "data.h"

#include "database.h"

// The status of what the caller may have caused and database_refuse does not know; 0 for anything else.
static uint32_t status_of(const char* code) {
  if (text_equal(code, "NOT_FOUND")) {
    return 404;
  }
  if (text_equal(code, "CONFLICT")) {
    return 409;
  }
  return text_equal(code, "NOT_ALLOWED") ? 403 : 0;
}

static bool refuse(struct reply* reply, const struct ingot_result* failure) {
  struct json_document document;
  struct text code = {0};
  struct text message = {0};
  if (failure->text != NULL && json_parse(&document, failure->text, failure->text_len)) {
    const struct json_value error = json_member(json_root(&document), "error");
    json_read_string(json_member(error, "code"), &code);
    json_read_string(json_member(error, "message"), &message);
  }
  const uint32_t status = status_of(text_string(&code));
  return status == 0 ? database_refuse(reply, failure) : reply_refuse(reply, status, text_string(&code), text_string(&message));
}

bool data_ask(struct reply* reply, const struct text* request, struct json_document* result) {
  const struct ingot_result outcome = ingot_data(text_string(request));
  if (!outcome.ok) {
    return refuse(reply, &outcome);
  }
  return json_parse(result, outcome.text, outcome.text_len) ||
         reply_refuse(reply, 500, "INTERNAL_ERROR", "the host's result is not JSON");
}

bool data_row(struct reply* reply, const struct text* request, struct json_document* result) {
  if (!data_ask(reply, request, result)) {
    return false;
  }
  json_copy(json_member(json_root(result), "row"), &reply->body);
  return true;
}
