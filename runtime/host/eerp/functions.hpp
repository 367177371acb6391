// SPDX-License-Identifier: Apache-2.0
#pragma once
// The only functions that a business module can call: the table of abi/EERP.md.

#include <vector>

#include "base/result.hpp"
#include "format/manifest.hpp"
#include "ingot/abi.h"

namespace ingot::host::eerp {

/// One host function per imported function of the manifest, in order. Errors: contract, naming an import that does not exist, is of
/// another type, or is not a function.
Result<std::vector<ingot_host_function>> resolve_imports(const format::Manifest& manifest);

}  // namespace ingot::host::eerp
