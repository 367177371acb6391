// SPDX-License-Identifier: Apache-2.0
#include "db/sql_scan.hpp"

#include <algorithm>
#include <optional>
#include <string>

namespace ingot::db {
namespace {

using TokenKind = SqlToken::Kind;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_word_part(char c) { return is_word_start(c) || is_digit(c); }

/// Length of the valid UTF-8 sequence at the front; 0 when there is none.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const auto follows = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return follows(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const unsigned second = byte(1);
    if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F)) return 0;
    return follows(1) && follows(2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const unsigned second = byte(1);
    if ((first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F)) return 0;
    return follows(1) && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
}

class Scanner {
 public:
  explicit Scanner(std::string_view sql) : sql_(sql) {}

  std::variant<std::vector<SqlToken>, StatementError> run() {
    if (sql_.size() > guest_sql_bytes_max) return StatementError{"LIMIT", "the statement is too long"};
    while (!error_ && at_ < sql_.size()) step();
    if (!error_ && chains_.size() != 1) refuse("a parenthesis is not closed");
    if (error_) return std::move(*error_);
    return std::move(tokens_);
  }

 private:
  char peek(std::size_t ahead = 0) const { return at_ + ahead < sql_.size() ? sql_[at_ + ahead] : '\0'; }

  void refuse(const std::string& why, const char* code = "INVALID_SQL") {
    if (!error_) error_ = StatementError{code, why + " (at byte " + std::to_string(at_) + ")"};
  }

  void step() {
    const char c = peek();
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f') {
      ++at_;
    } else if (c == '-' && peek(1) == '-') {
      line_comment();
    } else if (c == '/' && peek(1) == '*') {
      block_comment();
    } else {
      token(c);
    }
  }

  void token(char c) {
    if (!tokens_.empty() && tokens_.back().kind == TokenKind::semicolon && c != ';') {
      return refuse("only one statement is allowed", "NOT_ALLOWED");
    }
    if (c == '\'') return quoted('\'', TokenKind::string);
    if (c == '"') return quoted('"', TokenKind::quoted_name);
    if (is_word_start(c)) return word();
    if (is_digit(c) || (c == '.' && is_digit(peek(1)))) return number();
    if (c == '$') return parameter();
    punctuation(c);
  }

  /// How deep the tree may be at this place, for one level of parentheses.
  struct Chain {
    int base = 0;  ///< where each item of a list begins
    int now = 0;
  };

  void add(TokenKind kind, std::size_t begin, std::size_t end) {
    at_ = end;
    tokens_.push_back({kind, begin, end});
    const bool nests = kind == TokenKind::word || kind == TokenKind::sign || kind == TokenKind::open || kind == TokenKind::string;
    if (!nests) return;
    Chain& chain = chains_.back();
    if (kind == TokenKind::word && combines_queries(tokens_.back())) chain.base += 2;  // with the SELECT that follows
    chain.now = std::max(chain.now + 1, chain.base);
    if (chain.now > guest_sql_chain_max) refuse("the statement's expressions are too long or too deep", "LIMIT");
  }

  bool combines_queries(const SqlToken& token) const {
    return is_word(sql_, token, "union") || is_word(sql_, token, "intersect") || is_word(sql_, token, "except");
  }

  /// PostgreSQL ends the comment at a carriage return, SQLite does not.
  void line_comment() {
    while (at_ < sql_.size() && peek() != '\n') {
      if (peek() == '\r' && peek(1) != '\n') return refuse("a bare carriage return inside a comment");
      if (peek() == '\0') return refuse("a NUL character inside a comment");
      ++at_;
    }
  }

  /// PostgreSQL's comments nest, SQLite's do not.
  void block_comment() {
    const std::size_t end = sql_.find("*/", at_ + 2);
    if (end == std::string_view::npos) return refuse("a comment is not closed");
    const std::string_view inside = sql_.substr(at_ + 2, end - at_ - 2);
    if (inside.find("/*") != std::string_view::npos || inside.ends_with('/')) return refuse("comments must not nest");
    if (inside.find('\0') != std::string_view::npos) return refuse("a NUL character inside a comment");
    at_ = end + 2;
  }

  void quoted(char quote, TokenKind kind) {
    const std::size_t begin = at_;
    if (begin > 0 && (is_word_part(sql_[begin - 1]) || sql_[begin - 1] == '\'' || sql_[begin - 1] == '"')) {
      return refuse("a quote right behind a word or another quote");  // E'', X'', U&"" and their kin
    }
    if (kind == TokenKind::string && !tokens_.empty() && tokens_.back().kind == TokenKind::string) {
      return refuse("two strings in a row");  // one string to PostgreSQL, a string and an alias to SQLite
    }
    std::size_t i = begin + 1;
    for (;;) {
      if (i >= sql_.size()) return refuse("a quote is not closed");
      if (sql_[i] == '\0') return refuse("a NUL character inside quotes");
      if (sql_[i] == quote) {
        if (i + 1 >= sql_.size() || sql_[i + 1] != quote) break;
        i += 2;
        continue;
      }
      const std::size_t length = utf8_length(sql_.substr(i));
      if (length == 0) return refuse("text that is not UTF-8");
      i += length;
    }
    if (kind == TokenKind::quoted_name && i == begin + 1) return refuse("an empty name");
    add(kind, begin, i + 1);
    if (is_word_part(peek())) refuse("a word right behind a quote");
  }

  void word() {
    std::size_t end = at_;
    while (end < sql_.size() && is_word_part(sql_[end])) ++end;
    if (end < sql_.size() && sql_[end] == '$') return refuse("'$' inside a name");
    add(TokenKind::word, at_, end);
  }

  void number() {
    std::size_t end = at_;
    const auto digits = [&] {
      while (end < sql_.size() && is_digit(sql_[end])) ++end;
    };
    digits();
    if (end < sql_.size() && sql_[end] == '.') {
      ++end;
      digits();
    }
    if (end < sql_.size() && (sql_[end] == 'e' || sql_[end] == 'E')) {
      ++end;
      if (end < sql_.size() && (sql_[end] == '+' || sql_[end] == '-')) ++end;
      if (end >= sql_.size() || !is_digit(sql_[end])) return refuse("a number is cut off");
      digits();
    }
    if (end < sql_.size() && (is_word_part(sql_[end]) || sql_[end] == '.' || sql_[end] == '$')) {
      return refuse("a letter inside a number");
    }
    add(TokenKind::number, at_, end);
  }

  void parameter() {
    std::size_t end = at_ + 1;
    while (end < sql_.size() && is_digit(sql_[end])) ++end;
    constexpr std::size_t digits_max = 5;
    if (end == at_ + 1 || end - at_ - 1 > digits_max || sql_[at_ + 1] == '0') return refuse("parameters are $1, $2, ...");
    if (end < sql_.size() && (is_word_part(sql_[end]) || sql_[end] == '$')) return refuse("parameters are $1, $2, ...");
    add(TokenKind::parameter, at_, end);
  }

  void punctuation(char c) {
    switch (c) {
      case '(':
        add(TokenKind::open, at_, at_ + 1);
        return chains_.push_back({chains_.back().now, chains_.back().now});
      case ')':
        if (chains_.size() == 1) return refuse("a parenthesis too many");
        chains_.pop_back();
        return add(TokenKind::close, at_, at_ + 1);
      case ',':
        chains_.back().now = chains_.back().base;
        return add(TokenKind::comma, at_, at_ + 1);
      case '.':
        return add(TokenKind::dot, at_, at_ + 1);
      case ';':
        return add(TokenKind::semicolon, at_, at_ + 1);
      default:
        return sign(c);
    }
  }

  void sign(char c) {
    constexpr std::string_view single = "+-*/%<>=";
    constexpr std::string_view pairs[] = {"<=", ">=", "<>", "!=", "||"};
    for (std::string_view pair : pairs) {
      if (sql_.substr(at_).starts_with(pair)) return finish_sign(2);
    }
    if (single.find(c) == std::string_view::npos) return refuse("a character that is not part of the common SQL");
    finish_sign(1);
  }

  /// PostgreSQL reads a run of operator characters as one operator; only a trailing sign of a number may follow.
  void finish_sign(std::size_t length) {
    constexpr std::string_view sticky = "*/%<>=!|&#~^@?`:";
    const char next = peek(length);
    const bool comment = next == '/' && peek(length + 1) == '*';
    if (next != '\0' && sticky.find(next) != std::string_view::npos && !comment) return refuse("an unknown operator");
    add(TokenKind::sign, at_, at_ + length);
  }

  std::string_view sql_;
  std::size_t at_ = 0;
  std::vector<SqlToken> tokens_;
  std::vector<Chain> chains_{Chain{}};
  std::optional<StatementError> error_;
};

}  // namespace

std::variant<std::vector<SqlToken>, StatementError> scan_sql(std::string_view sql) { return Scanner(sql).run(); }

bool is_word(std::string_view sql, const SqlToken& token, std::string_view lower) {
  if (token.kind != TokenKind::word || token.end - token.begin != lower.size()) return false;
  for (std::size_t i = 0; i < lower.size(); ++i) {
    char c = sql[token.begin + i];
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (c != lower[i]) return false;
  }
  return true;
}

}  // namespace ingot::db
