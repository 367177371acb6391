// SPDX-License-Identifier: Apache-2.0
#include "cli/keys.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "bundle/sign.hpp"
#include "format/bundle.hpp"

namespace ingot::compiler {
namespace {

namespace fs = std::filesystem;

class KeysTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = ::testing::TempDir() + "keys_test";
    fs::remove_all(folder_);
    ::setenv("XDG_CONFIG_HOME", folder_.c_str(), 1);
  }
  void TearDown() override { ::unsetenv("XDG_CONFIG_HOME"); }
  std::string folder_;
};

TEST_F(KeysTest, The_developer_key_is_kept_only_when_asked_and_stays_the_same) {
  const auto fresh = cli::developer_key();
  ASSERT_TRUE(fresh.ok());
  EXPECT_TRUE(fresh->is_new);
  EXPECT_FALSE(fs::exists(folder_)) << "a build that fails now leaves nothing behind";
  ASSERT_TRUE(cli::keep(*fresh).ok());
  EXPECT_EQ(fs::status(folder_ + "/ingot/developer.key").permissions(), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(cli::read_public_key(folder_ + "/ingot/developer.pub")->id, fresh->key.public_key.id);
  const auto again = cli::developer_key();
  EXPECT_FALSE(again->is_new);
  EXPECT_EQ(again->key.seed, fresh->key.seed);
  EXPECT_FALSE(cli::keep(*fresh).ok()) << "somebody else's key is never overwritten";
}

TEST_F(KeysTest, Signing_again_replaces_the_same_keys_signature) {
  const auto one = *format::generate_key();
  const auto other = *format::generate_key();
  format::Manifest manifest;
  manifest.rt_digest = manifest.module_digest = std::string(64, '0');
  const format::Bytes file = format::write_bundle(manifest, {{"x86-64-v2", format::Bytes(10, 1)}}, {});
  const auto first = bundle::add_signature(file, one);
  ASSERT_TRUE(first.ok()) << first.error().message;
  EXPECT_EQ(*bundle::add_signature(*first, one), *first);
  const auto both = *bundle::add_signature(*first, other);
  const auto view = *format::parse_bundle(both);
  ASSERT_EQ(view.signatures.size(), 2u);
  for (const auto& signature : view.signatures) {
    EXPECT_TRUE(format::verify(signature.key_id == one.public_key.id ? one.public_key : other.public_key, signature, view.signed_bytes));
  }
}

}  // namespace
}  // namespace ingot::compiler
