// SPDX-License-Identifier: Apache-2.0
// Any text as a plugin's manifest, in JSON or TOML by its first byte. What can be read is written as JSON that says the same: read and written again it is the same text, and each
// module is somewhere exactly once.
#include "format/plugin_manifest.hpp"
#include "fuzz/input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ingot::format;
  using ingot::fuzz::require;
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto manifest = parse_plugin_manifest(text, data[0] % 2 == 0 ? ManifestSyntax::json : ManifestSyntax::toml);
  if (!manifest.ok()) {
    require(!manifest.error().message.empty(), "what is refused is named");
    return 0;
  }
  for (const PluginModuleSource& module : manifest->modules) {
    require((module.path ? 1 : 0) + (module.url ? 1 : 0) + (module.data ? 1 : 0) == 1, "a module is somewhere once");
    require(module.hash.empty() || (module.hash.size() == 64 && module.hash.find_first_not_of("0123456789abcdef") == std::string::npos), "a hash is a SHA-256");
  }
  const std::string written = write_plugin_manifest(*manifest);
  const auto again = parse_plugin_manifest(written, ManifestSyntax::json);
  require(again.ok(), "what is written can be read");
  require(write_plugin_manifest(*again) == written, "what is read again is the same");
  return 0;
}
