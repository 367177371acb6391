// SPDX-License-Identifier: Apache-2.0
#pragma once
// module.json: what a module says of itself. EERP's form; unknown keys are ignored.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "modules/version.hpp"

namespace ingot::modules {

struct Description {
  std::string name;                  ///< also the name of its folder
  std::string display_name, version, author, description;
  bool active = true;
  bool auto_install = true;
  std::vector<std::string> depends;  ///< names, in the order given, without repeats
  std::map<std::string, VersionRange> versions;  ///< what is asked of some of them: "crm ^1.2" in "depends"
  std::vector<std::string> permissions;  ///< ids that it asks of callers, each `name:resource:action` with its own name
};

/// Errors: config, naming the key.
Result<Description> parse_description(std::string_view json_text);

/// As format/module_name.hpp has it.
bool valid_module_name(std::string_view name);

}  // namespace ingot::modules
