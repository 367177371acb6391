// SPDX-License-Identifier: Apache-2.0
#include "embed/objects.hpp"

using namespace ingot;
using namespace ingot::embed;

Ref<DefinitionTable> ingot::embed::definitions_of(const ingot_linker* linker) {
  // Never destroyed: instances may outlive static objects.
  static DefinitionTable* const nothing = new DefinitionTable;
  return linker != nullptr ? linker->table() : Ref(nothing);
}

DefinitionTable& ingot_linker::own_table() {
  if (given.load(std::memory_order_relaxed)) {
    std::unique_ptr<DefinitionTable, Disown<DefinitionTable>> copy(new DefinitionTable);
    copy->by_name = definitions->by_name;
    copy->wasi = definitions->wasi;
    definitions = std::move(copy);
    given.store(false, std::memory_order_relaxed);
  }
  return *definitions;
}

extern "C" {

ingot_linker* ingot_linker_new(void) {
  ingot_linker* linker = nullptr;
  ingot_error_free(guarded([&]() -> ingot_error* {
    linker = new ingot_linker;
    return nullptr;
  }));
  return linker;
}

ingot_error* ingot_linker_define(ingot_linker* linker, const char* module, const char* name, const char* type, ingot_callback callback, void* user,
                                 ingot_finalizer finalizer, uint32_t flags) {
  return guarded([&]() -> ingot_error* {
    if (module == nullptr || name == nullptr || callback == nullptr) return fail(INGOT_ERROR_ARGUMENT, "a function needs a module, a name and code");
    const std::string what = std::string(module) + "." + name;
    if ((flags & ~static_cast<std::uint32_t>(INGOT_LEAF)) != 0) return fail(INGOT_ERROR_ARGUMENT, what + ": unknown flags");
    if (linker->definitions->by_name.contains(NameOrder::View(module, name))) return fail(INGOT_ERROR_ARGUMENT, what + " is defined already");
    format::FunctionType parsed;
    if (type != nullptr) {
      auto result = parse_type(type);
      if (!result.ok()) return fail(std::move(result.error()).with_context(what));
      parsed = std::move(result).value();
    }
    auto definition = std::make_shared<Definition>();
    definition->callback = callback;
    definition->leaf = (flags & INGOT_LEAF) != 0;
    definition->any_type = type == nullptr;
    definition->type = std::move(parsed);
    Definition& kept = *definition;
    linker->own_table().by_name.emplace(std::pair<std::string, std::string>(module, name), std::move(definition));
    // From here it is the definition that calls the finalizer.
    kept.user = user;
    kept.finalizer = finalizer;
    return nullptr;
  });
}

void ingot_linker_free(ingot_linker* linker) { delete linker; }

}  // extern "C"
