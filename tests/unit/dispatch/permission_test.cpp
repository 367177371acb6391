// SPDX-License-Identifier: Apache-2.0
#include "dispatch/permission.hpp"

#include <gtest/gtest.h>

namespace {

using ingot::dispatch::permits;
using ingot::dispatch::valid_permission;

TEST(Permission, Has_three_parts_of_names_or_stars) {
  for (const char* good : {"crm:contact:read", "*:*:*", "crm:*:read", "a:b-c:d_9"}) EXPECT_TRUE(valid_permission(good)) << good;
  for (const char* bad : {"", "crm", "crm:contact", "crm:contact:read:more", "::", "crm::read", "CRM:contact:read", "crm:contact:re*d", "a b:c:d"}) {
    EXPECT_FALSE(valid_permission(bad)) << bad;
  }
}

TEST(Permission, Nothing_granted_covers_nothing) {
  EXPECT_FALSE(permits({}, "crm:contact:read"));
  EXPECT_FALSE(permits({}, ""));
}

TEST(Permission, A_star_covers_one_part) {
  EXPECT_TRUE(permits({"crm:contact:read"}, "crm:contact:read"));
  EXPECT_TRUE(permits({"hr:*:*", "crm:*:read"}, "crm:contact:read"));
  EXPECT_TRUE(permits({"*:*:*"}, "crm:contact:read"));
  EXPECT_FALSE(permits({"crm:contact:read"}, "crm:contact:write"));
  EXPECT_FALSE(permits({"crm:*:read"}, "hr:contact:read"));
}

TEST(Permission, A_malformed_grant_or_wish_is_no_match) {
  EXPECT_FALSE(permits({"*"}, "crm:contact:read"));
  EXPECT_FALSE(permits({"*:*:*:*"}, "crm:contact:read"));
  EXPECT_FALSE(permits({"*:*:*"}, "crm:contact"));
  EXPECT_FALSE(permits({"*:*:*"}, "anything"));
}

}  // namespace
