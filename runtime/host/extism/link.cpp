// SPDX-License-Identifier: Apache-2.0
//
// From a manifest's modules to instances that call one another, and their host.

#include <algorithm>
#include <utility>

#include "extism_functions.hpp"
#include "host/extism/kernel_functions.hpp"
#include "host/extism/plugin.hpp"
#include "host/wasi/functions.hpp"
#include "sandbox/watchdog.hpp"
#include "wasi_functions.hpp"

namespace ingot::host::extism {
namespace {

Error refuse(std::string what) { return Error{ErrorCode::contract, std::move(what)}; }

format::FunctionType type_of(const ingot::extism::Signature& signature) {
  const auto types = [](std::string_view letters) {
    std::vector<std::uint8_t> list;
    for (const char letter : letters) list.push_back(letter == 'i' ? INGOT_TYPE_I32 : INGOT_TYPE_I64);
    return list;
  };
  return {types(signature.params), types(signature.results)};
}

Result<instance::Extern> find_in_env(const format::Import& import, PluginHost& host) {
  const std::string label = "import " + import.module + "." + import.name;
  const auto index = ingot::extism::index_of(import.name);
  if (!index || import.kind != format::ExternKind::function) return refuse("unknown " + label + ": Extism 1.x offers no such function (abi/EXTISM.md lists them)");
  const format::FunctionType type = type_of(ingot::extism::functions[*index]);
  if (import.type != type) return refuse(label + " has type " + format::type_text(import.type) + "; Extism's is " + format::type_text(type));
  if (const ingot_host_function function = kernel_function(import.name); function != nullptr) return instance::Extern{.function = function, .context = &host.kernel};
  return instance::Extern{.function = host_function(import.name), .context = &host};
}

bool passes_one_slot_each(const std::vector<std::uint8_t>& types) {
  return std::ranges::all_of(types, [](std::uint8_t type) { return type >= INGOT_TYPE_F64 && type <= INGOT_TYPE_I32; });
}

Result<void> check(const std::vector<PluginModule>& modules, const PluginOptions& options) {
  if (modules.empty()) return refuse("a plugin needs at least one module");
  for (std::size_t index = 0; index < modules.size(); ++index) {
    const std::string& name = modules[index].name;
    const auto same = [&](const PluginModule& other) { return other.name == name; };
    if (!name.empty() && std::ranges::count_if(modules, same) > 1) return refuse("two modules of the plugin are named '" + name + "'; give each its own name");
  }
  for (const HostFunction& function : options.functions) {
    if (passes_one_slot_each(function.type.params) && passes_one_slot_each(function.type.results)) continue;
    return refuse("the host's function " + function.module + "." + function.name + " has type " + format::type_text(function.type) + "; it may take and give i32, i64, f32 and f64");
  }
  return {};
}

std::size_t entry_of(const std::vector<PluginModule>& modules) {
  for (const char* name : {"main", ""}) {
    for (std::size_t index = modules.size(); index-- > 0;) {
      if (modules[index].name == name) return index;
    }
  }
  return modules.size() - 1;
}

}  // namespace

std::shared_ptr<instance::SharedStart> plugin_start() { return std::make_shared<instance::SharedStart>(1, limits::plugin_idle_slots_max); }

Plugin::Plugin(PluginOptions options) : options_(std::move(options)) {
  host_ = std::make_unique<PluginHost>(std::move(options_.settings), options_.memory_bytes_max);
  host_->kernel.limit_growth(&growth_);
}

Result<std::unique_ptr<Plugin>> Plugin::create(std::vector<PluginModule> modules, PluginOptions options) {
  INGOT_TRY_VOID(check(modules, options));
  INGOT_TRY_VOID(sandbox::start_watchdog());
  std::unique_ptr<Plugin> plugin(new Plugin(std::move(options)));
  plugin->entry_ = entry_of(modules);
  for (PluginModule& module : modules) plugin->parts_.push_back({.name = std::move(module.name), .module = std::move(module.module), .start = std::move(module.start)});
  if (plugin->parts_.size() > 1) {
    INGOT_TRY(plugin->store_, instance::Store::create(plugin->options_.stack_bytes));
  }
  // Only what the entry needs is linked; the others are there for whoever asks, and nobody did.
  std::vector<std::string> path;
  INGOT_TRY_VOID(plugin->link(plugin->entry_, path));
  return plugin;
}

std::optional<std::size_t> Plugin::find_part(std::string_view name) const {
  for (std::size_t index = 0; index < parts_.size(); ++index) {
    if (!name.empty() && parts_[index].name == name) return index;
  }
  return std::nullopt;
}

Result<void> Plugin::link(std::size_t index, std::vector<std::string>& path) {
  Part& part = parts_[index];
  if (part.guest != nullptr) return {};
  path.push_back(part.name.empty() ? "main" : part.name);
  if (part.linking) {
    std::string circle;
    for (const std::string& name : path) circle += (circle.empty() ? "" : " -> ") + name;
    return refuse("modules of the plugin import from one another in a circle: " + circle);
  }
  part.is_program = index != entry_ && part.module->find_function("_start") >= 0;
  if (part.is_program && part.module->find_function("_initialize") >= 0) {
    return refuse("module '" + part.name + "' of the plugin exports _start and _initialize: nobody could tell whether it is made afresh for each call, as a program is");
  }
  part.linking = true;
  INGOT_TRY(part.guest, make_guest(index, path));
  if (!part.is_program) order_.push_back(index);
  path.pop_back();
  return {};
}

Result<std::unique_ptr<instance::Instance>> Plugin::make_guest(std::size_t index, std::vector<std::string>& path) {
  const Part& part = parts_[index];
  std::vector<instance::Extern> given;
  for (const format::Import& import : part.module->manifest().imports) {
    INGOT_TRY(instance::Extern found, find_import(part, import, path));
    given.push_back(found);
  }
  const instance::InstanceLimits bounds{.memory_bytes_max = options_.memory_bytes_max, .stack_bytes = options_.stack_bytes, .shared_start = part.is_program ? nullptr : part.start, .initializes = index != entry_};
  // A program is entered by itself, from inside of whoever calls it: on a stack of its own.
  INGOT_TRY(auto guest, instance::Instance::create(part.module, given, bounds, part.is_program ? nullptr : store_));
  guest->limit_growth(&growth_);
  guest->share(&host_->kernel.shared());
  return guest;
}

Result<instance::Extern> Plugin::find_import(const Part& importer, const format::Import& import, std::vector<std::string>& path) {
  if (import.module == ingot::extism::module_name) return find_in_env(import, *host_);
  if (ingot::wasi::is_module(import.module)) {
    if (!options_.wasi) {
      return refuse("the plugin imports " + import.module + "." + import.name + ", and WASI was not granted to it (`ingot call --wasi`, \"wasi\": true in ingot.plugins, with_wasi in ingot_plugin.h; nothing else comes with it)");
    }
    INGOT_TRY(const ingot_host_function function, wasi::resolve_import(import));
    return instance::Extern{.function = function, .context_is_importer = true};
  }
  if (const auto index = find_part(import.module)) {
    const auto& exports = parts_[*index].module->manifest().exports;
    const auto found = std::ranges::find(exports, import.name, &format::Export::name);
    if (found != exports.end()) return find_in_part(importer, import, *index, static_cast<int>(found - exports.begin()), path);
  }
  for (const HostFunction& function : options_.functions) {
    if (function.module != import.module || function.name != import.name) continue;
    BoundFunction& bound = bound_.emplace_back(BoundFunction{*host_, function});
    return instance::Extern{.function = own_function(), .context = &bound, .type = &function.type};
  }
  return instance::Extern{};  // which linking reports
}

Result<instance::Extern> Plugin::find_in_part(const Part& importer, const format::Import& import, std::size_t offering, int export_index, std::vector<std::string>& path) {
  Part& part = parts_[offering];
  const format::Export& item = part.module->manifest().exports[static_cast<std::size_t>(export_index)];
  if (item.kind != format::ExternKind::function) return refuse("import " + import.module + "." + import.name + " is no function; modules of a plugin share functions only");
  INGOT_TRY_VOID(link(offering, path));
  if (part.is_program) {
    ProgramExport& program = programs_.emplace_back(ProgramExport{*host_, *part.guest, export_index, world_});
    return instance::Extern{.function = program_function(), .context = &program, .type = &item.type};
  }
  // The other one's stack may be in use by whoever has called the program.
  if (importer.is_program) {
    return refuse("module '" + importer.name + "' of the plugin is a program (it exports _start) and imports " + import.module + "." + import.name + "; a program that is imported from can import from programs only");
  }
  return instance::Extern{.owner = part.guest.get(), .export_index = export_index};
}

}  // namespace ingot::host::extism
