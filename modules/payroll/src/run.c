// SPDX-License-Identifier: Apache-2.0
// A run: from hr's salaries to payslips and one entry in the books. All of it is one transaction over three modules; whatever
// refuses on the way makes this answer 400 or more, and then nothing of it has happened.
#include "booking.h"
#include "handlers.h"
#include "pay.h"

struct run {
  struct text id;
  struct text month;
  int64_t days_in_month;
  int64_t employee_count;
  int64_t gross_cents;
  int64_t tax_cents;
};

static const struct database_conflict month_taken = {
    .unique_code = "RUN_EXISTS",
    .unique_message = "there is a run for this month",
};

static bool not_understood(struct reply* reply) {
  return reply_refuse(reply, 500, "INTERNAL_ERROR", "hr's answer is not what payroll understands");
}

// First, so that of two runs for a month one waits here and then finds the month taken.
static bool insert_run(struct reply* reply, struct run* run) {
  struct text params = {0};
  struct json_document result;
  params_text(&params, run->month.data);
  return database_execute(reply, "INSERT INTO payroll_run (month) VALUES ($1) RETURNING id", &params, &month_taken, &result) &&
         (json_read_string(json_member(database_first(&result), "id"), &run->id) ||
          reply_refuse(reply, 500, "INTERNAL_ERROR", "the new run was not returned"));
}

static bool gross_of(struct reply* reply, struct json_value contracts, int64_t days_in_month, int64_t* gross_cents) {
  *gross_cents = 0;
  for (struct json_value contract = json_first(contracts); json_exists(contract); contract = json_next(contracts, contract)) {
    int64_t salary_cents = 0;
    int64_t employed = 0;
    int64_t unpaid = 0;
    if (!json_read_integer(json_member(contract, "monthly_salary_cents"), &salary_cents) ||
        !json_read_integer(json_member(contract, "days_employed"), &employed) ||
        !json_read_integer(json_member(contract, "days_unpaid"), &unpaid) || salary_cents < 0 || unpaid < 0 || unpaid > employed ||
        employed > days_in_month) {
      return not_understood(reply);
    }
    *gross_cents += pay_gross_cents(salary_cents, days_in_month, employed - unpaid);
  }
  return true;
}

static bool add_payslip(struct reply* reply, struct run* run, struct json_value employee) {
  struct text id = {0};
  struct text number = {0};
  struct text name = {0};
  struct text params = {0};
  struct json_document result;
  int64_t gross_cents = 0;
  if (!json_read_string(json_member(employee, "employee_id"), &id) || !json_read_string(json_member(employee, "number"), &number) ||
      !json_read_string(json_member(employee, "name"), &name)) {
    return not_understood(reply);
  }
  if (!gross_of(reply, json_member(employee, "contracts"), run->days_in_month, &gross_cents)) {
    return false;
  }
  const int64_t tax_cents = pay_tax_cents(gross_cents);
  run->employee_count += 1;
  run->gross_cents += gross_cents;
  run->tax_cents += tax_cents;
  params_text(&params, run->id.data);
  params_text(&params, id.data);
  params_text(&params, number.data);
  params_text(&params, name.data);
  params_integer(&params, gross_cents);
  params_integer(&params, tax_cents);
  params_integer(&params, gross_cents - tax_cents);
  return database_execute(reply,
                          "INSERT INTO payslip (run_id, employee_id, employee_number, employee_name, gross_cents, tax_cents, net_cents) "
                          "VALUES ($1, $2, $3, $4, $5, $6, $7)",
                          &params, NULL, &result);
}

// One page of hr's list; `after` becomes where the next one begins, empty when there is none.
static bool add_page(struct reply* reply, struct run* run, struct text* after) {
  struct text path = {0};
  struct module_answer answer;
  text_add(&path, "/salaries?month=");
  text_add(&path, run->month.data);
  if (after->size > 0) {
    text_add(&path, "&after=");
    text_add(&path, after->data);
  }
  if (!module_call(reply, "hr", "GET", path.data, NULL, &answer)) {
    return false;
  }
  if (answer.status >= 400) {
    return module_refuse(reply, &answer);
  }
  if (!json_read_integer(json_member(answer.body, "days_in_month"), &run->days_in_month) || run->days_in_month < 28 ||
      run->days_in_month > 31) {
    return not_understood(reply);
  }
  const struct json_value items = json_member(answer.body, "items");
  for (struct json_value employee = json_first(items); json_exists(employee); employee = json_next(items, employee)) {
    if (!add_payslip(reply, run, employee)) {
      return false;
    }
  }
  *after = (struct text){0};
  json_read_string(json_member(answer.body, "next"), after);
  return true;
}

static bool add_payslips(struct reply* reply, struct run* run) {
  struct text after = {0};
  do {
    if (!add_page(reply, run, &after)) {
      return false;
    }
  } while (after.size > 0);
  return run->gross_cents > 0 || reply_refuse(reply, 409, "NOTHING_TO_PAY", "nobody has earned anything in that month");
}

static bool book_run(struct reply* reply, const struct run* run, struct text* entry_id) {
  struct text date = {0};
  struct text memo = {0};
  struct text reference = {0};
  text_add(&date, run->month.data);
  text_add(&date, "-");
  text_add_integer(&date, run->days_in_month);
  text_add(&memo, "Payroll ");
  text_add(&memo, run->month.data);
  text_add(&reference, "PAY-");
  text_add(&reference, run->month.data);
  const struct booking_line lines[] = {
      {.account = booking_salaries, .debit_cents = run->gross_cents},
      {.account = booking_tax_payable, .credit_cents = run->tax_cents},
      {.account = booking_salaries_payable, .credit_cents = run->gross_cents - run->tax_cents},
  };
  return book(reply, date.data, memo.data, reference.data, lines, sizeof lines / sizeof *lines, entry_id);
}

static bool store_totals(struct reply* reply, const struct run* run, const char* entry_id) {
  struct text params = {0};
  struct json_document result;
  params_text(&params, run->id.data);
  params_integer(&params, run->employee_count);
  params_integer(&params, run->gross_cents);
  params_integer(&params, run->tax_cents);
  params_integer(&params, run->gross_cents - run->tax_cents);
  params_text(&params, entry_id);
  return database_execute(reply,
                          "UPDATE payroll_run SET employee_count = $2, gross_cents = $3, tax_cents = $4, net_cents = $5, entry_id = $6 "
                          "WHERE id = $1",
                          &params, NULL, &result);
}

void runs_create(const struct request* request, struct reply* reply) {
  struct run run = {0};
  struct text entry_id = {0};
  static const char* const names[] = {"month"};
  if (field_only(reply, request->body, names, 1) && field_month(reply, request->body, "month", &run.month) && insert_run(reply, &run) && add_payslips(reply, &run) &&
      book_run(reply, &run, &entry_id) && store_totals(reply, &run, entry_id.data) && runs_show(reply, run.id.data)) {
    reply->status = 201;
    text_add(&reply->location, "/api/payroll/runs/");
    text_add(&reply->location, run.id.data);
  }
}
