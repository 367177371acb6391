// SPDX-License-Identifier: Apache-2.0
// Any text as a manifest. What parses is canonical: written again it is the same text.
#include <cstdlib>

#include "format/manifest.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto manifest = ingot::format::parse_manifest(text);
  if (manifest.ok() && ingot::format::write_manifest(*manifest) != text) std::abort();
  return 0;
}
