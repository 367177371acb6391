// SPDX-License-Identifier: Apache-2.0
#include "data/statement.hpp"

#include <algorithm>
#include <utility>

#include "db/values.hpp"

namespace ingot::data {
namespace {

bool is_json(const db::ColumnType& type) { return type.name == db::TypeName::json || type.name == db::TypeName::jsonb; }

bool is_whole(const db::ColumnType& type) {
  return type.name == db::TypeName::smallint || type.name == db::TypeName::integer || type.name == db::TypeName::bigint;
}

}  // namespace

std::string Statement::bind(std::string_view value) {
  if (count_ > 0) params_ += ',';
  params_ += value;
  return "$" + std::to_string(++count_);
}

std::string Statement::bind(std::string_view value, const db::Column& column) {
  // An object or an array is JSON text for the database as it is. Of a string or a number the column shall hold the JSON too, not what it stands for.
  if (!is_json(column.type) || is_null(value) || is_object(value) || is_array(value)) return bind(value);
  std::string text;
  db::append_json_string(text, value);
  return bind(text);
}

bool is_text(const db::ColumnType& type) {
  return type.name == db::TypeName::text || type.name == db::TypeName::varchar || type.name == db::TypeName::character;
}
bool is_compared(const db::ColumnType& type) { return !is_json(type) && type.name != db::TypeName::bytea; }
bool is_time(const db::ColumnType& type) {
  return type.name == db::TypeName::timestamp || type.name == db::TypeName::timestamptz || type.name == db::TypeName::time;
}

bool is_of_tenants(const db::Table& table) {
  const db::Column* const tenant = table.find("tenant_id");
  return tenant != nullptr && is_text(tenant->type);
}

Result<Target> target_of(const db::Schema& schema, const std::string& table) {
  const db::Table* const found = schema.find(table);
  if (found == nullptr) return wrong("this module has no table '" + table + "'");
  const db::Column* const version = found->find("version");
  return Target{found, is_of_tenants(*found), version != nullptr && is_whole(version->type)};
}

Result<const db::Column*> column_of(const db::Table& table, const std::string& column) {
  const db::Column* const found = table.find(column);
  if (found == nullptr) return wrong("table '" + table.name + "' has no column '" + column + "'");
  return found;
}

Result<Keys> Keys::read(Slice object, const std::string& what, const std::vector<std::string_view>& known) {
  if (!is_object(object)) return wrong(what + " must be an object");
  Keys keys;
  keys.what_ = what;
  keys.members_ = members(object);
  for (std::size_t at = 0; at < keys.members_.size(); ++at) {
    const std::string& name = keys.members_[at].name;
    if (std::ranges::find(known, name) == known.end()) return wrong(what + " has an unknown key '" + name + "'");
    for (std::size_t before = 0; before < at; ++before) {
      if (keys.members_[before].name == name) return wrong(what + " has the key '" + name + "' twice");
    }
  }
  return keys;
}

const Slice* Keys::find(std::string_view name) const {
  const auto found = std::ranges::find(members_, name, &Member::name);
  return found == members_.end() ? nullptr : &found->value;
}

Result<std::string> Keys::text(std::string_view name) const {
  const Slice* const value = find(name);
  if (value == nullptr) return wrong(what_ + " has no key '" + std::string(name) + "'");
  if (!is_string(*value)) return wrong(what_ + ": '" + std::string(name) + "' must be a string");
  return text_of(*value);
}

}  // namespace ingot::data
