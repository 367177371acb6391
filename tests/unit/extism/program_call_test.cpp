// SPDX-License-Identifier: Apache-2.0
// Modules of a plugin that are programs, and are imported from: each call makes one afresh, as wasmtime's linker does for Extism.
#include "fixture.hpp"

namespace ingot::test {
namespace {

constexpr std::uint64_t badf = 8;

PluginOptions with_wasi() {
  PluginOptions options;
  options.wasi.emplace();
  return options;
}
std::unique_ptr<Plugin> calling(PluginOptions options = with_wasi()) { return make({{"library", guest("library_program")}, {"main", guest("program_caller")}}, std::move(options)); }

TEST(PluginPrograms, Each_call_finds_one_as_it_was_made) {
  const auto plugin = calling();
  // 1 in its global and 2 in its memory: 21, both times.
  EXPECT_EQ(number_of(*plugin, "twice"), 21'021u);
  EXPECT_EQ(number_of(*plugin, "twice"), 21'021u);
  EXPECT_EQ(number_of(*plugin, "start_between"), 21u);  // what _start left is gone as well
}

TEST(PluginPrograms, Who_calls_them_keeps_what_it_has) {
  const auto plugin = calling();
  EXPECT_EQ(number_of(*plugin, "own"), 1u);
  EXPECT_EQ(number_of(*plugin, "own"), 2u);
}

TEST(PluginPrograms, Numbers_of_all_types_go_in_and_come_out) {
  // (-3 + 2^32 + 0.5 + 2.25) * 4 - 9
  EXPECT_EQ(number_of(*calling(), "mix"), 4294967295.75 * 4 - 9);
}

TEST(PluginPrograms, They_share_the_memory_between_plugin_and_host) {
  const auto plugin = make({{"library", guest("library_program")}, {"main", guest("caller")}}, with_wasi());
  EXPECT_EQ(number_of(*plugin, "next"), 21u);  // in a block that another call into it has made
  EXPECT_EQ(number_of(*plugin, "next"), 21u);
}

TEST(PluginPrograms, Their_exit_is_the_plugins) {
  const auto plugin = calling();
  const CallOutcome three = plugin->call("leave_three", "");
  EXPECT_EQ(three.code, 3);
  EXPECT_EQ(three.error, "Returned non-zero exit code: 3");
  const CallOutcome zero = plugin->call("leave_zero", "");
  EXPECT_EQ(zero.code, 0);
  EXPECT_FALSE(zero.error.has_value());
  EXPECT_EQ(number_of(*plugin, "twice"), 21'021u);
}

TEST(PluginPrograms, Their_traps_are_the_plugins) {
  const auto plugin = make({{"library", guest("library_program")}, {"main", guest("caller")}}, with_wasi());
  const CallOutcome stopped = plugin->call("stop", "");
  EXPECT_EQ(stopped.code, 134);
  ASSERT_TRUE(stopped.trap.has_value());
  EXPECT_EQ(stopped.trap->kind, INGOT_TRAP_UNREACHABLE);
  EXPECT_EQ(number_of(*plugin, "next"), 21u);
  const auto deep = calling();
  const CallOutcome too_deep = deep->call("deeper", "");
  ASSERT_TRUE(too_deep.trap.has_value());
  EXPECT_EQ(too_deep.trap->kind, INGOT_TRAP_STACK_EXHAUSTED);
  EXPECT_EQ(number_of(*deep, "twice"), 21'021u);
}

TEST(PluginPrograms, Time_and_memory_are_of_the_plugins_call) {
  PluginOptions options = with_wasi();
  options.timeout_ms = 50;
  const auto late = calling(options);
  EXPECT_EQ(error_of(*late, "forever"), "timeout");
  EXPECT_EQ(number_of(*late, "twice"), 21'021u);
  PluginOptions small = with_wasi();
  const auto growing = [&](std::uint32_t pages) {
    small.memory_pages_max = pages;
    return make({{"library", guest("library_program")}, {"main", guest("caller")}}, small);
  };
  EXPECT_EQ(error_of(*growing(2), "grow"), "oom");
  const auto once = growing(3);
  EXPECT_EQ(error_of(*once, "grow"), "no error");
  EXPECT_EQ(error_of(*once, "grow"), "oom");  // pages count until the plugin starts afresh, also those of instances that are gone
  EXPECT_EQ(error_of(*once, "grow"), "no error");
}

TEST(PluginPrograms, A_thousand_calls_leave_nothing_behind) {
  const auto plugin = calling();
  for (int turn = 0; turn < 3; ++turn) EXPECT_EQ(error_of(*plugin, "often"), "no error");
  EXPECT_EQ(number_of(*plugin, "twice"), 21'021u);
}

TEST(PluginPrograms, Find_what_the_plugin_was_granted) {
  EXPECT_EQ(number_of(*calling(), "directory"), badf);
  PluginOptions options = with_wasi();
  options.wasi->directories.push_back({.host = "/", .guest = "/root", .read_only = true});
  EXPECT_EQ(number_of(*calling(options), "directory"), 0u);
  EXPECT_NE(refusal({{"library", guest("library_program")}, {"main", guest("program_caller")}}).find("WASI was not granted"), std::string::npos);
}

TEST(PluginPrograms, What_they_cannot_import_from_is_said) {
  const std::string both = refusal({{"library", guest("start_and_initialize")}, {"main", guest("caller")}});
  EXPECT_NE(both.find("'library' of the plugin exports _start and _initialize"), std::string::npos) << both;
  const std::string of_library = refusal({{"library", guest("library")}, {"program", guest("program_of_library")}, {"main", guest("caller_of_program")}});
  EXPECT_NE(of_library.find("'program' of the plugin is a program"), std::string::npos) << of_library;
  // From another program it can.
  const auto plugin = make({{"library", guest("library_program")}, {"program", guest("program_of_library")}, {"main", guest("caller_of_program")}}, with_wasi());
  EXPECT_EQ(number_of(*plugin, "own"), 21u);
  EXPECT_EQ(number_of(*plugin, "own"), 21u);
}

}  // namespace
}  // namespace ingot::test
