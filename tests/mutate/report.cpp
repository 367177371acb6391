// SPDX-License-Identifier: Apache-2.0
#include "report.hpp"

#include <cctype>
#include <cstdio>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

namespace ingot::mutate {
namespace {

using Json = nlohmann::json;
constexpr std::size_t listed_max = 40;

const char* name_of(Ending ending) {
  switch (ending) {
    case Ending::not_run: return "not run";
    case Ending::accepted: return "accepted";
    case Ending::refused: return "refused";
    case Ending::wrong_code: return "wrong code";
    case Ending::crashed: return "crashed";
    case Ending::hung: return "hung";
  }
  return "?";
}

bool passed_validation(const Outcome& outcome) { return outcome.stage >= stage_agree; }

/// The message without its numbers, so that equal reasons are counted together.
std::string kind_of(const Outcome& outcome) {
  std::string kind;
  for (const char c : std::string(outcome.message.data())) {
    const bool digit = std::isdigit(static_cast<unsigned char>(c)) != 0;
    if (digit && !kind.empty() && kind.back() == '#') continue;
    kind += digit ? '#' : static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return kind.substr(0, 160);
}

std::string code_of(const Outcome& outcome) {
  if (outcome.ending == Ending::accepted) return "0";
  if (outcome.ending == Ending::crashed) return "signal " + std::to_string(outcome.signal);
  return outcome.ending == Ending::hung ? "-" : std::to_string(outcome.exit_code);
}

}  // namespace

bool is_bad(const Outcome& outcome) {
  const bool clean = outcome.ending == Ending::accepted || outcome.ending == Ending::refused;
  return !clean || outcome.left_files || outcome.disputed;
}

bool is_remarkable(const Outcome& outcome) { return outcome.ending == Ending::refused && outcome.stage > stage_agree; }

bool report(const Run& run, std::span<const Outcome> outcomes, unsigned valid_share_min, const std::string& json_path) {
  std::map<std::string, std::size_t> rows, kinds;
  std::size_t valid = 0, full = 0, bad = 0, compiled = 0;
  Json cases = Json::array();
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const Outcome& outcome = outcomes[i];
    valid += passed_validation(outcome);
    full += outcome.full && passed_validation(outcome);
    compiled += outcome.full && outcome.ending == Ending::accepted;
    bad += is_bad(outcome);
    char row[120];
    std::snprintf(row, sizeof row, "%-11s %-10s exit %-10s %s", stages[outcome.stage], name_of(outcome.ending), code_of(outcome).c_str(), outcome.code.data());
    ++rows[row];
    if (is_remarkable(outcome)) ++kinds[kind_of(outcome)];
    if (is_bad(outcome) || is_remarkable(outcome)) {
      cases.push_back({{"mutant", i}, {"ending", name_of(outcome.ending)}, {"stage", stages[outcome.stage]}, {"exit", code_of(outcome)},
                       {"code", outcome.code.data()}, {"message", outcome.message.data()}, {"left_files", outcome.left_files},
                       {"disputed", outcome.disputed}, {"changes", run.changes[i]}});
    }
  }
  const double share = outcomes.empty() ? 0 : 100.0 * static_cast<double>(valid) / static_cast<double>(outcomes.size());
  std::printf("mutants            %zu, of %zu seed modules, seed %llu\n", outcomes.size(), run.seed_modules, static_cast<unsigned long long>(run.seed));
  std::printf("passed validation  %zu (%.1f %%; at least %u %% wanted)\n", valid, share, valid_share_min);
  std::printf("  of these         %zu went the whole road, %zu of them to a bundle; the others as far as the C compiler's front end\n", full, compiled);
  std::printf("took               %.0f s\n\nstage reached, ending\n", run.seconds);
  Json table = Json::object();
  for (const auto& [row, count] : rows) std::printf("%8zu  %s\n", count, row.c_str()), table[row] = count;
  if (!kinds.empty()) std::printf("\nvalid modules that were refused after validation\n");
  for (const auto& [kind, count] : kinds) std::printf("%8zu  %s\n", count, kind.c_str());
  std::size_t listed = 0;
  for (const Json& item : cases) {
    const bool is_of_note = item["ending"] != "refused" || item["left_files"] == true || item["disputed"] == true;
    if (!is_of_note || listed++ >= listed_max) continue;
    std::printf("\nmutant %zu: %s at %s%s%s\n  %s\n  %s\n", item["mutant"].get<std::size_t>(), item["ending"].get<std::string>().c_str(),
                item["stage"].get<std::string>().c_str(), item["left_files"] == true ? ", left files behind" : "",
                item["disputed"] == true ? ", but wasm-validate calls it valid" : "", item["message"].get<std::string>().c_str(),
                item["changes"].get<std::string>().c_str());
  }
  const bool passed = bad == 0 && share >= valid_share_min;
  if (!json_path.empty()) {
    const Json all{{"seed", run.seed},   {"mutants", outcomes.size()}, {"seed_modules", run.seed_modules}, {"valid", valid}, {"valid_percent", share},
                   {"full", full},       {"bundles", compiled},        {"seconds", run.seconds},           {"outcomes", table}, {"refused_after_validation", kinds},
                   {"cases", cases},     {"bad", bad},                 {"passed", passed}};
    std::ofstream(json_path) << all.dump(1, ' ', false, Json::error_handler_t::replace) << "\n";
  }
  std::printf("\n%zu passed, %zu failed\n", outcomes.size() - bad, bad + (share >= valid_share_min ? 0 : 1));
  return passed;
}

}  // namespace ingot::mutate
