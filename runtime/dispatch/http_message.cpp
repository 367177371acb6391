// SPDX-License-Identifier: Apache-2.0
#include "dispatch/http_message.hpp"

#include <algorithm>

#include "dispatch/envelope.hpp"

namespace ingot::dispatch {

std::string_view find_header(const std::vector<Header>& headers, std::string_view name) {
  const auto found =
      std::find_if(headers.begin(), headers.end(), [name](const Header& header) { return equals_ignoring_case(header.name, name); });
  return found == headers.end() ? std::string_view() : std::string_view(found->value);
}

HttpResponse refusal_response(const Refusal& refusal, std::string_view request_id) {
  HttpResponse response;
  response.status = refusal.status;
  response.body = error_envelope(refusal, request_id);
  if (refusal.status == 503) response.headers.push_back({"retry-after", "1"});
  return response;
}

}  // namespace ingot::dispatch
