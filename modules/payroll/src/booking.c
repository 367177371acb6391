// SPDX-License-Identifier: Apache-2.0
#include "booking.h"

#include "database.h"

struct account {
  const char* code;
  const char* name;
  const char* kind;
};

// In the order of enum booking_account. The bank is the one that invoicing's customers pay to.
static const struct account accounts[] = {
    {"1000", "Bank", "asset"},
    {"2100", "Payroll tax payable", "liability"},
    {"2200", "Salaries payable", "liability"},
    {"6000", "Salaries", "expense"},
};

static void add_member(struct text* object, const char* name, const char* value) {
  text_add(object, object->size == 0 ? "{" : ",");
  text_add_json_string(object, name, ingot_length(name));
  text_add(object, ":");
  text_add_json_string(object, value, ingot_length(value));
}

// Makes an account that does not exist yet. Somebody else may do so at the same moment: then this request conflicts.
static bool ensure(struct reply* reply, const struct account* account) {
  struct text path = {0};
  struct text body = {0};
  struct module_answer answer;
  text_add(&path, "/accounts/by-code/");
  text_add(&path, account->code);
  if (!module_call(reply, "accounting", "GET", path.data, NULL, &answer)) {
    return false;
  }
  if (answer.status != 404) {
    return answer.status < 400 || module_refuse(reply, &answer);
  }
  add_member(&body, "code", account->code);
  add_member(&body, "name", account->name);
  add_member(&body, "kind", account->kind);
  text_add(&body, "}");
  return module_call(reply, "accounting", "POST", "/accounts", body.data, &answer) &&
         (answer.status < 400 || module_refuse(reply, &answer));
}

static bool add_line(struct reply* reply, const struct booking_line* line, struct text* lines) {
  if (line->debit_cents == 0 && line->credit_cents == 0) {
    return true;  // accounting takes no empty line
  }
  const struct account* account = &accounts[line->account];
  if (!ensure(reply, account)) {
    return false;
  }
  struct text object = {0};
  add_member(&object, "account", account->code);
  text_add(&object, ",\"debit_cents\":");
  text_add_integer(&object, line->debit_cents);
  text_add(&object, ",\"credit_cents\":");
  text_add_integer(&object, line->credit_cents);
  text_add(&object, "}");
  text_add(lines, lines->size == 0 ? "[" : ",");
  text_add(lines, object.data);
  return true;
}

// The other module's refusal in our words: the client has never heard of an entry.
static bool refuse_booking(struct reply* reply, const struct module_answer* answer) {
  struct text code = {0};
  struct text message = {0};
  struct text whole = {0};
  json_read_string(json_member(answer->body, "code"), &code);
  json_read_string(json_member(answer->body, "message"), &message);
  text_add(&whole, "accounting refused: ");
  text_add(&whole, text_string(&code));
  text_add(&whole, ": ");
  text_add(&whole, text_string(&message));
  return reply_refuse(reply, 409, "BOOKING_REFUSED", whole.data);
}

bool book(struct reply* reply, const char* date, const char* memo, const char* reference, const struct booking_line* lines,
          uint32_t line_count, struct text* entry_id) {
  struct text body = {0};
  struct text list = {0};
  struct module_answer answer;
  for (uint32_t index = 0; index < line_count; ++index) {
    if (!add_line(reply, &lines[index], &list)) {
      return false;
    }
  }
  add_member(&body, "date", date);
  add_member(&body, "memo", memo);
  add_member(&body, "reference", reference);
  text_add(&body, ",\"lines\":");
  text_add(&body, list.size == 0 ? "[" : list.data);
  text_add(&body, "]}");
  if (!module_call(reply, "accounting", "POST", "/entries", body.data, &answer)) {
    return false;
  }
  if (answer.status >= 400) {
    return refuse_booking(reply, &answer);
  }
  return json_read_string(json_member(answer.body, "id"), entry_id) ||
         reply_refuse(reply, 500, "INTERNAL_ERROR", "the new entry was not returned");
}
