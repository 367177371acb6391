// SPDX-License-Identifier: Apache-2.0
#include "plugin/compile.hpp"

#include <string>
#include <utility>

#include "bundle/verify.hpp"
#include "format/plugin_manifest.hpp"
#include "host/extism/source.hpp"
#include "limits.hpp"

namespace ingot::plugin {
namespace {

constexpr std::string_view bundle_begins{"\x89INGOT"}, module_begins{"\0asm", 4};

Error not_cast(const char* what) {
  return Error{ErrorCode::config, std::string("the plugin is a WebAssembly ") + what + ", and only bundles run here: cast it with `ingotc build plugin.wasm -o plugin.ingot`, and give that bundle"};
}

Result<format::PluginManifest> read_manifest(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return Error{ErrorCode::config, "the plugin's source is empty; give a bundle, or a manifest in JSON or TOML"};
  if (text.substr(begin).starts_with("(module")) return not_cast("text");
  const auto syntax = text[begin] == '{' ? format::ManifestSyntax::json : format::ManifestSyntax::toml;
  auto manifest = format::parse_plugin_manifest(text, syntax);
  if (!manifest.ok()) return std::move(manifest.error()).with_context("plugin manifest");
  return manifest;
}

Result<std::vector<host::extism::PluginModule>> load_bundle(std::string_view bytes, const format::TrustPolicy& trust) {
  INGOT_TRY(bundle::VerifiedBundle verified, bundle::verify(format::Bytes(bytes.begin(), bytes.end()), "plugin", trust));
  if (verified.manifest().contract == "eerp") return Error{ErrorCode::contract, "the bundle is a business module and no plugin"};
  INGOT_TRY(auto module, load::load(std::move(verified)));
  std::vector<host::extism::PluginModule> modules;
  modules.push_back({"", std::move(module), host::extism::plugin_start()});
  return modules;
}

Result<std::vector<host::extism::PluginModule>> load(std::string_view source, const format::TrustPolicy& trust, bool wasi, host::extism::PluginOptions& options) {
  if (source.starts_with(module_begins)) return not_cast("module");
  if (source.starts_with(bundle_begins)) {
    options = host::extism::granted_by({}, wasi);
    return load_bundle(source, trust);
  }
  INGOT_TRY(const format::PluginManifest manifest, read_manifest(source));
  options = host::extism::granted_by(manifest, wasi);
  return host::extism::load_modules(manifest,
                                    {.label = "plugin manifest",
                                     .folder = {},
                                     .advice = "cast the plugin with `ingotc build plugin.json -o FOLDER`, and give the manifest in that folder"},
                                    [&](format::Bytes bytes, const std::string& origin) { return bundle::verify(std::move(bytes), origin, trust); });
}

}  // namespace

Result<std::shared_ptr<const Compiled>> compile(ingot_engine* engine, std::string_view source, std::vector<host::extism::HostFunction> functions, bool wasi) {
  if (source.size() > limits::bundle_bytes_max) return Error{ErrorCode::verification, "larger than a bundle may be (1 GiB)"};
  auto compiled = std::make_shared<Compiled>();
  auto loaded = load(source, engine->trust, wasi, compiled->options);
  if (!loaded.ok()) {
    engine->modules_refused.fetch_add(1, std::memory_order_relaxed);
    return loaded.error();
  }
  compiled->modules = std::move(*loaded);
  compiled->options.functions = std::move(functions);
  for (const host::extism::PluginModule& module : compiled->modules) {
    compiled->held.emplace_back(new ingot_module(embed::Ref(engine), module.module));
    engine->modules_loaded.fetch_add(1, std::memory_order_relaxed);
  }
  return std::shared_ptr<const Compiled>(std::move(compiled));
}

}  // namespace ingot::plugin
