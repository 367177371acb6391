// SPDX-License-Identifier: Apache-2.0
#pragma once
// A module's tables in full (defaults, checks, references, indexes), as its migrations build them up one operation after the
// other. Schema (schema.hpp) is the part of it that guests' statements are judged by. Values; no SQL is made here.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "db/schema.hpp"
#include "db/values.hpp"

namespace ingot::db {

constexpr std::size_t tables_max = 200;    ///< of one module
constexpr std::size_t columns_max = guest_columns_max;  ///< of one table, base columns included

struct Reference {
  std::string table;
  std::string column = "id";
};

/// A constant in the form SQLite stores, or the time of the insert.
struct DefaultValue {
  bool now = false;
  StoredValue constant;
};

struct ColumnSpec {
  std::string name;
  ColumnType type;
  bool nullable = true;
  bool unique = false;
  std::optional<DefaultValue> default_value;
  std::optional<Reference> reference;
  std::vector<std::variant<std::int64_t, std::string>> check_in;
};

struct IndexSpec {
  std::string name;
  std::vector<std::string> columns;
  bool unique = false;
  std::string method = "btree";
};

struct TableSpec {
  std::string name;
  std::vector<ColumnSpec> columns;  ///< without the base columns
  std::vector<IndexSpec> indexes;
  const ColumnSpec* find(std::string_view column) const;
};

struct CreateTable {
  std::string table;
  std::vector<ColumnSpec> columns;
};
struct AddColumn {
  std::string table;
  ColumnSpec column;
};
struct CreateIndex {
  std::string table;
  std::vector<std::string> columns;
  bool unique = false;
  std::string method = "btree";
};
struct RenameColumn {
  std::string table;
  std::string column;
  std::string new_name;
};
struct DropColumn {
  std::string table;
  std::string column;
};
struct DropTable {
  std::string table;
};
using Operation = std::variant<CreateTable, AddColumn, CreateIndex, RenameColumn, DropColumn, DropTable>;

/// id, created_at, updated_at, deleted_at: in every table, first.
const std::vector<Column>& base_columns();

class Model {
 public:
  /// Checks the operation against what is there and takes it in. Errors: migration. On error nothing has changed.
  Result<void> apply(const Operation& operation);

  const TableSpec* find(std::string_view table) const;
  Schema schema(std::string_view module) const;

 private:
  Result<void> create(const CreateTable& operation);
  Result<void> add(const AddColumn& operation);
  Result<void> index(const CreateIndex& operation);
  Result<void> rename(const RenameColumn& operation);
  Result<void> drop(const DropColumn& operation);
  Result<void> drop(const DropTable& operation);
  Result<void> check_reference(const ColumnSpec& column, const TableSpec& self) const;
  bool is_referenced(std::string_view table, std::string_view column, bool from_others_only) const;
  void add_index(TableSpec& table, std::vector<std::string> columns, bool unique, std::string method) const;

  std::map<std::string, TableSpec, std::less<>> tables_;
};

}  // namespace ingot::db
