// SPDX-License-Identifier: Apache-2.0
#include "db/inverse.hpp"

#include <algorithm>
#include <set>

#include "base/check.hpp"
#include "db/migrate_ops.hpp"

namespace ingot::db {
namespace {

std::string quoted(const std::string& table) { return "'" + table + "'"; }
std::string quoted(const std::string& table, const std::string& column) { return "'" + table + "." + column + "'"; }

/// The inverse of one operation on the model that it finds.
struct Inverter {
  const Model& before;
  std::vector<std::string>& irreversible;
  std::vector<std::string>& losses;
  using Steps = std::vector<Operation>;

  Steps operator()(const CreateTable& op) const {
    losses.push_back("drops the table " + quoted(op.table) + " with all its rows");
    return {DropTable{op.table}};
  }
  Steps operator()(const AddColumn& op) const {
    if (before.find(op.table) == nullptr) return (*this)(CreateTable{op.table, {}});
    losses.push_back("drops the column " + quoted(op.table, op.column.name));
    return {DropColumn{op.table, op.column.name}};
  }
  Steps operator()(const CreateIndex& op) const { return {DropIndex{op.table, op.index}}; }
  Steps operator()(const DropIndex& op) const {
    for (const IndexSpec& index : before.find(op.table)->indexes) {
      if (index.same_as(op.index)) return {CreateIndex{op.table, index}};
    }
    return {};
  }
  Steps operator()(const RenameTable& op) const {
    return {RenameTable{.table = op.new_name, .new_name = op.table, .indexes = before.find(op.table)->indexes}};
  }
  Steps operator()(const RenameColumn& op) const { return {RenameColumn{op.table, op.new_name, op.column}}; }
  Steps operator()(const AlterColumn& op) const {
    const ColumnSpec& column = *before.find(op.table)->find(op.column);
    if (op.type && *op.type != column.type) {
      irreversible.push_back("widened " + quoted(op.table, op.column) + " from " + type_text(column.type) + " to " + type_text(*op.type) +
                             ": what is stored now may not fit back");
      return {};
    }
    AlterColumn back{.table = op.table, .column = op.column, .type = {}, .nullable = {}, .default_json = {}};
    if (op.nullable) back.nullable = column.nullable;
    if (op.default_json) back.default_json = default_json(column).dump();
    return {std::move(back)};
  }
  Steps operator()(const AddForeignKey& op) const { return {DropForeignKey{op.table, op.column}}; }
  Steps operator()(const DropForeignKey& op) const {
    return {AddForeignKey{op.table, op.column, *before.find(op.table)->find(op.column)->reference}};
  }
  Steps operator()(const AddCheck& op) const { return {DropCheck{op.table, op.check}}; }
  Steps operator()(const DropCheck& op) const {
    for (const CheckSpec& check : before.find(op.table)->checks) {
      if (check.same_as(op.check)) return {AddCheck{op.table, check}};
    }
    return {};
  }
  Steps operator()(const InsertRows& op) const {
    losses.push_back("deletes the rows of " + quoted(op.table) + " with the keys that it inserted");
    return {DeleteRows{op.table, op.key, op.rows}};
  }
  Steps operator()(const DeleteRows& op) const {
    irreversible.push_back("deleted rows of " + quoted(op.table));
    return {};
  }
  Steps operator()(const DropColumn& op) const {
    irreversible.push_back("dropped the column " + quoted(op.table, op.column) + ", whose values are gone");
    return {};
  }
  Steps operator()(const DropTable& op) const {
    irreversible.push_back("dropped the table " + quoted(op.table) + ", whose rows are gone");
    return {};
  }
};

/// The tables that the version made, under their present names.
class Fresh {
 public:
  /// True when the operation concerns one of them and needs no inverse of its own. REQUIRES: asked of every operation in turn.
  bool covers(const Model& before, const Operation& operation) {
    const std::string& table = std::visit([](const auto& op) -> const std::string& { return op.table; }, operation);
    const bool fresh = tables_.contains(table);
    if (before.find(table) == nullptr) tables_.insert(table);
    if (const auto* rename = std::get_if<RenameTable>(&operation); rename != nullptr && fresh) {
      tables_.erase(table);
      tables_.insert(rename->new_name);
      return false;  // the drop that comes later uses the first name
    }
    if (fresh && std::holds_alternative<DropTable>(operation)) tables_.erase(table);
    return fresh;
  }

 private:
  std::set<std::string> tables_;
};

/// References between new tables that were added later may form a circle: they go before the table that they name.
void drop_references_to(const std::string& name, const Model& model, std::vector<Operation>& operations) {
  for (const auto& [other, table] : model.tables()) {
    if (other == name) continue;
    for (const ColumnSpec& column : table.columns) {
      if (column.reference && column.reference->table == name && !column.reference->name.empty()) {
        operations.emplace_back(DropForeignKey{other, column.name});
      }
    }
  }
}

}  // namespace

Inverse inverse_of(const Model& before, const std::vector<Operation>& operations) {
  Inverse inverse;
  Model model = before;
  Fresh fresh;
  std::vector<Operation> steps;
  for (const Operation& operation : operations) {
    if (!fresh.covers(model, operation)) {
      for (Operation& step : std::visit(Inverter{model, inverse.irreversible, inverse.losses}, operation)) steps.push_back(std::move(step));
    }
    INGOT_CHECK(model.apply(operation).ok());
  }
  if (!inverse.irreversible.empty()) return inverse;
  std::ranges::reverse(steps);
  for (Operation& step : steps) {
    std::vector<Operation> now;
    if (const auto* drop = std::get_if<DropTable>(&step)) {
      if (model.find(drop->table) == nullptr) continue;  // the version dropped it again itself
      drop_references_to(drop->table, model, now);
    }
    if (const auto* rename = std::get_if<RenameTable>(&step); rename != nullptr && model.find(rename->table) == nullptr) continue;
    now.push_back(std::move(step));
    for (Operation& operation : now) {
      if (const auto taken = model.apply(operation); !taken) {
        inverse.irreversible.push_back("did what cannot be taken back (" + taken.error().message + ")");
        return inverse;
      }
      inverse.operations.push_back(std::move(operation));
    }
  }
  return inverse;
}

}  // namespace ingot::db
