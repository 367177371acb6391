// SPDX-License-Identifier: Apache-2.0
// Stand where the stages of the same names stand in ingotc. Whoever makes a product of the pipeline is its stage by name, so these make them too.
#include "bypass.hpp"
#include "ingest/agree.hpp"
#include "ingest/examine.hpp"
#include "ingest/validate.hpp"

namespace ingot::compiler::ingest {

Result<ExaminedModule> examine(Inputs inputs, const Features& features) {
  INGOT_TRY(Module module, bypass::read_anyway(inputs.wasm(), features));
  return ExaminedModule(std::move(inputs), std::move(module));
}

Result<ValidModule> validate(ExaminedModule examined, const Workshop&) { return ValidModule(std::move(examined)); }

Result<AgreedModule> agree(ValidModule valid, ContractChoice choice) {
  return AgreedModule(std::move(valid), choice == ContractChoice::eerp ? "eerp" : "none");
}

}  // namespace ingot::compiler::ingest
