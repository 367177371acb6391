// SPDX-License-Identifier: Apache-2.0
// Any bytes as a native object, for the audit: refused with a reason or accepted, in bounded time and memory. Seed it with objects of bundles.
#include <cstdlib>

#include "native/audit.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto audited = ingot::compiler::native::audit_object({data, size}, "x86-64-v3");
  if (!audited.ok() && (audited.error().code != ingot::ErrorCode::audit || audited.error().message.empty())) std::abort();
  return 0;
}
