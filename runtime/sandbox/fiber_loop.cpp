// SPDX-License-Identifier: Apache-2.0
#include "sandbox/fiber_loop.hpp"

#include <cpuid.h>

#include <optional>
#include <utility>

#include "base/check.hpp"
#include "sandbox/watchdog.hpp"

/// How many bytes XSAVE writes on this processor under this system, or 0 where there is no such instruction. Read by ingot_sandbox_preempt.
extern "C" constinit std::uint64_t ingot_sandbox_xsave_bytes __attribute__((visibility("hidden"))) = 0;

namespace ingot::sandbox {
namespace {

constexpr std::size_t spare_stacks_max = 64;

/// Intel SDM 1, 13.2: OSXSAVE is bit 27 of CPUID.1:ECX; CPUID.(0xD, 0):EBX is the size for what the system has enabled.
std::uint64_t xsave_bytes() {
  unsigned a = 0;
  unsigned b = 0;
  unsigned c = 0;
  unsigned d = 0;
  if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & 1u << 27) == 0) return 0;
  if (__get_cpuid_count(0xD, 0, &a, &b, &c, &d) == 0) return 0;
  return b;
}

}  // namespace

Result<std::unique_ptr<FiberLoop>> FiberLoop::create(const Options& options) {
  INGOT_TRY_VOID(start_watchdog());
  static const std::uint64_t bytes = ingot_sandbox_xsave_bytes = xsave_bytes();
  // Beside it, the frames of those who leave the stack.
  INGOT_CHECK(bytes + 8192 <= limits::preempted_state_bytes);
  return std::unique_ptr<FiberLoop>(new FiberLoop(options));
}

FiberLoop::FiberLoop(const Options& options) : options_(options) { stacks_.reserve(spare_stacks_max); }

FiberLoop::~FiberLoop() { INGOT_CHECK(alive_ == 0); }

Result<void> FiberLoop::spawn(std::function<void()> body) {
  std::optional<GuestStack> stack;
  {
    const std::scoped_lock lock(mutex_);
    if (alive_ >= options_.fibers_max) return Error{ErrorCode::unavailable, "all " + std::to_string(options_.fibers_max) + " fibers of the loop are in use"};
    ++alive_;
    if (!stacks_.empty()) {
      stack.emplace(std::move(stacks_.back()));
      stacks_.pop_back();
    }
  }
  const auto give_up = [this] {
    const std::scoped_lock lock(mutex_);
    --alive_;
  };
  try {
    if (!stack) {
      auto made = GuestStack::create(options_.stack_bytes);
      if (!made.ok()) {
        give_up();
        return std::move(made).error();
      }
      stack.emplace(std::move(made).value());
    }
    push(*new Fiber(*this, std::move(*stack), std::move(body)));
  } catch (...) {
    give_up();
    throw;
  }
  return {};
}

void FiberLoop::run_beside(Neighbour* neighbour) {
  ThreadRecord& record = this_thread();
  {
    const std::scoped_lock lock(mutex_);
    neighbour_ = neighbour;
    thread_ = std::this_thread::get_id();
  }
  INGOT_CHECK(record.call.depth == 0 && record.fiber_stack_begin == 0 && ingot_current_activation == nullptr);
  Strand* const thread = record.strand;
  const CallState outside = record.call;
  while (gather()) {
    Fiber& fiber = ready_.pop();
    resume(record, fiber);
    record.strand = thread;
    record.call = outside;
    if (neighbour_ == nullptr) continue;
    if (const auto now = Clock::now(); now - polled_ >= options_.slice) {
      neighbour_->poll();
      polled_ = now;
    }
  }
  const std::scoped_lock lock(mutex_);
  neighbour_ = nullptr;
}

bool FiberLoop::gather() {
  if (!timers_.empty()) expire(Clock::now());
  std::unique_lock lock(mutex_);
  for (;;) {
    ready_.append(inbox_);
    if (!ready_.empty()) return true;
    if (alive_ == 0 && (neighbour_ != nullptr ? neighbour_->done() : stopping_)) return false;
    sleep(lock);
    lock.unlock();
    expire(Clock::now());
    lock.lock();
  }
}

void FiberLoop::sleep(std::unique_lock<std::mutex>& lock) {
  const auto until = timers_.empty() ? Clock::time_point::max() : timers_.begin()->first;
  asleep_ = true;
  if (neighbour_ != nullptr && !neighbour_->done()) {
    lock.unlock();
    neighbour_->wait(until);
    polled_ = Clock::now();
    lock.lock();
  } else if (until == Clock::time_point::max()) {
    wake_.wait(lock);
  } else {
    wake_.wait_until(lock, until);
  }
  asleep_ = false;
}

void FiberLoop::expire(Clock::time_point now) {
  while (!timers_.empty() && timers_.begin()->first <= now) {
    Fiber& fiber = *timers_.begin()->second;
    timers_.erase(timers_.begin());
    fiber.has_timer_ = false;
    const std::scoped_lock lock(fiber.mutex_);
    if (fiber.parked_) fiber.wake();
  }
}

void FiberLoop::resume(ThreadRecord& record, Fiber& fiber) {
  fiber.take_over(record);
  const auto end = Clock::now() + options_.slice;
  record.slice_end_ns.store(std::chrono::duration_cast<std::chrono::nanoseconds>(end.time_since_epoch()).count(), std::memory_order_release);
  record.slice.store(++record.slices, std::memory_order_seq_cst);
  arm_watchdog();

  point_.go_to(fiber.point_);

  record.slice.store(0, std::memory_order_seq_cst);
  if (fiber.hand_back(record)) ready_.push(fiber);
  if (fiber.ended_) bury(fiber);
}

void FiberLoop::bury(Fiber& fiber) {
  const std::unique_ptr<Fiber> owner(&fiber);
  const std::scoped_lock lock(mutex_);
  --alive_;
  if (stacks_.size() < stacks_.capacity()) stacks_.push_back(std::move(fiber.stack_));
}

void FiberLoop::push(Fiber& fiber) {
  const std::scoped_lock lock(mutex_);
  inbox_.push(fiber);
  // What the neighbour does in the loop's own thread is over before the loop looks again.
  if (!asleep_ || thread_ == std::this_thread::get_id()) return;
  if (neighbour_ != nullptr) neighbour_->wake();
  wake_.notify_one();
}

void FiberLoop::stop() {
  const std::scoped_lock lock(mutex_);
  stopping_ = true;
  wake_.notify_one();
}

std::size_t FiberLoop::fibers() const {
  const std::scoped_lock lock(mutex_);
  return alive_;
}

void FiberLoop::yield() {
  if (inside()) static_cast<Fiber&>(Strand::current()).yield();
}

}  // namespace ingot::sandbox
