// SPDX-License-Identifier: Apache-2.0
#include "format/trust.hpp"

#include <gtest/gtest.h>

#include "fixtures.hpp"

namespace ingot::format {
namespace {

constexpr std::uint64_t now = 1'800'000'000;  // 2027-01-15T08:00:00Z

class TrustTest : public testing::Test {
 protected:
  /// Who vouches for the fixture's bundle (module "tiny") with these signatures: "ID ID" in the order of ids, or the reason why too few do.
  std::string verdict(const std::vector<Signature>& signatures, const TrustPolicy& trust, std::uint64_t clock = now) const {
    const Bytes file = with_signatures(plain_, signatures);
    const BundleView view = *parse_bundle(file);
    const auto result = who_vouches(view, sha256(view.signed_bytes), trust, clock);
    if (!result.ok()) {
      EXPECT_EQ(result.error().code, ErrorCode::verification);
      return result.error().message;
    }
    std::string ids;
    for (const std::string& id : *result) ids += (ids.empty() ? "" : " ") + id;
    return ids;
  }
  Signature by(const PrivateKey& key, std::uint64_t expires = 0) const { return sign(key, parse_bundle(plain_)->signed_bytes, expires); }
  static TrustPolicy trusting(std::vector<TrustedKey> keys, std::uint32_t required = 1) {
    TrustPolicy policy;
    policy.keys = std::move(keys);
    policy.signatures_required = required;
    return policy;
  }
  static bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

  const Bytes plain_ = fixtures::bundle();
  const PrivateKey a_ = *generate_key(), b_ = *generate_key(), c_ = *generate_key();
  const std::string a_id_ = a_.public_key.id, b_id_ = b_.public_key.id;
};

TEST_F(TrustTest, One_trusted_signature_is_enough_and_strangers_beside_it_do_not_matter) {
  const TrustPolicy trust = trusting({a_.public_key});
  EXPECT_EQ(verdict({by(a_)}, trust), a_id_);
  EXPECT_EQ(verdict({by(a_), by(c_)}, trust), a_id_);
  EXPECT_TRUE(has(verdict({by(c_)}, trust), "not trusted here (" + c_.public_key.id + ")"));
  EXPECT_TRUE(has(verdict({}, trust), "carries no signature"));
  EXPECT_TRUE(has(verdict({by(a_)}, TrustPolicy{}), "not trusted here"));
}

TEST_F(TrustTest, As_many_distinct_keys_must_vouch_as_are_required) {
  const TrustPolicy two = trusting({a_.public_key, b_.public_key}, 2);
  EXPECT_EQ(verdict({by(a_), by(b_)}, two), a_id_ < b_id_ ? a_id_ + " " + b_id_ : b_id_ + " " + a_id_);
  EXPECT_TRUE(has(verdict({by(a_)}, two), "needs the signatures of 2 trusted keys (signatures_required) and has 1; sign it with another key"));
  EXPECT_TRUE(has(verdict({by(a_), by(c_)}, two), "and has 1: signed by a key that is not trusted here"));
  // Zero is not a way to switch the rule off.
  EXPECT_TRUE(has(verdict({by(c_)}, trusting({a_.public_key}, 0)), "not trusted here"));
}

TEST_F(TrustTest, A_wrong_signature_in_a_trusted_name_refuses_whoever_else_vouches) {
  Signature wrong = by(b_);
  wrong.bytes[5] ^= 1;
  const TrustPolicy trust = trusting({a_.public_key, b_.public_key});
  EXPECT_TRUE(has(verdict({by(a_), wrong}, trust), "signature of key " + b_id_ + " does not fit the content"));
  EXPECT_EQ(verdict({by(a_), wrong}, trusting({a_.public_key})), a_id_) << "a stranger's wrong signature is a stranger's";
}

TEST_F(TrustTest, A_signature_counts_through_its_last_second) {
  const TrustPolicy trust = trusting({a_.public_key});
  EXPECT_EQ(verdict({by(a_, now)}, trust), a_id_);
  EXPECT_EQ(verdict({by(a_, now - 1)}, trust),
            "the signature of key " + a_id_ + " expired at 2027-01-15T07:59:59Z; the clock here says 2027-01-15T08:00:00Z; sign the bundle again with `ingotc sign`");
  EXPECT_EQ(verdict({by(a_, ~std::uint64_t{0})}, trust), a_id_);
  EXPECT_EQ(verdict({by(a_, now - 1), by(b_)}, trusting({a_.public_key, b_.public_key})), b_id_);
}

TEST_F(TrustTest, The_end_of_a_signature_is_signed) {
  Signature stretched = by(a_, now - 1);
  stretched.expires = now + 1;
  EXPECT_TRUE(has(verdict({stretched}, trusting({a_.public_key})), "does not fit the content"));
  stretched.expires = 0;
  EXPECT_TRUE(has(verdict({stretched}, trusting({a_.public_key})), "does not fit the content"));
}

TEST_F(TrustTest, A_key_is_trusted_through_its_last_second_and_for_its_modules) {
  TrustedKey key = a_.public_key;
  key.name = "release 2026";
  key.not_after = now;
  EXPECT_EQ(verdict({by(a_)}, trusting({key})), a_id_);
  EXPECT_TRUE(has(verdict({by(a_)}, trusting({key}), now + 1), "key " + a_id_ + " (release 2026) is trusted here until 2027-01-15T08:00:00Z only (not_after)"));
  key.not_after = 0;
  key.modules = {"crm", "tiny"};
  EXPECT_EQ(verdict({by(a_)}, trusting({key})), a_id_);
  key.modules = {"crm", "sales"};
  EXPECT_TRUE(has(verdict({by(a_)}, trusting({key})), "may not sign for module 'tiny' here, only for crm, sales"));
}

TEST_F(TrustTest, A_revoked_key_never_counts_and_revoked_content_is_refused_whoever_signed) {
  TrustPolicy trust = trusting({a_.public_key, b_.public_key});
  trust.revoked.keys.insert(a_id_);
  EXPECT_TRUE(has(verdict({by(a_)}, trust), "key " + a_id_ + " is revoked here"));
  EXPECT_EQ(verdict({by(a_), by(b_)}, trust), b_id_);
  Signature wrong = by(a_);
  wrong.bytes[0] ^= 1;
  EXPECT_EQ(verdict({wrong, by(b_)}, trust), b_id_) << "whoever holds a revoked key cannot spoil others' signatures";
  trust.revoked.digests.insert(hex(sha256(parse_bundle(plain_)->signed_bytes)));
  EXPECT_TRUE(has(verdict({by(b_)}, trust), "content is revoked here"));
  trust.allow_unsigned = true;
  EXPECT_TRUE(has(verdict({}, trust), "content is revoked here"));
}

TEST_F(TrustTest, Unsigned_means_no_signature_at_all) {
  TrustPolicy lax = trusting({a_.public_key});
  lax.allow_unsigned = true;
  EXPECT_EQ(verdict({}, lax), "");
  EXPECT_TRUE(has(verdict({by(c_)}, lax), "not trusted here"));
  EXPECT_TRUE(has(verdict({by(a_, now - 1)}, lax), "expired"));
}

TEST(Revoked, Lists_hold_ids_digests_and_remarks) {
  Revoked revoked;
  const std::string id = "0123456789abcdef", digest(64, 'e');
  ASSERT_TRUE(add_revoked_list(revoked, "# all of them\n\n  " + id + " # lost\r\n" + digest).ok());
  EXPECT_TRUE(revoked.keys.contains(id) && revoked.keys.size() == 1);
  EXPECT_TRUE(revoked.digests.contains(digest) && revoked.digests.size() == 1);
  for (const char* bad : {"0123456789ABCDEF", "0123456789abcde", "x", "0123456789abcdef 0123456789abcdef"}) {
    const auto refused = add_revoked_list(revoked, std::string("\n") + bad);
    ASSERT_FALSE(refused.ok()) << bad;
    EXPECT_EQ(refused.error().code, ErrorCode::config);
    EXPECT_TRUE(refused.error().message.starts_with("line 2")) << refused.error().message;
  }
}

}  // namespace
}  // namespace ingot::format
