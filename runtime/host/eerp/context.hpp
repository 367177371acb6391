// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the host functions of the EERP contract work with while a guest runs. One CallContext per entry into a module; the
// RequestScope is shared by every module that one request passes through.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "db/connection.hpp"
#include "host/eerp/transaction.hpp"

namespace ingot::host::eerp {

/// A route as a module declared it.
struct RouteDeclaration {
  std::string method, path, permission;
  std::uint32_t handler_id = 0;
};

/// A request to one handler of one module: from a client, or from another module.
struct CallRequest {
  std::string method;
  std::string path;        ///< inside the module, query included: "/entries?limit=1"
  std::string body;        ///< JSON text, or empty
};

struct RequestScope;

/// What a call between modules gave: the answer's status and its body's text.
struct CallAnswer {
  int status = 200;
  std::string body;
};

/// The other modules, as a host function sees them.
class Directory {
 public:
  virtual ~Directory() = default;
  /// Runs `request` in module `name` on behalf of a module of this same request, on this thread. Errors: not_found, unavailable, limit,
  /// deadline, internal (the module trapped).
  virtual Result<CallAnswer> call(const std::string& name, const CallRequest& request, RequestScope& scope) = 0;
};

struct RequestScope {
  std::string request_id;
  std::string identity = "null";       ///< who calls, as JSON text; the same for every module on the way
  std::string subject, tenant;         ///< of the same; empty: nobody in particular, none
  std::vector<std::string> granted;    ///< permissions of the same
  std::chrono::steady_clock::time_point deadline;
  Transaction* transaction = nullptr;  ///< not owned
  Directory* directory = nullptr;      ///< not owned
  bool audit_statements = false;       ///< a module's own statement that changes rows leaves an entry in the audit trail
  int depth = 0;                       ///< calls between modules on the way here
  std::uint64_t log_lines = 0;
};

/// What a module may do, fixed when it is loaded.
struct ModuleRights {
  std::string name;
  std::vector<std::string> depends;
  std::vector<std::string> permissions;  ///< that it declares
  db::Authority authority;               ///< what its own SQL may touch: all its tables but those whose rows belong to tenants
  db::Authority data_authority;          ///< what the data service does for it: all its tables
};

struct CallContext {
  const ModuleRights* rights = nullptr;
  RequestScope* request = nullptr;                  ///< null while the module is being loaded
  std::vector<RouteDeclaration>* routes = nullptr;  ///< not null only while the module is being loaded
  std::string result;                               ///< text for host.result
  std::size_t savepoints = 0;                       ///< that the guest has opened and not ended
  std::uint64_t load_log_lines = 0;
};

}  // namespace ingot::host::eerp
