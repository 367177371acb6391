// SPDX-License-Identifier: Apache-2.0
#include "db/decimal.hpp"

#include <algorithm>
#include <charconv>

namespace ingot::db {
namespace {

constexpr int digits_max = 2000;  // twice the precision that PostgreSQL lets a column declare

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_zero(const Decimal& value) { return value.digits == "0"; }

/// Drops leading zeros, and the sign of zero.
Decimal normal(Decimal value) {
  const std::size_t first = value.digits.find_first_not_of('0');
  value.digits = first == std::string::npos ? "0" : value.digits.substr(first);
  if (is_zero(value)) value.negative = false;
  return value;
}

void widen(Decimal& value, int scale) {
  if (scale <= value.scale) return;
  value.digits.append(static_cast<std::size_t>(scale - value.scale), '0');
  value.scale = scale;
}

/// Compares two unsigned digit strings of one scale.
int compare_digits(std::string_view left, std::string_view right) {
  if (left.size() != right.size()) return left.size() < right.size() ? -1 : 1;
  return left.compare(right);
}

std::string add_digits(std::string left, std::string right) {
  if (left.size() < right.size()) left.swap(right);
  right.insert(0, left.size() - right.size(), '0');
  int carry = 0;
  for (std::size_t i = left.size(); i-- > 0;) {
    const int digit = (left[i] - '0') + (right[i] - '0') + carry;
    left[i] = static_cast<char>('0' + digit % 10);
    carry = digit / 10;
  }
  if (carry != 0) left.insert(0, 1, '1');
  return left;
}

/// REQUIRES: left >= right.
std::string subtract_digits(std::string left, std::string right) {
  right.insert(0, left.size() - right.size(), '0');
  int borrow = 0;
  for (std::size_t i = left.size(); i-- > 0;) {
    int digit = (left[i] - '0') - (right[i] - '0') - borrow;
    borrow = digit < 0 ? 1 : 0;
    if (digit < 0) digit += 10;
    left[i] = static_cast<char>('0' + digit);
  }
  return left;
}

}  // namespace

std::optional<Decimal> parse_decimal(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  Decimal value;
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
    value.negative = text.front() == '-';
    text.remove_prefix(1);
  }
  value.digits.clear();
  bool after_point = false;
  while (!text.empty() && (is_digit(text.front()) || (text.front() == '.' && !after_point))) {
    if (text.front() == '.') {
      after_point = true;
    } else {
      value.digits += text.front();
      if (after_point) ++value.scale;
    }
    text.remove_prefix(1);
  }
  if (value.digits.empty() || value.digits.size() > digits_max) return std::nullopt;
  if (!text.empty()) {
    if (text.front() != 'e' && text.front() != 'E') return std::nullopt;
    text.remove_prefix(1);
    if (!text.empty() && text.front() == '+') text.remove_prefix(1);
    int exponent = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), exponent);
    if (error != std::errc{} || end != text.data() + text.size() || exponent > digits_max || exponent < -digits_max) {
      return std::nullopt;
    }
    value.scale -= exponent;
  }
  if (value.scale < 0) {
    value.digits.append(static_cast<std::size_t>(-value.scale), '0');
    value.scale = 0;
  }
  return normal(std::move(value));
}

Decimal rounded(Decimal value, int scale) {
  widen(value, scale);
  const int dropped = value.scale - scale;
  if (dropped <= 0) return value;
  const std::size_t cut = static_cast<std::size_t>(dropped);
  if (value.digits.size() < cut + 1) value.digits.insert(0, cut + 1 - value.digits.size(), '0');
  const bool up = value.digits[value.digits.size() - cut] >= '5';
  value.digits.resize(value.digits.size() - cut);
  value.scale = scale;
  if (up) value.digits = add_digits(value.digits, "1");
  return normal(std::move(value));
}

Decimal sum_of(const Decimal& left, const Decimal& right) {
  Decimal a = left;
  Decimal b = right;
  widen(a, b.scale);
  widen(b, a.scale);
  a = normal(std::move(a));
  b = normal(std::move(b));
  if (a.negative == b.negative) {
    a.digits = add_digits(std::move(a.digits), std::move(b.digits));
    return normal(std::move(a));
  }
  if (compare_digits(a.digits, b.digits) < 0) std::swap(a, b);
  a.digits = subtract_digits(std::move(a.digits), std::move(b.digits));
  return normal(std::move(a));
}

Decimal negated(Decimal value) {
  value.negative = !value.negative;
  return normal(std::move(value));
}

int compare(const Decimal& left, const Decimal& right) {
  const Decimal difference = sum_of(left, negated(right));
  if (is_zero(difference)) return 0;
  return difference.negative ? -1 : 1;
}

std::string decimal_text(const Decimal& value) {
  std::string text = value.digits;
  if (value.scale > 0) {
    const std::size_t scale = static_cast<std::size_t>(value.scale);
    if (text.size() < scale + 1) text.insert(0, scale + 1 - text.size(), '0');
    text.insert(text.size() - scale, 1, '.');
  }
  return value.negative ? "-" + text : text;
}

int integer_digits(const Decimal& value) { return is_zero(value) ? 0 : std::max(0, static_cast<int>(value.digits.size()) - value.scale); }

int compare_numeric_text(std::string_view left, std::string_view right) {
  const std::optional<Decimal> a = parse_decimal(left);
  const std::optional<Decimal> b = parse_decimal(right);
  if (a && b) return compare(*a, *b);
  if (a || b) return a ? -1 : 1;
  return left.compare(right);
}

}  // namespace ingot::db
