// SPDX-License-Identifier: Apache-2.0
// From an operation to its statements.
//
// SQLite's ALTER TABLE renames, adds and drops, and changes nothing else. What it lacks goes the way that its documentation gives
// (lang_altertable.html, "Making Other Kinds Of Table Schema Changes"): a new table, the rows copied, the old one dropped, the new one
// renamed, the indexes made again, the foreign keys looked through. Meanwhile foreign keys must be off, or dropping the old table would
// count as deleting its rows; that cannot be switched inside a transaction, so Connection::begin_rebuild() does it.
#include <algorithm>

#include "base/check.hpp"
#include "db/constant.hpp"
#include "db/ddl.hpp"
#include "db/sql_text.hpp"
#include "db/widen.hpp"

namespace ingot::db {
namespace {

// PostgreSQL's locks, as its documentation calls them (explicit-locking.html).
constexpr const char* access_exclusive = "ACCESS EXCLUSIVE";
constexpr const char* share_row_exclusive = "SHARE ROW EXCLUSIVE";
constexpr const char* share = "SHARE";
constexpr const char* row_exclusive = "ROW EXCLUSIVE";
constexpr const char* row_share = "ROW SHARE";

/// Beyond every name that a module may choose.
constexpr std::string_view rebuild_prefix = "ingot_rebuild_";

bool checks_column(const TableSpec& table, const std::string& column) {
  return std::ranges::any_of(table.checks, [&](const CheckSpec& check) { return check.column == column; });
}

/// The operations that SQLite's ALTER TABLE has no words for.
struct NeedsRebuild {
  const Model& before;
  bool operator()(const AlterColumn&) const { return true; }
  bool operator()(const AddForeignKey&) const { return true; }
  bool operator()(const DropForeignKey&) const { return true; }
  bool operator()(const AddCheck&) const { return true; }
  bool operator()(const DropCheck&) const { return true; }
  bool operator()(const DropColumn& op) const { return checks_column(*before.find(op.table), op.column); }
  bool operator()(const auto&) const { return false; }
};

/// What a column's value becomes when its type changes.
std::string copied(const TableSpec& before, const ColumnSpec& after) {
  const std::string name = quoted_identifier(after.name);
  const ColumnSpec* old = before.find(after.name);
  const bool to_text = old != nullptr && old->type != after.type &&
                       (after.type.name == TypeName::numeric || widening(old->type, after.type) == Widening::to_text);
  return to_text ? "CAST(" + name + " AS TEXT)" : name;
}

class Generator {
 public:
  Generator(Kind kind, const Dialect& dialect, const Model& before, const Model& after)
      : sqlite_(kind == Kind::sqlite), dialect_(dialect), before_(before), after_(after) {}

  std::vector<DdlStatement> statements;

  void operator()(const CreateTable& op) { create(op.table); }
  void operator()(const AddColumn& op) {
    const TableSpec* old = before_.find(op.table);
    if (old == nullptr) return create(op.table);
    add("ALTER TABLE " + dialect_.table(op.table) + " ADD COLUMN " + dialect_.column(op.column));
    lock(op.table, access_exclusive);
    lock_reference(op.column, op.table, share_row_exclusive);
    add_new_indexes(old, *after_.find(op.table));
  }
  void operator()(const CreateIndex& op) { add_new_indexes(before_.find(op.table), *after_.find(op.table)); }
  void operator()(const DropIndex& op) {
    for (const IndexSpec& index : before_.find(op.table)->indexes) {
      if (index.same_as(op.index)) drop_index(op.table, index.name);
    }
  }
  void operator()(const RenameTable& op) {
    const std::vector<IndexSpec>& old = before_.find(op.table)->indexes;
    const TableSpec& table = *after_.find(op.new_name);
    add("ALTER TABLE " + dialect_.table(op.table) + " RENAME TO " + quoted_identifier(op.new_name));
    lock(op.table, access_exclusive);
    for (std::size_t i = 0; i < old.size(); ++i) {
      if (old[i].name == table.indexes[i].name) continue;
      if (sqlite_) {  // which has no word for renaming an index
        drop_index(op.new_name, old[i].name);
        add(create_index(dialect_, table, table.indexes[i]));
      } else {
        add("ALTER INDEX " + dialect_.index(old[i].name) + " RENAME TO " + quoted_identifier(table.indexes[i].name));
      }
    }
  }
  void operator()(const RenameColumn& op) {
    add("ALTER TABLE " + dialect_.table(op.table) + " RENAME COLUMN " + quoted_identifier(op.column) + " TO " +
        quoted_identifier(op.new_name));
    lock(op.table, access_exclusive);
  }
  void operator()(const AlterColumn& op) {
    const ColumnSpec& old = *before_.find(op.table)->find(op.column);
    const ColumnSpec& column = *after_.find(op.table)->find(op.column);
    const std::string nulls = "where '" + op.column + "' is null, give it a value first: the module's code does that, in the version before";
    if (sqlite_) return rebuild(op.table, old.nullable && !column.nullable ? nulls : std::string());
    const std::string start = "ALTER TABLE " + dialect_.table(op.table) + " ALTER COLUMN " + quoted_identifier(op.column);
    const auto alter = [&](const std::string& how, const std::string& advice = {}) {
      add(start + how, advice);
      lock(op.table, access_exclusive);
    };
    if (column.type != old.type) {
      const bool casts = widening(old.type, column.type) == Widening::to_text;
      if (old.default_value) alter(" DROP DEFAULT");  // it is not converted with the values
      alter(" TYPE " + dialect_.type(column.type) +
            (casts ? " USING " + quoted_identifier(op.column) + "::" + type_text(column.type) : std::string()));
      lock_neighbours(op.table, op.column);
      if (column.default_value) alter(" SET DEFAULT " + dialect_.default_expression(column));
    } else if (op.default_json) {
      alter(column.default_value ? " SET DEFAULT " + dialect_.default_expression(column) : std::string(" DROP DEFAULT"));
    }
    if (old.nullable != column.nullable) alter(column.nullable ? " DROP NOT NULL" : " SET NOT NULL", column.nullable ? std::string() : nulls);
  }
  void operator()(const AddForeignKey& op) {
    const Reference& reference = *after_.find(op.table)->find(op.column)->reference;
    const std::string advice = "a row of '" + op.table + "' has a '" + op.column + "' that '" + reference.table +
                               "' has not: mend or clear those rows first, in the version before";
    if (sqlite_) return rebuild(op.table, advice);
    add("ALTER TABLE " + dialect_.table(op.table) + " ADD CONSTRAINT " + quoted_identifier(reference.name) + " FOREIGN KEY (" +
            quoted_identifier(op.column) + ") REFERENCES " + dialect_.table(reference.table) + " (" + quoted_identifier(reference.column) +
            ")",
        advice);
    lock(op.table, share_row_exclusive);
    if (reference.table != op.table) lock(reference.table, share_row_exclusive);
  }
  void operator()(const DropForeignKey& op) {
    if (sqlite_) return rebuild(op.table, {});
    const ColumnSpec& column = *before_.find(op.table)->find(op.column);
    drop_constraint(op.table, column.reference->name);
    lock_reference(column, op.table, access_exclusive);
  }
  void operator()(const AddCheck& op) {
    const std::string advice = "a row of '" + op.table + "' does not pass: mend those rows first, in the version before";
    if (sqlite_) return rebuild(op.table, advice);
    const TableSpec& table = *after_.find(op.table);
    add("ALTER TABLE " + dialect_.table(op.table) + " ADD " + check_clause(dialect_, table, table.checks.back()), advice);
    lock(op.table, access_exclusive);
  }
  void operator()(const DropCheck& op) {
    if (sqlite_) return rebuild(op.table, {});
    for (const CheckSpec& check : before_.find(op.table)->checks) {
      if (check.same_as(op.check)) drop_constraint(op.table, check.name);
    }
  }
  void operator()(const InsertRows& op) {
    const TableSpec& table = *after_.find(op.table);
    for (const InsertRows::Row& row : op.rows) {
      DdlStatement statement;
      std::vector<std::string> columns;
      std::string places;
      for (const auto& [name, text] : row) {
        const ColumnType& type = *type_of(table, name);
        columns.push_back(name);
        places += (places.empty() ? "$" : ", $") + std::to_string(columns.size());
        statement.params.push_back(text == "null" ? Param{} : stored_param(text, type));
      }
      statement.sql = "INSERT INTO " + dialect_.table(op.table) + " (" + column_list(columns) + ") VALUES (" + places +
                      ") ON CONFLICT (" + column_list(op.key) + ") DO NOTHING";
      statements.push_back(std::move(statement));
      lock(op.table, row_exclusive);
      for (const ColumnSpec& column : table.columns) {
        if (row.contains(column.name) && row.at(column.name) != "null") lock_reference(column, op.table, row_share);
      }
    }
  }
  void operator()(const DeleteRows& op) {
    const TableSpec& table = *after_.find(op.table);
    for (const InsertRows::Row& row : op.rows) {
      DdlStatement statement;
      statement.sql = "DELETE FROM " + dialect_.table(op.table) + " WHERE ";
      for (const std::string& name : op.key) {
        statement.sql += (statement.params.empty() ? "" : " AND ") + quoted_identifier(name);
        statement.params.push_back(stored_param(row.at(name), *type_of(table, name)));
        statement.sql += " = $" + std::to_string(statement.params.size());
      }
      statement.destructive = true;
      statements.push_back(std::move(statement));
      lock(op.table, row_exclusive);
      lock_referring(op.table, {}, row_share);
    }
  }
  void operator()(const DropColumn& op) {
    const TableSpec& table = *before_.find(op.table);
    if (sqlite_ && checks_column(table, op.column)) {
      rebuild(op.table, {});
      for (DdlStatement& statement : statements) statement.destructive = statement.destructive || statement.sql.starts_with("DROP TABLE");
      return;
    }
    for (const IndexSpec& index : table.indexes) {
      if (index.covers(op.column)) drop_index(op.table, index.name);
    }
    add("ALTER TABLE " + dialect_.table(op.table) + " DROP COLUMN " + quoted_identifier(op.column));
    statements.back().destructive = true;
    lock(op.table, access_exclusive);
    lock_reference(*table.find(op.column), op.table, access_exclusive);
  }
  void operator()(const DropTable& op) {
    add("DROP TABLE " + dialect_.table(op.table));
    statements.back().destructive = true;
    lock(op.table, access_exclusive);
    for (const ColumnSpec& column : before_.find(op.table)->columns) lock_reference(column, op.table, access_exclusive);
  }

 private:
  void add(std::string sql, std::string advice = {}) {
    statements.push_back({.sql = std::move(sql), .advice = std::move(advice)});
  }
  /// The last statement locks the table; the first lock named is its strongest.
  void lock(const std::string& table, const char* mode) {
    std::vector<TableLock>& locks = statements.back().locks;
    const bool known = std::ranges::any_of(locks, [&](const TableLock& other) { return other.table == table; });
    if (!sqlite_ && !known) locks.push_back({table, mode});
  }
  /// The table that the column refers to, unless it is its own.
  void lock_reference(const ColumnSpec& column, const std::string& table, const char* mode) {
    if (column.reference && column.reference->table != table) lock(column.reference->table, mode);
  }
  /// The tables that refer to this one, or to this column of it.
  void lock_referring(const std::string& name, const std::string& column, const char* mode) {
    for (const auto& [other, table] : before_.tables()) {
      for (const ColumnSpec& candidate : table.columns) {
        const bool refers = candidate.reference && candidate.reference->table == name;
        if (other != name && refers && (column.empty() || candidate.reference->column == column)) lock(other, mode);
      }
    }
  }
  /// A column's new type makes its references anew, in both directions.
  void lock_neighbours(const std::string& table, const std::string& column) {
    lock_reference(*before_.find(table)->find(column), table, access_exclusive);
    lock_referring(table, column, access_exclusive);
  }
  void drop_index(const std::string& table, const std::string& name) {
    add("DROP INDEX " + dialect_.index(name));
    lock(table, access_exclusive);
  }
  void create(const std::string& name) {
    for (std::string& statement : dialect_.before_table()) add(std::move(statement));
    const TableSpec& table = *after_.find(name);
    add(create_table(dialect_, table, name));
    for (const ColumnSpec& column : table.columns) lock_reference(column, name, share_row_exclusive);
    add_new_indexes(nullptr, table);
  }
  /// The indexes that `after` has and `old` (which may be absent) has not: they stand at the end.
  void add_new_indexes(const TableSpec* old, const TableSpec& after) {
    const std::size_t known = old == nullptr ? 0 : old->indexes.size();
    for (std::size_t i = known; i < after.indexes.size(); ++i) {
      add(create_index(dialect_, after, after.indexes[i]));
      if (old != nullptr) lock(after.name, share);
    }
  }
  void drop_constraint(const std::string& table, const std::string& name) {
    add("ALTER TABLE " + dialect_.table(table) + " DROP CONSTRAINT " + quoted_identifier(name));
    lock(table, access_exclusive);
  }
  void rebuild(const std::string& name, const std::string& advice) {
    const TableSpec& old = *before_.find(name);
    const TableSpec& table = *after_.find(name);
    const std::string fresh = std::string(rebuild_prefix) + name;
    std::vector<std::string> names;
    for (const Column& column : base_columns()) names.push_back(column.name);
    std::string values = column_list(names);
    for (const ColumnSpec& column : table.columns) {
      names.push_back(column.name);
      values += ", " + copied(old, column);
    }
    add(create_table(dialect_, table, fresh));
    add("INSERT INTO " + dialect_.table(fresh) + " (" + column_list(names) + ") SELECT " + values + " FROM " + dialect_.table(name), advice);
    add("DROP TABLE " + dialect_.table(name));
    add("ALTER TABLE " + dialect_.table(fresh) + " RENAME TO " + quoted_identifier(name));
    for (const IndexSpec& index : table.indexes) add(create_index(dialect_, table, index));
    add("PRAGMA foreign_key_check(" + quoted_identifier(name) + ")", advice);
    statements.back().finds_violations = true;
  }
  static Param stored_param(const std::string& json_text, const ColumnType& type) {
    const auto value = constant_of_text(json_text, type, "a value");
    INGOT_CHECK(value.ok());  // Model::take() has looked
    return param_of(*value, type);
  }

  bool sqlite_;
  const Dialect& dialect_;
  const Model& before_;
  const Model& after_;
};

}  // namespace

bool rebuilds_table(Kind kind, const Model& before, const Operation& operation) {
  return kind == Kind::sqlite && std::visit(NeedsRebuild{before}, operation);
}

std::vector<DdlStatement> ddl(Kind kind, std::string_view module, const Model& before, const Operation& operation) {
  const std::unique_ptr<Dialect> dialect = dialect_of(kind, module);
  Model after = before;
  INGOT_CHECK(after.apply(operation).ok());
  Generator generator(kind, *dialect, before, after);
  std::visit([&](const auto& op) { generator(op); }, operation);
  return std::move(generator.statements);
}

}  // namespace ingot::db
