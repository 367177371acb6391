// SPDX-License-Identifier: Apache-2.0
//
// Replays a script of steps against a bundle and prints what each step gave, one JSON line a step. tests/npm/replay.mjs does the same
// with the module itself on Node's engine; the two outputs must be equal byte for byte.
//
//   replay BUNDLE SCRIPT.json
//
// Steps: {"call":NAME,"args":[...],"save":VAR}  {"write":AT,"text"|"hex":...,"zero":true}  {"read":AT,"len":N}  {"global":NAME,"save":VAR}
//        {"digest":true} (FNV-1a 64 of the whole linear memory). A number may be {"var":NAME,"add":N}. i64 values are decimal strings.
// Imports are stubs, named in the script: "zero" (returns zeros), "record" (zeros, and the arguments are printed), "memcpy" (copies within memory).

#include <bit>
#include <cstdio>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "bundle/verify.hpp"
#include "instance/instance.hpp"
#include "limits.hpp"
#include "load/module.hpp"
#include "sandbox/watchdog.hpp"

namespace {

using Json = nlohmann::ordered_json;
using ingot::format::FunctionType;
namespace limits = ingot::limits;

[[noreturn]] void fail(const std::string& what) {
  std::fprintf(stderr, "replay: %s\n", what.c_str());
  std::exit(1);
}

template <typename T>
T must(ingot::Result<T> result) {
  if (!result.ok()) fail(result.error().message);
  return std::move(result).value();
}

void must(ingot::Result<void> result) {
  if (!result.ok()) fail(result.error().message);
}

struct Machine {
  std::unique_ptr<ingot::instance::Instance> guest;
  std::map<std::string, std::uint64_t> variables;
  const Json* import_stubs = nullptr;
};
Machine machine;

Json show(const ingot_slot& slot, std::uint8_t type) {
  switch (type) {
    case INGOT_TYPE_I32: return static_cast<std::int32_t>(slot.i32);
    case INGOT_TYPE_I64: return std::to_string(static_cast<std::int64_t>(slot.i64));
    case INGOT_TYPE_F32: return "f32:" + std::to_string(std::bit_cast<std::uint32_t>(slot.f32));
    case INGOT_TYPE_F64: return "f64:" + std::to_string(std::bit_cast<std::uint64_t>(slot.f64));
    default: return "?";
  }
}

/// One stub for each imported function: index N looks its own import up in the manifest.
template <std::size_t N>
std::uint32_t stub(void* context, ingot_slot* slots) noexcept {
  auto& guest = *static_cast<ingot::instance::Instance*>(context);
  const auto& import = guest.module().manifest().imports[N];
  const std::string kind = machine.import_stubs->value(import.module + "." + import.name, "zero");
  if (kind == "record") {
    Json line{{"import", import.name}, {"args", Json::array()}};
    for (std::size_t index = 0; index < import.type.params.size(); ++index) {
      line["args"].push_back(show(slots[index], import.type.params[index]));
    }
    std::printf("%s\n", line.dump().c_str());
  } else if (kind == "memcpy") {
    const auto bytes = guest.memory().copy_in(slots[1].i32, slots[2].i32);
    if (!bytes || !guest.memory().copy_out(slots[0].i32, *bytes)) return INGOT_TRAP_HOST;
  }
  slots[0].i64 = 0;
  return 0;
}

template <std::size_t... N>
std::vector<ingot_host_function> stubs(std::size_t count, std::index_sequence<N...>) {
  const ingot_host_function all[] = {stub<N>...};
  if (count > sizeof...(N)) fail("too many imports for this driver");
  return {all, all + count};
}

std::uint64_t number(const Json& value) {
  if (value.is_object()) {
    return machine.variables.at(value["var"].get<std::string>()) + static_cast<std::uint64_t>(value.value("add", 0));
  }
  if (value.is_string()) return static_cast<std::uint64_t>(std::stoll(value.get<std::string>()));
  return static_cast<std::uint64_t>(value.get<std::int64_t>());
}

std::string from_hex(const std::string& hex) {
  std::string bytes;
  for (std::size_t at = 0; at + 1 < hex.size(); at += 2) bytes.push_back(static_cast<char>(std::stoi(hex.substr(at, 2), nullptr, 16)));
  return bytes;
}

std::string to_hex(const std::string& bytes) {
  return ingot::format::hex({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

Json step_call(const Json& step) {
  auto& guest = *machine.guest;
  const std::string name = step["call"];
  const int index = guest.module().find_function(name);
  if (index < 0) fail("no export " + name);
  const FunctionType& type = guest.module().manifest().exports[static_cast<std::size_t>(index)].type;
  std::vector<ingot_slot> slots(std::max({type.params.size(), type.results.size(), std::size_t{1}}));
  const Json arguments = step.value("args", Json::array());
  if (arguments.size() != type.params.size()) fail("wrong number of arguments for " + name);
  for (std::size_t at = 0; at < arguments.size(); ++at) {
    slots[at].i64 = type.params[at] == INGOT_TYPE_I32 ? static_cast<std::uint32_t>(number(arguments[at])) : number(arguments[at]);
  }
  if (auto trap = guest.call(index, slots)) return {{"trap", true}};
  Json results = Json::array();
  for (std::size_t at = 0; at < type.results.size(); ++at) results.push_back(show(slots[at], type.results[at]));
  if (step.contains("save") && !type.results.empty()) {
    machine.variables[step["save"]] = type.results[0] == INGOT_TYPE_I32 ? slots[0].i32 : slots[0].i64;
  }
  return {{"call", name}, {"results", results}};
}

Json step_global(const Json& step) {
  auto& guest = *machine.guest;
  const std::string name = step["global"];
  const auto& exports = guest.module().manifest().exports;
  for (std::size_t index = 0; index < exports.size(); ++index) {
    if (exports[index].name != name || exports[index].kind != ingot::format::ExternKind::global) continue;
    const std::uint32_t value = *static_cast<const std::uint32_t*>(guest.export_address(static_cast<int>(index)));
    if (step.contains("save")) machine.variables[step["save"]] = value;
    return {{"global", name}, {"value", static_cast<std::int32_t>(value)}};
  }
  fail("no global " + name);
}

Json run_step(const Json& step) {
  const auto memory = machine.guest->memory();
  if (step.contains("call")) return step_call(step);
  if (step.contains("global")) return step_global(step);
  if (step.contains("write")) {
    std::string bytes = step.contains("hex") ? from_hex(step["hex"]) : step["text"].get<std::string>();
    if (step.value("zero", false)) bytes.push_back('\0');
    if (!memory.copy_out(static_cast<std::uint32_t>(number(step["write"])), bytes)) fail("write outside memory");
    return {{"wrote", bytes.size()}};
  }
  if (step.contains("read")) {
    const auto bytes = memory.copy_in(static_cast<std::uint32_t>(number(step["read"])), static_cast<std::uint32_t>(number(step["len"])));
    if (!bytes) fail("read outside memory");
    return {{"read", to_hex(*bytes)}};
  }
  if (step.contains("digest")) {
    const auto bytes = memory.copy_in(0, static_cast<std::uint32_t>(memory.size()));
    std::uint64_t digest = 0xcbf29ce484222325ull;
    for (const char byte : *bytes) digest = (digest ^ static_cast<unsigned char>(byte)) * 0x100000001b3ull;
    return {{"bytes", memory.size()}, {"digest", std::to_string(digest)}};
  }
  fail("unknown step " + step.dump());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) fail("usage: replay BUNDLE SCRIPT.json");
  std::ifstream stream(argv[2]);
  const Json script = Json::parse(stream);
  ingot::bundle::TrustPolicy trust;
  trust.allow_unsigned = true;
  const auto module = must(ingot::load::load(must(ingot::bundle::open_and_verify(argv[1], trust))));
  const Json import_stubs = script.value("imports", Json::object());
  machine.import_stubs = &import_stubs;
  const auto functions = stubs(module->descriptor().function_import_count, std::make_index_sequence<16>());
  must(ingot::sandbox::start_watchdog());
  machine.guest = must(ingot::instance::Instance::create(module, functions, {1 * limits::GiB}));
  const ingot::sandbox::CallScope scope(std::chrono::steady_clock::now() + std::chrono::minutes(2));
  if (auto trap = machine.guest->start()) fail(std::string("start trapped: ") + ingot::sandbox::trap_name(trap->kind));
  for (const Json& step : script["steps"]) std::printf("%s\n", run_step(step).dump().c_str());
  return 0;
}
