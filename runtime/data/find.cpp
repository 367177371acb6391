// SPDX-License-Identifier: Apache-2.0
#include "data/find.hpp"

#include <algorithm>
#include <utility>

#include "base/base64url.hpp"
#include "data/condition.hpp"
#include "db/values.hpp"

namespace ingot::data {
namespace {

const std::string own = "t.";

enum class Deleted { exclude, include, only };

Result<Deleted> deleted_of(const Keys& keys) {
  if (keys.find("deleted") == nullptr) return Deleted::exclude;
  INGOT_TRY(const std::string word, keys.text("deleted"));
  if (word == "exclude") return Deleted::exclude;
  if (word == "include") return Deleted::include;
  if (word == "only") return Deleted::only;
  return wrong("'deleted' is 'exclude', 'include' or 'only'");
}

/// Different columns of the table, in the order given; all when nothing is.
Result<std::vector<const db::Column*>> fields_of(const Slice* fields, const db::Table& table) {
  std::vector<const db::Column*> columns;
  if (fields == nullptr) {
    for (const db::Column& column : table.columns) columns.push_back(&column);
    return columns;
  }
  if (!is_array(*fields)) return wrong("'fields' must be a list of columns");
  for (const Slice each : elements(*fields)) {
    if (!is_string(each)) return wrong("'fields' must be a list of columns");
    INGOT_TRY(const db::Column* const column, column_of(table, text_of(each)));
    if (std::ranges::find(columns, column) != columns.end()) return wrong("'fields' names '" + column->name + "' twice");
    columns.push_back(column);
  }
  if (columns.empty()) return wrong("'fields' is empty");
  return columns;
}

struct SortKey {
  const db::Column* column;
  bool descending;
  bool nullable() const { return column->nullable; }
};

/// As asked, and the id behind, so that no two rows are equal.
Result<std::vector<SortKey>> sort_of(const Slice* sort, const db::Table& table) {
  std::vector<SortKey> keys;
  if (sort != nullptr) {
    if (!is_array(*sort)) return wrong("'sort' must be a list of columns, each with a '-' in front for the greatest first");
    for (const Slice each : elements(*sort)) {
      if (!is_string(each)) return wrong("'sort' must be a list of columns, each with a '-' in front for the greatest first");
      std::string name = text_of(each);
      const bool descending = name.starts_with('-');
      if (descending) name.erase(0, 1);
      INGOT_TRY(const db::Column* const column, column_of(table, name));
      if (!is_compared(column->type)) return wrong("column '" + name + "' is of type " + db::type_text(column->type) + ", which has no order");
      if (std::ranges::find(keys, column, &SortKey::column) != keys.end()) return wrong("'sort' names '" + name + "' twice");
      keys.push_back({column, descending});
    }
    if (keys.size() > sort_keys_max) return wrong("'sort' names more than " + std::to_string(sort_keys_max) + " columns");
  }
  const db::Column* const id = table.find("id");
  if (std::ranges::find(keys, id, &SortKey::column) == keys.end()) keys.push_back({id, !keys.empty() && keys.back().descending});
  return keys;
}

std::string sort_text(const std::vector<SortKey>& keys) {
  std::string text;
  for (const SortKey& key : keys) text += (text.empty() ? "" : ",") + std::string(key.descending ? "-" : "") + key.column->name;
  return text;
}

/// The rows behind the one that has these sort keys. NULLs come last in either direction.
Result<std::string> behind(const Slice& after, const std::vector<SortKey>& keys, Statement& statement) {
  const auto refused = [] { return wrong("'after' is not what an answer to this request, with this 'sort', gave as 'next'"); };
  if (!is_string(after)) return refused();
  const auto text = from_base64url(text_of(after));
  constexpr std::size_t depth_max = 1;
  if (!text || !acceptable(*text, depth_max) || !is_array(whole(*text))) return refused();
  const std::vector<Slice> values = elements(whole(*text));
  if (values.size() != keys.size() + 1 || !is_string(values[0]) || text_of(values[0]) != sort_text(keys)) return refused();
  std::string either;
  for (std::size_t last = 0; last < keys.size(); ++last) {
    if (is_null(values[last + 1])) continue;  // nothing is behind NULL
    std::string all;
    for (std::size_t at = 0; at < last; ++at) {
      const std::string name = own + keys[at].column->name;
      all += is_null(values[at + 1]) ? name + " IS NULL AND " : name + " = " + statement.bind(values[at + 1]) + " AND ";
    }
    const std::string name = own + keys[last].column->name;
    std::string further = name + (keys[last].descending ? " < " : " > ") + statement.bind(values[last + 1]);
    if (keys[last].nullable()) further = "(" + further + " OR " + name + " IS NULL)";
    either += (either.empty() ? "(" : " OR (") + all + further + ")";
  }
  if (either.empty()) return refused();
  std::string condition = "(" + either + ")";
  // An index is entered by a plain bound only.
  const SortKey& first = keys.front();
  if (!first.nullable()) condition += " AND " + own + first.column->name + (first.descending ? " <= " : " >= ") + statement.bind(values[1]);
  return condition;
}

/// A name for the `number`th column that is none of the table's.
class Aliases {
 public:
  explicit Aliases(const db::Table& table) {
    while (std::ranges::any_of(table.columns, [&](const db::Column& column) { return column.name.starts_with(prefix_); })) prefix_ += "z";
  }
  std::string next() { return prefix_ + std::to_string(count_++); }

 private:
  std::string prefix_ = "z";
  std::size_t count_ = 0;
};

/// The parts of one SELECT.
struct Select {
  Reading reading;
  std::string columns, joins, conditions, order;

  void column(const std::string& sql, const std::string& alias) { columns += (columns.empty() ? "" : ", ") + sql + " AS " + alias; }
  void condition(const std::string& sql) { conditions += (conditions.empty() ? " WHERE " : " AND ") + sql; }
  Reading finish(const db::Table& table) {
    reading.statement.sql = "SELECT " + columns + " FROM " + table.name + " AS t" + joins + conditions + order + " LIMIT " + std::to_string(reading.limit + 1);
    return std::move(reading);
  }
};

/// Which rows there are for this caller.
void visible(Select& select, const Target& target, Deleted deleted, const std::string& tenant) {
  if (target.has_tenant) {
    std::string text;
    db::append_json_string(text, tenant);
    select.condition("t.tenant_id = " + select.reading.statement.bind(text));
  }
  if (deleted != Deleted::include) select.condition(deleted == Deleted::only ? "t.deleted_at IS NOT NULL" : "t.deleted_at IS NULL");
}

Result<void> join(Select& select, Slice with, const Target& target, const db::Schema& schema, Deleted deleted, const std::string& tenant, Aliases& aliases) {
  if (!is_object(with)) return wrong("'with' must be an object: {name: {\"by\": column, \"fields\": [...]}}");
  const std::vector<Member> all = members(with);
  if (all.size() > relations_max) return wrong("'with' names more than " + std::to_string(relations_max) + " relations");
  for (const auto& [name, value] : all) {
    if (!db::valid_identifier(name) || target.table->find(name) != nullptr) return wrong("'" + name + "' in 'with' must be a name that no column of the table has");
    for (const Relation& other : select.reading.relations) {
      if (other.name == name) return wrong("'with' has '" + name + "' twice");
    }
    INGOT_TRY(const Keys keys, Keys::read(value, "'" + name + "' in 'with'", {"by", "fields"}));
    INGOT_TRY(const std::string by, keys.text("by"));
    INGOT_TRY(const db::Column* const column, column_of(*target.table, by));
    const db::Table* const other = column->references ? schema.find(column->references->table) : nullptr;
    if (other == nullptr) return wrong("column '" + by + "' refers to no table: a migration says so with 'references' or 'add_foreign_key'");
    INGOT_TRY(const auto fields, fields_of(keys.find("fields"), *other));
    const std::string alias = aliases.next();
    std::string on = alias + "." + column->references->column + " = t." + by;
    if (deleted != Deleted::include) on += " AND " + alias + ".deleted_at IS NULL";
    if (is_of_tenants(*other)) {
      std::string text;
      db::append_json_string(text, tenant);
      on += " AND " + alias + ".tenant_id = " + select.reading.statement.bind(text);
    }
    select.joins += " LEFT JOIN " + other->name + " AS " + alias + " ON " + on;
    Relation relation{name, {}};
    select.column(alias + ".id", aliases.next());
    for (const db::Column* const field : fields) {
      select.column(alias + "." + field->name, aliases.next());
      relation.fields.push_back(field->name);
    }
    select.reading.relations.push_back(std::move(relation));
  }
  return {};
}

/// What "find" and "get" have in common.
Result<Select> begin(const Keys& keys, const Target& target, const db::Schema& schema, const std::string& tenant, Aliases& aliases) {
  Select select;
  INGOT_TRY(const auto fields, fields_of(keys.find("fields"), *target.table));
  for (const db::Column* const field : fields) select.column(own + field->name, field->name);
  select.reading.own_columns = fields.size();
  INGOT_TRY(const Deleted deleted, deleted_of(keys));
  if (const Slice* const with = keys.find("with")) INGOT_TRY_VOID(join(select, *with, target, schema, deleted, tenant, aliases));
  visible(select, target, deleted, tenant);
  return select;
}

/// One row's text, from its members.
std::string row_text(const Reading& reading, const std::vector<Member>& row) {
  std::string text = "{";
  const auto add = [&](const std::string& name, Slice value) {
    if (text.back() != '{') text += ',';
    db::append_json_string(text, name);
    text += ':';
    text += value;
  };
  std::size_t at = 0;
  for (; at < reading.own_columns; ++at) add(row[at].name, row[at].value);
  for (const Relation& relation : reading.relations) {
    const bool there = !is_null(row[at++].value);
    add(relation.name, there ? "{" : "null");
    for (const std::string& field : relation.fields) {
      if (there) add(field, row[at].value);
      ++at;
    }
    if (there) text += '}';
  }
  return text + "}";
}

std::string cursor_of(const Reading& reading, const std::vector<Member>& row) {
  std::string text = "[";
  db::append_json_string(text, reading.sort);
  for (std::size_t at = row.size() - reading.sort_keys; at < row.size(); ++at) text += "," + std::string(row[at].value);
  return to_base64url(text + "]");
}

}  // namespace

Result<Reading> read_find(Slice request, const db::Schema& schema, const std::string& tenant) {
  INGOT_TRY(const Keys keys, Keys::read(request, "'find'", {"op", "table", "fields", "where", "sort", "limit", "after", "deleted", "with"}));
  INGOT_TRY(const std::string table, keys.text("table"));
  INGOT_TRY(const Target target, target_of(schema, table));
  Aliases aliases(*target.table);
  INGOT_TRY(Select select, begin(keys, target, schema, tenant, aliases));
  Statement& statement = select.reading.statement;
  if (const Slice* const where = keys.find("where")) {
    INGOT_TRY(const std::string condition, condition_sql(*where, *target.table, own, statement));
    select.condition(condition);
  }
  INGOT_TRY(const std::vector<SortKey> sort, sort_of(keys.find("sort"), *target.table));
  if (const Slice* const after = keys.find("after"); after != nullptr && !is_null(*after)) {
    INGOT_TRY(const std::string condition, behind(*after, sort, statement));
    select.condition(condition);
  }
  for (const SortKey& key : sort) {
    const std::string name = own + key.column->name;
    // A time is shown with fewer digits than it may have; the cursor needs all of them.
    select.column(is_time(key.column->type) ? "CAST(" + name + " AS TEXT)" : name, aliases.next());
    select.order += (select.order.empty() ? " ORDER BY " : ", ") + name + (key.descending ? " DESC" : "") + (key.nullable() ? " NULLS LAST" : "");
  }
  select.reading.sort_keys = sort.size();
  select.reading.sort = sort_text(sort);
  select.reading.limit = page_rows_default;
  if (const Slice* const limit = keys.find("limit")) {
    const auto number = integer_of(*limit);
    if (!number || *number < 1 || *number > page_rows_max) return wrong("'limit' is a whole number from 1 to " + std::to_string(page_rows_max));
    select.reading.limit = *number;
  }
  return select.finish(*target.table);
}

Result<Reading> read_get(Slice request, const db::Schema& schema, const std::string& tenant) {
  INGOT_TRY(const Keys keys, Keys::read(request, "'get'", {"op", "table", "id", "fields", "deleted", "with"}));
  INGOT_TRY(const std::string table, keys.text("table"));
  INGOT_TRY(const Target target, target_of(schema, table));
  Aliases aliases(*target.table);
  INGOT_TRY(Select select, begin(keys, target, schema, tenant, aliases));
  const Slice* const id = keys.find("id");
  if (id == nullptr || !is_string(*id)) return wrong("'get' needs an 'id', a string");
  select.condition("t.id = " + select.reading.statement.bind(*id));
  return select.finish(*target.table);
}

Result<Statement> read_count(Slice request, const db::Schema& schema, const std::string& tenant) {
  INGOT_TRY(const Keys keys, Keys::read(request, "'count'", {"op", "table", "where", "deleted"}));
  INGOT_TRY(const std::string table, keys.text("table"));
  INGOT_TRY(const Target target, target_of(schema, table));
  INGOT_TRY(const Deleted deleted, deleted_of(keys));
  Select select;
  visible(select, target, deleted, tenant);
  if (const Slice* const where = keys.find("where")) {
    INGOT_TRY(const std::string condition, condition_sql(*where, *target.table, own, select.reading.statement));
    select.condition(condition);
  }
  Statement statement = std::move(select.reading.statement);
  statement.sql = "SELECT count(*) AS n FROM " + target.table->name + " AS t" + select.conditions;
  return statement;
}

std::string page_json(const Reading& reading, std::string_view rows_json) {
  const std::vector<Slice> rows = elements(whole(rows_json));
  const std::size_t shown = std::min(rows.size(), static_cast<std::size_t>(reading.limit));
  std::string text = R"({"rows":[)", next = "null";
  for (std::size_t at = 0; at < shown; ++at) {
    const std::vector<Member> row = members(rows[at]);
    if (at > 0) text += ',';
    text += row_text(reading, row);
    if (at + 1 == shown && rows.size() > shown) next = "\"" + cursor_of(reading, row) + "\"";
  }
  return text + R"(],"next":)" + next + "}";
}

std::optional<std::string> row_json(const Reading& reading, std::string_view rows_json) {
  const std::vector<Slice> rows = elements(whole(rows_json));
  if (rows.empty()) return std::nullopt;
  return row_text(reading, members(rows.front()));
}

}  // namespace ingot::data
