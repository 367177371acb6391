// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the parts of this tool tell each other. main.cpp says what the tool is.

#include <set>

#include "ingest/module.hpp"
#include "ingest/policy.hpp"

namespace ingot::bypass {

using compiler::ingest::Refused;

struct Refusal {
  Refused feature{};
  std::uint64_t offset = 0;
};

/// Of the reading that is going on, or of the last one; nothing when the policy said nothing.
inline std::optional<Refusal> last_refusal;
/// The features that the policy would have refused, for the translator's options. One module in one process, so one set.
inline std::set<Refused> needed;

/// Reads a module without the policy, as far as the reader can step over what it does not know. Errors: those of read_module.
Result<compiler::ingest::Module> read_anyway(format::ByteView wasm, const compiler::Features& features);

}  // namespace ingot::bypass
