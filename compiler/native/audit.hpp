// SPDX-License-Identifier: Apache-2.0
#pragma once
// In:      SharedObjects.
// Out:     AuditedObjects: each was read back from its bytes and found to be an island.
// Refuses: everything that an island must not hold (4, ErrorCode::audit), naming the entry, or the instruction and its address.
//
// The audit trusts neither the translator nor clang nor the linker. What it proves about the machine code: every byte of the executable
// segment decodes as an instruction of the target's level; none of them enters the kernel, touches a segment register, ports, or
// privileged state; and every direct jump lands on one of the instructions that were looked at.

#include "products.hpp"

namespace ingot::compiler::native {

Result<AuditedObjects> audit(SharedObjects shared);

/// The same for one object, as `ingotc audit` and tests call it. `level` is the ISA level that it claims.
Result<void> audit_object(format::ByteView object, const std::string& level);

}  // namespace ingot::compiler::native
