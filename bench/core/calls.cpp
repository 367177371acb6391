// SPDX-License-Identifier: Apache-2.0
#include "core/calls.hpp"

#include <array>
#include <functional>

#include "instance/instance.hpp"
#include "instance/typed_function.hpp"
#include "limits.hpp"
#include "load/module.hpp"
#include "sandbox/watchdog.hpp"

namespace ingot::bench {
namespace {

constexpr std::uint32_t batch = 1000;  // a single call is far below what a clock can tell

std::uint32_t do_nothing(void*, ingot_slot*) noexcept { return 0; }
std::uint32_t add(void*, ingot_slot* slots) noexcept {
  slots[0].i32 += slots[1].i32;
  return 0;
}

struct Guest {
  std::unique_ptr<instance::Instance> instance;
  std::array<ingot_slot, 4> slots{};

  int find(const char* name) const {
    const int index = instance->module().find_function(name);
    if (index < 0) fail(std::string("the bundle exports no ") + name);
    return index;
  }
  void start() {
    if (instance->start()) fail("the guest trapped while starting");
  }
  void call(int function, std::uint32_t argument = 0) {
    slots[0].i64 = argument;
    if (instance->call(function, slots)) fail("the guest trapped");
  }
};

Samples measure(const char* name, std::size_t rounds, std::size_t operations, const std::function<void()>& body) {
  Samples samples(name);
  for (std::size_t round = 0; round < rounds; ++round) {
    const auto begin = Clock::now();
    body();
    samples.add(Clock::now() - begin, operations);
  }
  return samples;
}

}  // namespace

std::vector<Samples> measure_calls(const std::string& path, const bundle::TrustPolicy& trust, std::size_t rounds) {
  must(sandbox::start_watchdog());
  const auto module = must(load::load(must(bundle::open_and_verify(path, trust))));
  const ingot_host_function functions[] = {do_nothing, add};
  const instance::InstanceLimits bounds{.memory_bytes_max = limits::memory_quota_bytes_default};
  const sandbox::CallScope scope(Clock::now() + std::chrono::minutes(10));
  Guest guest{must(instance::Instance::create(module, functions, bounds))};
  const int nothing = guest.find("nothing"), ask = guest.find("ask"), sum = guest.find("add"), touch = guest.find("touch");
  guest.start();

  std::vector<Samples> rows;
  rows.push_back(measure("call into a guest, empty function", rounds, batch, [&] {
    for (std::uint32_t at = 0; at < batch; ++at) guest.call(nothing);
  }));
  const auto typed = must(instance::TypedFunction<void()>::find(*guest.instance, "nothing"));
  rows.push_back(measure("the same, through a typed handle", rounds, batch, [&] {
    for (std::uint32_t at = 0; at < batch; ++at) {
      if (typed() != INGOT_TRAP_NONE) fail("the guest trapped");
    }
  }));
  rows.push_back(measure("by its index, with a scope and its deadline each", rounds, batch, [&] {
    for (std::uint32_t at = 0; at < batch; ++at) {
      const sandbox::CallScope inner(Clock::now() + std::chrono::seconds(5));
      guest.call(nothing);
    }
  }));
  rows.push_back(measure("call out to the host, empty function", rounds, batch, [&] { guest.call(ask, batch); }));
  rows.push_back(measure("call out to the host, two numbers in, one back", rounds, batch, [&] { guest.call(sum, batch); }));

  Samples idle("reset, nothing written"), dirty("reset, 16 pages written"), start("start after a reset"), fresh("create and destroy an instance");
  for (std::size_t round = 0; round < rounds; ++round) {
    const auto reset = [&](Samples& samples) {
      const auto begin = Clock::now();
      guest.instance->reset();
      samples.add(Clock::now() - begin);
    };
    reset(idle);
    const auto begin = Clock::now();
    guest.start();
    start.add(Clock::now() - begin);
    guest.call(touch);
    reset(dirty);
    guest.start();
    const auto before_create = Clock::now();
    must(instance::Instance::create(module, functions, bounds)).reset();
    fresh.add(Clock::now() - before_create);
  }
  for (Samples* samples : {&idle, &dirty, &start, &fresh}) rows.push_back(std::move(*samples));

  // Back to right behind the start, as the pool of a server does it.
  const instance::InstanceLimits kept{.memory_bytes_max = limits::memory_quota_bytes_default, .shared_start = std::make_shared<instance::SharedStart>()};
  Guest again{must(instance::Instance::create(module, functions, kept))};
  again.start();
  const int touch_one = again.find("touch_one");
  Samples one("reset to the kept start, 1 page written"), sixteen("reset to the kept start, 16 pages written");
  for (std::size_t round = 0; round < rounds; ++round) {
    const auto back = [&](Samples& samples, int writes) {
      again.call(writes);
      const auto begin = Clock::now();
      again.instance->reset();
      samples.add(Clock::now() - begin);
      if (again.instance->state() != instance::State::ready) fail("the start was not kept");
    };
    if (round < rounds / 2) {
      back(one, touch_one);
    } else {
      back(sixteen, touch);
    }
  }
  rows.push_back(std::move(one));
  rows.push_back(std::move(sixteen));
  return rows;
}

}  // namespace ingot::bench
