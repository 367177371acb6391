// SPDX-License-Identifier: Apache-2.0
// Instance::call_target(): a host function that calls back into the guest that called it, or into one that shares its store; and TypedFunction, by which
// a host calls in. What must come out is arithmetic on the WAT below; that a trap abandons the host's frame too is what instance.hpp promises.
#include <gtest/gtest.h>

#include "instance/instance.hpp"
#include "instance/typed_function.hpp"
#include "limits.hpp"
#include "sandbox/watchdog.hpp"
#include "support/load.hpp"

namespace {

using ingot::instance::CallTarget;
using ingot::instance::Extern;
using ingot::instance::Instance;
using ingot::instance::State;
using ingot::instance::Store;
using ingot::instance::TypedFunction;
namespace limits = ingot::limits;

// (module
//   (import "env" "host" (func $host (param i32) (result i32)))
//   (memory 1 1)
//   (global $calls (mut i32) (i32.const 0))
//   (func (export "weigh") (param i64 i32) (result i64)
//     (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
//     (i64.add (i64.mul (local.get 0) (i64.const 10)) (i64.extend_i32_s (local.get 1))))
//   (func (export "two") (result i32 f64) (i32.const -7) (f64.const 0.5))
//   (func (export "calls") (result i32) (global.get $calls))
//   (func (export "fail") (unreachable))
//   (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))
//   (func (export "through") (param i32) (result i32) (i32.add (call $host (local.get 0)) (i32.const 1000))))
constexpr const char* wat =
    "01180560017f017f60027e7f017e6000027f7c6000017f600000 020c0103656e7604686f73740000 0307060102030400000504010101010606017f0141000b"
    "072f0605776569676800010374776f00020563616c6c730003046661696c0004046c6f61640005077468726f75676800060a3e06"
    "1200230041016a24002000420a7e2001ac7c0b0d00417944000000000000e03f0b040023000b0300000b070020002802000b0a002000100041e8076a0b";
constexpr std::uint32_t memory_bytes = 65536;

/// What a host function works with; trivial, because a trap may abandon its frame.
struct Callback {
  CallTarget target{};
  int entered = 0;
  int left = 0;
  ingot_slot slots[2]{};
};

/// host(x) = weigh(x, 5)
std::uint32_t host_weighs(void* context, ingot_slot* slots) {
  auto* callback = static_cast<Callback*>(context);
  ++callback->entered;
  ingot_slot arguments[2]{};
  arguments[0].i64 = slots[0].i32;
  arguments[1].i32 = 5;
  callback->target.call(callback->target.instance, arguments);
  slots[0].i64 = static_cast<std::uint32_t>(arguments[0].i64);
  ++callback->left;
  return 0;
}

/// host(x) = target(x), whatever that does.
std::uint32_t host_passes_on(void* context, ingot_slot* slots) {
  auto* callback = static_cast<Callback*>(context);
  ++callback->entered;
  callback->slots[0] = slots[0];
  callback->target.call(callback->target.instance, callback->slots);
  slots[0] = callback->slots[0];
  ++callback->left;
  return 0;
}

class CallTargetTest : public testing::Test {
 protected:
  void SetUp() override {
    ingot::sandbox::start_watchdog().value();
    module_ = ingot::test::load_cast(wat);
    store_ = Store::create().value();
  }
  std::unique_ptr<Instance> instance(ingot_host_function host, Callback& callback) {
    Extern given;
    given.function = host;
    given.context = &callback;
    return Instance::create(module_, std::span(&given, 1), {16 * limits::MiB}, store_).value();
  }
  int index(const char* name) const { return module_->find_function(name); }
  /// through(x) of an instance that has started; a trap's kind when it traps.
  std::optional<ingot::sandbox::Trap> through(Instance& guest, std::uint32_t x, std::uint32_t& result) const {
    ingot_slot slot{};
    slot.i32 = x;
    auto trap = guest.call(index("through"), std::span(&slot, 1));
    result = slot.i32;
    return trap;
  }
  std::uint32_t calls(Instance& guest) const {
    ingot_slot slot{};
    EXPECT_FALSE(guest.call(index("calls"), std::span(&slot, 1)).has_value());
    return slot.i32;
  }

  std::shared_ptr<const ingot::load::LoadedModule> module_;
  std::shared_ptr<Store> store_;
  ingot::sandbox::CallScope scope_{std::chrono::steady_clock::now() + std::chrono::seconds(60)};
};

TEST_F(CallTargetTest, A_host_function_calls_back_into_its_caller) {
  Callback callback;
  const auto guest = instance(host_weighs, callback);
  ASSERT_FALSE(guest->start().has_value());
  callback.target = guest->call_target(index("weigh"));
  std::uint32_t result = 0;
  ASSERT_FALSE(through(*guest, 4, result).has_value());
  EXPECT_EQ(result, 4u * 10 + 5 + 1000);
  EXPECT_EQ(calls(*guest), 1u) << "it is this very instance that was called";
  ASSERT_FALSE(through(*guest, 300'000'000, result).has_value());
  EXPECT_EQ(result, static_cast<std::uint32_t>(3'000'000'005ull + 1000)) << "64 bits on the way in and out";
  EXPECT_EQ(calls(*guest), 2u);
  EXPECT_EQ(guest->state(), State::ready);
}

TEST_F(CallTargetTest, Several_results_come_back_in_their_slots) {
  Callback callback;
  const auto guest = instance(host_passes_on, callback);
  ASSERT_FALSE(guest->start().has_value());
  callback.target = guest->call_target(index("two"));
  std::uint32_t result = 0;
  ASSERT_FALSE(through(*guest, 0, result).has_value());
  EXPECT_EQ(static_cast<std::int32_t>(result), -7 + 1000);
  EXPECT_EQ(static_cast<std::int32_t>(callback.slots[0].i32), -7);
  EXPECT_EQ(callback.slots[1].f64, 0.5);
}

TEST_F(CallTargetTest, Another_instance_of_the_store_keeps_its_own_state) {
  Callback none;
  Callback callback;
  const auto other = instance(host_weighs, none);
  const auto guest = instance(host_weighs, callback);
  ASSERT_FALSE(other->start().has_value());
  ASSERT_FALSE(guest->start().has_value());
  callback.target = other->call_target(index("weigh"));
  std::uint32_t result = 0;
  ASSERT_FALSE(through(*guest, 7, result).has_value());
  EXPECT_EQ(result, 7u * 10 + 5 + 1000);
  EXPECT_EQ(calls(*guest), 0u);
  EXPECT_EQ(calls(*other), 1u);
}

TEST_F(CallTargetTest, A_trap_of_the_callee_ends_the_whole_call_and_the_hosts_frame_with_it) {
  Callback callback;
  const auto guest = instance(host_passes_on, callback);
  ASSERT_FALSE(guest->start().has_value());
  callback.target = guest->call_target(index("fail"));
  std::uint32_t result = 0;
  const auto trap = through(*guest, 0, result);
  ASSERT_TRUE(trap.has_value());
  EXPECT_EQ(trap->kind, INGOT_TRAP_UNREACHABLE);
  EXPECT_EQ(callback.entered, 1);
  EXPECT_EQ(callback.left, 0) << "nothing of the host function ran after the trap";
  EXPECT_EQ(guest->state(), State::poisoned);
}

TEST_F(CallTargetTest, A_fault_in_the_memory_of_another_instance_is_a_trap_of_the_call) {
  Callback none;
  Callback callback;
  const auto other = instance(host_weighs, none);
  const auto guest = instance(host_passes_on, callback);
  ASSERT_FALSE(other->start().has_value());
  ASSERT_FALSE(guest->start().has_value());
  callback.target = other->call_target(index("load"));
  std::uint32_t result = 0;
  ASSERT_FALSE(through(*guest, memory_bytes - 4, result).has_value()) << "the last four bytes";
  EXPECT_EQ(result, 0u + 1000);
  const auto trap = through(*guest, memory_bytes - 3, result);
  ASSERT_TRUE(trap.has_value());
  EXPECT_EQ(trap->kind, INGOT_TRAP_OUT_OF_BOUNDS);
  EXPECT_EQ(callback.left, 1);
}

TEST_F(CallTargetTest, Endless_calls_back_and_forth_exhaust_the_stack_and_nothing_else) {
  Callback callback;
  const auto guest = instance(host_passes_on, callback);
  ASSERT_FALSE(guest->start().has_value());
  callback.target = guest->call_target(index("through"));
  std::uint32_t result = 0;
  const auto trap = through(*guest, 1, result);
  ASSERT_TRUE(trap.has_value());
  EXPECT_EQ(trap->kind, INGOT_TRAP_STACK_EXHAUSTED);
  EXPECT_GT(callback.entered, 100);
  EXPECT_EQ(callback.left, 0);
}

TEST_F(CallTargetTest, A_typed_function_takes_and_gives_plain_values) {
  Callback none;
  const auto guest = instance(host_weighs, none);
  const auto weigh = TypedFunction<std::int64_t(std::int64_t, std::int32_t)>::find(*guest, "weigh").value();
  const auto counted = TypedFunction<std::uint32_t()>::find(*guest, "calls").value();
  ASSERT_FALSE(guest->start().has_value());
  std::int64_t weight = 0;
  ASSERT_EQ(weigh(&weight, -3'000'000'000, -7), INGOT_TRAP_NONE);
  EXPECT_EQ(weight, -30'000'000'007);
  ASSERT_EQ(weigh(&weight, 1, 2), INGOT_TRAP_NONE);
  EXPECT_EQ(weight, 12);
  std::uint32_t count = 0;
  ASSERT_EQ(counted(&count), INGOT_TRAP_NONE);
  EXPECT_EQ(count, 2u);
  EXPECT_EQ(guest->state(), State::ready);
}

TEST_F(CallTargetTest, A_typed_function_says_why_it_trapped_and_the_next_one_says_its_own) {
  Callback none;
  const auto guest = instance(host_weighs, none);
  const auto load = TypedFunction<std::uint32_t(std::uint32_t)>::find(*guest, "load").value();
  const auto fail = TypedFunction<void()>::find(*guest, "fail").value();
  ASSERT_FALSE(guest->start().has_value());
  std::uint32_t value = 77;
  ASSERT_EQ(load(&value, memory_bytes), INGOT_TRAP_OUT_OF_BOUNDS);
  EXPECT_EQ(value, 77u);
  EXPECT_EQ(guest->trap().kind, INGOT_TRAP_OUT_OF_BOUNDS);
  EXPECT_NE(guest->trap().address, 0u);
  EXPECT_EQ(guest->state(), State::poisoned);
  guest->reset();
  ASSERT_FALSE(guest->start().has_value());
  ASSERT_EQ(fail(), INGOT_TRAP_UNREACHABLE);
  EXPECT_EQ(guest->trap().kind, INGOT_TRAP_UNREACHABLE);
  EXPECT_EQ(guest->trap().address, 0u) << "nothing of the trap before";
}

TEST_F(CallTargetTest, A_typed_function_has_the_modules_type_or_none) {
  Callback none;
  const auto guest = instance(host_weighs, none);
  const auto absent = TypedFunction<void()>::find(*guest, "absent");
  ASSERT_FALSE(absent.ok());
  EXPECT_EQ(absent.error().message, "the module exports no function absent");
  const auto short_one = TypedFunction<std::int64_t(std::int64_t)>::find(*guest, "weigh");
  ASSERT_FALSE(short_one.ok());
  EXPECT_EQ(short_one.error().message, "weigh is (i64, i32) -> (i64) and is called as (i64) -> (i64)");
  EXPECT_FALSE((TypedFunction<void(std::int64_t, std::int32_t)>::find(*guest, "weigh").ok()));
  EXPECT_FALSE((TypedFunction<double(std::int64_t, std::int32_t)>::find(*guest, "weigh").ok()));
  EXPECT_FALSE((TypedFunction<std::int32_t()>::find(*guest, "two").ok()));
}

}  // namespace
