// SPDX-License-Identifier: Apache-2.0
#include "bundle/pack.hpp"

#include <array>

#include "bundle/provenance.hpp"
#include "format/symbols.hpp"
#include "ingest/policy.hpp"
#include "ingot/abi.h"
#include "limits.hpp"
#include "lower/embedded.hpp"
#include "symbols/tables.hpp"
#include "process/files.hpp"
#include "workshop.hpp"

namespace ingot::compiler::bundle {
namespace {

using format::ExternKind;

/// Fills in what `item` is: number `index` of its kind.
template <typename Item>
void describe(Item& item, const ingest::Module& module, std::uint32_t index) {
  switch (item.kind) {
    case ExternKind::function: item.type = module.function_type(index); break;
    case ExternKind::memory: item.limits = module.memories[index]; break;
    case ExternKind::table:
      item.limits = module.tables[index].limits;
      item.value_type = module.tables[index].element;
      break;
    case ExternKind::global:
      item.value_type = module.globals[index].type;
      item.is_mutable = module.globals[index].is_mutable;
      break;
  }
}

std::vector<format::Import> import_entries(const ingest::Module& module) {
  std::vector<format::Import> entries;
  std::array<std::uint32_t, 4> counts{};  // imports come first in every index space
  for (const ingest::ModuleImport& import : module.imports) {
    format::Import entry{.module = import.module, .name = import.name, .kind = import.kind};
    describe(entry, module, counts[static_cast<std::size_t>(import.kind)]++);
    entries.push_back(std::move(entry));
  }
  return entries;
}

format::Export export_entry(const ingest::Module& module, const ingest::ModuleExport& exported) {
  format::Export entry{.name = exported.name, .kind = exported.kind};
  describe(entry, module, exported.index);
  return entry;
}

/// An access may touch [4 GiB - 1 + offset, + width): whole wasm pages behind 4 GiB that must be mapped to nothing.
std::uint64_t guard_bytes(const ingest::Module& module) {
  const std::uint64_t page = limits::wasm_page_bytes;
  return (module.code.memory_reach_max + page - 1) / page * page;
}

/// Everything that a trap's report needs.
format::Bytes symbols_section(const AuditedObjects& audited) {
  format::Symbols symbols;
  symbols.functions = native::function_names(audited.agreed().module());
  for (const auto& file : audited.agreed().lines().files) symbols.files.push_back(file.shown);
  for (const format::Bytes& object : audited.unstripped()) {
    symbols.targets.push_back(native::read_target(object, audited.agreed().module(), audited.agreed().lines()));
  }
  return format::write_symbols(symbols);
}

}  // namespace

const char* ingotc_version() { return INGOT_VERSION; }

UnsignedBundle pack(AuditedObjects audited, const Request& request, const Workshop& workshop) {
  const Inputs& inputs = audited.agreed().inputs();
  const ingest::Module& module = audited.agreed().module();
  format::Manifest manifest;
  manifest.abi_version = INGOT_ABI_VERSION;
  manifest.rt_digest = format::hex(format::sha256(process::bytes_of(lower::embedded_file("wasm-rt.h"))));
  manifest.name = inputs.name();
  manifest.version = inputs.version();
  manifest.contract = audited.agreed().contract();
  manifest.module_digest = format::hex(format::sha256(inputs.wasm()));
  manifest.module_bytes = inputs.wasm().size();
  manifest.rollback = request.rollback;
  manifest.has_memory = !module.memories.empty();
  if (manifest.has_memory) manifest.memory = module.memories.front();
  manifest.guard_bytes = guard_bytes(module);
  manifest.optimisation = name_of(request.optimisation);
  manifest.features = ingest::profile_features(module.features());
  manifest.imports = import_entries(module);
  for (const auto& exported : module.exports) manifest.exports.push_back(export_entry(module, exported));
  manifest.module_json = inputs.module_json();

  const format::Bytes symbols = symbols_section(audited);
  const std::string provenance = format::write_provenance(provenance_of(audited, request, workshop));
  return UnsignedBundle(format::write_bundle(std::move(manifest), audited.objects(),
                                             {.symbols = symbols, .provenance = process::bytes_of(provenance), .static_files = inputs.static_files()}), false);
}

}  // namespace ingot::compiler::bundle
