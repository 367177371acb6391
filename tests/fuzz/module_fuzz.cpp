// SPDX-License-Identifier: Apache-2.0
// Any bytes as a module, for our own reader: refused with a reason or read, in bounded time and memory.
#include <cstdlib>

#include "ingest/sections.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto module = ingot::compiler::ingest::read_module({data, size});
  if (!module.ok() && module.error().message.empty()) std::abort();
  return 0;
}
