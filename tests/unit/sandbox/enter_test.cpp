// SPDX-License-Identifier: Apache-2.0
#include "sandbox/enter.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <atomic>
#include <cfenv>
#include <thread>

#include "support/fake_guest.hpp"

namespace {

using ingot::test::FakeGuest;
using namespace std::chrono_literals;
namespace sandbox = ingot::sandbox;
namespace limits = ingot::limits;

const ingot_runtime* runtime() { return &sandbox::runtime_table(); }
const ingot_runtime* volatile table = nullptr;

GUEST void adds(void*, ingot_slot* slots) { slots[0].i64 = slots[0].i64 + slots[1].i64; }
GUEST void raises(void*, ingot_slot* slots) { table->trap(slots[0].i32); }
GUEST void spins(void*, ingot_slot*) {
  for (;;) __asm__ volatile("");
}
GUEST void reads_at(void* guest, ingot_slot* slots) {
  auto* self = static_cast<FakeGuest*>(guest);
  slots[1].i64 = *reinterpret_cast<volatile std::uint8_t*>(self->memory.base() + slots[0].i64);
}
GUEST void writes_at(void* guest, ingot_slot* slots) {
  auto* self = static_cast<FakeGuest*>(guest);
  *reinterpret_cast<volatile std::uint8_t*>(self->memory.base() + slots[0].i64) = 7;
}
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Winfinite-recursion"
GUEST void recurses(void* guest, ingot_slot* slots) {
  volatile char frame[256];
  frame[0] = static_cast<char>(slots[0].i32);
  slots[0].i32 = slots[0].i32 + 1;
  recurses(guest, slots);
  frame[1] = frame[0];
}
GUEST void recurses_then_grows(void* guest, ingot_slot* slots) {
  volatile char frame[256];
  frame[0] = 1;
  table->grow_memory(&static_cast<FakeGuest*>(guest)->linear, 0);
  slots[0].i32 = slots[0].i32 + 1;
  recurses_then_grows(guest, slots);
  frame[1] = frame[0];
}
#pragma clang diagnostic pop
GUEST void grows_for_ever(void* guest, ingot_slot*) {
  for (;;) table->grow_memory(&static_cast<FakeGuest*>(guest)->linear, 0);
}
GUEST void changes_rounding(void*, ingot_slot* slots) {
  unsigned control = 0x7f80;  // round towards zero, all exceptions masked
  __asm__ volatile("ldmxcsr %0" ::"m"(control));
  table->trap(slots[0].i32);
}
GUEST void allocates(void* guest, ingot_slot* slots) {
  table->allocate_memory(&static_cast<FakeGuest*>(guest)->linear, slots[0].i64, slots[1].i64, false, 65536);
}
GUEST void grows(void* guest, ingot_slot* slots) {
  slots[0].i64 = table->grow_memory(&static_cast<FakeGuest*>(guest)->linear, slots[0].i64);
}

class EnterTest : public testing::Test {
 protected:
  void SetUp() override {
    table = runtime();
    testing::FLAGS_gtest_death_test_style = "threadsafe";  // the watchdog's thread exists
  }
  FakeGuest guest;
};

TEST_F(EnterTest, Returns_what_the_guest_wrote) {
  guest.slots[0].i64 = 40;
  guest.slots[1].i64 = 2;
  EXPECT_EQ(guest.run(adds), INGOT_TRAP_NONE);
  EXPECT_EQ(guest.slots[0].i64, 42u);
}

TEST_F(EnterTest, Every_trap_kind_comes_back_as_itself) {
  for (std::uint32_t kind = 1; kind < INGOT_TRAP_COUNT; ++kind) {
    guest.slots[0].i64 = kind;
    EXPECT_EQ(guest.run(raises), kind);
  }
}

TEST_F(EnterTest, Floating_point_control_is_restored_after_a_trap) {
  const int before = std::fegetround();
  guest.slots[0].i64 = INGOT_TRAP_UNREACHABLE;
  EXPECT_EQ(guest.run(changes_rounding), INGOT_TRAP_UNREACHABLE);
  EXPECT_EQ(std::fegetround(), before);
  volatile float three = 3.0f;
  EXPECT_EQ(1.0f / three, 0x1.555556p-2f);  // rounded to nearest, not towards zero
}

TEST_F(EnterTest, A_fault_in_the_reservation_is_out_of_bounds_and_tells_the_address) {
  ASSERT_TRUE(guest.memory.commit(limits::wasm_page_bytes));
  const std::uint64_t inside[] = {0, limits::wasm_page_bytes - 1};
  for (const std::uint64_t offset : inside) {
    guest.slots[0].i64 = offset;
    EXPECT_EQ(guest.run(reads_at), INGOT_TRAP_NONE) << offset;
  }
  const std::uint64_t outside[] = {limits::wasm_page_bytes, 4 * limits::GiB, 4 * limits::GiB + 0xffffffffull, limits::memory_reservation_bytes - 1};
  for (const std::uint64_t offset : outside) {
    guest.slots[0].i64 = offset;
    EXPECT_EQ(guest.run(reads_at), INGOT_TRAP_OUT_OF_BOUNDS) << offset;
    EXPECT_EQ(guest.activation.fault_address, reinterpret_cast<std::uintptr_t>(guest.memory.base()) + offset);
    EXPECT_TRUE(sandbox::in_guest_text(guest.activation.trap_pc));
    guest.slots[0].i64 = offset;
    EXPECT_EQ(guest.run(writes_at), INGOT_TRAP_OUT_OF_BOUNDS) << offset;
  }
}

TEST_F(EnterTest, Stack_overflow_is_a_trap_and_the_next_call_works) {
  for (int round = 0; round < 3; ++round) {
    guest.slots[0].i64 = 0;
    EXPECT_EQ(guest.run(recurses), INGOT_TRAP_STACK_EXHAUSTED);
    EXPECT_GT(guest.slots[0].i32, 1000u);
    guest.slots[0].i64 = 1;
    guest.slots[1].i64 = 1;
    EXPECT_EQ(guest.run(adds), INGOT_TRAP_NONE);
  }
}

TEST_F(EnterTest, Host_services_are_refused_before_the_host_could_hit_the_guard) {
  guest.slots[0].i64 = 0;
  EXPECT_EQ(guest.run(recurses_then_grows), INGOT_TRAP_STACK_EXHAUSTED);
  // The guest was stopped by the reserve, not by the guard: no fault happened.
  EXPECT_EQ(guest.activation.fault_address, 0u);
}

TEST_F(EnterTest, A_deadline_stops_a_loop_without_calls) {
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(guest.run(spins, 30ms), INGOT_TRAP_DEADLINE);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 30ms);
}

TEST_F(EnterTest, A_deadline_stops_a_loop_of_runtime_calls) { EXPECT_EQ(guest.run(grows_for_ever, 30ms), INGOT_TRAP_DEADLINE); }

TEST_F(EnterTest, A_deadline_of_one_call_never_hits_the_next) {
  for (int round = 0; round < 50; ++round) {
    EXPECT_EQ(guest.run(spins, 2ms), INGOT_TRAP_DEADLINE);
    guest.slots[0].i64 = 20;
    guest.slots[1].i64 = 22;
    EXPECT_EQ(guest.run(adds), INGOT_TRAP_NONE);
    EXPECT_EQ(guest.slots[0].i64, 42u);
  }
}

TEST_F(EnterTest, Threads_are_stopped_independently) {
  std::atomic<int> stopped{0};
  std::vector<std::thread> threads;
  for (int index = 0; index < 4; ++index) {
    threads.emplace_back([&stopped, index] {
      FakeGuest own;
      for (int round = 0; round < 10; ++round) {
        if (own.run(spins, std::chrono::milliseconds(1 + index)) == INGOT_TRAP_DEADLINE) ++stopped;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(stopped.load(), 40);
}

TEST_F(EnterTest, Memory_grows_up_to_the_quota_and_not_a_page_further) {
  FakeGuest small(4 * limits::wasm_page_bytes);
  small.slots[0].i64 = 1;
  small.slots[1].i64 = 65536;
  ASSERT_EQ(small.run(allocates), INGOT_TRAP_NONE);
  EXPECT_EQ(small.linear.size, limits::wasm_page_bytes);
  small.slots[0].i64 = 3;
  ASSERT_EQ(small.run(grows), INGOT_TRAP_NONE);
  EXPECT_EQ(small.slots[0].i64, 1u);  // the old size
  EXPECT_EQ(small.linear.pages, 4u);
  for (const std::uint64_t delta : {std::uint64_t{1}, std::uint64_t{65535}, std::uint64_t{0xffffffff}, ~std::uint64_t{0}}) {
    small.slots[0].i64 = delta;
    ASSERT_EQ(small.run(grows), INGOT_TRAP_NONE);
    EXPECT_EQ(small.slots[0].i64, ~std::uint64_t{0});
    EXPECT_EQ(small.linear.pages, 4u);
  }
}

TEST_F(EnterTest, A_module_that_starts_above_its_quota_is_refused) {
  FakeGuest small(4 * limits::wasm_page_bytes);
  small.slots[0].i64 = 5;
  small.slots[1].i64 = 65536;
  EXPECT_EQ(small.run(allocates), INGOT_TRAP_LIMIT);
}

TEST_F(EnterTest, A_reset_memory_reads_as_zero_and_is_out_of_reach_until_committed) {
  ASSERT_TRUE(guest.memory.commit(2 * limits::wasm_page_bytes));
  guest.slots[0].i64 = limits::wasm_page_bytes + 5;
  ASSERT_EQ(guest.run(writes_at), INGOT_TRAP_NONE);
  guest.memory.reset();
  EXPECT_EQ(guest.run(reads_at), INGOT_TRAP_OUT_OF_BOUNDS);
  ASSERT_TRUE(guest.memory.commit(2 * limits::wasm_page_bytes));
  guest.slots[1].i64 = 99;
  ASSERT_EQ(guest.run(reads_at), INGOT_TRAP_NONE);
  EXPECT_EQ(guest.slots[1].i64, 0u);
}

// Host faults while a guest is far down the stack must still kill the process.
using EnterDeathTest = EnterTest;

struct NullReader {
  static void read() { (void)*static_cast<volatile int*>(nullptr); }
};
void (*volatile host_fault)() = &NullReader::read;
GUEST void calls_a_faulting_host(void*, ingot_slot*) { host_fault(); }
GUEST void reads_host_memory(void*, ingot_slot* slots) { slots[1].i64 = *reinterpret_cast<volatile std::uint8_t*>(slots[0].i64); }
void host_reads_guest_guard(FakeGuest& guest) {
  volatile std::uint8_t* address = guest.memory.base();
  (void)*address;
}

TEST_F(EnterDeathTest, A_null_pointer_in_host_code_is_not_a_guest_trap) { EXPECT_DEATH(guest.run(calls_a_faulting_host), ""); }

TEST_F(EnterDeathTest, A_guest_fault_outside_its_own_reservation_is_not_a_trap) {
  guest.slots[0].i64 = 16;
  EXPECT_DEATH(guest.run(reads_host_memory), "");
  FakeGuest other;
  guest.slots[0].i64 = reinterpret_cast<std::uintptr_t>(other.memory.base());
  EXPECT_DEATH(guest.run(reads_host_memory), "");
}

TEST_F(EnterDeathTest, A_host_fault_in_guest_memory_is_not_a_trap) { EXPECT_DEATH(host_reads_guest_guard(guest), ""); }

}  // namespace
