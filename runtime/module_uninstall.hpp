// SPDX-License-Identifier: Apache-2.0
#pragma once
// Uninstalling over HTTP: what GET /api/modules/NAME/uninstall and DELETE /api/modules/NAME say. The DELETE itself is the server's, since it takes a reload.

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "dispatch/http_message.hpp"
#include "uninstall.hpp"

namespace ingot {

/// preview_uninstall() within the time that a call may take: rows are counted.
Result<UninstallPreview> look_for_uninstall(const Config& config, const std::string& name);

/// {"module","version","dependants","tables","files","files_kept","uninstalled"}; no path of this machine.
nlohmann::json report_uninstall(const std::string& name, const UninstallPreview& preview, bool uninstalled);

/// 404, 409 or 503 for what look_for_uninstall() says.
dispatch::HttpResponse refuse_uninstall(const Error& error, const dispatch::HttpRequest& request);

/// The caller may ask. Waits for the database.
dispatch::HttpResponse answer_uninstall_preview(const Config& config, const std::string& name, const dispatch::HttpRequest& request);

}  // namespace ingot
