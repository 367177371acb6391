// SPDX-License-Identifier: Apache-2.0
#include "dispatch/json_text.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <nlohmann/json.hpp>

#include "base/check.hpp"
#include "dispatch/utf8.hpp"

namespace ingot::dispatch {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/// A cursor over text that is known to be valid JSON.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}

  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  void skip_space() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  }

  void skip(char expected) {
    INGOT_CHECK(peek() == expected);
    ++at_;
  }

  /// The string literal at the cursor, quotes included.
  std::string_view take_string() {
    const std::size_t start = at_;
    skip('"');
    while (peek() != '"') at_ += peek() == '\\' ? 2 : 1;
    skip('"');
    return text_.substr(start, at_ - start);
  }

  /// The value at the cursor. Brackets are counted, not followed: valid text has them balanced.
  std::string_view take_value() {
    const std::size_t start = at_;
    std::size_t depth = 0;
    do {
      const char c = peek();
      if (c == '"') {
        take_string();
        continue;
      }
      if (c == '{' || c == '[') ++depth;
      if (c == '}' || c == ']') --depth;
      ++at_;
      if (depth == 0 && (c == '}' || c == ']')) break;
    } while (at_ < text_.size() && (depth > 0 || !ends_scalar(peek())));
    return text_.substr(start, at_ - start);
  }

 private:
  static bool ends_scalar(char c) { return c == ',' || c == '}' || c == ']' || is_space(c); }

  std::string_view text_;
  std::size_t at_ = 0;
};

/// How many bytes at the start stand for themselves in a string: none is a quote, a backslash or below 0x20. Eight are looked at together.
std::size_t plain_bytes(std::string_view text) {
  constexpr std::uint64_t ones = 0x0101010101010101, high_bits = 0x8080808080808080;
  std::size_t at = 0;
  for (std::uint64_t word = 0; text.size() - at >= sizeof word; at += sizeof word) {
    std::memcpy(&word, text.data() + at, sizeof word);
    // A byte b below n has its high bit set in b - n and not in b; a byte that is x is below 1 once x is taken out. A borrow may accuse a neighbour, never acquit one.
    const auto below = [](std::uint64_t bytes, std::uint64_t n) { return (bytes - ones * n) & ~bytes & high_bits; };
    if ((below(word, 0x20) | below(word ^ ones * '"', 1) | below(word ^ ones * '\\', 1)) != 0) break;
  }
  while (at < text.size() && static_cast<unsigned char>(text[at]) >= 0x20 && text[at] != '"' && text[at] != '\\') ++at;
  return at;
}

}  // namespace

bool is_json(std::string_view text) {
  // The library takes a NUL for the end of the text, whatever follows, and forgives a byte order mark. JSON knows
  // neither.
  if (text.find('\0') != std::string_view::npos) return false;
  if (text.substr(0, 3) == "\xEF\xBB\xBF") return false;
  return nlohmann::json::accept(text.begin(), text.end());
}

void append_json_string(std::string& out, std::string_view text) {
  static constexpr std::string_view hex = "0123456789abcdef";
  out += '"';
  for (;;) {
    const std::size_t plain = plain_bytes(text);
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    const char c = text.front();
    text.remove_prefix(1);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += "\\u00";
      out += hex[byte >> 4];
      out += hex[byte & 0xF];
    }
  }
  out += '"';
}

void append_json_text(std::string& out, std::string_view bytes) {
  if (is_utf8(bytes)) append_json_string(out, bytes);
  else append_json_string(out, to_utf8(bytes));
}

void append_json_key(std::string& out, std::string_view name) {
  if (!out.empty() && out.back() != '{' && out.back() != '[') out += ',';
  out += '"';
  out += name;
  out += "\":";
}

bool for_each_member(std::string_view object, const MemberVisitor& visitor) {
  Cursor cursor(object);
  cursor.skip_space();
  if (cursor.peek() != '{') return false;
  cursor.skip('{');
  cursor.skip_space();
  while (cursor.peek() != '}') {
    const std::string_view name = cursor.take_string();
    cursor.skip_space();
    cursor.skip(':');
    cursor.skip_space();
    const std::string_view value = cursor.take_value();
    const bool escaped = name.find('\\') != std::string_view::npos;
    const bool go_on = escaped ? visitor(json_string_value(name), value) : visitor(name.substr(1, name.size() - 2), value);
    if (!go_on) return false;
    cursor.skip_space();
    if (cursor.peek() == ',') cursor.skip(',');
    cursor.skip_space();
  }
  return true;
}

std::string json_string_value(std::string_view literal) { return nlohmann::json::parse(literal.begin(), literal.end()).get<std::string>(); }

}  // namespace ingot::dispatch
