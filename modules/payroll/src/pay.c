// SPDX-License-Identifier: Apache-2.0
#include "pay.h"

struct bracket {
  int64_t from_cents;
  int64_t rate_basis_points;
};

static const struct bracket brackets[] = {{120000, 1800}, {300000, 3000}, {600000, 4200}};
enum { bracket_count = sizeof brackets / sizeof *brackets };

static const int64_t whole_basis_points = 10000;

// Of what is not negative.
static int64_t divide_half_up(int64_t number, int64_t by) { return (2 * number + by) / (2 * by); }

int64_t pay_gross_cents(int64_t salary_cents, int64_t days_in_month, int64_t days_paid) {
  return divide_half_up(salary_cents * days_paid, days_in_month);
}

int64_t pay_tax_cents(int64_t gross_cents) {
  int64_t weighted = 0;
  for (uint32_t index = 0; index < bracket_count; ++index) {
    const int64_t from = brackets[index].from_cents;
    int64_t to = gross_cents;
    if (index + 1 < bracket_count && to > brackets[index + 1].from_cents) {
      to = brackets[index + 1].from_cents;
    }
    if (to > from) {
      weighted += (to - from) * brackets[index].rate_basis_points;
    }
  }
  return divide_half_up(weighted, whole_basis_points);
}
