// SPDX-License-Identifier: Apache-2.0
#pragma once
// In:      AuditedObjects.
// Out:     UnsignedBundle: manifest and objects in one file's bytes.
// Refuses: nothing. Deterministic: the same module, tools and rollback counter give the same bytes.

#include "products.hpp"

namespace ingot::compiler::bundle {

UnsignedBundle pack(AuditedObjects audited, const Request& request, const Workshop& workshop);

/// The version of this program, as it stands in manifests and in --version.
const char* ingotc_version();

}  // namespace ingot::compiler::bundle
