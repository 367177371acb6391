// SPDX-License-Identifier: Apache-2.0
#pragma once
// `ingot serve --watch`: whatever changes in a module's folder is built, cast and served again.
//
//   a source changes --build--> NAME.wasm changes --ingotc--> NAME.ingot changes --reload--> it is served
//
// Each arrow is taken by what the files are, not by who changed them: a .wasm that was built by hand is cast too, a bundle that was copied into its
// place is served. What fails says why on stderr and is tried again when its input changes; what was served is served on. The serving itself knows
// nothing of this: it verifies bundles, and takes them or leaves them.

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/result.hpp"
#include "watch/changes.hpp"
#include "watch/child.hpp"
#include "watch/module_folder.hpp"

namespace ingot::watch {

/// The ingotc to cast with: `wanted` unless empty, else the one beside this program, else the one in PATH. Errors: toolchain.
Result<std::string> find_ingotc(const std::string& wanted);

class Watcher final {
 public:
  /// Asks for the modules to be loaded again, at once; calls its argument when that is over, whatever came of it, or drops it when the server ends.
  using Reload = std::function<void(std::function<void()> done)>;

  /// Looks at the modules under `roots` (absolute), makes what is older than what it is made of, and goes on doing so in a thread of its own. What is
  /// in place now counts as served. Errors: io.
  static Result<std::unique_ptr<Watcher>> start(std::vector<std::string> roots, std::string ingotc, Reload reload);
  /// Ends what is being built, and returns when nothing of it runs any more.
  ~Watcher();
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

 private:
  struct Module {
    std::string name, folder, bundle;
  };
  struct Made {
    format::Digest sources{}, product{};  ///< that were tried last
  };
  struct Ending;

  Watcher(std::vector<std::string> roots, std::string ingotc, Reload reload, std::unique_ptr<Changes> changes);
  void work();
  std::vector<Module> modules() const;
  /// Watches every folder that counts, also those that come meanwhile.
  void watch_all();
  /// Builds and casts what has to be: of a module that is seen for the first time what is older than its input, later what has another one.
  void make_all();
  void make(const Module& module, Made& made, bool first);
  void build(const Module& module, Made& made, Look& look);
  /// Runs a program, says how it went; true when it went well.
  bool run(const Module& module, const char* what, const std::vector<std::string>& arguments);
  /// What a reload would read: the modules, their bundles and their module.json.
  std::string in_place() const;
  void reload_and_wait();

  const std::vector<std::string> roots_;
  const std::string ingotc_;
  const Reload reload_;
  const std::unique_ptr<Changes> changes_;
  const std::shared_ptr<Ending> ending_;
  Child child_;
  std::map<std::string, Made> made_;  ///< by folder; of the thread
  std::string served_;                ///< in_place() when modules were last loaded; of the thread
  std::thread thread_;                ///< last: it uses the others
};

}  // namespace ingot::watch
