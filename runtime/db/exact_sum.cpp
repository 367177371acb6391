// SPDX-License-Identifier: Apache-2.0
#include "db/exact_sum.hpp"

#include <charconv>
#include <string>

namespace ingot::db {

void ExactSum::change(const StoredValue& value, bool back) {
  const std::int64_t one = back ? -1 : 1;
  std::optional<Decimal> number;
  switch (value.kind) {
    case StoredValue::Kind::null:
    case StoredValue::Kind::blob:
      return;
    case StoredValue::Kind::real:
      reals_ += one;
      real_ += back ? -value.real : value.real;
      return;
    case StoredValue::Kind::integer:
      integers_ += one;
      number = parse_decimal(std::to_string(value.integer));
      break;
    case StoredValue::Kind::text:
      texts_ += one;
      number = parse_decimal(value.text);
      break;
  }
  if (number) exact_ = sum_of(exact_, back ? negated(std::move(*number)) : *number);
}

StoredValue ExactSum::value() const {
  StoredValue value;
  if (integers_ + reals_ + texts_ == 0) return value;
  const std::string digits = decimal_text(exact_);
  if (reals_ > 0) {
    double exact = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), exact);
    value.kind = StoredValue::Kind::real;
    value.real = real_ + exact;
    return value;
  }
  value.kind = StoredValue::Kind::integer;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value.integer);
  if (texts_ == 0 && error == std::errc{} && end == digits.data() + digits.size()) return value;
  value.kind = StoredValue::Kind::text;
  value.text = digits;
  return value;
}

}  // namespace ingot::db
