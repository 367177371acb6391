// SPDX-License-Identifier: Apache-2.0
//
// Stops runaway guests, and measures how late, while another thread serves an honest guest. `scripts/bench interrupt` runs this.
//
//   bench_interrupt HONEST.ingot COUNT REPORT.json NAME=RUNAWAY.ingot...
//
// Each runaway exports attack(), which never returns by itself; it is given one to five milliseconds. It must end with the trap "deadline", and then, reset,
// answer 42 through calm(). The honest guest must give the same answer at every call.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "ingot.hpp"

namespace {

using Clock = std::chrono::steady_clock;

struct Runaway {
  std::string name;
  std::unique_ptr<ingot::Instance> guest;
  std::vector<double> late_us;
};

double at(std::vector<double> sorted, double share) {
  std::ranges::sort(sorted);
  return sorted.empty() ? 0 : sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))];
}

void define_imports(ingot::Linker& linker) {
  linker.define("host", "nothing", [] {}, INGOT_LEAF);
  linker.define("host", "read", [](ingot::Caller caller, std::uint32_t address, std::uint32_t bytes) {
    return static_cast<std::uint32_t>(caller.text(address, bytes).size());
  });
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 5) {
    std::fputs("usage: bench_interrupt HONEST.ingot COUNT REPORT.json NAME=RUNAWAY.ingot...\n", stderr);
    return 2;
  }
  ingot::Trust trust;
  trust.allow_unsigned();  // made by scripts/bench a moment ago
  ingot::Engine engine(trust);
  ingot::Linker linker;
  define_imports(linker);
  ingot_limits limits = ingot_limits_default();
  limits.memory_bytes = 16 << 20;

  std::vector<Runaway> runaways;
  for (int index = 4; index < argc; ++index) {
    const std::string word = argv[index];
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos) return 2;
    runaways.push_back({word.substr(0, equals), std::make_unique<ingot::Instance>(engine.load_file(word.substr(equals + 1)), linker, limits), {}});
  }
  const unsigned long count = std::strtoul(argv[2], nullptr, 10);

  // The neighbour.
  const ingot::Module honest_module = engine.load_file(argv[1]);
  std::atomic<bool> done{false};
  std::atomic<std::uint64_t> served{0}, wrong{0};
  std::vector<double> honest_us;
  std::thread neighbour([&] {
    ingot::Pool pool(honest_module, linker, 1, limits);
    while (!done) {
      const auto begin = Clock::now();
      try {
        const ingot::Lease guest = pool.acquire(1'000'000'000);
        // Of the witness: the sum over its memory, its table and its count of calls, which is one for each caller.
        if (guest.function<std::int64_t()>("check")() != 65536 / 4 + 3000 + 1'000'000) ++wrong;
      } catch (const ingot::Failure&) {
        ++wrong;
      }
      ++served;
      if (honest_us.size() < 2'000'000) honest_us.push_back(std::chrono::duration<double, std::micro>(Clock::now() - begin).count());
      std::this_thread::sleep_for(std::chrono::microseconds(200));  // the measured thread must have a core of its own
    }
  });

  std::uint64_t missed = 0;
  std::uint32_t random = 1;
  for (unsigned long number = 0; number < count; ++number) {
    Runaway& runaway = runaways[number % runaways.size()];
    random = random * 1664525 + 1013904223;
    const std::uint64_t allowed_ns = 1'000'000 + random % 4'000'000;
    const auto attack = runaway.guest->function<void()>("attack");
    const auto begin = Clock::now();
    ingot_trap trap = INGOT_TRAP_NONE;
    {
      const ingot::Scope scope(allowed_ns);
      trap = attack.call(static_cast<int*>(nullptr));
    }
    runaway.late_us.push_back((static_cast<double>((Clock::now() - begin).count()) - static_cast<double>(allowed_ns)) / 1000);
    runaway.guest->reset();
    if (trap != INGOT_TRAP_DEADLINE || runaway.guest->function<std::int32_t()>("calm")() != 42) ++missed;
    runaway.guest->reset();
    if ((number + 1) % 1000 == 0) std::fprintf(stderr, "%lu of %lu\n", number + 1, count);
  }
  done = true;
  neighbour.join();

  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  std::vector<double> all;
  std::printf("%-34s %8s %10s %10s %10s\n", "late, us", "runs", "median", "p99", "most");
  const auto row = [&](const std::string& name, const std::vector<double>& late) {
    std::printf("%-34s %8zu %10.0f %10.0f %10.0f\n", name.c_str(), late.size(), at(late, 0.5), at(late, 0.99), at(late, 1));
    rows.push_back({{"name", name}, {"runs", late.size()}, {"median_us", at(late, 0.5)}, {"p99_us", at(late, 0.99)}, {"most_us", at(late, 1)}});
  };
  for (const Runaway& runaway : runaways) {
    row(runaway.name, runaway.late_us);
    all.insert(all.end(), runaway.late_us.begin(), runaway.late_us.end());
  }
  row("all", all);
  std::printf("%llu not stopped rightly; the neighbour was served %llu times, %llu wrong; median %.1f us, p99 %.1f us\n", static_cast<unsigned long long>(missed),
              static_cast<unsigned long long>(served), static_cast<unsigned long long>(wrong), at(honest_us, 0.5), at(honest_us, 0.99));
  const nlohmann::ordered_json report{{"runaways", rows},
                                      {"not_stopped_rightly", missed},
                                      {"neighbour", {{"served", served.load()}, {"wrong", wrong.load()}, {"median_us", at(honest_us, 0.5)}, {"p99_us", at(honest_us, 0.99)}}}};
  std::ofstream(argv[3]) << report.dump(2) << "\n";
  return missed == 0 && wrong == 0 ? 0 : 1;
} catch (const std::exception& exception) {
  std::fprintf(stderr, "bench_interrupt: %s\n", exception.what());
  return 1;
}
