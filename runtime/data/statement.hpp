// SPDX-License-Identifier: Apache-2.0
#pragma once
// SQL made for a guest's request: names come from the module's schema alone, values are parameters. What comes out is judged like the guest's own SQL.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "data/slices.hpp"
#include "db/schema.hpp"

namespace ingot::data {

/// A statement as it is put together.
class Statement {
 public:
  std::string sql;
  /// Takes a value, JSON text, as the next parameter. Gives its name: "$1".
  std::string bind(std::string_view value);
  /// The same for a value of that column: JSON columns hold JSON, whatever it is.
  std::string bind(std::string_view value, const db::Column& column);
  /// All of them: a JSON array.
  std::string params() const { return "[" + params_ + "]"; }

 private:
  std::string params_;
  std::size_t count_ = 0;
};

/// A table as requests see it.
struct Target {
  const db::Table* table = nullptr;
  bool has_tenant = false;   ///< it has a column tenant_id of a text type: each row belongs to one tenant
  bool has_version = false;  ///< it has a column version of a whole-number type, which each change adds one to
};

/// Does each row of it belong to one tenant?
bool is_of_tenants(const db::Table& table);
/// Errors: not_found.
Result<Target> target_of(const db::Schema& schema, const std::string& table);
/// Errors: invalid_argument, naming the column.
Result<const db::Column*> column_of(const db::Table& table, const std::string& column);

bool is_text(const db::ColumnType& type);
/// JSON and bytes have no order and are not compared.
bool is_compared(const db::ColumnType& type);
/// A column whose time is shown with less digits than it has.
bool is_time(const db::ColumnType& type);

/// A request that is not what the contract says.
inline Error wrong(std::string what) { return Error{ErrorCode::invalid_argument, std::move(what)}; }

/// One level of an object's members, each known by name.
class Keys {
 public:
  /// Errors: invalid_argument: no object, a member that is not in `known`, or one that stands there twice.
  static Result<Keys> read(Slice object, const std::string& what, const std::vector<std::string_view>& known);
  const Slice* find(std::string_view name) const;
  /// The text of a member. Errors: invalid_argument.
  Result<std::string> text(std::string_view name) const;

 private:
  std::string what_;
  std::vector<Member> members_;
};

}  // namespace ingot::data
