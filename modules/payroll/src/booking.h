// SPDX-License-Identifier: Apache-2.0
#pragma once
// Booking through the accounting module. It owns the books; this module only says what happened.

#include "reply.h"
#include "text.h"

enum booking_account { booking_bank, booking_tax_payable, booking_salaries_payable, booking_salaries };

/// One side is zero. A line of which both are is left out.
struct booking_line {
  enum booking_account account;
  int64_t debit_cents;
  int64_t credit_cents;
};

/// Posts one entry and gives its id; accounts that do not exist yet are made.
bool book(struct reply* reply, const char* date, const char* memo, const char* reference, const struct booking_line* lines,
          uint32_t line_count, struct text* entry_id);
