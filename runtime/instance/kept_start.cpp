// SPDX-License-Identifier: Apache-2.0
#include "instance/kept_start.hpp"

#include <utility>

namespace ingot::instance {

std::shared_ptr<const sandbox::MemoryImage> SharedStart::image_of(const std::uint8_t* memory, std::uint64_t bytes) {
  std::shared_ptr<const sandbox::MemoryImage> image;
  {
    const std::scoped_lock lock(mutex_);
    if (image_ == nullptr) {
      auto made = sandbox::MemoryImage::of(memory, bytes);
      if (made.ok()) image_ = std::move(made).value();
      return image_;
    }
    image = image_;
  }
  return image->equals(memory, bytes) ? image : nullptr;
}

WatchedImports::WatchedImports(const std::vector<ingot_host_import>& imports) {
  watched_.reserve(imports.size());
  for (const ingot_host_import& real : imports) {
    watched_.push_back({real, &called_});
    watching_.push_back({pass_on, &watched_.back()});
  }
}

// Trivial: a trap of another guest behind it abandons this frame.
std::uint32_t WatchedImports::pass_on(void* context, ingot_slot* slots) {
  const auto* watched = static_cast<const Watched*>(context);
  *watched->called = true;
  return watched->real.function(watched->real.context, slots);
}

}  // namespace ingot::instance
