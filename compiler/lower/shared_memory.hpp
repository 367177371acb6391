// SPDX-License-Identifier: Apache-2.0
#pragma once
// A plugin of Extism's reads its input and writes its output eight bytes at a time, by imports. Where the runtime lets it (ingot_instance_header.shared), the thunks of these
// imports do the work themselves, and the optimiser may put it into the guest's loops: a host call for each word took most of the time of a call with a large input.

#include <cstdint>
#include <string>

#include "format/manifest.hpp"
#include "ingest/module.hpp"

namespace ingot::compiler::lower {

/// What such an import's thunk does before anything else, as C in which its parameters are p0 and p1 and its token is `token`; empty for any other import. REQUIRES: header_of()
/// is declared.
std::string shared_memory_access(const ingest::ModuleImport& import, const format::FunctionType& type);

/// "u64 w2c_h_b<index>(struct w2c_h* token, u64 p0, u8* guest, u64 words) { ... }": as many calls of that import one after another as are certain to stay in the window, `words` at
/// most, between the window from p0 on and `guest`, where there is room for them; returns how many. Empty for any other import. REQUIRES: header_of() is declared.
std::string shared_memory_copy(const ingest::ModuleImport& import, const format::FunctionType& type, std::uint32_t index);

/// For the code generator (native/backend/copy_loops), of import `index`: the index, the bytes of a word, whether it stores, each with a comma behind it; empty for any other import.
std::string shared_memory_facts(const ingest::ModuleImport& import, const format::FunctionType& type, std::uint32_t index);

}  // namespace ingot::compiler::lower
