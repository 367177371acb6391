// SPDX-License-Identifier: Apache-2.0
#pragma once
// INGOT_CHECK: a programmer's error aborts the process, in release builds too. Never for anything
// that a guest, a bundle, a client or the file system can cause, and never on the guest's hot path.

namespace ingot {
/// Prints the failed condition with its place on stderr and aborts.
[[noreturn]] void check_failed(const char* condition, const char* file, int line);
}  // namespace ingot

#define INGOT_CHECK(condition) \
  ((condition) ? static_cast<void>(0) : ::ingot::check_failed(#condition, __FILE__, __LINE__))
