// SPDX-License-Identifier: Apache-2.0
#include "embed/objects.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <limits>

#include "base/ranges.hpp"
#include "ingot/island/wasm-rt.h"
#include "host/wasi/functions.hpp"
#include "limits.hpp"
#include "sandbox/enter.hpp"
#include "wasi_functions.hpp"

using namespace ingot;
using namespace ingot::embed;

namespace {

/// A callback on its way to the thread's own stack.
struct Crossing {
  const BoundImport& import;
  ingot_slot* slots;
  std::uint32_t trap = INGOT_TRAP_NONE;
};

void cross(void* argument) noexcept {
  auto& crossing = *static_cast<Crossing*>(argument);
  const Definition& definition = *crossing.import.definition;
  crossing.trap = definition.callback(&crossing.import.call, crossing.slots);
  sandbox::FiberLoop::yield_if_due();
}

/// What a thunk calls: the context is the import as this instance has it.
std::uint32_t call_host(void* context, ingot_slot* slots) noexcept {
  const auto& import = *static_cast<const BoundImport*>(context);
  ingot_instance& caller = *import.call.caller;
  if (caller.host_calls_left_of != caller.calls) {  // its first one
    caller.host_calls_left_of = caller.calls;
    caller.host_calls_left = caller.limits.host_calls;
  }
  if (caller.host_calls_left == 0) return INGOT_TRAP_LIMIT;
  if (!sandbox::host_stack_has_room()) [[unlikely]] return INGOT_TRAP_STACK_EXHAUSTED;
  --caller.host_calls_left;
  ++caller.host_calls;
  Crossing crossing{import, slots};
  sandbox::on_host_stack(cross, &crossing);
  // A deadline that passed while the host worked is acted upon now, before the guest goes on.
  return crossing.trap != INGOT_TRAP_NONE ? crossing.trap : sandbox::CallScope::requested();
}

/// A leaf: the thunk calls the user's function itself. The context begins with the ingot_host_call that it takes, and a pointer is passed like any other
/// (System V ABI 3.2.3).
ingot_host_function leaf_function(const Definition& definition) { return reinterpret_cast<ingot_host_function>(definition.callback); }

/// The slots of `value`, or null when it has a type that no value has.
bool put(const ingot_value& value, std::vector<ingot_slot>& slots) {
  ingot_slot slot{};
  switch (value.type) {
    case INGOT_TYPE_I32: slot.i64 = static_cast<std::uint32_t>(value.of.i32); break;
    case INGOT_TYPE_I64: slot.i64 = static_cast<std::uint64_t>(value.of.i64); break;
    case INGOT_TYPE_F32: slot.f32 = value.of.f32; break;
    case INGOT_TYPE_F64: slot.f64 = value.of.f64; break;
    case INGOT_TYPE_V128:
      std::memcpy(&slot, value.of.v128, 8);
      slots.push_back(slot);
      std::memcpy(&slot, value.of.v128 + 8, 8);
      break;
    default: return false;
  }
  slots.push_back(slot);
  return true;
}

ingot_value take(std::uint8_t type, const ingot_slot* slots) {
  ingot_value value{};
  value.type = type;
  std::memcpy(&value.of, slots, type == INGOT_TYPE_V128 ? 16 : type == INGOT_TYPE_I64 || type == INGOT_TYPE_F64 ? 8 : 4);
  return value;
}

Result<int> find(const ingot_instance& instance, const char* name) {
  if (name == nullptr) return Error{ErrorCode::invalid_argument, "no function was named"};
  const int index = instance.module->loaded->find_function(name);
  if (index < 0) {
    return Error{ErrorCode::not_found, "module '" + instance.module->loaded->manifest().name + "' exports no function '" + name + "'"};
  }
  return index;
}

const format::FunctionType& type_of(const ingot_instance& instance, int index) {
  return instance.module->loaded->manifest().exports[static_cast<std::size_t>(index)].type;
}

}  // namespace

namespace ingot::embed {

ingot_error* check_limits(const ingot_limits& given) {
  const auto outside = [](std::uint64_t value, std::uint64_t least, std::uint64_t most) { return value < least || value > most; };
  if (outside(given.memory_bytes, limits::wasm_page_bytes, limits::wasm32_address_space_bytes)) {
    return fail(INGOT_ERROR_ARGUMENT, "limits.memory_bytes is outside 64 KiB to 4 GiB");
  }
  if (outside(given.stack_bytes, 256 * limits::KiB, 256 * limits::MiB)) return fail(INGOT_ERROR_ARGUMENT, "limits.stack_bytes is outside 256 KiB to 256 MiB");
  if (std::ranges::any_of(given.reserved, [](std::uint64_t word) { return word != 0; })) {
    return fail(INGOT_ERROR_ARGUMENT, "limits.reserved is not zero; begin with ingot_limits_default()");
  }
  return nullptr;
}

sandbox::Clock::time_point deadline_in(std::uint64_t nanoseconds) {
  const auto now = sandbox::Clock::now();
  const auto left = std::chrono::duration_cast<std::chrono::nanoseconds>(sandbox::Clock::time_point::max() - now);
  if (nanoseconds >= static_cast<std::uint64_t>(left.count())) return sandbox::Clock::time_point::max();
  return now + std::chrono::nanoseconds(static_cast<std::int64_t>(nanoseconds));
}

}  // namespace ingot::embed

ingot_instance::ingot_instance(ingot_module* of, Ref<DefinitionTable> its_definitions, const ingot_limits& its_limits)
    : module(of), definitions(std::move(its_definitions)), limits(its_limits) {
  module->engine->instances_alive.add(1);
}

ingot_instance::~ingot_instance() { module->engine->instances_alive.add(-1); }

Result<std::unique_ptr<ingot_instance>> ingot_instance::create(ingot_module* module, Ref<DefinitionTable> definitions, const ingot_limits& limits) {
  auto made = std::make_unique<ingot_instance>(module, std::move(definitions), limits);
  const std::vector<format::Import>& wanted = module->loaded->manifest().imports;
  const auto& defined = made->definitions->by_name;
  made->imports.reserve(wanted.size());
  std::vector<instance::Extern> given;
  given.reserve(wanted.size());
  for (const format::Import& import : wanted) {
    const auto found = defined.find(NameOrder::View(import.module, import.name));
    if (found == defined.end()) {
      instance::Extern& next = given.emplace_back();
      if (made->definitions->wasi != nullptr && wasi::is_module(import.module)) {
        INGOT_TRY(next.function, host::wasi::resolve_import(import));
        next.context_is_importer = true;
      }
      continue;
    }
    const Definition& definition = *found->second;
    BoundImport& bound = made->imports.emplace_back(BoundImport{{definition.user, made.get()}, &definition});
    given.push_back({.function = definition.leaf ? leaf_function(definition) : call_host, .context = &bound, .type = definition.any_type ? nullptr : &definition.type});
  }
  const std::uint64_t page = limits::system_page_bytes;
  // One reference is enough, and the instance has it: these two count none of their own.
  const instance::InstanceLimits bounds{.memory_bytes_max = limits.memory_bytes,
                                        .stack_bytes = (limits.stack_bytes + page - 1) / page * page * INGOT_STACK_SCALE,
                                        .shared_start = std::shared_ptr<instance::SharedStart>(std::shared_ptr<void>(), module->start.get())};
  std::shared_ptr<const load::LoadedModule> loaded(std::shared_ptr<void>(), module->loaded.get());
  INGOT_TRY(made->guest, instance::Instance::create(std::move(loaded), given, bounds, nullptr));
  return made;
}

ingot_error* ingot_instance::trap_error(const sandbox::Trap& trap, const char* what) const {
  auto error = std::make_unique<ingot_error>();
  error->code = INGOT_ERROR_TRAP;
  error->trap = trap.kind;
  error->message = std::string(what) + " of module '" + module->loaded->manifest().name + "' " + sandbox::describe_trap(trap);
  for (const sandbox::TrapFrame& frame : trap.backtrace.frames) error->frames.push_back(sandbox::frame_text(frame));
  return error.release();
}

ingot_error* ingot_instance::make_ready() {
  switch (guest->state()) {
    case instance::State::ready: return nullptr;
    case instance::State::running: return fail(INGOT_ERROR_ARGUMENT, "a call on this instance is running: a host function cannot call its caller");
    case instance::State::poisoned:
      return fail(INGOT_ERROR_ARGUMENT, ended ? "the program of this instance has ended; reset the instance before it is run or called again" : "this instance trapped; reset it before the next call");
    case instance::State::empty: break;
  }
  host_calls_left_of = UINT64_MAX;  // a start is none of `calls`, and has as many of its own
  if (definitions->wasi != nullptr) {
    auto begun = definitions->wasi->world();
    if (!begun.ok()) return fail(begun.error());
    world = std::move(*begun);
    guest->set_host_data(world.get());
  }
  if (const auto trap = guest->start()) {
    ++traps;
    return trap_error(*trap, "the start");
  }
  return nullptr;
}

ingot_trap ingot_instance::run_slowly(const instance::CallTarget& target, ingot_slot* slots) noexcept {
  ingot_trap trap = INGOT_TRAP_HOST;
  ingot_error* const error = guarded([&]() -> ingot_error* {
    const sandbox::CallScope scope(deadline_in(limits.call_ns));
    if (ingot_error* const refused = make_ready()) return refused;
    trap = run(target, slots);
    return nullptr;
  });
  last_error.reset(error);
  if (error != nullptr && error->trap != INGOT_TRAP_NONE) return error->trap;
  trap_untold = error == nullptr && trap != INGOT_TRAP_NONE;
  return trap;
}

void ingot_instance::reset() {
  // A guest of WASI's needs a world before it is ready, which may not be had: that is for the next start to say.
  if (definitions->wasi != nullptr) {
    guest->clear();
  } else {
    guest->reset();
  }
  world.reset();
  ended = false;
  ++resets;
  last_error.reset();
  trap_untold = false;
  reason.clear();
}

extern "C" {

ingot_limits ingot_limits_default(void) {
  ingot_limits limits{};
  limits.memory_bytes = limits::memory_quota_bytes_default;
  limits.stack_bytes = limits::guest_stack_bytes / INGOT_STACK_SCALE;
  limits.call_ns = limits::call_deadline_ms_default * 1'000'000;
  limits.host_calls = UINT64_MAX;
  limits.output_bytes = limits::response_bytes_max;
  return limits;
}

ingot_error* ingot_instance_new(ingot_module* module, const ingot_linker* linker, const ingot_limits* limits, ingot_instance** out) {
  *out = nullptr;
  return guarded([&]() -> ingot_error* {
    const ingot_limits wanted = limits != nullptr ? *limits : ingot_limits_default();
    if (ingot_error* const refused = check_limits(wanted)) return refused;
    auto made = ingot_instance::create(module, definitions_of(linker), wanted);
    if (!made.ok()) return fail(made.error());
    const sandbox::CallScope scope(deadline_in(wanted.call_ns));
    if (ingot_error* const error = (*made)->make_ready()) return error;
    *out = std::move(made).value().release();
    return nullptr;
  });
}

void ingot_instance_free(ingot_instance* instance) { delete instance; }

ingot_error* ingot_instance_reset(ingot_instance* instance) {
  return guarded([&]() -> ingot_error* {
    if (instance->guest->state() == instance::State::running) return fail(INGOT_ERROR_ARGUMENT, "a call on this instance is running: it cannot be reset");
    instance->reset();
    return nullptr;
  });
}

ingot_error* ingot_instance_call(ingot_instance* instance, const char* name, const ingot_value* arguments, size_t argument_count, ingot_value* results,
                                 size_t result_count) {
  return guarded([&]() -> ingot_error* {
    const auto index = find(*instance, name);
    if (!index.ok()) return fail(index.error());
    const format::FunctionType& type = type_of(*instance, *index);
    const std::string what = std::string(name) + " has type " + format::type_text(type);
    if (argument_count != type.params.size() || result_count != type.results.size()) {
      return fail(INGOT_ERROR_ARGUMENT, what + ": it was called with " + std::to_string(argument_count) + " arguments for " + std::to_string(result_count) + " results");
    }
    if ((argument_count > 0 && arguments == nullptr) || (result_count > 0 && results == nullptr)) return fail(INGOT_ERROR_ARGUMENT, what + ": no room was given for its values");
    std::vector<ingot_slot> slots;
    for (std::size_t at = 0; at < argument_count; ++at) {
      if (arguments[at].type != type.params[at] || !put(arguments[at], slots)) {
        return fail(INGOT_ERROR_ARGUMENT, what + ": argument " + std::to_string(at + 1) + " is no " + format::value_type_text(type.params[at]));
      }
    }
    if (std::ranges::any_of(type.results, [](std::uint8_t result) { return result < INGOT_TYPE_V128; })) {
      return fail(INGOT_ERROR_ARGUMENT, what + ": references cannot be given back");
    }
    slots.resize(std::max({slots.size(), static_cast<std::size_t>(format::slot_count(type.results)), std::size_t{1}}));
    const sandbox::CallScope scope(deadline_in(instance->limits.call_ns));
    if (ingot_error* const refused = instance->make_ready()) return refused;
    if (instance->run(instance->guest->call_target(*index), slots.data()) != INGOT_TRAP_NONE) return instance->trap_error(instance->guest->trap(), name);
    const ingot_slot* slot = slots.data();
    for (std::size_t at = 0; at < result_count; ++at) {
      results[at] = take(type.results[at], slot);
      slot += type.results[at] == INGOT_TYPE_V128 ? 2 : 1;
    }
    return nullptr;
  });
}

ingot_error* ingot_instance_call_bytes(ingot_instance* instance, const char* name, const void* input, size_t input_bytes, char** out, size_t* out_bytes) {
  *out = nullptr;
  *out_bytes = 0;
  return guarded([&]() -> ingot_error* {
    const auto index = find(*instance, name);
    if (!index.ok()) return fail(index.error());
    if (input == nullptr && input_bytes > 0) return fail(INGOT_ERROR_ARGUMENT, "no input was given");
    if (input_bytes > UINT32_MAX) return fail(INGOT_ERROR_ARGUMENT, "more input than any guest's memory holds");
    const auto call = instance::find_text_call(*instance->module->loaded, *index, false);
    if (!call.ok()) return fail(call.error());
    const sandbox::CallScope scope(deadline_in(instance->limits.call_ns));
    if (ingot_error* const refused = instance->make_ready()) return refused;
    ++instance->calls;
    const instance::TextOutcome outcome =
        instance::call_text(*instance->guest, *call, {static_cast<const char*>(input), input_bytes}, 0, instance->limits.output_bytes);
    if (const auto* trap = std::get_if<sandbox::Trap>(&outcome)) {
      ++instance->traps;
      return instance->trap_error(*trap, name);
    }
    if (const auto* error = std::get_if<Error>(&outcome)) return fail(*error);
    const auto& text = std::get<std::string>(outcome);
    auto* const copy = static_cast<char*>(std::malloc(text.size() + 1));
    if (copy == nullptr) return out_of_memory();
    std::memcpy(copy, text.c_str(), text.size() + 1);
    *out = copy;
    *out_bytes = text.size();
    return nullptr;
  });
}

void ingot_bytes_free(char* bytes) { std::free(bytes); }

ingot_error* ingot_instance_function(ingot_instance* instance, const char* name, const char* type, ingot_function* out) {
  *out = {};
  return guarded([&]() -> ingot_error* {
    const auto index = find(*instance, name);
    if (!index.ok()) return fail(index.error());
    if (type != nullptr) {
      const auto asked = parse_type(type);
      if (!asked.ok()) return fail(asked.error());
      if (*asked != type_of(*instance, *index)) {
        return fail(INGOT_ERROR_CONTRACT, std::string(name) + " has type " + format::type_text(type_of(*instance, *index)) + ", not " + format::type_text(*asked));
      }
    }
    const instance::CallTarget target = instance->guest->call_target(*index);
    *out = {instance, target.call, target.instance};
    return nullptr;
  });
}

// Nothing here is worth a canary: no array, no address of a local.
__attribute__((no_stack_protector, aligned(64))) ingot_trap ingot_function_call(const ingot_function* function, ingot_slot* slots) {
  ingot_instance& instance = *function->instance;
  if (!instance.guest->ready_for_quick_call()) [[unlikely]] return instance.run_slowly({function->code, function->guest}, slots);
  ++instance.calls;
  const ingot_trap trap = instance.guest->run(function->code, function->guest, slots);
  if (trap != INGOT_TRAP_NONE) [[unlikely]] instance.note_quick_trap();
  return trap;
}

ingot_error* ingot_instance_last_error(ingot_instance* instance) {
  if (instance->last_error != nullptr) return instance->last_error.release();
  if (!std::exchange(instance->trap_untold, false)) return nullptr;
  return guarded([&] { return instance->trap_error(instance->guest->trap(), "a function"); });
}

bool ingot_instance_read(const ingot_instance* instance, uint32_t address, void* to, size_t bytes) {
  return bytes <= UINT32_MAX && instance->guest->memory().read(address, to, static_cast<std::uint32_t>(bytes));
}

bool ingot_instance_write(ingot_instance* instance, uint32_t address, const void* from, size_t bytes) {
  return instance->guest->memory().copy_out(address, {static_cast<const char*>(from), bytes});
}

uint64_t ingot_instance_memory_bytes(const ingot_instance* instance) { return instance->guest->memory().size(); }

void ingot_instance_explain(ingot_instance* caller, const char* reason) {
  constexpr std::size_t bytes_max = 500;
  (void)guarded([&]() -> ingot_error* {
    std::string text = reason != nullptr ? reason : "";
    if (text.size() > bytes_max) text.resize(bytes_max);
    caller->reason = text;
    caller->guest->set_trap_detail(std::move(text));
    return nullptr;
  });
}

ingot_trap ingot_requested(void) { return sandbox::CallScope::requested(); }

void ingot_instance_get_metrics(const ingot_instance* instance, ingot_instance_metrics* out) {
  *out = {instance->calls, instance->host_calls, instance->traps, instance->resets, instance->guest->memory().size(), instance->guest->table_bytes()};
}

ingot_module* ingot_instance_module(const ingot_instance* instance) { return instance->module.get(); }

}  // extern "C"
