// SPDX-License-Identifier: Apache-2.0
#include "watch/module_folder.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string_view>
#include <vector>

#include "format/static_files.hpp"
#include "limits.hpp"

namespace ingot::watch {
namespace {

namespace fs = std::filesystem;

// A folder with more than this holds something else than a module's sources.
constexpr std::size_t files_max = 20'000;
// Of a larger file the size and the time say whether it is another one.
constexpr std::uintmax_t source_bytes_max = 1 * limits::MiB;

std::string text_of(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return stream ? text.str() : std::string();
}

format::Digest digest_of(std::string_view text) { return format::sha256({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}); }

void append(std::string& whole, const std::string& name, std::string_view content) {
  const format::Digest digest = digest_of(content);
  whole += name;
  whole += '\0';
  whole.append(reinterpret_cast<const char*>(digest.data()), digest.size());
}

bool counts(const fs::path& path, bool is_folder) {
  const std::string name = path.filename();
  if (name.starts_with(".") || name.ends_with("~")) return false;
  if (is_folder) return name != "target" && name != "node_modules";
  return path.extension() != ".wasm" && path.extension() != ".ingot" && name != "module.json";
}

/// The time that a file was last written; the earliest there is where there is no file.
fs::file_time_type written(const fs::path& path) {
  std::error_code error;
  const auto time = fs::last_write_time(path, error);
  return error ? fs::file_time_type::min() : time;
}

bool can_build(const fs::path& build) {
  struct stat status {};
  return ::stat(build.c_str(), &status) == 0 && S_ISREG(status.st_mode) && (status.st_mode & S_IWOTH) == 0 && ::access(build.c_str(), X_OK) == 0;
}

/// The module's .wasm files: one, if all is well.
std::vector<fs::path> wasm_files(const fs::path& folder, const std::string& module_json) {
  std::vector<fs::path> files;
  std::error_code error;
  const auto json = nlohmann::json::parse(module_json, nullptr, false);
  if (json.is_object() && json.contains("wasm_path") && json["wasm_path"].is_string()) {
    const fs::path named = folder / json["wasm_path"].get<std::string>();
    if (fs::is_regular_file(named, error)) files.push_back(named);
    return files;
  }
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".wasm" && entry.is_regular_file(error)) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

/// The files that are packed beside the module, by their paths in its folder.
std::vector<fs::path> static_files(const std::string& module_json) {
  std::vector<fs::path> files;
  const auto json = nlohmann::json::parse(module_json, nullptr, false);
  if (!json.is_object() || !json.contains("static_files") || !json["static_files"].is_object()) return files;
  for (const auto& [folder, names] : json["static_files"].items()) {
    if (!names.is_array()) continue;
    for (const auto& name : names) {
      if (name.is_string() && format::is_static_path(folder + "/" + name.get<std::string>())) files.push_back(fs::path(folder) / name.get<std::string>());
    }
  }
  return files;
}

/// Every file that counts, sorted; their folders too.
std::vector<fs::path> source_files(const fs::path& folder, std::set<std::string>& folders) {
  std::vector<fs::path> files;
  std::error_code error;
  folders.insert(folder);
  for (fs::recursive_directory_iterator at(folder, fs::directory_options::skip_permission_denied, error), end; !error && at != end && files.size() < files_max; at.increment(error)) {
    const bool is_folder = at->is_directory(error) && !at->is_symlink(error);
    if (!counts(at->path(), is_folder)) {
      if (is_folder) at.disable_recursion_pending();
    } else if (is_folder) {
      folders.insert(at->path());
    } else if (at->is_regular_file(error)) {
      files.push_back(at->path());
    }
  }
  std::ranges::sort(files);
  return files;
}

}  // namespace

Look look_at(const fs::path& folder, const fs::path& bundle) {
  Look look;
  look.has_build = can_build(folder / "build");
  fs::file_time_type newest_source = fs::file_time_type::min();
  std::string sources;
  for (const fs::path& file : source_files(folder, look.folders)) {
    std::error_code error;
    const auto time = written(file);
    const auto size = fs::file_size(file, error);
    newest_source = std::max(newest_source, time);
    const bool large = error || size > source_bytes_max;
    append(sources, file.lexically_relative(folder), large ? std::to_string(size) + " " + std::to_string(time.time_since_epoch().count()) : text_of(file));
  }
  look.sources = digest_of(sources);

  const fs::path module_json = folder / "module.json";
  std::error_code error;
  const std::string description = fs::file_size(module_json, error) > limits::module_json_bytes_max ? std::string() : text_of(module_json);
  fs::file_time_type newest_wasm = fs::file_time_type::min();
  std::string product;
  append(product, "module.json", description);
  for (const fs::path& file : wasm_files(folder, description)) {
    look.has_wasm = true;
    look.folders.insert(file.parent_path());
    newest_wasm = std::max(newest_wasm, written(file));
    append(product, file.filename(), fs::file_size(file, error) > limits::module_bytes_max ? std::string() : text_of(file));
  }
  fs::file_time_type newest_static = fs::file_time_type::min();
  for (const fs::path& file : static_files(description)) {
    const fs::path at = folder / file;
    newest_static = std::max(newest_static, written(at));
    append(product, file, fs::file_size(at, error) > limits::static_file_bytes_max ? std::string() : text_of(at));
  }
  look.product = digest_of(product);
  look.older_than_sources = !look.has_wasm || newest_wasm < newest_source;
  look.bundle_is_older = written(bundle) <= std::max({newest_wasm, newest_static, written(module_json)});
  return look;
}

}  // namespace ingot::watch
