// SPDX-License-Identifier: Apache-2.0
#pragma once
// A module's rows over HTTP: GET /api/modules/NAME/export writes them out, POST /api/modules/NAME/purge drops those of a module that is uninstalled. The caller may ask; both wait for
// the database, so they run on a worker.

#include <string>

#include "application.hpp"
#include "dispatch/http_message.hpp"

namespace ingot {

/// 200 with a line of JSON for each row, at most 64 MiB of them; 404 (no such module, here or in the database), 409 (more than that, or records that do not fit the tables), 503.
dispatch::HttpResponse answer_export(const Config& config, const std::string& name, const dispatch::HttpRequest& request);

/// The body must be {"confirm": NAME}. 200 with what is gone; 400, 404, 409 (another name; it is installed; another server, another verb or a request that began before its
/// uninstalling uses the database; tables of others refer to its tables), 503. Then nothing was dropped. On the lifecycle's thread.
dispatch::HttpResponse answer_purge(Application& application, const std::string& name, const dispatch::HttpRequest& request, const std::string& subject);

}  // namespace ingot
