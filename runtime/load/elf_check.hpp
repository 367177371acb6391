// SPDX-License-Identifier: Apache-2.0
#pragma once
// The cheap half of the compiler's audit, repeated before an object is mapped: nothing in it may run, resolve or relocate in a way that the
// system's loader would act upon beyond plain relative relocations, and what its descriptor says must be what the manifest says.

#include <cstdint>

#include "base/result.hpp"
#include "format/bundle.hpp"
#include "load/elf_image.hpp"

namespace ingot::load {

struct CheckedObject {
  TextSegment text;                      ///< the one executable segment
  std::uint64_t descriptor_address = 0;  ///< relative to the load base
  ElfImage image;                        ///< valid while the object's bytes are
};

/// Errors: verification, with the reason. `manifest` is the signed one of the same bundle.
Result<CheckedObject> check_object(format::ByteView object, const format::Manifest& manifest);

}  // namespace ingot::load
