// SPDX-License-Identifier: Apache-2.0
#pragma once
// Tells AddressSanitizer about stack switches; nothing at all in other builds. After a trap the abandoned host frames on the
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

namespace ingot::sandbox {

#if defined(INGOT_ASAN)
class StackSwitch final {
 public:
  StackSwitch(std::uintptr_t begin, std::uintptr_t end) : begin_(begin), size_(end - begin) {
    __sanitizer_start_switch_fiber(&host_fake_, reinterpret_cast<void*>(begin_), size_);
    __sanitizer_finish_switch_fiber(nullptr, &host_bottom_, &host_size_);
  }
  void back(bool trapped) {
    void* guest_fake = nullptr;
    __sanitizer_start_switch_fiber(trapped ? nullptr : &guest_fake, host_bottom_, host_size_);
    __sanitizer_finish_switch_fiber(host_fake_, nullptr, nullptr);
    if (trapped) __asan_unpoison_memory_region(reinterpret_cast<void*>(begin_), size_);
  }

 private:
  std::uintptr_t begin_;
  std::size_t size_;
  void* host_fake_ = nullptr;
  const void* host_bottom_ = nullptr;
  std::size_t host_size_ = 0;
};
#else
class StackSwitch final {
 public:
  StackSwitch(std::uintptr_t, std::uintptr_t) {}
  void back(bool) {}
};
#endif

}  // namespace ingot::sandbox
