// SPDX-License-Identifier: Apache-2.0
#include "process/scratch.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

namespace ingot::compiler::process {

Result<Scratch> Scratch::create() {
  const char* base = std::getenv("TMPDIR");
  std::string path = std::string(base != nullptr && *base == '/' ? base : "/tmp") + "/ingotc-XXXXXX";
  if (::mkdtemp(path.data()) == nullptr) {
    return Error{ErrorCode::io, "cannot make a temporary folder " + path + ": " + std::strerror(errno)};
  }
  return Scratch(std::move(path));
}

Scratch::Scratch(Scratch&& other) noexcept : path_(std::exchange(other.path_, {})) {}

Scratch::~Scratch() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

Result<std::string> Scratch::folder(const std::string& name) const {
  const std::string folder = path_ + "/" + name;
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return Error{ErrorCode::io, folder + ": " + error.message()};
  return folder;
}

}  // namespace ingot::compiler::process
