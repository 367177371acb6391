// SPDX-License-Identifier: Apache-2.0
#pragma once
// Files that a module brings along and a server hands out as they are: bytes to structures and back (FORMAT.md, "Static files"). They stand inside the signed bundle, so
// what is served is what was signed, and no path of a request ever meets a file system. Pure; any thread.

#include <string>
#include <string_view>
#include <vector>

#include "format/bundle.hpp"

namespace ingot::format {

struct StaticFile {
  std::string path;  ///< is_static_path()
  ByteView bytes;    ///< not owned
};

/// A path of one to eight names with '/' between them, at most 255 bytes; a name is [A-Za-z0-9_~-][A-Za-z0-9._~-]*: no "..", nothing hidden, nothing that a URL would have to encode.
bool is_static_path(std::string_view path);

/// Errors: verification, with the reason. Views point into `section`.
Result<std::vector<StaticFile>> parse_static_files(ByteView section);

/// The one section that these files have; empty without files. REQUIRES: rising, different paths that are is_static_path(), within limits::static_*.
Bytes write_static_files(const std::vector<StaticFile>& files);

}  // namespace ingot::format
