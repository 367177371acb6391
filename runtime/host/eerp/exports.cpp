// SPDX-License-Identifier: Apache-2.0
#include "host/eerp/exports.hpp"

#include "limits.hpp"

namespace ingot::host::eerp {
namespace {

/// The text whose address one export gives and whose length another.
instance::TextOutcome call_for_text(instance::Instance& instance, int address_export, int length_export, std::uint64_t bytes_max, const std::string& name) {
  ingot_slot slot{};
  // The order matters: a module may build its text in the first call and know the length only then.
  if (auto trap = instance.call(address_export, std::span(&slot, 1))) return *trap;
  const std::uint32_t address = slot.i32;
  slot = {};
  if (auto trap = instance.call(length_export, std::span(&slot, 1))) return *trap;
  const std::uint32_t length = slot.i32;
  if (length > bytes_max) return Error{ErrorCode::contract, "the text of " + name + "() is longer than 1 MiB"};
  auto text = instance.memory().copy_in(address, length);
  if (!text) return Error{ErrorCode::contract, name + "() gave an address outside the module's memory"};
  return std::move(*text);
}

}  // namespace

Result<GuestExports> find_exports(const load::LoadedModule& module) {
  GuestExports exports;
  INGOT_TRY(exports.init, instance::find_typed(module, "init", {{}, {}}));
  INGOT_TRY(exports.migrate, instance::find_typed(module, "migrate", {{}, {INGOT_TYPE_I32}}));
  INGOT_TRY(exports.migrate_len, instance::find_typed(module, "migrate_len", {{}, {INGOT_TYPE_I32}}));
  if (exports.migrate < 0 || exports.migrate_len < 0) exports.migrate = exports.migrate_len = -1;
  INGOT_TRY(exports.openapi, instance::find_typed(module, "openapi", {{}, {INGOT_TYPE_I32}}));
  INGOT_TRY(exports.openapi_len, instance::find_typed(module, "openapi_len", {{}, {INGOT_TYPE_I32}}));
  if (exports.openapi < 0 || exports.openapi_len < 0) exports.openapi = exports.openapi_len = -1;
  if (const int handle = module.find_function("handle"); handle >= 0) {
    INGOT_TRY(exports.handle, instance::find_text_call(module, handle, true));
  }
  return exports;
}

instance::TextOutcome call_migrate(instance::Instance& instance, const GuestExports& exports) {
  static_assert(limits::migration_bytes_max == 1 * limits::MiB);
  return call_for_text(instance, exports.migrate, exports.migrate_len, limits::migration_bytes_max, "migrate");
}

instance::TextOutcome call_openapi(instance::Instance& instance, const GuestExports& exports) {
  static_assert(limits::openapi_bytes_max == 1 * limits::MiB);
  return call_for_text(instance, exports.openapi, exports.openapi_len, limits::openapi_bytes_max, "openapi");
}

}  // namespace ingot::host::eerp
