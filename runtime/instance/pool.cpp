// SPDX-License-Identifier: Apache-2.0
#include "instance/pool.hpp"

#include <new>
#include <utility>

#include "base/check.hpp"

namespace ingot::instance {

Lease::~Lease() {
  if (pool_ == nullptr || instance_ == nullptr) return;
  instance_->reset();
  pool_->give_back(std::move(instance_));
}

Pool::~Pool() {
  const std::scoped_lock lock(mutex_);
  INGOT_CHECK(idle_.size() == made_);  // a lease outlived its pool
}

Result<Lease> Pool::acquire(std::chrono::steady_clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (!idle_.empty()) {
      auto instance = std::move(idle_.back());
      idle_.pop_back();
      return Lease(this, std::move(instance));
    }
    if (made_ < instances_max_) break;
    if (freed_.wait_until(lock, deadline) == std::cv_status::timeout && idle_.empty()) {
      return Error{ErrorCode::unavailable, "all " + std::to_string(instances_max_) + " instances of the module are busy"};
    }
  }
  ++made_;
  lock.unlock();
  Result<std::unique_ptr<Instance>> instance = Error{ErrorCode::limit, "no memory left for an instance"};
  try {
    instance = factory_();
  } catch (const std::bad_alloc&) {  // the error above stands
  }
  if (!instance.ok()) {
    lock.lock();
    --made_;
    lock.unlock();
    freed_.notify_one();
    return std::move(instance).error();
  }
  return Lease(this, std::move(instance).value());
}

std::size_t Pool::instances_made() const {
  const std::scoped_lock lock(mutex_);
  return made_;
}

void Pool::give_back(std::unique_ptr<Instance> instance) {
  {
    const std::scoped_lock lock(mutex_);
    idle_.push_back(std::move(instance));
  }
  freed_.notify_one();
}

}  // namespace ingot::instance
