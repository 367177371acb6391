// SPDX-License-Identifier: Apache-2.0
#pragma once
// GET /api/admin/overview: everything that the admin page shows, as JSON.

#include <chrono>
#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "generation.hpp"
#include "identity/access.hpp"

namespace ingot {

inline constexpr std::string_view admin_overview_path = "/api/admin/overview";

/// What of the process is not a generation's, and who asks.
struct OverviewContext {
  std::size_t connections = 0;                    ///< of clients, open
  std::chrono::system_clock::time_point started;  ///< when this process began to serve
  identity::Caller caller;
  bool may_manage = false;                        ///< may the caller switch modules?
};

/// Asks the database for the history of migrations, and waits for it two seconds at most; where it does not answer, "server.database.problem" says so, no module
/// has "migrations", and all the rest is there. Texts of modules are handed on as they are, and may hold anything. For workers.
nlohmann::json admin_overview(Generation& now, const OverviewContext& context);

}  // namespace ingot
