// SPDX-License-Identifier: Apache-2.0
// Expressions that read and write: guest memory, and the members of the instance.
#include "native/codegen/front/expression.hpp"

namespace ingot::compiler::native::codegen::front {
namespace {

/// What a member is that holds a value itself, or the address of one elsewhere; none for others.
struct Held {
  Type type = Type::none;
  bool elsewhere = false;
};
Held held_by(Kind kind) {
  switch (kind) {
    case Kind::u32: return {Type::u32, false};
    case Kind::u64: return {Type::u64, false};
    case Kind::f32: return {Type::f32, false};
    case Kind::f64: return {Type::f64, false};
    case Kind::u32_at: return {Type::u32, true};
    case Kind::u64_at: return {Type::u64, true};
    case Kind::f32_at: return {Type::f32, true};
    case Kind::f64_at: return {Type::f64, true};
    case Kind::host: return {Type::pointer, false};
    default: return {};
  }
}

const llvm::Align instance_alignment(8);  // the runtime puts instances at page boundaries; each struct in them begins with a pointer
constexpr unsigned memory_pages = 1, memory_size = 2;  // places in the answer about memories; 0 is where the bytes are

}  // namespace

/// Behind the member's name: it, or what is in it. `address` is that of the thing itself, at an offset in what is aligned like an instance.
std::optional<Place> Expressions::member_place(llvm::Value* address, std::uint64_t at, Kind kind) {
  if (const Held held = held_by(kind); held.type != Type::none) {
    const llvm::Align own(held.type == Type::u32 || held.type == Type::f32 ? 4 : 8);
    return Place{address, held.type, false, held.elsewhere ? own : llvm::commonAlignment(instance_alignment, at)};
  }
  std::optional<std::uint64_t> offset;
  Type type = Type::none;
  const bool is_memory = kind == Kind::memory || kind == Kind::memory_at, is_table = kind == Kind::table || kind == Kind::table_at;
  if (is_memory && cursor_.takes(".pages")) {
    offset = surroundings_.fact("memory", memory_pages);
    type = Type::u64;
  } else if (is_memory && cursor_.takes(".size")) {
    offset = surroundings_.fact("memory", memory_size);
    type = Type::u64;
  } else if (is_table && cursor_.takes(".size")) {
    offset = surroundings_.fact("table_size");
    type = Type::u32;
  } else if ((is_memory || is_table) && cursor_.peek() != '.') {
    return Place{address, Type::none};  // only ever for its address
  }
  if (!offset) {
    cursor_.fail();
    return std::nullopt;
  }
  return Place{at_offset(address, *offset), type, false, llvm::commonAlignment(instance_alignment, at + *offset)};
}

std::optional<Place> Expressions::place() {
  if (cursor_.takes("*(ingot_at_")) {
    const auto type = type_named(cursor_.word());
    cursor_.expect("*)(");
    const Value address = expression();
    cursor_.expect(")");
    if (!cursor_.ok() || !type || address.type != Type::pointer) {
      cursor_.fail();
      return std::nullopt;
    }
    return Place{address.value, *type, true};
  }
  const bool pointed_to = cursor_.takes("(*instance->");
  if (!pointed_to && !cursor_.takes("instance->")) return std::nullopt;
  const auto member = surroundings_.member(cursor_.word());
  const bool is_pointer = member && (held_by(member->kind).elsewhere || member->kind == Kind::memory_at || member->kind == Kind::table_at);
  if (!member || (pointed_to && (!is_pointer || !cursor_.expect(")")))) {
    cursor_.fail();
    return std::nullopt;
  }
  llvm::Value* address = at_offset(function_.getArg(0), member->offset);
  if (is_pointer && !pointed_to) return Place{address, Type::pointer, false, instance_alignment};
  if (pointed_to) address = builder_.CreateLoad(builder_.getPtrTy(), address);
  return member_place(address, pointed_to ? 0 : member->offset, member->kind);
}

Value Expressions::load(const Place& place) {
  if (place.type == Type::none) return fail();
  llvm::Type* const type = llvm_type(place.type, builder_.getContext());
  return {builder_.CreateAlignedLoad(type, place.address, place.alignment, place.in_guest_memory), place.type};
}

void Expressions::store(const Place& place, const Value& value) {
  const Value wanted = place.type == Type::none ? fail() : as(value, place.type);
  if (!cursor_.ok() || wanted.value == nullptr) return;
  builder_.CreateAlignedStore(wanted.value, place.address, place.alignment, place.in_guest_memory);
}

llvm::Value* Expressions::memory_data() {
  const bool own = cursor_.takes("(&instance->");
  if (!own) cursor_.expect("(instance->");
  const auto member = surroundings_.member(cursor_.word());
  cursor_.expect(")->data");
  const auto offset = surroundings_.fact("memory");
  if (!cursor_.ok() || !member || !offset || member->kind != (own ? Kind::memory : Kind::memory_at)) return fail().value;
  llvm::Value* memory = at_offset(function_.getArg(0), member->offset);
  if (!own) memory = builder_.CreateLoad(builder_.getPtrTy(), memory);
  return builder_.CreateLoad(builder_.getPtrTy(), at_offset(memory, *offset));
}

}  // namespace ingot::compiler::native::codegen::front
