// SPDX-License-Identifier: Apache-2.0
#include "native/object_cache.hpp"

#include <unistd.h>

#include <filesystem>
#include <set>

#include "process/files.hpp"
#include "workshop.hpp"

namespace ingot::compiler::native {
namespace {

namespace fs = std::filesystem;
constexpr std::uint64_t program_bytes_max = 1 << 30;
constexpr std::uint64_t simde_header_bytes_max = 4 << 20;

/// `name` and every file that it includes, directly or not. A header that is merely mentioned does no harm: the key only gets finer.
void collect(const SourceFiles& files, const std::string& name, std::set<std::string>& seen) {
  if (!seen.insert(name).second) return;
  const std::string& text = files.at(name);
  for (const auto& [other, ignored] : files) {
    if (text.find("\"" + other + "\"") != std::string::npos || text.find("<" + other + ">") != std::string::npos) collect(files, other, seen);
  }
}

void append(std::string& all, const std::string& text) { all += std::to_string(text.size()) + ":" + text; }

}  // namespace

ObjectCache::ObjectCache(std::string folder, const Workshop& workshop) : folder_(std::move(folder)), workshop_(workshop) {
  if (folder_.empty() || !workshop.toolchain().has_codegen()) return;
  const auto program = process::read_file(workshop.toolchain().codegen_command("/").arguments.front(), program_bytes_max);
  if (program.ok()) codegen_ = format::hex(format::sha256(*program));
  else folder_.clear();
}

std::string ObjectCache::place(const SourceFiles& files, const std::string& name, const std::vector<std::string>& flags) const {
  if (folder_.empty()) return {};
  std::string all;
  append(all, workshop_.toolchain().clang_version());
  append(all, codegen_);
  for (const std::string& flag : flags) append(all, flag);
  std::set<std::string> seen;
  collect(files, name, seen);
  bool uses_simde = false;
  for (const std::string& file : seen) {
    append(all, file);
    append(all, files.at(file));
    uses_simde = uses_simde || files.at(file).find("#include <simde/") != std::string::npos;
  }
  if (uses_simde) {
    const auto version = process::read_file(workshop_.toolchain().simde_parent() + "/simde/simde-common.h", simde_header_bytes_max);
    if (!version.ok()) return {};
    append(all, std::string(process::text_of(*version)));
  }
  return folder_ + "/" + format::hex(format::sha256(process::bytes_of(all))) + ".o";
}

bool ObjectCache::fetch(const std::string& place, const std::string& object) {
  std::error_code error;
  return !place.empty() && fs::copy_file(place, object, error) && !error;
}

void ObjectCache::keep(const std::string& place, const std::string& object) {
  if (place.empty()) return;
  std::error_code error;
  // Under a name of this process's own first: another may be looking.
  const std::string fresh = place + "." + std::to_string(::getpid());
  fs::copy_file(object, fresh, error);
  if (!error) fs::rename(fresh, place, error);
}

}  // namespace ingot::compiler::native
