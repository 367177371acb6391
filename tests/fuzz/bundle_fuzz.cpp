// SPDX-License-Identifier: Apache-2.0
// Any bytes as a bundle: refused or parsed, never more than that. What parses must lay out to the same signed bytes again.
#include <algorithm>
#include <cstdlib>

#include "format/bundle.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto view = ingot::format::parse_bundle({data, size});
  if (!view.ok()) return 0;
  std::vector<ingot::format::ObjectInput> objects;
  for (const auto& object : view->objects) objects.push_back({object.level, {object.bytes.begin(), object.bytes.end()}});
  const auto again = ingot::format::write_bundle(view->manifest, objects, {.symbols = view->symbols, .provenance = view->provenance, .static_files = view->static_files});
  const auto twice = ingot::format::parse_bundle(again);
  if (!twice.ok() || twice->signed_bytes.size() != view->signed_bytes.size()) std::abort();
  return 0;
}
