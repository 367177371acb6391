// SPDX-License-Identifier: Apache-2.0
// Runs the guests of modules/hostile one after the other in this process, beside one that means no harm.
//
//   hostile_runner KEY.pub WITNESS.ingot PLAN
//
// Each line of PLAN is one attack, its fields apart by tabs: NAME, TIER, CAST, EXPECTED, BUNDLE, SAID.
//   CAST      built: by ingotc; refused: by ingotc, which SAID why; bypassed: refused, and then cast by hostile_bypass; not held: refused, and
//             not run, because it is known to get through (SAID has the reason)
//   EXPECTED  a trap's name, the same with " in start", or "returns"; "STEP says no" for a step of build or runtime that refuses; or words of SAID
//   BUNDLE    empty when there is none; then SAID is "STEP: reason"
// After each attack the witness must be as it was, and the attacker, emptied, must answer 42. A guest that brings the process down shows in the exit
// code; the rest as "N passed, N failed".

#include <chrono>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "format/signature.hpp"
#include "guests.hpp"
#include "sandbox/watchdog.hpp"

namespace {

using ingot::hostile::Opened;
using ingot::instance::Instance;
using Clock = std::chrono::steady_clock;

constexpr auto attack_time = std::chrono::milliseconds(100);
constexpr auto honest_time = std::chrono::seconds(30);
// What witness.wat adds up: 16,384 words of 65,536 bytes, and 1000 + 2000 through its table.
constexpr std::int64_t witness_constant = 65536 / 4 + 3000, witness_per_call = 1'000'000;

/// One line of the plan, and what came of it.
struct Attack {
  std::string name, tier, cast, expected, bundle, said;
  std::string outcome, next = "-";
  double milliseconds = 0;
  bool as_expected = false;
};

std::string attacked(Instance& guest) {
  const ingot::sandbox::CallScope scope(Clock::now() + attack_time);
  if (auto trap = guest.start()) return std::string(ingot::sandbox::trap_name(trap->kind)) + " in start";
  const int index = guest.module().find_function("attack");
  ingot::hostile::set_again(guest.call_target(index));
  std::vector<ingot_slot> slots(1);
  const auto trap = guest.call(index, slots);
  return trap ? ingot::sandbox::trap_name(trap->kind) : "returns";
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

/// "translate says no" expects an outcome that begins with "translate: ".
bool fits(const Attack& attack) {
  constexpr std::string_view says_no = " says no";
  if (attack.cast == "refused") return attack.outcome.find(attack.expected) != std::string::npos;
  if (!attack.expected.ends_with(says_no)) return attack.outcome == attack.expected;
  return attack.outcome.starts_with(attack.expected.substr(0, attack.expected.size() - says_no.size()) + ": ");
}

void run(Attack& attack, const ingot::bundle::TrustPolicy& trust) {
  const auto began = Clock::now();
  const auto note = [&](std::string outcome) {
    attack.outcome = std::move(outcome);
    attack.milliseconds = std::chrono::duration<double, std::milli>(Clock::now() - began).count();
    attack.as_expected = fits(attack);
  };
  if (attack.bundle.empty()) return note(attack.said);
  const Opened opened = ingot::hostile::open(attack.bundle, trust);
  if (opened.guest == nullptr) return note(opened.outcome);
  note(attacked(*opened.guest));
  attack.next = next_answer(*opened.guest, !attack.expected.ends_with(" in start"));
  attack.as_expected &= attack.next == "right";
}

std::string text_of(const char* path) {
  std::ifstream stream(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(stream), {});
}

std::vector<Attack> read_plan(const char* path) {
  std::vector<Attack> attacks;
  std::istringstream lines(text_of(path));
  for (std::string line; std::getline(lines, line);) {
    Attack attack;
    std::istringstream fields(line);
    for (std::string* field : {&attack.name, &attack.tier, &attack.cast, &attack.expected, &attack.bundle, &attack.said}) std::getline(fields, *field, '\t');
    attacks.push_back(std::move(attack));
  }
  return attacks;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("usage: hostile_runner KEY.pub WITNESS.ingot PLAN\n", stderr);
    return 2;
  }
  ingot::sandbox::start_watchdog().value();
  ingot::bundle::TrustPolicy trust;
  trust.keys.emplace_back(ingot::format::parse_public_key(text_of(argv[1])).value());
  const Opened witness = ingot::hostile::open(argv[2], trust);
  std::int64_t asked = 1;
  if (witness.guest == nullptr || ask(*witness.guest) != witness_constant + witness_per_call) {
    std::printf("the witness is wrong before anybody has attacked it %s\n", witness.outcome.c_str());
    return 1;
  }
  int passed = 0, failed = 0, not_held = 0;
  std::printf("%-40s %-8s %-9s %-10s %-8s %9s  %s\n", "guest", "tier", "cast", "next call", "witness", "ms", "happened");
  for (Attack& attack : read_plan(argv[3])) {
    run(attack, trust);
    const bool witness_right = ask(*witness.guest) == witness_constant + witness_per_call * ++asked;
    const bool right = attack.as_expected && witness_right;
    (!right ? failed : attack.cast == "not held" ? not_held : passed) += 1;
    std::printf("%-40s %-8s %-9s %-10s %-8s %9.2f  %s", attack.name.c_str(), attack.tier.c_str(), attack.cast.c_str(), attack.next.c_str(), witness_right ? "right" : "WRONG",
                attack.milliseconds, attack.outcome.c_str());
    std::puts(right ? "" : ("  <-- FAILED, expected: " + attack.expected).c_str());
    std::fflush(stdout);
  }
  std::printf("\n%d passed, %d failed, %d known not to be held by the runtime alone\n", passed, failed, not_held);
  return failed == 0 ? 0 : 1;
}
