// SPDX-License-Identifier: Apache-2.0
// Pools, and new versions while calls are running.
#include <atomic>
#include <chrono>
#include <fstream>
#include <thread>
#include <vector>

#include "embed/fixture.hpp"

namespace ingot::test {
namespace {

constexpr std::uint64_t ms = 1'000'000;

std::int32_t version_of(const InstanceView& guest) { return guest.function<std::int32_t()>("version")(); }

/// Pieces of executable memory that a bundle's object takes in this process: one for each mapped module.
int mapped_modules() {
  std::ifstream maps("/proc/self/maps");
  int count = 0;
  for (std::string line; std::getline(maps, line);) {
    if (line.find(" r-xp ") != std::string::npos && line.find("memfd:ingot") != std::string::npos) ++count;
  }
  return count;
}

TEST(Pool, LendsEachInstanceToOneCallerAsItsStartLeftIt) {
  Worker worker;
  Pool pool(worker.module, worker.linker, 2);
  {
    const Lease first = pool.acquire(0), second = pool.acquire(0);
    EXPECT_EQ(first.function<std::int32_t()>("count")(), 1);
    EXPECT_EQ(first.function<std::int32_t()>("count")(), 2);
    EXPECT_EQ(second.function<std::int32_t()>("count")(), 1);
    EXPECT_EQ(failure_of([&] { (void)pool.acquire(1 * ms); }).code(), INGOT_ERROR_UNAVAILABLE);
    EXPECT_EQ(failure_of([&] { (void)second.function<std::int32_t(std::int32_t, std::int32_t)>("divide")(1, 0); }).trap(), INGOT_TRAP_DIVIDE_BY_ZERO);
  }
  for (int turn = 0; turn < 4; ++turn) EXPECT_EQ(pool.acquire(0).function<std::int32_t()>("count")(), 1);
  EXPECT_EQ(pool.metrics().instances, 2u);
}

TEST(Pool, AStartThatTrapsIsTheCallersError) {
  const Module module = load("bad_start");
  const Linker linker;
  Pool pool(module, linker, 1);
  for (int turn = 0; turn < 3; ++turn) EXPECT_EQ(failure_of([&] { (void)pool.acquire(0); }).trap(), INGOT_TRAP_UNREACHABLE);
}

TEST(Pool, NeedsRoomForOne) {
  Worker worker;
  EXPECT_EQ(failure_of([&] { Pool(worker.module, worker.linker, 0); }).code(), INGOT_ERROR_ARGUMENT);
}

TEST(Replace, NewCallersGetTheNewVersionAndTheOldOneIsUnmapped) {
  const int before = mapped_modules();
  {
    const Linker linker;
    Pool pool(load("one"), linker, 4);
    EXPECT_EQ(version_of(pool.acquire(0)), 1);
    {
      const Lease held = pool.acquire(0);
      pool.replace(load("two"), [](const InstanceView& candidate) {
        if (version_of(candidate) != 2) throw std::runtime_error("not the second version");
      });
      EXPECT_EQ(version_of(pool.acquire(0)), 2);
      EXPECT_EQ(version_of(held), 1);
      EXPECT_EQ(pool.metrics().draining, 1u);
      EXPECT_EQ(mapped_modules(), before + 2);
    }
    EXPECT_EQ(pool.metrics().draining, 0u);
    EXPECT_EQ(mapped_modules(), before + 1);
  }
  EXPECT_EQ(mapped_modules(), before);
}

TEST(Replace, WhatFailsItsProbeNeverServes) {
  const int before = mapped_modules();
  const Linker linker;
  ingot_limits limits = ingot_limits_default();
  limits.call_ns = 100 * ms;
  Pool pool(load("one"), linker, 2, limits);
  const Failure refused = failure_of([&] {
    pool.replace(load("two"), [](const InstanceView&) { throw std::runtime_error("the ledger does not add up"); });
  });
  EXPECT_EQ(refused.code(), INGOT_ERROR_CONTRACT);
  EXPECT_NE(std::string(refused.what()).find("the ledger does not add up"), std::string::npos) << refused.what();
  EXPECT_EQ(failure_of([&] { pool.replace(load("bad_start")); }).trap(), INGOT_TRAP_UNREACHABLE);
  EXPECT_EQ(failure_of([&] { pool.replace(load("worker")); }).code(), INGOT_ERROR_CONTRACT);  // imports what the pool's linker has not
  EXPECT_EQ(failure_of([&] { pool.replace(load("two"), [](const InstanceView& candidate) { candidate.function<void()>("spin")(); }); }).code(), INGOT_ERROR_CONTRACT);
  EXPECT_EQ(version_of(pool.acquire(0)), 1);
  EXPECT_EQ(pool.metrics().replacements, 0u);
  EXPECT_EQ(mapped_modules(), before + 1);
}

TEST(Replace, AThousandTimesUnderLoad) {
  const int before = mapped_modules();
  {
    const Linker linker;
    Pool pool(load("one"), linker, 4);
    std::atomic<bool> done{false};
    std::atomic<std::uint64_t> answered{0}, wrong{0};
    std::vector<std::thread> callers;
    for (int number = 0; number < 3; ++number) {
      callers.emplace_back([&] {
        while (!done) {
          try {
            const Lease guest = pool.acquire(10'000 * ms);
            // Its memory, its code and its number are those of one version, before, during and after a long call.
            const std::int32_t version = version_of(guest);
            const std::int32_t after = guest.function<std::int32_t(std::int32_t)>("steps")(2000);
            if (version != after || (version != 1 && version != 2)) ++wrong;
            ++answered;
          } catch (const Failure& failure) {
            ADD_FAILURE() << failure.what();
            ++wrong;
            return;
          }
        }
      });
    }
    for (int turn = 1; turn <= 1000; ++turn) {
      const std::int32_t next = turn % 2 == 0 ? 1 : 2;
      pool.replace(load(next == 1 ? "one" : "two"));
      EXPECT_EQ(version_of(pool.acquire(10'000 * ms)), next);
    }
    done = true;
    for (std::thread& caller : callers) caller.join();
    EXPECT_EQ(wrong, 0u);
    EXPECT_GT(answered, 1000u);
    EXPECT_EQ(pool.metrics().replacements, 1000u);
    EXPECT_EQ(pool.metrics().draining, 0u);
    EXPECT_EQ(mapped_modules(), before + 1);
  }
  EXPECT_EQ(mapped_modules(), before);
}

}  // namespace
}  // namespace ingot::test
