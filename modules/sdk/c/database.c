// SPDX-License-Identifier: Apache-2.0
#include "database.h"

struct status_of_code {
  const char* code;
  uint32_t status;
};

// What the client may have caused keeps its code; everything else is our fault and a 500.
static const struct status_of_code statuses[] = {
    {"UNIQUE_VIOLATION", 409},
    {"FOREIGN_KEY_VIOLATION", 409},
    {"TRANSACTION_ABORTED", 409},
    {"NOT_NULL_VIOLATION", 400},
    {"CHECK_VIOLATION", 400},
    {"INVALID_PARAMS", 400},
    {"BUSY", 503},
    {"DEADLINE", 503},
    {"LIMIT", 503},
    {"UNAVAILABLE", 503},
};

static uint32_t status_of(const char* code) {
  for (uint32_t index = 0; index < sizeof statuses / sizeof *statuses; ++index) {
    if (text_equal(statuses[index].code, code)) {
      return statuses[index].status;
    }
  }
  return 500;
}

static bool refuse(struct reply* reply, const struct ingot_result* failure, const struct database_conflict* conflict) {
  struct json_document document;
  struct text code = {0};
  struct text message = {0};
  if (failure->text != NULL && json_parse(&document, failure->text, failure->text_len)) {
    const struct json_value error = json_member(json_root(&document), "error");
    json_read_string(json_member(error, "code"), &code);
    json_read_string(json_member(error, "message"), &message);
  }
  const char* name = text_string(&code);
  if (conflict != NULL && conflict->unique_code != NULL && text_equal(name, "UNIQUE_VIOLATION")) {
    return reply_refuse(reply, 409, conflict->unique_code, conflict->unique_message);
  }
  if (conflict != NULL && conflict->reference_code != NULL && text_equal(name, "FOREIGN_KEY_VIOLATION")) {
    return reply_refuse(reply, 409, conflict->reference_code, conflict->reference_message);
  }
  const uint32_t status = status_of(name);
  if (status < 500) {
    return reply_refuse(reply, status, name, text_string(&message));
  }
  ingot_log_at(INGOT_ERROR, text_string(&message));
  return reply_refuse(reply, status, code.size == 0 ? "DATABASE_ERROR" : name, "the database could not serve this request");
}

static bool take(struct reply* reply, struct ingot_result outcome, const struct database_conflict* conflict, struct json_document* result) {
  if (!outcome.ok) {
    return refuse(reply, &outcome, conflict);
  }
  if (!json_parse(result, outcome.text, outcome.text_len)) {
    return reply_refuse(reply, 500, "INTERNAL_ERROR", "the host's result is not JSON");
  }
  return true;
}

bool database_query(struct reply* reply, const char* sql, struct text* params, struct json_document* result) {
  return take(reply, ingot_query(sql, params_json(params)), NULL, result);
}

bool database_execute(struct reply* reply, const char* sql, struct text* params, const struct database_conflict* conflict,
                      struct json_document* result) {
  return take(reply, ingot_execute(sql, params_json(params)), conflict, result);
}

bool database_refuse(struct reply* reply, const struct ingot_result* failure) { return refuse(reply, failure, NULL); }

struct json_value database_rows(const struct json_document* result) { return json_member(json_root(result), "rows"); }

struct json_value database_first(const struct json_document* result) { return json_first(database_rows(result)); }

bool module_call(struct reply* reply, const char* module, const char* method, const char* path, const char* body,
                 struct module_answer* answer) {
  if (!take(reply, ingot_call(module, method, path, body), NULL, &answer->document)) {
    return false;
  }
  const struct json_value root = json_root(&answer->document);
  answer->body = json_member(root, "body");
  return json_read_integer(json_member(root, "status"), &answer->status) ||
         reply_refuse(reply, 500, "INTERNAL_ERROR", "the call's answer has no status");
}

bool module_refuse(struct reply* reply, const struct module_answer* answer) {
  *reply = (struct reply){.status = (uint32_t)answer->status};
  json_copy(answer->body, &reply->body);
  return false;
}
