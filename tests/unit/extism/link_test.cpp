// SPDX-License-Identifier: Apache-2.0
// Plugins of several modules.
#include "fixture.hpp"

namespace ingot::test {
namespace {

std::vector<PluginModule> both() { return {{"library", guest("library")}, {"main", guest("caller")}}; }

TEST(PluginLinking, Modules_call_one_another_by_their_names) {
  const auto plugin = make(both());
  EXPECT_EQ(number_of(*plugin, "next"), 101u);  // its initialiser ran
  EXPECT_EQ(number_of(*plugin, "next"), 102u);
  EXPECT_EQ(number_of(*make(both()), "next"), 101u);
}

TEST(PluginLinking, The_entry_is_main_or_the_last_without_a_name) {
  EXPECT_EQ(number_of(*make({{"main", guest("caller")}, {"library", guest("library")}}), "next"), 101u);
  EXPECT_EQ(number_of(*make({{"", guest("caller")}, {"library", guest("library")}}), "next"), 101u);
  EXPECT_EQ(number_of(*make({{"library", guest("library")}, {"", guest("reactor")}, {"", guest("caller")}}), "next"), 101u);
}

TEST(PluginLinking, A_trap_of_one_is_the_plugins) {
  const auto plugin = make(both());
  EXPECT_EQ(number_of(*plugin, "next"), 101u);
  EXPECT_EQ(plugin->call("stop", "").code, 134);
  EXPECT_EQ(number_of(*plugin, "next"), 101u);
}

TEST(PluginLinking, The_memory_limit_is_of_all_modules) {
  PluginOptions options;
  options.memory_pages_max = 3;
  EXPECT_EQ(error_of(*make(both(), options), "grow"), "no error");
  options.memory_pages_max = 2;
  EXPECT_EQ(error_of(*make(both(), options), "grow"), "oom");
}

TEST(PluginLinking, Refuses_what_cannot_be_linked) {
  EXPECT_NE(refusal({{"main", guest("caller")}}).find("library.next"), std::string::npos);
  EXPECT_NE(refusal({{"library", guest("reactor")}, {"main", guest("caller")}}).find("library.next"), std::string::npos);
  EXPECT_NE(refusal({{"library", guest("library")}, {"library", guest("library")}, {"main", guest("caller")}}).find("'library'"), std::string::npos);
  EXPECT_NE(refusal({}).find("at least one module"), std::string::npos);
  const std::string circle = refusal({{"circle", guest("circle")}});
  EXPECT_NE(circle.find("circle -> circle"), std::string::npos) << circle;
}

}  // namespace
}  // namespace ingot::test
