// SPDX-License-Identifier: Apache-2.0
#pragma once
// A guest's list of buffers, as the kernel takes it. The list is copied before it is judged; every buffer lies inside the guest's memory.

#include <sys/uio.h>

#include <cstddef>
#include <span>
#include <vector>

#include "host/wasi/call.hpp"

namespace ingot::host::wasi {

class Vectors final {
 public:
  /// Of `count` iovecs at `address`. Errors: inval (more than limits::wasi_vectors_max), fault.
  static Errno read(const Call& call, std::uint32_t address, std::uint32_t count, Vectors& vectors);

  /// What is left.
  std::span<const iovec> list() const { return std::span(list_).subspan(first_); }
  bool empty() const { return first_ == list_.size(); }
  /// The first of what is left alone, and of that at most so much. REQUIRES: !empty().
  iovec first(std::size_t bytes_max) const;
  /// So many bytes are done with.
  void drop(std::size_t bytes);

 private:
  std::vector<iovec> list_;
  std::size_t first_ = 0;
};

/// From and to a stream, which may have to wait. Errors: again (it would have to wait, and shall not), intr (the call was
/// asked to stop), and what the system says.
Errno read_stream(Descriptor& file, const Vectors& to, std::size_t& got);
Errno write_stream(Descriptor& file, Vectors from, std::size_t& written);

}  // namespace ingot::host::wasi
