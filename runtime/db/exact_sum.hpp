// SPDX-License-Identifier: Apache-2.0
#pragma once
// sum() over what SQLite stores: integers that do not overflow, NUMERIC texts without losing a digit, floats as floats.

#include <cstdint>

#include "db/decimal.hpp"
#include "db/values.hpp"

namespace ingot::db {

class ExactSum {
 public:
  void add(const StoredValue& value) { change(value, false); }
  /// Takes back what was added: for window frames that move.
  void remove(const StoredValue& value) { change(value, true); }
  /// NULL without values; an integer beyond 64 bits becomes its digits as text.
  StoredValue value() const;

 private:
  void change(const StoredValue& value, bool back);

  std::int64_t integers_ = 0;  // counts of values by kind
  std::int64_t reals_ = 0;
  std::int64_t texts_ = 0;
  Decimal exact_;
  double real_ = 0;
};

}  // namespace ingot::db
