// SPDX-License-Identifier: Apache-2.0
#pragma once
// The half of the audit that reads instructions, with LLVM's disassembler.

#include <string>

#include "base/result.hpp"
#include "native/audit_elf.hpp"

namespace ingot::compiler::native {

/// Errors: audit, naming instruction and address.
Result<void> audit_code(const Text& text, const std::string& level);

}  // namespace ingot::compiler::native
