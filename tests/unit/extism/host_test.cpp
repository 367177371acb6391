// SPDX-License-Identifier: Apache-2.0
// What a plugin may ask of its host: settings, variables, the log, the host's own functions, WASI.
#include <fcntl.h>
#include <unistd.h>

#include <filesystem>

#include "fixture.hpp"

namespace ingot::test {
namespace {

TEST(PluginConfig, Is_what_was_given_and_the_key_is_freed) {
  PluginOptions options;
  options.settings.config = {{"colour", "blue"}, {"", "of no name"}, {"empty", ""}};
  const auto plugin = tour(std::move(options));
  EXPECT_EQ(output_of(*plugin, "config", "colour"), "blue");
  EXPECT_EQ(output_of(*plugin, "config", "Colour"), "");
  EXPECT_EQ(output_of(*plugin, "config", "empty"), "");
  EXPECT_EQ(number_of(*plugin, "config_frees", "nothing of the kind"), 0u);
  EXPECT_EQ(error_of(*plugin, "config_nowhere"), "invalid handle offset for config key: 999");
  EXPECT_EQ(plugin->call("config_nowhere", "").code, 134);
}

TEST(PluginVariables, Stay_until_they_are_dropped) {
  const auto plugin = tour();
  EXPECT_EQ(output_of(*plugin, "var_read"), "");
  output_of(*plugin, "var_put", "first");
  output_of(*plugin, "var_put", "second");
  EXPECT_EQ(output_of(*plugin, "var_read"), "second");
  error_of(*plugin, "trap");
  EXPECT_EQ(output_of(*plugin, "var_read"), "second");
  output_of(*plugin, "var_drop");
  EXPECT_EQ(output_of(*plugin, "var_read"), "");
  output_of(*plugin, "var_drop");
  EXPECT_EQ(number_of(*plugin, "var_frees"), 0u);
  const auto other = tour();
  EXPECT_EQ(output_of(*other, "var_read"), "");
}

TEST(PluginVariables, Take_no_more_room_than_is_given) {
  PluginOptions options;
  options.settings.variable_bytes_max = 200;
  const auto plugin = tour(std::move(options));
  EXPECT_EQ(error_of(*plugin, "var_put", std::string(151, 'x')), "no error");  // 48 and one for the name beside it: 200
  EXPECT_EQ(error_of(*plugin, "var_put", std::string(152, 'x')), "Variable store is full");
  EXPECT_EQ(error_of(*plugin, "var_put_named", "another"), "Variable store is full");
  EXPECT_EQ(output_of(*plugin, "var_read"), std::string(151, 'x'));
  output_of(*plugin, "var_drop");
  EXPECT_EQ(error_of(*plugin, "var_put_named", "another"), "no error");
}

TEST(PluginVariables, Take_a_mebibyte_unless_something_else_is_said) {
  const auto plugin = tour();
  EXPECT_EQ(error_of(*plugin, "var_put", std::string(1'048'576 - 49, 'x')), "no error");
  EXPECT_EQ(error_of(*plugin, "var_put", std::string(1'048'576 - 48, 'x')), "Variable store is full");
}

TEST(PluginVariables, Can_be_forbidden) {
  PluginOptions options;
  options.settings.variable_bytes_max = 0;
  const auto plugin = tour(std::move(options));
  EXPECT_EQ(error_of(*plugin, "var_put", "x"), "Vars are disabled by this host");
  EXPECT_EQ(output_of(*plugin, "var_read"), "");
}

struct Logged {
  PluginOptions options(LogLevel least) {
    PluginOptions options;
    options.settings.log_level = least;
    options.settings.log = [this](LogLevel level, std::string_view text) {
      bytes += text.size();
      if (lines.size() < 100) lines.push_back(std::string(log_level_name(level)) + " " + std::string(text));
      last = text;
    };
    return options;
  }
  std::vector<std::string> lines;
  std::string last;
  std::uint64_t bytes = 0;
};

TEST(PluginLog, Keeps_what_is_said_at_the_level_or_above) {
  Logged all, some, none;
  output_of(*tour(all.options(LogLevel::trace)), "log_all", "x");
  EXPECT_EQ(all.lines, (std::vector<std::string>{"trace x", "debug x", "info x", "warn x", "error x"}));
  output_of(*tour(some.options(LogLevel::warn)), "log_all", "x");
  EXPECT_EQ(some.lines, (std::vector<std::string>{"warn x", "error x"}));
  const auto silent = tour(none.options(LogLevel::off));
  output_of(*silent, "log_all", "x");
  EXPECT_TRUE(none.lines.empty());
  EXPECT_EQ(number_of(*silent, "log_frees"), 0u);
  EXPECT_EQ(number_of(*silent, "log_level"), 2147483647u);
  EXPECT_EQ(number_of(*tour(some.options(LogLevel::info)), "log_level"), 2u);
  EXPECT_EQ(number_of(*tour(some.options(LogLevel::trace)), "log_level"), 0u);
}

TEST(PluginLog, Of_gigabytes_a_part_is_kept_and_the_end_is_told) {
  Logged logged;
  const auto plugin = tour(logged.options(LogLevel::info));
  output_of(*plugin, "log_much");  // 2 GiB
  EXPECT_GE(logged.bytes, 16u << 20);
  EXPECT_LT(logged.bytes, (16u << 20) + 1000);
  EXPECT_NE(logged.last.find("the rest of it is lost"), std::string::npos);
  // The next call may say something again.
  output_of(*plugin, "log_all", "again");
  EXPECT_EQ(logged.last, "again");
}

TEST(PluginHttp, Goes_nowhere_unless_a_host_is_allowed) {
  const auto plugin = tour();
  EXPECT_EQ(error_of(*plugin, "http", R"({"url": "http://127.0.0.1:1/"})"), "HTTP request to http://127.0.0.1:1/ is not allowed");
  EXPECT_EQ(plugin->call("http", R"({"url": "http://127.0.0.1:1/"})").code, 134);
  EXPECT_EQ(number_of(*plugin, "http_no_status"), 0u);
}

TEST(PluginOwnFunctions, Take_and_give_handles_and_numbers) {
  const auto plugin = tour();
  EXPECT_EQ(output_of(*plugin, "twice", "ab"), "abab");
  double sum = 0;
  const std::uint64_t bits = number_of(*plugin, "mix");
  std::memcpy(&sum, &bits, sizeof sum);
  EXPECT_EQ(sum, -3 + 4294967296.0 + 0.5 + 2.25);
}

TEST(PluginOwnFunctions, Know_whose_call_it_is) {
  PluginOptions options;
  options.functions = own_functions();
  options.functions[0].body = [](PluginHost& host, ingot_slot* slots) {
    slots[0].i64 = host.kernel.alloc(host.host_context == nullptr ? std::string_view("nobody") : *static_cast<std::string_view*>(host.host_context));
    return INGOT_TRAP_NONE;
  };
  const auto plugin = tour(std::move(options));
  std::string_view caller = "caller";
  EXPECT_FALSE(plugin->call("twice", "x", &caller).error.has_value());
  EXPECT_EQ(plugin->output(), "caller");
  EXPECT_EQ(output_of(*plugin, "twice", "x"), "nobody");
}

TEST(PluginOwnFunctions, That_fail_end_the_call_with_what_they_say) {
  PluginOptions options;
  options.functions = own_functions();
  bool throws = false;
  options.functions[0].body = [&](PluginHost& host, ingot_slot*) -> ingot_trap {
    if (throws) throw std::runtime_error("a bug of the host's");
    return host.fail("no such patient");
  };
  const auto plugin = tour(std::move(options));
  EXPECT_EQ(error_of(*plugin, "twice", "x"), "no such patient");
  EXPECT_EQ(output_of(*plugin, "echo", "next"), "next");
  throws = true;
  EXPECT_NE(error_of(*plugin, "twice", "x"), "no error");
  EXPECT_EQ(output_of(*plugin, "echo", "next"), "next");
}

TEST(PluginOwnFunctions, Have_the_name_and_the_type_that_is_imported) {
  PluginOptions options;
  EXPECT_NE(refusal({{"", guest("tour")}}).find("extism:host/user.twice"), std::string::npos);
  options.functions = own_functions();
  options.functions[0].type.params = {INGOT_TYPE_I32};
  EXPECT_NE(refusal({{"", guest("tour")}}, options).find("extism:host/user.twice"), std::string::npos);
  options.functions = own_functions();
  options.functions[1].module = "extism:host/user";
  EXPECT_NE(refusal({{"", guest("tour")}}, options).find("numbers.mix"), std::string::npos);
  options.functions = own_functions();
  options.functions[1].type.params = {INGOT_TYPE_V128};
  EXPECT_NE(refusal({{"", guest("tour")}}, options).find("i32, i64, f32 and f64"), std::string::npos);
}

TEST(PluginWasi, Is_not_there_unless_granted) {
  const std::string said = refusal({{"", guest("program")}});
  EXPECT_NE(said.find("wasi_snapshot_preview1.proc_exit"), std::string::npos) << said;
  EXPECT_NE(said.find("--wasi"), std::string::npos) << said;
}

TEST(PluginWasi, Has_the_directories_that_were_granted) {
  EXPECT_EQ(number_of(*program(), "directory"), 8u);  // badf
  WasiAccess access;
  access.directories.push_back({std::filesystem::temp_directory_path().string(), "/data", true});
  EXPECT_EQ(number_of(*program(access), "directory"), 0u);
  access.directories[0].host = "/nowhere/at/all";
  EXPECT_NE(error_of(*program(access), "directory"), "no error");
}

TEST(PluginWasi, Who_prints_for_ever_is_ended) {
  const int nowhere = open("/dev/null", O_WRONLY);
  PluginOptions options;
  options.wasi.emplace(WasiAccess{.directories = {}, .standard_output = nowhere});
  options.timeout_ms = 50;
  const auto plugin = make({{"", guest("program")}}, std::move(options));
  EXPECT_EQ(error_of(*plugin, "print"), "timeout");
  close(nowhere);
  EXPECT_EQ(number_of(*program(), "print"), 8u);  // badf: there is no such stream
}

}  // namespace
}  // namespace ingot::test
