// SPDX-License-Identifier: Apache-2.0
#pragma once
// Verified bytes in a memory file that nobody can change any more: what was checked is what is mapped.

#include <string>

#include "base/result.hpp"
#include "format/bundle.hpp"

namespace ingot::load {

/// A sealed memory file. Resource: closes its descriptor.
class SealedFile final {
 public:
  /// Errors: io, saying plainly when the system forbids executable memory files (vm.memfd_noexec).
  static Result<SealedFile> create(const std::string& name, format::ByteView bytes);
  SealedFile(SealedFile&& other) noexcept;
  SealedFile& operator=(SealedFile&&) = delete;
  SealedFile(const SealedFile&) = delete;
  ~SealedFile();

  int fd() const { return fd_; }

 private:
  explicit SealedFile(int fd) : fd_(fd) {}
  int fd_ = -1;
};

}  // namespace ingot::load
