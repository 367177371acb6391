// SPDX-License-Identifier: Apache-2.0
#include "trust_config.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

namespace ingot {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

class TrustConfigTest : public testing::Test {
 protected:
  TrustConfigTest() { fs::create_directories(folder_); }
  ~TrustConfigTest() override {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  void write(const std::string& name, const std::string& text) const { std::ofstream(folder_ / name) << text; }
  /// The reason why this "ingot" object is refused, or "".
  std::string refusal(const char* json) const {
    const auto config = read_trust_config(Json::parse(json), folder_);
    if (!config.ok()) {
      EXPECT_EQ(config.error().code, ErrorCode::config);
      return config.error().message;
    }
    const auto trust = load_trust(*config);
    if (trust.ok()) return "";
    EXPECT_EQ(trust.error().code, ErrorCode::config);
    return trust.error().message;
  }
  const fs::path folder_ = fs::path(testing::TempDir()) / ("ingot-trust-" + std::to_string(getpid()));
};

TEST_F(TrustConfigTest, Takes_paths_as_before_and_objects_with_rules) {
  const auto a = *format::generate_key(), b = *format::generate_key();
  write("a.pub", format::public_key_pem(a.public_key));
  write("b.pub", format::public_key_pem(b.public_key));
  write("revoked.txt", "0123456789abcdef # old\n");
  const auto config = read_trust_config(Json::parse(R"({"trusted_keys": ["a.pub",
      {"key": "b.pub", "name": "release", "not_after": "2027-01-01", "modules": ["crm", "core"]}],
      "revoked": "revoked.txt", "signatures_required": 2, "allow_unsigned": true})"), folder_);
  ASSERT_TRUE(config.ok()) << config.error().message;
  const auto trust = load_trust(*config);
  ASSERT_TRUE(trust.ok()) << trust.error().message;
  ASSERT_EQ(trust->keys.size(), 2u);
  EXPECT_EQ(trust->keys[0].key.id, a.public_key.id);
  EXPECT_EQ(trust->keys[0].not_after, 0u);
  EXPECT_TRUE(trust->keys[0].modules.empty());
  EXPECT_EQ(trust->keys[1].key.id, b.public_key.id);
  EXPECT_EQ(trust->keys[1].name, "release");
  EXPECT_EQ(trust->keys[1].not_after, 1798761600u);
  EXPECT_EQ(trust->keys[1].modules, (std::vector<std::string>{"crm", "core"}));
  EXPECT_TRUE(trust->revoked.keys.contains("0123456789abcdef"));
  EXPECT_EQ(trust->signatures_required, 2u);
  EXPECT_TRUE(trust->allow_unsigned);
}

TEST_F(TrustConfigTest, Nothing_said_trusts_nobody) {
  const auto trust = load_trust(*read_trust_config(Json::object(), folder_));
  ASSERT_TRUE(trust.ok());
  EXPECT_TRUE(trust->keys.empty());
  EXPECT_EQ(trust->signatures_required, 1u);
  EXPECT_FALSE(trust->allow_unsigned);
}

TEST_F(TrustConfigTest, Names_the_key_that_is_wrong) {
  write("a.pub", format::public_key_pem(format::generate_key()->public_key));
  write("bad.txt", "what\n");
  const std::vector<std::pair<const char*, const char*>> cases{
      {R"({"trusted_keys": 5})", "ingot.trusted_keys"},
      {R"({"trusted_keys": [5]})", "ingot.trusted_keys[0]"},
      {R"({"trusted_keys": ["absent.pub"]})", "absent.pub"},
      {R"({"trusted_keys": ["bad.txt"]})", "bad.txt"},
      {R"({"trusted_keys": ["a.pub", {"key": "a.pub", "modules": ["crm"]}]})", "twice"},
      {R"({"trusted_keys": [{"name": "x"}]})", "ingot.trusted_keys[0].key"},
      {R"({"trusted_keys": [{"key": "a.pub", "until": 5}]})", "ingot.trusted_keys[0].until"},
      {R"({"trusted_keys": [{"key": "a.pub", "not_after": "soon"}]})", "ingot.trusted_keys[0].not_after"},
      {R"({"trusted_keys": [{"key": "a.pub", "not_after": -1}]})", "ingot.trusted_keys[0].not_after"},
      {R"({"trusted_keys": [{"key": "a.pub", "not_after": 0}]})", "ingot.trusted_keys[0].not_after"},
      {R"({"trusted_keys": [{"key": "a.pub", "modules": []}]})", "ingot.trusted_keys[0].modules"},
      {R"({"trusted_keys": [{"key": "a.pub", "modules": [7]}]})", "ingot.trusted_keys[0].modules"},
      {R"({"revoked": ["XYZ"]})", "ingot.revoked"},
      {R"({"revoked": {"a": 1}})", "ingot.revoked"},
      {R"({"revoked": "absent.txt"})", "absent.txt"},
      {R"({"revoked": "bad.txt"})", "line 1"},
      {R"({"signatures_required": 0})", "ingot.signatures_required"},
      {R"({"signatures_required": 17})", "ingot.signatures_required"},
      {R"({"signatures_required": "2"})", "ingot.signatures_required"},
      {R"({"allow_unsigned": "yes"})", "ingot.allow_unsigned"},
  };
  for (const auto& [json, part] : cases) EXPECT_NE(refusal(json).find(part), std::string::npos) << json << " -> " << refusal(json);
}

}  // namespace
}  // namespace ingot
