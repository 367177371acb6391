// SPDX-License-Identifier: Apache-2.0
// FROM and WITH: what a name may stand for. A WITH query must not share a table's name, and no two of one statement share one:
// so neither reader can take a name for another thing than this walker did.
#include "db/vet_internal.hpp"

namespace ingot::db {

void Vetter::with_clause(const json& node, const Scope* outer, WithScope& with) {
  if (!only(node, "WITH", {"ctes", "recursive", "location"})) return;
  for (const json& item : node["ctes"]) {
    if (failed()) return;
    const json& cte = item.at("CommonTableExpr");
    if (!only(cte, "WITH", {"ctename", "aliascolnames", "ctematerialized", "ctequery", "location"})) return;
    const std::string name = cte["ctename"].get<std::string>();
    if (!valid_identifier(name)) return refuse("INVALID_SQL", "'" + name + "' cannot name a WITH query");
    if (schema_.find(name) != nullptr) return refuse("INVALID_SQL", "the WITH query '" + name + "' has a table's name");
    if (!result_.with_names.insert(name).second) return refuse("INVALID_SQL", "two WITH queries are called '" + name + "'");
    if (!cte["ctequery"].contains("SelectStmt")) return refuse("NOT_ALLOWED", "a WITH query must be a SELECT");
    std::vector<std::string> names;
    for (const json& column : list_of(cte, "aliascolnames")) {
      names.push_back(string_of(column));
      if (!valid_identifier(names.back())) return refuse("INVALID_SQL", "'" + names.back() + "' cannot name a column");
    }
    const json& query = cte["ctequery"]["SelectStmt"];
    Outputs outputs;
    if (node.value("recursive", false) && query.value("op", "SETOP_NONE") == "SETOP_UNION") {
      outputs = recursive_query(query, name, names, outer, with);
      continue;
    }
    const std::size_t before = nodes_;
    outputs = select(query, outer, &with);
    for (std::size_t i = 0; i < names.size() && i < outputs.size(); ++i) outputs[i].name = names[i];
    with.queries.push_back({name, std::move(outputs), nodes_ - before});
  }
}

/// The first part tells the columns; only then may the second part name the query itself.
Vetter::Outputs Vetter::recursive_query(const json& query, const std::string& name, const std::vector<std::string>& names,
                                        const Scope* outer, WithScope& with) {
  if (!only(query, "recursive query", {"op", "all", "larg", "rarg", "limitOption"})) return {};
  const Depth depth(*this);
  if (failed()) return {};
  const std::size_t before = nodes_;
  Outputs outputs = select(query["larg"], outer, &with);
  for (std::size_t i = 0; i < names.size() && i < outputs.size(); ++i) outputs[i].name = names[i];
  if (!spend_copy(outputs.size())) return {};
  with.queries.push_back({name, outputs});
  const std::size_t place = with.queries.size() - 1;
  if (!failed()) select(query["rarg"], outer, &with);
  with.queries[place].weight = nodes_ - before;
  return outputs;
}

bool Vetter::plain_range_var(const json& node) {
  if (failed() || !only(node, "table", {"relname", "inh", "relpersistence", "alias", "location"})) return false;
  if (!node.value("inh", false)) return refuse_node("ONLY"), false;
  if (node.value("relpersistence", "p") != "p") return refuse_node("temporary table"), false;
  if (node.contains("alias") && !only(node["alias"], "table alias", {"aliasname"})) return false;
  return true;
}

void Vetter::add_relation(Relation relation, Scope& scope) {
  if (relation.alias != "excluded" && !valid_identifier(relation.alias)) {
    return refuse("INVALID_SQL", "'" + relation.alias + "' cannot name a table in a statement");
  }
  constexpr std::size_t relations_max = 64;  // SQLite's bound on a join
  if (scope.relations.size() >= relations_max) return refuse("LIMIT", "more than 64 tables in one FROM");
  for (const Relation& other : scope.relations) {
    if (other.alias == relation.alias) return refuse("INVALID_SQL", "the table name '" + relation.alias + "' is used twice");
  }
  scope.relations.push_back(std::move(relation));
}

void Vetter::table_or_query(const json& node, Scope& scope, const WithScope* with) {
  if (!plain_range_var(node)) return;
  const std::string name = node["relname"].get<std::string>();
  Relation relation{.alias = node.contains("alias") ? node["alias"]["aliasname"].get<std::string>() : name, .columns = {}};
  for (; with != nullptr; with = with->parent) {
    if (!spend(with->queries.size())) return;
    for (const Relation& query : with->queries) {
      if (query.alias != name) continue;
      count(query.weight);
      if (!spend_copy(query.columns.size())) return;
      relation.columns = query.columns;
      return add_relation(std::move(relation), scope);
    }
  }
  const Table* table = own_table(name);
  if (table == nullptr || !spend_copy(table->columns.size())) return;
  for (const Column& column : table->columns) relation.columns.push_back({column.name, column.type});
  add_relation(std::move(relation), scope);
}

void Vetter::from_item(const json& node, Scope& scope, const WithScope* with) {
  const Depth level(*this);
  if (failed()) return;
  if (node.contains("RangeVar")) return table_or_query(node["RangeVar"], scope, with);
  if (node.contains("JoinExpr")) return join(node["JoinExpr"], scope, with);
  if (!node.contains("RangeSubselect")) return refuse_node(node.is_object() && !node.empty() ? node.begin().key() : "FROM");
  const json& item = node["RangeSubselect"];
  if (!only(item, "subquery", {"subquery", "alias"})) return;
  if (!item.contains("alias")) return refuse("INVALID_SQL", "a subquery in FROM needs an alias");
  if (!only(item["alias"], "subquery alias", {"aliasname"})) return;
  if (!item["subquery"].contains("SelectStmt")) return refuse_node("subquery");
  Relation relation{.alias = item["alias"]["aliasname"].get<std::string>(), .columns = {}};
  relation.columns = select(item["subquery"]["SelectStmt"], scope.parent, with);
  if (!failed()) add_relation(std::move(relation), scope);
}

void Vetter::join(const json& node, Scope& scope, const WithScope* with) {
  if (!only(node, "JOIN", {"jointype", "isNatural", "larg", "rarg", "usingClause", "quals", "rtindex"})) return;
  from_item(node["larg"], scope, with);
  from_item(node["rarg"], scope, with);
  if (failed()) return;
  if (node.value("isNatural", false)) scope.merged_columns = true;
  if (node.contains("usingClause")) {
    scope.merged_columns = true;
    for (const json& column : node["usingClause"]) {
      const std::string name = string_of(column);
      bool known = false;
      for (const Relation& relation : scope.relations) {
        if (!spend(relation.columns.size())) return;
        known = known || relation.find(name) != nullptr;
      }
      if (!known) return refuse("INVALID_SQL", "no column '" + name + "' to join by");
    }
  }
  if (node.contains("quals")) expression(node["quals"], scope, with);
}

void Vetter::add_columns(const Relation& relation, Outputs& outputs) {
  if (!room_for(outputs, relation.columns.size()) || !spend_copy(relation.columns.size())) return;
  for (const OutputColumn& column : relation.columns) count(column.weight);
  outputs.insert(outputs.end(), relation.columns.begin(), relation.columns.end());
}

void Vetter::expand_star(const json& fields, const Scope& scope, Outputs& outputs) {
  if (fields.size() > 2) return refuse_node("qualified *");
  if (fields.size() == 1) {
    if (scope.relations.empty()) return refuse("INVALID_SQL", "* without a table");
    if (scope.merged_columns) return refuse("INVALID_SQL", "name the columns instead of *: they are merged here");
    for (const Relation& relation : scope.relations) add_columns(relation, outputs);
    return;
  }
  const std::string alias = string_of(fields[0]);
  for (const Relation& relation : scope.relations) {
    if (relation.alias != alias) continue;
    return add_columns(relation, outputs);
  }
  refuse("INVALID_SQL", "no table '" + alias + "' in the statement");
}

}  // namespace ingot::db
