// SPDX-License-Identifier: Apache-2.0
#include "dispatch/route_pattern.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "dispatch/percent.hpp"

namespace ingot::dispatch {
namespace {

constexpr std::size_t pattern_bytes_max = 1024;
constexpr std::array<std::string_view, method_count> methods = {"GET", "POST", "PUT", "PATCH", "DELETE"};

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_dots(std::string_view text) { return text == "." || text == ".."; }

bool is_literal(std::string_view text) {
  return !text.empty() && !is_dots(text) && std::all_of(text.begin(), text.end(), [](char c) {
    return is_letter(c) || is_digit(c) || c == '.' || c == '_' || c == '~' || c == '-';
  });
}

bool is_identifier(std::string_view text) {
  return !text.empty() && !is_digit(text.front()) &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_letter(c) || is_digit(c) || c == '_'; });
}

/// Calls `visit` with each piece of "/a/b"; returns false as soon as `visit` does. "/" has no pieces.
template <typename Visit>
bool for_each_segment(std::string_view path, Visit visit) {
  if (path == "/") return true;
  while (!path.empty()) {
    path.remove_prefix(1);  // the '/'
    const std::size_t end = std::min(path.find('/'), path.size());
    if (!visit(path.substr(0, end))) return false;
    path.remove_prefix(end);
  }
  return true;
}

/// A segment may hold an encoded '/': no piece between those is one that climbs either.
bool climbs(std::string_view segment) {
  for (;;) {
    const std::size_t end = segment.find('/');
    if (is_dots(segment.substr(0, end))) return true;
    if (end == std::string_view::npos) return false;
    segment.remove_prefix(end + 1);
  }
}

Error bad_pattern(std::string_view pattern, std::string_view reason) {
  // A pattern is a guest's text: shown only as far as it is readable.
  std::string shown(pattern.substr(0, 100));
  std::replace_if(shown.begin(), shown.end(), [](char c) { return c < 0x20 || c > 0x7E; }, '?');
  return Error{ErrorCode::contract, "route path \"" + shown + "\": " + std::string(reason)};
}

}  // namespace

std::optional<std::size_t> method_index(std::string_view method) {
  const auto found = std::find(methods.begin(), methods.end(), method);
  if (found == methods.end()) return std::nullopt;
  return static_cast<std::size_t>(found - methods.begin());
}

std::string_view method_name(std::size_t index) { return methods.at(index); }

Result<std::vector<PatternSegment>> parse_pattern(std::string_view pattern) {
  if (pattern.size() > pattern_bytes_max) return bad_pattern(pattern, "longer than 1024 bytes");
  if (pattern.empty() || pattern.front() != '/') return bad_pattern(pattern, "must begin with '/'");
  std::vector<PatternSegment> segments;
  std::string_view reason;
  const bool good = for_each_segment(pattern, [&](std::string_view text) {
    if (is_literal(text)) {
      segments.push_back({false, std::string(text)});
      return true;
    }
    if (text.size() < 2 || text.front() != '{' || text.back() != '}' || !is_identifier(text.substr(1, text.size() - 2))) {
      reason = text.empty() ? "empty segment" : "a segment is [A-Za-z0-9._~-]+ or {name}";
      return false;
    }
    std::string name(text.substr(1, text.size() - 2));
    const auto same = [&name](const PatternSegment& s) { return s.parameter && s.text == name; };
    if (std::any_of(segments.begin(), segments.end(), same)) {
      reason = "the same parameter twice";
      return false;
    }
    segments.push_back({true, std::move(name)});
    return true;
  });
  if (!good) return bad_pattern(pattern, reason);
  return segments;
}

Result<void> check_route(std::string_view method, std::string_view pattern) {
  if (!method_index(method)) {
    return Error{ErrorCode::contract, "route method is none of GET POST PUT PATCH DELETE"};
  }
  INGOT_TRY([[maybe_unused]] const auto segments, parse_pattern(pattern));
  return {};
}

std::string full_pattern(std::string_view module, std::string_view pattern) {
  std::string full = "/api/";
  full += module;
  if (pattern != "/") full += pattern;
  return full;
}

std::optional<std::vector<std::string>> split_path(std::string_view path) {
  if (path.empty() || path.front() != '/') return std::nullopt;
  std::vector<std::string> segments;
  constexpr std::size_t usual_count = 6;
  segments.reserve(usual_count);
  const bool good = for_each_segment(path, [&segments](std::string_view raw) {
    auto decoded = percent_decode(raw, Plus::literal);
    if (!decoded) return false;
    if (climbs(*decoded)) return false;
    segments.push_back(*std::move(decoded));
    return true;
  });
  if (!good) return std::nullopt;
  return segments;
}

}  // namespace ingot::dispatch
