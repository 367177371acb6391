// SPDX-License-Identifier: Apache-2.0
#pragma once
// One HTTP request through one module: the whole road in one function.

#include "application.hpp"
#include "dispatch/http_message.hpp"
#include "dispatch/router.hpp"
#include "identity/access.hpp"

namespace ingot {

/// Runs in a fiber, or on a thread that may wait; takes as long as the guest and the database do, at most the call deadline. Never throws on account of a
/// guest: whatever it does becomes an error envelope. `caller`: who calls, and what they may do.
dispatch::HttpResponse answer_module_request(Application& application, const dispatch::Match& match,
                                             const dispatch::HttpRequest& request, const identity::Caller& caller, host::eerp::Blocking& blocking);

}  // namespace ingot
