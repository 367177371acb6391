// SPDX-License-Identifier: Apache-2.0
#include "db/schema.hpp"

#include <array>
#include <charconv>

#include "db/reserved_words.hpp"

namespace ingot::db {
namespace {

constexpr std::size_t identifier_bytes_max = 63;  // PostgreSQL cuts longer names without an error
constexpr int text_length_max = 10'485'760;       // PostgreSQL's bound on VARCHAR(n)
constexpr int numeric_precision_max = 1000;       // PostgreSQL's bound on NUMERIC(p,s)

struct TypeSpelling {
  std::string_view text;
  TypeName name;
};
constexpr std::array type_spellings{
    TypeSpelling{"TEXT", TypeName::text},
    TypeSpelling{"VARCHAR", TypeName::varchar},
    TypeSpelling{"CHAR", TypeName::character},
    TypeSpelling{"BOOLEAN", TypeName::boolean},
    TypeSpelling{"SMALLINT", TypeName::smallint},
    TypeSpelling{"INTEGER", TypeName::integer},
    TypeSpelling{"BIGINT", TypeName::bigint},
    TypeSpelling{"REAL", TypeName::real},
    TypeSpelling{"DOUBLE PRECISION", TypeName::double_precision},
    TypeSpelling{"NUMERIC", TypeName::numeric},
    TypeSpelling{"DATE", TypeName::date},
    TypeSpelling{"TIME", TypeName::time},
    TypeSpelling{"TIMESTAMP", TypeName::timestamp},
    TypeSpelling{"TIMESTAMPTZ", TypeName::timestamptz},
    TypeSpelling{"UUID", TypeName::uuid},
    TypeSpelling{"JSONB", TypeName::jsonb},
    TypeSpelling{"JSON", TypeName::json},
    TypeSpelling{"BYTEA", TypeName::bytea},
};

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// Upper-cases ASCII letters and folds runs of spaces into one, none at the ends.
std::string folded(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (is_space(c)) {
      if (!out.empty() && out.back() != ' ') out += ' ';
    } else {
      out += (c >= 'a' && c <= 'z') ? static_cast<char>(c - 'a' + 'A') : c;
    }
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

/// A plain decimal number without a sign; nothing when it is anything else.
std::optional<int> parse_count(std::string_view text) {
  text = trimmed(text);
  if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// The arguments between the parentheses, which may be absent. False when they do not fit the type.
bool parse_arguments(std::optional<std::string_view> arguments, ColumnType& type) {
  switch (type.name) {
    case TypeName::varchar:
    case TypeName::character:
      if (!arguments) {
        if (type.name == TypeName::character) type.length = 1;  // what SQL says a bare CHAR means
        return true;
      }
      type.length = parse_count(*arguments);
      return type.length && *type.length >= 1 && *type.length <= text_length_max;
    case TypeName::numeric: {
      if (!arguments) return true;
      const std::size_t comma = arguments->find(',');
      type.length = parse_count(arguments->substr(0, comma));
      type.scale = comma == std::string_view::npos ? std::optional<int>(0) : parse_count(arguments->substr(comma + 1));
      return type.length && type.scale && *type.length >= 1 && *type.length <= numeric_precision_max && *type.scale <= *type.length;
    }
    default:
      return !arguments;
  }
}

}  // namespace

Result<ColumnType> parse_type(std::string_view text) {
  const auto refused = [&] {
    constexpr std::size_t shown_bytes_max = 60;
    return Error{ErrorCode::migration,
                 "the type '" + std::string(text.substr(0, shown_bytes_max)) + "' is not one of the known types (see abi/EERP.md, Tables)"};
  };
  constexpr std::size_t type_text_bytes_max = 100;
  if (text.size() > type_text_bytes_max) return refused();
  const std::string upper = folded(text);
  std::string_view head = upper;
  std::optional<std::string_view> arguments;
  if (const std::size_t open = head.find('('); open != std::string_view::npos) {
    if (head.back() != ')') return refused();
    arguments = head.substr(open + 1, head.size() - open - 2);
    head = trimmed(head.substr(0, open));
  }
  for (const TypeSpelling& spelling : type_spellings) {
    if (spelling.text != head) continue;
    ColumnType type{.name = spelling.name, .length = std::nullopt, .scale = std::nullopt};
    if (!parse_arguments(arguments, type)) return refused();
    return type;
  }
  return refused();
}

std::string type_text(const ColumnType& type) {
  std::string text;
  for (const TypeSpelling& spelling : type_spellings) {
    if (spelling.name == type.name) text = spelling.text;
  }
  if (!type.length) return text;
  text += '(' + std::to_string(*type.length);
  if (type.scale) text += ',' + std::to_string(*type.scale);
  return text + ')';
}

const Column* Table::find(std::string_view column) const {
  for (const Column& candidate : columns) {
    if (candidate.name == column) return &candidate;
  }
  return nullptr;
}

const Table* Schema::find(std::string_view table) const {
  const auto found = tables.find(table);
  return found == tables.end() ? nullptr : &found->second;
}

bool valid_identifier(std::string_view name) {
  if (name.empty() || name.size() > identifier_bytes_max) return false;
  if (name.front() >= '0' && name.front() <= '9') return false;
  for (char c : name) {
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_')) return false;
  }
  for (std::string_view prefix : {"ingot_", "sqlite_", "pg_"}) {
    if (name.starts_with(prefix)) return false;
  }
  return !is_reserved_word(name);
}

}  // namespace ingot::db
