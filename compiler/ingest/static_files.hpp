// SPDX-License-Identifier: Apache-2.0
#pragma once
// The files that module.json names as "static_files": {"ui": ["index.html", "css/all.css"]} means ui/index.html and ui/css/all.css of the module's folder.

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "format/bundle.hpp"

namespace ingot::compiler::ingest {

/// The bundle's section for them, empty when there are none. The kernel walks the names beneath `folder` and through no symbolic link: what somebody else's module folder
/// leads to is not packed. `module_json` is JSON. Errors: contract (the key's form, a path, a file that is not there or no file), io, limit.
Result<format::Bytes> read_static_files(const std::string& folder, std::string_view module_json);

}  // namespace ingot::compiler::ingest
