// SPDX-License-Identifier: Apache-2.0
#pragma once
// The tables of one module as its migrations describe them: names, columns and logical types. It decides what a guest may
// touch and how a stored value is shown (a BOOLEAN is an integer inside SQLite, and still true or false outside). Values.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace ingot::db {

enum class TypeName {
  text, varchar, character, boolean, smallint, integer, bigint, real, double_precision,
  numeric, date, time, timestamp, timestamptz, uuid, jsonb, json, bytea,
};

/// A column type from abi/EERP.md, with its arguments: VARCHAR(n), NUMERIC(p,s).
struct ColumnType {
  TypeName name = TypeName::text;
  std::optional<int> length;     ///< n of VARCHAR/CHAR, p of NUMERIC
  std::optional<int> scale;      ///< s of NUMERIC
  bool operator==(const ColumnType&) const = default;
};

/// Parses free type text against the grammar of known types (case and spaces do not matter). Errors: migration, naming the text.
Result<ColumnType> parse_type(std::string_view text);
/// The canonical spelling: "VARCHAR(64)".
std::string type_text(const ColumnType& type);

/// A column of another table of the same module.
struct ColumnReference {
  std::string table, column;
  bool operator==(const ColumnReference&) const = default;
};

struct Column {
  std::string name;
  ColumnType type;
  bool nullable = true;
  std::optional<ColumnReference> references = std::nullopt;
  bool operator==(const Column&) const = default;
};

/// Columns of a table, and of whatever a guest's statement selects from. SQLite is told the same bound.
constexpr std::size_t guest_columns_max = 250;

struct Table {
  std::string name;
  std::vector<Column> columns;  ///< in order, base columns included
  const Column* find(std::string_view column) const;
  bool operator==(const Table&) const = default;
};

struct Schema {
  std::string module;
  std::map<std::string, Table, std::less<>> tables;
  const Table* find(std::string_view table) const;
};

/// True for [a-z_][a-z0-9_]*, 1 to 63 bytes, no reserved prefix, no reserved word.
bool valid_identifier(std::string_view name);

}  // namespace ingot::db
