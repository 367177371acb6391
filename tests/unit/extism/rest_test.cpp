// SPDX-License-Identifier: Apache-2.0
// Plugins that rest between their calls, beside twins that never do: every answer is the same.
#include <random>

#include "fixture.hpp"
#include "instance/rested.hpp"

namespace {

using namespace ingot;
using namespace ingot::test;

class Rest : public testing::Test {
 protected:
  void SetUp() override {
    // What a start leaves is known after a few.
    for (int times = 0; times < 4; ++times) crowd_.push_back(fresh()), output_of(*crowd_.back(), "recall");
  }
  std::unique_ptr<Plugin> fresh(PluginOptions options = {}) { return make({{"", guest("rester"), start_}}, std::move(options)); }
  std::uint64_t recalled(Plugin& plugin) { return number_of(plugin, "recall"); }

  std::shared_ptr<instance::SharedStart> start_ = host::extism::plugin_start();
  std::vector<std::unique_ptr<Plugin>> crowd_;
};

TEST_F(Rest, ThousandsOfStepsLikeOneThatNeverRests) {
  std::mt19937 random(11);
  std::size_t rests = 0;
  for (int life = 0; life < 30; ++life) {
    auto resting = fresh(), twin = fresh();
    for (int step = 0; step < 120; ++step) {
      const char* const names[] = {"write", "write", "write", "write", "fill", "grow", "passive", "recall", "trap", "variable", "fill_all"};
      const std::size_t which = random() % (step % 40 == 39 ? 11 : 8);
      const std::string input = eight_bytes(random() & 0xffffff);
      const CallOutcome one = resting->call(names[which], input), other = twin->call(names[which], input);
      ASSERT_EQ(one.error, other.error) << names[which];
      ASSERT_EQ(resting->output(), twin->output()) << names[which];
      if (random() % 3 == 0) rests += resting->rest() ? 1 : 0;
      if (random() % 50 == 0) resting->forget(), twin->forget();
    }
    ASSERT_EQ(recalled(*resting), recalled(*twin));
    ASSERT_EQ(resting->host().variables, twin->host().variables);
  }
  EXPECT_GT(rests, 500u);
}

/// Nobody knew what its start leaves, and it finds out.
TEST_F(Rest, TheFirstOfItsModule) {
  const auto start = host::extism::plugin_start();
  auto plugin = make({{"", guest("rester"), start}}), twin = fresh();
  for (const char* name : {"write", "fill", "grow", "passive"}) {
    output_of(*plugin, name, "abcdefgh"), output_of(*twin, name, "abcdefgh");
    ASSERT_TRUE(plugin->rest()) << name;
    ASSERT_EQ(recalled(*plugin), recalled(*twin)) << name;
  }
  auto next = make({{"", guest("rester"), start}});
  EXPECT_EQ(recalled(*next), recalled(*crowd_.front()));
}

TEST_F(Rest, AtRestItHasNoInstanceAndNoOutput) {
  auto plugin = fresh();
  output_of(*plugin, "write", "abc");
  const std::uint64_t before = recalled(*plugin);
  EXPECT_FALSE(plugin->is_at_rest());
  ASSERT_TRUE(plugin->rest());
  EXPECT_TRUE(plugin->is_at_rest());
  EXPECT_TRUE(plugin->rest()) << "it does already";
  EXPECT_EQ(plugin->output(), "");
  EXPECT_TRUE(plugin->has_function("recall"));
  EXPECT_FALSE(plugin->cancel());
  EXPECT_EQ(recalled(*plugin), before);
  EXPECT_FALSE(plugin->is_at_rest());
}

TEST_F(Rest, BeforeItsFirstCallAndAfterATrap) {
  auto plugin = fresh();
  EXPECT_TRUE(plugin->rest());
  const std::uint64_t untouched = recalled(*crowd_.front());
  EXPECT_EQ(recalled(*plugin), untouched);
  EXPECT_NE(error_of(*plugin, "trap"), "no error");
  EXPECT_TRUE(plugin->rest()) << "it is made afresh anyway";
  EXPECT_EQ(recalled(*plugin), untouched);
}

TEST_F(Rest, ForgettingAtRest) {
  auto plugin = fresh();
  const std::uint64_t untouched = recalled(*plugin);
  output_of(*plugin, "write", "abc");
  ASSERT_NE(recalled(*plugin), untouched);
  ASSERT_TRUE(plugin->rest());
  plugin->forget();
  EXPECT_EQ(recalled(*plugin), untouched);
}

/// What holds the address of its instance cannot be put by, and is not: the plugin goes on as it was.
TEST_F(Rest, WhoCannotRestStaysAwake) {
  for (const char* does : {"change_table", "grow_table", "choose", "fill_all"}) {
    auto plugin = fresh(), twin = fresh();
    output_of(*plugin, does), output_of(*twin, does);
    EXPECT_FALSE(plugin->rest()) << does;
    EXPECT_FALSE(plugin->is_at_rest()) << does;
    EXPECT_EQ(recalled(*plugin), recalled(*twin)) << does;
  }
  EXPECT_FALSE(make({{"library", guest("library")}, {"main", guest("caller")}})->rest()) << "several modules";
  auto alone = make({{"", guest("rester")}});
  output_of(*alone, "write", "abc");
  EXPECT_FALSE(alone->rest()) << "what its start leaves is not known";
}

TEST_F(Rest, MemoryThatWasGrownIsCountedOnce) {
  PluginOptions options;
  options.memory_pages_max = 3;
  auto plugin = fresh(std::move(options));
  for (int times = 0; times < 3; ++times) {
    output_of(*plugin, "grow");
    ASSERT_TRUE(plugin->rest());
  }
  EXPECT_EQ(error_of(*plugin, "grow"), "oom");
}

TEST_F(Rest, ManyInTurns) {
  std::vector<std::unique_ptr<Plugin>> plugins;
  std::vector<std::uint64_t> expected;
  for (int index = 0; index < 40; ++index) {
    plugins.push_back(fresh());
    output_of(*plugins.back(), "write", eight_bytes(static_cast<std::uint64_t>(index) * 977));
    expected.push_back(recalled(*plugins.back()));
    ASSERT_TRUE(plugins.back()->rest());
  }
  for (int round = 0; round < 3; ++round) {
    for (std::size_t index = 0; index < plugins.size(); ++index) {
      ASSERT_EQ(recalled(*plugins[index]), expected[index]);
      ASSERT_TRUE(plugins[index]->rest());
    }
  }
}

TEST(Differences, MakeTheOtherWhatThisWas) {
  std::mt19937 random(3);
  for (int times = 0; times < 2000; ++times) {
    const std::size_t bytes = 8 * (1 + random() % 64);
    std::vector<std::uint8_t> was(bytes), now, made;
    for (auto& byte : was) byte = random() % 4 == 0 ? static_cast<std::uint8_t>(random()) : 0;
    now = was;
    for (std::size_t changes = random() % 12; changes > 0; --changes) now[random() % bytes] = static_cast<std::uint8_t>(random());
    const bool against_zeros = times % 3 == 0;
    instance::Differences differences;
    const std::size_t half = bytes / 16 * 8;
    differences.add(now.data(), against_zeros ? nullptr : was.data(), half, 0);
    differences.add(now.data() + half, against_zeros ? nullptr : was.data() + half, bytes - half, half);
    made = against_zeros ? std::vector<std::uint8_t>(bytes) : was;
    differences.apply(made.data());
    ASSERT_EQ(made, now);
    if (now == was && !against_zeros) ASSERT_EQ(differences.bytes(), 0u);
  }
}

}  // namespace
