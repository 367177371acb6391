// SPDX-License-Identifier: Apache-2.0
#include "db/model_parts.hpp"

#include <algorithm>

#include "db/sql_text.hpp"

namespace ingot::db {
namespace {

constexpr std::size_t name_bytes_max = 63;  // PostgreSQL cuts longer names without an error
constexpr std::size_t hash_digits = 8;

/// `name`, cut where it must be, and a hash that tells it from others. The hash begins with a digit, which no column does.
std::string with_hash(std::string name, std::string_view exact) {
  name.resize(std::min(name.size(), name_bytes_max - hash_digits - 2));
  return name + "_0" + sha256_hex(exact).substr(0, hash_digits);
}

/// idx_<table>_<columns>. Names that hold '_' could meet ("a_b" with "c", "a" with "b_c"), and long ones are cut: both get a hash.
std::string index_name(const std::string& table, const std::vector<std::string>& columns, bool unique, std::string_view salt) {
  std::string name = (unique ? "uidx_" : "idx_") + table;
  bool ambiguous = table.find('_') != std::string::npos || !salt.empty();
  std::string exact = table;
  for (const std::string& column : columns) {
    name += '_' + column;
    exact += '/' + column;
    ambiguous = ambiguous || column.find('_') != std::string::npos;
  }
  if (!ambiguous && name.size() <= name_bytes_max) return name;
  exact += salt;
  return with_hash(std::move(name), exact);
}

/// What tells an index from one over the same columns.
std::string first_salt(const IndexSpec& index) {
  std::string salt = index.method == "btree" ? std::string() : index.method;
  if (index.where) salt += " where " + index.where->column;
  return salt;
}

}  // namespace

Error refused_migration(const std::string& why) { return Error{ErrorCode::migration, why}; }

std::string in_quotes(std::string_view name) { return "'" + std::string(name) + "'"; }

Error no_column(const TableSpec& table, std::string_view column) {
  return refused_migration("the table " + in_quotes(table.name) + " has no column " + in_quotes(column));
}

Error host_column(std::string_view column) { return refused_migration("the column " + in_quotes(column) + " belongs to the host"); }

bool is_base_column(std::string_view name) {
  return std::ranges::any_of(base_columns(), [&](const Column& column) { return column.name == name; });
}

const ColumnType* type_of(const TableSpec& table, std::string_view column) {
  for (const Column& base : base_columns()) {
    if (base.name == column) return &base.type;
  }
  const ColumnSpec* found = table.find(column);
  return found == nullptr ? nullptr : &found->type;
}

bool is_unique(const TableSpec& table, std::vector<std::string> columns) {
  if (columns == std::vector<std::string>{"id"}) return true;
  std::ranges::sort(columns);
  return std::ranges::any_of(table.indexes, [&](const IndexSpec& index) {
    if (!index.unique || index.where) return false;
    std::vector<std::string> own = index.columns;
    std::ranges::sort(own);
    return own == columns;
  });
}

void put_index(TableSpec& table, IndexSpec index) {
  const auto taken = [&](const std::string& name) {
    return std::ranges::any_of(table.indexes, [&](const IndexSpec& other) { return other.name == name; });
  };
  if (index.name.empty()) {
    index.name = index_name(table.name, index.columns, index.unique, first_salt(index));
    for (int salt = 1; taken(index.name); ++salt) {
      index.name = index_name(table.name, index.columns, index.unique, std::to_string(salt));
    }
  }
  table.indexes.push_back(std::move(index));
}

std::string constraint_name(std::string_view kind, std::string_view column, std::string_view exact) {
  return with_hash(std::string(kind) + "_" + std::string(column), exact);
}

bool IndexSpec::same_as(const IndexSpec& other) const {
  return columns == other.columns && unique == other.unique && method == other.method && where == other.where;
}

bool IndexSpec::covers(std::string_view column) const {
  return std::ranges::find(columns, column) != columns.end() || (where && where->column == column);
}

bool CheckSpec::same_as(const CheckSpec& other) const {
  return column == other.column && in == other.in && min == other.min && max == other.max && not_empty == other.not_empty;
}

}  // namespace ingot::db
