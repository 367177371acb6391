// SPDX-License-Identifier: Apache-2.0
#pragma once
// Reading tens of MB into memory, quickly. A buffer that is resized before it is read into is filled with zeros first and takes a page fault for
// every 4 KiB: for the 31 MB of a module and the 46 MB of its bundle that was 30 ms, a fifth of a build that the cache answers. So bytes are
// appended in steps that stay in the processor's cache, to a buffer that the kernel may back with large pages.

#include <cstddef>

#include "base/result.hpp"
#include "format/bundle.hpp"

namespace ingot::compiler::process {

/// An empty buffer with room for `size` bytes, on large pages where it is large and the kernel has them.
format::Bytes with_room_for(std::size_t size);

/// Appends the next bytes of the open file `fd`, at most `most`. 0: the end of the file, or `most` is 0. Errors: io, with the kernel's words.
Result<std::size_t> append_some(int fd, std::size_t most, format::Bytes& bytes);

}  // namespace ingot::compiler::process
