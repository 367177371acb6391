// SPDX-License-Identifier: Apache-2.0
#include "cli/plugin_grants.hpp"

#include <gtest/gtest.h>

namespace ingot::cli {
namespace {

TEST(PluginGrants, A_setting_is_a_name_and_a_value) {
  EXPECT_EQ(*parse_setting("a=b=c"), std::pair(std::string("a"), std::string("b=c")));
  EXPECT_EQ(*parse_setting("a="), std::pair(std::string("a"), std::string()));
  for (const char* wrong : {"", "a", "=b"}) EXPECT_FALSE(parse_setting(wrong).ok()) << wrong;
}

TEST(PluginGrants, A_path_is_the_hosts_and_the_guests_and_perhaps_for_reading) {
  const std::tuple<const char*, const char*, const char*, bool> cases[] = {
      {"/srv", "/srv", "/srv", false}, {"/srv:/data", "/srv", "/data", false}, {"ro:/srv:/data", "/srv", "/data", true}, {"ro:data", "data", "data", true}, {"ro", "ro", "ro", false}};
  for (const auto& [word, host, name, read_only] : cases) {
    const auto grant = parse_path(word);
    ASSERT_TRUE(grant.ok()) << word;
    EXPECT_EQ(grant->host, host);
    EXPECT_EQ(grant->guest, name);
    EXPECT_EQ(grant->read_only, read_only) << word;
  }
  for (const char* wrong : {"", "ro:", ":/data", "/srv:"}) EXPECT_FALSE(parse_path(wrong).ok()) << wrong;
}

TEST(PluginGrants, Nothing_said_is_nothing_given) {
  const auto options = read_plugin_options({}, {});
  ASSERT_TRUE(options.ok());
  EXPECT_TRUE(options->settings.config.empty() && options->settings.allowed_hosts.empty() && !options->wasi && !options->timeout_ms && !options->memory_pages_max);
  EXPECT_FALSE(options->settings.http_response_headers);
}

TEST(PluginGrants, The_command_line_goes_before_the_manifest) {
  format::PluginManifest manifest;
  manifest.config = {{"a", "1"}, {"b", "2"}};
  manifest.allowed_hosts = {"one"};
  manifest.allowed_paths = {{"ro:/srv", "/data"}};
  manifest.timeout_ms = 1000;
  manifest.memory_pages_max = 10;
  manifest.variable_bytes_max = 5;
  CallOptions said;
  EXPECT_FALSE(read_plugin_options(said, manifest)->wasi.has_value());
  said.plugin.config = {"b=3"};
  said.plugin.hosts = {"two"};
  said.plugin.paths = {"/tmp"};
  EXPECT_FALSE(read_plugin_options(said, manifest).ok());  // a directory without WASI
  said.plugin.wasi = true;
  said.plugin.timeout_ms = 50;
  const auto options = read_plugin_options(said, manifest);
  ASSERT_TRUE(options.ok());
  EXPECT_EQ(options->settings.config, (host::extism::Texts{{"a", "1"}, {"b", "3"}}));
  EXPECT_EQ(options->settings.allowed_hosts, (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(options->settings.variable_bytes_max, 5u);
  EXPECT_EQ(options->timeout_ms, 50u);
  EXPECT_EQ(options->memory_pages_max, 10u);
  ASSERT_EQ(options->wasi->directories.size(), 2u);
  EXPECT_TRUE(options->wasi->directories[0].read_only);
  EXPECT_EQ(options->wasi->directories[0].host, "/srv");
  EXPECT_FALSE(options->wasi->directories[1].read_only);
}

}  // namespace
}  // namespace ingot::cli
