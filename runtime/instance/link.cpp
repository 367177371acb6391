// SPDX-License-Identifier: Apache-2.0
//
// Import matching (core 2.0, section 4.5.3): does what an import is given have the type that it asks for?
#include <string>

#include "base/check.hpp"
#include "ingot/island/wasm-rt.h"
#include "instance/instance.hpp"

namespace ingot::instance {
namespace {

using format::ExternKind;

/// A call from one guest into another, on the stack of the first. Trivial: a trap of the callee abandons this frame.
std::uint32_t forward(void* context, ingot_slot* slots) {
  const auto* target = static_cast<const CallTarget*>(context);
  target->call(target->instance, slots);
  return 0;
}

Error refuse(const char* what, const format::Import& import, const std::string& why) {
  return Error{ErrorCode::contract, std::string(what) + " " + import.module + "." + import.name + why};
}

std::uint64_t current_size(const format::Export& item, const void* address) {
  if (item.kind == ExternKind::memory) return static_cast<const wasm_rt_memory_t*>(address)->pages;
  if (item.value_type == INGOT_TYPE_FUNCREF) return static_cast<const wasm_rt_funcref_table_t*>(address)->size;
  return static_cast<const wasm_rt_externref_table_t*>(address)->size;
}

}  // namespace

Result<void> Instance::link(const format::Import& import, const Extern& given) {
  if (given.function == nullptr && given.owner == nullptr) return refuse("unknown import", import, ": nobody offers it");
  const auto mismatch = [&](const std::string& why) { return refuse("incompatible import type", import, ": " + why); };
  if (given.function != nullptr) {
    if (import.kind != ExternKind::function) return mismatch("the host offers a function");
    if (given.type != nullptr && *given.type != import.type) return mismatch("the host's has type " + format::type_text(*given.type));
    imports_.push_back({given.function, given.context_is_importer ? this : given.context});
    return {};
  }
  Instance& owner = *given.owner;
  INGOT_CHECK(owner.store_ == store_);
  const format::Export& item = owner.module().manifest().exports[static_cast<std::size_t>(given.export_index)];
  if (item.kind != import.kind) return mismatch("the export is of another kind");
  if (import.kind == ExternKind::function) {
    if (item.type != import.type) return mismatch("the export has type " + format::type_text(item.type));
    targets_.push_back(owner.call_target(given.export_index));
    imports_.push_back({forward, &targets_.back()});
    return {};
  }
  void* const address = owner.export_address(given.export_index);
  std::optional<std::uint64_t> max = item.limits.max;
  // A re-exported import keeps the limits of what it is, not of what its importer asked for.
  for (const Bound& bound : owner.bound_) {
    if (bound.address == address) max = bound.max;
  }
  if (import.kind != ExternKind::memory && item.value_type != import.value_type) {
    return mismatch("it holds " + format::value_type_text(item.value_type) + ", not " + format::value_type_text(import.value_type));
  }
  if (import.kind == ExternKind::global) {
    if (item.is_mutable != import.is_mutable) return mismatch("one is mutable, the other is not");
  } else {
    if (current_size(item, address) < import.limits.min) return mismatch("it is too small");
    if (import.limits.max && (!max || *max > *import.limits.max)) return mismatch("it may grow too large");
  }
  addresses_.push_back(address);
  bound_.push_back({address, max});
  return {};
}

}  // namespace ingot::instance
