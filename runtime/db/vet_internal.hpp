// SPDX-License-Identifier: Apache-2.0
#pragma once
// The walker behind vet(): statements in vet_statement.cpp, FROM and WITH in vet_relation.cpp, expressions in
// vet_expression.cpp. Private to those files. One Vetter judges one statement; the first refusal sticks and stops the walk.

#include <initializer_list>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "db/vet.hpp"

namespace ingot::db {

using nlohmann::json;
using MaybeType = std::optional<ColumnType>;

/// A table, a WITH query or a subquery under the name that the statement gives it.
struct Relation {
  std::string alias;
  std::vector<OutputColumn> columns;
  std::size_t weight = 1;  ///< of a WITH query: nodes that a reference to it stands for
  const OutputColumn* find(std::string_view column) const;
};

/// What names mean at one level of the statement. Scopes live on the stack of the walk.
struct Scope {
  const Scope* parent = nullptr;
  std::vector<Relation> relations;
  const std::vector<OutputColumn>* outputs = nullptr;  ///< set while ORDER BY and GROUP BY are judged
  bool merged_columns = false;                         ///< `*` would not mean the same columns on both databases
};

/// The WITH queries in sight.
struct WithScope {
  const WithScope* parent = nullptr;
  std::vector<Relation> queries;
};

class Vetter {
 public:
  explicit Vetter(const Schema& schema) : schema_(schema) {}

  void statement(const json& node);

  bool failed() const { return error_.has_value(); }
  StatementError take_error() { return std::move(*error_); }
  VettedStatement take_result();

 private:
  struct Depth;  // counts recursion
  using Outputs = std::vector<OutputColumn>;

  // vet.cpp
  void refuse(std::string_view code, const std::string& message);
  void refuse_node(const std::string& kind);
  /// Refuses a node that has a key outside `keys`: what this list does not know, it does not allow.
  bool only(const json& node, std::string_view kind, std::initializer_list<std::string_view> keys);
  static std::string string_of(const json& node);  // {"String":{"sval":...}}; empty for anything else
  /// The list under `key`, empty when absent. Never copy a part of the tree: a copy recurses as deep as the tree, before Depth counts.
  static const json& list_of(const json& node, const char* key);
  /// Counts nodes, and refuses beyond the bound.
  void count(std::size_t nodes);
  /// Pays for looking at so many columns or names. False, and refused, when the statement has used up what one may cost.
  bool spend(std::size_t steps);
  bool spend_copy(std::size_t columns);
  /// False, and refused, when `outputs` would get more than guest_columns_max columns.
  bool room_for(const Outputs& outputs, std::size_t more);
  const Table* own_table(const std::string& name);

  // vet_statement.cpp
  Outputs select(const json& node, const Scope* outer, const WithScope* with, const std::vector<MaybeType>& expected = {});
  Outputs set_operation(const json& node, const Scope* outer, const WithScope* with, const std::vector<MaybeType>& expected);
  Outputs values_lists(const json& node, Scope& scope, const WithScope* with, const std::vector<MaybeType>& expected);
  void order_and_limit(const json& node, Scope& scope, const WithScope* with, const Outputs& outputs);
  void insert(const json& node);
  void update(const json& node);
  void remove(const json& node);
  void on_conflict(const json& node, const Table& table, const Scope& target, const WithScope* with);
  void assignments(const json& list, const Table& table, Scope& scope, const WithScope* with);
  Outputs targets(const json& list, Scope& scope, const WithScope* with, const std::vector<MaybeType>& expected = {});
  void returning(const json& node, Scope& scope, const WithScope* with);
  const Table* target_table(const json& node, Scope& scope);

  // vet_relation.cpp
  void with_clause(const json& node, const Scope* outer, WithScope& with);
  Outputs recursive_query(const json& query, const std::string& name, const std::vector<std::string>& names, const Scope* outer,
                          WithScope& with);
  void from_item(const json& node, Scope& scope, const WithScope* with);
  void join(const json& node, Scope& scope, const WithScope* with);
  void table_or_query(const json& node, Scope& scope, const WithScope* with);
  bool plain_range_var(const json& node);
  void add_relation(Relation relation, Scope& scope);
  void add_columns(const Relation& relation, Outputs& outputs);
  void expand_star(const json& fields, const Scope& scope, Outputs& outputs);

  // vet_expression.cpp
  MaybeType expression(const json& node, Scope& scope, const WithScope* with, const MaybeType& expected = std::nullopt);
  MaybeType column(const json& node, const Scope& scope);
  MaybeType constant(const json& node, const MaybeType& expected);
  MaybeType parameter(const json& node, const MaybeType& expected);
  MaybeType operation(const json& node, Scope& scope, const WithScope* with, const MaybeType& expected);
  MaybeType arithmetic(const std::string& sign, const json& node, Scope& scope, const WithScope* with, const MaybeType& expected);
  MaybeType like(const json& node, Scope& scope, const WithScope* with);
  MaybeType function(const json& node, Scope& scope, const WithScope* with, const MaybeType& expected);
  void bound_argument(const std::string& function, std::size_t index, const json& argument);
  MaybeType cast(const json& node, Scope& scope, const WithScope* with);
  MaybeType type_name(const json& node);
  MaybeType case_of(const json& node, Scope& scope, const WithScope* with, const MaybeType& expected);
  MaybeType sublink(const json& node, Scope& scope, const WithScope* with);
  bool plain_row(const json& node);
  MaybeType row(const json& node, Scope& scope, const WithScope* with);
  void window(const json& node, Scope& scope, const WithScope* with);
  /// Judges expressions that must agree in type; what has a type of its own decides for parameters and literals.
  MaybeType unified(const std::vector<const json*>& nodes, Scope& scope, const WithScope* with, const MaybeType& expected);
  void sort_items(const json& list, Scope& scope, const WithScope* with);
  void each(const json& list, Scope& scope, const WithScope* with);

  const Schema& schema_;
  VettedStatement result_;
  std::optional<StatementError> error_;
  std::set<std::string> tables_seen_;
  int depth_ = 0;
  std::size_t nodes_ = 0;  // visited, or referred to: see OutputColumn::weight
  std::size_t steps_ = 0;
};

/// Counts one level of recursion and one visited node, and refuses beyond the bounds. Each node of a tree is to be visited once; the
/// second bound holds should a visitor ever look twice.
struct Vetter::Depth {
  explicit Depth(Vetter& vetter) : vetter(vetter) {
    constexpr int depth_max = 200;
    if (++vetter.depth_ > depth_max) vetter.refuse("LIMIT", "the statement is nested too deeply");
    vetter.count(1);
  }
  ~Depth() { --vetter.depth_; }
  Depth(const Depth&) = delete;
  Depth& operator=(const Depth&) = delete;
  Vetter& vetter;
};

/// The name that PostgreSQL gives to a result column without an alias. REQUIRES: an accepted node.
std::string output_name(const json& node);

bool is_json_type(const ColumnType& type);

/// True for at most 64 characters.
bool is_short(std::string_view text);

/// The type without its length or scale: what a comparison asks for.
MaybeType bare(const MaybeType& type);

}  // namespace ingot::db
