// SPDX-License-Identifier: Apache-2.0
// Expressions: a positive list of node kinds, operators, functions and cast types, with the logical type of each. A place whose
// type is known hands it down as `expected`, so that a parameter or a literal standing there learns it.
#include <algorithm>
#include <array>

#include "db/values.hpp"
#include "db/vet_internal.hpp"

namespace ingot::db {
namespace {

constexpr ColumnType of(TypeName name) { return {.name = name, .length = std::nullopt, .scale = std::nullopt}; }

/// What a function gives, told by its name and its first argument.
enum class Gives { text, bigint, first, sum, average, rounded };

struct Function {
  std::string_view name;
  std::size_t args_min;
  std::size_t args_max;
  bool aggregate;  ///< may have DISTINCT, FILTER, OVER
  bool window;     ///< must have OVER
  Gives gives;
};

// abi/EERP.md, "SQL that runs on both databases". coalesce, nullif, cast, case and exists have nodes of their own.
constexpr std::array functions{
    Function{"count", 0, 1, true, false, Gives::bigint},      Function{"sum", 1, 1, true, false, Gives::sum},
    Function{"avg", 1, 1, true, false, Gives::average},       Function{"min", 1, 1, true, false, Gives::first},
    Function{"max", 1, 1, true, false, Gives::first},         Function{"lower", 1, 1, false, false, Gives::text},
    Function{"upper", 1, 1, false, false, Gives::text},       Function{"length", 1, 1, false, false, Gives::bigint},
    Function{"ltrim", 1, 2, false, false, Gives::text},       Function{"rtrim", 1, 2, false, false, Gives::text},
    Function{"substr", 2, 3, false, false, Gives::text},      Function{"replace", 3, 3, false, false, Gives::text},
    Function{"abs", 1, 1, false, false, Gives::first},        Function{"round", 1, 2, false, false, Gives::rounded},
    Function{"row_number", 0, 0, false, true, Gives::bigint}, Function{"rank", 0, 0, false, true, Gives::bigint},
    Function{"dense_rank", 0, 0, false, true, Gives::bigint}, Function{"lag", 1, 3, false, true, Gives::first},
    Function{"lead", 1, 3, false, true, Gives::first},
};
constexpr Function trim{"btrim", 1, 2, false, false, Gives::text};  // what PostgreSQL's parser makes of TRIM(...)

const Function* find_function(std::string_view name) {
  const auto* const found = std::ranges::find(functions, name, &Function::name);
  return found == functions.end() ? nullptr : found;
}

struct CastType {
  std::string_view name;
  TypeName type;
};
// As PostgreSQL's parser spells them: keywords become pg_catalog names, the others stay as written.
constexpr std::array catalog_types{
    CastType{"varchar", TypeName::varchar},     CastType{"bpchar", TypeName::character},
    CastType{"bool", TypeName::boolean},        CastType{"int2", TypeName::smallint},
    CastType{"int4", TypeName::integer},        CastType{"int8", TypeName::bigint},
    CastType{"float4", TypeName::real},         CastType{"float8", TypeName::double_precision},
    CastType{"numeric", TypeName::numeric},     CastType{"time", TypeName::time},
    CastType{"timestamp", TypeName::timestamp},
};
constexpr std::array plain_types{
    CastType{"text", TypeName::text}, CastType{"date", TypeName::date},   CastType{"timestamptz", TypeName::timestamptz},
    CastType{"uuid", TypeName::uuid}, CastType{"jsonb", TypeName::jsonb}, CastType{"json", TypeName::json},
};

bool is_number(TypeName name) {
  return name == TypeName::smallint || name == TypeName::integer || name == TypeName::bigint || name == TypeName::real ||
         name == TypeName::double_precision || name == TypeName::numeric;
}

bool is_whole(TypeName name) { return name == TypeName::smallint || name == TypeName::integer || name == TypeName::bigint; }

/// True for what takes its type from its place: a parameter, a string or NULL.
bool is_untyped(const json& node) {
  if (node.contains("ParamRef")) return true;
  return node.contains("A_Const") && (node["A_Const"].contains("sval") || node["A_Const"].contains("isnull"));
}

MaybeType result_type(Gives gives, const MaybeType& first, std::size_t arg_count) {
  switch (gives) {
    case Gives::text:
      return of(TypeName::text);
    case Gives::bigint:
      return of(TypeName::bigint);
    case Gives::first:
      return first;
    case Gives::sum:
      if (!first || !is_whole(first->name)) return bare(first);
      return of(TypeName::bigint);
    case Gives::average:
      return of(TypeName::double_precision);
    case Gives::rounded:
      if (arg_count == 2 || (first && first->name == TypeName::numeric)) return of(TypeName::numeric);
      return of(TypeName::double_precision);
  }
  return std::nullopt;
}

/// PostgreSQL's rule for naming a column: 2 a name of its own, 1 a weak name that an outer cast may replace, 0 none.
int figure_name(const json& node, std::string& name) {
  if (node.contains("ColumnRef")) {
    name = node["ColumnRef"]["fields"].back()["String"].value("sval", "");
    return 2;
  }
  if (node.contains("FuncCall")) {
    name = node["FuncCall"]["funcname"].back()["String"].value("sval", "");
    return 2;
  }
  if (node.contains("A_Expr") && node["A_Expr"].value("kind", "") == "AEXPR_NULLIF") return name = "nullif", 2;
  if (node.contains("CoalesceExpr")) return name = "coalesce", 2;
  if (node.contains("SQLValueFunction")) {
    name = node["SQLValueFunction"].value("op", "") == "SVFOP_CURRENT_DATE" ? "current_date" : "current_timestamp";
    return 2;
  }
  if (node.contains("TypeCast")) {
    const int strength = figure_name(node["TypeCast"]["arg"], name);
    if (strength > 1) return strength;
    name = node["TypeCast"]["typeName"]["names"].back()["String"].value("sval", "");
    return 1;
  }
  if (node.contains("CaseExpr")) {
    const int strength = node["CaseExpr"].contains("defresult") ? figure_name(node["CaseExpr"]["defresult"], name) : 0;
    if (strength > 1) return strength;
    name = "case";
    return 1;
  }
  if (node.contains("SubLink")) {
    const json& link = node["SubLink"];
    if (link.value("subLinkType", "") == "EXISTS_SUBLINK") return name = "exists", 2;
    if (link.value("subLinkType", "") != "EXPR_SUBLINK") return 0;
    const json* query = &link["subselect"]["SelectStmt"];
    while (query->contains("larg")) query = &(*query)["larg"];
    if (!query->contains("targetList")) return 0;
    const json& target = (*query)["targetList"].front()["ResTarget"];
    if (target.contains("name")) return name = target["name"].get<std::string>(), 2;
    return figure_name(target["val"], name);
  }
  return 0;
}

}  // namespace

std::string output_name(const json& node) {
  std::string name;
  return figure_name(node, name) > 0 && !name.empty() ? name : "?column?";
}

bool is_json_type(const ColumnType& type) { return type.name == TypeName::json || type.name == TypeName::jsonb; }

MaybeType bare(const MaybeType& type) { return type ? MaybeType(of(type->name)) : std::nullopt; }

MaybeType Vetter::expression(const json& node, Scope& scope, const WithScope* with, const MaybeType& expected) {
  const Depth depth(*this);
  if (failed()) return std::nullopt;
  if (!node.is_object() || node.size() != 1) return refuse_node("expression"), std::nullopt;
  const std::string& kind = node.begin().key();
  const json& inner = *node.begin();
  if (kind == "ColumnRef") return column(inner, scope);
  if (kind == "A_Const") return constant(inner, expected);
  if (kind == "ParamRef") return parameter(inner, expected);
  if (kind == "A_Expr") return operation(inner, scope, with, expected);
  if (kind == "FuncCall") return function(inner, scope, with, expected);
  if (kind == "TypeCast") return cast(inner, scope, with);
  if (kind == "CaseExpr") return case_of(inner, scope, with, expected);
  if (kind == "SubLink") return sublink(inner, scope, with);
  if (kind == "RowExpr") return row(inner, scope, with);
  if (kind == "BoolExpr") {
    if (only(inner, "AND/OR/NOT", {"boolop", "args", "location"})) {
      for (const json& item : inner["args"]) expression(item, scope, with, of(TypeName::boolean));
    }
    return of(TypeName::boolean);
  }
  if (kind == "NullTest" || kind == "BooleanTest") {
    if (!only(inner, "IS", {"arg", "nulltesttype", "booltesttype", "location"})) return std::nullopt;
    const json& tested = inner["arg"];
    expression(tested, scope, with, kind == "BooleanTest" ? MaybeType(of(TypeName::boolean)) : std::nullopt);
    if (!failed() && kind == "NullTest" && tested.contains("ParamRef")) {
      result_.null_tested.insert(static_cast<std::size_t>(tested["ParamRef"].value("number", 0) - 1));
    }
    return of(TypeName::boolean);
  }
  if (kind == "CoalesceExpr") {
    if (!only(inner, "coalesce", {"args", "location"})) return std::nullopt;
    std::vector<const json*> nodes;
    for (const json& item : inner["args"]) nodes.push_back(&item);
    return unified(nodes, scope, with, expected);
  }
  if (kind == "SQLValueFunction") {
    if (!only(inner, "current_timestamp", {"op", "typmod", "location"})) return std::nullopt;
    const std::string op = inner.value("op", "");
    result_.reads_clock = true;
    if (inner.value("typmod", 0) == -1 && op == "SVFOP_CURRENT_TIMESTAMP") return of(TypeName::timestamptz);
    if (op == "SVFOP_CURRENT_DATE") return of(TypeName::date);
    refuse("NOT_ALLOWED", "of the session's values only current_timestamp and current_date may be read");
    return std::nullopt;
  }
  refuse_node(kind);
  return std::nullopt;
}

void Vetter::each(const json& list, Scope& scope, const WithScope* with) {
  for (const json& item : list) expression(item, scope, with);
}

/// [column] or [table, column]. A qualified name must be a column of every table in sight that has the alias: PostgreSQL would
/// take any other word for a function of the row.
MaybeType Vetter::column(const json& node, const Scope& scope) {
  if (!only(node, "column", {"fields", "location"})) return std::nullopt;
  const json& fields = node["fields"];
  if (fields.empty() || fields.size() > 2) return refuse_node("qualified name"), std::nullopt;
  const std::string name = string_of(fields.back());
  if (name.empty()) return refuse_node("*"), std::nullopt;
  if (fields.size() == 1) {
    for (const Scope* level = &scope; level != nullptr; level = level->parent) {
      for (const Relation& relation : level->relations) {
        if (!spend(relation.columns.size())) return std::nullopt;
        if (const OutputColumn* found = relation.find(name)) return count(found->weight), found->type;
      }
      if (level->outputs == nullptr) continue;
      if (!spend(level->outputs->size())) return std::nullopt;
      for (const OutputColumn& output : *level->outputs) {
        if (output.name == name) return count(output.weight), output.type;
      }
    }
    return refuse("INVALID_SQL", "there is no column '" + name + "'"), std::nullopt;
  }
  const std::string alias = string_of(fields.front());
  const OutputColumn* nearest = nullptr;
  for (const Scope* level = &scope; level != nullptr; level = level->parent) {
    if (!spend(level->relations.size())) return std::nullopt;
    for (const Relation& relation : level->relations) {
      if (relation.alias != alias) continue;
      if (!spend(relation.columns.size())) return std::nullopt;
      const OutputColumn* found = relation.find(name);
      if (found == nullptr) return refuse("INVALID_SQL", "'" + alias + "' has no column '" + name + "'"), std::nullopt;
      if (nearest == nullptr) nearest = found;
    }
  }
  if (nearest == nullptr) return refuse("INVALID_SQL", "no table '" + alias + "' in the statement"), std::nullopt;
  count(nearest->weight);
  return nearest->type;
}

MaybeType Vetter::constant(const json& node, const MaybeType& expected) {
  if (!only(node, "value", {"ival", "fval", "sval", "boolval", "isnull", "location"})) return std::nullopt;
  if (node.contains("isnull")) return expected;
  if (node.contains("boolval")) return of(TypeName::boolean);
  const int location = node.value("location", 0);
  if (node.contains("sval")) {
    if (!expected) return of(TypeName::text);
    if (is_json_type(*expected) && !is_json(node["sval"].value("sval", "")))
      return refuse("INVALID_PARAMS", "a text that is not JSON"), expected;
    if (location >= 0) result_.literals.push_back({static_cast<std::size_t>(location), *expected});
    return expected;
  }
  if (expected && expected->name == TypeName::numeric && location >= 0) {
    result_.literals.push_back({static_cast<std::size_t>(location), *expected});
  }
  if (node.contains("ival")) return of(TypeName::integer);
  const std::string digits = node["fval"].value("fval", "");
  return of(digits.find_first_not_of("0123456789") == std::string::npos && digits.size() < 19 ? TypeName::bigint : TypeName::numeric);
}

MaybeType Vetter::parameter(const json& node, const MaybeType& expected) {
  const int number = node.value("number", 0);
  constexpr int number_max = 32'766;
  if (number < 1 || number > number_max) return refuse("INVALID_PARAMS", "parameters are $1 to $32766"), std::nullopt;
  const auto index = static_cast<std::size_t>(number - 1);
  if (result_.param_types.size() <= index) result_.param_types.resize(index + 1);
  if (expected && is_json_type(*expected)) result_.json_params.insert(index);
  MaybeType& type = result_.param_types[index];
  if (!type) type = expected;
  return type;
}

MaybeType Vetter::unified(const std::vector<const json*>& nodes, Scope& scope, const WithScope* with, const MaybeType& expected) {
  MaybeType type = expected;
  for (const json* node : nodes) {
    if (is_untyped(*node)) continue;
    const MaybeType found = expression(*node, scope, with, expected);
    if (!type) type = found;
  }
  for (const json* node : nodes) {
    if (!is_untyped(*node)) continue;
    const MaybeType found = expression(*node, scope, with, type);
    if (!type) type = found;
  }
  return type;
}

MaybeType Vetter::operation(const json& node, Scope& scope, const WithScope* with, const MaybeType& expected) {
  if (!only(node, "operator", {"kind", "name", "lexpr", "rexpr", "location"})) return std::nullopt;
  const std::string kind = node.value("kind", "");
  const std::string sign = node["name"].size() == 1 ? string_of(node["name"][0]) : std::string();
  const json& right = node["rexpr"];
  if (kind == "AEXPR_OP" && (sign == "+" || sign == "-" || sign == "*" || sign == "/" || sign == "%" || sign == "||")) {
    return arithmetic(sign, node, scope, with, expected);
  }
  if (!node.contains("lexpr")) return refuse_node("operator " + sign), std::nullopt;
  const json& left = node["lexpr"];
  if (kind == "AEXPR_LIKE" && (sign == "~~" || sign == "!~~")) return like(node, scope, with);
  if (kind == "AEXPR_NULLIF") {
    const MaybeType type = unified({&left, &right}, scope, with, expected);
    return type;
  }
  constexpr std::array comparisons{"=", "<>", "<", ">", "<=", ">="};
  const bool compares = (kind == "AEXPR_OP" || kind == "AEXPR_DISTINCT" || kind == "AEXPR_NOT_DISTINCT") &&
                        std::ranges::find(comparisons, sign) != comparisons.end();
  const bool lists = kind == "AEXPR_IN" || kind == "AEXPR_BETWEEN" || kind == "AEXPR_NOT_BETWEEN";
  if (!compares && !lists) return refuse_node("operator " + sign), std::nullopt;
  if (compares && left.contains("RowExpr") && right.contains("RowExpr")) {
    const json& a = list_of(left["RowExpr"], "args");
    const json& b = list_of(right["RowExpr"], "args");
    if (a.size() != b.size()) return refuse("INVALID_SQL", "rows of different sizes are compared"), std::nullopt;
    // Not row(): it would walk the elements, and what is walked twice at each level is walked 2^depth times.
    if (!plain_row(left["RowExpr"]) || !plain_row(right["RowExpr"])) return std::nullopt;
    for (std::size_t i = 0; i < a.size(); ++i) unified({&a[i], &b[i]}, scope, with, std::nullopt);
    return of(TypeName::boolean);
  }
  std::vector<const json*> nodes{&left};
  if (lists) {
    if (!right.contains("List")) return refuse_node("list"), std::nullopt;
    for (const json& item : right["List"]["items"]) nodes.push_back(&item);
  } else {
    nodes.push_back(&right);
  }
  // A comparison looks at values as they are: a scale or length would round or cut the parameter first.
  MaybeType type;
  for (const json* item : nodes) {
    if (is_untyped(*item)) continue;
    const MaybeType found = expression(*item, scope, with);
    if (!type) type = bare(found);
  }
  for (const json* item : nodes) {
    if (is_untyped(*item)) expression(*item, scope, with, type);
  }
  return of(TypeName::boolean);
}

MaybeType Vetter::arithmetic(const std::string& sign, const json& node, Scope& scope, const WithScope* with, const MaybeType& expected) {
  std::vector<const json*> nodes;
  if (node.contains("lexpr")) nodes.push_back(&node["lexpr"]);
  nodes.push_back(&node["rexpr"]);
  if (sign == "||") {
    if (nodes.size() != 2) return refuse_node("operator ||"), std::nullopt;
    result_.growing.push_back(node.value("location", std::size_t{0}));
    for (const json* item : nodes) expression(*item, scope, with, is_untyped(*item) ? MaybeType(of(TypeName::text)) : std::nullopt);
    return of(TypeName::text);
  }
  if (nodes.size() == 1 && sign != "-" && sign != "+") return refuse_node("operator " + sign), std::nullopt;
  MaybeType type;
  for (const json* item : nodes) {
    if (is_untyped(*item)) continue;
    const MaybeType found = expression(*item, scope, with);
    if (!found) continue;
    if (!is_number(found->name)) {
      // Dates would be intervals on PostgreSQL and nonsense on SQLite.
      return refuse("INVALID_SQL", "arithmetic takes numbers, not " + type_text(*found)), std::nullopt;
    }
    const auto rank = [](TypeName name) {
      constexpr std::array order{TypeName::smallint, TypeName::integer, TypeName::bigint,
                                 TypeName::numeric,  TypeName::real,    TypeName::double_precision};
      return std::ranges::find(order, name) - order.begin();
    };
    if (!type || rank(found->name) > rank(type->name)) type = bare(found);
  }
  for (const json* item : nodes) {
    if (is_untyped(*item)) expression(*item, scope, with, type ? type : bare(expected));
  }
  return type;
}

MaybeType Vetter::like(const json& node, Scope& scope, const WithScope* with) {
  const MaybeType text = of(TypeName::text);
  expression(node["lexpr"], scope, with, is_untyped(node["lexpr"]) ? text : std::nullopt);
  const json& pattern = node["rexpr"];
  if (pattern.contains("FuncCall") && pattern["FuncCall"]["funcname"].size() == 2) {  // LIKE ... ESCAPE ...
    const json& call = pattern["FuncCall"];
    const json& names = call["funcname"];
    if (!only(call, "ESCAPE", {"funcname", "args", "funcformat", "location"})) return std::nullopt;
    if (string_of(names[0]) != "pg_catalog" || string_of(names[1]) != "like_escape" || call["args"].size() != 2) {
      return refuse("NOT_ALLOWED", "functions are named without a schema"), std::nullopt;
    }
    for (const json& item : call["args"]) expression(item, scope, with, text);
    return of(TypeName::boolean);
  }
  expression(pattern, scope, with, text);
  return of(TypeName::boolean);
}

MaybeType Vetter::function(const json& node, Scope& scope, const WithScope* with, const MaybeType& expected) {
  if (!only(node, "function", {"funcname", "args", "agg_filter", "agg_star", "agg_distinct", "over", "funcformat", "location"})) {
    return std::nullopt;
  }
  const json& names = node["funcname"];
  const std::string name = string_of(names.back());
  const bool sql_syntax = node.value("funcformat", "") == "COERCE_SQL_SYNTAX";
  const Function* known = nullptr;
  if (names.size() == 1 && !sql_syntax) known = find_function(name);
  if (names.size() == 2 && sql_syntax && string_of(names[0]) == "pg_catalog" && name == trim.name) known = &trim;
  if (known == nullptr) {
    return refuse("NOT_ALLOWED", "the function '" + name + "' is not one that modules may call"), std::nullopt;
  }
  const json& args = list_of(node, "args");
  const bool star = node.value("agg_star", false);
  if (args.size() < known->args_min || args.size() > known->args_max || (known->name == "count" && star != args.empty()) ||
      (star && known->name != "count")) {
    return refuse("INVALID_SQL", "'" + name + "' is called with the wrong number of arguments"), std::nullopt;
  }
  if (!known->aggregate && (node.contains("agg_filter") || node.contains("agg_distinct"))) {
    return refuse("INVALID_SQL", "'" + name + "' is not an aggregate"), std::nullopt;
  }
  if (known->window != node.contains("over") && !(known->aggregate && node.contains("over"))) {
    return refuse("INVALID_SQL", "'" + name + "' and OVER do not fit"), std::nullopt;
  }
  const bool takes_text = known->gives == Gives::text || known->name == "length";
  MaybeType first;
  for (std::size_t i = 0; i < args.size(); ++i) {
    MaybeType place;
    if (takes_text && (i == 0 || known->name != "substr")) place = of(TypeName::text);
    if ((known->name == "substr" || known->name == "round" || known->window) && i == 1) place = of(TypeName::integer);
    if (known->name == "substr" && i == 2) place = of(TypeName::integer);
    if (known->window && i == 2) place = first;
    if (known->gives == Gives::first && i == 0) place = expected;
    const MaybeType found = expression(args[i], scope, with, is_untyped(args[i]) ? place : std::nullopt);
    if (i == 0) first = found;
    if (!failed() && i > 0) bound_argument(name, i, args[i]);
  }
  if (name == "replace") result_.growing.push_back(node.value("location", std::size_t{0}));
  if (node.contains("agg_filter")) expression(node["agg_filter"], scope, with);
  if (node.contains("over")) window(node["over"], scope, with);
  return result_type(known->gives, first, args.size());
}

/// Searching one text for another takes the product of their lengths, inside a single step of the database. So the other one is short.
void Vetter::bound_argument(const std::string& function, std::size_t index, const json& argument) {
  const bool trims = function == "btrim" || function == "ltrim" || function == "rtrim";
  if (!trims && function != "replace") return;
  const std::string text = "a text of at most 64 characters in '" + function + "'";
  if (function == "replace" && argument.contains("ParamRef")) {
    result_.short_params.insert(argument["ParamRef"].value("number", std::size_t{1}) - 1);  // and check_call() looks at the value
    return;
  }
  const json* value = argument.contains("A_Const") && argument["A_Const"].contains("sval") ? &argument["A_Const"]["sval"] : nullptr;
  if (value == nullptr) return refuse("NOT_ALLOWED", "argument " + std::to_string(index + 1) + " must be " + text + ", written out");
  if (!is_short(value->value("sval", ""))) refuse("NOT_ALLOWED", "argument " + std::to_string(index + 1) + " must be " + text);
}

void Vetter::window(const json& node, Scope& scope, const WithScope* with) {
  if (failed() ||
      !only(node, "OVER", {"name", "refname", "partitionClause", "orderClause", "frameOptions", "startOffset", "endOffset", "location"})) {
    return;
  }
  if (node.contains("partitionClause")) each(node["partitionClause"], scope, with);
  if (node.contains("orderClause")) sort_items(node["orderClause"], scope, with);
  if (node.contains("startOffset")) expression(node["startOffset"], scope, with);
  if (node.contains("endOffset")) expression(node["endOffset"], scope, with);
}

void Vetter::sort_items(const json& list, Scope& scope, const WithScope* with) {
  for (const json& item : list) {
    if (failed()) return;
    if (!item.contains("SortBy")) return refuse_node("ORDER BY");
    const json& sort = item["SortBy"];
    if (!only(sort, "ORDER BY", {"node", "sortby_dir", "sortby_nulls", "location"})) return;
    if (sort.value("sortby_dir", "") == "SORTBY_USING") return refuse_node("ORDER BY ... USING");
    expression(sort["node"], scope, with);
  }
}

MaybeType Vetter::type_name(const json& node) {
  if (!only(node, "type", {"names", "typmods", "typemod", "location"})) return std::nullopt;
  const json& names = node["names"];
  const std::string name = string_of(names.back());
  MaybeType type;
  const auto look_up = [&](const auto& list) {
    for (const CastType& candidate : list) {
      if (candidate.name == name) type = of(candidate.type);
    }
  };
  if (names.size() == 1) look_up(plain_types);
  if (names.size() == 2 && string_of(names[0]) == "pg_catalog") look_up(catalog_types);
  if (!type) return refuse("NOT_ALLOWED", "a cast to '" + name + "' is not allowed"), std::nullopt;
  std::vector<int> arguments;
  for (const json& item : list_of(node, "typmods")) {
    if (!item.contains("A_Const") || !item["A_Const"].contains("ival")) return refuse_node("type argument"), std::nullopt;
    arguments.push_back(item["A_Const"]["ival"].value("ival", 0));
  }
  if (type->name == TypeName::numeric && !arguments.empty() && arguments.size() <= 2) {
    type->length = arguments[0];
    type->scale = arguments.size() == 2 ? arguments[1] : 0;
  }
  return type;
}

MaybeType Vetter::cast(const json& node, Scope& scope, const WithScope* with) {
  if (!only(node, "cast", {"arg", "typeName", "location"})) return std::nullopt;
  const MaybeType type = type_name(node["typeName"]);
  if (failed()) return std::nullopt;
  const MaybeType from = expression(node["arg"], scope, with, is_untyped(node["arg"]) ? type : std::nullopt);
  // PostgreSQL writes a number of JSONB out: 1e131071 becomes 128 KiB. is_json() knows such numbers, where it gets to see the text.
  if (type && is_json_type(*type) && !is_untyped(node["arg"]) && !(from && is_json_type(*from))) {
    refuse("NOT_ALLOWED", "only a parameter, a literal or JSON can be cast to " + type_text(*type));
  }
  if (from && from->name == TypeName::bytea) refuse("NOT_ALLOWED", "BYTEA cannot be cast");
  return type;
}

MaybeType Vetter::case_of(const json& node, Scope& scope, const WithScope* with, const MaybeType& expected) {
  if (!only(node, "CASE", {"arg", "args", "defresult", "location"})) return std::nullopt;
  std::vector<const json*> tested;
  std::vector<const json*> results;
  if (node.contains("arg")) tested.push_back(&node["arg"]);
  for (const json& item : node["args"]) {
    if (!item.contains("CaseWhen")) return refuse_node("CASE"), std::nullopt;
    const json& when = item["CaseWhen"];
    if (!only(when, "WHEN", {"expr", "result", "location"})) return std::nullopt;
    tested.push_back(&when["expr"]);
    results.push_back(&when["result"]);
  }
  if (node.contains("defresult")) results.push_back(&node["defresult"]);
  unified(tested, scope, with, node.contains("arg") ? std::nullopt : MaybeType(of(TypeName::boolean)));
  return unified(results, scope, with, expected);
}

MaybeType Vetter::sublink(const json& node, Scope& scope, const WithScope* with) {
  if (!only(node, "subquery", {"subLinkType", "testexpr", "subselect", "location"})) return std::nullopt;
  const std::string kind = node.value("subLinkType", "");
  if (!node["subselect"].contains("SelectStmt")) return refuse_node("subquery"), std::nullopt;
  const Outputs outputs = select(node["subselect"]["SelectStmt"], &scope, with);
  if (kind == "EXISTS_SUBLINK") return of(TypeName::boolean);
  if (kind == "EXPR_SUBLINK") return outputs.size() == 1 ? outputs.front().type : std::nullopt;
  if (kind != "ANY_SUBLINK") return refuse_node("subquery operator"), std::nullopt;
  if (node.contains("testexpr")) {
    const MaybeType type = outputs.size() == 1 ? bare(outputs.front().type) : std::nullopt;
    expression(node["testexpr"], scope, with, is_untyped(node["testexpr"]) ? type : std::nullopt);
  }
  return of(TypeName::boolean);
}

bool Vetter::plain_row(const json& node) {
  if (!only(node, "row", {"args", "row_format", "location"})) return false;
  if (node.value("row_format", "") != "COERCE_IMPLICIT_CAST") return refuse_node("ROW()"), false;
  return true;
}

MaybeType Vetter::row(const json& node, Scope& scope, const WithScope* with) {
  if (!plain_row(node)) return std::nullopt;
  for (const json& item : list_of(node, "args")) {
    if (!is_untyped(item)) expression(item, scope, with);
  }
  return std::nullopt;
}

}  // namespace ingot::db
