// SPDX-License-Identifier: Apache-2.0
#pragma once
// A JSON value of a migration text as a constant of a column's type: defaults, bounds of checks, seed rows. A stranger wrote the
// text, so what does not fit is refused here, before any database sees it. Pure.

#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "base/result.hpp"
#include "db/model.hpp"

namespace ingot::db {

/// The constant in the form SQLite stores. REQUIRES: not null, but for JSON types, where null is a value.
/// Errors: migration, beginning with `what` ("a default").
Result<StoredValue> constant_of(const nlohmann::json& value, const ColumnType& type, const std::string& what);
/// The same of a JSON text that is known to be valid JSON.
Result<StoredValue> constant_of_text(std::string_view json_text, const ColumnType& type, const std::string& what);

/// A column's default: nothing for null, the time of the insert for {"function":"now"}, else a constant. Errors: migration.
Result<std::optional<DefaultValue>> default_of(const nlohmann::json& value, const ColumnType& type);

/// The constant as a statement's parameter. PostgreSQL takes truth values as such; everything else is the stored form on both.
Param param_of(const StoredValue& value, const ColumnType& type);

/// A string from outside, cut and made printable for a message.
std::string shown(const std::string& text);

bool is_text(TypeName name);
bool is_whole(TypeName name);
bool is_time(TypeName name);

}  // namespace ingot::db
