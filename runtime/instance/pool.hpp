// SPDX-License-Identifier: Apache-2.0
#pragma once
// A bounded pool of instances of one module. Every lease begins with an instance that is empty or as it was right after its start, and ends with a reset:
// no two callers ever share a byte of guest state, and nothing that a module drew at random while starting is seen twice (kept_start.hpp).

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "base/result.hpp"
#include "instance/instance.hpp"

namespace ingot::instance {

class Pool;

/// An instance on loan. Move-only; resets the instance and gives it back.
class Lease final {
 public:
  Lease(Lease&& other) noexcept : pool_(other.pool_), instance_(std::move(other.instance_)) { other.pool_ = nullptr; }
  Lease& operator=(Lease&&) = delete;
  Lease(const Lease&) = delete;
  ~Lease();
  Instance& operator*() const { return *instance_; }
  Instance* operator->() const { return instance_.get(); }

 private:
  friend class Pool;
  Lease(Pool* pool, std::unique_ptr<Instance> instance) : pool_(pool), instance_(std::move(instance)) {}
  Pool* pool_;
  std::unique_ptr<Instance> instance_;
};

/// Thread-safe. Outlives its leases.
class Pool final {
 public:
  using Factory = std::function<Result<std::unique_ptr<Instance>>()>;
  Pool(Factory factory, std::size_t instances_max) : factory_(std::move(factory)), instances_max_(instances_max) {}
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  /// Waits for a free instance until `deadline`. Errors: unavailable, or the factory's.
  Result<Lease> acquire(std::chrono::steady_clock::time_point deadline);
  std::size_t instances_made() const;

 private:
  friend class Lease;
  void give_back(std::unique_ptr<Instance> instance);

  Factory factory_;
  std::size_t instances_max_;
  mutable std::mutex mutex_;
  std::condition_variable freed_;
  std::vector<std::unique_ptr<Instance>> idle_;
  std::size_t made_ = 0;
};

}  // namespace ingot::instance
