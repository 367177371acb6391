// SPDX-License-Identifier: Apache-2.0
#pragma once
// The words of a route: methods, patterns and the segments of a request path (abi/EERP.md, "Routes"). Pure functions.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace ingot::dispatch {

/// GET, POST, PUT, PATCH, DELETE. Case matters (RFC 9110 9.1).
inline constexpr std::size_t method_count = 5;

/// The index of a method that a route may have, or nothing.
std::optional<std::size_t> method_index(std::string_view method);
/// REQUIRES: index < method_count.
std::string_view method_name(std::size_t index);

/// One segment of a pattern: literal text, or the name of a parameter.
struct PatternSegment {
  bool parameter = false;
  std::string text;
};

/// Splits "/contacts/{id}"; "/" has no segments. Errors: contract, when the pattern is too long, does not begin with
/// '/', has an empty segment ("//", a trailing '/'), a segment that is neither [A-Za-z0-9._~-]+ nor {name} with an
/// identifier as name, the segment "." or "..", or the same name twice.
Result<std::vector<PatternSegment>> parse_pattern(std::string_view pattern);

/// Method and pattern together, as register_route checks them. Errors: contract.
Result<void> check_route(std::string_view method, std::string_view pattern);

/// The full pattern of a module's route: ("crm", "/contacts/{id}") -> "/api/crm/contacts/{id}"; "/" adds nothing.
std::string full_pattern(std::string_view module, std::string_view pattern);

/// The percent-decoded segments of a request path, or nothing when it does not begin with '/', has a bad escape,
/// decodes to NUL or to what is not UTF-8, or holds "." or ".." between two slashes after decoding, encoded slashes
/// included: "a%2Fb" is the one segment "a/b", "a%2F..%2Fb" is refused.
std::optional<std::vector<std::string>> split_path(std::string_view path);

}  // namespace ingot::dispatch
