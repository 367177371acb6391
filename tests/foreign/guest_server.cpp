// SPDX-License-Identifier: Apache-2.0
//
// Serves bundles to a JavaScript program that believes it uses WebAssembly (replacement.mjs): instantiates them, links them with one another and with
// the program's functions, calls them, and lets the program's functions call back into them, however deep.
//
//   guest_server IN OUT      two named pipes; it ends when IN does

#include <fcntl.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <nlohmann/json.hpp>
#include <optional>

#include "bundle/verify.hpp"
#include "channel.hpp"
#include "instance/instance.hpp"
#include "limits.hpp"
#include "load/module.hpp"
#include "sandbox/enter.hpp"
#include "sandbox/watchdog.hpp"

namespace {

using ingot::foreign::Channel;
using ingot::foreign::give_up;
using ingot::foreign::Message;
using ingot::foreign::Op;
using ingot::format::ExternKind;
using ingot::instance::CallTarget;
using ingot::instance::Instance;
using Json = nlohmann::json;
namespace limits = ingot::limits;

constexpr std::size_t slots_max = 256;  // of one call back into a guest

struct HostFunction {
  std::uint32_t number;
  std::uint32_t params, results;  // slots
};

struct Server {
  Channel channel;
  std::shared_ptr<ingot::instance::Store> store;
  std::vector<std::shared_ptr<const ingot::load::LoadedModule>> modules{};
  std::vector<std::unique_ptr<Instance>> instances{};  // also those whose start trapped: they may have left functions in shared tables
  std::deque<HostFunction> functions{};
};
Server* server = nullptr;

/// The call that a message asks for, or why there is none such.
struct Wanted {
  CallTarget target;
  std::uint32_t results;
};
std::optional<Wanted> wanted(const Message& message) {
  if (message.a >= server->instances.size()) return std::nullopt;
  const Instance& instance = *server->instances[message.a];
  const auto& exports = instance.module().manifest().exports;
  if (message.b >= exports.size() || exports[message.b].kind != ExternKind::function) return std::nullopt;
  const auto& type = exports[message.b].type;
  if (message.slots.size() != ingot::format::slot_count(type.params)) return std::nullopt;
  return Wanted{instance.call_target(static_cast<int>(message.b)), ingot::format::slot_count(type.results)};
}

/// A host function in progress. Trivial: a trap in a call back abandons it.
struct Crossing {
  const HostFunction* function;
  ingot_slot* slots;
  bool asked, calls_back, refused;
  CallTarget target;
  std::uint32_t results;
  ingot_slot call_slots[slots_max];
};

/// On the host's stack: says what happened in the guest, and waits for what to do next.
void converse(void* argument) {
  auto& crossing = *static_cast<Crossing*>(argument);
  if (!crossing.asked) {
    server->channel.send({.op = Op::ask, .a = crossing.function->number, .slots = {crossing.slots, crossing.slots + crossing.function->params}});
    crossing.asked = true;
  } else {
    server->channel.send({.op = Op::done, .slots = {crossing.call_slots, crossing.call_slots + crossing.results}});
  }
  for (;;) {
    const Message message = server->channel.receive();
    crossing.calls_back = message.op == Op::call;
    crossing.refused = message.op == Op::refuse;
    if (crossing.refused) return;
    if (message.op == Op::answer) {
      if (message.slots.size() != crossing.function->results) give_up("wrong number of results");
      std::copy(message.slots.begin(), message.slots.end(), crossing.slots);
      return;
    }
    if (!crossing.calls_back) {
      server->channel.send({.op = Op::failed, .text = "only calls are possible while a host function runs"});
      continue;
    }
    const auto call = wanted(message);
    if (!call || std::max<std::size_t>(call->results, message.slots.size()) > slots_max) give_up("no such function");
    std::copy(message.slots.begin(), message.slots.end(), crossing.call_slots);
    crossing.target = call->target;
    crossing.results = call->results;
    return;
  }
}

std::uint32_t host_function(void* context, ingot_slot* slots) noexcept {
  Crossing crossing;
  crossing.function = static_cast<const HostFunction*>(context);
  crossing.slots = slots;
  crossing.asked = false;
  for (;;) {
    ingot::sandbox::on_host_stack(converse, &crossing);
    if (crossing.refused) return INGOT_TRAP_HOST;
    if (!crossing.calls_back) return 0;
    crossing.target.call(crossing.target.instance, crossing.call_slots);
  }
}

template <typename Item>
Json describe(const Item& item) {
  Json json{{"name", item.name}, {"kind", static_cast<int>(item.kind)}, {"params", item.type.params}, {"results", item.type.results},
            {"value_type", item.value_type}, {"mutable", item.is_mutable}};
  return json;
}

Message load(const Message& message) {
  ingot::bundle::TrustPolicy trust;
  trust.allow_unsigned = true;
  auto verified = ingot::bundle::open_and_verify(message.text, trust);
  if (!verified.ok()) return {.text = verified.error().message};
  auto module = ingot::load::load(std::move(verified).value());
  if (!module.ok()) return {.text = module.error().message};
  server->modules.push_back(std::move(module).value());
  const auto& manifest = server->modules.back()->manifest();
  Json json{{"imports", Json::array()}, {"exports", Json::array()}};
  for (const auto& item : manifest.imports) {
    json["imports"].push_back(describe(item));
    json["imports"].back()["module"] = item.module;
  }
  for (const auto& item : manifest.exports) json["exports"].push_back(describe(item));
  return {.op = Op::done, .a = static_cast<std::uint32_t>(server->modules.size() - 1), .text = json.dump()};
}

Message instantiate(const Message& message) {
  if (message.a >= server->modules.size()) return {.text = "no such module"};
  const auto& module = server->modules[message.a];
  const auto& imports = module->manifest().imports;
  if (message.slots.size() != imports.size() * 2) return {.text = "wrong number of imports"};
  std::vector<ingot::instance::Extern> given;
  for (std::size_t index = 0; index < imports.size(); ++index) {
    const std::uint64_t owner = message.slots[index * 2].i64, what = message.slots[index * 2 + 1].i64;
    if (owner > 0) {
      if (owner > server->instances.size()) return {.text = "no such instance"};
      given.push_back({.owner = server->instances[owner - 1].get(), .export_index = static_cast<int>(what)});
      continue;
    }
    const auto& type = imports[index].type;
    server->functions.push_back({static_cast<std::uint32_t>(what), ingot::format::slot_count(type.params), ingot::format::slot_count(type.results)});
    given.push_back({.function = host_function, .context = &server->functions.back()});
  }
  auto made = Instance::create(module, given, {.memory_bytes_max = 4 * limits::GiB, .survives_traps = true}, server->store);
  if (!made.ok()) return {.text = made.error().message};
  server->instances.push_back(std::move(made).value());
  Instance& instance = *server->instances.back();
  if (auto trap = instance.start()) return {.op = Op::trapped, .text = ingot::sandbox::trap_name(trap->kind)};
  Message answer{.op = Op::done, .a = static_cast<std::uint32_t>(server->instances.size() - 1)};
  const auto& exports = module->manifest().exports;
  for (std::size_t index = 0; index < exports.size(); ++index) {
    if (exports[index].kind != ExternKind::memory) continue;
    auto* memory = static_cast<wasm_rt_memory_t*>(instance.export_address(static_cast<int>(index)));
    answer.slots.push_back({.i64 = index});
    answer.slots.push_back({.i64 = server->channel.watch(memory)});
  }
  return answer;
}

Message call(const Message& message) {
  const auto what = wanted(message);
  if (!what) return {.text = "no such function"};
  std::vector<ingot_slot> slots = message.slots;
  slots.resize(std::max<std::size_t>({slots.size(), what->results, 1}));
  if (auto trap = server->instances[message.a]->call(static_cast<int>(message.b), slots)) {
    return {.op = Op::trapped, .text = std::string(ingot::sandbox::trap_name(trap->kind)) + (trap->detail.empty() ? "" : ": " + trap->detail)};
  }
  slots.resize(what->results);
  return {.op = Op::done, .slots = std::move(slots)};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) give_up("usage: guest_server IN OUT");
  const int in = open(argv[1], O_RDONLY | O_CLOEXEC), out = open(argv[2], O_WRONLY | O_CLOEXEC);
  if (in < 0 || out < 0) give_up("cannot open the pipes");
  if (auto started = ingot::sandbox::start_watchdog(); !started.ok()) give_up(started.error().message);
  auto store = ingot::instance::Store::create();
  if (!store.ok()) give_up(store.error().message);
  Server here{Channel(in, out), std::move(store).value()};
  server = &here;
  const ingot::sandbox::CallScope scope(std::chrono::steady_clock::now() + std::chrono::hours(12));
  for (;;) {
    const Message message = here.channel.receive();
    switch (message.op) {
      case Op::load: here.channel.send(load(message)); break;
      case Op::instantiate: here.channel.send(instantiate(message)); break;
      case Op::call: here.channel.send(call(message)); break;
      default: give_up("a message out of turn");
    }
  }
}
