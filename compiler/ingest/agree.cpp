// SPDX-License-Identifier: Apache-2.0
#include "ingest/agree.hpp"

#include <algorithm>

#include "ingest/cursor.hpp"
#include "ingest/eerp.hpp"
#include "ingest/extism.hpp"
#include "ingest/wasi.hpp"
#include "ingot/abi.h"

namespace ingot::compiler::ingest {
namespace {

using format::ExternKind;

bool holds_reference(const std::vector<std::uint8_t>& types) {
  return std::any_of(types.begin(), types.end(), [](std::uint8_t type) { return type == INGOT_TYPE_FUNCREF || type == INGOT_TYPE_EXTERNREF; });
}

/// What no host of ours gives a module.
Result<void> check_importable(const Module& module) {
  static constexpr const char* kinds[] = {"function", "table", "memory", "global"};
  for (const ModuleImport& import : module.imports) {
    const std::string label = import.module + "." + import.name;
    const std::string place = " (section import, offset " + hex_offset(import.offset) + ")";
    if (import.kind != ExternKind::function) {
      return Error{ErrorCode::contract, "import " + label + " is a " + kinds[static_cast<std::size_t>(import.kind)] + place +
                                            "; only functions can be imported, let the module define and export it instead"};
    }
    const format::FunctionType& type = module.types[import.type_index];
    if (holds_reference(type.params) || holds_reference(type.results)) {
      return Error{ErrorCode::contract, "import " + label + " has a reference in its type " + format::type_text(type) + place +
                                            "; references cannot cross to the host"};
    }
  }
  return {};
}

ContractChoice resolve(const ValidModule& valid, ContractChoice choice) {
  if (choice != ContractChoice::automatic) return choice;
  if (!valid.inputs().module_json().empty()) return ContractChoice::eerp;
  const auto& imports = valid.module().imports;
  const bool uses_host = std::any_of(imports.begin(), imports.end(), [](const ModuleImport& import) { return import.module == "host"; });
  if (uses_host) return ContractChoice::eerp;
  if (imports_extism(valid.module())) return ContractChoice::extism;
  return imports_wasi(valid.module()) ? ContractChoice::wasi : ContractChoice::none;
}

/// Where the contract was not asked for by name, there may be a host that the module was written for.
Result<void> for_another_host(Result<void> checked, ContractChoice choice) {
  if (!checked.ok() && choice == ContractChoice::automatic) checked.error().message += " (--contract none builds it all the same, for a host that offers it)";
  return checked;
}

}  // namespace

Result<AgreedModule> agree(ValidModule valid, ContractChoice choice) {
  const ContractChoice contract = resolve(valid, choice);
  // A module without a contract may import anything: whoever links it with others answers for it.
  if (choice == ContractChoice::none) return AgreedModule(std::move(valid), "none");
  INGOT_TRY_VOID(check_importable(valid.module()));
  if (contract == ContractChoice::eerp) {
    INGOT_TRY_VOID(check_eerp_imports(valid.module()));
    INGOT_TRY_VOID(check_eerp_exports(valid.module()));
    return AgreedModule(std::move(valid), "eerp");
  }
  if (contract == ContractChoice::extism) {
    INGOT_TRY_VOID(for_another_host(check_extism_imports(valid.module()), choice));
    INGOT_TRY_VOID(check_extism_exports(valid.module()));
    return AgreedModule(std::move(valid), "extism");
  }
  if (contract == ContractChoice::wasi) {
    INGOT_TRY_VOID(for_another_host(check_wasi_imports(valid.module()), choice));
    INGOT_TRY_VOID(check_wasi_exports(valid.module()));
    return AgreedModule(std::move(valid), "wasi");
  }
  // Nobody said "none": a module whose imports no host of ours offers is better told now than at load.
  INGOT_TRY_VOID(for_another_host(check_eerp_imports(valid.module()), choice));
  return AgreedModule(std::move(valid), "none");
}

}  // namespace ingot::compiler::ingest
