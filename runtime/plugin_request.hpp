// SPDX-License-Identifier: Apache-2.0
#pragma once
// One HTTP request to a plugin's route: the body goes in (of a GET the query), the output comes out.

#include "application.hpp"
#include "dispatch/http_message.hpp"
#include "dispatch/router.hpp"
#include "host/eerp/blocking.hpp"
#include "identity/access.hpp"

namespace ingot {

/// The caller may call. Waits for the plugin, on a fiber without its thread; what the call leaves in the audit trail is there before the answer is. 200 with the output;
/// 422 PLUGIN_ERROR with what the plugin says; 500 where it trapped, 503 where all its instances are busy or the trail cannot be written, 504 where it was late.
dispatch::HttpResponse answer_plugin_request(Application& application, const dispatch::Match& match, const dispatch::HttpRequest& request, const identity::Caller& caller,
                                             host::eerp::Blocking& blocking);

}  // namespace ingot
