// SPDX-License-Identifier: Apache-2.0
#pragma once
// The files that one guest has open, by its own numbers. No number of this process is ever one of a guest's.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "host/wasi/errno.hpp"
#include "host/wasi/owned_fd.hpp"
#include "host/wasi/rights.hpp"

namespace ingot::host::wasi {

struct Descriptor {
  OwnedFd host;
  FileType type = FileType::unknown;
  bool is_stream = false;           ///< a pipe, a terminal, a socket: reading and writing may have to wait
  bool is_listener = false;         ///< a socket that takes connections
  bool never_waits = false;         ///< O_NONBLOCK is set, for us alone
  bool is_inherited = false;        ///< shared with others outside of this process: its flags are not ours to change
  bool read_only = false;           ///< of a directory that was granted so, or anything beneath it
  Rights base = 0, inheriting = 0;
  std::uint32_t flags = 0;          ///< fdflag
  std::optional<std::string> granted_as;  ///< the guest's name of a directory that it was given
};

/// Looks at what `host` is and fills in type and the rights that make sense for it, cut by those asked for. Nothing when it cannot be looked at.
std::optional<Descriptor> describe(OwnedFd host, Rights base, Rights inheriting);

/// Belongs to one guest; used by one thread at a time.
class DescriptorTable final {
 public:
  explicit DescriptorTable(std::size_t descriptors_max) : max_(descriptors_max) {}

  /// Null when that number is not open.
  Descriptor* find(std::uint32_t number);
  /// The descriptor, when it has all of `needed`; else why not.
  Errno find(std::uint32_t number, Rights needed, Descriptor*& found);
  bool full() const { return open_ >= max_; }
  /// At the lowest free number. REQUIRES: !full().
  std::uint32_t add(Descriptor descriptor);
  /// REQUIRES: nothing is there, !full().
  void put(std::uint32_t number, Descriptor descriptor);
  /// Errors: badf.
  Errno close(std::uint32_t number);
  /// `to` becomes what `from` was, and `from` is closed. Errors: badf for either.
  Errno renumber(std::uint32_t from, std::uint32_t to);

 private:
  std::size_t max_;
  std::size_t open_ = 0;
  std::vector<std::unique_ptr<Descriptor>> at_;
};

}  // namespace ingot::host::wasi
