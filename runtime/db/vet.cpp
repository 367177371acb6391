// SPDX-License-Identifier: Apache-2.0
#include "db/vet.hpp"

#include <algorithm>
#include <memory>

#include <pg_query.h>

#include "db/sql_scan.hpp"
#include "db/values.hpp"
#include "db/vet_internal.hpp"

namespace ingot::db {

bool VettedStatement::holds_for(const Schema& schema) const {
  return std::ranges::all_of(tables, [&](const Table& table) {
    const Table* now = schema.find(table.name);
    return now != nullptr && *now == table;
  });
}

bool is_short(std::string_view text) {
  constexpr std::ptrdiff_t characters_max = 64;
  return std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }) <= characters_max;
}

const OutputColumn* Relation::find(std::string_view column) const {
  for (const OutputColumn& candidate : columns) {
    if (candidate.name == column) return &candidate;
  }
  return nullptr;
}

void Vetter::refuse(std::string_view code, const std::string& message) {
  if (!error_) error_ = StatementError{std::string(code), message};
}

void Vetter::refuse_node(const std::string& kind) {
  refuse("NOT_ALLOWED", "the statement uses '" + kind + "', which is not part of the SQL that modules may use");
}

bool Vetter::only(const json& node, std::string_view kind, std::initializer_list<std::string_view> keys) {
  if (!node.is_object()) {
    refuse_node(std::string(kind));
    return false;
  }
  for (const auto& [key, value] : node.items()) {
    if (std::ranges::find(keys, std::string_view(key)) == keys.end()) {
      refuse_node(std::string(kind) + "." + key);
      return false;
    }
  }
  return !failed();
}

std::string Vetter::string_of(const json& node) {
  const auto found = node.find("String");
  return found == node.end() ? std::string() : found->value("sval", std::string());
}

const json& Vetter::list_of(const json& node, const char* key) {
  static const json none = json::array();
  const auto found = node.find(key);
  return found == node.end() ? none : *found;
}

void Vetter::count(std::size_t nodes) {
  constexpr std::size_t nodes_max = 20'000;
  nodes_ += nodes;
  if (nodes_ > nodes_max) refuse("LIMIT", "the statement has more than 20000 parts");
}

bool Vetter::spend(std::size_t steps) {
  constexpr std::size_t steps_max = 5'000'000;  // some tens of milliseconds
  steps_ += steps;
  if (steps_ > steps_max) refuse("LIMIT", "the statement names too many columns of too many tables");
  return !failed();
}

bool Vetter::spend_copy(std::size_t columns) {
  constexpr std::size_t copy_weight = 16;
  return spend(columns * copy_weight);
}

bool Vetter::room_for(const Outputs& outputs, std::size_t more) {
  if (outputs.size() + more > guest_columns_max) refuse("LIMIT", "more than 250 columns in one list");
  return !failed();
}

const Table* Vetter::own_table(const std::string& name) {
  const Table* table = schema_.find(name);
  if (table == nullptr) {
    refuse("NOT_ALLOWED", "'" + name + "' is not a table of this module");
    return nullptr;
  }
  if (tables_seen_.insert(name).second) result_.tables.push_back(*table);
  return table;
}

void Vetter::statement(const json& node) {
  if (!node.is_object() || node.size() != 1) return refuse_node("statement");
  const std::string& kind = node.begin().key();
  if (kind == "SelectStmt") {
    result_.returns_rows = true;
    result_.outputs = select(*node.begin(), nullptr, nullptr);
  } else if (kind == "InsertStmt") {
    insert(*node.begin());
  } else if (kind == "UpdateStmt") {
    update(*node.begin());
  } else if (kind == "DeleteStmt") {
    remove(*node.begin());
  } else {
    refuse("NOT_ALLOWED", "only SELECT, INSERT, UPDATE and DELETE are allowed");
  }
  result_.writes = kind != "SelectStmt";
  std::set<std::string_view> names;
  for (const OutputColumn& output : result_.outputs) {
    if (names.insert(output.name).second) continue;
    refuse("INVALID_SQL", "two result columns are called '" + output.name + "': give one of them an alias");
  }
}

VettedStatement Vetter::take_result() { return std::move(result_); }

std::variant<VettedStatement, StatementError> vet(const Authority& authority, std::string_view sql) {
  // Beyond this point the text reads the same to both databases, and no tree made from it is deep.
  auto tokens = scan_sql(sql);
  if (auto* error = std::get_if<StatementError>(&tokens)) return std::move(*error);
  const auto& list = std::get<std::vector<SqlToken>>(tokens);
  if (list.empty() || list.front().kind == SqlToken::Kind::semicolon) return StatementError{"INVALID_SQL", "there is no statement"};

  const std::string text(sql);
  const PgQueryParseResult parsed = pg_query_parse(text.c_str());
  const std::unique_ptr<const PgQueryParseResult, void (*)(const PgQueryParseResult*)> owner(
      &parsed, [](const PgQueryParseResult* result) { pg_query_free_parse_result(*result); });
  if (parsed.error != nullptr) {
    return StatementError{"INVALID_SQL",
                          std::string(parsed.error->message) + " (at character " + std::to_string(parsed.error->cursorpos) + ")"};
  }
  try {
    const json tree = json::parse(parsed.parse_tree);
    const json& statements = tree.at("stmts");
    if (statements.size() != 1) return StatementError{"NOT_ALLOWED", "exactly one statement is allowed"};
    Vetter vetter(*authority.schema);
    vetter.statement(statements.at(0).at("stmt"));
    if (vetter.failed()) return vetter.take_error();
    VettedStatement result = vetter.take_result();
    std::set<std::string_view> used;
    for (const SqlToken& token : list) {
      if (token.kind == SqlToken::Kind::parameter) used.insert(sql.substr(token.begin, token.end - token.begin));
    }
    if (used.size() != result.param_types.size()) {
      return StatementError{"INVALID_PARAMS", "the parameters must be numbered $1 to $n without gaps"};
    }
    return result;
  } catch (const std::exception& failure) {
    return StatementError{"INVALID_SQL", std::string("the statement cannot be judged: ") + failure.what()};
  }
}

std::optional<StatementError> check_call(const VettedStatement& vetted, std::span<const Param> params, bool must_return_rows) {
  if (must_return_rows && !vetted.returns_rows) {
    return StatementError{"INVALID_SQL", "the statement returns no rows: use execute, or RETURNING"};
  }
  const std::size_t named = vetted.param_types.size();
  if (named == params.size()) {
    for (std::size_t index : vetted.short_params) {
      if (is_short(params[index].text)) continue;
      return StatementError{"LIMIT", "what replace() searches for and puts in has at most 64 characters"};
    }
    for (std::size_t index : vetted.json_params) {
      const Param& param = params[index];
      const bool text = param.kind == Param::Kind::text || param.kind == Param::Kind::json;
      if (text && !is_json(param.text)) return StatementError{"INVALID_PARAMS", "parameter $" + std::to_string(index + 1) + " is not JSON"};
    }
    return std::nullopt;
  }
  return StatementError{"INVALID_PARAMS", "the statement names " + std::to_string(named) + " parameters, and " +
                                              std::to_string(params.size()) + " were given"};
}

}  // namespace ingot::db
