// SPDX-License-Identifier: Apache-2.0
#pragma once
// An exported function whose type is known to C++: found and compared once, then called with plain arguments in a few nanoseconds.
//
//     auto add = TypedFunction<std::int32_t(std::int32_t, std::int32_t)>::find(instance, "add");
//     std::int32_t sum = 0;
//     if (add.value()(&sum, 40, 2) != INGOT_TRAP_NONE) report(instance.trap());

#include <array>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

#include "instance/instance.hpp"

namespace ingot::instance {

/// WebAssembly's four number types, each as C++ has it.
template <typename T>
concept Number = std::same_as<T, std::int32_t> || std::same_as<T, std::uint32_t> || std::same_as<T, std::int64_t> || std::same_as<T, std::uint64_t> ||
                 std::same_as<T, float> || std::same_as<T, double>;

/// Its code in a function type (core specification 2.0, 5.3.1).
template <Number T>
constexpr std::uint8_t value_type_of() {
  if constexpr (std::same_as<T, float>) return 0x7d;
  if constexpr (std::same_as<T, double>) return 0x7c;
  return sizeof(T) == 4 ? 0x7f : 0x7e;
}

template <typename Signature>
class TypedFunction;

/// A copyable handle. Valid as long as its Instance; used on the thread that the instance belongs to.
template <typename Returned, Number... Arguments>
  requires(std::is_void_v<Returned> || Number<Returned>)
class TypedFunction<Returned(Arguments...)> {
 public:
  /// Errors: contract (no such function; it has another type).
  static Result<TypedFunction> find(Instance& instance, std::string_view name) {
    const int index = instance.module().find_function(name);
    if (index < 0) return Error{ErrorCode::contract, "the module exports no function " + std::string(name)};
    const format::FunctionType& type = instance.module().manifest().exports[static_cast<std::size_t>(index)].type;
    if (type != expected()) {
      return Error{ErrorCode::contract, std::string(name) + " is " + format::type_text(type) + " and is called as " + format::type_text(expected())};
    }
    return TypedFunction(instance, instance.call_target(index));
  }

  /// INGOT_TRAP_NONE, or why the call ended early: Instance::trap() has the rest, and `result` is as it was. REQUIRES: the instance is ready; inside a
  /// CallScope.
  ingot_trap operator()(Returned* result, Arguments... arguments) const
    requires(!std::is_void_v<Returned>)
  {
    Slots slots{};
    put(slots, arguments...);
    const ingot_trap trap = instance_->invoke(target_, slots.data());
    if (trap == INGOT_TRAP_NONE) [[likely]] std::memcpy(result, &slots[0], sizeof *result);
    return trap;
  }
  ingot_trap operator()(Arguments... arguments) const
    requires std::is_void_v<Returned>
  {
    Slots slots{};
    put(slots, arguments...);
    return instance_->invoke(target_, slots.data());
  }

 private:
  using Slots = std::array<ingot_slot, (sizeof...(Arguments) > 0 ? sizeof...(Arguments) : 1)>;

  TypedFunction(Instance& instance, CallTarget target) : instance_(&instance), target_(target) {}

  static format::FunctionType expected() {
    format::FunctionType type{{value_type_of<Arguments>()...}, {}};
    if constexpr (!std::is_void_v<Returned>) type.results.push_back(value_type_of<Returned>());
    return type;
  }
  static void put([[maybe_unused]] Slots& slots, Arguments... arguments) {
    [[maybe_unused]] std::size_t at = 0;
    (std::memcpy(&slots[at++], &arguments, sizeof arguments), ...);
  }

  Instance* instance_;
  CallTarget target_;
};

}  // namespace ingot::instance
