// SPDX-License-Identifier: Apache-2.0
// Runs the guests of modules/hostile one after the other in this process, beside one that means no harm.
//
//   hostile_runner WITNESS.ingot NAME=EXPECTED=GUEST.ingot...
//
// EXPECTED is a trap's name, the same with " in start", or "returns". After each attack the witness must be as it was, and the attacker, emptied, must
// answer 42. A guest that brings the process down shows in the exit code; the rest as "N passed, N failed".

#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bundle/verify.hpp"
#include "instance/instance.hpp"
#include "limits.hpp"
#include "load/module.hpp"
#include "sandbox/watchdog.hpp"

namespace {

using ingot::instance::CallTarget;
using ingot::instance::Instance;
namespace limits = ingot::limits;
using Clock = std::chrono::steady_clock;

constexpr auto attack_time = std::chrono::milliseconds(100);
constexpr auto honest_time = std::chrono::seconds(30);
constexpr std::uint64_t memory_quota = 16 * limits::MiB;
// What witness.wat adds up: 16,384 words of 65,536 bytes, and 1000 + 2000 through its table.
constexpr std::int64_t witness_constant = 65536 / 4 + 3000, witness_per_call = 1'000'000;

CallTarget again_target;  // what host.again calls: trivial, since a trap abandons that host function

std::uint32_t host_nothing(void*, ingot_slot*) { return INGOT_TRAP_NONE; }
std::uint32_t host_again(void*, ingot_slot* slots) {
  again_target.call(again_target.instance, slots);
  return INGOT_TRAP_NONE;
}
std::uint32_t host_read(void* context, ingot_slot* slots) {
  const auto bytes = static_cast<Instance*>(context)->memory().copy_in(slots[0].i32, slots[1].i32);
  if (!bytes) return INGOT_TRAP_HOST;
  slots[0].i64 = 0;
  slots[0].i32 = static_cast<std::uint32_t>(bytes->size());
  return INGOT_TRAP_NONE;
}

ingot_host_function host_function(std::string_view name) {
  if (name == "nothing") return host_nothing;
  if (name == "again") return host_again;
  return name == "read" ? host_read : nullptr;
}

std::unique_ptr<Instance> instance_of(const std::string& path) {
  ingot::bundle::TrustPolicy trust;
  trust.allow_unsigned = true;
  auto module = ingot::load::load(ingot::bundle::open_and_verify(path, trust).value()).value();
  std::vector<ingot_host_function> functions;
  for (const auto& item : module->manifest().imports) functions.push_back(host_function(item.name));
  return Instance::create(module, functions, {.memory_bytes_max = memory_quota}).value();
}

struct Attack {
  std::string outcome;
  double milliseconds = 0;
};

Attack attack(Instance& guest) {
  const auto began = Clock::now();
  Attack result;
  {
    const ingot::sandbox::CallScope scope(began + attack_time);
    if (auto trap = guest.start()) {
      result.outcome = std::string(ingot::sandbox::trap_name(trap->kind)) + " in start";
    } else {
      const int index = guest.module().find_function("attack");
      again_target = guest.call_target(index);
      std::vector<ingot_slot> slots(1);
      trap = guest.call(index, slots);
      result.outcome = trap ? ingot::sandbox::trap_name(trap->kind) : "returns";
    }
  }
  result.milliseconds = std::chrono::duration<double, std::milli>(Clock::now() - began).count();
  return result;
}

/// What it answers when it is emptied and asked for no harm. A guest that traps at its start does so again.
std::string next_answer(Instance& guest, bool starts) {
  guest.reset();
  const ingot::sandbox::CallScope scope(Clock::now() + (starts ? Clock::duration(honest_time) : Clock::duration(attack_time)));
  if (auto trap = guest.ensure_started()) return starts ? ingot::sandbox::trap_name(trap->kind) : "right";
  ingot_slot slot{};
  if (auto trap = guest.call(guest.module().find_function("calm"), std::span(&slot, 1))) return ingot::sandbox::trap_name(trap->kind);
  return slot.i32 == 42 ? "right" : "wrong";
}

std::int64_t ask(Instance& witness) {
  const ingot::sandbox::CallScope scope(Clock::now() + honest_time);
  if (auto trap = witness.ensure_started()) return -1;
  ingot_slot slot{};
  if (auto trap = witness.call(witness.module().find_function("check"), std::span(&slot, 1))) return -1;
  return static_cast<std::int64_t>(slot.i64);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fputs("usage: hostile_runner WITNESS.ingot NAME=EXPECTED=GUEST.ingot...\n", stderr);
    return 2;
  }
  ingot::sandbox::start_watchdog().value();
  const auto witness = instance_of(argv[1]);
  std::int64_t asked = 1;
  if (ask(*witness) != witness_constant + witness_per_call) {
    std::puts("the witness is wrong before anybody has attacked it");
    return 1;
  }
  int passed = 0, failed = 0;
  std::printf("%-32s %-26s %-26s %-10s %-8s %9s\n", "guest", "expected", "happened", "next call", "witness", "ms");
  for (int i = 2; i < argc; ++i) {
    const std::string argument = argv[i];
    const std::size_t first = argument.find('='), second = argument.find('=', first + 1);
    if (first == std::string::npos || second == std::string::npos) return 2;
    const std::string name = argument.substr(0, first), expected = argument.substr(first + 1, second - first - 1);
    const auto guest = instance_of(argument.substr(second + 1));
    const Attack result = attack(*guest);
    const std::string next = next_answer(*guest, !expected.ends_with(" in start"));
    const bool witness_right = ask(*witness) == witness_constant + witness_per_call * ++asked;
    const bool right = result.outcome == expected && next == "right" && witness_right;
    (right ? passed : failed) += 1;
    std::printf("%-32s %-26s %-26s %-10s %-8s %9.2f%s\n", name.c_str(), expected.c_str(), result.outcome.c_str(), next.c_str(), witness_right ? "right" : "WRONG",
                result.milliseconds, right ? "" : "  <-- FAILED");
    std::fflush(stdout);
  }
  std::printf("\n%d passed, %d failed\n", passed, failed);
  return failed == 0 ? 0 : 1;
}
