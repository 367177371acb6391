// SPDX-License-Identifier: Apache-2.0
#include "host/extism/kernel_functions.hpp"

#include <algorithm>

#include "host/extism/kernel.hpp"

namespace ingot::host::extism {
namespace {

Kernel& kernel_of(void* context) { return *static_cast<Kernel*>(context); }

std::uint32_t alloc(void* context, ingot_slot* slots) noexcept {
  Kernel& kernel = kernel_of(context);
  slots[0].i64 = kernel.alloc(slots[0].i64);
  // A plugin at its limit ends, as if a memory of its own could not grow.
  return slots[0].i64 == 0 && kernel.growth_is_exhausted() ? INGOT_TRAP_LIMIT : INGOT_TRAP_NONE;
}
std::uint32_t free(void* context, ingot_slot* slots) noexcept {
  kernel_of(context).free(slots[0].i64);
  return INGOT_TRAP_NONE;
}
std::uint32_t length(void* context, ingot_slot* slots) noexcept {
  slots[0].i64 = kernel_of(context).length(slots[0].i64);
  return INGOT_TRAP_NONE;
}
std::uint32_t load_u8(void* context, ingot_slot* slots) noexcept {
  slots[0].i64 = kernel_of(context).load_u8(slots[0].i64);
  return INGOT_TRAP_NONE;
}
std::uint32_t load_u64(void* context, ingot_slot* slots) noexcept {
  slots[0].i64 = kernel_of(context).load_u64(slots[0].i64);
  return INGOT_TRAP_NONE;
}
std::uint32_t store_u8(void* context, ingot_slot* slots) noexcept {
  kernel_of(context).store_u8(slots[0].i64, static_cast<std::uint8_t>(slots[1].i32));
  return INGOT_TRAP_NONE;
}
std::uint32_t store_u64(void* context, ingot_slot* slots) noexcept {
  kernel_of(context).store_u64(slots[0].i64, slots[1].i64);
  return INGOT_TRAP_NONE;
}
std::uint32_t input_set(void* context, ingot_slot* slots) noexcept {
  kernel_of(context).input_set(slots[0].i64, slots[1].i64);
  return INGOT_TRAP_NONE;
}
std::uint32_t input_length(void* context, ingot_slot* slots) noexcept {
  slots[0].i64 = kernel_of(context).input_length();
  return INGOT_TRAP_NONE;
}
std::uint32_t input_offset(void* context, ingot_slot* slots) noexcept {
  slots[0].i64 = kernel_of(context).input_offset();
  return INGOT_TRAP_NONE;
}
std::uint32_t input_load_u8(void* context, ingot_slot* slots) noexcept {
  slots[0].i64 = kernel_of(context).input_load_u8(slots[0].i64);
  return INGOT_TRAP_NONE;
}
std::uint32_t input_load_u64(void* context, ingot_slot* slots) noexcept {
  slots[0].i64 = kernel_of(context).input_load_u64(slots[0].i64);
  return INGOT_TRAP_NONE;
}
std::uint32_t output_set(void* context, ingot_slot* slots) noexcept {
  kernel_of(context).output_set(slots[0].i64, slots[1].i64);
  return INGOT_TRAP_NONE;
}
std::uint32_t output_length(void* context, ingot_slot* slots) noexcept {
  slots[0].i64 = kernel_of(context).output_length();
  return INGOT_TRAP_NONE;
}
std::uint32_t output_offset(void* context, ingot_slot* slots) noexcept {
  slots[0].i64 = kernel_of(context).output_offset();
  return INGOT_TRAP_NONE;
}
std::uint32_t error_set(void* context, ingot_slot* slots) noexcept {
  kernel_of(context).error_set(slots[0].i64);
  return INGOT_TRAP_NONE;
}
std::uint32_t error_get(void* context, ingot_slot* slots) noexcept {
  slots[0].i64 = kernel_of(context).error_get();
  return INGOT_TRAP_NONE;
}
std::uint32_t reset(void* context, ingot_slot*) noexcept {
  kernel_of(context).reset();
  return INGOT_TRAP_NONE;
}
std::uint32_t memory_bytes(void* context, ingot_slot* slots) noexcept {
  slots[0].i64 = kernel_of(context).memory_bytes();
  return INGOT_TRAP_NONE;
}

struct Named {
  std::string_view name;
  ingot_host_function function;
};
constexpr Named all[] = {{"alloc", alloc},
                         {"free", free},
                         {"length", length},
                         {"length_unsafe", length},  // there is no header that could be read unchecked
                         {"load_u8", load_u8},
                         {"load_u64", load_u64},
                         {"store_u8", store_u8},
                         {"store_u64", store_u64},
                         {"input_set", input_set},
                         {"input_length", input_length},
                         {"input_offset", input_offset},
                         {"input_load_u8", input_load_u8},
                         {"input_load_u64", input_load_u64},
                         {"output_set", output_set},
                         {"output_length", output_length},
                         {"output_offset", output_offset},
                         {"error_set", error_set},
                         {"error_get", error_get},
                         {"reset", reset},
                         {"memory_bytes", memory_bytes}};

}  // namespace

ingot_host_function kernel_function(std::string_view name) {
  const auto found = std::ranges::find(all, name, &Named::name);
  return found == std::end(all) ? nullptr : found->function;
}

}  // namespace ingot::host::extism
