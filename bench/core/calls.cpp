// SPDX-License-Identifier: Apache-2.0
#include "core/calls.hpp"

#include <atomic>
#include <deque>
#include <functional>
#include <thread>

#include "core/machine.hpp"
#include "ingot.hpp"

namespace ingot::bench {
namespace {

constexpr std::uint32_t batch = 10'000;  // a single call is far below what a clock can tell, and a thousand still show how cold they began
constexpr std::uint64_t second = 1'000'000'000;

Engine engine_for(const std::string& key) {
  Trust trust;
  trust.add_key_file(key);
  return Engine(trust);
}

void define_imports(Linker& linker, std::uint32_t flags) {
  // As C has it: what an embedder who counts nanoseconds writes.
  check(ingot_linker_define(linker.get(), "bench", "nothing", "() -> ()", [](const ingot_host_call*, ingot_slot*) -> std::uint32_t { return 0; }, nullptr, nullptr, flags));
  check(ingot_linker_define(
      linker.get(), "bench", "add", "(i32, i32) -> (i32)",
      [](const ingot_host_call*, ingot_slot* slots) -> std::uint32_t {
        slots[0].i32 += slots[1].i32;
        return 0;
      },
      nullptr, nullptr, flags));
}

/// One quantity: what is timed, and how many operations it is.
struct Row {
  Samples samples;
  std::size_t operations;
  std::function<void()> body;
  std::function<void()> before = [] {};
};

void measure(std::deque<Row>& rows, std::size_t rounds) {
  for (std::size_t round = 0; round < rounds + 1; ++round) {
    for (Row& row : rows) {
      row.before();
      const auto begin = Clock::now();
      row.body();
      if (round > 0) row.samples.add(Clock::now() - begin, row.operations);  // the first warms up
    }
  }
}

}  // namespace

std::vector<Samples> measure_calls(const std::string& bundle, const std::string& key, std::size_t rounds, Wasmtime* wasmtime) {
  Engine engine = engine_for(key);
  const Module module = engine.load_file(bundle);
  Linker ordinary, leaf;
  define_imports(ordinary, 0);
  define_imports(leaf, INGOT_LEAF);
  const Instance guest(module, leaf), guest_of_ordinary(module, ordinary);
  // A page that was written to once is restored at every later reset, so each row has a guest of its own.
  const Instance guest_of_one(module, leaf), guest_of_sixteen(module, leaf), guest_of_none(module, leaf);
  const auto nothing = guest.function<void()>("nothing");
  const auto ask = guest.function<void(std::uint32_t)>("ask"), ask_ordinary = guest_of_ordinary.function<void(std::uint32_t)>("ask");
  const auto add = guest.function<std::uint32_t(std::uint32_t)>("add");
  const auto reset_nothing = guest_of_none.function<void()>("nothing"), touch_one = guest_of_one.function<void()>("touch_one"), touch = guest_of_sixteen.function<void()>("touch");
  Pool pool(module, leaf, 4);
  { const Instance second_of_three(module, leaf), third(module, leaf); }  // the start is known from here on

  std::deque<Row> rows;
  const auto ours = [&](const char* name, std::size_t operations, std::function<void()> body, std::function<void()> before = [] {}) {
    rows.push_back({Samples(name), operations, std::move(body), std::move(before)});
  };
  ours("host to guest, empty function, by handle", batch, [&] {
    for (std::uint32_t at = 0; at < batch; ++at) nothing();
  });
  ours("the same with a scope and its deadline each", batch, [&] {
    for (std::uint32_t at = 0; at < batch; ++at) {
      const Scope scope(second);
      nothing();
    }
  });
  ours("the same by name", batch, [&] {
    for (std::uint32_t at = 0; at < batch; ++at) check(ingot_instance_call(guest.get(), "nothing", nullptr, 0, nullptr, 0));
  });
  ours("guest to host, leaf, empty function", batch, [&] { ask(batch); });
  ours("guest to host, leaf, two numbers in, one back", batch, [&] { (void)add(batch); });
  ours("guest to host, on the thread's stack", batch, [&] { ask_ordinary(batch); });
  ours("reset, nothing but a call", 1, [&] { guest_of_none.reset(); }, [&] { reset_nothing(); });
  ours("reset, 1 page written", 1, [&] { guest_of_one.reset(); }, [&] { touch_one(); });
  ours("reset, 16 pages written", 1, [&] { guest_of_sixteen.reset(); }, [&] { touch(); });
  // In a row, as a server under load has it: with warm caches.
  constexpr std::uint32_t some = 100;
  ours("in a row: write 1 page, reset", some, [&] {
    for (std::uint32_t at = 0; at < some; ++at) {
      touch_one();
      guest_of_one.reset();
    }
  });
  ours("in a row: write 16 pages, reset", some, [&] {
    for (std::uint32_t at = 0; at < some; ++at) {
      touch();
      guest_of_sixteen.reset();
    }
  });
  ours("in a row: fresh instance, one call, free", some, [&] {
    for (std::uint32_t at = 0; at < some; ++at) Instance(module, leaf).function<void()>("nothing")();
  });
  ours("fresh instance, one call, free", 1, [&] { Instance(module, leaf).function<void()>("nothing")(); });
  ours("pool: acquire, one call, release", 1, [&] { pool.acquire(second).function<void()>("nothing")(); });
  ours("file to first answer, empty module", 1, [&] {
    const Module loaded = engine.load_file(bundle);
    Instance(loaded, leaf).function<void()>("nothing")();
  });
  if (wasmtime != nullptr) {
    ours("wasmtime: host to guest, empty function, unchecked", batch, [&] { wasmtime->call_nothing(batch); });
    ours("wasmtime: guest to host, unchecked, empty function", batch, [&] { wasmtime->ask(batch); });
    ours("wasmtime, in a row: fresh store and instance, one call, free", some, [&] {
      for (std::uint32_t at = 0; at < some; ++at) wasmtime->fresh_instance();
    });
    ours("wasmtime: fresh store and instance, one call, free", 1, [&] { wasmtime->fresh_instance(); });
    ours("wasmtime: compiled file to first answer, empty module", 1, [&] { wasmtime->file_to_answer(); });
  }
  const Scope scope(600 * second);
  measure(rows, rounds);
  std::vector<Samples> result;
  for (Row& row : rows) result.push_back(std::move(row.samples));
  return result;
}

namespace {

/// The time of one operation while `threads` threads do it, each `operations` times: wall time over operations of one thread.
double time_of(std::size_t threads, std::size_t operations, const std::function<std::function<void()>()>& prepare) {
  std::atomic<std::size_t> ready{0};
  std::atomic<bool> go{false};
  std::vector<std::thread> workers;
  for (std::size_t number = 0; number < threads; ++number) {
    workers.emplace_back([&] {
      const auto operation = prepare();
      const Scope scope(600 * second);
      operation();
      ++ready;
      while (!go) std::this_thread::yield();
      for (std::size_t at = 0; at < operations; ++at) operation();
    });
  }
  while (ready != threads) std::this_thread::yield();
  const auto begin = Clock::now();
  go = true;
  for (std::thread& worker : workers) worker.join();
  return std::chrono::duration<double, std::micro>(Clock::now() - begin).count() / static_cast<double>(operations);
}

}  // namespace

Crowd measure_crowd(const std::string& bundle, const std::string& key, std::size_t rounds, std::size_t instances) {
  Engine engine = engine_for(key);
  const Module module = engine.load_file(bundle);
  Linker linker;
  define_imports(linker, INGOT_LEAF);
  { const Instance one(module, linker), two(module, linker), three(module, linker); }
  Crowd crowd;

  const auto with_instance = [&](auto operation) {
    return [&module, &linker, operation] {
      auto guest = std::make_shared<Instance>(module, linker);
      return std::function<void()>([guest, operation, touch = guest->function<void()>("touch_one"), nothing = guest->function<void()>("nothing")] { operation(*guest, touch, nothing); });
    };
  };
  struct Work {
    const char* name;
    std::size_t operations;
    std::function<std::function<void()>()> prepare;
  };
  const Work works[] = {
      {"calls", 20'000'000, with_instance([](const Instance&, const auto&, const auto& nothing) { nothing(); })},
      {"resets, one page written", 200'000, with_instance([](const Instance& guest, const auto& touch, const auto&) { touch(); guest.reset(); })},
      {"fresh instances", 100'000, [&] { return std::function<void()>([&] { Instance(module, linker).function<void()>("nothing")(); }); }},
  };
  for (const Work& work : works) {
    Samples one(""), two("");
    for (std::size_t round = 0; round < rounds; ++round) {
      one.add(std::chrono::nanoseconds(static_cast<std::int64_t>(1000 * 1000 * time_of(1, work.operations, work.prepare))), 1000);
      two.add(std::chrono::nanoseconds(static_cast<std::int64_t>(1000 * 1000 * time_of(2, work.operations, work.prepare))), 1000);
    }
    crowd.scaling.push_back({work.name, one.median(), two.median()});
  }

  const double maps_before = mapping_count(), resident_before = resident_kib();
  Samples create("");
  std::vector<std::unique_ptr<Instance>> all;
  all.reserve(instances);
  for (std::size_t number = 0; number < instances; ++number) {
    const auto begin = Clock::now();
    all.push_back(std::make_unique<Instance>(module, linker));
    create.add(Clock::now() - begin);
    all.back()->function<void()>("touch_one")();
  }
  const double count = static_cast<double>(instances);
  crowd.instances = instances;
  crowd.mappings_each = (mapping_count() - maps_before) / count;
  crowd.resident_kib_each = (resident_kib() - resident_before) / count;
  crowd.resident_kib_dirty = 4;  // touch_one writes to one page
  crowd.create_us = create.median();
  // Each is as good as alone.
  for (const auto& each : all) each->function<void()>("touch_one")();
  return crowd;
}

}  // namespace ingot::bench
