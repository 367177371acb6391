// SPDX-License-Identifier: Apache-2.0
#include "data/slices.hpp"

#include <charconv>
#include <nlohmann/json.hpp>

namespace ingot::data {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

Slice trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

/// Where the string ends that begins at `at`: behind its quote.
std::size_t end_of_string(std::string_view text, std::size_t at) {
  for (++at; text[at] != '"'; ++at) {
    if (text[at] == '\\') ++at;
  }
  return at + 1;
}

/// What stands between the commas of one array or object.
std::vector<Slice> parts(Slice value) {
  std::vector<Slice> found;
  const std::string_view inside = trimmed(value.substr(1, value.size() - 2));
  if (inside.empty()) return found;
  int depth = 0;
  std::size_t begin = 0;
  for (std::size_t at = 0; at < inside.size();) {
    const char c = inside[at];
    if (c == '"') {
      at = end_of_string(inside, at);
      continue;
    }
    if (c == '[' || c == '{') ++depth;
    if (c == ']' || c == '}') --depth;
    if (c == ',' && depth == 0) {
      found.push_back(trimmed(inside.substr(begin, at - begin)));
      begin = at + 1;
    }
    ++at;
  }
  found.push_back(trimmed(inside.substr(begin)));
  return found;
}

}  // namespace

bool acceptable(std::string_view text, std::size_t depth_max) {
  // The parser itself keeps no stack of calls, so it may look first.
  if (!nlohmann::json::accept(text)) return false;
  std::size_t depth = 0;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (c == '"') {
      at = end_of_string(text, at);
      continue;
    }
    if ((c == '[' || c == '{') && ++depth > depth_max) return false;
    if (c == ']' || c == '}') --depth;
    ++at;
  }
  return true;
}

Slice whole(std::string_view text) { return trimmed(text); }

std::vector<Slice> elements(Slice array) { return parts(array); }

std::vector<Member> members(Slice object) {
  std::vector<Member> found;
  for (const Slice part : parts(object)) {
    const std::size_t end = end_of_string(part, 0);
    const Slice behind = trimmed(part.substr(end));  // the colon and the value
    found.push_back({text_of(part.substr(0, end)), trimmed(behind.substr(1))});
  }
  return found;
}

std::string text_of(Slice string) {
  const std::string_view inside = string.substr(1, string.size() - 2);
  if (inside.find('\\') == std::string_view::npos) return std::string(inside);
  return nlohmann::json::parse(string).get<std::string>();
}

std::optional<std::int64_t> integer_of(Slice value) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc{} || end != value.data() + value.size()) return std::nullopt;
  return number;
}

}  // namespace ingot::data
