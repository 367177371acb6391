// SPDX-License-Identifier: Apache-2.0
#pragma once
// Goes through the text of the functions. What does not stand there as expected makes it fail once and for all: it then stands at the text's end,
// where every loop comes to its own.

#include <string_view>

namespace ingot::compiler::native::codegen::front {

class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}

  bool ok() const { return ok_; }
  /// Always false.
  bool fail() {
    ok_ = false;
    at_ = text_.size();
    return false;
  }
  std::size_t place() const { return at_; }
  void go_to(std::size_t place) { at_ = ok_ ? place : text_.size(); }
  std::string_view rest() const { return text_.substr(at_); }
  std::string_view between(std::size_t begin, std::size_t end) const { return text_.substr(begin, end - begin); }
  /// The next character that is no space and in no comment; '\0' at the end.
  char next() {
    skip_space();
    return peek();
  }
  char peek(std::size_t offset = 0) const { return at_ + offset < text_.size() ? text_[at_ + offset] : '\0'; }
  void skip(std::size_t characters) { at_ += characters; }

  /// Is `piece` next? Then it is behind us.
  bool takes(std::string_view piece) {
    skip_space();
    if (!rest().starts_with(piece)) return false;
    at_ += piece.size();
    return true;
  }
  bool expect(std::string_view piece) { return takes(piece) || fail(); }
  /// A word: letters, digits and underlines; empty when none is next.
  std::string_view word() {
    skip_space();
    const std::size_t begin = at_;
    while (is_word(peek())) ++at_;
    return text_.substr(begin, at_ - begin);
  }
  static bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_'; }
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }

 private:
  void skip_space() {
    while (true) {
      const char c = peek();
      if (c == ' ' || c == '\n') {
        ++at_;
      } else if (c == '/' && peek(1) == '*') {
        const std::size_t end = text_.find("*/", at_ + 2);
        at_ = end == std::string_view::npos ? text_.size() : end + 2;
      } else {
        return;
      }
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

}  // namespace ingot::compiler::native::codegen::front
