// SPDX-License-Identifier: Apache-2.0
// Instances that never came to be: their start trapped, an import was missing, or there was no room for them. Nothing of them may stay, and the process goes on.
#include <gtest/gtest.h>

#include "instance/instance.hpp"
#include "limits.hpp"
#include "sandbox/slot_shelf.hpp"
#include "sandbox/watchdog.hpp"
#include "support/address_space.hpp"
#include "support/load.hpp"

namespace {

using ingot::instance::Extern;
using ingot::instance::Instance;
using ingot::instance::State;
using ingot::instance::Store;
using ingot::test::load_cast;
using ingot::test::status_kib;
namespace limits = ingot::limits;

// (module
//   (memory 2) (table 4000000 externref)
//   (func $s (i32.store (i32.const 8) (i32.const 1)) (unreachable))
//   (start $s)
//   (func (export "f")))
constexpr const char* traps_at_start = "010401600000 0303020000 0407016f008092f401 0503010002 07050101660001 080100 0a0f020a0041084101360200000b02000b";
// (module (import "o" "a" (func)) (import "o" "b" (func)) (memory 2) (table 4000000 externref) (func (export "f")))
constexpr const char* two_imports = "010401600000 020d02016f01610000016f01620000 03020100 0407016f008092f401 0503010002 07050101660002 0a040102000b";
// (module (memory 1) (func (export "f")))
constexpr const char* good = "010401600000 03020100 0503010001 07050101660000 0a040102000b";
constexpr std::uint64_t table_kib = 4'000'000 * 8 / 1024;
constexpr std::uint64_t quota = 64 * limits::MiB;

class FailedStartTest : public testing::Test {
 protected:
  void SetUp() override { ingot::sandbox::start_watchdog().value(); }
  ingot::sandbox::CallScope scope_{std::chrono::steady_clock::now() + std::chrono::seconds(120)};
};

/// Addresses that the process has more, in KiB, after doing that fifty times more often. What one of it leaves for the next one counts as nothing.
template <typename Body>
std::int64_t growth_kib(Body body) {
  for (int warm = 0; warm < 3; ++warm) body();
  const std::uint64_t before = status_kib("VmSize");
  for (int round = 0; round < 50; ++round) body();
  return static_cast<std::int64_t>(status_kib("VmSize") - before);
}

TEST_F(FailedStartTest, A_trap_in_it_leaves_no_table_and_no_memory) {
  const auto module = load_cast(traps_at_start);
  const auto grown = growth_kib([&] {
    const auto guest = Instance::create(module, {}, {quota}).value();
    const auto trap = guest->start();
    ASSERT_TRUE(trap.has_value());
    EXPECT_EQ(trap->kind, INGOT_TRAP_UNREACHABLE);
    EXPECT_EQ(guest->state(), State::poisoned);
    EXPECT_EQ(guest->table_bytes(), 4'000'000u * 8) << "this is what has to go";
  });
#if defined(INGOT_SANITIZED)
  (void)grown;  // keeps what was freed for a while
#else
  EXPECT_LT(grown, static_cast<std::int64_t>(10 * table_kib));
#endif
}

TEST_F(FailedStartTest, A_reset_after_it_leaves_nothing_either) {
  const auto guest = Instance::create(load_cast(traps_at_start), {}, {quota}).value();
  const auto grown = growth_kib([&] {
    ASSERT_TRUE(guest->start().has_value());
    guest->reset();
    EXPECT_EQ(guest->state(), State::empty);
    EXPECT_EQ(guest->table_bytes(), 0u);
    EXPECT_EQ(guest->memory().size(), 0u);
  });
#if defined(INGOT_SANITIZED)
  (void)grown;
#else
  EXPECT_LT(grown, static_cast<std::int64_t>(10 * table_kib));
#endif
}

TEST_F(FailedStartTest, An_import_that_is_missing_leaves_nothing_and_nobody_in_the_store) {
  const auto module = load_cast(two_imports);
  const auto store = Store::create().value();
  Extern given[2];
  given[0].function = [](void*, ingot_slot*) -> std::uint32_t { return INGOT_TRAP_NONE; };
  const auto grown = growth_kib([&] {
    const auto guest = Instance::create(module, given, {quota}, store);
    ASSERT_FALSE(guest.ok());
    EXPECT_EQ(guest.error().message, "unknown import o.b: nobody offers it");
    EXPECT_TRUE(store->services.empty());
    EXPECT_TRUE(store->memories.empty());
  });
  EXPECT_LT(grown, static_cast<std::int64_t>(10 * table_kib)) << "a reservation has more than eight million KiB";
}

TEST_F(FailedStartTest, Without_addresses_for_it_there_is_an_error_and_others_go_on) {
#if defined(INGOT_THREAD_SANITIZED)
  GTEST_SKIP() << "ThreadSanitizer ends a process whose mappings lie where it expects none";
#endif
  const auto module = load_cast(good);
  const auto neighbour = Instance::create(module, {}, {quota}).value();
  ASSERT_FALSE(neighbour->start().has_value());
  {
    ingot::sandbox::SlotShelf::blank().clear();
    const ingot::test::NoAddressesLeft shortage(limits::GiB);
    const auto guest = Instance::create(module, {}, {quota});
    ASSERT_FALSE(guest.ok());
    EXPECT_EQ(guest.error().code, ingot::ErrorCode::limit);
    EXPECT_FALSE(neighbour->call(module->find_function("f"), {}).has_value());
  }
  const auto guest = Instance::create(module, {}, {quota}).value();
  EXPECT_FALSE(guest->start().has_value());
}

TEST_F(FailedStartTest, Without_memory_for_its_tables_it_is_a_trap_and_others_go_on) {
#if defined(INGOT_SANITIZED)
  GTEST_SKIP() << "a sanitizer's allocator ends the process instead";
#endif
  const auto guest = Instance::create(load_cast(traps_at_start), {}, {quota}).value();
  const auto neighbour = Instance::create(load_cast(good), {}, {quota}).value();
  ASSERT_FALSE(neighbour->start().has_value());
  {
    const ingot::test::NoMemoryLeft shortage;
    const auto trap = guest->start();
    ASSERT_TRUE(trap.has_value());
    EXPECT_EQ(trap->kind, INGOT_TRAP_LIMIT);
    EXPECT_FALSE(neighbour->call(neighbour->module().find_function("f"), {}).has_value());
  }
  guest->reset();
  EXPECT_EQ(guest->start()->kind, INGOT_TRAP_UNREACHABLE) << "now it gets as far as its own code";
}

TEST_F(FailedStartTest, What_trapped_is_never_entered_again) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  const auto guest = Instance::create(load_cast(traps_at_start), {}, {quota}).value();
  ASSERT_TRUE(guest->start().has_value());
  ASSERT_EQ(guest->state(), State::poisoned);
  EXPECT_DEATH((void)guest->call(guest->module().find_function("f"), {}), "");
  EXPECT_DEATH((void)guest->start(), "");
}

}  // namespace
