// SPDX-License-Identifier: Apache-2.0
#include "instance/kept_start.hpp"

#include <cstring>
#include <utility>

namespace ingot::instance {
namespace {

std::uintptr_t word_at(const std::vector<std::uint8_t>& bytes, std::size_t at) {
  std::uintptr_t word = 0;
  std::memcpy(&word, bytes.data() + at, sizeof word);
  return word;
}

void put_word(std::uint8_t* to, std::uintptr_t word) { std::memcpy(to, &word, sizeof word); }

constexpr std::size_t word_bytes = sizeof(std::uintptr_t);

}  // namespace

std::optional<StartTemplate> StartTemplate::learn(const StartRecord& one, const StartRecord& other) {
  // Two that lie at the same place, one after the other, look alike where they hold addresses.
  if (one.guest == other.guest || one.block.size() != other.block.size() || one.block.size() % word_bytes != 0 || one.tables.size() != other.tables.size() ||
      one.linear_memory != other.linear_memory || one.image != other.image || one.memory_quota_bytes != other.memory_quota_bytes) {
    return std::nullopt;
  }
  const std::uintptr_t apart = other.guest - one.guest;
  StartTemplate learned;
  for (std::size_t table = 0; table < one.tables.size(); ++table) {
    const auto& [elements, bytes] = one.tables[table];
    const auto& [other_elements, other_bytes] = other.tables[table];
    if (elements == other_elements || bytes.size() != other_bytes.size() || bytes.size() % word_bytes != 0) return std::nullopt;
    auto& addresses = learned.in_tables_.emplace_back();
    for (std::size_t at = 0; at < bytes.size(); at += word_bytes) {
      const std::uintptr_t here = word_at(bytes, at), there = word_at(other_bytes, at);
      if (here == there) continue;
      if (there - here != apart) return std::nullopt;
      addresses.push_back(at);
    }
  }
  for (std::size_t at = 0; at < one.block.size(); at += word_bytes) {
    const std::uintptr_t here = word_at(one.block, at), there = word_at(other.block, at);
    if (here == there) continue;
    std::optional<std::size_t> array;
    for (std::size_t table = 0; table < one.tables.size(); ++table) {
      if (here == reinterpret_cast<std::uintptr_t>(one.tables[table].first) && there == reinterpret_cast<std::uintptr_t>(other.tables[table].first)) array = table;
    }
    if (!array && there - here != apart) return std::nullopt;
    learned.in_block_.push_back({at, array});
  }
  learned.record_ = one;
  return learned;
}

void StartTemplate::write_struct(std::uint8_t* to, std::uintptr_t guest, const std::vector<void*>& arrays) const {
  const std::uintptr_t apart = guest - record_.guest;
  std::memcpy(to, record_.block.data(), record_.block.size());
  for (const Address& address : in_block_) {
    put_word(to + address.at, address.array ? reinterpret_cast<std::uintptr_t>(arrays[*address.array]) : word_at(record_.block, address.at) + apart);
  }
}

void StartTemplate::write_table(std::size_t table, std::uint8_t* to, std::uintptr_t guest) const {
  const std::vector<std::uint8_t>& bytes = record_.tables[table].second;
  if (!bytes.empty()) std::memcpy(to, bytes.data(), bytes.size());
  for (const std::size_t at : in_tables_[table]) put_word(to + at, word_at(bytes, at) + (guest - record_.guest));
}

void SharedStart::learn(StartRecord record) {
  const std::scoped_lock lock(mutex_);
  if (template_ != nullptr || attempts_left_ == 0) return;
  --attempts_left_;
  if (first_) {
    if (auto learned = StartTemplate::learn(*first_, record)) {
      template_ = std::make_unique<const StartTemplate>(std::move(*learned));
      learned_.store(template_.get(), std::memory_order_release);
      first_.reset();
      return;
    }
  }
  first_ = std::move(record);
}

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
