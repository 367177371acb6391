// SPDX-License-Identifier: Apache-2.0
#pragma once
// The half of the audit that reads ELF structures. Allow lists throughout: what is not known to be harmless is refused.

#include <vector>

#include "base/result.hpp"
#include "format/bundle.hpp"

namespace ingot::compiler::native {

/// The executable segment of an audited ELF.
struct Text {
  std::uint64_t address = 0;
  format::ByteView bytes;
  std::vector<std::uint64_t> pointers;  ///< what data points at in it, by relocations
};

/// Errors: audit.
Result<Text> audit_elf(format::ByteView object);

}  // namespace ingot::compiler::native
