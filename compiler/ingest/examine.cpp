// SPDX-License-Identifier: Apache-2.0
#include "ingest/examine.hpp"

#include "ingest/sections.hpp"

namespace ingot::compiler::ingest {

Result<ExaminedModule> examine(Inputs inputs, const Features& features) {
  INGOT_TRY(Module module, read_module(inputs.wasm(), features));
  return ExaminedModule(std::move(inputs), std::move(module));
}

}  // namespace ingot::compiler::ingest
