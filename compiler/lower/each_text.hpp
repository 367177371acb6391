// SPDX-License-Identifier: Apache-2.0
#pragma once
// What is done to one text after the other and looks at no other text is done to several at a time.

#include <algorithm>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "products.hpp"

namespace ingot::compiler::lower {

/// Calls change(name, text) for every file, on as many threads as the machine has; `change` must not throw. The largest first.
template <class Change>
void for_each_text(SourceFiles& files, const Change& change) {
  std::vector<SourceFiles::value_type*> order;
  for (auto& file : files) order.push_back(&file);
  std::sort(order.begin(), order.end(), [](const auto* a, const auto* b) { return a->second.size() > b->second.size(); });
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < order.size(); i = next++) change(order[i]->first, order[i]->second);
  };
  std::vector<std::jthread> helpers;
  for (std::size_t i = 1; i < std::min<std::size_t>(order.size(), std::max(1u, std::thread::hardware_concurrency())); ++i) helpers.emplace_back(work);
  work();
}

}  // namespace ingot::compiler::lower
