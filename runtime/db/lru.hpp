// SPDX-License-Identifier: Apache-2.0
#pragma once
// A bounded map that forgets what was used longest ago. One thread at a time; pointers into it live until the next put().

#include <cstddef>
#include <functional>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace ingot::db {

template <typename Value>
class Lru {
 public:
  explicit Lru(std::size_t count_max) : count_max_(count_max) {}

  /// The value, now the most recently used; nullptr when there is none.
  Value* find(std::string_view key) {
    const auto found = index_.find(key);
    if (found == index_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, found->second);
    return &found->second->second;
  }

  /// Adds or replaces. `forgotten` is called with a value that had to go.
  template <typename Forgotten>
  Value* put(const std::string& key, Value value, Forgotten forgotten) {
    erase(key, forgotten);
    if (entries_.size() >= count_max_) {
      forgotten(entries_.back().second);
      index_.erase(entries_.back().first);
      entries_.pop_back();
    }
    entries_.emplace_front(key, std::move(value));
    index_.emplace(entries_.front().first, entries_.begin());
    return &entries_.front().second;
  }

  template <typename Forgotten>
  void erase(std::string_view key, Forgotten forgotten) {
    const auto found = index_.find(key);
    if (found == index_.end()) return;
    const auto entry = found->second;
    forgotten(entry->second);
    index_.erase(found);
    entries_.erase(entry);
  }

  template <typename Forgotten>
  void clear(Forgotten forgotten) {
    for (auto& [key, value] : entries_) forgotten(value);
    index_.clear();
    entries_.clear();
  }

 private:
  using Entry = std::pair<const std::string, Value>;
  std::size_t count_max_;
  std::list<Entry> entries_;
  std::unordered_map<std::string_view, typename std::list<Entry>::iterator> index_;  // keys point into entries_
};

}  // namespace ingot::db
