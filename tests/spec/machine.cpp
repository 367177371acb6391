// SPDX-License-Identifier: Apache-2.0
#include "machine.hpp"

#include <fstream>
#include <iterator>

#include "bundle/verify.hpp"
#include "limits.hpp"

namespace ingot::spec {
namespace {

// Prints nothing: what the scripts check is that the call is made and comes back.
std::uint32_t print(void*, ingot_slot*) noexcept { return 0; }

/// The host functions of spectest.
const std::map<std::string, format::FunctionType>& prints() {
  static const std::map<std::string, format::FunctionType> functions{
      {"print", {}},
      {"print_i32", {{INGOT_TYPE_I32}, {}}},
      {"print_i64", {{INGOT_TYPE_I64}, {}}},
      {"print_f32", {{INGOT_TYPE_F32}, {}}},
      {"print_f64", {{INGOT_TYPE_F64}, {}}},
      {"print_i32_f32", {{INGOT_TYPE_I32, INGOT_TYPE_F32}, {}}},
      {"print_f64_f64", {{INGOT_TYPE_F64, INGOT_TYPE_F64}, {}}},
  };
  return functions;
}

}  // namespace

Result<std::shared_ptr<const load::LoadedModule>> Machine::load(const std::string& path) {
  if (const auto found = loaded_.find(path); found != loaded_.end()) return found->second;
  std::ifstream file(path, std::ios::binary);
  format::Bytes bytes{std::istreambuf_iterator<char>(file), {}};
  bundle::TrustPolicy trust;
  trust.allow_unsigned = true;
  INGOT_TRY(bundle::VerifiedBundle verified, bundle::verify(std::move(bytes), path, trust, level_));
  INGOT_CHECK(verified.object().level == "x86-64-v" + std::to_string(level_));
  INGOT_TRY(auto module, load::load(std::move(verified)));
  loaded_[path] = module;
  return module;
}

Instantiated Machine::instantiate(const std::string& bundle_path) {
  auto module = load(bundle_path);
  if (!module.ok()) return module.error();
  if (!store_) store_ = instance::Store::create().value();
  std::vector<instance::Extern> given;
  for (const format::Import& import : (*module)->manifest().imports) given.push_back(offer(import));
  auto made = instance::Instance::create(*module, given, {.memory_bytes_max = 4 * limits::GiB, .survives_traps = true}, store_);
  if (!made.ok()) return made.error();
  instances_.push_back(std::move(made).value());
  instance::Instance* instance = instances_.back().get();
  if (auto trap = instance->start()) return *trap;
  return instance;
}

instance::Extern Machine::offer(const format::Import& import) const {
  if (import.module == "spectest") {
    for (const auto& [name, type] : prints()) {
      if (name == import.name) return {.function = print, .type = &type};
    }
  }
  const auto registered = registered_.find(import.module);
  if (registered == registered_.end()) return {};
  const auto& exports = registered->second->module().manifest().exports;
  for (std::size_t index = 0; index < exports.size(); ++index) {
    if (exports[index].name == import.name) return {.owner = registered->second, .export_index = static_cast<int>(index)};
  }
  return {};
}

std::optional<std::size_t> Machine::find(const instance::Instance& instance, const std::string& name, format::ExternKind kind) {
  const auto& exports = instance.module().manifest().exports;
  for (std::size_t index = 0; index < exports.size(); ++index) {
    if (exports[index].kind == kind && exports[index].name == name) return index;
  }
  return std::nullopt;
}

}  // namespace ingot::spec
