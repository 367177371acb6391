// SPDX-License-Identifier: Apache-2.0
// A function's type is what it takes and gives, whichever module says so: not its number in one module's list, and not when the module was loaded.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "instance/instance.hpp"
#include "limits.hpp"
#include "sandbox/watchdog.hpp"
#include "support/load.hpp"

namespace {

using ingot::instance::Extern;
using ingot::instance::Instance;
using ingot::instance::Store;
using ingot::test::load_cast;
namespace limits = ingot::limits;

// (module
//   (type (func (result i32))) (type (func (param i32) (result i32)))
//   (table (export "t") 4 4 funcref) (elem (i32.const 0) $none $one)
//   (func $none (type 0) (i32.const 41))
//   (func $one (type 1) (i32.add (local.get 0) (i32.const 100))))
constexpr const char* owner_wat =
    "010a026000017f60017f017f 0303020001 04050170010404 07050101740100 0908010041000b020001 0a0f02040041290b0800200041e4006a0b";
// The same two types in another order, with a third one between them.
// (module
//   (type (func (param i32) (result i32))) (type (func (param i64) (result i64))) (type (func (result i32)))
//   (import "o" "t" (table 4 4 funcref))
//   (func (export "as_none") (param i32) (result i32) (call_indirect (type 2) (local.get 0)))
//   (func (export "as_one") (param i32) (result i32) (call_indirect (type 0) (i32.const 7) (local.get 0)))
//   (func (export "as_long") (param i32) (result i32) (i32.wrap_i64 (call_indirect (type 1) (i64.const 7) (local.get 0)))))
constexpr const char* caller_wat =
    "010f0360017f017f60017e017e6000017f 020a01016f01740170010404 030403000000 071e030761735f6e6f6e6500000661735f6f6e6500010761735f6c6f6e670002 "
    "0a1e03070020001102000b0900410720001100000b0a0042072000110100a70b";

using Module = std::shared_ptr<const ingot::load::LoadedModule>;
constexpr int mistyped = -2, other_trap = -3;

/// What a caller of its own makes of one element of the owner's table.
int call_through(const Module& owner_module, const Module& caller_module, const char* as, std::uint32_t element) {
  const auto store = Store::create().value();
  const auto owner = Instance::create(owner_module, std::span<const Extern>(), {16 * limits::MiB}, store).value();
  const ingot::sandbox::CallScope scope(std::chrono::steady_clock::now() + std::chrono::seconds(60));
  if (owner->start()) return other_trap;
  Extern given;
  given.owner = owner.get();
  given.export_index = 0;
  const auto caller = Instance::create(caller_module, std::span(&given, 1), {16 * limits::MiB}, store).value();
  if (caller->start()) return other_trap;
  ingot_slot slot{};
  slot.i32 = element;
  if (const auto trap = caller->call(caller->module().find_function(as), std::span(&slot, 1))) return trap->kind == INGOT_TRAP_CALL_INDIRECT ? mistyped : other_trap;
  return static_cast<int>(slot.i32);
}

struct Expected {
  const char* as;
  std::uint32_t element;
  int result;
};
constexpr Expected expected[] = {
    {"as_none", 0, 41},       {"as_none", 1, mistyped}, {"as_none", 2, mistyped}, {"as_one", 0, mistyped},
    {"as_one", 1, 107},       {"as_one", 3, mistyped},  {"as_long", 0, mistyped}, {"as_long", 1, mistyped},
};

TEST(LinkedTypes, Are_the_same_in_two_modules_that_number_them_differently) {
  ingot::sandbox::start_watchdog().value();
  const Module owner = load_cast(owner_wat), caller = load_cast(caller_wat);
  for (const auto& [as, element, result] : expected) EXPECT_EQ(call_through(owner, caller, as, element), result) << as << " " << element;
}

// Whatever was loaded before and is gone, or is loaded elsewhere at this moment.
TEST(LinkedTypes, Stay_what_they_are_while_other_threads_load_and_unload) {
  ingot::sandbox::start_watchdog().value();
  (void)load_cast(owner_wat), (void)load_cast(caller_wat);  // cast by one thread, and unmapped again
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int index = 0; index < 4; ++index) {
    threads.emplace_back([&wrong, index] {
      for (int round = 0; round < 8; ++round) {
        const Module first = load_cast(index % 2 == 0 ? owner_wat : caller_wat), second = load_cast(index % 2 == 0 ? caller_wat : owner_wat);
        const Module &owner = index % 2 == 0 ? first : second, &caller = index % 2 == 0 ? second : first;
        for (const auto& [as, element, result] : expected) {
          if (call_through(owner, caller, as, element) != result) ++wrong;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong.load(), 0);
}

}  // namespace
