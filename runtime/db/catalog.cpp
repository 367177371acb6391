// SPDX-License-Identifier: Apache-2.0
#include "db/catalog.hpp"

namespace ingot::db {
namespace {

constexpr const char* table_itself = "table";

/// True when the whole table is missing or too much: then nothing more is said about it.
bool told_as_table(const Catalog& other, const std::string& table) { return !other.contains({table, "", table_itself}); }

}  // namespace

std::vector<CatalogDifference> differences(const Catalog& is, const Catalog& should) {
  std::vector<CatalogDifference> list;
  for (const auto& [key, expected] : should) {
    const auto& [table, column, what] = key;
    const auto found = is.find(key);
    if (found != is.end() && found->second == expected) continue;
    if (what != table_itself && told_as_table(is, table)) continue;
    if (found == is.end()) {
      list.push_back({table, column, "the " + what + " is missing" + (expected.empty() ? "" : ": " + expected)});
    } else {
      list.push_back({table, column, "the " + what + " is " + found->second + ", and should be " + expected});
    }
  }
  for (const auto& [key, definition] : is) {
    const auto& [table, column, what] = key;
    if (should.contains(key) || (what != table_itself && told_as_table(should, table))) continue;
    list.push_back({table, column, "the " + what + " comes from no migration" + (definition.empty() ? "" : ": " + definition)});
  }
  return list;
}

}  // namespace ingot::db
