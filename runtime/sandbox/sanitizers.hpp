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
#if __has_feature(thread_sanitizer)
#define INGOT_TSAN 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define INGOT_ASAN 1
#endif

#if defined(INGOT_ASAN)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#if defined(INGOT_TSAN)
#include <sanitizer/tsan_interface.h>
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

/// What a sanitizer knows of a stack that is left now and gone on with later: of a fiber, or of the thread that runs it.
class StackOwner final {
 public:
  StackOwner() = default;
  /// Of one that is left for the first time at its very beginning.
  StackOwner([[maybe_unused]] const void* bottom, [[maybe_unused]] std::size_t size) {
#if defined(INGOT_ASAN)
    bottom_ = bottom;
    size_ = size;
    made_ = true;
#elif defined(INGOT_TSAN)
    fiber_ = __tsan_create_fiber(0);
    made_ = true;
#endif
  }
  StackOwner(const StackOwner&) = delete;
  StackOwner& operator=(const StackOwner&) = delete;
  ~StackOwner() {
#if defined(INGOT_ASAN)
    if (made_) __asan_unpoison_memory_region(bottom_, size_);  // frames that were left for good
#elif defined(INGOT_TSAN)
    if (made_) __tsan_destroy_fiber(fiber_);
#endif
  }

  // Not instrumented, like whoever calls them: ThreadSanitizer counts a function's end on the stack that it began on.

  /// This one is left for `next`; for good, or until arrive_from().
  INGOT_NO_INSTRUMENTATION void leave_for([[maybe_unused]] StackOwner& next, [[maybe_unused]] bool for_good) {
#if defined(INGOT_ASAN)
    __sanitizer_start_switch_fiber(for_good ? nullptr : &fake_, next.bottom_, next.size_);
#elif defined(INGOT_TSAN)
    if (!made_) fiber_ = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(next.fiber_, 0);
#endif
  }
  /// On this one now, and `last` was left for it.
  INGOT_NO_INSTRUMENTATION void arrive_from([[maybe_unused]] StackOwner& last) {
#if defined(INGOT_ASAN)
    __sanitizer_finish_switch_fiber(fake_, &last.bottom_, &last.size_);
#endif
  }

#if defined(INGOT_ASAN)
 private:
  void* fake_ = nullptr;
  const void* bottom_ = nullptr;
  std::size_t size_ = 0;
  bool made_ = false;
#elif defined(INGOT_TSAN)
 private:
  void* fiber_ = nullptr;
  bool made_ = false;
#endif
};

}  // namespace ingot::sandbox
