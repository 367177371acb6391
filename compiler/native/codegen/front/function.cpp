// SPDX-License-Identifier: Apache-2.0
#include "native/codegen/front/function.hpp"

#include <llvm/ADT/DenseSet.h>

#include <optional>

#include "native/codegen/front/expression.hpp"

namespace ingot::compiler::native::codegen::front {
namespace {

constexpr std::string_view base_name = "wasm_rt_local_memory_base";
constexpr std::string_view base_near_instance = "(uint8_t*)instance + INGOT_MEMORY_DISTANCE(sizeof(*instance))";

class FunctionReader {
 public:
  FunctionReader(const Surroundings& surroundings, llvm::Function& function, Cursor& cursor)
      : surroundings_(surroundings),
        function_(function),
        cursor_(cursor),
        builder_(function.getContext()),
        scope_(function),
        expressions_(surroundings, function, scope_, cursor, builder_) {
    builder_.setIsFPConstrained(surroundings.rounds_any_way());
    builder_.setDefaultConstrainedRounding(llvm::RoundingMode::Dynamic);
    builder_.setDefaultConstrainedExcept(llvm::fp::ebIgnore);
  }

  /// From behind the parameters' names to behind the brace that closes the body.
  bool read(const std::vector<std::string_view>& parameters) {
    entry_ = llvm::BasicBlock::Create(function_.getContext(), "", &function_);
    builder_.SetInsertPoint(entry_);
    for (unsigned i = 1; i < function_.arg_size(); ++i) {
      const auto type = guest_type(function_.getArg(i)->getType());
      if (!type || *type == Type::pointer || !declare(parameters[i - 1], *type, function_.getArg(i))) return cursor_.fail();
    }
    cursor_.expect("{");
    blocks_.push_back({});
    while (cursor_.ok() && !blocks_.empty()) statement();
    if (!cursor_.ok()) return false;
    if (!ended()) {
      if (function_.getReturnType()->isVoidTy()) builder_.CreateRetVoid();
      else builder_.CreateUnreachable();
    }
    return end_labels();
  }

 private:
  /// A brace that is open, and where its close leads. Neither block: a brace of its own.
  struct Open {
    llvm::BasicBlock* otherwise = nullptr;  ///< of an if: when its condition does not hold
    llvm::BasicBlock* end = nullptr;        ///< of an else: behind it
  };

  llvm::BasicBlock* new_block() { return llvm::BasicBlock::Create(function_.getContext(), "", &function_); }
  bool ended() const { return builder_.GetInsertBlock()->getTerminator() != nullptr; }
  /// Blocks stand in the order of the text, so that what follows is fallen into.
  void go_on_in(llvm::BasicBlock* block) {
    if (!ended()) builder_.CreateBr(block);
    stand_in(block);
  }
  void stand_in(llvm::BasicBlock* block) {
    if (block != &function_.back()) block->moveAfter(&function_.back());
    builder_.SetInsertPoint(block);
  }

  bool declare(std::string_view name, Type type, llvm::Value* first) {
    llvm::IRBuilder<> at_entry(entry_, last_place_ == nullptr ? entry_->begin() : std::next(last_place_->getIterator()));
    llvm::AllocaInst* const place = at_entry.CreateAlloca(llvm_type(type, function_.getContext()));
    last_place_ = place;
    if (first != nullptr) builder_.CreateStore(first, place);
    return scope_.declare(name, {place, type}) || cursor_.fail();
  }

  /// A label that is jumped to and stands nowhere would leave a block without an end. The C would not compile either.
  bool end_labels() {
    for (const llvm::BasicBlock& block : function_) {
      if (block.getTerminator() == nullptr) return cursor_.fail();
    }
    return true;
  }

  void statement() {
    const char first = cursor_.next();
    if (first == '}') return close();
    // What stands behind a jump and before a label is never reached.
    const std::size_t begin = cursor_.place();
    if (Cursor::is_word(first)) {
      const std::string_view word = cursor_.word();
      if (word.starts_with("var_") && cursor_.takes(":")) return label(word);
      if (ended()) builder_.SetInsertPoint(new_block());
      if (keyword(word)) return;
      cursor_.go_to(begin);
    }
    if (ended()) builder_.SetInsertPoint(new_block());
    if (first == '{') {
      cursor_.skip(1);
      blocks_.push_back({});
    } else if (first == ';') {
      cursor_.skip(1);
    } else {
      assignment_or_expression();
    }
  }

  void label(std::string_view name) {
    cursor_.takes(";");
    llvm::BasicBlock* const block = scope_.label(name);
    if (block == nullptr || !block->empty()) {
      cursor_.fail();
      return;
    }
    go_on_in(block);
  }

  llvm::BasicBlock* jump_target() {
    llvm::BasicBlock* const block = scope_.label(cursor_.word());
    cursor_.expect(";");
    if (block == nullptr) cursor_.fail();
    return block;
  }

  /// Statements that their first word tells. False: it is none of them.
  bool keyword(std::string_view word) {
    if (word == "goto") {
      llvm::BasicBlock* const target = jump_target();
      if (cursor_.ok()) builder_.CreateBr(target);
    } else if (word == "if") {
      choice();
    } else if (word == "switch") {
      selection();
    } else if (word == "return") {
      leave();
    } else if (word == "UNREACHABLE") {
      cursor_.expect(";");
      llvm::Function* const trap = surroundings_.helper("UNREACHABLE");
      if (trap == nullptr) return cursor_.fail();
      builder_.CreateCall(trap);
      builder_.CreateUnreachable();
    } else if (word == "uint8_t") {
      memory_base();
    } else if (const auto type = type_named(word)) {
      declaration(*type);
    } else {
      return false;
    }
    return true;
  }

  /// "u32 var_i0, var_i1;" and "f64 var_l2 = 0, var_l3 = 0;"
  void declaration(Type type) {
    if (type != Type::u32 && type != Type::u64 && !is_floating(type)) cursor_.fail();
    do {
      const std::string_view name = cursor_.word();
      llvm::Value* first = nullptr;
      if (cursor_.takes("=")) {
        const Value value = expressions_.expression();
        first = cursor_.ok() && value.value != nullptr ? converted(builder_, value, type) : nullptr;
        if (first == nullptr) cursor_.fail();
      }
      if (!cursor_.ok()) return;
      declare(name, type, first);
    } while (cursor_.takes(","));
    cursor_.expect(";");
  }

  void memory_base() {
    cursor_.expect("* const");
    cursor_.expect(base_name);
    cursor_.expect("=");
    llvm::Value* base = nullptr;
    if (cursor_.takes(base_near_instance)) {
      const auto distance = surroundings_.fact("memory_distance");
      if (!distance) cursor_.fail();
      else base = builder_.CreatePtrAdd(function_.getArg(0), builder_.getInt64(*distance), "", llvm::GEPNoWrapFlags::inBounds() | llvm::GEPNoWrapFlags::noUnsignedWrap());
    } else {
      base = expressions_.memory_data();
    }
    cursor_.expect(";");
    expressions_.set_memory_base(base);
  }

  void choice() {
    cursor_.expect("(");
    llvm::Value* const condition = expressions_.condition();
    cursor_.expect(")");
    if (!cursor_.ok() || condition == nullptr) {
      cursor_.fail();
      return;
    }
    if (cursor_.takes("goto")) {
      llvm::BasicBlock* const target = jump_target();
      llvm::BasicBlock* const otherwise = new_block();
      if (!cursor_.ok()) return;
      builder_.CreateCondBr(condition, target, otherwise);
      builder_.SetInsertPoint(otherwise);
      return;
    }
    cursor_.expect("{");
    llvm::BasicBlock* const inside = new_block();
    llvm::BasicBlock* const otherwise = new_block();
    builder_.CreateCondBr(condition, inside, otherwise);
    builder_.SetInsertPoint(inside);
    blocks_.push_back({otherwise, nullptr});
  }

  void close() {
    cursor_.skip(1);
    const Open open = blocks_.back();
    blocks_.pop_back();
    if (open.otherwise != nullptr && cursor_.takes("else {")) {
      llvm::BasicBlock* const end = new_block();
      if (!ended()) builder_.CreateBr(end);
      stand_in(open.otherwise);
      blocks_.push_back({nullptr, end});
    } else if (open.otherwise != nullptr) {
      go_on_in(open.otherwise);
    } else if (open.end != nullptr) {
      go_on_in(open.end);
    }
  }

  /// "switch (value) { case 0: goto var_B1; default: goto var_B2; }"
  void selection() {
    cursor_.expect("(");
    const Value chosen = expressions_.expression();
    cursor_.expect(")");
    cursor_.expect("{");
    llvm::Value* const value = cursor_.ok() && is_integer(chosen.type) ? converted(builder_, chosen, Type::u32) : nullptr;
    if (value == nullptr || chosen.type == Type::u64 || chosen.type == Type::s64) {
      cursor_.fail();
      return;
    }
    llvm::SwitchInst* const jumps = builder_.CreateSwitch(value, entry_, 8);  // its default is read below
    llvm::DenseSet<const llvm::ConstantInt*> known;
    bool has_default = false;
    while (cursor_.ok() && !cursor_.takes("}")) {
      if (cursor_.takes("default:")) {
        cursor_.expect("goto");
        llvm::BasicBlock* const target = jump_target();
        if (!cursor_.ok() || has_default) return void(cursor_.fail());
        jumps->setDefaultDest(target);
        has_default = true;
        continue;
      }
      cursor_.expect("case");
      const Value number = expressions_.expression();
      cursor_.expect(":");
      cursor_.expect("goto");
      llvm::BasicBlock* const target = jump_target();
      auto* constant = cursor_.ok() ? llvm::dyn_cast_or_null<llvm::ConstantInt>(number.value) : nullptr;
      if (constant == nullptr || constant->getBitWidth() != 32 || !known.insert(constant).second) return void(cursor_.fail());
      jumps->addCase(constant, target);
    }
    if (!has_default) cursor_.fail();
  }

  void leave() {
    if (cursor_.takes(";")) {
      if (!function_.getReturnType()->isVoidTy()) cursor_.fail();
      else builder_.CreateRetVoid();
      return;
    }
    const Value value = expressions_.expression();
    cursor_.expect(";");
    const auto wanted = guest_type(function_.getReturnType());
    llvm::Value* const result = cursor_.ok() && value.value != nullptr && wanted && *wanted != Type::none ? converted(builder_, value, *wanted) : nullptr;
    if (result == nullptr) cursor_.fail();
    else builder_.CreateRet(result);
  }

  void assignment_or_expression() {
    const std::size_t begin = cursor_.place();
    if (const Variable* variable = scope_.variable(cursor_.word()); variable != nullptr && is_assigned()) {
      const Value value = expressions_.expression();
      llvm::Value* const result = cursor_.ok() && value.value != nullptr ? converted(builder_, value, variable->type) : nullptr;
      if (result == nullptr) cursor_.fail();
      else builder_.CreateStore(result, variable->place);
      cursor_.expect(";");
      return;
    }
    cursor_.go_to(begin);
    if (const auto place = expressions_.place()) {
      if (is_assigned()) {
        const Value value = expressions_.expression();
        expressions_.store(*place, value);
      } else {
        const Value first = expressions_.load(*place);
        if (cursor_.ok()) expressions_.expression_from(first);
      }
    } else if (cursor_.ok()) {
      expressions_.expression();
    }
    cursor_.expect(";");
  }
  bool is_assigned() {
    if (cursor_.next() != '=' || cursor_.peek(1) == '=') return false;
    cursor_.skip(1);
    return true;
  }

  const Surroundings& surroundings_;
  llvm::Function& function_;
  Cursor& cursor_;
  llvm::IRBuilder<> builder_;
  Scope scope_;
  Expressions expressions_;
  llvm::BasicBlock* entry_ = nullptr;
  llvm::AllocaInst* last_place_ = nullptr;  ///< of the variables so far: all stand at the entry's beginning
  std::vector<Open> blocks_;
};

struct Head {
  bool is_private = false;
  std::string_view name;
  std::vector<std::string_view> parameters;  ///< their names, the instance's left out
};

/// "static u32 w2c_m_f12(w2c_m* instance, u32 var_p0)". The types are clang's to know.
std::optional<Head> read_head(Cursor& cursor) {
  Head head;
  std::string_view word = cursor.word();
  for (; !word.empty() && cursor.next() != '('; word = cursor.word()) head.is_private = head.is_private || word == "static";
  head.name = word;
  cursor.expect("(w2c_m* instance");
  while (cursor.takes(",")) {
    cursor.word();
    head.parameters.push_back(cursor.word());
  }
  cursor.expect(")");
  return cursor.ok() && !head.name.empty() ? std::optional(std::move(head)) : std::nullopt;
}

/// Where the definition ends that begins at the start of `text`: behind the brace that closes it.
std::size_t end_of_definition(std::string_view text) {
  std::size_t depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '{') ++depth;
    if (text[i] == '}' && --depth == 0) return i + 1;
  }
  return text.size();
}

bool read_function(const Surroundings& surroundings, std::string_view text, std::string_view& name) {
  Cursor cursor(text);
  const auto head = read_head(cursor);
  if (!head) return false;
  name = head->name;
  llvm::Function* const function = surroundings.function(head->name);
  if (!surroundings.has_template() || function == nullptr || !function->isDeclaration() || function->arg_size() != head->parameters.size() + 1 ||
      !function->getArg(0)->getType()->isPointerTy() || function->getArg(0)->hasStructRetAttr() || !guest_type(function->getReturnType())) {
    return false;
  }
  if (!FunctionReader(surroundings, *function, cursor).read(head->parameters)) {
    function->deleteBody();
    return false;
  }
  surroundings.define(*function, head->is_private);
  return true;
}

}  // namespace

std::vector<std::string> read_functions(const Surroundings& surroundings, std::string_view text) {
  std::vector<std::string> unread;
  while (text.find('{') != std::string_view::npos) {
    const std::size_t end = end_of_definition(text);
    std::string_view name;
    if (!read_function(surroundings, text.substr(0, end), name)) unread.emplace_back(name);
    text.remove_prefix(end);
  }
  return unread;
}

}  // namespace ingot::compiler::native::codegen::front
