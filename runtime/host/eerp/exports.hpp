// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which exports of the contract a business module has.

#include <optional>

#include "instance/text_call.hpp"

namespace ingot::host::eerp {

struct GuestExports {
  int init = -1;                   ///< -1: absent
  int migrate = -1, migrate_len = -1;  ///< both or none
  int openapi = -1, openapi_len = -1;  ///< both or none
  std::optional<instance::TextCall> handle;
};

/// Errors: contract, naming the export that is of the wrong type.
Result<GuestExports> find_exports(const load::LoadedModule& module);

/// migrate(), then migrate_len(), then the copy. REQUIRES: exports.migrate >= 0, inside a CallScope, instance ready.
instance::TextOutcome call_migrate(instance::Instance& instance, const GuestExports& exports);

/// The same with openapi() and openapi_len(). REQUIRES: exports.openapi >= 0, inside a CallScope, instance ready.
instance::TextOutcome call_openapi(instance::Instance& instance, const GuestExports& exports);

}  // namespace ingot::host::eerp
