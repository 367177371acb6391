// SPDX-License-Identifier: Apache-2.0
// Reading runs and payslips.
#include "handlers.h"

#define RUN_COLUMNS \
  "id, month, status, employee_count, gross_cents, tax_cents, net_cents, entry_id, paid_on, payment_entry_id, created_at, updated_at"
#define PAYSLIP_COLUMNS "id, run_id, employee_id, employee_number, employee_name, gross_cents, tax_cents, net_cents, created_at"

void runs_list(const struct request* request, struct reply* reply) {
  struct page page;
  struct text count_params = {0};
  struct text params = {0};
  struct json_document count;
  struct json_document items;
  if (!request_page(reply, request, &page) ||
      !database_query(reply, "SELECT count(*) AS total FROM payroll_run", &count_params, &count)) {
    return;
  }
  params_integer(&params, page.limit);
  params_integer(&params, page.offset);
  if (database_query(reply, "SELECT " RUN_COLUMNS " FROM payroll_run ORDER BY month DESC LIMIT $1 OFFSET $2", &params, &items)) {
    reply_page(reply, &items, &count, page);
  }
}

bool runs_show(struct reply* reply, const char* id) {
  struct text params = {0};
  struct json_document result;
  params_text(&params, id);
  if (!database_query(reply, "SELECT " RUN_COLUMNS " FROM payroll_run WHERE id = $1", &params, &result)) {
    return false;
  }
  const struct json_value row = database_first(&result);
  if (!json_exists(row)) {
    return reply_refuse(reply, 404, "NOT_FOUND", "no such run");
  }
  json_copy(row, &reply->body);
  return true;
}

void runs_get(const struct request* request, struct reply* reply) {
  struct text id = {0};
  if (request_id(reply, request, "id", &id)) {
    runs_show(reply, id.data);
  }
}

void payslips_list(const struct request* request, struct reply* reply) {
  struct page page;
  struct text id = {0};
  struct text count_params = {0};
  struct text params = {0};
  struct json_document count;
  struct json_document items;
  struct reply run = {0};
  if (!request_page(reply, request, &page) || !request_id(reply, request, "id", &id)) {
    return;
  }
  if (!runs_show(&run, id.data)) {
    *reply = run;  // an empty list would say that the run exists
    return;
  }
  params_text(&count_params, id.data);
  if (!database_query(reply, "SELECT count(*) AS total FROM payslip WHERE run_id = $1", &count_params, &count)) {
    return;
  }
  params_text(&params, id.data);
  params_integer(&params, page.limit);
  params_integer(&params, page.offset);
  if (database_query(reply, "SELECT " PAYSLIP_COLUMNS " FROM payslip WHERE run_id = $1 ORDER BY employee_number LIMIT $2 OFFSET $3",
                     &params, &items)) {
    reply_page(reply, &items, &count, page);
  }
}
