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
#include "sandbox/wait_queue.hpp"

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
  /// the other; a probe must not ask for another one. Errors: the probe's; unavailable, when the call that this strand is inside of should stop. Then nothing
  /// has changed.
  Result<void> replace(std::shared_ptr<Generation> next, const Probe& probe) {
    {
      const Turn turn(*this);
      if (!turn.is_ours()) return Error{ErrorCode::unavailable, "the call was asked to stop"};
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
  /// To replace. Waiting for it gives way to other fibers.
  class Turn final {
   public:
    explicit Turn(Generations& of) : of_(of) {
      std::unique_lock lock(of_.mutex_);
      while (of_.replacing_) {
        if (of_.next_.wait(lock, sandbox::Clock::time_point::max()) != sandbox::Woken::unparked) return;
      }
      ours_ = of_.replacing_ = true;
    }
    ~Turn() {
      if (!ours_) return;
      const std::scoped_lock lock(of_.mutex_);
      of_.replacing_ = false;
      of_.next_.notify_one();
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    bool is_ours() const { return ours_; }

   private:
    Generations& of_;
    bool ours_ = false;
  };

  mutable std::mutex mutex_;
  std::shared_ptr<Generation> current_;
  std::vector<std::weak_ptr<Generation>> replaced_;
  std::uint64_t replacements_ = 0;
  bool replacing_ = false;
  sandbox::WaitQueue next_;
};

}  // namespace ingot::instance
