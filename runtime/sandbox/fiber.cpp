// SPDX-License-Identifier: Apache-2.0
#include "sandbox/fiber.hpp"

#include <cxxabi.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "base/check.hpp"
#include "sandbox/fiber_loop.hpp"

extern "C" {
void ingot_sandbox_switch(void** leave, void* enter);
void ingot_sandbox_fiber_begin();
[[noreturn]] void ingot_sandbox_fiber_main(ingot::sandbox::Fiber* fiber) { fiber->run(); }
/// On the fiber's stack, below the guest that it had entered (fiber_x86_64.S).
void ingot_sandbox_yield_preempted() { static_cast<ingot::sandbox::Fiber&>(ingot::sandbox::Strand::current()).yield(); }
}

namespace ingot::sandbox {

namespace {

/// The stack of a fiber that has never run, as ingot_sandbox_switch leaves one: modes, r15, r14, r13, r12, rbx, rbp, and where it returns to.
void* prepare(const Range& stack, Fiber* fiber) {
  std::array<std::uint64_t, 9> frame{};
  const FloatingModes modes;
  frame[0] = modes.mxcsr | std::uint64_t{modes.x87} << 32;
  frame[4] = reinterpret_cast<std::uint64_t>(fiber);
  frame[7] = reinterpret_cast<std::uint64_t>(&ingot_sandbox_fiber_begin);
  auto* const rsp = reinterpret_cast<void*>(stack.end - sizeof frame - 8);  // behind the return the stack is a multiple of 16
  std::memcpy(rsp, frame.data(), sizeof frame);
  return rsp;
}

ExceptionState& exceptions_of_this_thread() { return *reinterpret_cast<ExceptionState*>(abi::__cxa_get_globals()); }

}  // namespace

INGOT_NO_INSTRUMENTATION void SwitchPoint::go_to(SwitchPoint& to, bool for_good) {
  owner.leave_for(to.owner, for_good);
  ingot_sandbox_switch(&rsp, to.rsp);
  owner.arrive_from(to.owner);
}

Fiber::Fiber(FiberLoop& loop, GuestStack stack, std::function<void()> body)
    : Strand(nullptr),
      loop_(loop),
      stack_(std::move(stack)),
      point_{nullptr, StackOwner(reinterpret_cast<const void*>(stack_.range().usable.begin), stack_.range().usable.end - stack_.range().usable.begin)},
      body_(std::move(body)) {
  point_.rsp = prepare(stack_.range().usable, this);
}

void Fiber::wake() {
  parked_ = false;
  loop_.push(*this);
}

void Fiber::run() {
  point_.owner.arrive_from(loop_.point_.owner);
  body_();
  body_ = nullptr;  // what it owns dies here
  INGOT_CHECK(this_thread().call.depth == 0 && ingot_current_activation == nullptr);
  ended_ = true;
  point_.go_to(loop_.point_, true);
  __builtin_unreachable();
}

void Fiber::yield() { point_.go_to(loop_.point_); }

Woken Fiber::park(Clock::time_point until) {
  ThreadRecord& record = this_thread();
  {
    const std::scoped_lock lock(mutex_);
    if (std::exchange(permit_, false)) return Woken::unparked;
  }
  if (record.requested() != INGOT_TRAP_NONE) return Woken::stopped;
  const Clock::time_point deadline = record.deadline();
  if (const auto limit = std::min(until, deadline); limit != Clock::time_point::max()) {
    timer_ = loop_.timers_.emplace(limit, this);
    has_timer_ = true;
  }
  parks_ = true;
  point_.go_to(loop_.point_);
  if (std::exchange(has_timer_, false)) loop_.timers_.erase(timer_);
  const std::scoped_lock lock(mutex_);
  if (std::exchange(permit_, false)) return Woken::unparked;
  if (record.requested() == INGOT_TRAP_NONE && Clock::now() >= deadline) record.request(INGOT_TRAP_DEADLINE);
  return record.requested() != INGOT_TRAP_NONE ? Woken::stopped : Woken::timeout;
}

void Fiber::park_regardless() {
  {
    const std::scoped_lock lock(mutex_);
    if (std::exchange(permit_, false)) return;
  }
  parks_ = parks_regardless_ = true;
  point_.go_to(loop_.point_);
  const std::scoped_lock lock(mutex_);
  permit_ = false;
}

void Fiber::take_over(ThreadRecord& record) {
  record.strand = this;
  record.call = call_;
  active_serial = call_.depth > 0 ? record.serial : 0;
  record.fiber_stack_begin = stack_.range().usable.begin;
  ingot_current_activation = activation_;
  std::swap(exceptions_of_this_thread(), exceptions_);
  {
    const std::scoped_lock lock(mutex_);
    on_ = &record;
    record.begin_sequence(std::exchange(pending_, INGOT_TRAP_NONE));
  }
  record.deadline_ns.store(deadline_ns_, std::memory_order_seq_cst);
}

bool Fiber::hand_back(ThreadRecord& record) {
  activation_ = std::exchange(ingot_current_activation, nullptr);
  std::swap(exceptions_of_this_thread(), exceptions_);
  call_ = record.call;
  active_serial = 0;
  record.fiber_stack_begin = 0;
  deadline_ns_ = record.deadline_ns.exchange(0, std::memory_order_acq_rel);
  const std::scoped_lock lock(mutex_);
  on_ = nullptr;
  pending_ = record.requested();
  record.begin_sequence(INGOT_TRAP_NONE);
  // Whoever unparked it or asked it to stop since it looked has not found it parked.
  parked_ = std::exchange(parks_, false) && !permit_ && (std::exchange(parks_regardless_, false) || pending_ == INGOT_TRAP_NONE);
  return !parked_ && !ended_;
}

}  // namespace ingot::sandbox
