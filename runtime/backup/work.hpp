// SPDX-License-Identifier: Apache-2.0
#pragma once
// What every long step of a backup or a restore shows, and whether it should go on; and files that come whole or not at all.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace ingot::backup {

/// How whoever started the work looks at it. Called often, from the thread that works.
struct Watch {
  /// `total_bytes` 0: not known.
  std::function<void(std::string_view what, std::uint64_t done_bytes, std::uint64_t total_bytes)> progress = [](std::string_view, std::uint64_t, std::uint64_t) {};
  std::function<bool()> interrupted = [] { return false; };

  /// Errors: unavailable, when it should not go on.
  Result<void> step(std::string_view what, std::uint64_t done_bytes, std::uint64_t total_bytes) const;
};

/// A file beside `path`, under a name of its own until keep(): whoever looks at `path` sees what was there or the whole. Removed by whatever ends it before that.
class PendingFile final {
 public:
  /// `infix` makes the name: PATH.INFIX-XXXXXX. Permissions 0600. Errors: io (also when there is something at `path` that is no regular file).
  static Result<PendingFile> create(const std::string& path, const std::string& infix);
  PendingFile(PendingFile&& other) noexcept;
  PendingFile& operator=(PendingFile&&) = delete;
  ~PendingFile();

  const std::string& name() const { return name_; }
  Result<void> write(std::string_view bytes);
  /// Over what was written. REQUIRES: as many bytes are there.
  Result<void> write_at_start(std::string_view bytes);
  /// To the disk, with the owner and the permissions of the file that it is to replace, if there is one.
  Result<void> sync();
  /// Under its name, and the name on the disk. REQUIRES: sync().
  Result<void> keep();

 private:
  PendingFile(std::string path, std::string name, int fd) : path_(std::move(path)), name_(std::move(name)), fd_(fd) {}
  Error failure() const;
  std::string path_, name_;
  int fd_ = -1;
};

/// Gives the file's bytes to `sink` piece by piece. Errors: io, those of `sink`, interruption.
Result<void> read_file(const std::string& path, const Watch& watch, std::string_view what, const std::function<Result<void>(std::string_view)>& sink);

/// "no room on the disk" and its kin, with the file's name. Reads errno.
Error file_error(const std::string& path);

}  // namespace ingot::backup
