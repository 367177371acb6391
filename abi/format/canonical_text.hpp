// SPDX-License-Identifier: Apache-2.0
#pragma once
// Reading a text of ours in its canonical form (FORMAT.md), from front to back and without a tree of values: what a reader asks for by name has to be what comes next. It has the
// members of Fields (strict_json.hpp), so that one description of a file is read from both. It knows no more than it needs, and gives no reasons: a text that it does not take may
// still be right (non-ASCII characters, rare escapes), and is for Fields to judge.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ingot::format {

/// Of the keys of an object, those that are there are asked for in the order of their bytes. After the first thing that is not as expected nothing is read any more and everything
/// is zero. Refers to the text.
class CanonicalText final {
 public:
  explicit CanonicalText(std::string_view text) : rest_(text) {}
  CanonicalText(const CanonicalText&) = delete;
  CanonicalText& operator=(const CanonicalText&) = delete;

  std::string text(std::string_view key, std::size_t bytes_max);
  std::string digest(std::string_view key);
  std::uint64_t number(std::string_view key);
  std::optional<std::uint64_t> number_or_null(std::string_view key);
  bool boolean(std::string_view key);
  std::vector<std::string> texts(std::string_view key, std::size_t count_max);

  /// Calls `read(std::string_view)` with each string of an array; it is valid that long.
  template <typename Read>
  void each_text(std::string_view key, std::size_t count_max, Read read) {
    enter(key);
    elements(count_max, [&] { read(string()); });
  }
  /// Calls `read(CanonicalText&)` inside of the object.
  template <typename Read>
  void object(std::string_view key, Read read) {
    enter(key);
    braces(read);
  }
  /// The same; false for null.
  template <typename Read>
  bool object_or_null(std::string_view key, Read read) {
    enter(key);
    if (rest_.starts_with('n')) return skip("null"), false;
    braces(read);
    return good_;
  }
  /// Calls `read(CanonicalText&)` inside of each object of an array.
  template <typename Read>
  void list(std::string_view key, std::size_t count_max, Read read) {
    enter(key);
    elements(count_max, [&] { braces(read); });
  }
  /// What was read cannot be. The words are for Fields to say.
  void fail(const char*, const char*) { stop(); }

  /// The whole text is one object, which `read(CanonicalText&)` reads. False: it is not, or not for this class to say.
  template <typename Read>
  bool whole(Read read) {
    braces(read);
    return good_ && rest_.empty();
  }

 private:
  template <typename Read>
  void braces(Read read) {
    skip("{");
    first_ = true;
    read(*this);
    skip("}");
    first_ = false;
  }
  template <typename Element>
  void elements(std::size_t count_max, Element element) {
    skip("[");
    if (!skip_if(']')) {
      for (std::size_t count = 0; good_; ++count) {
        if (count == count_max) return stop();
        element();
        if (!skip_if(',')) break;
      }
      skip("]");
    }
    first_ = false;
  }

  /// As far as the value of the member `key`, which is next.
  void enter(std::string_view key);
  std::uint64_t digits();
  /// What a string holds, until the next one is read.
  std::string_view string();
  std::string_view unescaped(std::size_t plain);
  void skip(std::string_view expected);
  bool skip_if(char expected) {
    if (!rest_.starts_with(expected)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void stop() {
    good_ = false;
    rest_ = {};
  }

  std::string_view rest_;  ///< empty when it is not good
  std::string scratch_;
  bool good_ = true;
  bool first_ = true;      ///< in the object that is being read
};

}  // namespace ingot::format
