// SPDX-License-Identifier: Apache-2.0
#pragma once
// Files out of a module's bundle, as answers. They were verified with the bundle and lie in memory; the table of routes holds exactly their paths, so there is nothing to
// walk, and a file that was changed beside the bundle is nobody's.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "bundle/verify.hpp"
#include "dispatch/http_message.hpp"
#include "format/bundle.hpp"

namespace ingot {

struct ServedFile {
  std::string path;               ///< "ui/index.html": below /api/NAME/
  std::string_view content_type;  ///< static text
  std::string etag;               ///< weak, since it may leave compressed: of the content's SHA-256
  format::ByteView bytes;         ///< lives as long as the bundle
};

/// By the name's ending; application/octet-stream where it is none that we know.
std::string_view content_type_of(std::string_view path);

struct StaticFiles {
  std::vector<ServedFile> files;  ///< sorted by path
  std::string permission;         ///< what a caller needs; empty: everybody may have them
};

/// Those of a bundle. They ask for NAME:static_files:read when the signed module.json declares that permission. Errors: verification, config.
Result<StaticFiles> static_files_of(const bundle::VerifiedBundle& bundle);

/// 200 with the file, or 304 when the client's If-None-Match has it (RFC 9110 13.1.2). A page among them is put into a sandbox of its own: it is no part of this server's
/// origin, so it acts for nobody who is signed in here. Any thread.
dispatch::HttpResponse answer_static_file(const ServedFile& file, const dispatch::HttpRequest& request);

}  // namespace ingot
