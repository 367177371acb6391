// SPDX-License-Identifier: Apache-2.0
#include "ingest/extism.hpp"

#include <algorithm>

#include "extism_functions.hpp"
#include "ingest/cursor.hpp"
#include "ingest/wasi.hpp"
#include "ingot/abi.h"
#include "wasi_functions.hpp"

namespace ingot::compiler::ingest {
namespace {

using format::ExternKind;
using format::FunctionType;

Error contract_error(std::string what) { return {ErrorCode::contract, std::move(what)}; }

std::vector<std::uint8_t> types_of(std::string_view letters) {
  std::vector<std::uint8_t> types;
  for (const char letter : letters) types.push_back(letter == 'i' ? INGOT_TYPE_I32 : INGOT_TYPE_I64);
  return types;
}

bool are_numbers(const std::vector<std::uint8_t>& types) {
  return std::ranges::all_of(types, [](std::uint8_t type) { return type >= INGOT_TYPE_F64 && type <= INGOT_TYPE_I32; });
}

Result<void> check_import(const Module& module, const ModuleImport& import) {
  const std::string label = import.module + "." + import.name;
  const std::string place = " (section import, offset " + hex_offset(import.offset) + ")";
  const FunctionType& type = module.types[import.type_index];
  if (import.module == extism::module_name) {
    const auto index = extism::index_of(import.name);
    if (!index) return contract_error("unknown import " + label + place + "; abi/EXTISM.md lists what the host offers to a plugin");
    const FunctionType expected = type_of(extism::functions[*index]);
    if (type == expected) return {};
    return contract_error("import " + label + " has the wrong type" + place + ": expected " + format::type_text(expected) + ", got " + format::type_text(type));
  }
  if (wasi::is_module(import.module)) return check_wasi_import(module, import);
  if (are_numbers(type.params) && are_numbers(type.results)) return {};
  return contract_error("import " + label + " has a vector in its type " + format::type_text(type) + place + "; hosts and other modules of a plugin take i32, i64, f32 and f64");
}

Result<void> check_type(const Module& module, const char* name, const FunctionType& expected) {
  const auto found = std::ranges::find(module.exports, name, &ModuleExport::name);
  if (found == module.exports.end()) return {};
  if (found->kind != ExternKind::function) return contract_error("export " + std::string(name) + " is not a function");
  const FunctionType& type = module.function_type(found->index);
  if (type == expected) return {};
  return contract_error("export " + std::string(name) + " has the wrong type: expected " + format::type_text(expected) + ", got " + format::type_text(type));
}

}  // namespace

FunctionType type_of(const extism::Signature& function) { return {types_of(function.params), types_of(function.results)}; }

bool imports_extism(const Module& module) {
  return std::ranges::any_of(module.imports, [](const ModuleImport& import) { return import.module == extism::module_name || import.module == extism::user_module_name; });
}

Result<void> check_extism_imports(const Module& module) {
  for (const ModuleImport& import : module.imports) INGOT_TRY_VOID(check_import(module, import));
  return {};
}

Result<void> check_extism_exports(const Module& module) {
  INGOT_TRY_VOID(check_type(module, "_initialize", {}));
  INGOT_TRY_VOID(check_type(module, "__wasm_call_ctors", {}));
  return check_type(module, "hs_init", {{INGOT_TYPE_I32, INGOT_TYPE_I32}, {}});
}

}  // namespace ingot::compiler::ingest
