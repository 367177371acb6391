// SPDX-License-Identifier: Apache-2.0
#include "cli/new_command.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <string_view>

#include "cli/keys.hpp"
#include "cli/new_files.hpp"
#include "format/module_name.hpp"
#include "limits.hpp"
#include "process/files.hpp"

namespace ingot::compiler::cli {
namespace {

namespace fs = std::filesystem;

struct Language {
  const char* name;
  const char* needs;
};
constexpr std::array languages{
    Language{"rust", "cargo, rustc with wasm32-unknown-unknown, wasm-ld"},
    Language{"c", "clang from version 19 on, wasm-ld, jsmn.h"},
    Language{"assemblyscript", "node from version 18 on, npm"},
    Language{"go", "go from version 1.24 on"},
};

constexpr std::string_view table_suffix = "_item";  // of the one table that a new module has
constexpr const char* last_file = "module.json";    // until it is there the folder is no module
constexpr const char* config_file = "eerp-config.json";

Result<void> check_language(const std::string& language) {
  std::string known;
  for (const Language& each : languages) {
    if (language == each.name) return {};
    known += (known.empty() ? "" : ", ") + std::string(each.name);
  }
  if (language.empty()) return Error{ErrorCode::invalid_argument, "--lang is missing: one of " + known};
  return Error{ErrorCode::invalid_argument, "--lang " + language + " is not known; it is one of " + known};
}

Result<void> check_name(const std::string& name) {
  if (!format::valid_module_name(name)) {
    return Error{ErrorCode::invalid_argument, "'" + name + "' is not a module name ([a-z][a-z0-9_]*, at most 63 bytes, not reserved)"};
  }
  const std::size_t bytes_max = limits::module_name_bytes_max - table_suffix.size();
  if (name.size() > bytes_max) {
    return Error{ErrorCode::invalid_argument, "'" + name + "' is too long for a new module: its table is called NAME_item, so NAME has at most " + std::to_string(bytes_max) + " bytes"};
  }
  return {};
}

/// A template's text for this module: `@NAME@` is its name, and the line with our licence is gone (with an empty one behind it), since what becomes of it is its author's.
std::string text_for(std::string_view text, std::string_view name) {
  constexpr std::string_view mark = "@NAME@";
  constexpr std::string_view licence = "SPDX-License-Identifier:";
  std::string result;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, std::min(text.find('\n'), text.size() - 1) + 1);
    text.remove_prefix(line.size());
    if (line.find(licence) == std::string_view::npos) {
      result += line;
    } else if (text.starts_with('\n')) {
      text.remove_prefix(1);
    }
  }
  for (std::size_t at = 0; (at = result.find(mark, at)) != std::string::npos; at += name.size()) result.replace(at, mark.size(), name);
  return result;
}

/// The SDK's files and guest.h stay ours, and as they are.
bool is_sdk(std::string_view file) { return file.starts_with("sdk/") || file.starts_with("include/"); }

Error io_error(const fs::path& path, const std::error_code& error) { return {ErrorCode::io, path.string() + ": " + error.message()}; }

Result<void> write_new(const fs::path& path, std::string_view text, unsigned mode) {
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  if (error) return io_error(path.parent_path(), error);
  return process::create_file(path.string(), process::bytes_of(text), mode);
}

std::string_view project_text(std::string_view file) {
  for (const EmbeddedFile& each : new_files()) {
    if (each.name == file) return each.text;
  }
  check_failed("no such embedded file", __FILE__, __LINE__);
}

/// A configuration that serves PROJECT/modules and trusts this machine's developer key. Where there is one it stays as it is.
Result<void> make_project(const fs::path& project, const std::string& name) {
  std::error_code error;
  if (fs::exists(project / config_file, error)) {
    std::fprintf(stderr, "ingotc: %s stays as it is; callers of %s need the permissions %s:*:*\n", (project / config_file).c_str(), name.c_str(), name.c_str());
    return {};
  }
  INGOT_TRY(const DeveloperKey key, developer_key());
  INGOT_TRY_VOID(keep(key));
  const fs::path trusted = project / "developer.pub";
  if (!fs::exists(trusted, error)) INGOT_TRY_VOID(write_new(trusted, format::public_key_pem(key.key.public_key), 0644));
  INGOT_TRY_VOID(write_new(project / config_file, text_for(project_text("project/eerp-config.json"), name), 0600));
  std::fprintf(stderr, "ingotc: made %s, which trusts your developer key (id %s)\n", (project / config_file).c_str(), key.key.public_key.id.c_str());
  return {};
}

/// Fills a folder that was made for it. Returns how many files it has.
Result<std::size_t> fill(const fs::path& folder, const NewArguments& arguments) {
  const std::string prefix = arguments.language + "/";
  std::string_view last;
  std::size_t count = 0;
  for (const EmbeddedFile& each : new_files()) {
    if (!each.name.starts_with(prefix)) continue;
    const std::string_view file = each.name.substr(prefix.size());
    ++count;
    if (file == last_file) {
      last = each.text;
      continue;
    }
    const std::string text = is_sdk(file) ? std::string(each.text) : text_for(each.text, arguments.name);
    INGOT_TRY_VOID(write_new(folder / file, text, text.starts_with("#!") ? 0755 : 0644));
  }
  INGOT_TRY_VOID(write_new(folder / last_file, text_for(last, arguments.name), 0644));
  return count;
}

}  // namespace

Result<void> make_new(const NewArguments& arguments) {
  if (arguments.list) {
    for (const Language& each : languages) std::printf("%-16s%s\n", each.name, each.needs);
    return {};
  }
  if (arguments.name.empty()) return Error{ErrorCode::invalid_argument, "NAME is missing: what the module is called"};
  INGOT_TRY_VOID(check_name(arguments.name));
  INGOT_TRY_VOID(check_language(arguments.language));

  if (!arguments.project.empty()) {
    const auto key = developer_key();  // before anything is made
    if (!key.ok()) return key.error();
  }

  const fs::path parent = arguments.project.empty() ? fs::path(arguments.folder) : fs::path(arguments.project) / "modules";
  const fs::path folder = (parent / arguments.name).lexically_normal();
  std::error_code error;
  fs::create_directories(parent, error);
  if (error) return io_error(parent, error);
  // Only who makes the folder writes into it.
  if (::mkdir(folder.c_str(), 0777) != 0) {
    const int reason = errno;
    if (reason == EEXIST) return Error{ErrorCode::io, folder.string() + " exists already, and nothing of it was changed; choose another name or folder"};
    return Error{ErrorCode::io, folder.string() + ": " + std::strerror(reason)};
  }
  const auto count = fill(folder, arguments);
  if (!count.ok()) {
    fs::remove_all(folder, error);
    return count.error();
  }
  std::fprintf(stderr, "ingotc: made %s (%s, %zu files); %s/build builds it, %s/README.md says the rest\n", folder.c_str(), arguments.language.c_str(), *count, folder.c_str(), folder.c_str());
  return arguments.project.empty() ? Result<void>() : make_project(fs::path(arguments.project).lexically_normal(), arguments.name);
}

}  // namespace ingot::compiler::cli
