// SPDX-License-Identifier: Apache-2.0
//
// Changes modules at random and drives what comes out through the compiler.
//
//   ingot_mutate --work DIR [--count N] [--seed N] [--jobs N] [--full-every N] [--release-every N] [--seconds N] [--valid-min PERCENT]
//                [--json FILE] [--only INDEX] GROUP...
//
// A GROUP is a folder; the .wasm files below it are seed modules. Each group gives as many mutants as another, small modules in it more than
// large ones. Mutant I of seed S is the same in every run with the same groups. DIR is made, and holds afterwards only DIR/cases: the mutants
// that the report lists, as INDEX.wasm. An interrupt ends the run early, with a report of what ran. --only makes one mutant, writes it there and runs it alone.

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <new>
#include <thread>

#include "mutator.hpp"
#include "native/toolchain.hpp"
#include "process/files.hpp"
#include "report.hpp"

namespace {

using namespace ingot;
using namespace ingot::mutate;
namespace fs = std::filesystem;
namespace process = compiler::process;

constexpr std::uint64_t seed_bytes_max = 512 * 1024;
constexpr double size_scale = 4096;  // a module of this size is picked half as often as an empty one

struct Options {
  std::string work, json;
  std::vector<std::string> groups;
  std::size_t count = 20'000;
  std::uint64_t seed = 1;
  std::size_t jobs = std::max(1u, std::thread::hardware_concurrency());
  std::size_t full_every = 4;
  std::size_t release_every = 40;
  unsigned seconds = 120;
  unsigned valid_min = 30;
  std::size_t only = SIZE_MAX;
};

[[noreturn]] void fail(const std::string& what) {
  std::fprintf(stderr, "ingot_mutate: %s\n", what.c_str());
  std::exit(2);
}

Options parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (!word.starts_with("--")) {
      options.groups.push_back(word);
      continue;
    }
    if (++i == argc) fail(word + " needs a value");
    const std::string value = argv[i];
    if (word == "--work") {
      options.work = fs::absolute(value);
      continue;
    }
    if (word == "--json") {
      options.json = value;
      continue;
    }
    char* end = nullptr;
    const unsigned long long number = std::strtoull(value.c_str(), &end, 10);
    if (value.empty() || *end != 0) fail(word + ": not a number: " + value);
    if (word == "--count") options.count = number;
    else if (word == "--seed") options.seed = number;
    else if (word == "--jobs") options.jobs = std::max<std::size_t>(1, number);
    else if (word == "--full-every") options.full_every = std::max<std::size_t>(1, number);
    else if (word == "--release-every") options.release_every = std::max<std::size_t>(1, number);
    else if (word == "--seconds") options.seconds = static_cast<unsigned>(number);
    else if (word == "--valid-min") options.valid_min = static_cast<unsigned>(number);
    else if (word == "--only") options.only = number;
    else fail("unknown option " + word);
  }
  if (options.work.empty() || options.groups.empty()) fail("--work and at least one GROUP are needed");
  return options;
}

struct SeedModule {
  std::string name;
  Bytes bytes;
};

struct Group {
  std::vector<SeedModule> modules;
  std::vector<double> weight_sums;
};

Group read_group(const std::string& folder) {
  std::vector<std::string> paths;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ".wasm" && entry.is_regular_file()) paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());  // the order of a folder is nobody's promise
  Group group;
  for (const std::string& path : paths) {
    auto bytes = process::read_file(path, seed_bytes_max);
    if (!bytes.ok() || bytes->size() < 8) continue;
    const double weight = 1 / (1 + static_cast<double>(bytes->size()) / size_scale);
    group.weight_sums.push_back(weight + (group.weight_sums.empty() ? 0 : group.weight_sums.back()));
    group.modules.push_back({fs::path(path).lexically_relative(folder), std::move(*bytes)});
  }
  return group;
}

struct Made {
  Mutant mutant;
  Plan plan;
};

Made make(const std::vector<Group>& groups, const Options& options, std::size_t index) {
  Random random(options.seed, index);
  const Group& group = random.pick(groups);
  const double at = static_cast<double>(random.below(1u << 30)) / (1u << 30) * group.weight_sums.back();
  const auto found = std::upper_bound(group.weight_sums.begin(), group.weight_sums.end(), at);
  const SeedModule& seed = group.modules[static_cast<std::size_t>(found - group.weight_sums.begin())];
  Made made{mutate::mutate(seed.bytes, random), {}};
  made.mutant.changes = seed.name + ": " + made.mutant.changes;
  made.plan.full = random.one_in(options.full_every);
  made.plan.level = random.one_in(2) ? "x86-64-v2" : "x86-64-v3";
  if (random.one_in(8)) made.plan.contract = compiler::ContractChoice::automatic;
  if (random.one_in(options.release_every)) made.plan.optimisation = compiler::Optimisation::release;
  return made;
}

void work_off(const std::vector<Group>& groups, const Options& options, const compiler::native::Toolchain& tools, std::size_t worker,
              std::atomic<std::size_t>& next, Outcome* outcomes) {
  const std::string folder = options.work + "/worker" + std::to_string(worker);
  const Place place{folder + "/input.wasm", folder + "/tmp"};
  fs::create_directories(place.folder);
  for (std::size_t at = next++; at < options.count; at = next++) {
    const Made made = make(groups, options, at);
    run_trial(made.mutant.bytes, place, made.plan, tools, options.seconds, outcomes[at]);
    if (at > 0 && at % 500 == 0) std::fprintf(stderr, "ingot_mutate: %zu of %zu\n", at, options.count);
  }
  fs::remove_all(folder);
}

void run_workers(const std::vector<Group>& groups, const Options& options, const compiler::native::Toolchain& tools, std::atomic<std::size_t>& next,
                 Outcome* outcomes) {
  std::vector<pid_t> workers;
  for (std::size_t i = 0; i < options.jobs; ++i) {
    const pid_t pid = ::fork();
    if (pid < 0) fail("cannot fork");
    if (pid == 0) {
      work_off(groups, options, tools, i, next, outcomes);
      std::_Exit(0);
    }
    workers.push_back(pid);
  }
  for (const pid_t pid : workers) {
    int status = 0;
    if (::waitpid(pid, &status, 0) != pid || status != 0) fail("a worker failed");
  }
}

std::atomic<std::size_t>* next_index = nullptr;
std::size_t past_the_last = 0;

/// SIGINT and SIGTERM: nobody takes another mutant, and the report is of those that ran.
void stop_early(int) { next_index->store(past_the_last); }

template <typename T>
T* shared(std::size_t count) {
  void* memory = ::mmap(nullptr, count * sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) fail("cannot map memory");
  T* first = static_cast<T*>(memory);
  for (std::size_t i = 0; i < count; ++i) new (first + i) T();
  return first;
}

}  // namespace

int main(int argc, char** argv) {
  Options options = parse(argc, argv);
  const auto tools = compiler::native::find_toolchain();
  if (!tools.ok()) fail(tools.error().message);
  std::vector<Group> groups;
  Run run{options.seed, 0, 0, {}};
  for (const std::string& folder : options.groups) {
    groups.push_back(read_group(folder));
    if (groups.back().modules.empty()) fail("no .wasm file below " + folder);
    run.seed_modules += groups.back().modules.size();
  }
  const std::string cases = options.work + "/cases";
  fs::remove_all(cases);
  fs::create_directories(cases);
  const auto keep = [&](std::size_t index, const Made& made) { (void)process::write_file(cases + "/" + std::to_string(index) + ".wasm", made.mutant.bytes); };

  const auto begin = std::chrono::steady_clock::now();
  auto* next = shared<std::atomic<std::size_t>>(1);
  std::size_t first = 0;
  if (options.only != SIZE_MAX) {
    first = options.only;
    *next = first;
    options.count = first + 1;
    options.jobs = 1;
    keep(first, make(groups, options, first));
  }
  Outcome* outcomes = shared<Outcome>(options.count);
  next_index = next;
  past_the_last = options.count;
  struct sigaction action {};
  action.sa_handler = stop_early;
  action.sa_flags = SA_RESTART;
  for (const int signal : {SIGINT, SIGTERM}) ::sigaction(signal, &action, nullptr);
  run_workers(groups, options, *tools, *next, outcomes);
  run.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();

  while (options.count > first + 1 && outcomes[options.count - 1].ending == Ending::not_run) --options.count;  // stopped early
  for (std::size_t i = first; i < options.count; ++i) {
    const bool of_note = is_bad(outcomes[i]) || is_remarkable(outcomes[i]);
    run.changes.emplace_back();
    if (!of_note) continue;
    const Made made = make(groups, options, i);
    run.changes.back() = made.mutant.changes;
    keep(i, made);
  }
  return report(run, {outcomes + first, options.count - first}, options.only == SIZE_MAX ? options.valid_min : 0, options.json) ? 0 : 1;
}
