// SPDX-License-Identifier: Apache-2.0
#pragma once
// The one way from a guest's path to a file: the kernel walks it, and itself refuses every step that leads out of the directory, whatever is renamed or linked meanwhile.
// Decides nothing else: rights and read-only mounts are the callers' (paths.cpp).

#include <cstdint>

#include "base/result.hpp"
#include "host/wasi/errno.hpp"
#include "host/wasi/owned_fd.hpp"

namespace ingot::host::wasi {

/// What an opening gave: a descriptor, or why not.
struct Opened {
  Errno error = Errno::success;
  OwnedFd fd;
};

/// Interface, so that tests can show what a weaker one lets through. Thread-safe.
class Resolver {
 public:
  virtual ~Resolver() = default;
  /// Opens `path`, which leads to nothing outside of `directory`. `flags` as open(2)'s. Errors: perm for a path that leads out, and what open(2) says.
  virtual Opened open(int directory, const char* path, std::uint64_t flags, std::uint32_t mode) const = 0;
};

/// openat2(2) with RESOLVE_BENEATH and RESOLVE_NO_MAGICLINKS, and nothing of procfs: what is in there is this very process.
class BeneathResolver final : public Resolver {
 public:
  /// Errors: unavailable, when the kernel has no openat2 (before 5.6, or a filter forbids it): there is no second way that is as safe.
  static Result<void> check();
  Opened open(int directory, const char* path, std::uint64_t flags, std::uint32_t mode) const override;
};

/// Is it on procfs, through which a process reaches its own memory?
bool is_on_procfs(int fd);

}  // namespace ingot::host::wasi
