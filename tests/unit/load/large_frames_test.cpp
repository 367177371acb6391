// SPDX-License-Identifier: Apache-2.0
// One function with so many values at once that its frame is larger than the guard below a stack. It must not step over the guard: there another guest's memory
// may lie. Which call would do so depends on how much stack is left, so stacks of several sizes are tried.
#include <gtest/gtest.h>

#include "instance/instance.hpp"
#include "limits.hpp"
#include "sandbox/watchdog.hpp"
#include "support/cast.hpp"
#include "load/module.hpp"

namespace {

using ingot::compiler::Optimisation;
using ingot::compiler::append_number;
using ingot::compiler::append_section;
using ingot::format::Bytes;
using ingot::instance::Instance;
namespace limits = ingot::limits;

constexpr std::uint32_t values = 5'000, value_bytes = 16;
constexpr std::uint64_t frame_bytes_min = std::uint64_t{values} * value_bytes, step_bytes = 12 * limits::KiB;
// With so much stack left, or less, the next frame would end behind the guard; one of the stacks below leaves that.
static_assert(frame_bytes_min - limits::guest_stack_guard_bytes > step_bytes);

// (module (memory 4)
//   (func $deep (export "deep") (local v128 ...)
//     (local.set 0 (v128.load (i32.const 0))) (local.set 1 (v128.load (i32.const 16))) ...
//     (call $deep)
//     (v128.store (i32.const 0) (local.get 0)) (v128.store (i32.const 16) (local.get 1)) ...)
//   (func $down (param i32) (if (local.get 0) (then (call $down (i32.sub (local.get 0) (i32.const 1))) (i32.store (i32.const 4) (local.get 0)))))
//   (data (i32.const 0) "\28"))
// Every load may trap and so comes before the call, every store after it: all values live across it. $deep begins with (call $down (i32.load (i32.const 0))): what
// the frame touches first is its lower end, where a return address goes.
Bytes module_with_a_large_frame() {
  Bytes body;
  append_number(body, 1);
  append_number(body, values);
  body.push_back(0x7b);
  body.insert(body.end(), {0x41, 0, 0x28, 2, 0, 0x10, 1});
  const auto address = [&](std::uint32_t index) {
    body.push_back(0x41);
    const std::uint32_t bytes = index * value_bytes;  // i32.const is signed: a last byte of its own keeps the sign bit clear
    for (int shift = 0; shift < 21; shift += 7) body.push_back(static_cast<std::uint8_t>((bytes >> shift & 0x7f) | 0x80));
    body.push_back(0);
  };
  for (std::uint32_t index = 0; index < values; ++index) {
    address(index);
    body.insert(body.end(), {0xfd, 0, 4, 0, 0x21});
    append_number(body, index);
  }
  body.insert(body.end(), {0x10, 0});
  for (std::uint32_t index = 0; index < values; ++index) {
    address(index);
    body.push_back(0x20);
    append_number(body, index);
    body.insert(body.end(), {0xfd, 0x0b, 4, 0});
  }
  body.push_back(0x0b);
  Bytes code;
  append_number(code, 2);
  append_number(code, body.size());
  code.insert(code.end(), body.begin(), body.end());
  const Bytes down = ingot::compiler::hex_bytes("15 00 2000 0440 2000 4101 6b 1001 4104 2000 360200 0b 0b");
  code.insert(code.end(), down.begin(), down.end());
  Bytes wasm = ingot::compiler::module_bytes("010802600000 60017f00 0303020001 0503010004 070801046465657000 00");
  append_section(wasm, 10, code);
  append_section(wasm, 11, ingot::compiler::hex_bytes("01 00 41000b 01 28"));
  return wasm;
}

class LargeFramesTest : public testing::TestWithParam<Optimisation> {};

TEST_P(LargeFramesTest, Never_step_over_the_guard) {
  ingot::sandbox::start_watchdog().value();
  ingot::bundle::TrustPolicy trust;
  trust.allow_unsigned = true;
  const Bytes bundle = ingot::test::cast_bytes(module_with_a_large_frame(), {"x86-64-v2"}, nullptr, GetParam());
  const auto module = ingot::load::load(ingot::bundle::verify(bundle, "large frame", trust).value()).value();
  for (std::uint64_t less = 0; less < 2 * frame_bytes_min; less += step_bytes) {
    const std::uint64_t stack_bytes = limits::guest_stack_bytes - less;
    const auto guest = Instance::create(module, {}, {.memory_bytes_max = 16 * limits::MiB, .stack_bytes = stack_bytes}).value();
    const ingot::sandbox::CallScope scope(std::chrono::steady_clock::now() + std::chrono::seconds(60));
    ASSERT_FALSE(guest->start().has_value());
    const auto trap = guest->call(module->find_function("deep"), {});
    ASSERT_TRUE(trap.has_value());
    EXPECT_EQ(trap->kind, INGOT_TRAP_STACK_EXHAUSTED) << stack_bytes;
  }
}

INSTANTIATE_TEST_SUITE_P(Tiers, LargeFramesTest, testing::Values(Optimisation::dev, Optimisation::release),
                         [](const auto& info) { return info.param == Optimisation::dev ? "dev" : "release"; });

}  // namespace
