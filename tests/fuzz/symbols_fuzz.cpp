// SPDX-License-Identifier: Apache-2.0
// Any bytes as a symbols section: every question has an answer, and none reads outside the bytes or goes on for ever.
#include <cstdlib>

#include "format/symbols.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto symbols = ingot::format::SymbolsView::parse({data, size});
  if (!symbols.ok()) return 0;
  constexpr std::uint32_t asked_max = 1000;
  std::size_t bytes = 0;
  for (std::uint32_t i = 0; i < asked_max; ++i) bytes += symbols->function_name(i).size() + symbols->file_name(i).size();
  for (std::uint32_t target = 0; target <= symbols->target_count(); ++target) {
    for (std::uint32_t row = 0; row < symbols->line_count(target) && row < asked_max; ++row) {
      const std::uint32_t offset = symbols->line_offset(target, row);
      if (symbols->locations(target, offset, 64).size() > 64) std::abort();
      bytes += static_cast<std::size_t>(symbols->unwind(target, offset).rbp_below);
    }
  }
  return bytes == SIZE_MAX ? 1 : 0;
}
