// SPDX-License-Identifier: Apache-2.0
#pragma once
// A plugin: one module, or several that call one another, with the host's side of a call (abi/EXTISM.md). Between calls it keeps its memory, its globals and its variables.
//
//     start afresh      at the first call; after `_start`, which a program runs once; after a trap, which leaves memory half done
//     initialisers      hs_init (behind _initialize), else __wasm_call_ctors, else _initialize
//     call              the kernel's memory is emptied, the input stands in it, the clock runs
//
// A Plugin is used by one thread at a time, except for cancel().

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "host/extism/host_functions.hpp"
#include "host/extism/plugin_host.hpp"
#include "host/extism/program_call.hpp"
#include "host/wasi/world.hpp"
#include "instance/instance.hpp"
#include "load/module.hpp"
#include "sandbox/cancel.hpp"

namespace ingot::host::extism {

/// A module under the name by which others import from it; "" has none.
struct PluginModule {
  std::string name;
  std::shared_ptr<const load::LoadedModule> module;
  /// What its plugins share of their start; null: nothing, and none of them rests.
  std::shared_ptr<instance::SharedStart> start = nullptr;
};
/// A start for PluginModule, of plugins among which several may be alive.
std::shared_ptr<instance::SharedStart> plugin_start();

/// WASI for a plugin's modules.
struct WasiAccess {
  std::vector<wasi::DirectoryGrant> directories{};
  int standard_output = -1, standard_error = -1;  ///< as in wasi::Grants; there is no input
};

struct PluginOptions {
  Settings settings{};
  std::vector<HostFunction> functions{};
  std::optional<WasiAccess> wasi{};                     ///< nothing: modules that import WASI are refused
  std::optional<std::uint64_t> timeout_ms{};            ///< of one call, initialisers included; nothing: no end
  std::optional<std::uint32_t> memory_pages_max{};      ///< of 64 KiB, by which all memories together may grow once they are there
  std::uint64_t memory_bytes_max = limits::memory_quota_bytes_default;  ///< of each memory
  std::uint64_t stack_bytes = limits::guest_stack_bytes;
};

/// How a call ended.
struct CallOutcome {
  std::int32_t code = 0;                ///< what the function returned; of a program, what it ended with; 134: it trapped; -1: it did not run
  std::optional<std::string> error{};   ///< nothing: all is well
  std::optional<sandbox::Trap> trap{};  ///< how the guest was left, if that was by a trap
  bool returned = false;                ///< the function came to its end
};

class Plugin final {
 public:
  /// Links the modules; runs no guest code. The entry is the module named `main`, else the last one without a name, else the last one. Errors: contract (an import that nobody
  /// offers, of another type, in a circle; a function of the host's that takes what no slot of its own can hold; names that stand twice), limit, io.
  static Result<std::unique_ptr<Plugin>> create(std::vector<PluginModule> modules, PluginOptions options);
  ~Plugin();
  Plugin(const Plugin&) = delete;
  Plugin& operator=(const Plugin&) = delete;

  /// Calls an exported function of the entry. `host_context` is for the host's own functions. A call scope that this thread is inside of already keeps its deadline.
  CallOutcome call(std::string_view name, std::string_view input, void* host_context = nullptr);
  /// Of the last call; valid until the next one or reset().
  std::string_view output() const { return host_->kernel.output(); }
  bool has_function(std::string_view name) const;
  /// The memory that it shares with the host is emptied: output and handles are gone.
  void reset() { host_->kernel.reset(); }
  /// As it was made: memories, globals, variables and what it had opened are gone, and the next call starts it afresh. REQUIRES: no call runs.
  void forget();
  /// Until its next call it takes some kilobytes, and no address space: what differs from its module's start is kept, and the memory that it shares with the host is emptied, as by
  /// reset(). That call finds everything else as it was left and takes some microseconds more. False, and nothing has changed: this plugin cannot rest (Instance::rest(); it has
  /// several modules). REQUIRES: no call runs.
  bool rest();
  bool is_at_rest() const { return at_rest_; }
  /// Ends the call that runs; false when none does. Any thread.
  bool cancel();
  bool is_running() const { return running_; }
  PluginHost& host() { return *host_; }

 private:
  struct Part {
    std::string name;
    std::shared_ptr<const load::LoadedModule> module;
    std::shared_ptr<instance::SharedStart> start;
    std::unique_ptr<instance::Instance> guest{};
    bool linking = false;
    bool is_program = false;  ///< each call into it finds it afresh (program_call.hpp); never the entry
  };
  explicit Plugin(PluginOptions options);
  Result<void> link(std::size_t index, std::vector<std::string>& path);
  Result<std::unique_ptr<instance::Instance>> make_guest(std::size_t index, std::vector<std::string>& path);
  Result<instance::Extern> find_import(const Part& importer, const format::Import& import, std::vector<std::string>& path);
  Result<instance::Extern> find_in_part(const Part& importer, const format::Import& import, std::size_t offering, int export_index, std::vector<std::string>& path);
  std::optional<std::size_t> find_part(std::string_view name) const;
  std::optional<CallOutcome> check_function(std::string_view name, int& function) const;
  std::optional<CallOutcome> wake();
  /// There is no instance any more.
  void unlink();
  /// Makes instances for nothing but their starts.
  void learn_start();
  std::optional<CallOutcome> start_afresh();
  std::optional<CallOutcome> initialise();
  std::optional<CallOutcome> place_input(std::string_view input);
  CallOutcome run(int function);
  CallOutcome ending(const sandbox::Trap& trap);
  instance::Instance& entry() { return *parts_[entry_].guest; }

  PluginOptions options_;
  std::unique_ptr<PluginHost> host_;
  sandbox::GrowthBudget growth_;
  std::list<BoundFunction> bound_;
  std::list<ProgramExport> programs_;       ///< imports point at them, as at the above
  std::shared_ptr<instance::Store> store_;  ///< null for a module by itself
  std::vector<Part> parts_;
  std::vector<std::size_t> order_;          ///< whoever is imported from comes first; without programs that are
  std::size_t entry_ = 0;
  std::unique_ptr<wasi::World> world_;
  std::unique_ptr<const instance::Rested> rested_;  ///< of a plugin at rest that was started
  std::string called_name_;    ///< of the last call
  int called_function_ = -1;   ///< below 0: there was none
  std::optional<std::uint8_t> called_result_;  ///< its type; nothing: it has none
  bool must_start_ = true, running_ = false, at_rest_ = false;

  struct Running;

  sandbox::CancelToken cancel_;  ///< a call has it while it runs
};

}  // namespace ingot::host::extism
