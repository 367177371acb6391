// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a month's work is worth, in whole cents. Arithmetic only; README.md has the rules in words.

#include <stdint.h>

/// Pay of one contract for `days_paid` of the month's days. `salary_cents` is below 2^50, so nothing overflows.
int64_t pay_gross_cents(int64_t salary_cents, int64_t days_in_month, int64_t days_paid);

/// Tax on what an employee earns in a month.
int64_t pay_tax_cents(int64_t gross_cents);
