// SPDX-License-Identifier: Apache-2.0
// Changes to tables that are there: their indexes, names, column types, references, checks and seed rows.
#include <algorithm>

#include "db/constant.hpp"
#include "db/decimal.hpp"
#include "db/model.hpp"
#include "db/model_parts.hpp"
#include "db/widen.hpp"

namespace ingot::db {
namespace {

/// A column that the module may change. Null when there is none of that name.
ColumnSpec* own_column(TableSpec& table, std::string_view name) {
  const auto found = std::ranges::find(table.columns, name, &ColumnSpec::name);
  return found == table.columns.end() ? nullptr : &*found;
}

Result<void> check_condition(const TableSpec& table, const IndexCondition& condition) {
  using Test = IndexCondition::Test;
  const ColumnType* type = type_of(table, condition.column);
  if (type == nullptr) return no_column(table, condition.column);
  const bool truth = condition.test == Test::is_true || condition.test == Test::is_false;
  const bool text = std::holds_alternative<std::string>(condition.value);
  if (truth && type->name != TypeName::boolean) return refused_migration("'where': only a BOOLEAN is true or false");
  if (condition.test == Test::equals && !(text ? is_text(type->name) : is_whole(type->name))) {
    return refused_migration("'where': a value of that kind does not fit " + type_text(*type));
  }
  return {};
}

Error lossy(const ColumnSpec& column, const ColumnType& to) {
  return refused_migration("the column " + in_quotes(column.name) + " cannot go from " + type_text(column.type) + " to " + type_text(to) +
                           " without losing or reinterpreting values: add a column of the new type, let the module copy the values, "
                           "and drop this one in a later version");
}

/// The column's type, and its default in terms of it.
Result<void> retype(ColumnSpec& column, const ColumnType& type, bool gets_default) {
  const std::optional<Widening> how = widening(column.type, type);
  if (!how) return lossy(column, type);
  if (*how != Widening::keep && !column.check_in.empty()) {
    return refused_migration("the column " + in_quotes(column.name) + " has a check_in, which is written for " + type_text(column.type) +
                             ": make a new column");
  }
  if (column.default_value && !column.default_value->now && !gets_default) {
    std::string text;
    append_stored(text, column.default_value->constant, column.type);
    auto constant = constant_of_text(text, type, "the default");
    if (!constant) return std::move(constant).error().with_context("give the operation a 'default' of the new type");
    column.default_value->constant = std::move(constant).value();
  }
  column.type = type;
  return {};
}

/// Whether the value may stand in a check of the column, and its stored form.
Result<StoredValue> bound_of(const std::string& json_text, const ColumnType& type, const char* key) {
  switch (type.name) {
    case TypeName::smallint:
    case TypeName::integer:
    case TypeName::bigint:
    case TypeName::double_precision:
    case TypeName::numeric:
    case TypeName::date:
      return constant_of_text(json_text, type, std::string("'") + key + "'");
    default:
      return refused_migration(std::string("'") + key + "' does not go with " + type_text(type) +
                               ": it bounds whole numbers, DOUBLE PRECISION, NUMERIC and DATE");
  }
}

bool is_above(const StoredValue& low, const StoredValue& high, const ColumnType& type) {
  if (low.kind == StoredValue::Kind::integer) return low.integer > high.integer;
  if (low.kind == StoredValue::Kind::real) return low.real > high.real;
  if (type.name == TypeName::numeric) return compare_numeric_text(low.text, high.text) > 0;
  return low.text > high.text;
}

Result<void> check_check(const TableSpec& table, const CheckSpec& check) {
  if (is_base_column(check.column)) return host_column(check.column);
  const ColumnType* type = type_of(table, check.column);
  if (type == nullptr) return no_column(table, check.column);
  for (const Scalar& value : check.in) {
    const bool text = std::holds_alternative<std::string>(value);
    if (!(text ? is_text(type->name) : is_whole(type->name))) {
      return refused_migration("'check_in' holds a value that does not fit " + type_text(*type));
    }
  }
  if (check.not_empty && !is_text(type->name)) return refused_migration("'not_empty' goes with texts, not with " + type_text(*type));
  std::optional<StoredValue> low;
  std::optional<StoredValue> high;
  if (check.min) {
    INGOT_TRY(low, bound_of(*check.min, *type, "min"));
  }
  if (check.max) {
    INGOT_TRY(high, bound_of(*check.max, *type, "max"));
  }
  if (low && high && is_above(*low, *high, *type)) return refused_migration("'min' is above 'max': no value would pass");
  return {};
}

std::vector<CheckSpec>::const_iterator find_check(const TableSpec& table, const CheckSpec& check) {
  return std::ranges::find_if(table.checks, [&](const CheckSpec& other) { return other.same_as(check); });
}

Result<void> check_row(const TableSpec& table, const InsertRows& operation, const InsertRows::Row& row) {
  for (const auto& [name, text] : row) {
    const ColumnType* type = type_of(table, name);
    if (type == nullptr) return no_column(table, name);
    const ColumnSpec* own = table.find(name);
    const bool nullable = own == nullptr ? name == "deleted_at" : own->nullable;
    if (text == "null") {
      if (!nullable) return refused_migration("the column " + in_quotes(name) + " takes no null");
      continue;
    }
    INGOT_TRY_VOID(constant_of_text(text, *type, "the value of " + in_quotes(name)));
  }
  for (const std::string& column : operation.key) {
    const auto found = row.find(column);
    if (found == row.end() || found->second == "null") {
      return refused_migration("every row needs a value for " + in_quotes(column) + ", which 'key' names");
    }
  }
  for (const ColumnSpec& column : table.columns) {
    if (!column.nullable && !column.default_value && !row.contains(column.name)) {
      return refused_migration("a row lacks " + in_quotes(column.name) + ", which takes no null and has no default");
    }
  }
  return {};
}

}  // namespace

Result<void> Model::take(const CreateIndex& operation) {
  INGOT_TRY(TableSpec* const found, table_of(operation.table));
  TableSpec& table = *found;
  const IndexSpec& index = operation.index;
  for (const std::string& column : index.columns) {
    const ColumnType* type = type_of(table, column);
    if (type == nullptr) return no_column(table, column);
    if (type->name == TypeName::json) return refused_migration("a JSON column cannot be indexed (JSONB can)");
    if (std::ranges::count(index.columns, column) > 1) return refused_migration("the column " + in_quotes(column) + " stands twice");
  }
  if (index.where) INGOT_TRY_VOID(check_condition(table, *index.where));
  if (std::ranges::any_of(table.indexes, [&](const IndexSpec& other) { return other.same_as(index); })) {
    return refused_migration("there is such an index on " + in_quotes(table.name) + " already");
  }
  put_index(table, index);
  return {};
}

Result<void> Model::take(const DropIndex& operation) {
  INGOT_TRY(TableSpec* const table, table_of(operation.table));
  const auto found = std::ranges::find_if(table->indexes, [&](const IndexSpec& index) { return index.same_as(operation.index); });
  if (found == table->indexes.end()) {
    return refused_migration("the table " + in_quotes(table->name) +
                             " has no such index: name columns, unique, index_type and where as it was created with");
  }
  TableSpec after = *table;
  after.indexes.erase(after.indexes.begin() + (found - table->indexes.begin()));
  const std::vector<std::string>& columns = found->columns;
  if (columns.size() == 1 && is_referenced(table->name, columns[0], false) && !is_unique(after, columns)) {
    return refused_migration("the column " + in_quotes(columns[0]) + " is referred to, so it must stay unique: drop the reference first");
  }
  *table = std::move(after);
  return {};
}

Result<void> Model::take(const RenameTable& operation) {
  INGOT_TRY(const TableSpec* const found, table_of(operation.table));
  if (tables_.contains(operation.new_name)) return refused_migration("the table " + in_quotes(operation.new_name) + " exists already");
  TableSpec table = *found;
  table.name = operation.new_name;
  // A table that takes the old name may want the old names of its indexes.
  for (IndexSpec& index : std::exchange(table.indexes, {})) {
    const auto known = std::ranges::find_if(operation.indexes, [&](const IndexSpec& other) { return other.same_as(index); });
    index.name = known == operation.indexes.end() ? std::string() : known->name;
    put_index(table, std::move(index));
  }
  tables_.erase(operation.table);
  tables_.emplace(operation.new_name, std::move(table));
  for (auto& [name, other] : tables_) {
    for (ColumnSpec& column : other.columns) {
      if (column.reference && column.reference->table == operation.table) column.reference->table = operation.new_name;
    }
  }
  return {};
}

Result<void> Model::take(const AlterColumn& operation) {
  INGOT_TRY(TableSpec* const table, table_of(operation.table));
  if (is_base_column(operation.column)) return host_column(operation.column);
  ColumnSpec* const found = own_column(*table, operation.column);
  if (found == nullptr) return no_column(*table, operation.column);
  ColumnSpec column = *found;
  if (operation.type && *operation.type != column.type) {
    const bool other_kind = operation.type->name != column.type.name;
    if (other_kind && (column.reference || is_referenced(table->name, column.name, false))) {
      return refused_migration("the column " + in_quotes(column.name) + " refers to another or is referred to: both must keep one type");
    }
    if (widening(column.type, *operation.type).value_or(Widening::keep) != Widening::keep) {
      const auto uses = [&](const CheckSpec& check) { return check.column == column.name; };
      const auto compares = [&](const IndexSpec& index) { return index.where && index.where->column == column.name; };
      if (std::ranges::any_of(table->checks, uses) || std::ranges::any_of(table->indexes, compares)) {
        return refused_migration("the column " + in_quotes(column.name) + " has a check or a partial index, written for " +
                                 type_text(column.type) + ": drop it first, and add it again after");
      }
    }
    INGOT_TRY_VOID(retype(column, *operation.type, operation.default_json.has_value()));
  }
  if (operation.nullable) column.nullable = *operation.nullable;
  if (operation.default_json) {
    INGOT_TRY(column.default_value, default_of(nlohmann::json::parse(*operation.default_json), column.type));
  }
  *found = std::move(column);
  return {};
}

Result<void> Model::take(const AddForeignKey& operation) {
  INGOT_TRY(TableSpec* const table, table_of(operation.table));
  if (is_base_column(operation.column)) return host_column(operation.column);
  ColumnSpec* const found = own_column(*table, operation.column);
  if (found == nullptr) return no_column(*table, operation.column);
  if (found->reference) return refused_migration("the column " + in_quotes(operation.column) + " has a reference already");
  ColumnSpec column = *found;
  column.reference = operation.reference;
  if (column.reference->name.empty()) column.reference->name = constraint_name("fk", column.name, table->name + "/" + column.name);
  INGOT_TRY_VOID(check_reference(column, *table));
  *found = std::move(column);
  return {};
}

Result<void> Model::take(const DropForeignKey& operation) {
  INGOT_TRY(TableSpec* const table, table_of(operation.table));
  ColumnSpec* const column = own_column(*table, operation.column);
  if (column == nullptr) return no_column(*table, operation.column);
  if (!column->reference) return refused_migration("the column " + in_quotes(operation.column) + " has no reference");
  if (column->reference->name.empty()) {
    return refused_migration("the reference of " + in_quotes(operation.column) +
                             " was made with the column and goes with it: only what add_foreign_key made can be dropped alone");
  }
  column->reference.reset();
  return {};
}

Result<void> Model::take(const AddCheck& operation) {
  INGOT_TRY(TableSpec* const table, table_of(operation.table));
  CheckSpec check = operation.check;
  INGOT_TRY_VOID(check_check(*table, check));
  if (find_check(*table, check) != table->checks.end()) {
    return refused_migration("there is such a check on " + in_quotes(table->name) + " already");
  }
  if (table->checks.size() >= checks_max) return refused_migration("too many checks on " + in_quotes(table->name));
  const auto taken = [&] { return std::ranges::any_of(table->checks, [&](const CheckSpec& other) { return other.name == check.name; }); };
  for (int salt = 0; check.name.empty() || taken(); ++salt) {
    check.name = constraint_name("check", check.column, table->name + "/" + check.column + "/" + std::to_string(salt));
  }
  table->checks.push_back(std::move(check));
  return {};
}

Result<void> Model::take(const DropCheck& operation) {
  INGOT_TRY(TableSpec* const table, table_of(operation.table));
  const auto found = find_check(*table, operation.check);
  if (found == table->checks.end()) {
    return refused_migration("the table " + in_quotes(table->name) + " has no such check: say what add_check said");
  }
  table->checks.erase(found);
  return {};
}

Result<void> Model::take(const InsertRows& operation) {
  INGOT_TRY(const TableSpec* const table, table_of(operation.table));
  for (const std::string& column : operation.key) {
    if (type_of(*table, column) == nullptr) return no_column(*table, column);
  }
  if (!is_unique(*table, operation.key)) {
    return refused_migration("'key' must be \"id\" or the columns of a unique index without 'where', or a row could come twice");
  }
  for (std::size_t i = 0; i < operation.rows.size(); ++i) {
    if (auto fits = check_row(*table, operation, operation.rows[i]); !fits) {
      return std::move(fits).error().with_context("rows[" + std::to_string(i) + "]");
    }
  }
  return {};
}

Result<void> Model::take(const DeleteRows& operation) {
  INGOT_TRY_VOID(table_of(operation.table));
  return {};
}

}  // namespace ingot::db
