// SPDX-License-Identifier: Apache-2.0
// From the text that a module's migrate() gave to versions that are known to fit together.
#include <limits>

#include "db/migrate_ops.hpp"
#include "db/sql_text.hpp"

namespace ingot::db {
namespace {

using nlohmann::json;

constexpr std::size_t text_bytes_max = std::size_t{1} << 20;
constexpr std::size_t versions_max = 10'000;
constexpr std::size_t operations_max = 10'000;  // of one version

Error refused(const std::string& where, const std::string& why) { return Error{ErrorCode::migration, where + ": " + why}; }

/// A module's name becomes a schema's name on PostgreSQL: quoted, but never one that means something else there.
bool valid_module(std::string_view name) {
  constexpr std::size_t bytes_max = 63;
  if (name.empty() || name.size() > bytes_max || name.starts_with('.') || name.starts_with('-')) return false;
  for (char c : name) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!letter && !(c >= '0' && c <= '9') && c != '_' && c != '-' && c != '.') return false;
  }
  return !name.starts_with("pg_") && name != "ingot" && name != "public" && name != "information_schema";
}

}  // namespace

MigrationSet MigrationSet::empty(std::string_view module) {
  MigrationSet set;
  set.module_ = module;
  set.schema_.module = module;
  set.operations_ = std::make_shared<const std::vector<Operations>>();
  return set;
}

Result<MigrationSet> MigrationSet::parse(std::string_view module, std::string_view json_text) try {
  MigrationSet set = empty(module);
  const std::string whole = "the migrations of '" + std::string(module.substr(0, 63)) + "'";
  if (!valid_module(module)) return refused(whole, "the module's name cannot name a schema");
  if (json_text.size() > text_bytes_max) return refused(whole, "the text is longer than 1 MiB");
  json text = json::parse(json_text, nullptr, false);
  if (text.is_discarded()) return refused(whole, "the text is not valid JSON");
  if (text.is_object()) text = json::array({std::move(text)});
  if (!text.is_array()) return refused(whole, "the text must be an object or a list of objects");
  if (text.size() > versions_max) return refused(whole, "too many versions");

  Model model;
  std::vector<Operations> operations;
  int last = 0;
  for (const json& node : text) {
    const auto number = node.is_object() ? node.find("version") : node.end();
    if (!node.is_object() || number == node.end() || !number->is_number_integer())
      return refused(whole, "'version' must be a whole number");
    if (*number < 1 || *number > std::numeric_limits<int>::max()) return refused(whole, "version " + number->dump() + " is out of range");
    MigrationVersion version;
    version.version = number->get<int>();
    const std::string where = whole + ", version " + std::to_string(version.version);
    if (version.version <= last) return refused(where, "versions must rise (the one before is " + std::to_string(last) + ")");
    last = version.version;
    if (node.contains("entity")) {
      if (!node["entity"].is_string()) return refused(where, "'entity' must be a string");
      version.entity = node["entity"].get<std::string>();
      if (version.entity.find('\0') != std::string::npos) return refused(where, "'entity' holds a NUL character");
    }
    if (!node.contains("operations") || !node["operations"].is_array()) return refused(where, "'operations' must be a list");
    const json& list = node["operations"];
    if (list.size() > operations_max) return refused(where, "too many operations");
    Operations parsed;
    json canonical = json::array();
    for (std::size_t i = 0; i < list.size(); ++i) {
      const std::string place = where + ", operations[" + std::to_string(i) + "]";
      auto operation = parse_operation(list[i]);
      if (!operation) return std::move(operation).error().with_context(place);
      if (auto applied = model.apply(*operation); !applied) return std::move(applied).error().with_context(place);
      canonical.push_back(canonical_json(*operation));
      parsed.list.push_back(std::move(operation).value());
    }
    version.canonical = canonical.dump();
    version.checksum = sha256_hex(version.canonical);
    set.versions_.push_back(std::move(version));
    operations.push_back(std::move(parsed));
  }
  set.schema_ = model.schema(module);
  set.operations_ = std::make_shared<const std::vector<Operations>>(std::move(operations));
  return set;
} catch (const std::exception& failure) {
  return Error{ErrorCode::migration, std::string("the migration text cannot be read: ") + failure.what()};
}

}  // namespace ingot::db
