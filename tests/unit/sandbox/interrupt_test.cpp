// SPDX-License-Identifier: Apache-2.0
// Requests and signals at bad moments: a request while a fault is being handled, two requests at once, one that is there before the call, signals that nobody
// asked for. What must come out is the guest's answer, its own trap or the request, once; and the next call never notices.
#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <thread>

#include "sandbox/cancel.hpp"
#include "sandbox/thread.hpp"
#include "support/fake_guest.hpp"

namespace {

using ingot::test::FakeGuest;
using namespace std::chrono_literals;
namespace sandbox = ingot::sandbox;
namespace limits = ingot::limits;
using Clock = std::chrono::steady_clock;

GUEST void adds(void*, ingot_slot* slots) { slots[0].i64 = slots[0].i64 + slots[1].i64; }
GUEST void spins(void*, ingot_slot*) {
  for (;;) __asm__ volatile("");
}
/// Faults at once, so that most of the call is the fault.
GUEST void faults(void* guest, ingot_slot* slots) { slots[1].i64 = *reinterpret_cast<volatile std::uint8_t*>(static_cast<FakeGuest*>(guest)->memory.base()); }
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Winfinite-recursion"
GUEST void recurses(void* guest, ingot_slot* slots) {
  volatile char frame[4096];
  frame[0] = 1;
  recurses(guest, slots);
  frame[1] = frame[0];
}
#pragma clang diagnostic pop
GUEST void counts(void*, ingot_slot* slots) {
  for (slots[0].i64 = 0; slots[0].i64 < 100'000; slots[0].i64 = slots[0].i64 + 1) __asm__ volatile("");
}

void expect_unharmed(FakeGuest& guest) {
  guest.slots[0].i64 = 40;
  guest.slots[1].i64 = 2;
  ASSERT_EQ(guest.run(adds), INGOT_TRAP_NONE);
  ASSERT_EQ(guest.slots[0].i64, 42u);
}

/// Sends a thread the interrupting signal as often as it can.
class Storm {
 public:
  explicit Storm(pthread_t target)
      : thread_([this, target] {
          while (!over_) pthread_kill(target, sandbox::interrupt_signal);
        }) {}
  ~Storm() {
    over_ = true;
    thread_.join();
  }

 private:
  std::atomic<bool> over_{false};
  std::thread thread_;
};

TEST(Interrupt, Signals_that_nobody_asked_for_change_nothing) {
  FakeGuest guest;
  const Storm storm(pthread_self());
  for (int round = 0; round < 100; ++round) {
    ASSERT_EQ(guest.run(counts), INGOT_TRAP_NONE);
    ASSERT_EQ(guest.slots[0].i64, 100'000u);
    ASSERT_EQ(guest.run(faults), INGOT_TRAP_OUT_OF_BOUNDS);
    ASSERT_EQ(guest.run(recurses), INGOT_TRAP_STACK_EXHAUSTED);
  }
}

GUEST void counts_and_faults(void* guest, ingot_slot* slots) {
  counts(guest, slots);
  faults(guest, slots);
}
GUEST void counts_and_recurses(void* guest, ingot_slot* slots) {
  counts(guest, slots);
  recurses(guest, slots);
}

// Lucet shipped this one: its alarm arrived while a guest's fault was being handled. The request comes at every moment of a short call, with more signals behind it.
TEST(Interrupt, A_request_while_a_fault_is_handled_ends_the_call_once) {
  constexpr unsigned rounds = 300;
  FakeGuest guest;
  const pthread_t self = pthread_self();
  std::atomic<sandbox::CancelToken*> target{nullptr};
  std::atomic<bool> done{false}, asked{false};
  std::atomic<unsigned> delay{0};
  std::thread other([&] {
    while (!done) {
      sandbox::CancelToken* const token = target.exchange(nullptr);
      if (token == nullptr) {
        std::this_thread::yield();
        continue;
      }
      for (unsigned turn = delay; turn > 0; --turn) __asm__ volatile("");
      token->cancel();
      for (int more = 0; more < 20; ++more) pthread_kill(self, sandbox::interrupt_signal);
      asked = true;
    }
  });
  unsigned trapped = 0, cancelled = 0;
  for (unsigned round = 0; round < rounds; ++round) {
    sandbox::CancelToken token;
    delay = round * 7919u % 300'000u;
    asked = false;
    target = &token;
    ingot_trap trap;
    {
      const sandbox::CallScope scope(Clock::now() + 60s, &token);
      trap = guest.enter(round % 2 == 0 ? counts_and_faults : counts_and_recurses, &guest, guest.slots);
    }
    while (!asked) std::this_thread::yield();
    if (trap == INGOT_TRAP_CANCELLED) {
      ++cancelled;
    } else {
      ++trapped;
      EXPECT_EQ(trap, round % 2 == 0 ? INGOT_TRAP_OUT_OF_BOUNDS : INGOT_TRAP_STACK_EXHAUSTED);
    }
    expect_unharmed(guest);
  }
  done = true;
  other.join();
  RecordProperty("cancelled", static_cast<int>(cancelled));
  EXPECT_EQ(trapped + cancelled, rounds);
}

TEST(Interrupt, Two_requests_are_one_end) {
  FakeGuest guest;
  for (int round = 0; round < 50; ++round) {
    sandbox::CancelToken token;
    std::thread other([&] {
      std::this_thread::yield();
      token.cancel();
      token.cancel();
    });
    {
      const sandbox::CallScope scope(Clock::now() + 1ms, &token);
      const ingot_trap trap = guest.enter(spins, &guest, guest.slots);
      EXPECT_TRUE(trap == INGOT_TRAP_CANCELLED || trap == INGOT_TRAP_DEADLINE) << trap;
    }
    other.join();
    expect_unharmed(guest);
  }
}

TEST(Interrupt, A_request_from_before_the_call_is_the_calls_end) {
  FakeGuest guest;
  sandbox::CancelToken token;
  token.cancel();
  {
    const sandbox::CallScope scope(Clock::now() + 60s, &token);
    EXPECT_EQ(guest.enter(spins, &guest, guest.slots), INGOT_TRAP_CANCELLED);
  }
  {
    const sandbox::CallScope scope(Clock::now() - 1s);
    EXPECT_EQ(guest.enter(spins, &guest, guest.slots), INGOT_TRAP_DEADLINE);
  }
  expect_unharmed(guest);
}

}  // namespace
