// SPDX-License-Identifier: Apache-2.0
#include "native/codegen/front/scope.hpp"

namespace ingot::compiler::native::codegen::front {
namespace {

constexpr std::string_view variable_letters = "ijfdpl";
constexpr std::string_view label_letters = "BL";
constexpr std::size_t number_max = 1'000'000;  // validation allows 50,000 locals; stack depths are less than a body's length

}  // namespace

std::optional<Scope::Key> Scope::key_of(std::string_view name, std::string_view letters) {
  if (name.size() < 6 || !name.starts_with("var_")) return std::nullopt;
  const std::size_t letter = letters.find(name[4]);
  if (letter == std::string_view::npos) return std::nullopt;
  std::size_t number = 0;
  for (const char c : name.substr(5)) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + static_cast<std::size_t>(c - '0');
    if (number > number_max) return std::nullopt;
  }
  return Key{letter, number};
}

const Variable* Scope::variable(std::string_view name) {
  const auto key = key_of(name, variable_letters);
  if (!key) return nullptr;
  const auto& list = variables_[key->letter];
  return key->number < list.size() && list[key->number].place != nullptr ? &list[key->number] : nullptr;
}

bool Scope::declare(std::string_view name, const Variable& variable) {
  const auto key = key_of(name, variable_letters);
  if (!key) return false;
  auto& list = variables_[key->letter];
  if (list.size() <= key->number) list.resize(key->number + 1);
  list[key->number] = variable;
  return true;
}

llvm::BasicBlock* Scope::label(std::string_view name) {
  const auto made = [&](llvm::BasicBlock*& block) {
    if (block == nullptr) block = llvm::BasicBlock::Create(function_.getContext(), "", &function_);
    return block;
  };
  if (name == "var_Bfunc") return made(end_);
  const auto key = key_of(name, label_letters);
  if (!key) return nullptr;
  auto& list = labels_[key->letter];
  if (list.size() <= key->number) list.resize(key->number + 1);
  return made(list[key->number]);
}

}  // namespace ingot::compiler::native::codegen::front
