// SPDX-License-Identifier: Apache-2.0
#include "db/sql_rewrite.hpp"

#include <algorithm>
#include <array>

#include "db/sql_scan.hpp"
#include "db/sql_text.hpp"
#include "db/values.hpp"

namespace ingot::db {
namespace {

using TokenKind = SqlToken::Kind;

struct Edit {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string text;
};

std::string unquoted(std::string_view token) {
  std::string text;
  for (std::size_t i = 1; i + 1 < token.size(); ++i) {
    text += token[i];
    if (token[i] == '\'') ++i;  // a doubled quote
  }
  return text;
}

/// The SQLite type whose affinity gives what PostgreSQL's cast gives; text for the types that are text there.
std::string_view cast_target(std::string_view type_words) {
  std::string lower;
  for (char c : type_words) lower += (c >= 'A' && c <= 'Z') ? static_cast<char>(c - 'A' + 'a') : c;
  for (std::string_view word : {"smallint", "int", "bool"}) {
    if (lower.starts_with(word)) return "INTEGER";
  }
  if (lower.starts_with("bigint")) return "INTEGER";
  for (std::string_view word : {"real", "float", "double"}) {
    if (lower.starts_with(word)) return "REAL";
  }
  for (std::string_view word : {"numeric", "decimal", "dec"}) {
    if (lower.starts_with(word)) return "NUMERIC";
  }
  return "TEXT";
}

class Rewriter {
 public:
  Rewriter(std::string_view sql, std::vector<SqlToken> tokens) : sql_(sql), tokens_(std::move(tokens)) {}

  std::variant<std::string, StatementError> run(const VettedStatement& vetted) {
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      const bool label = i > 0 && is_word(sql_, tokens_[i - 1], "as");
      if (is_word(sql_, tokens_[i], "current_timestamp") && !label) {
        edits_.push_back({tokens_[i].begin, tokens_[i].end, std::string(sqlite_now_function) + "()"});
      }
      if (is_word(sql_, tokens_[i], "cast") && i + 1 < tokens_.size() && tokens_[i + 1].kind == TokenKind::open) cast(i + 1);
    }
    order_by();
    for (const TypedLiteral& literal : vetted.literals) {
      if (auto error = typed_literal(literal)) return std::move(*error);
    }
    return apply();
  }

 private:
  void cast(std::size_t open) {
    int depth = 0;
    std::size_t as = 0;
    for (std::size_t i = open; i < tokens_.size(); ++i) {
      if (tokens_[i].kind == TokenKind::open) ++depth;
      if (depth == 1 && is_word(sql_, tokens_[i], "as")) as = i;
      if (tokens_[i].kind == TokenKind::close && --depth == 0) {
        if (as == 0 || as + 1 >= i) return;
        const std::size_t begin = tokens_[as + 1].begin;
        const std::size_t end = tokens_[i - 1].end;
        edits_.push_back({begin, end, std::string(cast_target(sql_.substr(begin, end - begin)))});
        return;
      }
    }
  }

  /// PostgreSQL: NULL is the largest value. SQLite: the smallest, unless the item says otherwise.
  void order_by() {
    std::vector<bool> inside{false};  // for each open parenthesis: an ORDER BY list is running
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      const SqlToken& token = tokens_[i];
      if (token.kind == TokenKind::open) {
        inside.push_back(false);
      } else if (token.kind == TokenKind::close) {
        if (inside.back()) finish_item(i);
        inside.pop_back();
      } else if (inside.back() && (token.kind == TokenKind::comma || token.kind == TokenKind::semicolon || ends_list(token))) {
        finish_item(i);
        inside.back() = token.kind == TokenKind::comma;
      } else if (is_word(sql_, token, "by") && i > 0 && is_word(sql_, tokens_[i - 1], "order")) {
        inside.back() = true;
      }
    }
    if (inside.back()) finish_item(tokens_.size());
  }

  bool ends_list(const SqlToken& token) const {
    constexpr std::array<std::string_view, 8> words{"limit", "offset", "fetch", "rows", "range", "groups", "returning", "on"};
    return std::ranges::any_of(words, [&](std::string_view word) { return is_word(sql_, token, word); });
  }

  void finish_item(std::size_t next) {
    const SqlToken& last = tokens_[next - 1];
    const bool nulls = next >= 2 && is_word(sql_, tokens_[next - 2], "nulls");
    if (nulls && (is_word(sql_, last, "first") || is_word(sql_, last, "last"))) return;
    edits_.push_back({last.end, last.end, is_word(sql_, last, "desc") ? " NULLS FIRST" : " NULLS LAST"});
  }

  std::optional<StatementError> typed_literal(const TypedLiteral& literal) {
    const auto token = std::ranges::find(tokens_, literal.offset, &SqlToken::begin);
    if (token == tokens_.end() || (token->kind != TokenKind::string && token->kind != TokenKind::number)) return std::nullopt;
    const std::string_view text = sql_.substr(token->begin, token->end - token->begin);
    Param param;
    param.kind = Param::Kind::text;
    param.text = token->kind == TokenKind::string ? unquoted(text) : std::string(text);
    auto stored = stored_value(param, literal.type);
    if (auto* error = std::get_if<StatementError>(&stored)) return std::move(*error);
    const auto& value = std::get<StoredValue>(stored);
    std::string out;
    switch (value.kind) {
      case StoredValue::Kind::text:
        out = quoted_literal(value.text);
        break;
      case StoredValue::Kind::integer:
        out = std::to_string(value.integer);
        break;
      case StoredValue::Kind::real:
        append_json_real(out, value.real);
        break;
      case StoredValue::Kind::blob:
      case StoredValue::Kind::null:
        return StatementError{"INVALID_SQL", "a BYTEA value must be a parameter"};
    }
    edits_.push_back({token->begin, token->end, std::move(out)});
    return std::nullopt;
  }

  std::string apply() {
    std::ranges::sort(edits_, {}, &Edit::begin);
    std::string out;
    std::size_t at = 0;
    for (const Edit& edit : edits_) {
      if (edit.begin < at) continue;  // the same literal named twice
      out += sql_.substr(at, edit.begin - at);
      out += edit.text;
      at = edit.end;
    }
    out += sql_.substr(at);
    return out;
  }

  std::string_view sql_;
  std::vector<SqlToken> tokens_;
  std::vector<Edit> edits_;
};

}  // namespace

std::variant<std::string, StatementError> sqlite_text(std::string_view sql, const VettedStatement& vetted) {
  auto scanned = scan_sql(sql);
  if (auto* error = std::get_if<StatementError>(&scanned)) return std::move(*error);
  return Rewriter(sql, std::move(std::get<std::vector<SqlToken>>(scanned))).run(vetted);
}

std::variant<std::string, StatementError> postgres_text(std::string_view sql, const VettedStatement& vetted) {
  if (vetted.growing.empty()) return std::string(sql);
  std::vector<std::size_t> places = vetted.growing;
  std::ranges::sort(places);
  std::string out;
  std::size_t at = 0;
  auto scanned = scan_sql(sql);
  if (auto* error = std::get_if<StatementError>(&scanned)) return std::move(*error);
  const auto& tokens = std::get<std::vector<SqlToken>>(scanned);
  for (std::size_t place : places) {
    const auto token = std::ranges::lower_bound(tokens, place, {}, &SqlToken::begin);
    const bool found = token != tokens.end() && token->begin == place && place >= at;
    const std::string_view text = found ? sql.substr(place, token->end - place) : std::string_view();
    const bool joins = text == "||";
    if (!joins && text != "\"replace\"" && (!found || !is_word(sql, *token, "replace"))) {
      return StatementError{"DATABASE_ERROR", "the statement's operators are not where its parser saw them"};
    }
    out += sql.substr(at, place - at);
    out += joins ? " OPERATOR(ingot.||) " : "ingot.replace";
    at = token->end;
  }
  out += sql.substr(at);
  return out;
}

}  // namespace ingot::db
