// SPDX-License-Identifier: Apache-2.0
#include "cache/folder.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "limits.hpp"

namespace ingot::compiler::cache {
namespace {

namespace fs = std::filesystem;

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

Error io_error(const std::string& path) { return {ErrorCode::io, path + ": " + std::strerror(errno)}; }

Result<void> make_folder(const std::string& path) {
  std::error_code error;
  const fs::path parent = fs::path(path).parent_path();
  if (!parent.empty()) fs::create_directories(parent, error);  // that it failed is seen on the next line
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return io_error(path);
  return {};
}

}  // namespace

Result<std::string> place(const std::string& chosen) {
  if (!chosen.empty()) return chosen;
  if (std::string own = variable("INGOT_CACHE_DIR"); !own.empty()) return own;
  if (const std::string xdg = variable("XDG_CACHE_HOME"); xdg.starts_with('/')) return (fs::path(xdg) / "ingot").string();
  if (const std::string home = variable("HOME"); home.starts_with('/')) return (fs::path(home) / ".cache/ingot").string();
  return Error{ErrorCode::config, "no place for a cache: none of INGOT_CACHE_DIR, XDG_CACHE_HOME and HOME is set; use --cache-dir DIR or --no-cache"};
}

Result<std::uint64_t> bytes_max() {
  const std::string text = variable("INGOT_CACHE_MAX_BYTES");
  if (text.empty()) return limits::build_cache_bytes_default;
  std::uint64_t value = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && rest == text.data() + text.size()) return value;
  return Error{ErrorCode::config, "INGOT_CACHE_MAX_BYTES is not a number of bytes; give one such as 4294967296, or 0 for no cache"};
}

Result<Folder> Folder::open(const std::string& path, bool make) {
  if (make) INGOT_TRY_VOID(make_folder(path));
  const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0 && errno == ENOENT) return Error{ErrorCode::not_found, path + ": there is no such folder"};
  if (fd < 0) return io_error(path);
  Folder folder(fd, path);
  struct stat status {};
  if (::fstat(fd, &status) != 0) return io_error(path);
  if (status.st_uid != ::geteuid()) {
    return Error{ErrorCode::config, path + ": the cache folder belongs to another user, who could change what you sign; choose one of your own with --cache-dir"};
  }
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return Error{ErrorCode::config, path + ": others may write to the cache folder and so change what you sign; `chmod go-w` it, or choose another with --cache-dir"};
  }
  return folder;
}

Folder::Folder(Folder&& other) noexcept : fd_(std::exchange(other.fd_, -1)), path_(std::move(other.path_)) {}

Folder::~Folder() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace ingot::compiler::cache
