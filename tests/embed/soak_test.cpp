// SPDX-License-Identifier: Apache-2.0
// What an hour of serving does to a process, in seconds: a hundred million calls, resets after traps and without, instances that come and go, new versions. Memory
// and mappings must be as many afterwards as after the first hundredth of it.
#include <fstream>
#include <string>

#include "embed/fixture.hpp"

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define INGOT_SANITIZED 1
#endif
#endif

namespace ingot::test {
namespace {

#if defined(INGOT_SANITIZED)
constexpr int rounds = 200;  // sanitizers keep what was freed: there is nothing to learn of memory, and each call takes ten times as long
#else
constexpr int rounds = 10'000;
#endif
constexpr int calls_a_round = 10'000;

long mappings() {
  std::ifstream maps("/proc/self/maps");
  long lines = 0;
  for (std::string line; std::getline(maps, line);) ++lines;
  return lines;
}

long resident_kib() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    long kib = 0;
    if (word == "VmRSS:" && status >> kib) return kib;
  }
  return -1;
}

TEST(Soak, AHundredMillionCallsLeaveMemoryFlat) {
  Worker worker;
  const Instance guest = worker.start();
  const auto count = guest.function<std::int32_t()>("count");
  const auto grow = guest.function<std::int32_t(std::int32_t)>("grow");
  const auto divide = guest.function<std::int32_t(std::int32_t, std::int32_t)>("divide");
  Pool pool(worker.module, worker.linker, 2);
  long maps_early = 0, resident_early = 0;
  for (int round = 0; round < rounds; ++round) {
    {
      const Scope scope(60'000'000'000);
      for (int call = 1; call <= calls_a_round; ++call) ASSERT_EQ(count(), call);
      if (round % 4 == 1) ASSERT_EQ(grow(2), 1);
      if (round % 8 == 3) {
        std::int32_t result = 0;
        ASSERT_EQ(divide.call(&result, 1, 0), INGOT_TRAP_DIVIDE_BY_ZERO);
      }
    }
    guest.reset();
    ASSERT_EQ(Instance(worker.module, worker.linker).function<std::int32_t()>("count")(), 1);
    ASSERT_EQ(pool.acquire(0).function<std::int32_t()>("count")(), 1);
    if (round % 50 == 49) pool.replace(load("worker"));
    if (round == rounds / 100) {
      maps_early = mappings();
      resident_early = resident_kib();
    }
  }
  EXPECT_EQ(guest.metrics().calls, static_cast<std::uint64_t>(rounds) * calls_a_round + rounds / 4 + rounds / 8);
  RecordProperty("mappings_early", static_cast<int>(maps_early));
  RecordProperty("mappings_late", static_cast<int>(mappings()));
  RecordProperty("resident_kib_early", static_cast<int>(resident_early));
  RecordProperty("resident_kib_late", static_cast<int>(resident_kib()));
#if !defined(INGOT_SANITIZED)
  EXPECT_LE(mappings(), maps_early + 16);
  EXPECT_LE(resident_kib(), resident_early + 2048);
#endif
}

}  // namespace
}  // namespace ingot::test
