// SPDX-License-Identifier: Apache-2.0
#pragma once
// Response bodies as gzip (RFC 1952), for clients that ask for it. Pure; any thread.

#include <string_view>

#include "dispatch/http_message.hpp"

namespace ingot::dispatch {

/// What is smaller is sent as it is: it fits into a packet anyway.
inline constexpr std::size_t compress_bytes_min = 1024;

/// True when an Accept-Encoding field takes gzip (RFC 9110 12.5.3): named, or by "*", and not with q=0.
bool accepts_gzip(std::string_view accept_encoding);

/// Compresses the body when it is text of compress_bytes_min at least, is not encoded yet, and gets smaller. What must not be stored, or sets a cookie, is left alone: next to a
/// secret the length of a compressed text tells of it (BREACH). Says in Vary that the response depends on Accept-Encoding wherever it does.
void compress(HttpResponse& response, std::string_view accept_encoding);

}  // namespace ingot::dispatch
