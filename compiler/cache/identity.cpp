// SPDX-License-Identifier: Apache-2.0
#include "cache/identity.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>

#include "limits.hpp"
#include "process/files.hpp"

namespace ingot::compiler::cache {
namespace {

namespace fs = std::filesystem;

std::string nanoseconds(const struct timespec& time) { return std::to_string(time.tv_sec) + "." + std::to_string(time.tv_nsec); }

bool is_library(const fs::path& path) { return path.filename().string().find(".so") != std::string::npos; }

/// Adds everything in `entries` that `wanted` accepts, in the order of names.
template <typename Iterator, typename Wanted>
void add_sorted(Identity& identity, const fs::path& folder, Wanted wanted) {
  std::vector<std::string> paths;
  std::error_code error;
  for (Iterator it(folder, fs::directory_options::skip_permission_denied, error), end; !error && it != end; it.increment(error)) {
    if (wanted(*it)) paths.push_back(it->path());
  }
  std::sort(paths.begin(), paths.end());
  identity.add(std::to_string(paths.size()));
  for (const std::string& path : paths) identity.add_file(path);
}

}  // namespace

void Identity::add(std::string_view words) {
  text_ += std::to_string(words.size()) + ":";
  text_ += words;
}

void Identity::add_file(const std::string& path) {
  struct stat status {};
  add(path);
  if (::stat(path.c_str(), &status) != 0) return add("none");
  add(std::to_string(status.st_ino) + " " + std::to_string(status.st_size) + " " + nanoseconds(status.st_mtim) + " " + nanoseconds(status.st_ctim));
}

void Identity::add_tree(const std::string& folder) {
  add(folder);
  add_sorted<fs::recursive_directory_iterator>(*this, folder, [](const fs::directory_entry& entry) {
    std::error_code error;
    return !entry.is_directory(error);
  });
}

void Identity::add_libraries(const std::string& folder) {
  add(folder);
  add_sorted<fs::directory_iterator>(*this, folder, [](const fs::directory_entry& entry) { return is_library(entry.path()); });
}

void Identity::add_program(const std::vector<std::string>& arguments) {
  std::error_code error;
  for (const std::string& argument : arguments) {
    add(argument);
    if (argument.find('/') == std::string::npos) continue;
    if (fs::is_directory(argument, error)) {
      add_libraries(argument);
    } else {
      add_file(argument);
    }
  }
  const fs::path real = fs::canonical(arguments.back(), error);
  if (error) return;
  add(real.string());
  add_libraries(real.parent_path().parent_path() / "lib");
}

format::Digest Identity::digest() const { return format::sha256(process::bytes_of(text_)); }

format::Digest identity_of(const native::Toolchain& toolchain) {
  Identity identity;
  identity.add(toolchain.wabt().version);
  for (const char* program : {"wasm-validate", "wasm2c"}) identity.add_program(toolchain.wabt_command(program, 0, "/").arguments);
  const std::string clang = toolchain.clang_command("/").arguments.front();
  identity.add(toolchain.clang_version());
  identity.add_program({clang});
  // The compiler's own headers: what <stdint.h> and the vector instructions' headers say.
  std::error_code error;
  const fs::path real = fs::canonical(clang, error);
  const std::string major = toolchain.clang_version().substr(0, toolchain.clang_version().find('.'));
  identity.add_tree(real.parent_path().parent_path() / "lib/clang" / major / "include");
  identity.add(toolchain.lld_version());
  identity.add_program({toolchain.lld_command("/").arguments.front()});
  identity.add(toolchain.codegen_version());
  if (toolchain.has_codegen()) identity.add_program({toolchain.codegen_command("/").arguments.front()});
  identity.add(toolchain.simde_parent());
  if (!toolchain.simde_parent().empty()) identity.add_tree(toolchain.simde_parent() + "/simde");
  return identity.digest();
}

format::Digest identity_of_this_program() {
  Identity identity;
  const auto self = process::read_file("/proc/self/exe", limits::bundle_bytes_max);
  if (self.ok()) {
    identity.add(format::hex(format::sha256(*self)));
  } else {
    identity.add_file("/proc/self/exe");
  }
  std::set<std::string> libraries;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    const std::size_t path = line.find('/');
    if (path != std::string::npos && is_library(line.substr(path))) libraries.insert(line.substr(path));
  }
  identity.add(std::to_string(libraries.size()));
  for (const std::string& library : libraries) identity.add_file(library);
  return identity.digest();
}

}  // namespace ingot::compiler::cache
