// SPDX-License-Identifier: Apache-2.0
#include "dispatch/head_check.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

namespace ingot::dispatch {
namespace {

std::vector<std::string_view> values_of(const std::vector<Header>& headers, std::string_view name) {
  std::vector<std::string_view> values;
  for (const Header& header : headers) {
    if (equals_ignoring_case(header.name, name)) values.push_back(trim(header.value));
  }
  return values;
}

bool is_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// uri-host [":" port] of RFC 3986, by its characters; an empty one is allowed (RFC 9112 3.2).
bool is_host(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    const bool alphanumeric = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return alphanumeric || std::string_view("-._~!$&'()*+,;=%[]:").find(c) != std::string_view::npos;
  });
}

std::optional<Refusal> check_framing(HttpVersion version, const std::vector<Header>& headers) {
  const auto lengths = values_of(headers, "content-length");
  const auto codings = values_of(headers, "transfer-encoding");
  if (!codings.empty() && !lengths.empty()) {
    return Refusal{400, "", "The request has both a content-length and a transfer-encoding."};
  }
  if (lengths.size() > 1 || (lengths.size() == 1 && !is_digits(lengths.front()))) {
    return Refusal{400, "", "The content-length is not one decimal number."};
  }
  if (codings.empty()) return std::nullopt;
  if (version == HttpVersion::http_1_0) return Refusal{400, "", "HTTP/1.0 has no transfer-encoding."};
  if (codings.size() == 1 && equals_ignoring_case(codings.front(), "chunked")) return std::nullopt;
  const std::string_view last = codings.back().substr(codings.back().rfind(',') + 1);  // npos + 1 is 0
  const bool twice = to_lower(codings.back()).find("chunked") != to_lower(codings.back()).rfind("chunked");
  if (codings.size() == 1 && !twice && equals_ignoring_case(trim(last), "chunked")) {
    return Refusal{501, "", "Of the transfer codings only chunked is known here."};
  }
  return Refusal{400, "", "The transfer-encoding does not delimit the body."};
}

std::optional<Refusal> check_host(HttpVersion version, const std::vector<Header>& headers) {
  const auto hosts = values_of(headers, "host");
  if (hosts.empty() && version == HttpVersion::http_1_0) return std::nullopt;
  if (hosts.size() == 1 && is_host(hosts.front())) return std::nullopt;
  return Refusal{400, "", "The request needs exactly one valid host field."};
}

/// Splits the target into path and query. RFC 9112 3.2: origin form, absolute form, or "*" with OPTIONS.
bool split_target(std::string_view method, std::string_view target, HeadFacts& facts) {
  if (target.find('#') != std::string_view::npos) return false;  // a fragment never travels
  if (target == "*" && method == "OPTIONS") {
    facts.path = "*";
    return true;
  }
  if (!target.starts_with('/')) {
    const std::string scheme = to_lower(target.substr(0, 8));
    const std::size_t skip = scheme.starts_with("http://") ? 7 : scheme == "https://" ? 8 : 0;
    if (skip == 0) return false;
    target.remove_prefix(skip);
    const std::size_t authority = std::min(target.find_first_of("/?"), target.size());
    if (authority == 0 || !is_host(target.substr(0, authority))) return false;
    target.remove_prefix(authority);
  }
  const std::size_t mark = std::min(target.find('?'), target.size());
  facts.path = mark == 0 ? "/" : std::string(target.substr(0, mark));
  facts.query = target.substr(std::min(mark + 1, target.size()));
  return true;
}

}  // namespace

std::variant<HeadFacts, Refusal> check_head(std::string_view method, std::string_view target, HttpVersion version,
                                            const std::vector<Header>& headers) {
  if (auto refusal = check_framing(version, headers)) return *std::move(refusal);
  if (auto refusal = check_host(version, headers)) return *std::move(refusal);
  HeadFacts facts;
  if (!split_target(method, target, facts)) return Refusal{400, "", "The request target is not valid."};
  for (const std::string_view expectation : values_of(headers, "expect")) {
    if (version == HttpVersion::http_1_0) continue;  // RFC 9110 10.1.1: ignored there
    if (!equals_ignoring_case(expectation, "100-continue")) return Refusal{417, "", ""};
    facts.expects_continue = true;
  }
  return facts;
}

}  // namespace ingot::dispatch
