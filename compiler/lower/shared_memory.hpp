// SPDX-License-Identifier: Apache-2.0
#pragma once
// A plugin of Extism's reads its input and writes its output eight bytes at a time, by imports. Where the runtime lets it (ingot_instance_header.shared), the thunks of these
// imports do the work themselves, and the optimiser may put it into the guest's loops: a host call for each word took most of the time of a call with a large input.

#include <string>

#include "format/manifest.hpp"
#include "ingest/module.hpp"

namespace ingot::compiler::lower {

/// What such an import's thunk does before anything else, as C in which its parameters are p0 and p1 and its token is `token`; empty for any other import. REQUIRES: header_of()
/// is declared.
std::string shared_memory_access(const ingest::ModuleImport& import, const format::FunctionType& type);

}  // namespace ingot::compiler::lower
