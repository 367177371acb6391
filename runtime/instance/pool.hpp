// SPDX-License-Identifier: Apache-2.0
#pragma once
// A bounded pool of instances of one module. Every lease begins with an instance that is empty or as it was right after its start, and ends with a reset:
// no two callers ever share a byte of guest state, and nothing that a module drew at random while starting is seen twice (kept_start.hpp).

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "base/check.hpp"
#include "base/result.hpp"
#include "instance/instance.hpp"
#include "sandbox/wait_queue.hpp"

namespace ingot::instance {

/// What a pool lends: an Instance, or whatever stands around one.
template <typename Guest>
concept Resettable = requires(Guest guest) { guest.reset(); };

template <Resettable Guest>
class BasicPool;

/// An instance on loan. Move-only; resets the instance and gives it back.
template <Resettable Guest>
class BasicLease final {
 public:
  BasicLease(BasicLease&& other) noexcept : pool_(std::exchange(other.pool_, nullptr)), instance_(std::move(other.instance_)) {}
  BasicLease& operator=(BasicLease&&) = delete;
  BasicLease(const BasicLease&) = delete;
  ~BasicLease() {
    if (pool_ == nullptr || instance_ == nullptr) return;
    instance_->reset();
    pool_->give_back(std::move(instance_));
  }
  Guest& operator*() const { return *instance_; }
  Guest* operator->() const { return instance_.get(); }

 private:
  friend class BasicPool<Guest>;
  BasicLease(BasicPool<Guest>* pool, std::unique_ptr<Guest> instance) : pool_(pool), instance_(std::move(instance)) {}
  BasicPool<Guest>* pool_;
  std::unique_ptr<Guest> instance_;
};

/// What somebody who needs an instance does when all of them are out.
enum class WhenBusy {
  wait,
  /// Takes one more than the pool's bound: for who holds something already that those who have the instances may be waiting for. As many as may hold such things at the
  /// same time is then the bound; the caller knows it.
  exceed
};

/// Thread-safe. Outlives its leases.
template <Resettable Guest>
class BasicPool final {
 public:
  using Factory = std::function<Result<std::unique_ptr<Guest>>()>;
  BasicPool(Factory factory, std::size_t instances_max) : factory_(std::move(factory)), instances_max_(instances_max) {}
  ~BasicPool() {
    const std::scoped_lock lock(mutex_);
    INGOT_CHECK(idle_.size() == made_);  // a lease outlived its pool
  }
  BasicPool(const BasicPool&) = delete;
  BasicPool& operator=(const BasicPool&) = delete;

  /// Waits for a free instance until `deadline`, or until the call that this strand is inside of should stop. Errors: unavailable, or the factory's.
  Result<BasicLease<Guest>> acquire(std::chrono::steady_clock::time_point deadline, WhenBusy when_busy = WhenBusy::wait) {
    std::unique_lock lock(mutex_);
    for (;;) {
      if (!idle_.empty()) {
        auto instance = std::move(idle_.back());
        idle_.pop_back();
        return BasicLease<Guest>(this, std::move(instance));
      }
      if (made_ < instances_max_ || when_busy == WhenBusy::exceed) break;
      if (freed_.wait(lock, deadline) != sandbox::Woken::unparked && idle_.empty()) {
        return Error{ErrorCode::unavailable, "all " + std::to_string(instances_max_) + " instances of the module are busy"};
      }
    }
    idle_.reserve(made_ + 1);  // so that giving one back needs no memory
    ++made_;
    lock.unlock();
    Result<std::unique_ptr<Guest>> instance = Error{ErrorCode::limit, "no memory left for an instance"};
    try {
      instance = factory_();
    } catch (const std::bad_alloc&) {  // the error above stands
    }
    if (!instance.ok()) {
      lock.lock();
      --made_;
      freed_.notify_one();
      return std::move(instance).error();
    }
    return BasicLease<Guest>(this, std::move(instance).value());
  }
  /// Does `work` with each one that nobody has, who then has it for that long; the one that was used longest ago first.
  template <typename Work>
  void visit_idle(Work work) {
    for (std::size_t at = 0;; ++at) {
      std::unique_lock lock(mutex_);
      if (at >= idle_.size()) return;
      std::unique_ptr<Guest> instance = std::move(idle_[at]);
      idle_.erase(idle_.begin() + static_cast<std::ptrdiff_t>(at));
      lock.unlock();
      work(*instance);
      lock.lock();
      idle_.insert(idle_.begin() + static_cast<std::ptrdiff_t>(std::min(at, idle_.size())), std::move(instance));
      freed_.notify_one();
    }
  }
  template <typename Predicate>
  std::size_t count_idle(Predicate holds) const {
    const std::scoped_lock lock(mutex_);
    return static_cast<std::size_t>(std::ranges::count_if(idle_, [&](const std::unique_ptr<Guest>& instance) { return holds(*instance); }));
  }
  /// How many there are, on loan or not.
  std::size_t instances_made() const {
    const std::scoped_lock lock(mutex_);
    return made_;
  }

 private:
  friend class BasicLease<Guest>;
  void give_back(std::unique_ptr<Guest> instance) {
    {
      const std::scoped_lock lock(mutex_);
      if (made_ <= instances_max_) {
        idle_.push_back(std::move(instance));
        freed_.notify_one();
        return;
      }
      --made_;
    }
    // One beyond the bound ends here, outside of the lock: giving its memory back takes the kernel a while.
    instance.reset();
  }

  Factory factory_;
  std::size_t instances_max_;
  mutable std::mutex mutex_;
  sandbox::WaitQueue freed_;
  std::vector<std::unique_ptr<Guest>> idle_;
  std::size_t made_ = 0;
};

using Pool = BasicPool<Instance>;
using Lease = BasicLease<Instance>;

}  // namespace ingot::instance
