// SPDX-License-Identifier: Apache-2.0
//
// The same plugins here and under Extism's own native host, in one process, in turns. `scripts/bench plugin` runs this.
//
//   bench_plugin FOLDER KEY.pub LIBRARY CACHE.toml REPORT.json ROUNDS
//
// FOLDER has behaviour, lgpd and, where there is Go, fhir, each as .wasm and as .ingot. CACHE.toml switches the other engine's cache on.

#include <array>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "bundle/verify.hpp"
#include "core/machine.hpp"
#include "core/measure.hpp"
#include "host/extism/plugin.hpp"
#include "load/module.hpp"
#include "plugin/extism.hpp"
#include "sandbox/fault_handler.hpp"
#include "sandbox/watchdog.hpp"

namespace {

namespace bench = ingot::bench;
namespace extism = ingot::host::extism;
using Json = nlohmann::ordered_json;
constexpr std::size_t crowd = 100;
constexpr std::size_t calls_in_a_row = 100;

struct Files {
  std::string folder;
  ingot::bundle::TrustPolicy trust;
  std::string wasm(const char* name) const { return folder + "/" + name + ".wasm"; }
  std::string bundle(const char* name) const { return folder + "/" + name + ".ingot"; }
};

extism::PluginModule load(const Files& files, const char* name) {
  return {"", bench::must(ingot::load::load(bench::must(ingot::bundle::open_and_verify(files.bundle(name), files.trust)))), extism::plugin_start()};
}

std::unique_ptr<extism::Plugin> make(const extism::PluginModule& module) {
  extism::PluginOptions options;
  options.wasi.emplace();
  return bench::must(extism::Plugin::create({module}, std::move(options)));
}

std::string_view call(extism::Plugin& plugin, const char* function, std::string_view input) {
  const extism::CallOutcome outcome = plugin.call(function, input);
  if (outcome.error) bench::fail("Ingot: " + *outcome.error);
  return plugin.output();
}

/// One thing measured on both sides.
struct Pair {
  std::string name;
  double aim;  ///< how many times better Ingot should be
  bench::Samples ours, theirs;
  Pair(std::string what, double times) : name(std::move(what)), aim(times), ours("Ingot: " + name), theirs("Extism: " + name) {}
  double factor() const { return theirs.median() / ours.median(); }
};

/// A text of that length without anything to find in it.
std::string plain_text(std::size_t length) {
  std::string text;
  while (text.size() < length) text += "the quick brown fox jumps over the lazy dog; ";
  text.resize(length);
  return text;
}

Pair measure_calls(const Files& files, bench::Extism& other, const char* name, const char* function, std::size_t bytes, double aim, std::size_t rounds) {
  Pair pair(std::string(name) + "." + function + ", " + std::to_string(bytes) + " bytes in and out", aim);
  const std::string input = plain_text(bytes);
  const auto ours = make(load(files, name));
  const auto theirs = other.from_wasm(files.wasm(name));
  if (call(*ours, function, input) != theirs->call(function, input) || ours->output().size() != bytes) bench::fail(pair.name + ": the outputs are not the same");
  for (std::size_t round = 0; round < rounds; ++round) {
    const auto begin = bench::Clock::now();
    for (std::size_t turn = 0; turn < calls_in_a_row; ++turn) (void)call(*ours, function, input);
    const auto between = bench::Clock::now();
    for (std::size_t turn = 0; turn < calls_in_a_row; ++turn) (void)theirs->call(function, input);
    const auto end = bench::Clock::now();
    pair.ours.add(between - begin, calls_in_a_row);
    pair.theirs.add(end - between, calls_in_a_row);
  }
  return pair;
}

/// From a file to the first answer: here from a bundle, there from the module, compiled or out of its cache.
Pair measure_cold_start(const Files& files, bench::Extism& other, const char* name, const char* function, std::string_view input, const std::string& cache, std::size_t rounds) {
  Pair pair(std::string(name) + ", file to first answer (Extism: " + (cache.empty() ? "compiles" : "its cache is warm") + ")", 20);
  other.cache(cache);
  (void)other.from_wasm(files.wasm(name))->call(function, input);
  for (std::size_t round = 0; round < rounds; ++round) {
    const auto begin = bench::Clock::now();
    const auto ours = make(load(files, name));
    (void)call(*ours, function, input);
    const auto between = bench::Clock::now();
    const auto theirs = other.from_wasm(files.wasm(name));
    (void)theirs->call(function, input);
    const auto end = bench::Clock::now();
    pair.ours.add(between - begin);
    pair.theirs.add(end - between);
  }
  other.cache("");
  return pair;
}

struct Memory {
  std::string name;
  double ours_kib, theirs_kib;
  double factor() const { return theirs_kib / ours_kib; }
};

/// What one more live plugin takes, page tables included and pages that several share divided among them, right behind its call and at rest, which the other does not know; both sides share the code among the
/// plugins.
std::array<Memory, 2> measure_memory(const Files& files, bench::Extism& other, const char* name, const char* function, std::string_view input) {
  const std::string what = std::string(name) + ", each of " + std::to_string(crowd) + " live plugins, called once";
  Memory awake{what, 0, 0}, resting{what + ", at rest", 0, 0};
  {
    const auto module = load(files, name);
    for (int times = 0; times < 4; ++times) (void)call(*make(module), function, input);
    std::array<std::unique_ptr<extism::Plugin>, crowd> plugins;
    const double before = bench::proportional_kib();
    for (auto& plugin : plugins) {
      plugin = make(module);
      (void)call(*plugin, function, input);
    }
    awake.ours_kib = (bench::proportional_kib() - before) / crowd;
    for (auto& plugin : plugins) {
      if (!plugin->rest()) bench::fail(what + ": it cannot rest");
    }
    resting.ours_kib = (bench::proportional_kib() - before) / crowd;
    for (auto& plugin : plugins) (void)call(*plugin, function, input);
  }
  other.compile(files.wasm(name));
  (void)other.from_compiled()->call(function, input);
  std::array<std::unique_ptr<bench::ExtismPlugin>, crowd> plugins;
  const double before = bench::proportional_kib();
  for (auto& plugin : plugins) {
    plugin = other.from_compiled();
    (void)plugin->call(function, input);
  }
  awake.theirs_kib = resting.theirs_kib = (bench::proportional_kib() - before) / crowd;
  return {awake, resting};
}

/// How much longer a call takes that wakes the plugin, and how long going to rest takes.
void measure_waking(const Files& files, const char* name, const char* function, std::string_view input, std::size_t rounds, bench::Samples& calls, bench::Samples& rests) {
  const auto module = load(files, name);
  std::array<std::unique_ptr<extism::Plugin>, 8> plugins;
  for (auto& plugin : plugins) {
    plugin = make(module);
    (void)call(*plugin, function, input);
  }
  extism::Plugin& plugin = *plugins.back();
  for (std::size_t round = 0; round < rounds * 10; ++round) {
    const auto begin = bench::Clock::now();
    if (!plugin.rest()) bench::fail(std::string(name) + ": it cannot rest");
    const auto between = bench::Clock::now();
    (void)call(plugin, function, input);
    const auto end = bench::Clock::now();
    rests.add(between - begin);
    calls.add(end - between);
  }
}

Json json_of(const bench::Samples& row) {
  return {{"runs", row.count()}, {"min_us", row.least()}, {"median_us", row.median()}, {"p99_us", row.p99()}};
}

ingot::bundle::TrustPolicy trust_of(const char* path) {
  std::ifstream stream(path);
  const std::string pem(std::istreambuf_iterator<char>(stream), {});
  ingot::bundle::TrustPolicy trust;
  trust.keys.push_back(bench::must(ingot::format::parse_public_key(pem)));
  return trust;
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t rounds = 0;
  if (argc == 7) std::from_chars(argv[6], argv[6] + std::strlen(argv[6]), rounds);
  if (rounds == 0) bench::fail("usage: bench_plugin FOLDER KEY.pub LIBRARY CACHE.toml REPORT.json ROUNDS");
  const bench::Machine machine = bench::this_machine();
  const Files files{argv[1], trust_of(argv[2])};
  bench::must(ingot::sandbox::start_watchdog());
  bench::Extism other(argv[3]);
  std::printf("%s, %u cores, %s, load %.2f; Extism %s; %zu rounds\n", machine.cpu.c_str(), machine.cores, machine.kernel.c_str(), machine.load, other.version().c_str(), rounds);
  if (machine.load > machine.cores / 2.0) std::printf("warning: the machine is busy with other work; the figures below are not ours alone\n");

  const std::string patient = R"({"id":"1","nome":"Maria da Silva","sexo":"F"})", text = plain_text(64);
  const std::size_t starts = rounds / 10 + 1;
  std::vector<Pair> pairs;
  pairs.push_back(measure_calls(files, other, "behaviour", "echo", 64, 20, rounds));
  pairs.push_back(measure_calls(files, other, "lgpd", "mask", 64, 20, rounds));
  pairs.push_back(measure_calls(files, other, "behaviour", "echo", 64 << 10, 10, rounds / 5 + 1));
  pairs.push_back(measure_calls(files, other, "lgpd", "mask", 64 << 10, 10, rounds / 5 + 1));
  for (const std::string& cache : {std::string(), std::string(argv[4])}) {
    pairs.push_back(measure_cold_start(files, other, "behaviour", "echo", text, cache, starts));
    pairs.push_back(measure_cold_start(files, other, "lgpd", "mask", text, cache, starts));
    if (std::filesystem::exists(files.bundle("fhir"))) pairs.push_back(measure_cold_start(files, other, "fhir", "patient", patient, cache, starts));
  }
  bench::Samples waking("Ingot: behaviour.echo, 64 bytes, of a plugin at rest"), resting("Ingot: going to rest");
  measure_waking(files, "behaviour", "echo", text, rounds, waking, resting);
  std::vector<Memory> memories;
  for (const auto& [name, function] : {std::pair("behaviour", "echo"), std::pair("lgpd", "mask")}) {
    for (Memory& memory : measure_memory(files, other, name, function, text)) memories.push_back(std::move(memory));
  }

  Json rows = Json::array(), memory_rows = Json::array();
  std::printf("\n%-72s %12s %12s %8s %6s\n", "", "Ingot us", "Extism us", "factor", "aim");
  for (const Pair& pair : pairs) {
    std::printf("  %-70s %12.3f %12.3f %7.1fx %5.0fx  %s\n", pair.name.c_str(), pair.ours.median(), pair.theirs.median(), pair.factor(), pair.aim, pair.factor() >= pair.aim ? "reached" : "MISSED");
    rows.push_back({{"name", pair.name}, {"ingot", json_of(pair.ours)}, {"extism", json_of(pair.theirs)}, {"factor", pair.factor()}, {"aim", pair.aim}, {"reached", pair.factor() >= pair.aim}});
  }
  for (const bench::Samples* row : {&waking, &resting}) std::printf("  %-70s %12.3f\n", row->name().c_str(), row->median());
  std::printf("\n%-72s %12s %12s\n", "", "Ingot KiB", "Extism KiB");
  for (const Memory& memory : memories) {
    const double factor = memory.factor();
    std::printf("  %-70s %12.1f %12.1f %7.1fx %5.0fx  %s\n", memory.name.c_str(), memory.ours_kib, memory.theirs_kib, factor, 10.0, factor >= 10 ? "reached" : "MISSED");
    memory_rows.push_back({{"name", memory.name}, {"ingot_kib", memory.ours_kib}, {"extism_kib", memory.theirs_kib}, {"factor", factor}, {"aim", 10}, {"reached", factor >= 10}});
  }
  const Json report{
      {"command", "scripts/bench plugin"},
      {"machine", {{"cpu", machine.cpu}, {"cores", machine.cores}, {"kernel", machine.kernel}, {"load_before", machine.load}}},
      {"extism", other.version()},
      {"conditions", "release build; one process, both sides in turns; files in the page cache; calls are timed a hundred at once"},
      {"times", rows},
      {"rest", {{waking.name(), json_of(waking)}, {resting.name(), json_of(resting)}}},
      {"memory", memory_rows},
  };
  std::ofstream stream(argv[5]);
  stream << report.dump(2) << "\n";
  stream.close();
  if (!stream) bench::fail(std::string("cannot write ") + argv[5]);
  return 0;
}
