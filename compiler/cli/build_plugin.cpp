// SPDX-License-Identifier: Apache-2.0
//
// `ingotc build MANIFEST -o FOLDER`: casts each module of an Extism plugin, and writes a manifest that names the bundles. Everything else in it stays as it was; a hash, too: it is of the
// WebAssembly module, which a bundle names.

#include <cstdio>
#include <filesystem>

#include "cli/commands.hpp"
#include "format/plugin_manifest.hpp"
#include "format/signature.hpp"
#include "limits.hpp"
#include "process/files.hpp"

namespace ingot::compiler::cli {
namespace {

namespace fs = std::filesystem;
using format::PluginModuleSource;

/// A name for its files: what the manifest calls it, if that can be one, and its number, which no other has.
std::string file_name(const PluginModuleSource& module, std::size_t index) {
  std::string name = std::to_string(index);
  if (module.name.empty() || module.name.size() > 100) return "module-" + name;
  name += "-";
  for (const char letter : module.name) {
    const bool plain = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9') || letter == '-' || letter == '_';
    name += plain ? letter : '_';
  }
  return name;
}

Result<format::Bytes> bytes_of(const PluginModuleSource& module, const std::string& label, const fs::path& folder) {
  if (module.url) return Error{ErrorCode::config, label + " is at a URL: fetch " + *module.url + " and name the file with path, so that what is cast is what was looked at"};
  if (module.data) return format::Bytes(module.data->begin(), module.data->end());
  return process::read_file((folder / *module.path).string(), limits::module_bytes_max);
}

/// Casts it into `folder`; from then on the manifest names the bundle.
Result<void> cast(PluginModuleSource& module, std::size_t index, const BuildArguments& arguments, const fs::path& folder) {
  const std::string label = arguments.input + ": wasm[" + std::to_string(index) + "]";
  INGOT_TRY(const format::Bytes bytes, bytes_of(module, label, fs::path(arguments.input).parent_path()));
  if (!module.hash.empty() && module.hash != format::hex(format::sha256(bytes))) {
    return Error{ErrorCode::verification, "Hash mismatch: " + label + " has SHA-256 " + format::hex(format::sha256(bytes)) + ", and the manifest names " + module.hash};
  }
  const std::string name = file_name(module, index);
  BuildArguments one = arguments;
  one.output = (folder / (name + ".ingot")).string();
  one.input = (folder / (name + ".wasm")).string();
  if (one.contract == "auto") one.contract = "extism";
  INGOT_TRY_VOID(process::write_file(one.input, bytes));
  auto built = build_module(one);
  std::error_code ignored;
  fs::remove(one.input, ignored);
  if (!built.ok()) return std::move(built.error()).with_context(label);
  module.path = name + ".ingot";
  module.data.reset();
  return {};
}

Result<void> build_plugin(const BuildArguments& arguments, format::ManifestSyntax syntax) {
  if (arguments.output.empty()) return Error{ErrorCode::invalid_argument, "a plugin is cast into a folder: name it with -o"};
  INGOT_TRY(const format::Bytes text, process::read_file(arguments.input, limits::manifest_bytes_max));
  auto parsed = format::parse_plugin_manifest(std::string_view(reinterpret_cast<const char*>(text.data()), text.size()), syntax);
  if (!parsed.ok()) return std::move(parsed.error()).with_context(arguments.input);
  format::PluginManifest manifest = std::move(*parsed);
  if (manifest.modules.empty()) return Error{ErrorCode::config, arguments.input + ": wasm names no module"};
  const fs::path folder = arguments.output;
  std::error_code failed;
  fs::create_directories(folder, failed);
  if (failed) return Error{ErrorCode::io, "cannot make the folder " + folder.string() + ": " + failed.message()};
  for (std::size_t index = 0; index < manifest.modules.size(); ++index) INGOT_TRY_VOID(cast(manifest.modules[index], index, arguments, folder));
  if (arguments.check_only) return {};
  const std::string written = (folder / fs::path(arguments.input).stem()).string() + ".json";
  const std::string json = format::write_plugin_manifest(manifest);
  INGOT_TRY_VOID(process::write_file(written, format::Bytes(json.begin(), json.end())));
  std::fprintf(stderr, "ingotc: wrote %s\n", written.c_str());
  return {};
}

}  // namespace

Result<void> build(const BuildArguments& arguments) {
  const auto syntax = format::plugin_manifest_syntax(arguments.input);
  return syntax ? build_plugin(arguments, *syntax) : build_module(arguments);
}

}  // namespace ingot::compiler::cli
