// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "cli/cache_command.hpp"
#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/keys.hpp"
#include "limits.hpp"
#include "pipeline.hpp"
#include "process/files.hpp"

namespace ingot::compiler::cli {
namespace {

/// The counter that was asked for, else SOURCE_DATE_EPOCH, else 0. Never the clock: the same input gives the same bytes on any day.
Result<std::uint64_t> rollback_counter(const BuildArguments& arguments) {
  if (arguments.rollback) return *arguments.rollback;
  const char* epoch = std::getenv("SOURCE_DATE_EPOCH");
  if (epoch == nullptr || *epoch == '\0') return std::uint64_t{0};
  char* end = nullptr;
  const unsigned long long value = std::strtoull(epoch, &end, 10);
  if (*end != '\0' || *epoch < '0' || *epoch > '9') return Error{ErrorCode::invalid_argument, "SOURCE_DATE_EPOCH is not a number of seconds"};
  return static_cast<std::uint64_t>(value);
}

ContractChoice contract_of(const std::string& word) {
  if (word == "eerp") return ContractChoice::eerp;
  if (word == "wasi") return ContractChoice::wasi;
  if (word == "extism") return ContractChoice::extism;
  return word == "none" ? ContractChoice::none : ContractChoice::automatic;
}

void report(const BuildArguments& arguments, const std::string& output, const SignedBundle& bundle, double seconds) {
  const format::Bytes& bytes = bundle.bytes();
  const auto view = format::parse_bundle(bytes);
  INGOT_CHECK(view.ok());
  if (!arguments.json) {
    std::fprintf(stderr, "ingotc: wrote %s (%zu bytes, contract %s, %s) %sin %.1f s\n", output.c_str(), bytes.size(),
                 view->manifest.contract.c_str(),
                 view->signatures.empty() ? "unsigned" : ("signed by " + view->signatures.front().key_id).c_str(),
                 bundle.cached() ? "from the cache " : "", seconds);
    return;
  }
  nlohmann::json json{{"output", output},
                      {"bytes", bytes.size()},
                      {"contract", view->manifest.contract},
                      {"name", view->manifest.name},
                      {"seconds", seconds},
                      {"cached", bundle.cached()},
                      {"module_digest", view->manifest.module_digest},
                      {"targets", nlohmann::json::array()},
                      {"signed_by", nlohmann::json::array()}};
  for (const auto& target : view->manifest.targets) json["targets"].push_back({{"level", target.level}, {"object_bytes", target.object_bytes}});
  for (const auto& signature : view->signatures) json["signed_by"].push_back(signature.key_id);
  std::printf("%s\n", json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
}

std::string output_path(const BuildArguments& arguments, const format::Bytes& bytes) {
  if (!arguments.output.empty()) return arguments.output;
  const auto view = format::parse_bundle(bytes);
  INGOT_CHECK(view.ok());
  std::string name = view->manifest.name;
  for (char& c : name) {
    if (c == '/' || c == '\0') c = '_';
  }
  return name + ".ingot";
}

}  // namespace

Result<void> build_module(const BuildArguments& arguments) {
  const auto begin = std::chrono::steady_clock::now();
  Request request;
  request.input = arguments.input;
  request.contract = contract_of(arguments.contract);
  request.targets = arguments.targets.empty() ? std::vector<std::string>{"x86-64-v2", "x86-64-v3"} : arguments.targets;
  for (const std::string& name : arguments.features) INGOT_CHECK(set_feature(request.features, name, true));
  for (const std::string& name : arguments.no_features) INGOT_CHECK(set_feature(request.features, name, false));
  request.optimisation = arguments.optimisation == "dev" ? Optimisation::dev : Optimisation::release;
  if (arguments.debug) request.optimisation = Optimisation::debug;
  request.check_only = arguments.check_only;
  request.progress = terminal_progress();
  request.jobs = arguments.jobs;
  request.budget = process::Budget(arguments.seconds_max, arguments.memory_mib_max * limits::MiB);
  INGOT_TRY(request.rollback, rollback_counter(arguments));
  DeveloperKey chosen;
  if (!arguments.leave_unsigned && !arguments.check_only) {
    if (arguments.key.empty()) {
      INGOT_TRY(chosen, developer_key());
    } else {
      INGOT_TRY(chosen.key, read_private_key(arguments.key));
    }
    request.key = &chosen.key;
  }
  const bool with_cache = !arguments.no_cache && !arguments.check_only;
  std::optional<cache::Store> store = with_cache ? open_cache(arguments.cache_dir) : std::optional<cache::Store>();
  request.cache = store ? &*store : nullptr;
  INGOT_TRY(const auto bundle, compiler::build(request));
  clear_progress();
  if (!bundle) {
    std::fprintf(stderr, "ingotc: %s can be built\n", arguments.input.c_str());
    return {};
  }
  const std::string output = output_path(arguments, bundle->bytes());
  INGOT_TRY_VOID(keep(chosen));
  INGOT_TRY_VOID(process::write_file(output, bundle->bytes()));
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  report(arguments, output, *bundle, seconds);
  return {};
}

}  // namespace ingot::compiler::cli
