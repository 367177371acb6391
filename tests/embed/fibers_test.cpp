// SPDX-License-Identifier: Apache-2.0
// Many guests on one thread: waiting in host calls, preempted, stopped.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "embed/fixture.hpp"
#include "limits.hpp"

namespace ingot::test {
namespace {

constexpr std::uint64_t ms = 1'000'000;
constexpr std::uint64_t second = 1000 * ms;

/// Runs what `spawn` spawns, and what that spawns, to the end.
template <typename Spawn>
void run_all(Loop& loop, Spawn spawn) {
  spawn();
  loop.stop();
  loop.run();
}

TEST(Fibers, RunInTheirOrderAndGiveWay) {
  Loop loop;
  std::string order;
  run_all(loop, [&] {
    for (const char name : {'a', 'b', 'c'}) {
      loop.spawn([&order, name] {
        order += name;
        ingot_yield();
        order += static_cast<char>(name - 'a' + 'A');
      });
    }
  });
  EXPECT_EQ(order, "abcABC");
  EXPECT_EQ(loop.fibers(), 0u);
}

TEST(Fibers, AreSpawnedByFibersAndByOtherThreads) {
  Loop loop;
  std::atomic<int> ran{0};
  loop.spawn([&] { loop.spawn([&] { loop.spawn([&] { ++ran; }); }); });
  std::thread other([&] {
    for (int n = 0; n < 500; ++n) loop.spawn([&] { ++ran; });
    loop.stop();
  });
  loop.run();
  other.join();
  EXPECT_EQ(ran, 501);
}

TEST(Fibers, AreBounded) {
  ingot_loop_options options = ingot_loop_options_default();
  options.fibers = 2;
  Loop loop(options);
  loop.spawn([] {});
  loop.spawn([] {});
  EXPECT_EQ(failure_of([&] { loop.spawn([] {}); }).code(), INGOT_ERROR_UNAVAILABLE);
  run_all(loop, [] {});
  const auto code = [](auto change) {
    ingot_loop_options bad = ingot_loop_options_default();
    change(bad);
    return failure_of([&] { const Loop refused(bad); }).code();
  };
  EXPECT_EQ(code([](ingot_loop_options& bad) { bad.stack_bytes = 4096; }), INGOT_ERROR_ARGUMENT);
  EXPECT_EQ(code([](ingot_loop_options& bad) { bad.slice_ns = 10; }), INGOT_ERROR_ARGUMENT);
  EXPECT_EQ(code([](ingot_loop_options& bad) { bad.fibers = 0; }), INGOT_ERROR_ARGUMENT);
  EXPECT_EQ(code([](ingot_loop_options& bad) { bad.reserved[4] = 1; }), INGOT_ERROR_ARGUMENT);
}

TEST(Fibers, ALoopIsRunOutsideOfCalls) {
  Loop loop;
  {
    const Scope scope(second);
    EXPECT_EQ(failure_of([&] { loop.run(); }).code(), INGOT_ERROR_ARGUMENT);
  }
  run_all(loop, [&] {
    loop.spawn([] {
      Loop inner;
      EXPECT_EQ(failure_of([&] { inner.run(); }).code(), INGOT_ERROR_ARGUMENT);
    });
  });
}

TEST(Fibers, AThousandGuestsWaitInAHostCallOnOneThread) {
  const Module module = load("worker");
  Linker linker;
  define_worker_imports(linker);
  Linker waiting;
  Event go;
  int inside = 0;
  waiting.define("env", "twice", [&](std::int32_t number) {
    ++inside;
    EXPECT_EQ(go.wait(), INGOT_WAIT_DONE);
    return 2 * number;
  });
  waiting.define("env", "say", [](std::int32_t, std::int32_t) {});
  waiting.define("env", "wait", [] {});
  Loop loop;
  constexpr int count = 1000;
  int right = 0;
  run_all(loop, [&] {
    for (int n = 0; n < count; ++n) {
      loop.spawn([&, n] {
        const Instance guest(module, waiting);
        const Scope scope(60 * second);
        right += guest.function<std::int32_t(std::int32_t)>("ask")(n) == 2 * n;
      });
    }
    loop.spawn([&] {
      while (inside < count) ingot_yield();
      EXPECT_EQ(right, 0);
      go.set();
    });
  });
  EXPECT_EQ(right, count);
}

TEST(Fibers, ADeadlineReachesAGuestThatWaits) {
  Worker worker;
  Event never;
  Linker waiting;
  ingot_wait waited = INGOT_WAIT_DONE;
  waiting.define("env", "twice", [](std::int32_t number) { return number; });
  waiting.define("env", "say", [](std::int32_t, std::int32_t) {});
  waiting.define("env", "wait", [&] { waited = never.wait(); });  // does not act upon it: the guest is stopped all the same
  Loop loop;
  bool neighbour = false;
  run_all(loop, [&] {
    loop.spawn([&] {
      const Instance guest(worker.module, waiting);
      const Scope scope(20 * ms);
      int none = 0;
      EXPECT_EQ(guest.function<void()>("wait").call(&none), INGOT_TRAP_DEADLINE);
      EXPECT_EQ(waited, INGOT_WAIT_STOPPED);
      EXPECT_EQ(ingot_requested(), INGOT_TRAP_DEADLINE);
    });
    loop.spawn([&] {
      const Instance guest = worker.start();
      const Scope scope(10 * second);
      EXPECT_EQ(ingot_sleep(60 * ms), INGOT_WAIT_DONE);  // longer than the other's deadline, which is not this one's
      EXPECT_EQ(ingot_requested(), INGOT_TRAP_NONE);
      EXPECT_EQ(guest.function<std::int32_t(std::int32_t)>("ask")(21), 42);
      neighbour = true;
    });
  });
  EXPECT_TRUE(neighbour);
}

TEST(Fibers, ACancelReachesOneThatWaitsAndOneThatComputes) {
  Worker worker;
  Event never;
  Linker waiting;
  waiting.define("env", "twice", [](std::int32_t number) { return number; });
  waiting.define("env", "say", [](std::int32_t, std::int32_t) {});
  waiting.define("env", "wait", [&] { (void)never.wait(); });
  Loop loop;
  Cancel cancel;
  std::atomic<int> begun{0}, stopped{0};
  const auto run = [&](const char* what) {
    loop.spawn([&, what] {
      const Instance guest(worker.module, waiting);
      const Scope scope(60 * second, &cancel);
      ++begun;
      int none = 0;
      stopped += guest.function<void()>(what).call(&none) == INGOT_TRAP_CANCELLED;
    });
  };
  run("wait");
  run("spin");
  run("spin");
  run("wait_for_ever");
  loop.stop();
  std::thread other([&] {
    while (begun < 4) std::this_thread::yield();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    cancel.request();
  });
  loop.run();
  other.join();
  EXPECT_EQ(stopped, 4);
}

// At every moment of waiting and being woken.
TEST(Fibers, CancelAndWakeRace) {
  Worker worker;
  for (int round = 0; round < 300; ++round) {
    Event event;
    Cancel cancel;
    Linker waiting;
    waiting.define("env", "twice", [](std::int32_t number) { return number; });
    waiting.define("env", "say", [](std::int32_t, std::int32_t) {});
    waiting.define("env", "wait", [&] { (void)event.wait(); });
    Loop loop;
    std::atomic<bool> begun{false};
    ingot_trap trap = INGOT_TRAP_UNREACHABLE;
    loop.spawn([&] {
      const Instance guest(worker.module, waiting);
      const Scope scope(60 * second, &cancel);
      begun = true;
      int none = 0;
      trap = guest.function<void()>("wait").call(&none);
      const ingot_wait later = ingot_sleep(ms / 100);
      EXPECT_TRUE(later == INGOT_WAIT_DONE || later == INGOT_WAIT_STOPPED);
    });
    loop.stop();
    std::thread waker([&] {
      while (!begun) std::this_thread::yield();
      event.set();
    });
    std::thread canceller([&] {
      while (!begun) std::this_thread::yield();
      for (volatile int spin = 0; spin < round * 10; spin = spin + 1) {
      }
      cancel.request();
    });
    loop.run();
    waker.join();
    canceller.join();
    EXPECT_TRUE(trap == INGOT_TRAP_NONE || trap == INGOT_TRAP_CANCELLED) << trap;
  }
}

TEST(Fibers, AnEndlessGuestDoesNotKeepItsNeighboursFromRunning) {
  const Module busy = load("busy");
  const Linker linker;
  Worker worker;
  Loop loop;
  Cancel cancel;
  int done = 0;
  std::optional<ingot_trap> ended;
  run_all(loop, [&] {
    loop.spawn([&] {
      const Instance guest(busy, linker);
      const Scope scope(600 * second, &cancel);
      int none = 0;
      ended = guest.function<void()>("spin").call(&none);
    });
    for (int n = 0; n < 5; ++n) {
      loop.spawn([&] {
        const Instance guest = worker.start();
        const Scope scope(600 * second);
        for (int turn = 0; turn < 10; ++turn) {
          EXPECT_EQ(guest.function<std::int32_t(std::int32_t)>("ask")(turn), 2 * turn);
          EXPECT_EQ(ingot_sleep(ms), INGOT_WAIT_DONE);
        }
        EXPECT_FALSE(ended.has_value());
        if (++done == 5) cancel.request();
      });
    }
  });
  EXPECT_EQ(done, 5);
  EXPECT_EQ(ended, INGOT_TRAP_CANCELLED);
}

// A host function that is called all the time, and never waits, is where the guest is preempted.
TEST(Fibers, AStormOfHostCallsGivesWayToo) {
  Worker worker;
  Loop loop;
  Cancel cancel;
  std::optional<ingot_trap> ended;
  run_all(loop, [&] {
    loop.spawn([&] {
      const Instance guest = worker.start();
      const Scope scope(600 * second, &cancel);
      int none = 0;
      ended = guest.function<void()>("wait_for_ever").call(&none);
    });
    loop.spawn([&] {
      for (int turn = 0; turn < 10; ++turn) ingot_yield();
      EXPECT_FALSE(ended.has_value());
      cancel.request();
    });
  });
  EXPECT_EQ(ended, INGOT_TRAP_CANCELLED);
}

TEST(Fibers, APreemptedGuestLosesNothing) {
  const Module busy = load("busy");
  const Linker linker;
  constexpr std::int32_t times = 3'000'000;
  const auto mix = [&] {
    const Instance guest(busy, linker);
    const Scope scope(600 * second);
    return guest.function<std::int64_t(std::int32_t)>("mix")(times);
  };
  const std::int64_t expected = mix();  // this thread has no loop: nothing preempts it
  ingot_loop_options options = ingot_loop_options_default();
  options.slice_ns = ms;
  Loop loop(options);
  int right = 0, running = 3, turns = 0;
  run_all(loop, [&] {
    for (int n = 0; n < 3; ++n) {
      loop.spawn([&] {
        right += mix() == expected;
        --running;
      });
    }
    loop.spawn([&] {
      // Between two of its turns one of the others was preempted, and this one's own registers are used too.
      while (running > 0) {
        ++turns;
        double sum = 0;
        for (int n = 1; n < 200; ++n) sum += 1.0 / n;
        EXPECT_GT(sum, 5.0);
        ingot_yield();
      }
    });
  });
  EXPECT_EQ(right, 3);
  EXPECT_GT(turns, 10);
}

TEST(Fibers, AGuestIsPreemptedAtTheVeryEndOfItsStack) {
  const Module busy = load("busy");
  const Linker linker;
  const auto down = [&](std::int32_t depth, std::int32_t times, std::int32_t& result) {
    const Instance guest(busy, linker);
    const Scope scope(600 * second);
    return guest.function<std::int32_t(std::int32_t, std::int32_t)>("down").call(&result, depth, times);
  };
  std::int32_t result = 0, deepest = 1, too_deep = 1 << 26;
  while (too_deep - deepest > 1) {
    const std::int32_t middle = deepest + (too_deep - deepest) / 2;
    (down(middle, 1, result) == INGOT_TRAP_NONE ? deepest : too_deep) = middle;
  }
  ingot_loop_options options = ingot_loop_options_default();
  options.slice_ns = ms;
  Loop loop(options);
  bool ended = false;
  int turns = 0;
  run_all(loop, [&] {
    loop.spawn([&] {
      EXPECT_EQ(down(deepest, 400'000'000, result), INGOT_TRAP_NONE);
      EXPECT_EQ(result, deepest);
      ended = true;
    });
    loop.spawn([&] {
      while (!ended) {
        ++turns;
        ingot_yield();
      }
    });
  });
  EXPECT_GT(turns, 2);
}

TEST(Fibers, APoolsInstancesAreWaitedForWithoutTheThread) {
  Worker worker;
  Linker waiting;
  waiting.define("env", "twice", [](std::int32_t number) {
    EXPECT_EQ(ingot_sleep(ms), INGOT_WAIT_DONE);
    return 2 * number;
  });
  waiting.define("env", "say", [](std::int32_t, std::int32_t) {});
  waiting.define("env", "wait", [] {});
  Pool pool(worker.module, waiting, 1);
  Loop loop;
  int right = 0, late = 0;
  Event was_late;
  run_all(loop, [&] {
    // The only instance is out until somebody has waited for it in vain: a thread that is kept from running for long decides nothing here.
    loop.spawn([&] {
      const Lease guest = pool.acquire(60 * second);
      EXPECT_EQ(was_late.wait(60 * second), INGOT_WAIT_DONE);
    });
    for (int n = 0; n < 20; ++n) {
      loop.spawn([&, n] {
        const Lease guest = pool.acquire(60 * second);
        right += guest.function<std::int32_t(std::int32_t)>("ask")(n) == 2 * n;
      });
    }
    loop.spawn([&] {
      {
        const Scope scope(ms / 2);
        late += failure_of([&] { (void)pool.acquire(60 * second); }).code() == INGOT_ERROR_UNAVAILABLE;
      }
      was_late.set();
    });
  });
  EXPECT_EQ(right, 20);
  EXPECT_EQ(late, 1);
}

TEST(Fibers, TwoReplaceOnePoolOneAfterTheOther) {
  const Module one = load("one"), two = load("two");
  const Linker linker;
  Pool pool(one, linker, 2);
  Loop loop;
  int inside = 0, most = 0;
  run_all(loop, [&] {
    for (const Module* module : {&two, &one}) {
      loop.spawn([&, module] {
        pool.replace(*module, [&](InstanceView) {
          most = std::max(most, ++inside);
          EXPECT_EQ(ingot_sleep(2 * ms), INGOT_WAIT_DONE);
          --inside;
        });
      });
    }
  });
  EXPECT_EQ(most, 1);
  EXPECT_EQ(pool.metrics().replacements, 2u);
}

TEST(Fibers, OneMayEndInsideAScope) {
  Loop loop;
  Cancel cancel;
  run_all(loop, [&] {
    loop.spawn([&] { check(ingot_scope_begin(60 * second, cancel.get())); });
    loop.spawn([] {
      const Scope scope(second);
      EXPECT_EQ(ingot_sleep(ms), INGOT_WAIT_DONE);
    });
  });
  cancel.request();
}

TEST(Fibers, MayWaitWhileAnExceptionIsHandled) {
  Loop loop;
  std::string seen;
  run_all(loop, [&] {
    for (const char* name : {"first ", "second "}) {
      loop.spawn([&seen, name] {
        try {
          throw std::runtime_error(name);
        } catch (const std::exception&) {
          ingot_yield();
          try {
            throw;  // the one that is handled here, not the other fiber's
          } catch (const std::exception& mine) {
            seen += mine.what();
          }
        }
      });
    }
  });
  EXPECT_EQ(seen, "first second ");
}

// Each guest's host function enters the next guest: all of those frames stand on one small stack.
TEST(Fibers, GuestsThatEnterOneAnotherStopBeforeTheStackDoes) {
  Worker worker;
  constexpr int chain = 300;
  std::vector<std::unique_ptr<Instance>> guests;
  int depth = 0;
  ingot_trap innermost = INGOT_TRAP_NONE;
  Linker nesting;
  nesting.define("env", "twice", [&](std::int32_t number) -> std::int32_t {
    volatile char taken[4096 * INGOT_STACK_SCALE];  // of the small stack, so that few guests are enough
    taken[number & 4095] = 1;
    if (++depth >= chain) return number;
    std::int32_t result = 0;
    const ingot_trap trap = guests[static_cast<std::size_t>(depth)]->function<std::int32_t(std::int32_t)>("ask").call(&result, number + 1);
    if (trap != INGOT_TRAP_NONE && innermost == INGOT_TRAP_NONE) innermost = trap;
    return result + taken[number & 4095];
  });
  nesting.define("env", "say", [](std::int32_t, std::int32_t) {});
  nesting.define("env", "wait", [] {});
  for (int n = 0; n < chain; ++n) guests.push_back(std::make_unique<Instance>(worker.module, nesting));
  Loop loop;
  run_all(loop, [&] {
    loop.spawn([&] {
      const Scope scope(60 * second);
      std::int32_t result = 0;
      EXPECT_EQ(guests[0]->function<std::int32_t(std::int32_t)>("ask").call(&result, 1), INGOT_TRAP_NONE);
    });
  });
  EXPECT_EQ(innermost, INGOT_TRAP_STACK_EXHAUSTED);
  EXPECT_GT(depth, 10);
  EXPECT_LT(depth, chain);
}

TEST(Event, OfAThreadWithoutALoop) {
  Event event;
  EXPECT_EQ(event.wait(ms), INGOT_WAIT_TIMEOUT);
  {
    const Scope scope(5 * ms);
    EXPECT_EQ(event.wait(), INGOT_WAIT_STOPPED);
    EXPECT_EQ(ingot_requested(), INGOT_TRAP_DEADLINE);
  }
  Cancel cancel;
  std::thread canceller([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    cancel.request();
  });
  {
    const Scope scope(60 * second, &cancel);
    EXPECT_EQ(event.wait(), INGOT_WAIT_STOPPED);
    EXPECT_EQ(ingot_requested(), INGOT_TRAP_CANCELLED);
  }
  canceller.join();
  std::thread setter([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    event.set();
  });
  EXPECT_EQ(event.wait(), INGOT_WAIT_DONE);
  setter.join();
  EXPECT_EQ(event.wait(0), INGOT_WAIT_DONE);
  event.reset();
  EXPECT_EQ(event.wait(0), INGOT_WAIT_TIMEOUT);
}

}  // namespace
}  // namespace ingot::test
