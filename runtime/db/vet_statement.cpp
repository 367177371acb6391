// SPDX-License-Identifier: Apache-2.0
// Statements and their clauses. Each function takes the fields it knows and refuses a node that has others.
#include "db/vet_internal.hpp"

namespace ingot::db {
namespace {

constexpr ColumnType bigint{.name = TypeName::bigint, .length = std::nullopt, .scale = std::nullopt};

/// [{}]: without ON (...). Looked at only as deep as that.
bool is_plain_distinct(const json& clause) { return clause.is_array() && clause.size() == 1 && clause.front().empty(); }

constexpr ColumnType boolean{.name = TypeName::boolean, .length = std::nullopt, .scale = std::nullopt};

MaybeType type_at(const std::vector<MaybeType>& types, std::size_t index) { return index < types.size() ? types[index] : std::nullopt; }

}  // namespace

Vetter::Outputs Vetter::select(const json& node, const Scope* outer, const WithScope* with, const std::vector<MaybeType>& expected) {
  const Depth depth(*this);
  if (!only(node, "SELECT",
            {"distinctClause", "targetList", "fromClause", "whereClause", "groupClause", "havingClause", "windowClause", "valuesLists",
             "sortClause", "limitOffset", "limitCount", "limitOption", "withClause", "op", "all", "larg", "rarg"})) {
    return {};
  }
  const std::string limit_option = node.value("limitOption", "LIMIT_OPTION_DEFAULT");
  if (limit_option != "LIMIT_OPTION_DEFAULT" && limit_option != "LIMIT_OPTION_COUNT") refuse_node("FETCH ... WITH TIES");
  WithScope own{.parent = with, .queries = {}};
  if (node.contains("withClause")) {
    with_clause(node["withClause"], outer, own);
    with = &own;
  }
  if (failed()) return {};
  if (node.value("op", "SETOP_NONE") != "SETOP_NONE") return set_operation(node, outer, with, expected);

  Scope scope{.parent = outer, .relations = {}, .outputs = nullptr, .merged_columns = false};
  Outputs outputs;
  if (node.contains("valuesLists")) {
    outputs = values_lists(node, scope, with, expected);
    order_and_limit(node, scope, with, outputs);
    return outputs;
  }
  if (node.contains("distinctClause") && !is_plain_distinct(node["distinctClause"])) refuse_node("DISTINCT ON");
  if (!node.contains("targetList")) refuse("INVALID_SQL", "a SELECT needs at least one column");
  if (failed()) return {};
  if (node.contains("fromClause")) {
    for (const json& item : node["fromClause"]) from_item(item, scope, with);
  }
  if (node.contains("whereClause")) expression(node["whereClause"], scope, with, boolean);
  if (node.contains("windowClause")) {
    for (const json& item : node["windowClause"]) {
      if (!item.contains("WindowDef")) return refuse_node("WINDOW"), Outputs{};
      window(item["WindowDef"], scope, with);
    }
  }
  if (failed()) return {};
  outputs = targets(node["targetList"], scope, with, expected);
  scope.outputs = &outputs;
  if (node.contains("groupClause")) each(node["groupClause"], scope, with);
  if (node.contains("havingClause")) expression(node["havingClause"], scope, with);
  order_and_limit(node, scope, with, outputs);
  return outputs;
}

Vetter::Outputs Vetter::set_operation(const json& node, const Scope* outer, const WithScope* with, const std::vector<MaybeType>& expected) {
  if (!node.contains("larg") || !node.contains("rarg")) return refuse_node("set operation"), Outputs{};
  Outputs outputs = select(node["larg"], outer, with, expected);
  const Outputs right = select(node["rarg"], outer, with, expected);
  for (std::size_t i = 0; i < outputs.size() && i < right.size(); ++i) {
    if (outputs[i].type && right[i].type && is_json_type(*outputs[i].type) != is_json_type(*right[i].type)) {
      return refuse("INVALID_SQL", "JSON and another type in one column: use CAST"), Outputs{};
    }
    if (!outputs[i].type) outputs[i].type = right[i].type;
    outputs[i].weight += right[i].weight;
  }
  Scope scope{.parent = nullptr, .relations = {}, .outputs = nullptr, .merged_columns = false};
  order_and_limit(node, scope, with, outputs);
  return outputs;
}

Vetter::Outputs Vetter::values_lists(const json& node, Scope& scope, const WithScope* with, const std::vector<MaybeType>& expected) {
  Outputs outputs;
  for (const json& row : node["valuesLists"]) {
    if (!row.contains("List") || !row["List"].contains("items")) return refuse_node("VALUES"), Outputs{};
    const json& items = row["List"]["items"];
    for (std::size_t i = 0; i < items.size() && !failed(); ++i) {
      const MaybeType type = expression(items[i], scope, with, type_at(expected, i));
      if (outputs.size() <= i && room_for(outputs, 1)) outputs.push_back({"column" + std::to_string(i + 1), type});
    }
  }
  return outputs;
}

void Vetter::order_and_limit(const json& node, Scope& scope, const WithScope* with, const Outputs& outputs) {
  if (failed()) return;
  scope.outputs = &outputs;
  if (node.contains("sortClause")) sort_items(node["sortClause"], scope, with);
  scope.outputs = nullptr;
  Scope none;
  none.parent = scope.parent;
  if (node.contains("limitCount")) expression(node["limitCount"], none, with, bigint);
  if (node.contains("limitOffset")) expression(node["limitOffset"], none, with, bigint);
}

Vetter::Outputs Vetter::targets(const json& list, Scope& scope, const WithScope* with, const std::vector<MaybeType>& expected) {
  Outputs outputs;
  for (const json& item : list) {
    if (failed()) break;
    if (!item.contains("ResTarget")) return refuse_node("result column"), Outputs{};
    const json& target = item["ResTarget"];
    if (!only(target, "result column", {"name", "val", "location"}) || !target.contains("val")) continue;
    const json& value = target["val"];
    if (value.contains("ColumnRef") && !value["ColumnRef"]["fields"].empty() && value["ColumnRef"]["fields"].back().contains("A_Star")) {
      expand_star(value["ColumnRef"]["fields"], scope, outputs);
      continue;
    }
    const std::size_t before = nodes_;
    const MaybeType type = expression(value, scope, with, type_at(expected, outputs.size()));
    if (failed() || !room_for(outputs, 1)) break;
    outputs.push_back({target.contains("name") ? target["name"].get<std::string>() : output_name(value), type, nodes_ - before});
  }
  return outputs;
}

const Table* Vetter::target_table(const json& node, Scope& scope) {
  if (!plain_range_var(node)) return nullptr;
  const Table* table = own_table(node["relname"].get<std::string>());
  if (table == nullptr) return nullptr;
  Relation relation{.alias = table->name, .columns = {}};
  if (node.contains("alias")) relation.alias = node["alias"]["aliasname"].get<std::string>();
  if (!spend_copy(table->columns.size())) return nullptr;
  for (const Column& column : table->columns) relation.columns.push_back({column.name, column.type});
  add_relation(std::move(relation), scope);
  return failed() ? nullptr : table;
}

void Vetter::returning(const json& node, Scope& scope, const WithScope* with) {
  if (!node.contains("returningList") || failed()) return;
  result_.returns_rows = true;
  result_.outputs = targets(node["returningList"], scope, with);
}

void Vetter::insert(const json& node) {
  if (!only(node, "INSERT", {"relation", "cols", "selectStmt", "onConflictClause", "returningList", "withClause", "override"})) {
    return;
  }
  if (node.value("override", "OVERRIDING_NOT_SET") != "OVERRIDING_NOT_SET") return refuse_node("OVERRIDING");
  WithScope with;
  if (node.contains("withClause")) with_clause(node["withClause"], nullptr, with);
  Scope scope;
  const Table* table = failed() ? nullptr : target_table(node["relation"], scope);
  if (table == nullptr) return;
  std::vector<MaybeType> expected;
  if (!node.contains("cols")) {
    for (const Column& column : table->columns) expected.emplace_back(column.type);
  } else {
    for (const json& item : node["cols"]) {
      const json& target = item.at("ResTarget");
      if (!only(target, "INSERT column", {"name", "location"})) return;
      const Column* column = table->find(target["name"].get<std::string>());
      if (column == nullptr) return refuse("INVALID_SQL", "the table '" + table->name + "' has no column " + target["name"].dump());
      expected.emplace_back(column->type);
    }
  }
  if (node.contains("selectStmt")) {
    const json& source = node["selectStmt"];
    if (!source.contains("SelectStmt")) return refuse_node("INSERT source");
    select(source["SelectStmt"], nullptr, &with, expected);
  }
  if (node.contains("onConflictClause")) on_conflict(node["onConflictClause"], *table, scope, &with);
  returning(node, scope, &with);
}

void Vetter::on_conflict(const json& node, const Table& table, const Scope& target, const WithScope* with) {
  if (failed() || !only(node, "ON CONFLICT", {"action", "infer", "targetList", "whereClause", "location"})) return;
  Scope scope = target;
  if (node.contains("infer")) {
    const json& infer = node["infer"];
    if (!only(infer, "ON CONFLICT target", {"indexElems", "whereClause", "location"})) return;
    for (const json& item : list_of(infer, "indexElems")) {
      if (!only(item.at("IndexElem"), "ON CONFLICT column", {"name", "ordering", "nulls_ordering"})) return;
      const std::string name = item["IndexElem"].value("name", "");
      if (table.find(name) == nullptr) return refuse("INVALID_SQL", "the table has no column '" + name + "'");
    }
    if (infer.contains("whereClause")) expression(infer["whereClause"], scope, with);
  }
  const std::string action = node.value("action", "");
  if (action == "ONCONFLICT_NOTHING") return;
  if (action != "ONCONFLICT_UPDATE") return refuse_node("ON CONFLICT action");
  Relation excluded = target.relations.front();
  excluded.alias = "excluded";
  add_relation(std::move(excluded), scope);
  assignments(node["targetList"], table, scope, with);
  if (node.contains("whereClause")) expression(node["whereClause"], scope, with);
}

void Vetter::assignments(const json& list, const Table& table, Scope& scope, const WithScope* with) {
  for (const json& item : list) {
    if (failed()) return;
    const json& target = item.at("ResTarget");
    if (!only(target, "SET", {"name", "val", "location"})) return;
    const Column* column = table.find(target["name"].get<std::string>());
    if (column == nullptr) return refuse("INVALID_SQL", "the table '" + table.name + "' has no column " + target["name"].dump());
    expression(target["val"], scope, with, column->type);
  }
}

void Vetter::update(const json& node) {
  if (!only(node, "UPDATE", {"relation", "targetList", "whereClause", "fromClause", "returningList", "withClause"})) return;
  if (!node.contains("whereClause")) return refuse("NOT_ALLOWED", "UPDATE needs a WHERE");
  WithScope with;
  if (node.contains("withClause")) with_clause(node["withClause"], nullptr, with);
  Scope scope;
  const Table* table = failed() ? nullptr : target_table(node["relation"], scope);
  if (table == nullptr) return;
  if (node.contains("fromClause")) {
    for (const json& item : node["fromClause"]) from_item(item, scope, &with);
  }
  assignments(node["targetList"], *table, scope, &with);
  if (!failed()) expression(node["whereClause"], scope, &with);
  if (node.contains("fromClause") && !failed()) {  // SQLite's RETURNING sees only the target
    scope.relations.erase(scope.relations.begin() + 1, scope.relations.end());
    scope.merged_columns = true;
  }
  returning(node, scope, &with);
}

void Vetter::remove(const json& node) {
  if (!only(node, "DELETE", {"relation", "whereClause", "returningList", "withClause"})) return;
  if (!node.contains("whereClause")) return refuse("NOT_ALLOWED", "DELETE needs a WHERE");
  WithScope with;
  if (node.contains("withClause")) with_clause(node["withClause"], nullptr, with);
  Scope scope;
  if (failed() || target_table(node["relation"], scope) == nullptr) return;
  expression(node["whereClause"], scope, &with);
  returning(node, scope, &with);
}

}  // namespace ingot::db
