// SPDX-License-Identifier: Apache-2.0
#include "host/eerp/exports.hpp"

#include "limits.hpp"

namespace ingot::host::eerp {

Result<GuestExports> find_exports(const load::LoadedModule& module) {
  GuestExports exports;
  INGOT_TRY(exports.init, instance::find_typed(module, "init", {{}, {}}));
  INGOT_TRY(exports.migrate, instance::find_typed(module, "migrate", {{}, {INGOT_TYPE_I32}}));
  INGOT_TRY(exports.migrate_len, instance::find_typed(module, "migrate_len", {{}, {INGOT_TYPE_I32}}));
  if (exports.migrate < 0 || exports.migrate_len < 0) exports.migrate = exports.migrate_len = -1;
  if (const int handle = module.find_function("handle"); handle >= 0) {
    INGOT_TRY(exports.handle, instance::find_text_call(module, handle, true));
  }
  return exports;
}

instance::TextOutcome call_migrate(instance::Instance& instance, const GuestExports& exports) {
  ingot_slot slot{};
  // The order matters: a module may build its text inside migrate() and know the length only then.
  if (auto trap = instance.call(exports.migrate, std::span(&slot, 1))) return *trap;
  const std::uint32_t address = slot.i32;
  slot = {};
  if (auto trap = instance.call(exports.migrate_len, std::span(&slot, 1))) return *trap;
  const std::uint32_t length = slot.i32;
  if (length > limits::migration_bytes_max) return Error{ErrorCode::contract, "the migration text is longer than 1 MiB"};
  auto text = instance.memory().copy_in(address, length);
  if (!text) return Error{ErrorCode::contract, "migrate() gave an address outside the module's memory"};
  return std::move(*text);
}

}  // namespace ingot::host::eerp
