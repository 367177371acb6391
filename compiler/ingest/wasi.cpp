// SPDX-License-Identifier: Apache-2.0
#include "ingest/wasi.hpp"

#include <algorithm>

#include "ingest/cursor.hpp"
#include "ingot/abi.h"
#include "wasi_functions.hpp"

namespace ingot::compiler::ingest {
namespace {

using format::ExternKind;
using format::FunctionType;

Error contract_error(std::string what) { return {ErrorCode::contract, std::move(what)}; }

FunctionType type_of(const wasi::Signature& signature) {
  FunctionType type;
  for (const char letter : signature.params) type.params.push_back(letter == 'i' ? INGOT_TYPE_I32 : INGOT_TYPE_I64);
  type.results.assign(signature.results.size(), INGOT_TYPE_I32);
  return type;
}

const ModuleExport* find_export(const Module& module, std::string_view name) {
  const auto found = std::ranges::find(module.exports, name, &ModuleExport::name);
  return found == module.exports.end() ? nullptr : &*found;
}

/// An export that may be missing but, when there, is a function without parameters and results.
Result<void> check_entry(const Module& module, const char* name) {
  const ModuleExport* exported = find_export(module, name);
  if (exported == nullptr) return {};
  if (exported->kind != ExternKind::function) return contract_error("export " + std::string(name) + " is not a function");
  const FunctionType& type = module.function_type(exported->index);
  if (type == FunctionType{}) return {};
  return contract_error("export " + std::string(name) + " has the wrong type: expected " + format::type_text(FunctionType{}) + ", got " + format::type_text(type));
}

}  // namespace

Result<void> check_wasi_import(const Module& module, const ModuleImport& import) {
  const std::string label = import.module + "." + import.name;
  const std::string place = " (section import, offset " + hex_offset(import.offset) + ")";
  const auto index = wasi::index_of(import.name);
  if (!wasi::is_module(import.module) || !index) return contract_error("unknown import " + label + place + "; abi/WASI.md lists what the host offers to a WASI module");
  const FunctionType expected = type_of(wasi::functions[*index]);
  const FunctionType& type = module.types[import.type_index];
  if (type == expected) return {};
  return contract_error("import " + label + " has the wrong type" + place + ": expected " + format::type_text(expected) + ", got " + format::type_text(type));
}

bool imports_wasi(const Module& module) {
  return std::ranges::any_of(module.imports, [](const ModuleImport& import) { return wasi::is_module(import.module); });
}

Result<void> check_wasi_imports(const Module& module) {
  for (const ModuleImport& import : module.imports) INGOT_TRY_VOID(check_wasi_import(module, import));
  return {};
}

Result<void> check_wasi_exports(const Module& module) {
  INGOT_TRY_VOID(check_entry(module, "_start"));
  INGOT_TRY_VOID(check_entry(module, "_initialize"));
  if (find_export(module, "_start") != nullptr && find_export(module, "_initialize") != nullptr) {
    return contract_error("exports _start and _initialize: a program has the one, a reactor the other, and nobody could tell which it is");
  }
  const ModuleExport* memory = find_export(module, "memory");
  if (memory == nullptr) return contract_error("missing export memory: every pointer that the module hands to the host points there");
  if (memory->kind != ExternKind::memory) return contract_error("export memory is not a memory");
  return {};
}

}  // namespace ingot::compiler::ingest
