// SPDX-License-Identifier: Apache-2.0
// Reading the journal.
#include "handlers.h"

void entries_list(const struct request* request, struct reply* reply) {
  struct page page;
  struct text count_params = {0};
  struct text params = {0};
  struct json_document count;
  struct json_document items;
  if (!request_page(reply, request, &page) ||
      !database_query(reply, "SELECT count(*) AS total FROM journal_entry", &count_params, &count)) {
    return;
  }
  params_integer(&params, page.limit);
  params_integer(&params, page.offset);
  if (database_query(reply,
                     "SELECT e.id AS id, e.entry_date AS date, e.memo AS memo, e.reference AS reference, "
                     "e.created_at AS created_at, "
                     "(SELECT CAST(sum(l.debit_cents) AS BIGINT) FROM journal_line l WHERE l.entry_id = e.id) AS total_cents "
                     "FROM journal_entry e ORDER BY e.entry_date DESC, e.created_at DESC, e.id LIMIT $1 OFFSET $2",
                     &params, &items)) {
    reply_page(reply, &items, &count, page);
  }
}

void entries_get(const struct request* request, struct reply* reply) {
  struct text id = {0};
  if (request_id(reply, request, "id", &id)) {
    entries_show(reply, id.data);
  }
}

bool entries_show(struct reply* reply, const char* id) {
  struct text entry_params = {0};
  struct text line_params = {0};
  struct json_document entry;
  struct json_document lines;
  params_text(&entry_params, id);
  params_text(&line_params, id);
  if (!database_query(reply, "SELECT id, entry_date AS date, memo, reference, created_at FROM journal_entry WHERE id = $1", &entry_params,
                      &entry)) {
    return false;
  }
  const struct json_value row = database_first(&entry);
  if (!json_exists(row)) {
    return reply_refuse(reply, 404, "NOT_FOUND", "no such entry");
  }
  if (!database_query(reply,
                      "SELECT a.code AS account, l.account_id AS account_id, l.debit_cents AS debit_cents, "
                      "l.credit_cents AS credit_cents FROM journal_line l JOIN account a ON a.id = l.account_id "
                      "WHERE l.entry_id = $1 ORDER BY l.line_number",
                      &line_params, &lines)) {
    return false;
  }
  static const char* const members[] = {"id", "date", "memo", "reference", "created_at"};
  struct text* body = &reply->body;
  text_add(body, "{");
  for (uint32_t index = 0; index < sizeof members / sizeof *members; ++index) {
    text_add_json_string(body, members[index], ingot_length(members[index]));
    text_add(body, ":");
    json_copy(json_member(row, members[index]), body);
    text_add(body, ",");
  }
  text_add(body, "\"lines\":");
  json_copy(database_rows(&lines), body);
  text_add(body, "}");
  return true;
}
