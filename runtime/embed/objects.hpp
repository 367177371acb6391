// SPDX-License-Identifier: Apache-2.0
#pragma once
// What stands behind the names of ingot.h. Engines, modules and tables of definitions are counted, since instances refer to them for as long as they live.

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "embed/counted.hpp"
#include "embed/error.hpp"
#include "embed/include/ingot.h"
#include "format/trust.hpp"
#include "host/wasi/world.hpp"
#include "instance/generations.hpp"
#include "instance/instance.hpp"
#include "instance/pool.hpp"
#include "instance/text_call.hpp"
#include "load/module.hpp"
#include "sandbox/cancel.hpp"
#include "sandbox/event.hpp"
#include "sandbox/fiber_loop.hpp"
#include "sandbox/watchdog.hpp"

namespace ingot::embed {

/// A host function as it was defined.
struct Definition {
  ingot_callback callback = nullptr;
  void* user = nullptr;
  ingot_finalizer finalizer = nullptr;
  bool leaf = false;
  bool any_type = false;
  format::FunctionType type;
  Definition() = default;
  Definition(const Definition&) = delete;
  Definition& operator=(const Definition&) = delete;
  ~Definition() {
    if (finalizer != nullptr) finalizer(user);
  }
};

/// A definition as one instance has it: the context of its import. What the host function sees of it comes first, so that a leaf is called without a detour.
struct BoundImport {
  ingot_host_call call;
  const Definition* definition;  ///< the instance's table has it
};
static_assert(offsetof(BoundImport, call) == 0);

/// Compares names by what they say, whoever owns them.
struct NameOrder {
  using is_transparent = void;
  using View = std::pair<std::string_view, std::string_view>;
  template <typename One, typename Other>
  bool operator()(const One& one, const Other& other) const {
    return View(one) < View(other);
  }
};

/// What guests find through WASI. Never changed once a table has it.
struct WasiConfig {
  /// For one start. Errors: io, limit, unavailable, invalid_argument.
  Result<std::unique_ptr<host::wasi::World>> world() const;

  std::vector<std::string> arguments, environment;
  std::vector<host::wasi::DirectoryGrant> directories;
  std::optional<std::string> input;  ///< in place of the first stream
  std::array<std::shared_ptr<const host::wasi::OwnedFd>, 3> streams;
};

/// By module and name. Never changed once an instance or a pool has it.
struct DefinitionTable : Counted {
  std::shared_ptr<const WasiConfig> wasi;
  std::map<std::pair<std::string, std::string>, std::shared_ptr<const Definition>, NameOrder> by_name;
};

struct Loan;

/// From now on, UINT64_MAX being no end.
sandbox::Clock::time_point deadline_in(std::uint64_t nanoseconds);

/// Ends what this strand began by ingot_scope_begin and has not ended.
void end_scopes();

/// Null, or what is out of range.
ingot_error* check_limits(const ingot_limits& given);

/// "(i32, i64) -> (f64)". Errors: invalid_argument.
Result<format::FunctionType> parse_type(std::string_view text);

}  // namespace ingot::embed

struct ingot_trust {
  ingot::format::TrustPolicy policy;
};

struct ingot_engine : ingot::embed::Counted {
  ingot::format::TrustPolicy trust;
  std::atomic<std::uint64_t> modules_loaded{0}, modules_refused{0}, modules_alive{0};
  ingot::embed::Tally instances_alive;
};

struct ingot_module : ingot::embed::Counted {
  ingot_module(ingot::embed::Ref<ingot_engine> of, std::shared_ptr<const ingot::load::LoadedModule> module) : engine(std::move(of)), loaded(std::move(module)) {
    engine->modules_alive.fetch_add(1, std::memory_order_relaxed);
  }
  ingot_module(const ingot_module&) = delete;
  ingot_module& operator=(const ingot_module&) = delete;
  ~ingot_module() { engine->modules_alive.fetch_sub(1, std::memory_order_relaxed); }

  ingot::embed::Ref<ingot_engine> engine;
  std::shared_ptr<const ingot::load::LoadedModule> loaded;
  std::shared_ptr<ingot::instance::SharedStart> start = std::make_shared<ingot::instance::SharedStart>();
};

struct ingot_linker {
  /// What it has defined so far, for somebody who keeps it.
  ingot::embed::Ref<ingot::embed::DefinitionTable> table() const {
    if (!given.load(std::memory_order_relaxed)) given.store(true, std::memory_order_relaxed);
    return ingot::embed::Ref(definitions.get());
  }
  /// The same, to be added to.
  ingot::embed::DefinitionTable& own_table();

  std::unique_ptr<ingot::embed::DefinitionTable, ingot::embed::Disown<ingot::embed::DefinitionTable>> definitions{new ingot::embed::DefinitionTable};
  mutable std::atomic<bool> given{false};  ///< somebody has this table
};

namespace ingot::embed {
/// An empty table when there is no linker.
Ref<DefinitionTable> definitions_of(const ingot_linker* linker);
}  // namespace ingot::embed

struct ingot_wasi_config {
  ingot::embed::WasiConfig grants;
};

struct ingot_cancel {
  ingot::sandbox::CancelToken token;
};

struct ingot_loop {
  std::unique_ptr<ingot::sandbox::FiberLoop> fibers;
  std::atomic<bool> running{false};
};

struct ingot_event {
  ingot::sandbox::Event event;
};

struct ingot_instance {
  /// Not started. Errors: contract, limit.
  static ingot::Result<std::unique_ptr<ingot_instance>> create(ingot_module* module, ingot::embed::Ref<ingot::embed::DefinitionTable> definitions, const ingot_limits& limits);
  ingot_instance(ingot_module* of, ingot::embed::Ref<ingot::embed::DefinitionTable> its_definitions, const ingot_limits& its_limits);
  ingot_instance(const ingot_instance&) = delete;
  ingot_instance& operator=(const ingot_instance&) = delete;
  ~ingot_instance();

  /// May a call begin? If it is empty it is started. Null, or why not. REQUIRES: inside a CallScope.
  ingot_error* make_ready();
  /// REQUIRES: ready, inside a CallScope.
  ingot_trap run(const ingot::instance::CallTarget& target, ingot_slot* slots) {
    ++calls;
    const ingot_trap trap = guest->invoke(target, slots);
    if (trap != INGOT_TRAP_NONE) [[unlikely]] ++traps;
    return trap;
  }
  void note_quick_trap() {
    ++traps;
    trap_untold = true;
    last_error.reset();  // of something before
  }
  /// The whole of a call that is not the quick one. What it returns stands in `last_error` too.
  ingot_trap run_slowly(const ingot::instance::CallTarget& target, ingot_slot* slots) noexcept;
  /// Of the trap that the guest just ended with.
  ingot_error* trap_error(const ingot::sandbox::Trap& trap, const char* what) const;
  void reset();

  ingot::embed::Ref<ingot_module> module;
  ingot::embed::Ref<ingot::embed::DefinitionTable> definitions;
  ingot_limits limits;
  std::unique_ptr<ingot::host::wasi::World> world;  ///< of this start; null unless WASI was defined
  std::vector<ingot::embed::BoundImport> imports;  ///< the guest's imports point at them
  std::unique_ptr<ingot::instance::Instance> guest;
  std::uint64_t host_calls_left = 0;
  std::uint64_t host_calls_left_of = UINT64_MAX;  ///< which call that is about, by `calls`; the end of numbers: none
  std::uint64_t calls = 0, host_calls = 0, traps = 0, resets = 0;
  std::unique_ptr<ingot_error, ingot::embed::FreeError> last_error;  ///< of a quick call that was not allowed
  bool ended = false;                   ///< its program has returned or exited
  bool trap_untold = false;             ///< the guest's own trap was not asked for yet
  std::string reason;                   ///< of a probe that says no
  ingot::embed::Loan* loan = nullptr;   ///< of a pool
};

namespace ingot::embed {

/// One module as a pool serves it.
struct Generation {
  Generation(Ref<ingot_module> of, std::function<Result<std::unique_ptr<ingot_instance>>()> factory, std::size_t instances_max)
      : module(std::move(of)), pool(std::move(factory), instances_max) {}
  Ref<ingot_module> module;
  instance::BasicPool<ingot_instance> pool;
};

/// An instance of a pool while somebody has it. The lease goes back before the generation may go.
struct Loan {
  std::shared_ptr<Generation> generation;
  instance::BasicLease<ingot_instance> lease;
};

}  // namespace ingot::embed

struct ingot_pool {
  ingot_pool(ingot::embed::Ref<ingot::embed::DefinitionTable> its_definitions, const ingot_limits& its_limits, std::size_t most, std::shared_ptr<ingot::embed::Generation> first)
      : definitions(std::move(its_definitions)), limits(its_limits), instances_max(most), generations(std::move(first)) {}
  const ingot::embed::Ref<ingot::embed::DefinitionTable> definitions;
  const ingot_limits limits;
  const std::size_t instances_max;
  ingot::instance::Generations<ingot::embed::Generation> generations;
};
