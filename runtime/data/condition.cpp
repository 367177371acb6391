// SPDX-License-Identifier: Apache-2.0
#include "data/condition.hpp"

#include <array>
#include <utility>

namespace ingot::data {
namespace {

struct Operator {
  std::string_view name, sql;
};
constexpr std::array operators{Operator{"=", " = "},   Operator{"!=", " <> "}, Operator{"<", " < "},      Operator{"<=", " <= "},
                               Operator{">", " > "},   Operator{">=", " >= "}, Operator{"like", " LIKE "}};

class Conditions {
 public:
  Conditions(const db::Table& table, const std::string& alias, Statement& statement) : table_(table), alias_(alias), statement_(statement) {}

  Result<std::string> of(Slice condition, std::size_t depth) {
    if (depth > condition_depth_max) return wrong("'where' is nested more than " + std::to_string(condition_depth_max) + " deep");
    if (is_object(condition)) return combined(condition, depth);
    if (!is_array(condition)) return wrong("a condition of 'where' must be [column, operator, value], a list of conditions, or an object with 'and', 'or' or 'not'");
    const std::vector<Slice> items = elements(condition);
    if (!items.empty() && is_string(items.front())) return comparison(items);
    return joined(items, " AND ", depth);
  }

 private:
  Result<std::string> combined(Slice condition, std::size_t depth) {
    const std::vector<Member> all = members(condition);
    if (all.size() != 1) return wrong("an object in 'where' has exactly one of 'and', 'or' and 'not'");
    const auto& [name, value] = all.front();
    if (name == "not") {
      INGOT_TRY(const std::string inner, of(value, depth + 1));
      return "(NOT " + inner + ")";
    }
    if (name != "and" && name != "or") return wrong("an object in 'where' has one of 'and', 'or' and 'not', not '" + name + "'");
    if (!is_array(value)) return wrong("'" + name + "' in 'where' must be a list of conditions");
    return joined(elements(value), name == "and" ? " AND " : " OR ", depth);
  }

  /// Of none, all are true and not one is.
  Result<std::string> joined(const std::vector<Slice>& items, const char* word, std::size_t depth) {
    if (items.empty()) return "(" + alias_ + "id IS " + (word == std::string_view(" AND ") ? "NOT " : "") + "NULL)";
    std::string sql = "(";
    for (const Slice item : items) {
      INGOT_TRY(const std::string inner, of(item, depth + 1));
      if (sql.size() > 1) sql += word;
      sql += inner;
    }
    return sql + ")";
  }

  Result<std::string> comparison(const std::vector<Slice>& items) {
    if (items.size() != 3 || !is_string(items[1])) return wrong("a comparison in 'where' is [column, operator, value]");
    if (++comparisons_ > comparisons_max) return wrong("'where' has more than " + std::to_string(comparisons_max) + " comparisons");
    INGOT_TRY(const db::Column* const column, column_of(table_, text_of(items[0])));
    const std::string name = alias_ + column->name;
    const std::string op = text_of(items[1]);
    const Slice value = items[2];
    if (is_null(value)) {
      if (op == "=") return "(" + name + " IS NULL)";
      if (op == "!=") return "(" + name + " IS NOT NULL)";
      return wrong("null in 'where' is compared with '=' and '!=' only");
    }
    if (!is_compared(column->type)) return wrong("column '" + column->name + "' is of type " + db::type_text(column->type) + ": it is compared with null only");
    if (op == "in" || op == "not_in") return listed(*column, name, op == "in", value);
    for (const Operator& each : operators) {
      if (each.name != op) continue;
      if (op == "like" && !is_text(column->type)) return wrong("'like' is for columns of text, and '" + column->name + "' is none");
      if (is_object(value) || is_array(value)) return wrong("column '" + column->name + "' is compared with a plain value");
      return "(" + name + std::string(each.sql) + statement_.bind(value) + ")";
    }
    return wrong("unknown operator '" + op + "' in 'where'; there are = != < <= > >= like in not_in");
  }

  Result<std::string> listed(const db::Column& column, const std::string& name, bool in, Slice value) {
    if (!is_array(value)) return wrong("'in' and 'not_in' take a list of values");
    const std::vector<Slice> values = elements(value);
    if (values.size() > listed_values_max) return wrong("a list in 'where' has more than " + std::to_string(listed_values_max) + " values");
    if (values.empty()) return "(" + alias_ + "id IS " + (in ? "" : "NOT ") + "NULL)";
    std::string list;
    const auto add = [&](Slice each) { list += (list.empty() ? "" : ", ") + statement_.bind(each); };
    for (const Slice each : values) {
      if (is_null(each) || is_object(each) || is_array(each)) return wrong("the list for column '" + column.name + "' holds plain values, not null");
      add(each);
    }
    // Lists of nearly the same length are one statement to the database, which it prepares once.
    for (std::size_t length = values.size(); (length & (length - 1)) != 0; ++length) add(values.back());
    return "(" + name + (in ? " IN (" : " NOT IN (") + list + "))";
  }

  const db::Table& table_;
  const std::string& alias_;
  Statement& statement_;
  std::size_t comparisons_ = 0;
};

}  // namespace

Result<std::string> condition_sql(Slice where, const db::Table& table, const std::string& alias, Statement& statement) {
  if (!is_array(where) && !is_object(where)) return wrong("'where' must be a list of conditions");
  return Conditions(table, alias, statement).of(where, 1);
}

}  // namespace ingot::data
