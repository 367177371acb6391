// SPDX-License-Identifier: Apache-2.0
#include "bundle/verify.hpp"

#include <gtest/gtest.h>

#include "ingot/abi.h"
#include "support/cast.hpp"

namespace {

using ingot::bundle::TrustPolicy;
using ingot::bundle::verify;
namespace format = ingot::format;

constexpr const char* answer = "0105016000017f 0302 0100 070a0106616e73776572 0000 0a06010400 412a 0b";

class VerifyTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    key_ = new format::PrivateKey(format::generate_key().value());
    bundle_ = new format::Bytes(
        ingot::test::cast_bytes(ingot::compiler::module_bytes(answer), {"x86-64-v2", "x86-64-v3"}, key_));
  }
  static TrustPolicy trust() {
    TrustPolicy policy;
    policy.keys.push_back(key_->public_key);
    return policy;
  }
  /// The reason for a refusal, or "" when it is accepted.
  static std::string refusal(format::Bytes bytes, const TrustPolicy& policy, int level = 3) {
    const auto result = verify(std::move(bytes), "x.ingot", policy, level);
    if (result.ok()) return "";
    EXPECT_EQ(result.error().code, ingot::ErrorCode::verification);
    EXPECT_EQ(ingot::exit_code_for(result.error().code), 5);
    return result.error().message;
  }
  /// Another manifest around the same objects, signed again by the trusted key.
  template <typename Change>
  static format::Bytes forged(Change change) {
    const auto view = format::parse_bundle(*bundle_).value();
    format::Manifest manifest = view.manifest;
    std::vector<format::ObjectInput> objects;
    for (const auto& object : view.objects) objects.push_back({object.level, {object.bytes.begin(), object.bytes.end()}});
    change(manifest, objects);
    const format::Bytes plain = format::write_bundle(manifest, objects, {});
    const auto again = format::parse_bundle(plain).value();
    return format::with_signatures(plain, {format::sign(*key_, again.signed_bytes)});
  }
  static bool has(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

  static format::PrivateKey* key_;
  static format::Bytes* bundle_;
};
format::PrivateKey* VerifyTest::key_ = nullptr;
format::Bytes* VerifyTest::bundle_ = nullptr;

TEST_F(VerifyTest, Accepts_what_a_trusted_key_signed_and_says_which) {
  const auto verified = verify(*bundle_, "x.ingot", trust(), 3);
  ASSERT_TRUE(verified.ok()) << verified.error().message;
  EXPECT_EQ(verified->signer(), key_->public_key.id);
  EXPECT_EQ(verified->object().level, "x86-64-v3");
}

TEST_F(VerifyTest, Chooses_the_best_variant_that_the_cpu_can_run) {
  EXPECT_EQ(verify(*bundle_, "x", trust(), 2)->object().level, "x86-64-v2");
  EXPECT_EQ(verify(*bundle_, "x", trust(), 4)->object().level, "x86-64-v3");
}

TEST_F(VerifyTest, Refuses_a_bundle_with_one_flipped_bit_wherever_it_is) {
  const std::size_t size = bundle_->size();
  for (std::size_t step = 0; step < 400; ++step) {
    const std::size_t at = step * size / 400;
    format::Bytes bad = *bundle_;
    bad[at] ^= static_cast<std::uint8_t>(1u << (step % 8));
    EXPECT_NE(refusal(bad, trust()), "") << "byte " << at;
  }
  for (std::size_t at : {std::size_t{0}, std::size_t{8}, size - 1, size - 64, size / 2}) {
    for (int bit = 0; bit < 8; ++bit) {
      format::Bytes bad = *bundle_;
      bad[at] ^= static_cast<std::uint8_t>(1u << bit);
      EXPECT_NE(refusal(bad, trust()), "") << "byte " << at << " bit " << bit;
    }
  }
}

TEST_F(VerifyTest, Refuses_a_changed_object_by_its_signature) {
  format::Bytes bad = *bundle_;
  const auto view = format::parse_bundle(bad).value();
  const auto offset = static_cast<std::size_t>(view.objects[1].bytes.data() - bad.data());
  bad[offset + 100] ^= 1;
  EXPECT_TRUE(has(refusal(bad, trust()), "changed after signing")) << refusal(bad, trust());
}

TEST_F(VerifyTest, Refuses_a_strangers_signature_and_an_empty_trust_trusts_nobody) {
  TrustPolicy stranger;
  stranger.keys.push_back(format::generate_key().value().public_key);
  EXPECT_TRUE(has(refusal(*bundle_, stranger), "not trusted here"));
  EXPECT_TRUE(has(refusal(*bundle_, stranger), key_->public_key.id.c_str()));
  EXPECT_TRUE(has(refusal(*bundle_, TrustPolicy{}), "not trusted here"));
  // allow_unsigned means: no signature at all. A stranger's is still refused.
  stranger.allow_unsigned = true;
  EXPECT_TRUE(has(refusal(*bundle_, stranger), "not trusted here"));
}

TEST_F(VerifyTest, Refuses_a_bundle_without_a_signature_unless_that_is_allowed) {
  const format::Bytes unsigned_bundle = format::with_signatures(*bundle_, {});
  EXPECT_TRUE(has(refusal(unsigned_bundle, trust()), "no signature"));
  TrustPolicy lax = trust();
  lax.allow_unsigned = true;
  EXPECT_EQ(refusal(unsigned_bundle, lax), "");
}

TEST_F(VerifyTest, A_signature_that_names_a_trusted_key_but_is_anothers_is_refused) {
  const auto other = format::generate_key().value();
  const auto view = format::parse_bundle(*bundle_).value();
  format::Signature fake = format::sign(other, view.signed_bytes);
  fake.key_id = key_->public_key.id;
  EXPECT_TRUE(has(refusal(format::with_signatures(*bundle_, {fake}), trust()), "changed after signing"));
}

TEST_F(VerifyTest, Refuses_another_abi_version_although_it_is_signed) {
  const auto bad = forged([](format::Manifest& manifest, auto&) { manifest.abi_version += 1; });
  EXPECT_TRUE(has(refusal(bad, trust()), ("made for ABI version " + std::to_string(INGOT_ABI_VERSION + 1)).c_str())) << refusal(bad, trust());
}

TEST_F(VerifyTest, Refuses_another_runtime_header_although_it_is_signed) {
  const auto bad = forged([](format::Manifest& manifest, auto&) { manifest.rt_digest = std::string(64, 'a'); });
  EXPECT_TRUE(has(refusal(bad, trust()), "wasm-rt.h"));
}

TEST_F(VerifyTest, Refuses_a_cpu_below_and_names_what_is_missing) {
  const auto bad = forged([](format::Manifest&, std::vector<format::ObjectInput>& objects) { objects.erase(objects.begin()); });
  EXPECT_EQ(refusal(bad, trust(), 3), "");
  EXPECT_TRUE(has(refusal(bad, trust(), 2), "needs a CPU of level x86-64-v3")) << refusal(bad, trust(), 2);
}

TEST_F(VerifyTest, Refuses_an_unknown_cpu_level) {
  const auto bad = forged([](format::Manifest&, std::vector<format::ObjectInput>& objects) { objects[0].level = "x86-64-v9"; });
  EXPECT_NE(refusal(bad, trust()), "");
}

TEST_F(VerifyTest, Truncated_at_any_length_it_is_refused) {
  for (std::size_t length = 0; length < bundle_->size(); length += 1 + length / 7) {
    EXPECT_NE(refusal({bundle_->begin(), bundle_->begin() + static_cast<std::ptrdiff_t>(length)}, trust()), "") << length;
  }
}

}  // namespace
