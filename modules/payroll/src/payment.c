// SPDX-License-Identifier: Apache-2.0
// Payment of a run: the net salaries move from payable to the bank, in the same transaction.
#include "booking.h"
#include "handlers.h"

// Nothing was marked: 404, or 409.
static void refuse_payment(struct reply* reply, const char* id) {
  if (runs_show(reply, id)) {
    reply_refuse(reply, 409, "RUN_NOT_BOOKED", "the run is paid");
  }
}

void runs_pay(const struct request* request, struct reply* reply) {
  struct text id = {0};
  struct text date = {0};
  struct text params = {0};
  struct json_document marked;
  if (!request_id(reply, request, "id", &id)) {
    return;
  }
  static const char* const names[] = {"date"};
  if (!field_only(reply, request->body, names, 1) || !field_date(reply, request->body, "date", &date)) {
    return;
  }
  params_text(&params, id.data);
  params_text(&params, date.data);
  if (!database_execute(reply,
                        "UPDATE payroll_run SET status = 'paid', paid_on = $2, updated_at = current_timestamp "
                        "WHERE id = $1 AND status = 'booked' RETURNING month, net_cents",
                        &params, NULL, &marked)) {
    return;
  }
  const struct json_value run = database_first(&marked);
  if (!json_exists(run)) {
    refuse_payment(reply, id.data);
    return;
  }
  struct text month = {0};
  struct text memo = {0};
  struct text reference = {0};
  struct text entry_id = {0};
  int64_t net_cents = 0;
  json_read_string(json_member(run, "month"), &month);
  json_read_integer(json_member(run, "net_cents"), &net_cents);
  text_add(&memo, "Payment of payroll ");
  text_add(&memo, text_string(&month));
  text_add(&reference, "PAY-");
  text_add(&reference, text_string(&month));
  text_add(&reference, "-P");
  const struct booking_line lines[] = {
      {.account = booking_salaries_payable, .debit_cents = net_cents},
      {.account = booking_bank, .credit_cents = net_cents},
  };
  if (!book(reply, date.data, memo.data, reference.data, lines, sizeof lines / sizeof *lines, &entry_id)) {
    return;
  }
  struct text entry_params = {0};
  struct json_document stored;
  params_text(&entry_params, id.data);
  params_text(&entry_params, entry_id.data);
  if (database_execute(reply, "UPDATE payroll_run SET payment_entry_id = $2 WHERE id = $1", &entry_params, NULL, &stored)) {
    runs_show(reply, id.data);
  }
}
