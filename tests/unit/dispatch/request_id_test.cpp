// SPDX-License-Identifier: Apache-2.0
#include "dispatch/request_id.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <regex>
#include <set>

namespace ingot::dispatch {
namespace {

TEST(RequestId, Keeps_a_sane_one_of_the_client) {
  for (const std::string& id : {std::string("a"), std::string("A-z_0.9"), std::string(128, 'x')}) {
    EXPECT_EQ(choose_request_id(id), id);
  }
}

TEST(RequestId, Replaces_any_other) {
  for (const std::string& id : {std::string(), std::string(129, 'x'), std::string("a b"), std::string("a\n"), std::string("a\"b"),
                                std::string("\xC3\xA9"), std::string("a\0", 2)}) {
    const std::string chosen = choose_request_id(id);
    EXPECT_NE(chosen, id);
    EXPECT_TRUE(is_request_id(chosen));
  }
}

TEST(RequestId, Makes_uuids_of_version_7_that_carry_the_time) {
  const std::regex form("[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
  const auto now_ms = [] {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  };
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const auto before = now_ms();
    const std::string id = make_request_id();
    const auto after = now_ms();
    EXPECT_TRUE(std::regex_match(id, form)) << id;
    const long long stamp = std::stoll(id.substr(0, 8) + id.substr(9, 4), nullptr, 16);
    EXPECT_GE(stamp, before);
    EXPECT_LE(stamp, after);
    EXPECT_TRUE(seen.insert(id).second);
  }
}

}  // namespace
}  // namespace ingot::dispatch
