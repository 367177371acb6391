// SPDX-License-Identifier: Apache-2.0
#include "guests.hpp"

#include <algorithm>
#include <vector>

#include "host/eerp/module.hpp"
#include "load/module.hpp"

namespace ingot::hostile {
namespace {

using instance::CallTarget;
using instance::Extern;
using instance::Instance;

CallTarget again_target;  // trivial, since a trap abandons the host function that calls it

std::uint32_t host_nothing(void*, ingot_slot*) { return INGOT_TRAP_NONE; }
std::uint32_t host_again(void*, ingot_slot* slots) {
  again_target.call(again_target.instance, slots);
  return INGOT_TRAP_NONE;
}
std::uint32_t host_read(void* context, ingot_slot* slots) {
  const auto bytes = static_cast<Instance*>(context)->memory().copy_in(slots[0].i32, slots[1].i32);
  if (!bytes) return INGOT_TRAP_HOST;
  slots[0].i64 = 0;
  slots[0].i32 = static_cast<std::uint32_t>(bytes->size());
  return INGOT_TRAP_NONE;
}

ingot_host_function host_function(const format::Import& import) {
  if (import.module != "host" || import.kind != format::ExternKind::function) return nullptr;
  if (import.name == "nothing") return host_nothing;
  if (import.name == "again") return host_again;
  return import.name == "read" ? host_read : nullptr;
}

Opened refused(const char* step, const Error& error) { return {nullptr, std::string(step) + ": " + error.message}; }

Opened load_module(bundle::VerifiedBundle bundle) {
  const auto description = modules::parse_description(bundle.manifest().module_json);
  if (!description.ok()) return refused("host", description.error());
  auto module = host::eerp::Module::load(std::move(bundle), *description, {.memory_bytes_max = memory_quota, .instances_max = 1});
  return module.ok() ? Opened{nullptr, "loads"} : refused("host", module.error());
}

Result<std::unique_ptr<Instance>> instance_of(std::shared_ptr<const load::LoadedModule> module) {
  const instance::InstanceLimits limits{.memory_bytes_max = memory_quota};
  std::vector<ingot_host_function> functions;
  for (const auto& import : module->manifest().imports) functions.push_back(host_function(import));
  const bool all = std::find(functions.begin(), functions.end(), nullptr) == functions.end();
  if (all) return Instance::create(std::move(module), functions, limits);
  // The road of a linker, which is told what each import gets: nothing, for what nobody offers.
  std::vector<Extern> given;
  for (const ingot_host_function function : functions) given.push_back({.function = function});
  return Instance::create(std::move(module), given, limits, nullptr);
}

}  // namespace

void set_again(CallTarget target) { again_target = target; }

Opened open(const std::string& path, const bundle::TrustPolicy& trust) {
  auto verified = bundle::open_and_verify(path, trust);
  if (!verified.ok()) return refused("verify", verified.error());
  if (verified->manifest().contract == "eerp") return load_module(std::move(*verified));
  auto module = load::load(std::move(*verified));
  if (!module.ok()) return refused("load", module.error());
  auto guest = instance_of(std::move(*module));
  return guest.ok() ? Opened{std::move(*guest), {}} : refused("instance", guest.error());
}

}  // namespace ingot::hostile
