// SPDX-License-Identifier: Apache-2.0
#pragma once
// One entry as bytes: its name, its header, and reading it back from an open file. Knows nothing of the folder.
//
//   0  16  "ingot-cache-1", zeros        48   8  size of the content, little-endian
//   16 32  key                           56  32  SHA-256 of the content            88  content

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "cache/store.hpp"

namespace ingot::compiler::cache {

inline constexpr std::size_t header_bytes = 88;
using Header = std::array<std::uint8_t, header_bytes>;

/// "<64 hex digits>.bundle" or ".tool".
std::string name_of(Kind kind, const Key& key);
/// What a file of the folder is by its name.
enum class Role { bundle, tool, unfinished, foreign };
Role role_of(std::string_view name);
/// A name that nobody else uses, whose role is unfinished. Its file is locked (flock) while it is written.
std::string unfinished_name();

Header header_for(const Key& key, format::ByteView content);

/// The content of an open entry of at most `content_bytes_max` bytes. Errors: io (a read failed), verification (not a sound entry for this key,
/// and why).
Result<format::Bytes> read_entry(int fd, const Key& key, std::uint64_t content_bytes_max);

}  // namespace ingot::compiler::cache
