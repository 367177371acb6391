// SPDX-License-Identifier: Apache-2.0
// The trial balance: per account what was debited, credited, and the difference. Over all accounts the difference is zero,
// because only balanced entries are ever posted.
#include "handlers.h"

// A sum of BIGINT is NUMERIC on PostgreSQL, which the host gives as text: hence the casts.
static const char sql[] =
    "SELECT a.id AS id, a.code AS code, a.name AS name, a.kind AS kind, "
    "CAST(coalesce(sum(l.debit_cents), 0) AS BIGINT) AS debit_cents, "
    "CAST(coalesce(sum(l.credit_cents), 0) AS BIGINT) AS credit_cents, "
    "CAST(coalesce(sum(l.debit_cents), 0) - coalesce(sum(l.credit_cents), 0) AS BIGINT) AS balance_cents "
    "FROM account a LEFT JOIN journal_line l ON l.account_id = a.id "
    "GROUP BY a.id, a.code, a.name, a.kind ORDER BY a.code";

void balances(const struct request* request, struct reply* reply) {
  struct text params = {0};
  struct json_document result;
  int64_t debit_cents = 0;
  int64_t credit_cents = 0;
  (void)request;
  if (!database_query(reply, sql, &params, &result)) {
    return;
  }
  const struct json_value rows = database_rows(&result);
  for (struct json_value row = json_first(rows); json_exists(row); row = json_next(rows, row)) {
    int64_t debit = 0;
    int64_t credit = 0;
    if (!json_read_integer(json_member(row, "debit_cents"), &debit) || !json_read_integer(json_member(row, "credit_cents"), &credit) ||
        __builtin_add_overflow(debit_cents, debit, &debit_cents) || __builtin_add_overflow(credit_cents, credit, &credit_cents)) {
      reply_refuse(reply, 500, "INTERNAL_ERROR", "a balance is no number of cents");
      return;
    }
  }
  struct text* body = &reply->body;
  text_add(body, "{\"accounts\":");
  json_copy(rows, body);
  text_add(body, ",\"total_debit_cents\":");
  text_add_integer(body, debit_cents);
  text_add(body, ",\"total_credit_cents\":");
  text_add_integer(body, credit_cents);
  text_add(body, debit_cents == credit_cents ? ",\"balanced\":true}" : ",\"balanced\":false}");
}
