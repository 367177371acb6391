// SPDX-License-Identifier: Apache-2.0
#pragma once
// Where the build cache is, and the rule that it must be a folder which nobody but its user can change: what lies in it becomes code that the
// user signs.

#include <cstdint>
#include <string>

#include "base/result.hpp"

namespace ingot::compiler::cache {

/// `chosen` (--cache-dir), else $INGOT_CACHE_DIR, else $XDG_CACHE_HOME/ingot, else ~/.cache/ingot. Empty variables count as unset, and so do
/// relative ones of the last two. Errors: config, when none is set.
Result<std::string> place(const std::string& chosen);

/// $INGOT_CACHE_MAX_BYTES, else 4 GiB. 0 means that nothing is looked up or kept. Errors: config, when it is no number.
Result<std::uint64_t> bytes_max();

/// A folder that was checked and is held open: every file is then reached through this handle, whatever happens to the path meanwhile.
class Folder final {
 public:
  /// Makes it (mode 0700, parents too) when `make` and it is missing. Errors: not_found (missing, and not to be made), io (cannot be made or
  /// opened), config (belongs to somebody else, or others may write to it).
  static Result<Folder> open(const std::string& path, bool make);
  Folder(Folder&& other) noexcept;
  Folder& operator=(Folder&&) = delete;
  ~Folder();

  int fd() const { return fd_; }
  const std::string& path() const { return path_; }

 private:
  Folder(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}
  int fd_;
  std::string path_;
};

}  // namespace ingot::compiler::cache
