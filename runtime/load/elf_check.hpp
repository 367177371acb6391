// SPDX-License-Identifier: Apache-2.0
#pragma once
// The cheap half of the compiler's audit, repeated before an object is mapped: nothing in it may run, resolve or relocate in a
// way that the loader of libc would act upon beyond plain relative relocations.

#include <cstdint>

#include "base/result.hpp"
#include "format/bundle.hpp"

namespace ingot::load {

struct TextSegment {
  std::uint64_t address = 0;  ///< relative to the load base
  std::uint64_t size = 0;
};

/// Returns the one executable segment. Errors: verification, with the reason.
Result<TextSegment> check_elf(format::ByteView object);

}  // namespace ingot::load
