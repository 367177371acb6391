// SPDX-License-Identifier: Apache-2.0
#pragma once
// What taking a module away means: who needs it, what it has in the database, which files are its own; and taking those away. `ingot uninstall` and the server share this.
// Any thread; the files of a module are its operator's, and nothing keeps two of them from meeting there.

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "config.hpp"
#include "db/connection.hpp"
#include "db/module_data.hpp"
#include "modules/discovery.hpp"

namespace ingot {

struct Dependant {
  std::string name;
  bool active = false;  ///< as its module.json says
};

struct UninstallPreview {
  std::optional<modules::Found> found;  ///< nothing: only its data are left
  std::vector<Dependant> dependants;
  std::vector<db::TableRows> tables;
  bool known_to_database = false;
  std::vector<std::string> files, other_files;  ///< of its folder: what is removed, and what is not ours and stays

  /// The active ones among the dependants, "a, b"; empty when nobody is in the way.
  std::string needed_by() const;
};

/// Changes nothing. Statements end at `deadline`. Errors: invalid_argument (no module's name), not_found, config (in two roots), database.
Result<UninstallPreview> preview_uninstall(const Config& config, const std::string& name, db::Deadline deadline);

/// Removes preview.files, and the folder when nothing is left in it; a folder that is a symbolic link is unlinked. Errors: io.
Result<void> remove_module_files(const UninstallPreview& preview);

/// Makes a folder no module any more, so that it can be one again: what a server does before it reloads, since the reload may be refused.
class HiddenModule final {
 public:
  /// Renames its module.json, or unlinks the folder where that is a symbolic link. REQUIRES: preview.found. Errors: io.
  static Result<HiddenModule> hide(const UninstallPreview& preview);
  /// As it was. Errors: io.
  Result<void> restore() const;
  /// Removes what is left of it: the files. Errors: io.
  Result<void> remove() const;

 private:
  HiddenModule() = default;
  UninstallPreview preview_;
  std::string link_target_;  ///< empty: a folder
};

}  // namespace ingot
