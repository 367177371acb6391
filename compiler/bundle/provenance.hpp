// SPDX-License-Identifier: Apache-2.0
#pragma once
// In:      AuditedObjects, and what they were made with.
// Out:     Provenance: what the bundle says of its own making.
// Refuses: nothing; a tool that cannot be read has no digest.

#include "format/provenance.hpp"
#include "products.hpp"

namespace ingot::compiler::bundle {

/// Reads the programs that took part, to name them by their digests. Deterministic for the same module, request, tools and SOURCE_DATE_EPOCH.
format::Provenance provenance_of(const AuditedObjects& audited, const Request& request, const Workshop& workshop);

}  // namespace ingot::compiler::bundle
