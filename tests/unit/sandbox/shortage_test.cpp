// SPDX-License-Identifier: Apache-2.0
// Sizes at their ends, and a system that has nothing left: what a guest asked for and did not get must leave it as it was, and what the host did not get is an
// error of that one guest.
#include <gtest/gtest.h>

#include <cstdint>

#include "ingot/island/wasm-rt.h"
#include "support/address_space.hpp"
#include "support/fake_guest.hpp"

namespace {

using ingot::test::FakeGuest;
using ingot::test::status_kib;
namespace sandbox = ingot::sandbox;
namespace limits = ingot::limits;

const ingot_runtime* volatile table = nullptr;
wasm_rt_funcref_table_t* volatile functions = nullptr;
wasm_rt_externref_table_t* volatile references = nullptr;

GUEST void allocates_memory(void* guest, ingot_slot* slots) {
  table->allocate_memory(&static_cast<FakeGuest*>(guest)->linear, slots[0].i64, slots[1].i64, false, 65536);
}
GUEST void grows_memory(void* guest, ingot_slot* slots) { slots[0].i64 = table->grow_memory(&static_cast<FakeGuest*>(guest)->linear, slots[0].i64); }
GUEST void allocates_functions(void*, ingot_slot* slots) { table->allocate_funcref_table(functions, slots[0].i32, ~0u); }
GUEST void allocates_references(void*, ingot_slot* slots) { table->allocate_externref_table(references, slots[0].i32, ~0u); }
GUEST void grows_functions(void*, ingot_slot* slots) {
  wasm_rt_funcref_t nobody{};
  slots[0].i32 = table->grow_funcref_table(functions, slots[0].i32, &nobody);
}
GUEST void swaps_byte(void* guest, ingot_slot* slots) {
  auto* const byte = reinterpret_cast<volatile std::uint8_t*>(static_cast<FakeGuest*>(guest)->memory.base() + slots[0].i64);
  const std::uint8_t old = *byte;
  *byte = static_cast<std::uint8_t>(slots[1].i64);
  slots[1].i64 = old;
}

class ShortageTest : public testing::Test {
 protected:
  void SetUp() override {
    table = &sandbox::runtime_table();
    functions = &functions_;
    references = &references_;
  }
  static ingot_trap run(FakeGuest& guest, void (*function)(void*, ingot_slot*), std::uint64_t first, std::uint64_t second = 0) {
    guest.slots[0].i64 = first;
    guest.slots[1].i64 = second;
    return guest.run(function);
  }
  wasm_rt_funcref_table_t functions_{};
  wasm_rt_externref_table_t references_{};
};

// A size of 32 bits would be 0 here.
TEST_F(ShortageTest, All_of_four_GiB_is_a_memory_of_four_GiB) {
  FakeGuest guest(4 * limits::GiB);
  ASSERT_EQ(run(guest, allocates_memory, 65535, 65536), INGOT_TRAP_NONE);
  ASSERT_EQ(run(guest, swaps_byte, 0, 11), INGOT_TRAP_NONE);
  ASSERT_EQ(run(guest, swaps_byte, 4 * limits::GiB - 1, 1), INGOT_TRAP_OUT_OF_BOUNDS);
  ASSERT_EQ(run(guest, grows_memory, 1), INGOT_TRAP_NONE);
  EXPECT_EQ(guest.slots[0].i64, 65535u);
  EXPECT_EQ(guest.linear.size, 4 * limits::GiB);
  EXPECT_EQ(guest.linear.pages, 65536u);
  const std::uint8_t* const data = guest.linear.data;
  for (const std::uint64_t delta : {std::uint64_t{1}, std::uint64_t{0xffffffff}, ~std::uint64_t{0}}) {
    ASSERT_EQ(run(guest, grows_memory, delta), INGOT_TRAP_NONE);
    EXPECT_EQ(guest.slots[0].i64, ~std::uint64_t{0}) << delta;
    EXPECT_EQ(guest.linear.size, 4 * limits::GiB);
  }
  EXPECT_EQ(guest.linear.data, data) << "a memory never moves";
  ASSERT_EQ(run(guest, swaps_byte, 4 * limits::GiB - 1, 12), INGOT_TRAP_NONE);
  ASSERT_EQ(run(guest, swaps_byte, 0, 0), INGOT_TRAP_NONE);
  EXPECT_EQ(guest.slots[1].i64, 11u);
  EXPECT_EQ(run(guest, swaps_byte, 4 * limits::GiB, 0), INGOT_TRAP_OUT_OF_BOUNDS);
}

// With a size and no elements every index would pass, and be added to a null pointer.
TEST_F(ShortageTest, A_table_that_is_too_large_has_no_elements_at_all) {
  const auto expect_nothing = [&](FakeGuest& guest, std::uint64_t elements) {
    EXPECT_EQ(run(guest, allocates_functions, elements), INGOT_TRAP_LIMIT) << elements;
    EXPECT_EQ(functions_.size, 0u);
    EXPECT_EQ(functions_.data, nullptr);
    EXPECT_EQ(run(guest, allocates_references, elements), INGOT_TRAP_LIMIT) << elements;
    EXPECT_EQ(references_.size, 0u);
    EXPECT_EQ(references_.data, nullptr);
    EXPECT_EQ(guest.services.table_bytes(), 0u);
  };
  FakeGuest large(limits::wasm32_address_space_bytes * 64);
  for (const std::uint64_t elements : {std::uint64_t{limits::table_elements_max} + 1, std::uint64_t{2'000'000'000}, std::uint64_t{0xffffffff}}) expect_nothing(large, elements);
  FakeGuest small(1 * limits::MiB);
  expect_nothing(small, 1 * limits::MiB / sizeof(wasm_rt_externref_t) + 1);
}

TEST_F(ShortageTest, A_table_without_memory_for_it_is_refused_and_a_grown_one_stays) {
#if defined(INGOT_SANITIZED)
  GTEST_SKIP() << "a sanitizer's allocator ends the process instead";
#endif
  FakeGuest guest(4 * limits::GiB);
  ASSERT_EQ(run(guest, allocates_functions, 3), INGOT_TRAP_NONE);
  const wasm_rt_funcref_t* const elements = functions_.data;
  functions_.data[2].module_instance = &guest;
  {
    const ingot::test::NoMemoryLeft shortage;
    EXPECT_EQ(run(guest, allocates_references, limits::table_elements_max), INGOT_TRAP_LIMIT);
    ASSERT_EQ(run(guest, grows_functions, limits::table_elements_max - 3), INGOT_TRAP_NONE);
    EXPECT_EQ(guest.slots[0].i32, ~0u);
  }
  EXPECT_EQ(references_.size, 0u);
  EXPECT_EQ(references_.data, nullptr);
  EXPECT_EQ(functions_.size, 3u);
  EXPECT_EQ(functions_.data, elements);
  EXPECT_EQ(functions_.data[2].module_instance, &guest);
  EXPECT_TRUE(guest.services.was_short());
  ASSERT_EQ(run(guest, grows_functions, 1), INGOT_TRAP_NONE);
  EXPECT_EQ(guest.slots[0].i32, 3u);
}

TEST_F(ShortageTest, A_memory_that_the_kernel_does_not_give_is_refused_and_the_old_one_stays) {
  FakeGuest guest(4 * limits::GiB);
  FakeGuest late(4 * limits::GiB);
  ASSERT_EQ(run(guest, allocates_memory, 1, 65536), INGOT_TRAP_NONE);
  {
    const ingot::test::NoMemoryLeft shortage;
    ASSERT_EQ(run(guest, grows_memory, 1024), INGOT_TRAP_NONE);
    EXPECT_EQ(guest.slots[0].i64, ~std::uint64_t{0});
    EXPECT_EQ(run(late, allocates_memory, 1024, 65536), INGOT_TRAP_LIMIT);
  }
  EXPECT_EQ(guest.linear.pages, 1u);
  EXPECT_EQ(guest.linear.size, limits::wasm_page_bytes);
  EXPECT_EQ(run(guest, swaps_byte, limits::wasm_page_bytes, 0), INGOT_TRAP_OUT_OF_BOUNDS);
  ASSERT_EQ(run(guest, grows_memory, 1024), INGOT_TRAP_NONE);
  EXPECT_EQ(guest.slots[0].i64, 1u);
}

TEST_F(ShortageTest, Used_up_addresses_are_an_error_and_nothing_worse) {
#if defined(INGOT_THREAD_SANITIZED)
  GTEST_SKIP() << "ThreadSanitizer ends a process whose mappings lie where it expects none";
#endif
  {
    const ingot::test::NoAddressesLeft shortage(2 * limits::MiB);
    const auto slot = sandbox::Slot::create({});
    ASSERT_FALSE(slot.ok());
    EXPECT_EQ(slot.error().code, ingot::ErrorCode::limit);
    const auto stack = sandbox::GuestStack::create(8 * limits::MiB);
    ASSERT_FALSE(stack.ok());
    EXPECT_EQ(stack.error().code, ingot::ErrorCode::limit);
  }
  EXPECT_TRUE(sandbox::Slot::create({}).ok());
  EXPECT_TRUE(sandbox::GuestStack::create(8 * limits::MiB).ok());
}

TEST_F(ShortageTest, A_stack_that_cannot_be_written_to_is_an_error_and_gives_its_addresses_back) {
  const ingot::test::NoMemoryLeft shortage;
  const std::uint64_t before = status_kib("VmSize");
  for (int round = 0; round < 16; ++round) {
    const auto slot = sandbox::Slot::create({.front_bytes = 4096, .stack_bytes = 64 * limits::MiB});
    ASSERT_FALSE(slot.ok());
    EXPECT_EQ(slot.error().code, ingot::ErrorCode::limit);
    const auto stack = sandbox::GuestStack::create(64 * limits::MiB);
    ASSERT_FALSE(stack.ok());
    EXPECT_EQ(stack.error().code, ingot::ErrorCode::limit);
  }
  EXPECT_LT(status_kib("VmSize"), before + 64 * 1024);
}

// Not only the part that was in use: a process has room for sixteen thousand reservations, and would be at its end after as many guests.
TEST_F(ShortageTest, What_a_guest_had_reserved_goes_with_it) {
  const std::uint64_t before = status_kib("VmSize");
  for (int round = 0; round < 64; ++round) {
    auto slot = sandbox::Slot::create({.front_bytes = 4096, .stack_bytes = limits::guest_stack_bytes}).value();
    ASSERT_TRUE(slot.commit(2 * limits::wasm_page_bytes));
    slot.base()[0] = 1;
    auto stack = sandbox::GuestStack::create().value();
    auto moved = std::move(slot);
  }
  EXPECT_LT(status_kib("VmSize"), before + 64 * 1024) << "one reservation has more than eight million KiB";
}

}  // namespace
