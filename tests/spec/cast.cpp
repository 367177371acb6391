// SPDX-License-Identifier: Apache-2.0
//
// Casts many modules through the whole compiler, on all cores, each distinct one once, and remembers the results.
//
//   spec_cast STORE < jobs.json > results.json
//
// jobs:    [{"wasm":PATH, "features":[NAME...], "mode":"build"|"check"}...]; features are all that stands beyond core 2.0
// results: in the order of the jobs, {"key":HEX, "ok":true} or {"key":HEX, "ok":false, "code":NAME, "exit":N, "message":TEXT}
//
// STORE/KEY.json holds a result, STORE/KEY.ingot the bundle of one that was built for x86-64-v2 and -v3, unsigned, at release flags. The key
// is the digest of this program (and so of the compiler with all its flags and embedded headers), the tools' versions, the features, the mode and
// the module. STORE/objects/ keeps the objects, so that a change elsewhere in the compiler does not cost all of clang again.

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "pipeline.hpp"
#include "process/files.hpp"
#include "native/toolchain.hpp"

namespace {

using Json = nlohmann::json;
using namespace ingot;
using namespace ingot::compiler;
namespace fs = std::filesystem;

constexpr std::uint64_t file_bytes_max = 1 << 30;

[[noreturn]] void fail(const std::string& what) {
  std::fprintf(stderr, "spec_cast: %s\n", what.c_str());
  std::exit(1);
}

struct Job {
  std::string wasm;
  Features features;
  bool check_only = false;
  std::string key;
};

std::string hash_of(const std::string& text) { return format::hex(format::sha256(process::bytes_of(text))); }

/// The dev tier instead of release, for x86-64-v3 alone.
bool is_dev() {
  const char* optimisation = std::getenv("INGOT_SPEC_OPTIMISATION");
  return optimisation != nullptr && std::string_view(optimisation) == "dev";
}

/// What every result depends on, whatever the module.
std::string tools_digest(const native::Toolchain& tools) {
  const auto self = process::read_file("/proc/self/exe", file_bytes_max);
  if (!self.ok()) fail(self.error().message);
  std::string codegen;
  if (tools.has_codegen()) {
    const auto program = process::read_file(tools.codegen_command("/").arguments.front(), file_bytes_max);
    if (!program.ok()) fail(program.error().message);
    codegen = format::hex(format::sha256(*program));
  }
  return format::hex(format::sha256(*self)) + (is_dev() ? "/dev/" : "/") + tools.wabt().version + "/" + tools.clang_version() + "/" + tools.lld_version() + "/" +
         codegen;
}

std::vector<Job> read_jobs(const std::string& tools) {
  std::vector<Job> jobs;
  const Json list = Json::parse(std::cin);
  for (const Json& item : list) {
    Job job;
    job.wasm = item.at("wasm");
    job.check_only = item.at("mode") == "check";
    std::string features;
    for (const std::string& name : feature_names()) set_feature(job.features, name, false);
    for (const Json& name : item.at("features")) {
      if (!set_feature(job.features, name.get<std::string>(), true)) fail("no feature " + name.dump());
      features += name.get<std::string>() + " ";
    }
    const auto bytes = process::read_file(job.wasm, file_bytes_max);
    if (!bytes.ok()) fail(bytes.error().message);
    job.key = hash_of(tools + "/" + features + (job.check_only ? "/check/" : "/build/") + format::hex(format::sha256(*bytes)));
    jobs.push_back(std::move(job));
  }
  return jobs;
}

void write(const std::string& path, format::ByteView bytes) {
  const auto written = process::write_file(path, bytes);
  if (!written.ok()) fail(written.error().message);
}

void cast(const Job& job, const std::string& store, const native::Toolchain& tools) {
  Request request;
  request.input = job.wasm;
  request.contract = ContractChoice::none;
  if (is_dev()) request.targets = {"x86-64-v3"};
  else request.targets = {"x86-64-v2", "x86-64-v3"};
  request.features = job.features;
  request.optimisation = is_dev() ? Optimisation::dev : Optimisation::release;
  request.check_only = job.check_only;
  request.toolchain = &tools;
  request.object_cache = store + "/objects";
  const auto built = compiler::build(request);
  Json result{{"key", job.key}, {"ok", built.ok()}};
  if (built.ok()) {
    if (*built) write(store + "/" + job.key + ".ingot", (*built)->bytes());
  } else {
    result["code"] = error_code_name(built.error().code);
    result["exit"] = exit_code_for(built.error().code);
    result["message"] = built.error().message;
  }
  write(store + "/" + job.key + ".json", process::bytes_of(result.dump(-1, ' ', false, Json::error_handler_t::replace)));
}

/// Worker processes, not threads: the compiler starts its programs from one thread of a process only.
void cast_all(const std::vector<const Job*>& jobs, const std::string& store, const native::Toolchain& tools) {
  void* shared = mmap(nullptr, sizeof(std::atomic<std::size_t>), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) fail("cannot map a counter");
  auto* next = new (shared) std::atomic<std::size_t>(0);
  std::vector<pid_t> workers;
  for (unsigned i = 0; i < std::max(1u, std::thread::hardware_concurrency()); ++i) {
    const pid_t pid = fork();
    if (pid < 0) fail("cannot fork");
    if (pid == 0) {
      for (std::size_t at = (*next)++; at < jobs.size(); at = (*next)++) cast(*jobs[at], store, tools);
      std::_Exit(0);
    }
    workers.push_back(pid);
  }
  for (const pid_t pid : workers) {
    int status = 0;
    if (waitpid(pid, &status, 0) != pid || status != 0) fail("a worker failed");
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) fail("usage: spec_cast STORE < jobs.json > results.json");
  const std::string store = argv[1];
  fs::create_directories(store + "/objects");
  const auto tools = native::find_toolchain();
  if (!tools.ok()) fail(tools.error().message);
  const std::vector<Job> jobs = read_jobs(tools_digest(*tools));

  std::set<std::string> seen;
  std::vector<const Job*> missing;
  for (const Job& job : jobs) {
    if (seen.insert(job.key).second && !fs::exists(store + "/" + job.key + ".json")) missing.push_back(&job);
  }
  std::fprintf(stderr, "spec_cast: %zu modules, %zu distinct, %zu to do\n", jobs.size(), seen.size(), missing.size());
  cast_all(missing, store, *tools);

  Json results = Json::array();
  for (const Job& job : jobs) {
    const auto text = process::read_file(store + "/" + job.key + ".json", file_bytes_max);
    if (!text.ok()) fail("no result for " + job.wasm);
    results.push_back(Json::parse(process::text_of(*text)));
  }
  std::printf("%s\n", results.dump().c_str());
  return 0;
}
