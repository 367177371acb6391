// SPDX-License-Identifier: Apache-2.0
#pragma once
// One guest: address space, stack, the generated struct, and a state.
//
//              start()            call()
//     empty ------------> ready <--------> running
//       ^                 |  ^ |              |
//       |  reset()        |  +-+ reset(),     |  trap
//       +-----------------+      kept start   v
//       +------------------- reset() ----- poisoned      clear() leads from ready to empty, too; retire() to poisoned
//
//   empty     no guest byte exists: memory uncommitted, struct zero
//   ready     instantiated (`_initialize` included, unless its limits say otherwise); may be called. reset() leads back to right behind the start if that could be kept
//             (kept_start.hpp), and to empty if not
//   running   this thread is inside; a second call is refused (no re-entrance)
//   poisoned  it trapped, was interrupted at an arbitrary instruction or has come to its end: never entered again, only reset
//
// An Instance belongs to one thread at a time. It keeps its LoadedModule mapped.

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/check.hpp"
#include "base/result.hpp"
#include "ingot/abi.h"
#include "instance/extern.hpp"
#include "instance/guest_memory.hpp"
#include "instance/kept_start.hpp"
#include "instance/rested.hpp"
#include "instance/store.hpp"
#include "load/module.hpp"
#include "sandbox/enter.hpp"
#include "sandbox/services.hpp"
#include "sandbox/slot.hpp"
#include "sandbox/thread.hpp"
#include "sandbox/trap.hpp"

namespace ingot::instance {

struct InstanceLimits {
  std::uint64_t memory_bytes_max;  ///< quota of linear memory
  std::uint64_t stack_bytes = limits::guest_stack_bytes;  ///< as in sandbox::Slot; not for instances that share a Store's
  /// A trapped instance stays ready, as the specification has it, instead of being poisoned. For tests of the specification itself: what a guest's
  /// interrupted code left half done in its memory is then seen by the next call.
  bool survives_traps = false;
  /// Where the starts of a module's instances may be kept; null: each reset() leads to empty.
  std::shared_ptr<SharedStart> shared_start = nullptr;
  /// False: start() does not run `_initialize`; who makes the instance knows better what comes first.
  bool initializes = true;
};

enum class State : std::uint8_t { empty, ready, running, poisoned };
const char* state_name(State state);

/// An exported function of an instance, as an imported one reaches it.
struct CallTarget {
  void (*call)(void* instance, ingot_slot* slots);
  void* instance;
};

class Instance final {
 public:
  /// Reserves everything; runs no guest code. `host_functions` holds one function per imported function, in order; each gets this Instance
  /// as its context. Errors: limit; contract (the module imports something that is no function).
  static Result<std::unique_ptr<Instance>> create(std::shared_ptr<const load::LoadedModule> module,
                                                  std::span<const ingot_host_function> host_functions, const InstanceLimits& limits);
  /// The same, linked with others: `given` holds one entry per import, in order. `store` is the one that all instances among them share.
  /// With a null store it gets one of its own, and is linked with nobody: `given` holds host functions only. Errors: limit; contract ("unknown import ...",
  /// "incompatible import type ...").
  static Result<std::unique_ptr<Instance>> create(std::shared_ptr<const load::LoadedModule> module, std::span<const Extern> given,
                                                  const InstanceLimits& limits, std::shared_ptr<Store> store);
  ~Instance();
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  /// empty -> ready: runs the module's own instantiation and start function, then `_initialize` when exported. A trap leaves it poisoned.
  /// REQUIRES: empty, inside a CallScope.
  std::optional<sandbox::Trap> start();

  /// ready -> running -> ready, or poisoned with the trap. `slots` holds the arguments and takes the results; it must have room for
  /// both. REQUIRES: inside a CallScope; `export_index` comes from LoadedModule::find_function.
  std::optional<sandbox::Trap> call(int export_index, std::span<ingot_slot> slots);

  /// The same without a look at the manifest, for who has looked before: TypedFunction (typed_function.hpp). What there is to say of a trap, trap() says.
  /// REQUIRES: `target` is a call_target() of this instance, `slots` has room for its arguments and its results.
  ingot_trap invoke(const CallTarget& target, ingot_slot* slots) {
    INGOT_CHECK(target.instance == guest() && state_ == State::ready);
    note_user(sandbox::this_thread_if_any());
    return run(target.call, target.instance, slots);
  }
  /// Is it ready, this thread inside a call scope, and was it this thread that used it last? Then run() needs no more questions.
  bool ready_for_quick_call() const { return state_ == State::ready && user_ == sandbox::active_serial; }
  /// The same as invoke() with the target's parts, for who counts nanoseconds. REQUIRES: ready_for_quick_call(), or note_user() was called.
  [[gnu::always_inline]] ingot_trap run(void (*function)(void*, ingot_slot*), void* instance, ingot_slot* slots) {
    stack_used_ = true;
    state_ = State::running;
    const ingot_trap kind = sandbox::enter(activation_, function, instance, slots);
    state_ = State::ready;
    if (kind != INGOT_TRAP_NONE) [[unlikely]] return note_trap(kind);
    if (activation_.untidy) [[unlikely]] tidy();  // from here on no interrupt makes it so
    return INGOT_TRAP_NONE;
  }
  /// Of the last call that trapped; until the next one does, or a reset. REQUIRES: there was one.
  const sandbox::Trap& trap() const {
    INGOT_CHECK(trap_.has_value());
    return *trap_;
  }

  /// empty -> ready by start(), or ready -> ready: nothing is left to do.
  std::optional<sandbox::Trap> ensure_started() { return state_ == State::ready ? std::nullopt : start(); }

  /// poisoned|empty -> empty; ready -> ready as it was right after its start, or empty if that was not kept. Nothing of the last caller remains.
  void reset();
  /// The same, and always empty: for who has to do something before each start.
  void clear();
  /// ready -> poisoned, of a guest that has come to its end by itself.
  void retire();

  /// What start_from() makes an instance of the same module, quota and SharedStart what this one is; nothing, if that cannot be told: its module's start is not
  /// known, a table was changed, a variable holds a reference to one of its functions, it is linked with others, the kernel does not say which pages were written to, or so much
  /// was that nothing would be won. This one stays as it is. REQUIRES: ready.
  std::optional<Rested> rest() const;
  /// Would two more starts of its module tell what rest() has to know, and change nothing else? REQUIRES: ready.
  bool start_could_be_learned() const { return known_start() == nullptr && shared_start_ != nullptr && alone() && !start_asked_host_; }
  /// empty -> ready. False, and it stays empty, when there is no memory or address space, or its start is not known. Runs no guest code.
  bool start_from(const Rested& rested);

  State state() const { return state_; }
  const load::LoadedModule& module() const { return *module_; }
  /// As in sandbox::Services. `budget` outlives the instance's calls.
  void limit_growth(sandbox::GrowthBudget* budget) { services_.limit_growth(budget); }
  /// Memory that the guest's code may use itself (ingot_instance_header.shared); outlives the instance. REQUIRES: it was not started.
  void share(const ingot_shared_memory* memory) {
    INGOT_CHECK(state_ == State::empty);
    shared_ = memory;
  }
  /// Of all its tables' elements.
  std::uint64_t table_bytes() const { return services_.table_bytes(); }
  /// What is written through it counts as written by this thread.
  GuestMemory memory() const {
    note_user(sandbox::this_thread_if_any());
    return GuestMemory(services_.linear_memory());
  }

  /// The struct or cell behind an exported memory, table or global (see ingot_export.address). REQUIRES: ready; not a function.
  void* export_address(int export_index) const;

  /// How linked instances call this export, and how a host function calls back into a guest: on the stack of the call in progress, as part of it. A trap
  /// abandons every frame up to that call's entry and runs no destructor, so the caller's frames must be trivial. Valid as long as this Instance.
  /// REQUIRES: a function; without call() above it is called only inside a host function that this instance, or one in the same Store, has called.
  CallTarget call_target(int export_index) const;

  /// Whatever the host functions of this instance work with during a call; not owned.
  void set_host_data(void* data) { host_data_ = data; }
  void* host_data() const { return host_data_; }
  /// A phrase for the trap that a host function is about to raise ("argument outside memory in host.log").
  void set_trap_detail(std::string detail) {
    trap_detail_ = std::move(detail);
    activation_.untidy = true;
  }

 private:
  Instance(std::shared_ptr<const load::LoadedModule> module, sandbox::Slot slot, std::shared_ptr<Store> store,
           std::uint8_t* block, std::size_t block_bytes, const InstanceLimits& limits);
  ingot_instance_header* header() { return reinterpret_cast<ingot_instance_header*>(block_); }
  /// Which threads have written to it since the last reset? So that the next one knows whose faults to count.
  void note_user(const sandbox::ThreadRecord* thread) const {
    const std::uint64_t serial = thread != nullptr ? thread->serial : unknown_user;
    if (user_ == serial) [[likely]] return;
    several_users_ = several_users_ || user_ != no_user;
    user_ = serial;
  }
  sandbox::Slot::Writers writers() const;
  /// What it is called from now on.
  ingot_trap note_trap(ingot_trap kind) noexcept;
  /// Undoes what `untidy` says: what an interrupt did to import calls, and what there would have been to say of a trap.
  void tidy() noexcept;
  /// Is nobody linked with it, who might use what is its?
  bool alone() const { return store_->services.size() == 1 && addresses_.empty(); }
  void write_header(const ingot_host_import* imports);
  std::optional<sandbox::Trap> start_natively();
  /// Is now what every start leaves, if that is known and there is memory for it; no guest code runs.
  bool start_as_known();
  void keep_start();
  void keep_here();
  bool rewind();
  std::optional<Differences> written_memory(const sandbox::MemoryImage* image) const;
  std::optional<Differences> changed_struct(const StartTemplate& known, const std::vector<void*>& arrays) const;
  /// Its tables' arrays; nothing, if they do not hold what the start left.
  std::optional<std::vector<void*>> arrays_as_started(const StartTemplate& known) const;
  /// Null: nobody knows what its start leaves.
  const StartTemplate* known_start() const;
  /// Of the last call nothing is known any more.
  void forget_call();
  /// Afterwards this thread may have written to it, and nobody else.
  void note_only_user();
  /// What clear() does to the guest itself.
  void empty();
  /// For the next instance.
  void give_slot_back(sandbox::Slot::Writers wrote);
  void* guest() const { return block_ + sizeof(ingot_instance_header); }

  static Result<std::unique_ptr<Instance>> make(std::shared_ptr<const load::LoadedModule> module, const InstanceLimits& limits,
                                                std::shared_ptr<Store> store);
  Result<void> link(const format::Import& import, const Extern& given);

  /// An import that is no function: what it is, and the maximum size that it was made with.
  struct Bound {
    void* address;
    std::optional<std::uint64_t> max;
  };

  std::shared_ptr<const load::LoadedModule> module_;
  sandbox::Slot slot_;
  std::shared_ptr<Store> store_;
  std::uint8_t* block_;        ///< header + generated struct, at the end of the slot's front
  std::size_t block_bytes_;
  sandbox::Services services_;
  sandbox::Activation activation_;
  std::vector<ingot_host_import> imports_;
  std::deque<CallTarget> targets_;  ///< of imports that are other instances' functions; their addresses are in imports_
  std::vector<void*> addresses_;
  std::vector<Bound> bound_;
  const ingot_shared_memory* shared_ = nullptr;
  void* host_data_ = nullptr;
  std::string trap_detail_;
  std::optional<sandbox::Trap> trap_;
  std::shared_ptr<SharedStart> shared_start_;
  std::unique_ptr<const KeptStart> kept_;
  bool survives_traps_;
  bool initializes_;
  bool start_asked_host_ = false;
  State state_ = State::empty;
  bool stack_used_ = false;
  static constexpr std::uint64_t unknown_user = ~std::uint64_t{0}, no_user = unknown_user - 1;  // never 0, which is no thread in a scope
  mutable std::uint64_t user_ = no_user;  ///< the last one: a thread's serial, or one of those
  mutable bool several_users_ = false;    ///< since the last reset
};

}  // namespace ingot::instance
