// SPDX-License-Identifier: Apache-2.0
#include "instance/text_call.hpp"

#include <array>
#include <vector>

#include "limits.hpp"

namespace ingot::instance {
namespace {

using format::FunctionType;

constexpr std::uint8_t i32 = INGOT_TYPE_I32;
constexpr std::uint8_t i64 = INGOT_TYPE_I64;

const FunctionType& type_of(const load::LoadedModule& module, int index) {
  return module.manifest().exports[static_cast<std::size_t>(index)].type;
}

Error breach(const std::string& what) { return Error{ErrorCode::contract, what}; }

using Slots = std::array<ingot_slot, 4>;

/// An address from the guest's allocator, or the trap or breach that it ended with.
std::variant<std::uint32_t, sandbox::Trap, Error> allocate(Instance& instance, const TextCall& call, std::uint32_t bytes) {
  Slots slots{};
  if (call.allocate_is_realloc) {
    slots[2].i64 = 8;  // alignment
    slots[3].i64 = bytes;
  } else {
    slots[0].i64 = bytes;
  }
  if (auto trap = instance.call(call.allocate, slots)) return *trap;
  const std::uint32_t address = slots[0].i32;
  if (!instance.memory().holds(address, bytes) || (address == 0 && bytes > 0)) {
    return breach("the module's allocator gave an address that has no room for " + std::to_string(bytes) + " bytes");
  }
  return address;
}

struct Slice {
  std::uint32_t address = 0;
  std::uint32_t length = 0;
};

/// Where the answer is, by the encoding; nothing when a result pointer lies outside memory.
std::optional<Slice> decode(const Instance& instance, const TextCall& call, const Slots& slots, std::uint32_t out_address) {
  switch (call.encoding) {
    case ResultEncoding::pair: return Slice{slots[0].i32, slots[1].i32};
    case ResultEncoding::packed:
      return Slice{static_cast<std::uint32_t>(slots[0].i64 >> 32), static_cast<std::uint32_t>(slots[0].i64)};
    case ResultEncoding::pointer:
    case ResultEncoding::out_parameter: {
      const std::uint32_t at = call.encoding == ResultEncoding::pointer ? slots[0].i32 : out_address;
      if (!instance.memory().holds(at, 8)) return std::nullopt;
      return Slice{*instance.memory().read_u32(at), *instance.memory().read_u32(at + 4)};
    }
  }
  return std::nullopt;
}

}  // namespace

Result<int> find_typed(const load::LoadedModule& module, const char* name, const FunctionType& type) {
  const int index = module.find_function(name);
  if (index >= 0 && type_of(module, index) != type) {
    return breach(std::string("export ") + name + " has type " + format::type_text(type_of(module, index)) + "; the contract asks for " +
                  format::type_text(type));
  }
  return index;
}

Result<TextCall> find_text_call(const load::LoadedModule& module, int function, bool takes_number) {
  TextCall call;
  call.function = function;
  call.takes_number = takes_number;
  const FunctionType& type = type_of(module, function);
  const std::vector<std::uint8_t> plain(takes_number ? 3 : 2, i32);
  const std::vector<std::uint8_t> with_out(takes_number ? 4 : 3, i32);
  if (type.params == plain && type.results == std::vector<std::uint8_t>{i32, i32}) call.encoding = ResultEncoding::pair;
  else if (type.params == plain && type.results == std::vector<std::uint8_t>{i64}) call.encoding = ResultEncoding::packed;
  else if (type.params == plain && type.results == std::vector<std::uint8_t>{i32}) call.encoding = ResultEncoding::pointer;
  else if (type.params == with_out && type.results.empty()) call.encoding = ResultEncoding::out_parameter;
  else {
    return breach("export " + module.manifest().exports[static_cast<std::size_t>(function)].name + " has type " + format::type_text(type) +
                  ", which is none of the four forms for texts in the module contract");
  }
  for (const char* name : {"alloc", "allocate", "malloc"}) {
    if (call.allocate < 0) {
      INGOT_TRY(call.allocate, find_typed(module, name, {{i32}, {i32}}));
    }
  }
  if (call.allocate < 0) {
    INGOT_TRY(call.allocate, find_typed(module, "cabi_realloc", {{i32, i32, i32, i32}, {i32}}));
    call.allocate_is_realloc = call.allocate >= 0;
  }
  if (call.allocate < 0) {
    return breach("the module exports none of alloc, allocate, malloc, cabi_realloc: the host cannot hand it a text");
  }
  INGOT_TRY(call.release, find_typed(module, "dealloc", {{i32, i32}, {}}));
  call.release_takes_size = call.release >= 0;
  if (call.release < 0) {
    INGOT_TRY(call.release, find_typed(module, "free", {{i32}, {}}));
  }
  return call;
}

TextOutcome call_text(Instance& instance, const TextCall& call, std::string_view input, std::uint32_t number, std::uint64_t answer_bytes_max) {
  const auto input_bytes = static_cast<std::uint32_t>(input.size());
  const auto room = allocate(instance, call, input_bytes);
  if (const auto* trap = std::get_if<sandbox::Trap>(&room)) return *trap;
  if (const auto* error = std::get_if<Error>(&room)) return *error;
  const std::uint32_t input_address = std::get<std::uint32_t>(room);
  std::uint32_t out_address = 0;
  if (call.encoding == ResultEncoding::out_parameter) {
    const auto out = allocate(instance, call, 8);
    if (const auto* trap = std::get_if<sandbox::Trap>(&out)) return *trap;
    if (const auto* error = std::get_if<Error>(&out)) return *error;
    out_address = std::get<std::uint32_t>(out);
  }
  if (!instance.memory().copy_out(input_address, input)) return breach("the text does not fit where the module asked for it");

  Slots slots{};
  std::size_t next = 0;
  if (call.encoding == ResultEncoding::out_parameter) slots[next++].i64 = out_address;
  if (call.takes_number) slots[next++].i64 = number;
  slots[next++].i64 = input_address;
  slots[next].i64 = input_bytes;
  if (auto trap = instance.call(call.function, slots)) return *trap;

  const auto answer_at = decode(instance, call, slots, out_address);
  if (!answer_at) return breach("the module gave a result pointer outside its memory");
  if (answer_at->length > answer_bytes_max) return breach("the module's answer is longer than " + std::to_string(answer_bytes_max) + " bytes");
  auto answer = instance.memory().copy_in(answer_at->address, answer_at->length);
  if (!answer) return breach("the module gave an answer outside its memory");
  if (call.release >= 0) {
    slots = {};
    slots[0].i64 = answer_at->address;
    slots[1].i64 = answer_at->length;
    if (auto trap = instance.call(call.release, slots)) return *trap;
  }
  return std::move(*answer);
}

}  // namespace ingot::instance
