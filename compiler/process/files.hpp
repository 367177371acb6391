// SPDX-License-Identifier: Apache-2.0
#pragma once
// Whole files in and out. Reading is bounded; writing is all or nothing: a reader of `path` sees the old bytes or the new ones.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "format/bundle.hpp"

namespace ingot::compiler::process {

/// Errors: io (not there, a folder, unreadable), `too_large` (its code) when the file has more than `bytes_max` bytes.
Result<format::Bytes> read_file(const std::string& path, std::uint64_t bytes_max, ErrorCode too_large = ErrorCode::limit);

/// Writes to a temporary name beside `path` and renames. `mode` are the permission bits. Nothing is left behind on failure.
Result<void> write_file(const std::string& path, format::ByteView bytes, unsigned mode = 0644);

/// Like write_file, but refuses when `path` exists, also when it appears meanwhile.
Result<void> create_file(const std::string& path, format::ByteView bytes, unsigned mode);

/// Writes a file of a build's own that goes away with it: not atomic, not synchronised to the disk. `path` must not exist. Errors: io.
Result<void> write_scratch(const std::string& path, format::ByteView bytes);

inline format::ByteView bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view text_of(format::ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace ingot::compiler::process
