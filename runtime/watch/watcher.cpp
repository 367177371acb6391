// SPDX-License-Identifier: Apache-2.0
#include "watch/watcher.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <set>
#include <string_view>

#include "modules/discovery.hpp"
#include "observe/log.hpp"

namespace ingot::watch {
namespace {

namespace fs = std::filesystem;
using observe::Level;

constexpr int builds_in_a_row_max = 3;  // a build that changes its own sources would never end

bool can_run(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path, error) && ::access(path.c_str(), X_OK) == 0;
}

}  // namespace

/// Outlives the watcher where a reload still has to say that it is over.
struct Watcher::Ending {
  std::mutex mutex;
  std::condition_variable changed;
  bool stopping = false;      // guarded by mutex
  bool reload_over = false;   // guarded by mutex
};

Result<std::string> find_ingotc(const std::string& wanted) {
  std::error_code error;
  if (!wanted.empty()) {
    if (can_run(wanted)) return fs::absolute(wanted, error).string();
    return Error{ErrorCode::toolchain, "--ingotc " + wanted + " is no program"};
  }
  const fs::path beside = fs::read_symlink("/proc/self/exe", error).parent_path() / "ingotc";
  if (!error && can_run(beside)) return beside.string();
  const char* const variable = std::getenv("PATH");
  std::string_view rest = variable == nullptr ? "" : variable;
  while (!rest.empty()) {
    const std::string_view folder = rest.substr(0, rest.find(':'));
    rest.remove_prefix(std::min(folder.size() + 1, rest.size()));
    if (folder.starts_with('/') && can_run(fs::path(folder) / "ingotc")) return (fs::path(folder) / "ingotc").string();
  }
  return Error{ErrorCode::toolchain, "--watch casts modules with ingotc, which is neither beside this program nor in PATH; name it with --ingotc PATH"};
}

Result<std::unique_ptr<Watcher>> Watcher::start(std::vector<std::string> roots, std::string ingotc, Reload reload) {
  INGOT_TRY(auto changes, Changes::open());
  auto watcher = std::unique_ptr<Watcher>(new Watcher(std::move(roots), std::move(ingotc), std::move(reload), std::move(changes)));
  watcher->served_ = watcher->in_place();
  watcher->thread_ = std::thread([self = watcher.get()] { self->work(); });
  return watcher;
}

Watcher::Watcher(std::vector<std::string> roots, std::string ingotc, Reload reload, std::unique_ptr<Changes> changes)
    : roots_(std::move(roots)), ingotc_(std::move(ingotc)), reload_(std::move(reload)), changes_(std::move(changes)), ending_(std::make_shared<Ending>()) {}

Watcher::~Watcher() {
  {
    const std::lock_guard lock(ending_->mutex);
    ending_->stopping = true;
  }
  ending_->changed.notify_all();
  changes_->wake();
  child_.stop();
  if (thread_.joinable()) thread_.join();
}

void Watcher::work() {
  for (;;) {
    watch_all();  // first, so that what changes while the rest looks is seen in the next round
    make_all();
    if (in_place() != served_) reload_and_wait();
    if (!changes_->wait()) return;
  }
}

void Watcher::make_all() {
  std::map<std::string, Made> before;
  before.swap(made_);  // a folder that is gone is forgotten: if it comes back it is new
  for (const Module& module : modules()) {
    auto known = before.extract(module.folder);
    const bool first = known.empty();
    make(module, first ? made_[module.folder] : made_.insert(std::move(known)).position->second, first);
  }
}

std::vector<Watcher::Module> Watcher::modules() const {
  std::vector<Module> list;
  auto found = modules::discover(roots_);
  if (!found.ok()) {
    observe::log(Level::error, "watch: no modules can be found", {{"reason", found.error().message}});
    return list;
  }
  for (const modules::Found& each : *found) {
    const std::string& name = each.description.name;
    if (!modules::valid_module_name(name)) continue;  // says the loading, too
    list.push_back({name, each.folder, each.bundle_path.empty() ? (fs::path(each.folder) / (name + ".ingot")).string() : each.bundle_path});
  }
  return list;
}

void Watcher::watch_all() {
  constexpr int rounds_max = 5;  // who makes folders without end is seen later
  for (int round = 0; round < rounds_max; ++round) {
    std::set<std::string> folders(roots_.begin(), roots_.end());
    for (const std::string& root : roots_) {
      std::error_code error;
      for (const auto& entry : fs::directory_iterator(root, error)) {
        if (entry.is_directory(error)) folders.insert(entry.path());  // not a module yet, perhaps
      }
    }
    for (const Module& module : modules()) folders.merge(look_at(module.folder, module.bundle).folders);
    const auto fresh = changes_->watch(folders);
    if (!fresh.ok()) return observe::log(Level::error, "watch: not every change will be seen", {{"reason", fresh.error().message}});
    if (!*fresh) return;
  }
}

void Watcher::make(const Module& module, Made& made, bool first) {
  Look look = look_at(module.folder, module.bundle);
  if (look.has_build && (first ? look.older_than_sources : look.sources != made.sources)) build(module, made, look);
  made.sources = look.sources;
  if (look.has_wasm && (first ? look.bundle_is_older : look.product != made.product)) {
    // Cast for speed of casting, for what every processor that can serve has.
    static_cast<void>(run(module, "cast", {ingotc_, "build", module.folder, "-o", module.bundle, "-O", "dev", "--target", "x86-64-v2"}));
  }
  made.product = look.product;
}

void Watcher::build(const Module& module, Made& made, Look& look) {
  for (int turn = 0; turn < builds_in_a_row_max; ++turn) {
    made.sources = look.sources;
    const bool well = run(module, "built", {module.folder + "/build"});
    look = look_at(module.folder, module.bundle);
    if (look.sources == made.sources || !well) return;  // else something was saved meanwhile
  }
  observe::log(Level::warn, "watch: its build changes its own sources; it is built again when something else does", {{"module", module.name}});
}

bool Watcher::run(const Module& module, const char* what, const std::vector<std::string>& arguments) {
  const auto begin = std::chrono::steady_clock::now();
  const auto code = child_.run(arguments, module.folder);
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin).count();
  if (!code.ok() && code.error().code == ErrorCode::unavailable) return false;
  if (code.ok() && *code == 0) {
    observe::log(Level::info, std::string("watch: ") + what, {{"module", module.name}, {"ms", std::to_string(milliseconds)}});
    return true;
  }
  const std::string reason = code.ok() ? arguments.front() + " ended with " + std::to_string(*code) + ", and said why above" : code.error().message;
  observe::log(Level::error, std::string("watch: not ") + what + "; what was served is served", {{"module", module.name}, {"reason", reason}});
  return false;
}

std::string Watcher::in_place() const {
  std::string whole;
  const auto add = [&whole](const fs::path& file) {
    std::error_code error;
    const auto size = fs::file_size(file, error);
    if (error) return;
    whole += file.string() + " " + std::to_string(size) + " " + std::to_string(fs::last_write_time(file, error).time_since_epoch().count()) + "\n";
  };
  for (const Module& module : modules()) {
    add(fs::path(module.folder) / "module.json");
    add(module.bundle);
  }
  return whole;
}

void Watcher::reload_and_wait() {
  served_ = in_place();
  {
    const std::lock_guard lock(ending_->mutex);
    ending_->reload_over = false;
  }
  reload_([ending = ending_] {
    {
      const std::lock_guard lock(ending->mutex);
      ending->reload_over = true;
    }
    ending->changed.notify_all();
  });
  std::unique_lock lock(ending_->mutex);
  ending_->changed.wait(lock, [this] { return ending_->reload_over || ending_->stopping; });
}

}  // namespace ingot::watch
