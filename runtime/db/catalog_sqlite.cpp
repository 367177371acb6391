// SPDX-License-Identifier: Apache-2.0
// SQLite keeps the text of CREATE TABLE, edits it for ALTER TABLE, and shows CHECKs nowhere else. The text is taken apart at the commas
// between definitions, because the order in which they came is of no importance.
#include "db/catalog.hpp"

namespace ingot::db {
namespace {

struct TableText {
  std::vector<std::string> definitions;
  std::string options;
};

/// Runs of spaces become one, none stay at the ends, and those inside quotes are left as they are.
class Splitter {
 public:
  explicit Splitter(std::string_view sql) : sql_(sql) {}

  TableText split() {
    std::string piece;
    int depth = 0;
    for (at_ = 0; at_ < sql_.size(); ++at_) {
      const char c = sql_[at_];
      if (c == '(' && ++depth == 1) {
        piece.clear();
        continue;
      }
      if (depth == 1 && (c == ',' || c == ')')) {
        text_.definitions.push_back(trimmed(piece));
        piece.clear();
        if (c == ',') continue;
      }
      if (c == ')' && --depth == 0) continue;
      if (c == '"' || c == '\'' || c == '`') {
        take_quoted(c, piece);
      } else if (c != ' ' && c != '\t' && c != '\n' && c != '\r') {
        piece += c;
      } else if (!piece.empty() && piece.back() != ' ') {
        piece += ' ';
      }
    }
    text_.options = trimmed(piece);
    return std::move(text_);
  }

 private:
  static std::string trimmed(std::string text) {
    while (text.ends_with(' ')) text.pop_back();
    return text;
  }
  void take_quoted(char quote, std::string& piece) {
    piece += quote;
    while (++at_ < sql_.size()) {
      piece += sql_[at_];
      if (sql_[at_] != quote) continue;
      if (at_ + 1 >= sql_.size() || sql_[at_ + 1] != quote) return;
      piece += sql_[++at_];
    }
  }

  std::string_view sql_;
  std::size_t at_ = 0;
  TableText text_;
};

/// The name at the beginning of a column's definition; empty when it is a constraint of the table.
std::string column_of(const std::string& definition) {
  if (definition.starts_with("CONSTRAINT ") || definition.starts_with("CHECK") || definition.starts_with("FOREIGN KEY") ||
      definition.starts_with("UNIQUE") || definition.starts_with("PRIMARY KEY")) {
    return {};
  }
  if (definition.starts_with('"')) return definition.substr(1, definition.find('"', 1) - 1);
  return definition.substr(0, definition.find(' '));
}

void describe(const std::string& table, const std::string& sql, Catalog& catalog) {
  const TableText text = Splitter(sql).split();
  catalog[{table, "", "table"}] = text.options;
  int constraints = 0;
  for (const std::string& definition : text.definitions) {
    const std::string column = column_of(definition);
    if (!column.empty()) {
      catalog[{table, column, "column"}] = definition;
    } else if (const std::size_t name = definition.find('"'); definition.starts_with("CONSTRAINT ") && name != std::string::npos) {
      catalog[{table, "", "constraint " + definition.substr(name + 1, definition.find('"', name + 1) - name - 1)}] = definition;
    } else {
      catalog[{table, "", "constraint number " + std::to_string(++constraints)}] = definition;
    }
  }
}

}  // namespace

Result<Catalog> sqlite_catalog(Connection& connection, const std::set<std::string>& tables) {
  Catalog catalog;
  INGOT_TRY(const auto rows, connection.run({"SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE sql IS NOT NULL"}));
  for (const HostRow& row : rows) {
    const std::string type = row.at(0).value_or("");
    const std::string name = row.at(1).value_or("");
    const std::string table = row.at(2).value_or("");
    if (!tables.contains(table)) continue;
    if (type == "table") {
      describe(table, row.at(3).value_or(""), catalog);
    } else {
      catalog[{table, "", type + " " + name}] = row.at(3).value_or("");
    }
  }
  return catalog;
}

}  // namespace ingot::db
