// SPDX-License-Identifier: Apache-2.0
// Any text as a module's migrations. What parses has a stable checksum.
#include <cstdint>
#include <cstdlib>

#include "db/migrate.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto first = ingot::db::MigrationSet::parse("fuzz", text);
  const auto second = ingot::db::MigrationSet::parse("fuzz", text);
  if (first.ok() != second.ok()) std::abort();
  if (!first.ok()) return 0;
  for (std::size_t index = 0; index < first->versions().size(); ++index) {
    if (first->versions()[index].checksum != second->versions()[index].checksum) std::abort();
  }
  return 0;
}
