// SPDX-License-Identifier: Apache-2.0
#pragma once
// GET /admin: one HTML document with its style and its script inside, embedded in the program. It holds nothing about this server: what it shows it asks of
// GET /api/admin/overview, with the reader's own token. Its Content-Security-Policy lets those two texts run, by their digests, and nothing else, wherever on this
// origin it may come from. Thread-safe.

#include <string_view>

#include "dispatch/http_message.hpp"

namespace ingot::admin {

/// True for "/admin" and "/admin/".
bool is_page_path(std::string_view path);

/// The page, always the same, with the fields that shut it in.
dispatch::HttpResponse page_response();

}  // namespace ingot::admin
