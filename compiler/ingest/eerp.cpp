// SPDX-License-Identifier: Apache-2.0
#include "ingest/eerp.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "ingest/cursor.hpp"
#include "ingot/abi.h"

namespace ingot::compiler::ingest {
namespace {

using format::ExternKind;
using format::FunctionType;

struct Offer {
  const char* module;
  const char* name;
  std::string_view params;   ///< i = i32, I = i64, F = f64
  std::string_view results;
};

constexpr std::array offers{
    Offer{"host", "log", "ii", ""},
    Offer{"host", "log_level", "iii", ""},
    Offer{"host", "register_route", "iiiii", "i"},
    Offer{"host", "register_route", "iiiiiii", "i"},
    Offer{"host", "query", "iiii", "i"},
    Offer{"host", "execute", "iiii", "i"},
    Offer{"host", "data", "ii", "i"},
    Offer{"host", "call", "iiiiiiii", "i"},
    Offer{"host", "result", "ii", "i"},
    Offer{"host", "random", "ii", ""},
    Offer{"host", "now_ms", "", "I"},
    // What AssemblyScript's own library asks for.
    Offer{"env", "abort", "iiii", ""},
    Offer{"env", "seed", "", "F"},
    Offer{"env", "trace", "iiFFFFF", ""},
    Offer{"env", "console.log", "i", ""},
};

std::vector<std::uint8_t> types_of(std::string_view letters) {
  std::vector<std::uint8_t> types;
  for (const char letter : letters) {
    types.push_back(letter == 'i' ? INGOT_TYPE_I32 : letter == 'I' ? INGOT_TYPE_I64 : INGOT_TYPE_F64);
  }
  return types;
}

FunctionType type_of(const Offer& offer) { return {types_of(offer.params), types_of(offer.results)}; }
FunctionType type_of(std::string_view params, std::string_view results) { return {types_of(params), types_of(results)}; }

Error contract_error(std::string what) { return {ErrorCode::contract, std::move(what)}; }

/// Levenshtein distance; names longer than a real one are simply far.
std::size_t distance(std::string_view a, std::string_view b) {
  if (a.size() > 64) return 64;
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t k = 0; k <= b.size(); ++k) row[k] = k;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t k = 1; k <= b.size(); ++k) {
      const std::size_t replace = diagonal + (a[i - 1] == b[k - 1] ? 0 : 1);
      diagonal = row[k];
      row[k] = std::min({replace, row[k] + 1, row[k - 1] + 1});
    }
  }
  return row.back();
}

std::string suggestion(const ModuleImport& import) {
  const Offer* best = nullptr;
  std::size_t best_distance = 3;  // further away it is another word, not a slip
  for (const Offer& offer : offers) {
    const std::size_t far = distance(import.name, offer.name) + (import.module == offer.module ? 0 : 1);
    if (far < best_distance) {
      best_distance = far;
      best = &offer;
    }
  }
  return best == nullptr ? "; abi/EERP.md lists what the host offers" : "; did you mean " + std::string(best->module) + "." + best->name + "?";
}

Result<void> check_import(const Module& module, const ModuleImport& import) {
  const FunctionType& type = module.types[import.type_index];
  const std::string label = import.module + "." + import.name;
  const std::string place = " (section import, offset " + hex_offset(import.offset) + ")";
  std::string expected;
  for (const Offer& offer : offers) {
    if (import.module != offer.module || import.name != offer.name) continue;
    if (type_of(offer) == type) return {};
    expected += (expected.empty() ? "" : " or ") + format::type_text(type_of(offer));
  }
  if (expected.empty()) return contract_error("unknown import " + label + place + suggestion(import));
  return contract_error("import " + label + " has the wrong type" + place + ": expected " + expected + ", got " + format::type_text(type));
}

const ModuleExport* find_export(const Module& module, std::string_view name) {
  for (const ModuleExport& exported : module.exports) {
    if (exported.name == name) return &exported;
  }
  return nullptr;
}

/// An export that may be missing but, when there, must be a function of one of these types.
Result<void> check_type(const Module& module, const char* name, std::initializer_list<FunctionType> accepted) {
  const ModuleExport* exported = find_export(module, name);
  if (exported == nullptr) return {};
  if (exported->kind != ExternKind::function) return contract_error("export " + std::string(name) + " is not a function");
  const FunctionType& type = module.function_type(exported->index);
  std::string expected;
  for (const FunctionType& one : accepted) {
    if (type == one) return {};
    expected += (expected.empty() ? "" : " or ") + format::type_text(one);
  }
  return contract_error("export " + std::string(name) + " has the wrong type: expected " + expected + ", got " + format::type_text(type));
}

Result<void> check_allocator(const Module& module) {
  for (const char* name : {"alloc", "allocate", "malloc"}) {
    if (find_export(module, name) != nullptr) return check_type(module, name, {type_of("i", "i")});
  }
  if (find_export(module, "cabi_realloc") != nullptr) return check_type(module, "cabi_realloc", {type_of("iiii", "i")});
  return contract_error("missing export alloc, (i32) -> (i32): a module with handle needs it so that the host can place requests");
}

}  // namespace

Result<void> check_eerp_imports(const Module& module) {
  for (const ModuleImport& import : module.imports) INGOT_TRY_VOID(check_import(module, import));
  return {};
}

Result<void> check_eerp_exports(const Module& module) {
  const ModuleExport* memory = find_export(module, "memory");
  if (memory == nullptr) return contract_error("missing export memory: the host reads and writes requests there");
  if (memory->kind != ExternKind::memory) return contract_error("export memory is not a memory");
  INGOT_TRY_VOID(check_type(module, "_initialize", {type_of("", "")}));
  INGOT_TRY_VOID(check_type(module, "init", {type_of("", "")}));
  INGOT_TRY_VOID(check_type(module, "migrate", {type_of("", "i")}));
  INGOT_TRY_VOID(check_type(module, "migrate_len", {type_of("", "i")}));
  INGOT_TRY_VOID(check_type(module, "openapi", {type_of("", "i")}));
  INGOT_TRY_VOID(check_type(module, "openapi_len", {type_of("", "i")}));
  for (const auto& [one, other] : {std::pair{"migrate", "migrate_len"}, {"migrate_len", "migrate"}}) {
    if (find_export(module, one) != nullptr && find_export(module, other) == nullptr) {
      return contract_error("missing export " + std::string(other) + ": " + one + " is exported, and its tables would never be made without it");
    }
  }
  INGOT_TRY_VOID(check_type(module, "handle", {type_of("iii", "ii"), type_of("iii", "I"), type_of("iii", "i"), type_of("iiii", "")}));
  const bool has_handle = find_export(module, "handle") != nullptr;
  if (has_handle) return check_allocator(module);
  const bool registers = std::any_of(module.imports.begin(), module.imports.end(), [](const ModuleImport& import) {
    return import.module == "host" && import.name == "register_route";
  });
  if (registers) return contract_error("missing export handle: the module imports host.register_route, so the host will call it");
  return {};
}

}  // namespace ingot::compiler::ingest
