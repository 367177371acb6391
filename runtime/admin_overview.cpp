// SPDX-License-Identifier: Apache-2.0
#include "admin_overview.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "admin/quantile.hpp"
#include "db/version_state.hpp"
#include "dispatch/envelope.hpp"
#include "module_report.hpp"
#include "observe/process.hpp"
#include "version.hpp"

namespace ingot {
namespace {

using nlohmann::json;
using Metrics = observe::RequestMetrics;

constexpr std::chrono::seconds database_patience{2};

json milliseconds(std::optional<double> seconds) { return seconds ? json(*seconds * 1000) : json(nullptr); }

/// How many requests there were and how many of them ended with 5xx, since this process began to serve; how long they took lately.
json report_requests(const Metrics::Series& series) {
  std::uint64_t count = 0, failed = 0;
  for (const auto& in_class : series.by_time) count += in_class.load(std::memory_order_relaxed);
  const Metrics::ByTime recent = series.recent(Metrics::Clock::now());
  constexpr int first_failure = 500;
  for (int status = first_failure; status <= Metrics::status_max; ++status) {
    failed += series.by_status[static_cast<std::size_t>(status - Metrics::status_min)].load(std::memory_order_relaxed);
  }
  return {{"count", count},
          {"failed", failed},
          {"p50_ms", milliseconds(admin::quantile_of(0.50, recent, Metrics::bounds))},
          {"p99_ms", milliseconds(admin::quantile_of(0.99, recent, Metrics::bounds))},
          {"window_s", Metrics::window.count()}};
}

json report_memory(const host::eerp::Module& module) {
  return {{"last_bytes", module.memory_bytes_last()}, {"peak_bytes", module.memory_bytes_peak()}, {"max_bytes", module.limits().memory_bytes_max}};
}

/// The history of one module. One that is not loaded has nothing to compare it with: then what was applied is told as that.
Result<json> report_migrations(db::Migrator& migrator, db::Connection& connection, const ModuleEntry& entry) {
  const bool loaded = entry.module != nullptr;
  INGOT_TRY(const auto versions, migrator.status(connection, loaded ? entry.module->migrations() : db::MigrationSet::empty(entry.found.description.name)));
  json list = json::array();
  for (const db::VersionStatus& version : versions) {
    list.push_back({{"version", version.version}, {"state", loaded ? db::version_state_name(version.state) : "applied"}});
    list.back()["applied_at"] = version.applied_at.empty() ? json(nullptr) : json(version.applied_at);
  }
  return list;
}

Result<void> add_migrations(Application& application, json& modules) {
  INGOT_TRY(db::Lease lease, application.connections().acquire(std::chrono::steady_clock::now() + database_patience));
  db::Migrator migrator(application.database());
  for (std::size_t i = 0; i < modules.size(); ++i) {
    INGOT_TRY(modules[i]["migrations"], report_migrations(migrator, *lease, application.modules()[i]));
  }
  return {};
}

json report_server(Generation& now, const OverviewContext& context, const json& problem) {
  const observe::ProcessFacts process = observe::process_facts();
  return {{"version", version},
          {"started_at", dispatch::rfc3339_ms(context.started)},
          {"requests_in_flight", std::max<std::int64_t>(0, now.metrics->in_flight())},
          {"connections", context.connections},
          {"cpu_seconds", process.cpu_seconds},
          {"resident_bytes", process.resident_bytes},
          {"threads", process.threads},
          {"database", {{"kind", now.application->database().kind() == db::Kind::sqlite ? "sqlite" : "postgresql"},
                        {"connections", now.application->connections().open_count()},
                        {"problem", problem}}}};
}

}  // namespace

json admin_overview(Generation& now, const OverviewContext& context) {
  const std::vector<ModuleEntry>& entries = now.application->modules();
  json modules = json::array();
  for (const ModuleEntry& entry : entries) {
    const std::string& name = entry.found.description.name;
    json report = report_module(entry);
    report["dependants"] = json::array();
    for (const ModuleEntry& other : entries) {
      const auto& depends = other.found.description.depends;
      if (std::ranges::find(depends, name) != depends.end()) report["dependants"].push_back(other.found.description.name);
    }
    if (const auto series = now.metrics->series().find(name); series != now.metrics->series().end()) report["requests"] = report_requests(*series->second);
    if (entry.module != nullptr) {
      report["memory"] = report_memory(*entry.module);
      const auto trap = entry.module->last_trap();
      report["last_trap"] = trap ? json{{"at", dispatch::rfc3339_ms(trap->at)}, {"reason", trap->reason}, {"backtrace", trap->backtrace}} : json(nullptr);
    }
    modules.push_back(std::move(report));
  }
  json problem = nullptr;
  if (const auto added = add_migrations(*now.application, modules); !added.ok()) {
    for (json& module : modules) module.erase("migrations");
    problem = "the database does not answer: " + added.error().message;
  }
  const auto& principal = context.caller.principal;
  return {{"server", report_server(now, context, problem)},
          {"caller", {{"subject", principal ? json(principal->subject) : json(nullptr)}, {"may_manage", context.may_manage}}},
          {"modules", std::move(modules)}};
}

}  // namespace ingot
