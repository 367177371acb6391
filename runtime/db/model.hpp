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
constexpr std::size_t checks_max = 200;    ///< of one table, added to it
constexpr std::size_t columns_max = guest_columns_max;  ///< of one table, base columns included

struct Reference {
  std::string table;
  std::string column = "id";
  std::string name;  ///< of the constraint, when the reference was added to a column that was there; else the database named it
};

/// What a check or a partial index compares with.
using Scalar = std::variant<std::int64_t, std::string>;

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
  std::vector<Scalar> check_in;
};

/// The rows that a partial index holds.
struct IndexCondition {
  enum class Test { is_null, is_not_null, is_true, is_false, equals };
  std::string column;
  Test test = Test::is_null;
  Scalar value;  ///< of `equals`
  bool operator==(const IndexCondition&) const = default;
};

struct IndexSpec {
  std::string name;  ///< empty in an operation that leaves it to the model
  std::vector<std::string> columns;
  bool unique = false;
  std::string method = "btree";
  std::optional<IndexCondition> where;
  /// True when both hold the same columns of the same rows in the same way, whatever they are called.
  bool same_as(const IndexSpec& other) const;
  /// True when the column is one of its columns or stands in its condition.
  bool covers(std::string_view column) const;
};

/// A condition on one column, added to a table that was there. NULL passes it.
struct CheckSpec {
  std::string name;  ///< empty in an operation that leaves it to the model
  std::string column;
  std::vector<Scalar> in;
  std::optional<std::string> min, max;  ///< JSON texts, which the column's type gives a meaning
  bool not_empty = false;
  /// True when both say the same, whatever they are called.
  bool same_as(const CheckSpec& other) const;
};

struct TableSpec {
  std::string name;
  std::vector<ColumnSpec> columns;  ///< without the base columns
  std::vector<IndexSpec> indexes;
  std::vector<CheckSpec> checks;
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
  IndexSpec index;
};
struct DropIndex {
  std::string table;
  IndexSpec index;  ///< as CreateIndex had it
};
struct RenameTable {
  std::string table;
  std::string new_name;
  std::vector<IndexSpec> indexes = {};  ///< names for those that are the same as these; else the model makes one of the new name
};
struct RenameColumn {
  std::string table;
  std::string column;
  std::string new_name;
};
struct AlterColumn {
  std::string table;
  std::string column;
  std::optional<ColumnType> type;
  std::optional<bool> nullable;
  std::optional<std::string> default_json;  ///< JSON text; "null" takes the default away
};
struct AddForeignKey {
  std::string table;
  std::string column;
  Reference reference;
};
struct DropForeignKey {
  std::string table;
  std::string column;
};
struct AddCheck {
  std::string table;
  CheckSpec check;
};
struct DropCheck {
  std::string table;
  CheckSpec check;  ///< as AddCheck had it
};
/// Seed data. A row that conflicts with one that is there, by the columns of `key`, is left out.
struct InsertRows {
  using Row = std::map<std::string, std::string>;  ///< column -> JSON text
  std::string table;
  std::vector<std::string> key;
  std::vector<Row> rows;
};
/// Takes InsertRows back. No text of a module says it.
struct DeleteRows {
  std::string table;
  std::vector<std::string> key;
  std::vector<InsertRows::Row> rows;
};
struct DropColumn {
  std::string table;
  std::string column;
};
struct DropTable {
  std::string table;
};
using Operation = std::variant<CreateTable, AddColumn, CreateIndex, DropIndex, RenameTable, RenameColumn, AlterColumn, AddForeignKey,
                               DropForeignKey, AddCheck, DropCheck, InsertRows, DeleteRows, DropColumn, DropTable>;

/// id, created_at, updated_at, deleted_at: in every table, first.
const std::vector<Column>& base_columns();

/// The type of a column, base columns included; null when there is none of that name.
const ColumnType* type_of(const TableSpec& table, std::string_view column);

class Model {
 public:
  /// Checks the operation against what is there and takes it in. Errors: migration. On error nothing has changed.
  Result<void> apply(const Operation& operation);

  const TableSpec* find(std::string_view table) const;
  const std::map<std::string, TableSpec, std::less<>>& tables() const { return tables_; }
  Schema schema(std::string_view module) const;

 private:
  Result<void> take(const CreateTable& operation);
  Result<void> take(const AddColumn& operation);
  Result<void> take(const CreateIndex& operation);
  Result<void> take(const DropIndex& operation);
  Result<void> take(const RenameTable& operation);
  Result<void> take(const RenameColumn& operation);
  Result<void> take(const AlterColumn& operation);
  Result<void> take(const AddForeignKey& operation);
  Result<void> take(const DropForeignKey& operation);
  Result<void> take(const AddCheck& operation);
  Result<void> take(const DropCheck& operation);
  Result<void> take(const InsertRows& operation);
  Result<void> take(const DeleteRows& operation);
  Result<void> take(const DropColumn& operation);
  Result<void> take(const DropTable& operation);
  Result<TableSpec*> table_of(std::string_view name);
  Result<void> check_reference(const ColumnSpec& column, const TableSpec& self) const;
  bool is_referenced(std::string_view table, std::string_view column, bool from_others_only) const;

  std::map<std::string, TableSpec, std::less<>> tables_;
};

}  // namespace ingot::db
