// SPDX-License-Identifier: Apache-2.0
#include "instance/kept_start.hpp"

#include <utility>

namespace ingot::instance {

std::shared_ptr<const sandbox::MemoryImage> SharedStart::image_of(const std::uint8_t* memory, std::uint64_t bytes) {
  const std::scoped_lock lock(mutex_);
  if (image_ != nullptr) return image_->equals(memory, bytes) ? image_ : nullptr;
  auto image = sandbox::MemoryImage::of(memory, bytes);
  if (image.ok()) image_ = std::move(image).value();
  return image_;
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
