// SPDX-License-Identifier: Apache-2.0
// Posting an entry. Everything is checked before anything is written: the caller may be another module, and what this one
// has written stays in the shared transaction even when it answers with a refusal.
#include "handlers.h"

enum { line_count_min = 2, line_count_max = 200 };

// One trillion in cents. The sum over a whole entry stays far inside 64 bits.
static const int64_t amount_cents_max = 100000000000000;

static const struct database_conflict conflict = {
    .unique_code = "REFERENCE_TAKEN",
    .unique_message = "another entry has this reference",
};

struct line {
  struct text account_id;
  int64_t debit_cents;
  int64_t credit_cents;
};

struct entry {
  struct text date;
  struct text memo;
  struct text reference;
  struct line lines[line_count_max];
  uint32_t line_count;
};

static bool unknown_account(struct reply* reply, const char* name) {
  struct text message = {0};
  text_add(&message, "no such account: ");
  text_add(&message, name);
  return reply_refuse(reply, 400, "UNKNOWN_ACCOUNT", message.data);
}

// A line names its account by `account` (the code) or by `account_id`.
static bool find_account(struct reply* reply, struct json_value line, struct text* account_id) {
  struct text name = {0};
  struct text params = {0};
  struct json_document result;
  const bool by_id = json_exists(json_member(line, "account_id"));
  if (!field_text(reply, line, by_id ? "account_id" : "account", by_id ? 36 : 20, true, &name)) {
    return false;
  }
  if (by_id && !uuid_canonical(&name)) {
    return unknown_account(reply, name.data);
  }
  params_text(&params, name.data);
  if (!database_query(reply, by_id ? "SELECT id FROM account WHERE id = $1" : "SELECT id FROM account WHERE code = $1", &params, &result)) {
    return false;
  }
  return json_read_string(json_member(database_first(&result), "id"), account_id) || unknown_account(reply, name.data);
}

static bool read_line(struct reply* reply, struct json_value value, struct line* line) {
  *line = (struct line){0};
  if (json_kind_of(value) != json_object) {
    return reply_invalid(reply, "lines", "must hold objects");
  }
  static const char* const names[] = {"account", "account_id", "debit_cents", "credit_cents"};
  if (!field_only(reply, value, names, sizeof names / sizeof *names) ||
      !field_integer(reply, value, "debit_cents", 0, 0, amount_cents_max, &line->debit_cents) ||
      !field_integer(reply, value, "credit_cents", 0, 0, amount_cents_max, &line->credit_cents)) {
    return false;
  }
  if ((line->debit_cents == 0) == (line->credit_cents == 0)) {
    return reply_invalid(reply, "lines", "each must have either debit_cents or credit_cents");
  }
  return find_account(reply, value, &line->account_id);
}

static bool read_lines(struct reply* reply, struct json_value lines, struct entry* entry) {
  int64_t debit_cents = 0;
  int64_t credit_cents = 0;
  if (json_kind_of(lines) != json_array) {
    return reply_invalid(reply, "lines", "must be an array");
  }
  for (struct json_value value = json_first(lines); json_exists(value); value = json_next(lines, value)) {
    if (entry->line_count == line_count_max) {
      return reply_invalid(reply, "lines", "must be at most 200");
    }
    struct line* line = &entry->lines[entry->line_count++];
    if (!read_line(reply, value, line)) {
      return false;
    }
    debit_cents += line->debit_cents;
    credit_cents += line->credit_cents;
  }
  if (entry->line_count < line_count_min) {
    return reply_invalid(reply, "lines", "must be at least two");
  }
  if (debit_cents != credit_cents) {
    struct text message = {0};
    text_add(&message, "debits are ");
    text_add_integer(&message, debit_cents);
    text_add(&message, " cents, credits ");
    text_add_integer(&message, credit_cents);
    return reply_refuse(reply, 400, "ENTRY_UNBALANCED", message.data);
  }
  return true;
}

static bool read_entry(struct reply* reply, struct json_value body, struct entry* entry) {
  static const char* const names[] = {"date", "memo", "reference", "lines"};
  return field_only(reply, body, names, sizeof names / sizeof *names) && field_date(reply, body, "date", &entry->date) && field_text(reply, body, "memo", 500, false, &entry->memo) &&
         field_text(reply, body, "reference", 64, false, &entry->reference) && read_lines(reply, json_member(body, "lines"), entry);
}

static bool insert_entry(struct reply* reply, const struct entry* entry, struct text* id) {
  struct text params = {0};
  struct json_document result;
  params_text(&params, entry->date.data);
  params_text(&params, text_string(&entry->memo));
  if (entry->reference.size == 0) {
    params_null(&params);  // many entries may have no reference
  } else {
    params_text(&params, entry->reference.data);
  }
  return database_execute(reply, "INSERT INTO journal_entry (entry_date, memo, reference) VALUES ($1, $2, $3) RETURNING id", &params,
                          &conflict, &result) &&
         (json_read_string(json_member(database_first(&result), "id"), id) ||
          reply_refuse(reply, 500, "INTERNAL_ERROR", "the new entry was not returned"));
}

static bool insert_lines(struct reply* reply, const struct entry* entry, const char* entry_id) {
  for (uint32_t index = 0; index < entry->line_count; ++index) {
    const struct line* line = &entry->lines[index];
    struct text params = {0};
    struct json_document result;
    params_text(&params, entry_id);
    params_integer(&params, (int64_t)index + 1);
    params_text(&params, line->account_id.data);
    params_integer(&params, line->debit_cents);
    params_integer(&params, line->credit_cents);
    if (!database_execute(reply,
                          "INSERT INTO journal_line (entry_id, line_number, account_id, debit_cents, credit_cents) "
                          "VALUES ($1, $2, $3, $4, $5)",
                          &params, NULL, &result)) {
      return false;
    }
  }
  return true;
}

void entries_create(const struct request* request, struct reply* reply) {
  static struct entry entry;  // too large for the stack; the instance serves this one request only
  struct text id = {0};
  entry = (struct entry){0};
  if (read_entry(reply, request->body, &entry) && insert_entry(reply, &entry, &id) && insert_lines(reply, &entry, id.data) &&
      entries_show(reply, id.data)) {
    reply->status = 201;
    text_add(&reply->location, "/api/accounting/entries/");
    text_add(&reply->location, id.data);
  }
}
