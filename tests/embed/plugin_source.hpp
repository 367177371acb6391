// SPDX-License-Identifier: Apache-2.0
#pragma once
// Sources of plugins for tests of ingot_plugin.h: the guests of unit/extism, cast and signed by run.mjs, and what tour.wat imports.

#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "embed/fixture.hpp"
#include "ingot_plugin.hpp"

namespace ingot::test {

inline std::string read(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(stream), {}};
  EXPECT_FALSE(bytes.empty()) << path;
  return bytes;
}
inline std::string plugin_path(const std::string& name) { return guest_path("plugins/" + name); }
inline std::string bundle(const std::string& name) { return read(plugin_path(name + ".ingot")); }
/// A manifest in JSON of these bundles, with more members.
inline std::string manifest(const std::string& modules, const std::string& more = {}) { return R"({"wasm": [)" + modules + "]" + more + "}"; }
inline std::string module(const std::string& name, const std::string& under = {}) {
  return R"({"path": ")" + plugin_path(name + ".ingot") + "\"" + (under.empty() ? "" : R"(, "name": ")" + under + "\"") + "}";
}

/// What tour.wat imports, in the way of PDKs' hosts.
struct Imports {
  PluginFunction twice{"twice", {INGOT_TYPE_PTR}, {INGOT_TYPE_PTR}, [](CurrentPlugin plugin, std::span<const ingot_value> in, std::span<ingot_value> out) {
                         const std::string text(plugin.block(in[0]));
                         out[0].of.i64 = plugin.store(text + text);
                       }};
  PluginFunction mix{"mix", {INGOT_TYPE_I32, INGOT_TYPE_I64, INGOT_TYPE_F32, INGOT_TYPE_F64}, {INGOT_TYPE_F64},
                     [](CurrentPlugin, std::span<const ingot_value> in, std::span<ingot_value> out) {
                       out[0].of.f64 = in[0].of.i32 + static_cast<double>(in[1].of.i64) + static_cast<double>(in[2].of.f32) + in[3].of.f64;
                     }};
  Imports() { mix.set_namespace("numbers"); }
};
inline Plugin tour(const std::string& more = {}) {
  const Imports imports;  // gone before the calls: a plugin keeps what it needs
  return Plugin(engine(), more.empty() ? bundle("tour") : manifest(module("tour"), more), {&imports.twice, &imports.mix});
}
/// "CODE: TEXT"
inline std::string failure(Plugin& plugin, const std::string& function, std::string_view input = {}, void* context = nullptr) {
  try {
    plugin.call(function, input, context);
  } catch (const PluginFailure& failed) {
    return std::to_string(failed.code()) + ": " + failed.what();
  }
  return "nothing failed";
}
inline std::string number_text(std::uint64_t number) { return std::string(reinterpret_cast<const char*>(&number), sizeof number); }
inline bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace ingot::test
