// SPDX-License-Identifier: Apache-2.0
#include "native/codegen/front/surroundings.hpp"

#include <llvm/ADT/SmallString.h>
#include <llvm/IR/Constants.h>
#include <llvm/Transforms/Utils/ModuleUtils.h>

namespace ingot::compiler::native::codegen::front {
namespace {

constexpr llvm::StringRef prefix = "ingot_front_";
constexpr llvm::StringRef template_name = "ingot_front_template";

llvm::SmallString<64> named(std::string_view name, std::string_view suffix = {}) {
  llvm::SmallString<64> text(prefix);
  text += llvm::StringRef(name);
  text += llvm::StringRef(suffix);
  return text;
}

}  // namespace

std::optional<std::uint64_t> Surroundings::fact(std::string_view name, unsigned place) const {
  const llvm::GlobalVariable* global = module_.getGlobalVariable(named(name), true);
  if (global == nullptr || !global->hasInitializer()) return std::nullopt;
  const auto* number = llvm::dyn_cast_or_null<llvm::ConstantInt>(global->getInitializer()->getAggregateElement(place));
  return number == nullptr ? std::nullopt : std::optional(number->getZExtValue());
}

std::optional<Member> Surroundings::member(std::string_view name) const {
  const auto offset = fact("member_" + std::string(name)), kind = fact("member_" + std::string(name), 1);
  if (!offset || !kind || *kind > static_cast<std::uint64_t>(Kind::host)) return std::nullopt;
  return Member{*offset, static_cast<Kind>(*kind)};
}

llvm::Function* Surroundings::function(std::string_view name) const { return module_.getFunction(llvm::StringRef(name)); }
llvm::Function* Surroundings::helper(std::string_view name, std::string_view suffix) const { return module_.getFunction(named(name, suffix)); }
llvm::GlobalVariable* Surroundings::variable(std::string_view name) const { return module_.getGlobalVariable(llvm::StringRef(name), true); }

bool Surroundings::has_template() const { return module_.getFunction(template_name) != nullptr; }

bool Surroundings::rounds_any_way() const {
  const llvm::Function* pattern = module_.getFunction(template_name);
  return pattern != nullptr && pattern->hasFnAttribute(llvm::Attribute::StrictFP);
}

void Surroundings::define(llvm::Function& function, bool is_private) const {
  const llvm::AttributeList declared = function.getAttributes();
  const llvm::Function* pattern = module_.getFunction(template_name);
  if (pattern != nullptr) {
    llvm::SmallVector<llvm::AttributeSet, 8> parameters;
    for (unsigned i = 0; i < function.arg_size(); ++i) parameters.push_back(declared.getParamAttrs(i));
    function.setAttributes(llvm::AttributeList::get(module_.getContext(), pattern->getAttributes().getFnAttrs(), declared.getRetAttrs(), parameters));
  }
  if (is_private) function.setLinkage(llvm::GlobalValue::InternalLinkage);
  else if (pattern != nullptr) function.setVisibility(pattern->getVisibility());
}

void Surroundings::clean() const {
  llvm::removeFromUsedLists(module_, [](llvm::Constant* constant) {
    const auto* global = llvm::dyn_cast<llvm::GlobalValue>(constant->stripPointerCasts());
    return global != nullptr && global->getName().starts_with(prefix);
  });
  if (llvm::Function* pattern = module_.getFunction(template_name)) pattern->eraseFromParent();
}

}  // namespace ingot::compiler::native::codegen::front
