// SPDX-License-Identifier: Apache-2.0
#pragma once
// The bill of materials of a bundle, in the CycloneDX 1.5 JSON form: what is in it and what made it. Derived from the signed provenance, so
// it says as much as that, and the same bundle has the same bill.

#include <nlohmann/json_fwd.hpp>

#include "format/bundle.hpp"
#include "format/provenance.hpp"

namespace ingot::compiler::cli {

nlohmann::json bill_of_materials(const format::BundleView& bundle, const format::Provenance& made);

}  // namespace ingot::compiler::cli
