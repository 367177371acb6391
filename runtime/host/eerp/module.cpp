// SPDX-License-Identifier: Apache-2.0
#include "host/eerp/module.hpp"

#include <utility>

#include "data/statement.hpp"
#include "host/eerp/functions.hpp"
#include "observe/log.hpp"
#include "sandbox/watchdog.hpp"

namespace ingot::host::eerp {
namespace {

Error trap_error(const std::string& step, const sandbox::Trap& trap) {
  const ErrorCode code = trap.kind == INGOT_TRAP_DEADLINE ? ErrorCode::deadline
                         : sandbox::trap_is_limit(trap.kind) ? ErrorCode::limit
                                                             : ErrorCode::contract;
  if (!trap.backtrace.frames.empty()) {
    observe::log(observe::Level::error, step + " " + sandbox::describe_trap(trap), {{"backtrace", sandbox::backtrace_text(trap.backtrace)}});
  }
  return Error{code, step + " " + sandbox::describe_trap(trap)};
}

}  // namespace

Result<std::unique_ptr<Module>> Module::load(bundle::VerifiedBundle bundle, const modules::Description& description,
                                             const ModuleLimits& limits) {
  if (bundle.manifest().contract != "eerp") {
    return Error{ErrorCode::contract, "the bundle serves the contract '" + bundle.manifest().contract + "', not eerp"};
  }
  // What the signed bundle says of itself must be what the file beside it says: an unsigned file grants no rights.
  INGOT_TRY(const modules::Description signed_description, modules::parse_description(bundle.manifest().module_json));
  if (signed_description.name != description.name || signed_description.depends != description.depends || signed_description.versions != description.versions ||
      signed_description.version != description.version) {
    return Error{ErrorCode::verification,
                 "module.json beside the bundle differs from the signed one in name, version or depends; cast the module again"};
  }
  auto module = std::unique_ptr<Module>(new Module);
  module->description_ = description;
  module->limits_ = limits;
  INGOT_TRY(module->host_functions_, resolve_imports(bundle.manifest()));
  INGOT_TRY(module->loaded_, load::load(std::move(bundle)));
  INGOT_TRY(module->exports_, find_exports(*module->loaded_));
  Module* const self = module.get();
  const instance::InstanceLimits instance_limits{.memory_bytes_max = limits.memory_bytes_max, .shared_start = std::make_shared<instance::SharedStart>()};
  module->pool_.emplace(
      [self, instance_limits] { return instance::Instance::create(self->loaded_, self->host_functions_, instance_limits); },
      limits.instances_max);
  module->rights_.name = description.name;
  module->rights_.depends = description.depends;
  module->rights_.permissions = signed_description.permissions;
  module->migrations_ = db::MigrationSet::empty(description.name);
  INGOT_TRY_VOID(module->run_once(limits));
  const db::Schema& schema = module->migrations_.schema();
  module->plain_schema_.module = schema.module;
  for (const auto& [name, table] : schema.tables) {
    if (!data::is_of_tenants(table)) module->plain_schema_.tables.emplace(name, table);
  }
  module->rights_.authority = {description.name, &module->plain_schema_};
  module->rights_.data_authority = {description.name, &schema};
  return module;
}

Result<void> Module::run_once(const ModuleLimits& limits) {
  const auto deadline = std::chrono::steady_clock::now() + limits.load_deadline;
  INGOT_TRY(instance::Lease lease, pool_->acquire(deadline));
  CallContext context;
  context.rights = &rights_;
  context.routes = &routes_;
  lease->set_host_data(&context);
  const sandbox::CallScope scope(deadline);
  if (auto trap = lease->ensure_started()) return trap_error("starting the module", *trap);
  note_memory(*lease);
  if (exports_.init >= 0) {
    ingot_slot none{};
    if (auto trap = lease->call(exports_.init, std::span(&none, 1))) return trap_error("init()", *trap);
  }
  if (!routes_.empty() && !exports_.handle) {
    return Error{ErrorCode::contract, "the module registers routes but exports no handle"};
  }
  if (exports_.openapi >= 0) {
    instance::TextOutcome said = call_openapi(*lease, exports_);
    if (auto* trap = std::get_if<sandbox::Trap>(&said)) return trap_error("openapi()", *trap);
    if (auto* error = std::get_if<Error>(&said)) return *error;
    openapi_ = std::move(std::get<std::string>(said));
  }
  if (exports_.migrate < 0) return {};
  instance::TextOutcome outcome = call_migrate(*lease, exports_);
  if (auto* trap = std::get_if<sandbox::Trap>(&outcome)) return trap_error("migrate()", *trap);
  if (auto* error = std::get_if<Error>(&outcome)) return *error;
  if (std::get<std::string>(outcome).empty()) return {};
  INGOT_TRY(migrations_, db::MigrationSet::parse(description_.name, std::get<std::string>(outcome)));
  return {};
}

instance::TextOutcome Module::handle(std::uint32_t handler_id, std::string_view request, RequestScope& request_scope) {
  calls_.fetch_add(1, std::memory_order_relaxed);
  // A module that another one calls is not waited for: the caller holds its own instance and perhaps the database's lock, and those who have the instances may be waiting for
  // that. A request holds one of each module at most, since `depends` has no cycles, so there are never more of them than requests in modules that others are called from.
  auto lease = pool_->acquire(request_scope.deadline, request_scope.depth > 0 ? instance::WhenBusy::exceed : instance::WhenBusy::wait);
  if (!lease.ok()) return lease.error();
  CallContext context;
  context.rights = &rights_;
  context.request = &request_scope;
  (*lease)->set_host_data(&context);
  const sandbox::CallScope scope(request_scope.deadline);
  std::optional<sandbox::Trap> trap = (*lease)->ensure_started();
  if (!trap && !exports_.handle) return Error{ErrorCode::contract, "the module exports no handle"};
  instance::TextOutcome outcome = trap ? instance::TextOutcome(*trap) : instance::call_text(**lease, *exports_.handle, request, handler_id);
  note_memory(**lease);
  if (const auto* ended_by = std::get_if<sandbox::Trap>(&outcome)) note_trap(*ended_by);
  // Savepoints that it has left open end with it; what is around them decides whether they stay.
  for (; context.savepoints > 0; --context.savepoints) {
    const auto closed = request_scope.transaction->close_part(std::holds_alternative<std::string>(outcome));
    if (!closed.ok()) return closed.error();
  }
  return outcome;
}

void Module::note_memory(const instance::Instance& instance) {
  const std::uint64_t bytes = instance.memory().size();
  memory_bytes_last_.store(bytes, std::memory_order_relaxed);
  std::uint64_t peak = memory_bytes_peak_.load(std::memory_order_relaxed);
  while (bytes > peak && !memory_bytes_peak_.compare_exchange_weak(peak, bytes, std::memory_order_relaxed)) {
  }
}

void Module::note_trap(const sandbox::Trap& trap) {
  traps_.fetch_add(1, std::memory_order_relaxed);
  LastTrap last{std::chrono::system_clock::now(), sandbox::describe_trap(trap), sandbox::backtrace_text(trap.backtrace).substr(0, trap_text_bytes_max)};
  const std::lock_guard lock(trap_mutex_);
  last_trap_ = std::move(last);
}

std::optional<LastTrap> Module::last_trap() const {
  const std::lock_guard lock(trap_mutex_);
  return last_trap_;
}

}  // namespace ingot::host::eerp
