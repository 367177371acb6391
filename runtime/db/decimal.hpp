// SPDX-License-Identifier: Apache-2.0
#pragma once
// Exact decimal numbers as digit strings, for SQLite, which has none: NUMERIC columns are text there, compared and summed by
// these functions so that no digit is lost. Values.

#include <optional>
#include <string>
#include <string_view>

namespace ingot::db {

/// (-1 when negative) * digits * 10^-scale. `digits` has no sign; leading zeros are kept away except for a lone "0".
struct Decimal {
  bool negative = false;
  std::string digits = "0";
  int scale = 0;
};

/// [sign] digits [. digits] [e exponent], spaces around allowed; nothing for anything else or beyond 2000 digits.
std::optional<Decimal> parse_decimal(std::string_view text);
/// With exactly `scale` digits after the point; halves are rounded away from zero, as PostgreSQL does.
Decimal rounded(Decimal value, int scale);
Decimal sum_of(const Decimal& left, const Decimal& right);
Decimal negated(Decimal value);
/// Negative, zero or positive, as for strings.
int compare(const Decimal& left, const Decimal& right);
std::string decimal_text(const Decimal& value);
/// Digits before the point, without leading zeros.
int integer_digits(const Decimal& value);

/// A total order over all texts: numbers by value and before everything else, the rest by bytes.
int compare_numeric_text(std::string_view left, std::string_view right);

}  // namespace ingot::db
