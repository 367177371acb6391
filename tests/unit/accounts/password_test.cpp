// SPDX-License-Identifier: Apache-2.0
#include "accounts/password.hpp"

#include <gtest/gtest.h>

#include <set>

namespace ingot::accounts {
namespace {

// Openwall's published vectors of crypt_blowfish, as bcrypt's users rely on them.
TEST(Password, What_EERP_kept_is_still_good) {
  EXPECT_TRUE(password_is("U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"));
  EXPECT_TRUE(password_is("U*U*", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK"));
  EXPECT_FALSE(password_is("U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK"));
  EXPECT_TRUE(is_old("$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"));
}

// U. Drepper's specification of SHA-crypt has this one.
TEST(Password, Other_forms_of_crypt_are_checked_too) {
  const std::string kept = "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1";
  EXPECT_TRUE(password_is("Hello world!", kept));
  EXPECT_FALSE(password_is("Hello world?", kept));
}

TEST(Password, A_new_one_is_yescrypt_with_salt_of_its_own) {
  std::set<std::string> made;
  for (int i = 0; i < 3; ++i) {
    const auto kept = hash_password("correct horse battery");
    ASSERT_TRUE(kept.ok());
    EXPECT_TRUE(kept->starts_with("$y$")) << *kept;
    EXPECT_EQ(kept->find("correct"), std::string::npos);
    EXPECT_FALSE(is_old(*kept));
    EXPECT_TRUE(password_is("correct horse battery", *kept));
    EXPECT_FALSE(password_is("correct horse batterz", *kept));
    EXPECT_FALSE(password_is("", *kept));
    made.insert(*kept);
  }
  EXPECT_EQ(made.size(), 3u);
}

TEST(Password, What_is_no_kept_password_is_never_right) {
  for (const char* kept : {"", "*", "*0", "!", "x", "$y$", "$2b$", "plain password", "$9$nobody$knows"}) {
    EXPECT_FALSE(password_is("plain password", kept)) << kept;
    EXPECT_FALSE(password_is("", kept)) << kept;
  }
  const auto kept = hash_password("twelve bytes");
  ASSERT_TRUE(kept.ok());
  EXPECT_FALSE(password_is(std::string("twelve bytes\0and more", 21), *kept));
  EXPECT_FALSE(password_is("twelve bytes" + std::string(10'000, 'x'), *kept));
}

TEST(Password, New_ones_are_long_enough_and_text) {
  EXPECT_TRUE(check_new_password("123456789012").ok());
  EXPECT_TRUE(check_new_password(std::string(256, 'x')).ok());
  for (const std::string& bad : {std::string(), std::string("12345678901"), std::string(257, 'x'), std::string("with\0a zero byte", 16), std::string("not utf-8 \xff\xfe at all")}) {
    EXPECT_FALSE(check_new_password(bad).ok()) << bad.size();
  }
}

}  // namespace
}  // namespace ingot::accounts
