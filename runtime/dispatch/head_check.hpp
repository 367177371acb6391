// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a well-formed request head must also obey before its body is read: one framing, one host, a target of a known
// form. RFC 9112 sections 3.2, 6.1, 6.3 and RFC 9110 8.6, 10.1.1. Where the RFC lets a server repair or refuse, this
// refuses: a repair that the proxy before us makes differently is a smuggled request. Pure.

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "dispatch/field_rules.hpp"
#include "dispatch/refusal.hpp"

namespace ingot::dispatch {

enum class HttpVersion { http_1_0, http_1_1 };

struct HeadFacts {
  std::string path;               ///< As HttpRequest::path.
  std::string query;              ///< As HttpRequest::query.
  bool expects_continue = false;  ///< The client waits for "100 Continue" before it sends the body.
};

/// The facts, or a refusal: 400 for faulty framing, host or target, 417 for an unknown expectation, 501 for a transfer
/// coding other than chunked.
std::variant<HeadFacts, Refusal> check_head(std::string_view method, std::string_view target, HttpVersion version,
                                            const std::vector<Header>& headers);

}  // namespace ingot::dispatch
