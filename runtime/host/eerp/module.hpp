// SPDX-License-Identifier: Apache-2.0
#pragma once
// One business module: a mapped bundle with its pool, its routes and its migrations. Immutable once loaded; safe from several
// threads.

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "bundle/verify.hpp"
#include "db/migrate.hpp"
#include "host/eerp/context.hpp"
#include "host/eerp/exports.hpp"
#include "instance/pool.hpp"
#include "modules/description.hpp"

namespace ingot::host::eerp {

struct ModuleLimits {
  std::uint64_t memory_bytes_max = 0;
  std::size_t instances_max = 0;
  std::chrono::milliseconds load_deadline{10'000};
  bool operator==(const ModuleLimits&) const = default;
};

inline constexpr std::size_t trap_text_bytes_max = 4096;

/// The last time that a handler trapped. Its texts hold names that the module chose.
struct LastTrap {
  std::chrono::system_clock::time_point at;
  std::string reason;     ///< describe_trap()
  std::string backtrace;  ///< backtrace_text(), at most trap_text_bytes_max bytes of it
};

class Module final {
 public:
  /// Maps the bundle and runs the module once: start, init() (routes are collected), openapi() (its text is kept), migrate() (its text is parsed). Touches no
  /// database. Errors: verification, contract, migration, limit, deadline.
  static Result<std::unique_ptr<Module>> load(bundle::VerifiedBundle bundle, const modules::Description& description,
                                              const ModuleLimits& limits);
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;

  /// Runs one handler in an instance that nobody has used since its start, inside the scope's transaction. A trap is an outcome, not an error; errors: unavailable, contract.
  instance::TextOutcome handle(std::uint32_t handler_id, std::string_view request, RequestScope& scope);

  const modules::Description& description() const { return description_; }
  const ModuleLimits& limits() const { return limits_; }
  const db::MigrationSet& migrations() const { return migrations_; }
  const std::vector<RouteDeclaration>& routes() const { return routes_; }
  /// What it says of its routes (abi/OPENAPI.md), as it was said: nobody has read it yet. Empty: nothing.
  const std::string& openapi() const { return openapi_; }
  const load::LoadedModule& loaded() const { return *loaded_; }
  std::size_t instances_made() const { return pool_->instances_made(); }
  std::uint64_t calls() const { return calls_.load(std::memory_order_relaxed); }
  std::uint64_t traps() const { return traps_.load(std::memory_order_relaxed); }
  /// Nothing: none since it was loaded. Any thread.
  std::optional<LastTrap> last_trap() const;
  /// Linear memory of one instance in bytes, multiples of 64 KiB: at the end of the last handler (of the load, before the first), and the most that any had. Any thread.
  std::uint64_t memory_bytes_last() const { return memory_bytes_last_.load(std::memory_order_relaxed); }
  std::uint64_t memory_bytes_peak() const { return memory_bytes_peak_.load(std::memory_order_relaxed); }

 private:
  Module() = default;
  Result<void> run_once(const ModuleLimits& limits);
  void note_trap(const sandbox::Trap& trap);
  void note_memory(const instance::Instance& instance);

  modules::Description description_;
  ModuleLimits limits_;
  std::shared_ptr<const load::LoadedModule> loaded_;
  GuestExports exports_;
  std::vector<ingot_host_function> host_functions_;
  std::optional<instance::Pool> pool_;
  std::vector<RouteDeclaration> routes_;
  std::string openapi_;
  db::MigrationSet migrations_;
  db::Schema plain_schema_;  ///< of the tables whose rows belong to no tenant
  ModuleRights rights_;
  std::atomic<std::uint64_t> calls_{0}, traps_{0};
  std::atomic<std::uint64_t> memory_bytes_last_{0}, memory_bytes_peak_{0};
  mutable std::mutex trap_mutex_;
  std::optional<LastTrap> last_trap_;  // guarded by trap_mutex_
};

}  // namespace ingot::host::eerp
