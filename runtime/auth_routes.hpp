// SPDX-License-Identifier: Apache-2.0
#pragma once
// POST /api/auth/login, /refresh and /logout: accounts/sign_in.hpp in the words of HTTP. A refresh token travels in a cookie that no script can read and that goes
// nowhere else, or in a JSON body for clients that have no cookies; the body of an answer never holds one.

#include <string>
#include <string_view>

#include "accounts/sign_in.hpp"
#include "dispatch/http_message.hpp"

namespace ingot {

/// True for the three paths.
bool is_auth_path(std::string_view path);

/// Answers a request for one of them. Blocks (a password's hash, the database): for workers. `secure_cookie`: browsers send the cookie over TLS only, and to their own machine.
/// REQUIRES: is_auth_path(request.path), and the method is POST.
dispatch::HttpResponse answer_auth(accounts::SignIn& sign_in, const dispatch::HttpRequest& request, bool secure_cookie, db::Deadline deadline);

}  // namespace ingot
