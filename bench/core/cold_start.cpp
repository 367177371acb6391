// SPDX-License-Identifier: Apache-2.0
#include "core/cold_start.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>

#include "host/eerp/context.hpp"
#include "host/eerp/exports.hpp"
#include "host/eerp/functions.hpp"
#include "host/eerp/module.hpp"
#include "instance/instance.hpp"
#include "instance/text_call.hpp"
#include "limits.hpp"
#include "load/module.hpp"
#include "modules/description.hpp"
#include "sandbox/watchdog.hpp"

namespace ingot::bench {
namespace {

namespace eerp = host::eerp;

// An id that is none: the module reads the request, refuses it and answers, and needs no database for that.
constexpr const char* request =
    R"({"method":"GET","path":"/api/crm/contacts/none","route":"/contacts/{id}","params":{"id":"none"},"query":{},)"
    R"("headers":{"accept":"application/json"},"request_id":"0190a5b0-0000-7000-8000-000000000000","body":null})";

Clock::time_point soon() { return Clock::now() + std::chrono::seconds(10); }

std::string text_of(instance::TextOutcome outcome) {
  if (auto* text = std::get_if<std::string>(&outcome)) return std::move(*text);
  if (auto* trap = std::get_if<sandbox::Trap>(&outcome)) fail("the module " + sandbox::describe_trap(*trap));
  fail(std::get<Error>(outcome).message);
}

/// The shortest way: what `ingot call` does for one function.
std::string once(const std::string& path, const bundle::TrustPolicy& trust, std::uint32_t handler_id, std::vector<Samples>& steps, Samples& total) {
  const auto begin = Clock::now();
  auto verified = must(bundle::open_and_verify(path, trust));
  const auto after_verify = Clock::now();
  const auto functions = must(eerp::resolve_imports(verified.manifest()));
  auto module = must(load::load(std::move(verified)));
  const auto exports = must(eerp::find_exports(*module));
  const auto after_load = Clock::now();
  auto guest = must(instance::Instance::create(module, functions, {limits::memory_quota_bytes_default}));
  eerp::ModuleRights rights;
  rights.name = "crm";
  eerp::RequestScope scope;
  eerp::CallContext context;
  context.rights = &rights;
  context.request = &scope;
  guest->set_host_data(&context);
  const auto after_create = Clock::now();
  std::string answer;
  Clock::time_point after_start, after_call;
  {
    const sandbox::CallScope call_scope(soon());
    if (auto trap = guest->start()) fail("the module " + sandbox::describe_trap(*trap));
    after_start = Clock::now();
    answer = text_of(instance::call_text(*guest, *exports.handle, request, handler_id));
    after_call = Clock::now();
  }
  guest.reset();
  module.reset();
  const auto after_unload = Clock::now();

  const Clock::time_point times[] = {begin, after_verify, after_load, after_create, after_start, after_call, after_unload};
  for (std::size_t step = 0; step < steps.size(); ++step) steps[step].add(times[step + 1] - times[step]);
  total.add(after_call - begin);
  return answer;
}

/// The way of `ingot serve`: with init() and migrate(), the parsing of its text, and a pool.
std::unique_ptr<eerp::Module> as_served(const std::string& path, const bundle::TrustPolicy& trust, const modules::Description& description) {
  eerp::ModuleLimits module_limits;
  module_limits.memory_bytes_max = limits::memory_quota_bytes_default;
  module_limits.instances_max = 4;
  return must(eerp::Module::load(must(bundle::open_and_verify(path, trust)), description, module_limits));
}

std::string handle(eerp::Module& module, std::uint32_t handler_id) {
  eerp::RequestScope scope;
  scope.deadline = soon();
  return text_of(module.handle(handler_id, request, scope));
}

void measure_verify(ColdStart& result, const std::string& path, const bundle::TrustPolicy& trust, std::size_t rounds) {
  result.verify = {Samples("read the file"),          Samples("parse_bundle (manifest JSON, layout)"), Samples("SHA-256 of the signed part + Ed25519"),
                   Samples("SHA-256 of all objects"), Samples("SHA-256 of the whole file")};
  for (std::size_t round = 0; round < rounds; ++round) {
    const auto begin = Clock::now();
    std::ifstream stream(path, std::ios::binary | std::ios::ate);
    format::Bytes bytes(static_cast<std::size_t>(stream.tellg()));
    stream.seekg(0).read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    const auto after_read = Clock::now();
    const auto view = must(format::parse_bundle(bytes));
    const auto after_parse = Clock::now();
    bool vouched = false;
    for (const auto& key : trust.keys) vouched = vouched || format::verify(key.key, view.signatures.at(0), view.signed_bytes);
    if (!vouched) fail(path + ": not signed by the given key");
    const auto after_signature = Clock::now();
    for (const auto& object : view.objects) (void)format::sha256(object.bytes);
    const auto after_objects = Clock::now();
    (void)format::sha256(bytes);
    const Clock::time_point times[] = {begin, after_read, after_parse, after_signature, after_objects, Clock::now()};
    for (std::size_t part = 0; part < result.verify.size(); ++part) result.verify[part].add(times[part + 1] - times[part]);
  }
}

}  // namespace

ColdStart measure_cold_start(const std::string& path, const bundle::TrustPolicy& trust, std::size_t rounds) {
  ColdStart result;
  must(sandbox::start_watchdog());
  const auto description = must(modules::parse_description(must(bundle::open_and_verify(path, trust)).manifest().module_json));
  std::uint32_t handler_id = 0;
  {
    const auto module = as_served(path, trust, description);
    const auto& routes = module->routes();
    const auto route = std::ranges::find_if(routes, [](const auto& item) { return item.method == "GET" && item.path == "/contacts/{id}"; });
    if (route == routes.end()) fail("the bundle has no route GET /contacts/{id}: is it crm?");
    handler_id = route->handler_id;
  }

  result.steps = {Samples("verify (read, parse, signature, digests)"), Samples("load (imports, seal, dlopen)"), Samples("create an instance"),
                  Samples("start (instantiate, _initialize)"),          Samples("handle one request"),          Samples("unload (not in the total)")};
  Samples shortest("file to first answer");
  for (std::size_t round = 0; round < rounds; ++round) result.answer = once(path, trust, handler_id, result.steps, shortest);

  Samples served("the same as served (with init, migrate, pool)");
  Samples next("each further request (fresh instance from the pool)");
  for (std::size_t round = 0; round < rounds; ++round) {
    const auto begin = Clock::now();
    const auto module = as_served(path, trust, description);
    if (handle(*module, handler_id) != result.answer) fail("the two ways answer differently");
    const auto after_first = Clock::now();
    (void)handle(*module, handler_id);
    next.add(Clock::now() - after_first);
    served.add(after_first - begin);
  }
  result.total = {std::move(shortest), std::move(served), std::move(next)};
  measure_verify(result, path, trust, rounds);
  return result;
}

}  // namespace ingot::bench
