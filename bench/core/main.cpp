// SPDX-License-Identifier: Apache-2.0
//
// Cold start, calls and resets, as they are now. `scripts/bench core` runs this.
//
//   bench_core CRM.ingot EMPTY.ingot KEY.pub REPORT.json ROUNDS [WASMTIME.so EMPTY.wasm EMPTY.cwasm]

#include <charconv>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "core/calls.hpp"
#include "core/cold_start.hpp"
#include "core/fibers.hpp"
#include "core/machine.hpp"

namespace {

namespace bench = ingot::bench;
using Json = nlohmann::ordered_json;
constexpr double aim_us = 1000;  // file to first answer, for crm
constexpr std::size_t crowd_instances = 10'000;
constexpr std::size_t suspended_guests = 10'000;

Json rows_of(const std::vector<bench::Samples>& rows) {
  Json list = Json::array();
  for (const bench::Samples& row : rows) {
    list.push_back({{"name", row.name()}, {"runs", row.count()}, {"min_us", row.least()}, {"median_us", row.median()}, {"p99_us", row.p99()}, {"most_us", row.most()}});
  }
  return list;
}

ingot::bundle::TrustPolicy trust_of(const char* path) {
  std::ifstream stream(path);
  const std::string pem(std::istreambuf_iterator<char>(stream), {});
  ingot::bundle::TrustPolicy trust;
  trust.keys.push_back(bench::must(ingot::format::parse_public_key(pem)));
  return trust;
}

std::size_t rounds_of(const char* word) {
  std::size_t rounds = 0;
  const auto [end, error] = std::from_chars(word, word + std::strlen(word), rounds);
  if (error != std::errc() || *end != '\0' || rounds == 0) bench::fail(std::string("ROUNDS is not a number: ") + word);
  return rounds;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6 && argc != 9) bench::fail("usage: bench_core CRM.ingot EMPTY.ingot KEY.pub REPORT.json ROUNDS [WASMTIME.so EMPTY.wasm EMPTY.cwasm]");
  const std::size_t rounds = rounds_of(argv[5]);
  const auto wasmtime = argc == 9 ? bench::Wasmtime::open(argv[6], argv[7], argv[8]) : nullptr;
  const bench::Machine machine = bench::this_machine();
  const ingot::bundle::TrustPolicy trust = trust_of(argv[3]);
  std::printf("%s, %u cores, %s, load %.2f; %zu rounds\n", machine.cpu.c_str(), machine.cores, machine.kernel.c_str(), machine.load, rounds);
  if (machine.load > machine.cores / 2.0) std::printf("warning: the machine is busy with other work; the tails below are not ours alone\n");

  const bench::ColdStart cold = bench::measure_cold_start(argv[1], trust, rounds);
  const std::vector<bench::Samples> calls = bench::measure_calls(argv[2], argv[3], rounds, wasmtime.get());
  const bench::Crowd crowd = bench::measure_crowd(argv[2], argv[3], 21, crowd_instances);
  const bench::Fibers fibers = bench::measure_fibers(argv[2], argv[3], suspended_guests);
  bench::print_table("cold start of crm", cold.total);
  bench::print_table("its steps", cold.steps);
  bench::print_table("inside verify, each alone", cold.verify);
  bench::print_table("calls, resets and instances, through libingot", calls);
  std::printf("\n%-52s %10s %10s %10s\n", "two threads", "one: us", "two: us", "factor");
  Json scaling = Json::array();
  for (const bench::Crowd::Scaling& row : crowd.scaling) {
    std::printf("  %-50s %10.3f %10.3f %10.2f\n", row.name.c_str(), row.one_us, row.two_us, row.factor());
    scaling.push_back({{"name", row.name}, {"one_thread_us", row.one_us}, {"two_threads_us", row.two_us}, {"factor", row.factor()}});
  }
  std::printf("\n%zu instances at once: %.2f mappings and %.1f KiB resident each (page tables included; %.0f KiB of it the page that the guest wrote), made in %.2f us each\n",
              crowd.instances, crowd.mappings_each, crowd.resident_kib_each, crowd.resident_kib_dirty, crowd.create_us);
  std::printf("\n%zu guests suspended in a host call on %zu threads: %.2f mappings and %.1f KiB resident each; begun in %.2f us, woken and ended in %.2f us each\n",
              fibers.suspended, fibers.threads, fibers.mappings_each, fibers.resident_kib_each, fibers.begin_us, fibers.end_us);
  std::printf("from one fiber to the next: %.0f ns\n", fibers.switch_ns);
  bench::print_table("one loop, a guest that never ends, and a neighbour", {fibers.late, fibers.alone});
  std::printf("  at most %.2f ms late\n", fibers.late.most() / 1000);
  const double median = cold.total.front().median();
  std::printf("\naim: below %.0f us from file to first answer; median %.0f us: %s\nanswer: %s\n", aim_us, median, median < aim_us ? "reached" : "MISSED",
              cold.answer.c_str());

  const Json report{
      {"machine", {{"cpu", machine.cpu}, {"cores", machine.cores}, {"kernel", machine.kernel}, {"load_before", machine.load}}},
      {"command", "scripts/bench core"},
      {"conditions", "release build; bundle in the page cache; everything mapped anew and unmapped in each round"},
      {"aim_us", aim_us},
      {"aim_reached", median < aim_us},
      {"cold_start", rows_of(cold.total)},
      {"cold_start_steps", rows_of(cold.steps)},
      {"verify_parts", rows_of(cold.verify)},
      {"calls", rows_of(calls)},
      {"two_threads", scaling},
      {"crowd", {{"instances", crowd.instances}, {"mappings_each", crowd.mappings_each}, {"resident_kib_each", crowd.resident_kib_each},
                 {"of_that_written_by_the_guest_kib", crowd.resident_kib_dirty}, {"create_median_us", crowd.create_us}}},
      {"fibers", {{"suspended", fibers.suspended}, {"threads", fibers.threads}, {"mappings_each", fibers.mappings_each}, {"resident_kib_each", fibers.resident_kib_each},
                  {"begin_us", fibers.begin_us}, {"end_us", fibers.end_us}, {"switch_ns", fibers.switch_ns}, {"neighbour", rows_of({fibers.late, fibers.alone})}}},
  };
  std::ofstream stream(argv[4]);
  stream << report.dump(2) << "\n";
  stream.close();
  if (!stream) bench::fail(std::string("cannot write ") + argv[4]);
  return 0;
}
