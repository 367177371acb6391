// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the code says to sanitizers; nothing at all in other builds. Tells AddressSanitizer about stack switches. After a trap the abandoned host frames on the
// guest's stack leave poisoned bytes behind: those are cleared.

#include <cstddef>
#include <cstdint>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define INGOT_ASAN 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define INGOT_ASAN 1
#endif

#if defined(INGOT_ASAN)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

/// For what runs in a signal handler: a sanitizer's runtime may be what was interrupted, and its locks are held. Such a function calls only others of its kind,
/// and atomics, which are always inlined.
#define INGOT_NO_INSTRUMENTATION __attribute__((disable_sanitizer_instrumentation, no_sanitize("undefined")))

namespace ingot::sandbox {

#if defined(INGOT_ASAN)
inline constexpr bool stack_switches_are_watched = true;

/// Announces the move to the stack [bottom, bottom+size) and, with back(), the return to the one that was left.
class StackSwitch final {
 public:
  StackSwitch(const void* bottom, std::size_t size) : bottom_(bottom), size_(size) {
    __sanitizer_start_switch_fiber(&left_fake_, bottom_, size_);
    __sanitizer_finish_switch_fiber(nullptr, &left_bottom_, &left_size_);
  }
  const void* left_bottom() const { return left_bottom_; }
  std::size_t left_size() const { return left_size_; }
  void back(bool trapped) {
    void* fake = nullptr;
    __sanitizer_start_switch_fiber(trapped ? nullptr : &fake, left_bottom_, left_size_);
    __sanitizer_finish_switch_fiber(left_fake_, nullptr, nullptr);
    if (trapped) __asan_unpoison_memory_region(bottom_, size_);
  }

 private:
  const void* bottom_;
  std::size_t size_;
  void* left_fake_ = nullptr;
  const void* left_bottom_ = nullptr;
  std::size_t left_size_ = 0;
};
#else
inline constexpr bool stack_switches_are_watched = false;

class StackSwitch final {
 public:
  StackSwitch(const void*, std::size_t) {}
  const void* left_bottom() const { return nullptr; }
  std::size_t left_size() const { return 0; }
  void back(bool) {}
};
#endif

}  // namespace ingot::sandbox
