// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which pages of other origins may use this server from a browser (the Fetch standard, section 3.2 "CORS protocol"). Nobody's, unless the configuration says so. Pure.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "dispatch/http_message.hpp"

namespace ingot::dispatch {

class Cors final {
 public:
  /// Nobody.
  Cors() = default;

  /// Each "scheme://host[:port]" as a browser writes its Origin field, or "*": any page, without the user's cookies. Errors: config, naming the origin.
  static Result<Cors> parse(const std::vector<std::string>& origins);

  /// The answer to a preflight (an OPTIONS with Origin and Access-Control-Request-Method) of an allowed origin; nothing for any other request, which is then routed as ever.
  std::optional<HttpResponse> preflight(const HttpRequest& request) const;

  /// Adds what lets an allowed page read the response, and tells caches that it depends on the origin.
  void add_to(HttpResponse& response, std::string_view origin) const;

 private:
  bool allows(std::string_view origin) const;
  std::vector<std::string> origins_;
  bool any_ = false;
};

}  // namespace ingot::dispatch
