// SPDX-License-Identifier: Apache-2.0
#pragma once
// GET /api/modules/NAME/logs: the last lines of the log about a module.

#include <string>

#include "dispatch/http_message.hpp"

namespace ingot {

/// Reads ?level=, ?after= and ?limit= (README.md); other names, and values that none may have, are a 400. The caller may read them. Any thread.
dispatch::HttpResponse answer_module_logs(const std::string& module, const dispatch::HttpRequest& request);

}  // namespace ingot
