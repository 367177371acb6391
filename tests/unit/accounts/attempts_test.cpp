// SPDX-License-Identifier: Apache-2.0
#include "accounts/attempts.hpp"

#include <gtest/gtest.h>

#include "accounts/names.hpp"

namespace ingot::accounts {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
const Attempts::Clock::time_point start{seconds(1000)};

// 20 a minute: one every 3 s.
TEST(Attempts, A_minute_holds_as_many_as_were_asked_for) {
  Attempts attempts(20);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(attempts.take("a", start), 0u) << i;
  EXPECT_EQ(attempts.take("a", start), 3u);
  EXPECT_EQ(attempts.take("a", start + milliseconds(1500)), 2u);
  EXPECT_EQ(attempts.take("b", start), 0u);  // another name has its own
  EXPECT_EQ(attempts.take("a", start + seconds(3)), 0u);
  EXPECT_EQ(attempts.take("a", start + seconds(3)), 3u);
  // However long nobody came, no more than a minute's worth is there.
  for (int i = 0; i < 20; ++i) EXPECT_EQ(attempts.take("a", start + seconds(3600)), 0u) << i;
  EXPECT_EQ(attempts.take("a", start + seconds(3600)), 3u);
}

TEST(Attempts, Asking_takes_nothing) {
  Attempts attempts(1);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(attempts.wait("a", start), 0u);
  EXPECT_EQ(attempts.take("a", start), 0u);
  EXPECT_EQ(attempts.wait("a", start), 60u);
  EXPECT_EQ(attempts.wait("a", start + seconds(59)), 1u);
  EXPECT_EQ(attempts.wait("a", start + seconds(60)), 0u);
}

TEST(Attempts, A_flood_of_names_frees_nobody_who_has_to_wait) {
  Attempts attempts(1);
  EXPECT_EQ(attempts.take("guessing", start), 0u);
  for (std::size_t i = 1; i < Attempts::names_max; ++i) ASSERT_EQ(attempts.take("name " + std::to_string(i), start), 0u);
  EXPECT_GT(attempts.take("one more", start), 0u);
  EXPECT_GT(attempts.take("guessing", start), 0u);
  EXPECT_EQ(attempts.take("one more", start + seconds(61)), 0u);  // a minute later all are forgotten
}

TEST(Names, An_address_is_one_person_however_it_is_written) {
  EXPECT_EQ(*normalise_email("Ada.Lovelace@Example.ORG"), "ada.lovelace@example.org");
  EXPECT_EQ(*normalise_email("j\xc3\xbcrgen@example.org"), "j\xc3\xbcrgen@example.org");
  for (const std::string& bad : {std::string(), std::string("a"), std::string("@b"), std::string("a@"), std::string("a@b@c"), std::string("a b@c"), std::string("a@b\n"), std::string("a\0@b", 4),
                                 std::string("\xff@b"), "a@" + std::string(253, 'b')}) {
    EXPECT_FALSE(normalise_email(bad).ok()) << bad;
  }
  EXPECT_TRUE(normalise_email("a@" + std::string(252, 'b')).ok());
}

TEST(Names, Ids_and_secrets_are_as_their_standards_say_and_never_the_same) {
  const std::string id = fresh_uuid();
  ASSERT_EQ(id.size(), 36u);
  EXPECT_EQ(id[14], '4');                                    // RFC 9562 5.4: version
  EXPECT_NE(std::string("89ab").find(id[19]), std::string::npos);  // and variant
  EXPECT_NE(fresh_uuid(), id);
  EXPECT_EQ(fresh_secret().size(), 43u);  // 256 bits, 6 in a character
  EXPECT_NE(fresh_secret(), fresh_secret());
}

}  // namespace
}  // namespace ingot::accounts
