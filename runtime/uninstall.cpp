// SPDX-License-Identifier: Apache-2.0
#include "uninstall.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "open_database.hpp"

namespace ingot {
namespace {

namespace fs = std::filesystem;

constexpr const char* hidden_name = ".module.json.uninstalled";

Error io_error(const fs::path& path, const std::error_code& error) {
  return Error{ErrorCode::io, path.string() + ": " + error.message() + "; do this again as a user who may write there"};
}

Result<std::optional<modules::Found>> find_module(const Config& config, const std::string& name, std::vector<Dependant>& dependants) {
  INGOT_TRY(const auto found, modules::discover(config.module_roots));
  std::optional<modules::Found> module;
  for (const modules::Found& item : found) {
    if (item.description.name == name) module = item;
    if (std::ranges::find(item.description.depends, name) != item.description.depends.end()) dependants.push_back({item.description.name, item.description.active});
  }
  std::error_code ignored;
  const auto places = std::ranges::count_if(config.module_roots, [&](const std::string& root) { return fs::exists(fs::path(root) / name / "module.json", ignored); });
  if (places > 1) return Error{ErrorCode::config, "module '" + name + "' is in " + std::to_string(places) + " of the folders of module_root: remove the wrong ones first"};
  return module;
}

}  // namespace

std::string UninstallPreview::needed_by() const {
  std::string names;
  for (const Dependant& item : dependants) {
    if (item.active) names += (names.empty() ? "" : ", ") + item.name;
  }
  return names;
}

Result<UninstallPreview> preview_uninstall(const Config& config, const std::string& name, db::Deadline deadline) {
  UninstallPreview preview;
  if (!modules::valid_module_name(name)) return Error{ErrorCode::invalid_argument, "'" + name + "' is not a module's name"};
  INGOT_TRY(preview.found, find_module(config, name, preview.dependants));
  INGOT_TRY(const auto database, open_database(config, true));
  INGOT_TRY(const auto connection, database->connect(std::min(deadline, db::Clock::now() + std::chrono::seconds(config.connect_timeout_s))));
  INGOT_TRY_VOID(connection->begin(deadline));
  db::ModuleData data(*database);
  INGOT_TRY(const auto known, data.modules(*connection));
  preview.known_to_database = std::ranges::find(known, name) != known.end();
  INGOT_TRY(preview.tables, data.tables(*connection, name));
  if (!preview.found && !preview.known_to_database) {
    return Error{ErrorCode::not_found, "there is no module '" + name + "', neither in the folders of " + config.path + " nor in its database: `ingot modules " + config.path + "` lists them"};
  }
  if (!preview.found) return preview;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(preview.found->folder, ignored)) {
    const bool ours = entry.path().filename() == "module.json" || (entry.path().extension() == ".ingot" && entry.is_regular_file(ignored));
    (ours ? preview.files : preview.other_files).push_back(entry.path().filename());
  }
  std::ranges::sort(preview.files);
  std::ranges::sort(preview.other_files);
  return preview;
}

// module.json first: without it the folder is no module any more, whatever comes after.
Result<void> remove_module_files(const UninstallPreview& preview) {
  if (!preview.found) return {};
  const fs::path folder = preview.found->folder;
  std::error_code error;
  if (fs::is_symlink(folder)) {
    if (fs::remove(folder, error)) return {};
    return io_error(folder, error);
  }
  std::vector<std::string> files = preview.files;
  std::ranges::partition(files, [](const std::string& file) { return file == "module.json"; });
  for (const std::string& file : files) {
    if (!fs::remove(folder / file, error) && error) return io_error(folder / file, error);
  }
  if (preview.other_files.empty()) fs::remove(folder, error);
  return {};
}

Result<HiddenModule> HiddenModule::hide(const UninstallPreview& preview) {
  HiddenModule hidden;
  hidden.preview_ = preview;
  const fs::path folder = preview.found->folder;
  std::error_code error;
  if (fs::is_symlink(folder)) {
    hidden.link_target_ = fs::read_symlink(folder, error).string();
    if (error || !fs::remove(folder, error)) return io_error(folder, error);
    return hidden;
  }
  fs::rename(folder / "module.json", folder / hidden_name, error);
  if (error) return io_error(folder / "module.json", error);
  return hidden;
}

Result<void> HiddenModule::restore() const {
  const fs::path folder = preview_.found->folder;
  std::error_code error;
  if (!link_target_.empty()) {
    fs::create_directory_symlink(link_target_, folder, error);
    if (error) return io_error(folder, error);
    return {};
  }
  fs::rename(folder / hidden_name, folder / "module.json", error);
  if (error) return io_error(folder / hidden_name, error);
  return {};
}

Result<void> HiddenModule::remove() const {
  if (!link_target_.empty()) return {};
  std::error_code error;
  const fs::path text = fs::path(preview_.found->folder) / hidden_name;
  if (!fs::remove(text, error) && error) return io_error(text, error);
  return remove_module_files(preview_);
}

}  // namespace ingot
