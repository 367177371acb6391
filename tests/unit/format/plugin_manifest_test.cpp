// SPDX-License-Identifier: Apache-2.0
#include "format/plugin_manifest.hpp"

#include <gtest/gtest.h>

namespace ingot::format {
namespace {

constexpr const char* whole = R"({
  "wasm": [
    {"path": "library.wasm", "name": "library", "hash": "2CF24DBA5FB0A30E26E83B2AC5B9E29E1B161E5C1FA7425E73043362938B9824"},
    {"url": "https://example.com/a.wasm", "headers": {"X-One": "1"}, "method": "POST"},
    {"data": "aGVsbG8/Pz8=", "name": "main"}
  ],
  "memory": {"max_pages": 17, "max_http_response_bytes": 4096, "max_var_bytes": 0},
  "config": {"colour": "blue"},
  "allowed_hosts": ["example.com", "*.test"],
  "allowed_paths": {"ro:/srv/data": "/data", "/tmp": "/tmp"},
  "timeout_ms": 5000
})";

constexpr const char* whole_toml = R"(
allowed_hosts = ["example.com", "*.test"]
timeout_ms = 5_000
[[wasm]]
path = "library.wasm"
name = "library"
hash = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
[[wasm]]
url = "https://example.com/a.wasm"
headers = { X-One = "1" }
method = "POST"
[[wasm]]
data = "aGVsbG8/Pz8="
name = "main"
[memory]
max_pages = 17
max_http_response_bytes = 4096
max_var_bytes = 0
[config]
colour = "blue"
[allowed_paths]
"ro:/srv/data" = "/data"
"/tmp" = "/tmp"
)";

void expect_whole(const PluginManifest& manifest) {
  ASSERT_EQ(manifest.modules.size(), 3u);
  EXPECT_EQ(manifest.modules[0].path, "library.wasm");
  EXPECT_EQ(manifest.modules[0].name, "library");
  EXPECT_EQ(manifest.modules[0].hash, "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
  EXPECT_EQ(manifest.modules[1].url, "https://example.com/a.wasm");
  EXPECT_EQ(manifest.modules[1].url_headers.at("X-One"), "1");
  EXPECT_EQ(manifest.modules[1].url_method, "POST");
  EXPECT_EQ(manifest.modules[2].data, "hello???");
  EXPECT_EQ(manifest.memory_pages_max, 17u);
  EXPECT_EQ(manifest.http_response_bytes_max, 4096u);
  EXPECT_EQ(manifest.variable_bytes_max, 0u);
  EXPECT_EQ(manifest.config.at("colour"), "blue");
  EXPECT_EQ(manifest.allowed_hosts, (std::vector<std::string>{"example.com", "*.test"}));
  ASSERT_EQ(manifest.allowed_paths.size(), 2u);
  EXPECT_EQ(manifest.allowed_paths[0], std::pair(std::string("/tmp"), std::string("/tmp")));
  EXPECT_EQ(manifest.allowed_paths[1], std::pair(std::string("ro:/srv/data"), std::string("/data")));
  EXPECT_EQ(manifest.timeout_ms, 5000u);
}

std::string said(std::string_view text, ManifestSyntax syntax = ManifestSyntax::json) {
  const auto manifest = parse_plugin_manifest(text, syntax);
  return manifest.ok() ? "ok" : manifest.error().message;
}

TEST(PluginManifestText, Says_the_same_in_both_languages) {
  const auto json = parse_plugin_manifest(whole, ManifestSyntax::json);
  ASSERT_TRUE(json.ok()) << json.error().message;
  expect_whole(*json);
  const auto toml = parse_plugin_manifest(whole_toml, ManifestSyntax::toml);
  ASSERT_TRUE(toml.ok()) << toml.error().message;
  expect_whole(*toml);
  const auto again = parse_plugin_manifest(write_plugin_manifest(*json), ManifestSyntax::json);
  ASSERT_TRUE(again.ok()) << again.error().message;
  expect_whole(*again);
}

TEST(PluginManifestText, Gives_nothing_that_it_does_not_say) {
  for (const char* text : {"{}", R"({"memory": null, "allowed_hosts": null, "allowed_paths": null, "timeout_ms": null})", R"({"memory": {"max_pages": null}})"}) {
    const auto manifest = parse_plugin_manifest(text, ManifestSyntax::json);
    ASSERT_TRUE(manifest.ok()) << manifest.error().message;
    EXPECT_TRUE(manifest->modules.empty() && manifest->config.empty() && manifest->allowed_hosts.empty() && manifest->allowed_paths.empty());
    EXPECT_FALSE(manifest->timeout_ms || manifest->memory_pages_max || manifest->variable_bytes_max || manifest->http_response_bytes_max);
  }
}

TEST(PluginManifestText, Unknown_fields_are_errors_by_name) {
  EXPECT_EQ(said(R"({"wsam": []})"), "plugin manifest: wsam is unknown");
  EXPECT_EQ(said(R"({"memory": {"max": 1}})"), "plugin manifest: memory.max is unknown");
  EXPECT_EQ(said(R"({"wasm": [{"path": "a"}, {"path": "b", "sha": ""}]})"), "plugin manifest: wasm[1].sha is unknown");
  EXPECT_EQ(said("[memory]\nmax = 1\n", ManifestSyntax::toml), "plugin manifest: memory.max is unknown");
}

TEST(PluginManifestText, Wrong_values_are_errors_by_name) {
  const std::pair<const char*, const char*> cases[] = {
      {R"([])", "it is not an object"},
      {R"({"wasm": {}})", "wasm is not an array"},
      {R"({"wasm": ["a.wasm"]})", "wasm[0] is not an object"},
      {R"({"wasm": [{"name": "a"}]})", "wasm[0] needs one of path, url and data"},
      {R"({"wasm": [{"path": "a", "url": "b"}]})", "wasm[0] needs one of path, url and data"},
      {R"({"wasm": [{"path": "a", "method": "GET"}]})", "wasm[0] has headers or a method"},
      {R"({"wasm": [{"data": {"ptr": 1, "len": 2}}]})", "wasm[0].data is not a text in base64"},
      {R"({"wasm": [{"data": "a*b"}]})", "wasm[0].data is not a text in base64"},
      {R"({"wasm": [{"path": "a", "hash": "12"}]})", "wasm[0].hash is not a SHA-256"},
      {R"({"wasm": [{"path": "a", "name": "x"}, {"path": "b", "name": "x"}]})", "wasm[1].name 'x' stands there twice"},
      {R"({"timeout_ms": -1})", "timeout_ms is not a number"},
      {R"({"timeout_ms": 1.5})", "timeout_ms is not a number"},
      {R"({"memory": {"max_pages": 4294967296}})", "memory.max_pages is not a number from 0 to 4294967295"},
      {R"({"config": {"a": 1}})", "config.a is not a text"},
      {R"({"allowed_hosts": "*"})", "allowed_hosts is not an array"},
      {R"({"allowed_hosts": ["a", 1]})", "allowed_hosts[1] is not a text"},
      {R"({"allowed_paths": {"a": null}})", "allowed_paths.a is not a text"},
      {"{", "it is not JSON"},
  };
  for (const auto& [text, expected] : cases) EXPECT_NE(said(text).find(expected), std::string::npos) << text << ": " << said(text);
  EXPECT_NE(said("a = 1979-05-27\n", ManifestSyntax::toml).find("a is a date"), std::string::npos);
  EXPECT_NE(said("\n\na = = 1\n", ManifestSyntax::toml).find("it is not TOML: line 3"), std::string::npos);
  EXPECT_NE(said("timeout_ms = -5\n", ManifestSyntax::toml).find("timeout_ms is not a number"), std::string::npos);
}

TEST(PluginManifestText, Toml_that_is_none_is_an_error_wherever_it_ends) {
  for (const std::string_view text : {"[*", "[=]", "[\x08", "[[*]]", "[a.*]", "a.* = 1", "{", "a = [", "a = {*", "a = \"", "a = '''", "= 1", "a = 1 b = 2", "a = 0x", "a = 1_", "[a]\n[a]"}) {
    const auto parsed = parse_plugin_manifest(text, ManifestSyntax::toml);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_EQ(parsed.error().code, ErrorCode::config) << text;
    EXPECT_EQ(parsed.error().message.find("plugin manifest: it is not TOML: line "), 0u) << text << ": " << parsed.error().message;
  }
}

TEST(PluginManifestText, Files_are_told_by_their_ends) {
  EXPECT_EQ(plugin_manifest_syntax("a/b.json"), ManifestSyntax::json);
  EXPECT_EQ(plugin_manifest_syntax("b.toml"), ManifestSyntax::toml);
  EXPECT_EQ(plugin_manifest_syntax("b.ingot"), std::nullopt);
}

// Found by a fuzzer: what is no white space was nothing at all to the library's table.
TEST(PluginManifestText, Letters_beyond_ascii_stand_in_texts_only) {
  for (const char* text : {"\xcb\xbe\x08", "\xc3\xa9 = 1", "a \xe3\x81\x82 = 1", "\xef\xbb\xba"}) EXPECT_FALSE(parse_plugin_manifest(text, ManifestSyntax::toml).ok()) << text;
  const auto manifest = parse_plugin_manifest("wasm = [{path = \"caf\xc3\xa9.ingot\"}]  # \xe3\x81\x82\n", ManifestSyntax::toml);
  ASSERT_TRUE(manifest.ok()) << manifest.error().message;
  EXPECT_EQ(*manifest->modules.at(0).path, "caf\xc3\xa9.ingot");
}

}  // namespace
}  // namespace ingot::format
