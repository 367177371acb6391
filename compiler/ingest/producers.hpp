// SPDX-License-Identifier: Apache-2.0
#pragma once
// The "producers" custom section: what a module says of the tools that made it (WebAssembly tool conventions, ProducersSection). It is a claim of the
// module's author and goes into the bill of materials as one; nothing is decided by it.

#include <vector>

#include "format/bundle.hpp"
#include "format/provenance.hpp"

namespace ingot::compiler::ingest {

/// The entries of the first such section; empty when there is none or it is malformed, as for every custom section. Entries whose name or
/// version is too long, and those beyond provenance_producers_max, are left out. REQUIRES: `module` was read (sections.hpp).
std::vector<format::Producer> read_producers(format::ByteView module);

}  // namespace ingot::compiler::ingest
