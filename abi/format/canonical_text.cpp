// SPDX-License-Identifier: Apache-2.0
#include "format/canonical_text.hpp"

namespace ingot::format {
namespace {

constexpr std::size_t digest_chars = 64;

/// Of the characters that canonical text escapes, those with a letter of their own; 0 for others.
char escaped_by(char letter) {
  switch (letter) {
    case '"': return '"';
    case '\\': return '\\';
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return 0;
  }
}

bool is_plain(char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; }

}  // namespace

void CanonicalText::skip(std::string_view expected) {
  if (!rest_.starts_with(expected)) return stop();
  rest_.remove_prefix(expected.size());
}

void CanonicalText::enter(std::string_view key) {
  if (!std::exchange(first_, false)) skip(",");
  skip("\"");
  skip(key);
  skip("\":");
}

std::string_view CanonicalText::string() {
  skip("\"");
  std::size_t plain = 0;
  while (plain < rest_.size() && is_plain(rest_[plain])) ++plain;
  if (plain == rest_.size()) return stop(), std::string_view();
  if (rest_[plain] != '"') return unescaped(plain);
  const std::string_view found = rest_.substr(0, plain);
  rest_.remove_prefix(plain + 1);
  return found;
}

std::string_view CanonicalText::unescaped(std::size_t plain) {
  scratch_.assign(rest_.substr(0, plain));
  for (std::size_t at = plain; at < rest_.size(); ++at) {
    char c = rest_[at];
    if (c == '"') {
      rest_.remove_prefix(at + 1);
      return scratch_;
    }
    if (c == '\\') {
      ++at;
      c = at < rest_.size() ? escaped_by(rest_[at]) : char{0};
      if (c == 0) break;
    } else if (!is_plain(c)) {
      break;
    }
    scratch_.push_back(c);
  }
  return stop(), std::string_view();
}

std::string CanonicalText::text(std::string_view key, std::size_t bytes_max) {
  enter(key);
  const std::string_view found = string();
  if (found.size() > bytes_max) return stop(), std::string();
  return std::string(found);
}

std::string CanonicalText::digest(std::string_view key) {
  std::string found = text(key, digest_chars);
  if (found.size() != digest_chars || found.find_first_not_of("0123456789abcdef") != std::string::npos) stop();
  return found;
}

std::uint64_t CanonicalText::digits() {
  std::uint64_t value = 0;
  std::size_t count = 0;
  for (; count < rest_.size() && rest_[count] >= '0' && rest_[count] <= '9'; ++count) {
    if (count > 0 && value == 0) return stop(), 0;  // a zero before others
    if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, rest_[count] - '0', &value)) return stop(), 0;
  }
  if (count == 0) return stop(), 0;
  rest_.remove_prefix(count);
  return value;
}

std::uint64_t CanonicalText::number(std::string_view key) {
  enter(key);
  return digits();
}

std::optional<std::uint64_t> CanonicalText::number_or_null(std::string_view key) {
  enter(key);
  if (rest_.starts_with('n')) return skip("null"), std::nullopt;
  return digits();
}

bool CanonicalText::boolean(std::string_view key) {
  enter(key);
  if (rest_.starts_with('t')) return skip("true"), good_;
  return skip("false"), false;
}

std::vector<std::string> CanonicalText::texts(std::string_view key, std::size_t count_max) {
  std::vector<std::string> list;
  each_text(key, count_max, [&](std::string_view value) { list.emplace_back(value); });
  return list;
}

}  // namespace ingot::format
