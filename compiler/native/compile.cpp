// SPDX-License-Identifier: Apache-2.0
#include "native/compile.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <set>
#include <sstream>
#include <thread>

#include "limits.hpp"
#include "native/flags.hpp"
#include "native/front/divide.hpp"
#include "native/object_cache.hpp"
#include "process/child.hpp"
#include "process/files.hpp"
#include "process/usage.hpp"
#include "workshop.hpp"

namespace ingot::compiler::native {
namespace {

namespace fs = std::filesystem;
constexpr std::uint64_t names_bytes_max = 64 * limits::MiB;
constexpr std::string_view rest_folder = "rest/";  // in that of the sources: of parts from which functions were taken

bool uses_simde(const CompleteC& source) {
  return std::any_of(source.files().begin(), source.files().end(), [](const auto& file) {
    return (file.first.ends_with(".c") || file.first.ends_with(".h")) && file.second.find("#include <simde/") != std::string::npos;
  });
}

Result<std::string> write_sources(const CompleteC& source, const Workshop& workshop) {
  INGOT_TRY(const std::string folder, workshop.scratch().folder("source"));
  std::error_code error;
  for (const auto& [name, text] : source.files()) {
    const fs::path path = fs::path(folder) / name;
    fs::create_directories(path.parent_path(), error);
    INGOT_TRY_VOID(process::write_scratch(path, process::bytes_of(text)));
  }
  if (!uses_simde(source)) return folder;
  const std::string& parent = workshop.toolchain().simde_parent();
  if (parent.empty()) return Error{ErrorCode::toolchain, "this module uses SIMD and simde's headers are not installed; run scripts/setup"};
  // A link, so that the compiler sees simde/ and nothing else of /usr/include; in a folder that is searched after our own, whose
  // simde/wasm/simd128.h stands before simde's.
  fs::create_directories(fs::path(folder) / "system", error);
  fs::create_directory_symlink(fs::path(parent) / "simde", fs::path(folder) / "system/simde", error);
  if (error) return Error{ErrorCode::io, folder + ": " + error.message()};
  return folder;
}

/// What one run of clang on this much C may take in memory. An estimate for planning; the hard limit is the confinement's.
std::uint64_t expected_bytes(std::uint64_t source_bytes) { return 256 * limits::MiB + source_bytes * 200; }

/// What the jobs may take together: three quarters of what is available now, so that the rest of the machine keeps working; and no more than
/// the build's budget has left beside what we use ourselves.
std::uint64_t memory_for_jobs(const process::Budget& budget) {
  const std::uint64_t own = budget.limits_memory() ? process::own_memory_bytes() : 0;
  const std::uint64_t allowed = budget.memory_bytes_max() - std::min(own, budget.memory_bytes_max());
  std::ifstream file("/proc/meminfo");
  for (std::string line; std::getline(file, line);) {
    constexpr const char* label = "MemAvailable:";
    if (line.starts_with(label)) return std::min<std::uint64_t>(allowed, std::strtoull(line.c_str() + std::char_traits<char>::length(label), nullptr, 10) * limits::KiB / 4 * 3);
  }
  return std::min<std::uint64_t>(allowed, 2 * limits::GiB);
}

process::Command clang_on(const std::string& name, std::uint64_t source_bytes, const std::string& folder, const std::vector<std::string>& flags,
                          const std::string& output, const Workshop& workshop) {
  process::Command command = workshop.toolchain().clang_command(workshop.scratch().path());
  command.arguments.insert(command.arguments.end(), flags.begin(), flags.end());
  command.arguments.insert(command.arguments.end(), {"-o", output, "-c", name});
  command.folder = folder;
  command.expected_bytes = expected_bytes(source_bytes);
  return command;
}

/// Where the guest has no lines, line tables still say which function was inlined into which. The dev tier inlines none, and our own code generator
/// none when it is told of no lines. That it is for modules in several parts: calls within a part are few then, and what a guest's own compiler left as
/// a call is rarely worth inlining (in four of resvg's eight parts clang does it at 40 places), while the tables cost a tenth of the time.
Lines lines_for(const CompleteC& source, Optimisation optimisation, bool in_two_steps) {
  if (!source.agreed().lines().rows.empty()) return Lines::tables;
  if (optimisation != Optimisation::release) return Lines::none;
  return in_two_steps && source.files().contains("m-impl.h") ? Lines::none : Lines::tables;
}

std::string complaint(const process::Command& command, const process::Outcome& outcome) {
  const std::string& text = outcome.messages;
  std::size_t begin = text.find("error:");
  begin = begin == std::string::npos ? 0 : text.rfind('\n', begin) + 1;
  std::string_view file = command.arguments.back();
  if (file.starts_with(rest_folder)) file.remove_prefix(rest_folder.size());
  return "the compiler failed on " + std::string(file) + ": " + outcome.ending() + ". " + text.substr(begin, 1000);
}

/// Programs that run one after the other, because each reads what the one before wrote.
using Chain = std::vector<process::Command>;

/// Runs them, the largest first: one that starts last and runs alone would cost the whole build its time. Refuses when one fails.
Result<void> run_compilers(std::vector<Chain> chains, const Request& request, const Workshop& workshop, const char* phase) {
  const auto largest = [](const Chain& chain) {
    return std::max_element(chain.begin(), chain.end(), [](const auto& a, const auto& b) { return a.expected_bytes < b.expected_bytes; })->expected_bytes;
  };
  std::sort(chains.begin(), chains.end(), [&](const Chain& a, const Chain& b) {
    const std::uint64_t first = largest(a), other = largest(b);
    return first != other ? first > other : a.front().arguments < b.front().arguments;
  });
  std::vector<process::Command> commands;
  for (Chain& chain : chains) {
    for (std::size_t i = 0; i < chain.size(); ++i) {
      if (i > 0) chain[i].after = commands.size() - 1;
      commands.push_back(std::move(chain[i]));
    }
  }
  const std::size_t jobs = request.jobs != 0 ? request.jobs : std::max(1u, std::thread::hardware_concurrency());
  if (commands.empty()) return {};
  workshop.report(phase, 0, commands.size());
  const auto on_done = [&](std::size_t done) { workshop.report(phase, done, commands.size()); };
  INGOT_TRY(const std::vector<process::Outcome> outcomes, process::run_all(commands, jobs, on_done, memory_for_jobs(workshop.budget()), workshop.budget()));
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const bool ran = outcomes[i].exit_code >= 0 || outcomes[i].signal != 0;
    if (ran && !outcomes[i].succeeded()) return Error{ErrorCode::toolchain, complaint(commands[i], outcomes[i])};
  }
  return {};
}

/// A C file whose functions our own front end reads, or tries to.
struct Divided {
  std::string name;
  std::string functions, unread;  ///< paths
  std::vector<std::string> front_flags;
  std::vector<std::string> objects;  ///< "x86-64-v2=PATH"
  int rounds = 0;                    ///< how often it had to be done again
};

using Names = std::set<std::string, std::less<>>;

Names lines_of(const std::string& text) {
  Names names;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) names.insert(line);
  return names;
}

std::string digest_of(const DividedPart& pieces) { return format::hex(format::sha256(process::bytes_of(pieces.rest + '\0' + pieces.functions))); }

/// Which programs have to run for which objects.
struct Plan {
  std::vector<std::string> flags;
  std::vector<Objects::Target> targets;
  std::vector<Chain> chains;
  std::vector<Divided> divided;
  std::vector<std::pair<std::string, std::string>> fresh;  ///< what will be made: place in the cache, object

  static Result<Plan> make(const CompleteC& source, const std::string& folder, const Request& request, const Workshop& workshop) {
    // At the release tier the guest's code goes through a front end once, whatever the number of levels, and from there to our optimiser. What has no
    // places of the guest's to keep, our own front end reads, at both tiers. The rest, which is small or not worth optimising, clang does alone.
    const bool has_codegen = workshop.toolchain().has_codegen();
    const bool optimises = request.optimisation == Optimisation::release;
    const Lines lines = lines_for(source, request.optimisation, optimises && has_codegen);
    const bool divides = has_codegen && lines == Lines::none && request.optimisation != Optimisation::debug;
    Plan plan;
    plan.folder = folder;
    plan.flags = compile_flags(request.optimisation, lines, workshop.toolchain().clang_version());
    for (const std::string& level : request.targets) {
      INGOT_TRY_VOID(workshop.scratch().folder("objects/" + level));
      plan.targets.push_back({level, {}});
    }
    INGOT_TRY(plan.bitcode, workshop.scratch().folder("bitcode"));
    INGOT_TRY(plan.parts, workshop.scratch().folder("parts"));
    if (divides) INGOT_TRY_VOID(workshop.scratch().folder("source/" + std::string(rest_folder)));
    const ObjectCache cache(request.object_cache, workshop);
    for (const auto& [name, text] : source.files()) {
      if (!name.ends_with(".c") && !name.ends_with(".s")) continue;
      const bool is_part = name.ends_with(".c") && name != "memory.c" && name != "shim.c";
      if (is_part && divides) {
        INGOT_TRY_VOID(plan.add_for_all(source, name, true, cache, request, workshop));
      } else if (optimises && has_codegen && name.ends_with(".c") && name != "memory.c") {
        INGOT_TRY_VOID(plan.add_for_all(source, name, false, cache, request, workshop));
      } else {
        plan.add_for_each(source, name, cache, workshop);
      }
    }
    return plan;
  }

  /// After the chains have run: those for the parts in which our front end could not read everything. The second time clang reads those functions too;
  /// should something stay unread even so, it reads the whole part.
  Result<std::vector<Chain>> next_round(const CompleteC& source, const Request& request, const Workshop& workshop) {
    std::vector<Chain> again;
    for (Divided& part : divided) {
      std::error_code error;
      if (!fs::exists(part.unread, error)) continue;
      // A confined program wrote it, and it had what a module's author wrote in its hands.
      const auto names = process::read_file(part.unread, names_bytes_max);
      for (const std::string& path : {part.unread, part.functions, rest_of(part)}) fs::remove(path, error);
      if (part.rounds++ > 0 || !names.ok()) part.functions.clear();
      INGOT_TRY(Chain chain, chain_of(part, source.files().at(part.name), names.ok() ? lines_of(std::string(process::text_of(*names))) : Names(), request, workshop));
      again.push_back(std::move(chain));
    }
    return again;
  }

 private:
  /// The object's path, if it has to be made.
  std::optional<std::string> wanted(const CompleteC& source, const std::string& name, Objects::Target& target, const std::vector<std::string>& key,
                                    const ObjectCache& cache, const Workshop& workshop) {
    const std::string object = workshop.scratch().path() + "/objects/" + target.level + "/" + name + ".o";
    target.files.push_back(object);
    const std::string place = cache.place(source.files(), name, key);
    if (ObjectCache::fetch(place, object)) return std::nullopt;
    fresh.emplace_back(place, object);
    return object;
  }

  /// From C to the object, by clang, once a level.
  void add_for_each(const CompleteC& source, const std::string& name, const ObjectCache& cache, const Workshop& workshop) {
    for (Objects::Target& target : targets) {
      std::vector<std::string> own_flags = flags;
      own_flags.push_back("-march=" + target.level);
      if (name == "memory.c") {
        for (std::string& flag : memory_flags()) own_flags.push_back(std::move(flag));
      }
      const auto object = wanted(source, name, target, own_flags, cache, workshop);
      if (object) chains.push_back({clang_on(name, source.files().at(name).size(), folder, own_flags, *object, workshop)});
    }
  }

  /// From C to bitcode by clang and maybe our own front end, for the lowest level; from there to the objects of all levels by our own code generator.
  Result<void> add_for_all(const CompleteC& source, const std::string& name, bool divides, const ObjectCache& cache, const Request& request,
                           const Workshop& workshop) {
    Divided part;
    part.name = name;
    part.front_flags = flags;
    part.front_flags.push_back("-march=" + front_level());
    for (std::string& flag : front_end_flags()) part.front_flags.push_back(std::move(flag));
    for (Objects::Target& target : targets) {
      std::vector<std::string> key = part.front_flags;
      key.push_back("for " + target.level);
      if (divides && cache.is_on()) key.push_back("divided " + digest_of(divide(source.files().at(name), {})));
      if (const auto object = wanted(source, name, target, key, cache, workshop)) part.objects.push_back(target.level + "=" + *object);
    }
    if (part.objects.empty()) return {};
    if (divides) {
      part.functions = parts + "/" + name + ".functions";
      part.unread = parts + "/" + name + ".unread";
    }
    INGOT_TRY(Chain chain, chain_of(part, source.files().at(name), {}, request, workshop));
    chains.push_back(std::move(chain));
    if (divides) divided.push_back(std::move(part));
    return {};
  }

  Result<Chain> chain_of(const Divided& part, const std::string& text, const Names& for_clang, const Request& request,
                         const Workshop& workshop) const {
    process::Command generates = workshop.toolchain().codegen_command(workshop.scratch().path());
    if (request.optimisation != Optimisation::release) generates.arguments.emplace_back("--unoptimised");
    std::string file = part.name;
    std::uint64_t bytes_for_clang = text.size();
    if (!part.functions.empty()) {
      const DividedPart pieces = divide(text, for_clang);
      file = std::string(rest_folder) + part.name;
      bytes_for_clang = pieces.rest.size();
      INGOT_TRY_VOID(process::write_scratch(rest_of(part), process::bytes_of(pieces.rest)));
      if (!pieces.functions.empty()) {
        INGOT_TRY_VOID(process::write_scratch(part.functions, process::bytes_of(pieces.functions)));
        generates.arguments.insert(generates.arguments.end(), {"--functions", part.functions, "--unread", part.unread});
      }
    }
    const std::string bits = bitcode + "/" + part.name + ".bc";
    generates.arguments.insert(generates.arguments.end(), {bits, front_level()});
    generates.arguments.insert(generates.arguments.end(), part.objects.begin(), part.objects.end());
    generates.folder = folder;
    generates.expected_bytes = expected_bytes(text.size());
    process::Command reads = clang_on(file, bytes_for_clang, folder, part.front_flags, bits, workshop);
    return Chain{std::move(reads), std::move(generates)};
  }

  std::string rest_of(const Divided& part) const { return folder + "/" + std::string(rest_folder) + part.name; }

  const std::string& front_level() const {
    return std::min_element(targets.begin(), targets.end(), [](const auto& a, const auto& b) { return a.level < b.level; })->level;
  }

  std::string folder;   ///< of the C
  std::string bitcode;  ///< a folder
  std::string parts;    ///< a folder for what is taken out of the C
};

}  // namespace

Result<void> check(CompleteC source, const Request& request, const Workshop& workshop) {
  INGOT_TRY(const std::string folder, write_sources(source, workshop));
  std::vector<Chain> chains;
  for (const auto& [name, text] : source.files()) {
    if (!name.ends_with(".c") || name == "memory.c") continue;  // memory.c is ours alone
    process::Command command = workshop.toolchain().clang_command(workshop.scratch().path());
    for (std::string& flag : compile_flags(request.optimisation, Lines::none, workshop.toolchain().clang_version())) command.arguments.push_back(std::move(flag));
    command.arguments.insert(command.arguments.end(), {"-march=" + request.targets.front(), "-fsyntax-only", name});
    command.folder = folder;
    command.expected_bytes = expected_bytes(text.size());
    chains.push_back({std::move(command)});
  }
  return run_compilers(std::move(chains), request, workshop, "check");
}

Result<Objects> compile(CompleteC source, const Request& request, const Workshop& workshop) {
  INGOT_TRY(const std::string folder, write_sources(source, workshop));
  INGOT_TRY(Plan plan, Plan::make(source, folder, request, workshop));
  INGOT_TRY_VOID(run_compilers(std::move(plan.chains), request, workshop, "compile"));
  for (int round = 0; round < 2; ++round) {
    INGOT_TRY(std::vector<Chain> again, plan.next_round(source, request, workshop));
    INGOT_TRY_VOID(run_compilers(std::move(again), request, workshop, "compile"));
  }
  for (const auto& [place, object] : plan.fresh) ObjectCache::keep(place, object);
  const bool for_debugger = request.optimisation == Optimisation::debug;
  return Objects(source.agreed(), std::move(plan.targets), {plan.flags, memory_flags(), link_flags(for_debugger), uses_simde(source)}, for_debugger);
}

}  // namespace ingot::compiler::native
