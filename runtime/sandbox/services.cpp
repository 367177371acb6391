// SPDX-License-Identifier: Apache-2.0
#include "sandbox/services.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

#include "base/check.hpp"
#include "limits.hpp"

namespace ingot::sandbox {

ingot_trap Services::allocate_memory(wasm_rt_memory_t* memory, std::uint64_t initial, std::uint64_t max, bool is64,
                                     std::uint32_t page_size) {
  if (linear_memory_ != nullptr || is64 || page_size != limits::wasm_page_bytes || initial > limits::wasm32_pages_max) {
    refusal_ = "a kind of memory that this runtime does not carry";
    return INGOT_TRAP_LIMIT;
  }
  const std::uint64_t quota_pages = memory_quota_bytes_ / limits::wasm_page_bytes;
  if (initial > quota_pages) {
    refusal_ = "the module starts with " + std::to_string(initial * limits::wasm_page_bytes / limits::MiB) +
               " MiB of memory, its quota is " + std::to_string(memory_quota_bytes_ / limits::MiB) + " MiB";
    return INGOT_TRAP_LIMIT;
  }
  if (!slot_.commit(initial * limits::wasm_page_bytes)) {
    refusal_ = "the system has no memory left";
    return INGOT_TRAP_LIMIT;
  }
  memory->data = slot_.base();
  memory->pages = initial;
  memory->max_pages = std::min({max, limits::wasm32_pages_max, quota_pages});
  memory->page_size = page_size;
  memory->size = initial * limits::wasm_page_bytes;
  memory->is64 = false;
  linear_memory_ = memory;
  return INGOT_TRAP_NONE;
}

std::uint64_t Services::grow_memory(wasm_rt_memory_t* memory, std::uint64_t delta) {
  if (memory == linear_memory_) return grow_own_memory(memory, delta);
  if (peers_ != nullptr) {
    for (Services* peer : *peers_) {
      if (peer->linear_memory_ == memory) return peer->grow_own_memory(memory, delta);
    }
  }
  return ~std::uint64_t{0};
}

std::uint64_t Services::grow_own_memory(wasm_rt_memory_t* memory, std::uint64_t delta) {
  constexpr std::uint64_t refused = ~std::uint64_t{0};
  const std::uint64_t old_pages = memory->pages;
  if (growth_ != nullptr && !growth_->allows(delta * limits::wasm_page_bytes)) return refused;
  if (delta > memory->max_pages - std::min(memory->max_pages, old_pages)) return refused;
  const std::uint64_t new_pages = old_pages + delta;
  if (!slot_.commit(new_pages * limits::wasm_page_bytes)) {
    was_short_ = true;
    return refused;
  }
  if (growth_ != nullptr) growth_->take(delta * limits::wasm_page_bytes);
  memory->pages = new_pages;
  memory->size = new_pages * limits::wasm_page_bytes;
  return old_pages;
}

void* Services::allocate_elements(std::uint64_t count, std::size_t element_bytes) {
  // All tables together may take as much as memory may.
  const std::uint64_t left = memory_quota_bytes_ - std::min(memory_quota_bytes_, array_bytes_);
  if (count > limits::table_elements_max || count * element_bytes > left) {
    refusal_ = "a table of " + std::to_string(count) + " elements";
    return nullptr;
  }
  arrays_.reserve(arrays_.size() + 1);
  void* array = std::calloc(count, element_bytes);
  if (array == nullptr) {
    was_short_ = true;
    refusal_ = "the system has no memory left for a table";
    return nullptr;
  }
  array_bytes_ += count * element_bytes;
  arrays_.push_back({array, count * element_bytes});
  return array;
}

void* Services::grow_elements(void* old, std::uint64_t old_count, std::uint64_t new_count, std::size_t element_bytes) {
  // An imported table's array belongs to another instance, and so does the next one.
  if (Services* owner = owner_of_array(old); owner != this) return owner->grow_elements(old, old_count, new_count, element_bytes);
  void* array = allocate_elements(new_count, element_bytes);
  if (array == nullptr) return nullptr;
  if (old != nullptr) {
    std::memcpy(array, old, old_count * element_bytes);
    std::erase_if(arrays_, [old](const Array& each) { return each.elements == old; });
    std::free(old);
    array_bytes_ -= old_count * element_bytes;
  }
  return array;
}

Services* Services::owner_of_array(const void* array) {
  const auto holds = [array](const Services& services) {
    return std::any_of(services.arrays_.begin(), services.arrays_.end(), [array](const Array& each) { return each.elements == array; });
  };
  if (array == nullptr || peers_ == nullptr || holds(*this)) return this;
  for (Services* peer : *peers_) {
    if (holds(*peer)) return peer;
  }
  return this;
}

TablesContent Services::copy_tables() const {
  TablesContent content;
  for (const Array& array : arrays_) {
    const auto* bytes = static_cast<const std::uint8_t*>(array.elements);
    content.emplace_back(array.elements, std::vector<std::uint8_t>(bytes, bytes + array.bytes));
  }
  return content;
}

std::optional<std::vector<void*>> Services::make_tables(const TablesContent& content) {
  INGOT_CHECK(arrays_.empty());
  std::vector<void*> made;
  for (const auto& each : content) {
    void* const array = allocate_elements(each.second.size(), 1);
    if (array == nullptr) {
      release_tables();
      return std::nullopt;
    }
    made.push_back(array);
  }
  return made;
}

bool Services::restore_tables(const TablesContent& content) {
  const auto same = [](const Array& array, const TablesContent::value_type& kept) { return array.elements == kept.first && array.bytes == kept.second.size(); };
  if (!std::equal(arrays_.begin(), arrays_.end(), content.begin(), content.end(), same)) return false;
  for (const auto& [elements, bytes] : content) {
    if (!bytes.empty()) std::memcpy(elements, bytes.data(), bytes.size());
  }
  refusal_.clear();
  return true;
}

void Services::release_tables() {
  for (const Array& array : arrays_) std::free(array.elements);
  arrays_.clear();
  array_bytes_ = 0;
  linear_memory_ = nullptr;
  was_short_ = false;
  refusal_.clear();
}

}  // namespace ingot::sandbox
