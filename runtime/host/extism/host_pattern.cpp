// SPDX-License-Identifier: Apache-2.0
#include "host/extism/host_pattern.hpp"

#include <algorithm>
#include <optional>

namespace ingot::host::extism {
namespace {

char lower(char letter) { return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + ('a' - 'A')) : letter; }

bool same(std::string_view one, std::string_view other) {
  return std::ranges::equal(one, other, [](char a, char b) { return lower(a) == lower(b); });
}

/// The end of the set that begins at `at`, behind its bracket; nothing when it has none. A bracket that comes first is one of the set.
std::optional<std::size_t> end_of_set(std::string_view pattern, std::size_t at) {
  std::size_t next = at + 1;
  if (next < pattern.size() && pattern[next] == '!') ++next;
  const std::size_t end = next < pattern.size() ? pattern.find(']', next + 1) : std::string_view::npos;
  if (end == std::string_view::npos) return std::nullopt;
  return end + 1;
}

bool is_readable(std::string_view pattern) {
  if (pattern.find("***") != std::string_view::npos) return false;
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    if (pattern[at] != '[') continue;
    const auto end = end_of_set(pattern, at);
    if (!end) return false;
    at = *end - 1;
  }
  return true;
}

/// `set` with its brackets.
bool set_holds(std::string_view set, char letter) {
  set = set.substr(1, set.size() - 2);
  const bool negated = set.starts_with('!');
  if (negated) set.remove_prefix(1);
  bool found = false;
  for (std::size_t at = 0; at < set.size(); ++at) {
    const char from = lower(set[at]);
    const bool is_range = at + 2 < set.size() && set[at + 1] == '-';
    const char to = is_range ? lower(set[at + 2]) : from;
    found = found || (from <= letter && letter <= to);
    if (is_range) at += 2;
  }
  return found != negated;
}

/// Does the one character fit what begins at `at`? Then `at` is behind that.
bool fits(std::string_view pattern, std::size_t& at, char letter) {
  if (pattern[at] == '[') {
    const std::size_t end = *end_of_set(pattern, at);
    const bool held = set_holds(pattern.substr(at, end - at), letter);
    if (held) at = end;
    return held;
  }
  if (pattern[at] != '?' && lower(pattern[at]) != letter) return false;
  ++at;
  return true;
}

}  // namespace

bool host_matches(std::string_view pattern, std::string_view host) {
  if (!is_readable(pattern)) return same(pattern, host);
  std::size_t at = 0, next = 0;
  // Where the last star was, and how much of the host it stands for at present.
  std::size_t star = std::string_view::npos, starred = 0;
  while (next < host.size()) {
    if (at < pattern.size() && pattern[at] == '*') {
      star = ++at;
      starred = next;
    } else if (at < pattern.size() && fits(pattern, at, lower(host[next]))) {
      ++next;
    } else if (star != std::string_view::npos) {
      at = star;
      next = ++starred;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', at) == std::string_view::npos;
}

}  // namespace ingot::host::extism
