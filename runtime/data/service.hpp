// SPDX-License-Identifier: Apache-2.0
#pragma once
// The data service: what a guest asks in JSON (abi/DATA.md) is done to the tables of its module, inside the request's transaction. The host, not the guest, sees to the tenant,
// the times, the version, soft deletion, rights and the record of who changed what.

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "db/audit.hpp"
#include "db/connection.hpp"

namespace ingot::data {

constexpr std::size_t batch_steps_max = 100;
constexpr int history_entries_max = 100;
constexpr std::size_t savepoints_max = 16;
constexpr std::size_t nesting_max = 64;  ///< of a request's JSON

/// The request's transaction, as the service needs it. Implemented by the host.
class Store {
 public:
  virtual ~Store() = default;
  /// A statement judged like a guest's own.
  virtual std::variant<db::GuestRows, db::StatementError> run(const db::Authority& authority, std::string_view sql, std::string_view params_json, bool must_return_rows) = 0;
  /// A part that can be undone alone. Parts nest. Errors: database.
  virtual Result<void> open_part() = 0;
  virtual Result<void> close_part(bool keep) = 0;
  /// Writes an audit entry, or reads those of a row, newest first. Errors: database, deadline, unavailable.
  virtual Result<void> note(const db::AuditEntry& entry) = 0;
  virtual Result<std::vector<db::AuditEntry>> noted(const std::string& module, const std::string& table, const std::string& row_id, const std::string& tenant, int count) = 0;
};

/// Who the module works for.
struct Caller {
  std::string subject, tenant, request_id;          ///< empty: nobody in particular, none
  bool through_module = false;                      ///< another module called: it answers for its callers, but for hard_delete
  std::function<bool(const std::string&)> may;      ///< does this permission stand among theirs?
};

/// What the module may do.
struct Rights {
  const db::Authority* authority = nullptr;              ///< all its tables
  const std::vector<std::string>* permissions = nullptr; ///< that its signed module.json declares: `module:table:action` among them are asked of callers
};

/// The answer's JSON text, or why not. `savepoints`: how many the guest has open; whoever runs the guest closes what it leaves. REQUIRES: Rights and Caller are whole.
std::variant<std::string, db::StatementError> perform(Store& store, const Rights& rights, const Caller& caller, std::size_t& savepoints, std::string_view request);

}  // namespace ingot::data
