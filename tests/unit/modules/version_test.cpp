// SPDX-License-Identifier: Apache-2.0
// The order that semver.org gives as its example, and ranges as npm's documentation of "semver" spells them out.
#include "modules/version.hpp"

#include <gtest/gtest.h>

namespace ingot::modules {
namespace {

TEST(Version, Stands_in_the_order_of_semver) {
  const std::vector<std::string> rising = {"0.0.0", "0.0.1-0", "0.0.1", "0.1.0", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11",
                                           "1.0.0-rc.1", "1.0.0", "1.2.0", "1.10.0", "2.0.0-A", "2.0.0-a", "2.0.0", "2.1.0", "2.1.1", "9007199254740991.0.0"};
  for (std::size_t one = 0; one < rising.size(); ++one) {
    for (std::size_t two = 0; two < rising.size(); ++two) {
      const auto left = parse_version(rising[one]), right = parse_version(rising[two]);
      ASSERT_TRUE(left && right) << rising[one] << " " << rising[two];
      EXPECT_EQ(*left < *right, one < two) << rising[one] << " " << rising[two];
      EXPECT_EQ(*left == *right, one == two);
    }
  }
  EXPECT_EQ(*parse_version("1.2.3+a.b-c"), *parse_version("1.2.3+d"));
}

TEST(Version, Other_texts_are_none) {
  for (const char* text : {"", "1", "1.2", "1.2.", "1.2.3.4", "01.2.3", "1.02.3", "v1.2.3", " 1.2.3", "1.2.3 ", "1.2.3-", "1.2.3-01", "1.2.3-a..b", "1.2.3+", "1.2.3-a_b", "-1.2.3", "1.2.x",
                           "9007199254740992.0.0", "99999999999999999999.0.0", "1.2.3-\u00e9"}) {
    EXPECT_FALSE(parse_version(text)) << text;
  }
  EXPECT_FALSE(parse_version("1.2.3-" + std::string(300, 'a')));
}

struct Case {
  const char* range;
  std::vector<const char*> fit, do_not;
};

TEST(VersionRange, Means_what_npm_says) {
  const std::vector<Case> cases = {
      {"*", {"0.0.0", "9.9.9"}, {"1.0.0-rc.1"}},
      {"1.2.3", {"1.2.3", "1.2.3+build"}, {"1.2.4", "1.2.2", "1.2.3-rc.1"}},
      {"=1.2.3", {"1.2.3"}, {"1.2.4"}},
      {"1.2", {"1.2.0", "1.2.9"}, {"1.3.0", "1.1.9"}},
      {"1", {"1.0.0", "1.9.9"}, {"2.0.0", "0.9.9"}},
      {"^1.2.3", {"1.2.3", "1.9.0"}, {"2.0.0", "1.2.2", "2.0.0-rc.1", "1.3.0-rc.1"}},
      {"^0.2.3", {"0.2.3", "0.2.9"}, {"0.3.0", "0.2.2", "1.0.0"}},
      {"^0.0.3", {"0.0.3"}, {"0.0.4", "0.0.2"}},
      {"^1.2", {"1.2.0", "1.3.0"}, {"2.0.0", "1.1.9"}},
      {"^0.0", {"0.0.0", "0.0.9"}, {"0.1.0"}},
      {"^0", {"0.0.0", "0.9.9"}, {"1.0.0"}},
      {"^1.2.3-beta.2", {"1.2.3-beta.2", "1.2.3-beta.10", "1.2.3", "1.9.0"}, {"1.2.3-beta.1", "1.2.4-beta.2", "2.0.0"}},
      {"~1.2.3", {"1.2.3", "1.2.9"}, {"1.3.0", "1.2.2"}},
      {"~1.2", {"1.2.0", "1.2.9"}, {"1.3.0"}},
      {"~1", {"1.0.0", "1.9.9"}, {"2.0.0"}},
      {"~0.2.3", {"0.2.3", "0.2.9"}, {"0.3.0"}},
      {">=1.2 <2", {"1.2.0", "1.99.0"}, {"2.0.0", "1.1.9", "2.0.0-rc.1"}},
      {">1.2", {"1.3.0"}, {"1.2.0", "1.2.9"}},
      {">1.2.3", {"1.2.4"}, {"1.2.3"}},
      {"<=1.2", {"1.2.9", "0.0.1"}, {"1.3.0"}},
      {"<=1.2.3", {"1.2.3"}, {"1.2.4"}},
      {" >=1.0.0   <1.0.1 ", {"1.0.0"}, {"1.0.1"}},
      {">=2 <1", {}, {"1.0.0", "2.0.0", "1.5.0"}},
  };
  for (const Case& each : cases) {
    const auto range = VersionRange::parse(each.range);
    ASSERT_TRUE(range) << each.range;
    for (const char* version : each.fit) EXPECT_TRUE(range->holds(*parse_version(version))) << each.range << " " << version;
    for (const char* version : each.do_not) EXPECT_FALSE(range->holds(*parse_version(version))) << each.range << " " << version;
  }
}

TEST(VersionRange, Other_texts_are_none) {
  for (const char* text : {"", " ", "^", ">=", "x", "1.x", "^^1", ">= 1.2", "1.2-rc", "~>1.2", "1 || 2", "1.2.3.4", "^01.2", "latest", "1.2 - 1.4"}) {
    EXPECT_FALSE(VersionRange::parse(text)) << text;
  }
}

}  // namespace
}  // namespace ingot::modules
