// SPDX-License-Identifier: Apache-2.0
#pragma once
// What is known of a file, in the layouts of both dialects; and its times.

#include <sys/stat.h>

#include <array>
#include <string>

#include "host/wasi/call.hpp"

namespace ingot::host::wasi {

FileType type_of(const struct stat& about);
/// A socket's kind, which a stat does not tell, is `type`.
std::string filestat_bytes(const struct stat& about, FileType type, Dialect dialect);
inline std::uint32_t filestat_size(Dialect dialect) { return dialect == Dialect::unstable ? 56 : 64; }
/// For utimensat(2), from arguments `first` (atim, mtim, fstflags). Errors: inval.
Errno read_times(const Call& call, int first, std::array<timespec, 2>& times);

}  // namespace ingot::host::wasi
