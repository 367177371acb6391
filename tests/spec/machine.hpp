// SPDX-License-Identifier: Apache-2.0
#pragma once
// The world of one script: bundles mapped at the wanted CPU level, instances that live until its end, the names under which they are known,
// and the module "spectest". What spectest holds is a module too (spectest.wat), cast like the others; its print functions are host functions.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "instance/instance.hpp"
#include "load/module.hpp"

namespace ingot::spec {

/// What instantiation gave: an instance, a trap while it was initialised, or the reason why its imports do not fit.
using Instantiated = std::variant<instance::Instance*, sandbox::Trap, Error>;

class Machine final {
 public:
  /// `level` is 2 or 3: which variant of each bundle is used.
  explicit Machine(int level) : level_(level) {}

  /// Maps the bundle (once) and links it with what is registered.
  Instantiated instantiate(const std::string& bundle_path);
  void register_as(const std::string& name, instance::Instance* instance) { registered_[name] = instance; }

  /// An export's index by name and kind, or nothing.
  static std::optional<std::size_t> find(const instance::Instance& instance, const std::string& name, format::ExternKind kind);

 private:
  instance::Extern offer(const format::Import& import) const;
  Result<std::shared_ptr<const load::LoadedModule>> load(const std::string& path);

  int level_;
  std::shared_ptr<instance::Store> store_;
  std::map<std::string, std::shared_ptr<const load::LoadedModule>> loaded_;
  std::vector<std::unique_ptr<instance::Instance>> instances_;  ///< also those that failed: they may have left functions in shared tables
  std::map<std::string, instance::Instance*> registered_;
};

}  // namespace ingot::spec
