// SPDX-License-Identifier: Apache-2.0
//
// References that are counted in parts (embed/counted.hpp): what is counted lives exactly as long as somebody has it, whichever threads come and go.
#include "embed/counted.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

namespace ingot::embed {
namespace {

struct Thing : Counted {
  explicit Thing(std::atomic<int>& of_ends) : ends(of_ends) {}
  ~Thing() { ends.fetch_add(1); }
  std::atomic<int>& ends;
  std::uint64_t alive = 0x600d;
};
using Owner = std::unique_ptr<Thing, Disown<Thing>>;

TEST(Counted, EndsWithItsOwnerWhenNobodyElseHasIt) {
  std::atomic<int> ends{0};
  Owner owner(new Thing(ends));
  { const Ref one(owner.get()), two(one); }
  EXPECT_EQ(ends, 0);
  owner.reset();
  EXPECT_EQ(ends, 1);
}

TEST(Counted, EndsWithTheLastReferenceAfterItsOwner) {
  std::atomic<int> ends{0};
  Owner owner(new Thing(ends));
  std::optional<Ref<Thing>> one(owner.get());
  owner.reset();
  std::optional<Ref<Thing>> two(*one);
  one.reset();
  EXPECT_EQ(ends, 0);
  EXPECT_EQ((*two)->alive, 0x600du);
  two.reset();
  EXPECT_EQ(ends, 1);
}

TEST(Counted, ReferencesMayEndOnOtherThreadsThanTheyBeganOn) {
  std::atomic<int> ends{0};
  Owner owner(new Thing(ends));
  std::vector<Ref<Thing>> here;
  for (int number = 0; number < 100; ++number) here.emplace_back(owner.get());
  std::thread([moved = std::move(here)]() mutable {
    sandbox::this_thread();  // counts in another part than who has no record
    moved.clear();
  }).join();
  EXPECT_EQ(ends, 0);
  owner.reset();
  EXPECT_EQ(ends, 1);
}

// Every reference reads what it refers to, so a sanitizer tells of one that came too late; the number of ends tells of one too few or too many.
TEST(Counted, ThreadsThatComeAndGoWhileTheOwnerLeaves) {
  constexpr int rounds = 400, threads = 4;
  for (int round = 0; round < rounds; ++round) {
    std::atomic<int> ends{0}, ready{0};
    std::atomic<bool> go{false};
    Owner owner(new Thing(ends));
    std::vector<std::thread> workers;
    for (int number = 0; number < threads; ++number) {
      workers.emplace_back([&, mine = Ref(owner.get())]() mutable {
        sandbox::this_thread();
        ++ready;
        while (!go) std::this_thread::yield();
        for (int turn = 0; turn < 50; ++turn) {
          const Ref another(mine);
          EXPECT_EQ(another->alive, 0x600du);
        }
        const Ref last(std::move(mine));
      });
    }
    while (ready != threads) std::this_thread::yield();
    EXPECT_EQ(ends, 0);
    go = true;
    owner.reset();
    for (std::thread& worker : workers) worker.join();
    EXPECT_EQ(ends, 1);
  }
}

TEST(Tally, IsTheSumOfWhatAllThreadsAdded) {
  Tally tally;
  std::vector<std::thread> workers;
  for (int number = 0; number < 12; ++number) {
    workers.emplace_back([&] {
      sandbox::this_thread();
      for (int turn = 0; turn < 1000; ++turn) tally.add(turn % 2 == 0 ? 3 : -1);
    });
  }
  for (std::thread& worker : workers) worker.join();
  EXPECT_EQ(tally.total(), 12'000u);  // 12 * (500 * 3 - 500 * 1)
}

}  // namespace
}  // namespace ingot::embed
