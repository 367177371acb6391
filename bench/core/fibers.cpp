// SPDX-License-Identifier: Apache-2.0
#include "core/fibers.hpp"

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "core/machine.hpp"
#include "ingot.hpp"

namespace ingot::bench {
namespace {

constexpr std::uint64_t ms = 1'000'000;
constexpr std::uint64_t second = 1000 * ms;
constexpr std::size_t threads = 2;

double microseconds(Clock::duration duration) { return std::chrono::duration<double, std::micro>(duration).count(); }

void define_imports(Linker& linker, Event* wait_for, std::atomic<std::size_t>* waiting) {
  linker.define("bench", "nothing", [=] {
    if (wait_for == nullptr) return;
    ++*waiting;
    if (wait_for->wait() != INGOT_WAIT_DONE) throw std::runtime_error("the wait was cut short");
  });
  linker.define("bench", "add", [](std::int32_t a, std::int32_t b) { return a + b; });
}

void measure_suspended(Fibers& result, const Module& module, std::size_t count) {
  Event go;
  std::atomic<std::size_t> waiting{0}, answered{0};
  Linker linker;
  define_imports(linker, &go, &waiting);
  Linker plain;
  define_imports(plain, nullptr, nullptr);
  { const Instance one(module, linker), two(module, linker), three(module, linker); }
  std::vector<std::unique_ptr<Loop>> loops;
  for (std::size_t thread = 0; thread < threads; ++thread) loops.push_back(std::make_unique<Loop>());

  const double maps_before = mapping_count(), resident_before = resident_kib();
  const auto begin = Clock::now();
  std::vector<std::thread> runners;
  for (const auto& loop : loops) {
    runners.emplace_back([&] {
      for (std::size_t number = 0; number < count / threads; ++number) {
        loop->spawn([&] {
          const Instance guest(module, linker);
          const Scope scope(600 * second);
          guest.function<void(std::uint32_t)>("ask")(1);
          ++answered;
        });
      }
      loop->stop();
      loop->run();
    });
  }
  while (waiting != count) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  result.begin_us = microseconds(Clock::now() - begin) / static_cast<double>(count / threads);
  const double guests = static_cast<double>(count);
  result.mappings_each = (mapping_count() - maps_before) / guests;
  result.resident_kib_each = (resident_kib() - resident_before) / guests;
  const auto woken = Clock::now();
  go.set();
  for (std::thread& runner : runners) runner.join();
  result.end_us = microseconds(Clock::now() - woken) / static_cast<double>(count / threads);
  if (answered != count) fail("not every suspended guest has answered");
  result.suspended = count;
  result.threads = threads;
}

double measure_switch() {
  constexpr std::size_t turns = 1'000'000;
  Loop loop;
  for (int fiber = 0; fiber < 2; ++fiber) {
    loop.spawn([] {
      for (std::size_t turn = 0; turn < turns; ++turn) ingot_yield();
    });
  }
  loop.stop();
  const auto begin = Clock::now();
  loop.run();
  return 1000 * microseconds(Clock::now() - begin) / (2 * turns);
}

void measure_neighbour(Samples& late, const Module& module, bool beside_endless) {
  Linker linker;
  define_imports(linker, nullptr, nullptr);
  Loop loop;
  Cancel cancel;
  if (beside_endless) {
    loop.spawn([&] {
      const Instance guest(module, linker);
      const Scope scope(600 * second, &cancel);
      int none = 0;
      if (guest.function<void()>("spin").call(&none) != INGOT_TRAP_CANCELLED) fail("the endless guest ended");
    });
  }
  loop.spawn([&] {
    for (int turn = 0; turn < 1000; ++turn) {
      const auto due = Clock::now() + std::chrono::milliseconds(1);
      if (ingot_sleep(ms) != INGOT_WAIT_DONE) fail("a sleep was cut short");
      late.add(Clock::now() - due);
    }
    cancel.request();
  });
  loop.stop();
  loop.run();
}

}  // namespace

Fibers measure_fibers(const std::string& bundle, const std::string& key, std::size_t suspended) {
  Trust trust;
  trust.add_key_file(key);
  Engine engine(trust);
  const Module module = engine.load_file(bundle);
  Fibers result;
  measure_suspended(result, module, suspended);
  result.switch_ns = measure_switch();
  measure_neighbour(result.alone, module, false);
  measure_neighbour(result.late, module, true);
  return result;
}

}  // namespace ingot::bench
