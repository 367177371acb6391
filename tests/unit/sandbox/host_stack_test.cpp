// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstring>

#include "support/fake_guest.hpp"

namespace {

using ingot::test::FakeGuest;
namespace sandbox = ingot::sandbox;
namespace limits = ingot::limits;

/// Uses more stack than a guest's whole stack has.
__attribute__((noinline)) void hungry(void* argument) {
  volatile char room[3 * 1024 * 1024];
  for (std::size_t at = 0; at < sizeof(room); at += 4096) room[at] = 1;
  *static_cast<int*>(argument) += room[0];
}

int calls = 0;
void host_function() { sandbox::on_host_stack(&hungry, &calls); }
void (*volatile host)() = &host_function;
GUEST void calls_the_host(void*, ingot_slot*) { host(); }

FakeGuest* inner = nullptr;
GUEST void raises(void*, ingot_slot*) { sandbox::runtime_table().trap(INGOT_TRAP_UNREACHABLE); }
void enters_another(void* result) { *static_cast<ingot_trap*>(result) = inner->enter(raises, inner, inner->slots); }
ingot_trap inner_trap = INGOT_TRAP_NONE;
void nested_function() { sandbox::on_host_stack(&enters_another, &inner_trap); }
void (*volatile nested)() = &nested_function;
GUEST void calls_another_guest(void*, ingot_slot* slots) {
  nested();
  slots[0].i64 = 7;
}

TEST(HostStack, A_host_function_has_the_threads_own_stack_and_the_guest_goes_on_after_it) {
  FakeGuest guest;
  calls = 0;
  EXPECT_EQ(guest.run(calls_the_host), INGOT_TRAP_NONE);
  EXPECT_EQ(calls, 1);
}

TEST(HostStack, A_guest_entered_from_there_traps_alone) {
  FakeGuest outer;
  FakeGuest other;
  inner = &other;
  EXPECT_EQ(outer.run(calls_another_guest), INGOT_TRAP_NONE);
  EXPECT_EQ(inner_trap, INGOT_TRAP_UNREACHABLE);
  EXPECT_EQ(outer.slots[0].i64, 7u);
}

GUEST void spins(void*, ingot_slot*) {
  for (;;) __asm__ volatile("");
}
void enters_a_spinner(void* result) { *static_cast<ingot_trap*>(result) = inner->enter(spins, inner, inner->slots); }
void nested_spinner() { sandbox::on_host_stack(&enters_a_spinner, &inner_trap); }
void (*volatile spinner)() = &nested_spinner;
GUEST void calls_a_spinner_and_spins(void*, ingot_slot*) {
  spinner();
  for (;;) __asm__ volatile("");
}

TEST(HostStack, A_deadline_stops_the_inner_guest_and_then_the_outer_one) {
  FakeGuest outer;
  FakeGuest other;
  inner = &other;
  EXPECT_EQ(outer.run(calls_a_spinner_and_spins, std::chrono::milliseconds(20)), INGOT_TRAP_DEADLINE);
  EXPECT_EQ(inner_trap, INGOT_TRAP_DEADLINE);
}

}  // namespace
