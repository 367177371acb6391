// SPDX-License-Identifier: Apache-2.0
#include "native/audit.hpp"

#include "native/audit_code.hpp"
#include "native/audit_elf.hpp"

namespace ingot::compiler::native {

Result<void> audit_object(format::ByteView object, const std::string& level) {
  INGOT_TRY(const Text text, audit_elf(object));
  return audit_code(text, level);
}

Result<AuditedObjects> audit(SharedObjects shared) {
  for (const format::ObjectInput& object : shared.objects()) {
    auto audited = audit_object(object.bytes, object.level);
    if (!audited.ok()) return std::move(audited).error().with_context("the object for " + object.level + " is refused");
  }
  return AuditedObjects(std::move(shared));
}

}  // namespace ingot::compiler::native
