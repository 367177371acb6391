// SPDX-License-Identifier: Apache-2.0
#pragma once
// Replacing what serves calls while calls are running.
//
//     candidate --probe--> current --replaced--> draining --last caller leaves--> gone
//         |
//         +-- probe fails: never seen by anybody, and the current one stays
//
// A generation is whatever serves: a pool with the module that it maps, say. Callers hold the one that they were given until they are done, so the code of a
// replaced one is unmapped by whoever leaves it last, never under anybody.

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace ingot::instance {

/// Thread-safe.
template <typename Generation>
class Generations final {
 public:
  using Probe = std::function<Result<void>(const std::shared_ptr<Generation>&)>;

  /// The first one is current at once, unprobed. REQUIRES: not null.
  explicit Generations(std::shared_ptr<Generation> first) : current_(std::move(first)) {}
  Generations(const Generations&) = delete;
  Generations& operator=(const Generations&) = delete;

  /// The one for new callers; hold it as long as its code may run.
  std::shared_ptr<Generation> current() const {
    const std::scoped_lock lock(mutex_);
    return current_;
  }

  /// Probes `next`, while callers go on with the current one, and puts it in its place. The old one is let go of after the locks. Replacements come one after
  /// the other; a probe must not ask for another one. Errors: the probe's; then nothing has changed.
  Result<void> replace(std::shared_ptr<Generation> next, const Probe& probe) {
    {
      const std::scoped_lock one_at_a_time(replacing_);
      if (probe) INGOT_TRY_VOID(probe(next));
      const std::scoped_lock lock(mutex_);
      std::erase_if(replaced_, [](const std::weak_ptr<Generation>& each) { return each.expired(); });
      replaced_.push_back(current_);
      current_.swap(next);
      ++replacements_;
    }
    next.reset();
    return {};
  }

  /// How many replaced ones somebody still holds.
  std::size_t draining() const {
    const std::scoped_lock lock(mutex_);
    return static_cast<std::size_t>(std::ranges::count_if(replaced_, [](const std::weak_ptr<Generation>& each) { return !each.expired(); }));
  }
  std::uint64_t replacements() const {
    const std::scoped_lock lock(mutex_);
    return replacements_;
  }

 private:
  std::mutex replacing_;
  mutable std::mutex mutex_;
  std::shared_ptr<Generation> current_;
  std::vector<std::weak_ptr<Generation>> replaced_;
  std::uint64_t replacements_ = 0;
};

}  // namespace ingot::instance
