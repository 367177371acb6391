// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which column type may become which other one without any stored value losing a digit, a character or its meaning. Pure.

#include <optional>

#include "db/schema.hpp"

namespace ingot::db {

/// What has to happen to the stored values.
enum class Widening {
  keep,       ///< nothing: every value of the old type is one of the new type
  to_number,  ///< whole numbers become NUMERIC or floating-point ones
  to_text,    ///< whole numbers and UUIDs become their text
};

/// Nothing when some value of `from` is no value of `to`.
std::optional<Widening> widening(const ColumnType& from, const ColumnType& to);

}  // namespace ingot::db
