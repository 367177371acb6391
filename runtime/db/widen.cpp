// SPDX-License-Identifier: Apache-2.0
#include "db/widen.hpp"

#include <limits>

#include "db/constant.hpp"

namespace ingot::db {
namespace {

/// Decimal digits that every value of a whole type fits into.
int whole_digits(TypeName name) {
  switch (name) {
    case TypeName::smallint:
      return 5;
    case TypeName::integer:
      return 10;
    default:
      return 19;
  }
}

/// Characters that a text type holds at most.
int length_of(const ColumnType& type) { return type.length.value_or(std::numeric_limits<int>::max()); }

/// True when a NUMERIC holds this many digits before the point and after it.
bool numeric_holds(const ColumnType& type, int before, int after) {
  if (!type.length) return true;
  return *type.length - type.scale.value_or(0) >= before && type.scale.value_or(0) >= after;
}

std::optional<Widening> widening_of_whole(const ColumnType& from, const ColumnType& to) {
  const int digits = whole_digits(from.name);
  if (is_whole(to.name) && whole_digits(to.name) >= digits) return Widening::keep;
  if (to.name == TypeName::numeric && numeric_holds(to, digits, 0)) return Widening::to_number;
  // A REAL holds whole numbers of 24 bits exactly, a DOUBLE PRECISION of 53.
  if (to.name == TypeName::real && from.name == TypeName::smallint) return Widening::to_number;
  if (to.name == TypeName::double_precision && from.name != TypeName::bigint) return Widening::to_number;
  // -2147483648 has one character more than digits.
  if (is_text(to.name) && length_of(to) > digits) return Widening::to_text;
  return std::nullopt;
}

}  // namespace

std::optional<Widening> widening(const ColumnType& from, const ColumnType& to) {
  constexpr int uuid_characters = 36;
  if (from == to) return Widening::keep;
  if (is_whole(from.name)) return widening_of_whole(from, to);
  if (is_text(from.name) && is_text(to.name) && length_of(to) >= length_of(from)) return Widening::keep;
  if (from.name == TypeName::numeric && to.name == TypeName::numeric) {
    if (!to.length) return Widening::keep;
    if (from.length && numeric_holds(to, *from.length - from.scale.value_or(0), from.scale.value_or(0))) return Widening::keep;
  }
  if (from.name == TypeName::uuid && is_text(to.name) && length_of(to) >= uuid_characters) return Widening::to_text;
  return std::nullopt;
}

}  // namespace ingot::db
