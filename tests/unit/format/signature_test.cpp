// SPDX-License-Identifier: Apache-2.0
#include "format/signature.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "fixtures.hpp"

namespace ingot::format {
namespace {

Bytes bytes_of(std::string_view text) { return Bytes(text.begin(), text.end()); }

TEST(Signature, Sha256_gives_the_published_value) {
  EXPECT_EQ(hex(sha256(bytes_of("abc"))), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex(sha256({})), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Signature, A_digest_reads_back_and_bad_hex_is_refused) {
  const Digest digest = sha256(bytes_of("abc"));
  EXPECT_EQ(*parse_digest(hex(digest)), digest);
  EXPECT_FALSE(parse_digest(std::string(63, 'a')).ok());
  EXPECT_FALSE(parse_digest(std::string(64, 'A')).ok());
  EXPECT_FALSE(parse_digest(std::string(64, 'g')).ok());
}

TEST(Signature, Verifies_with_its_own_key_only) {
  const PrivateKey key = *generate_key();
  const PrivateKey other = *generate_key();
  const Bytes file = fixtures::bundle();
  const ByteView signed_bytes = parse_bundle(file)->signed_bytes;
  const Signature signature = sign(key, signed_bytes);
  EXPECT_TRUE(verify(key.public_key, signature, signed_bytes));
  EXPECT_FALSE(verify(other.public_key, signature, signed_bytes));
  Signature renamed = signature;
  renamed.key_id = other.public_key.id;
  EXPECT_FALSE(verify(other.public_key, renamed, signed_bytes));
}

TEST(Signature, Any_flipped_bit_breaks_it) {
  const PrivateKey key = *generate_key();
  const Bytes message = bytes_of("forty-two bytes of something worth signing");
  const Signature signature = sign(key, message);
  for (std::size_t bit = 0; bit < message.size() * 8; ++bit) {
    Bytes changed = message;
    changed[bit / 8] ^= static_cast<std::uint8_t>(1u << (bit % 8));
    EXPECT_FALSE(verify(key.public_key, signature, changed));
  }
  for (std::size_t bit = 0; bit < signature.bytes.size() * 8; ++bit) {
    Signature changed = signature;
    changed.bytes[bit / 8] ^= static_cast<std::uint8_t>(1u << (bit % 8));
    EXPECT_FALSE(verify(key.public_key, changed, message));
  }
}

// RFC 8032, 5.1.7: S*B = R + k*A. Where A and R are the neutral element and S is 0 that holds for every message, so such a key would vouch for anything.
TEST(Signature, A_key_of_small_order_vouches_for_nothing) {
  PublicKey neutral;
  neutral.raw = {1};
  neutral.id = hex(sha256(neutral.raw)).substr(0, 16);
  Signature signature;
  signature.key_id = neutral.id;
  signature.bytes = {1};
  EXPECT_FALSE(verify(neutral, signature, bytes_of("anything")));
}

// RFC 8032, 5.1.7: S below the group's order, or one could make a second signature of each.
TEST(Signature, There_is_no_second_signature_by_adding_the_order) {
  constexpr std::array<std::uint8_t, 32> order{0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10};
  const PrivateKey key = *generate_key();
  Signature signature = sign(key, bytes_of("one"));
  ASSERT_TRUE(verify(key.public_key, signature, bytes_of("one")));
  unsigned carry = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    carry += signature.bytes[32 + i] + unsigned{order[i]};
    signature.bytes[32 + i] = static_cast<std::uint8_t>(carry);
    carry >>= 8;
  }
  EXPECT_FALSE(verify(key.public_key, signature, bytes_of("one")));
}

TEST(Signature, Keys_survive_PEM) {
  const PrivateKey key = *generate_key();
  const auto read = parse_private_key(private_key_pem(key));
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->seed, key.seed);
  EXPECT_EQ(read->public_key.id, key.public_key.id);
  EXPECT_EQ(parse_public_key(public_key_pem(key.public_key))->raw, key.public_key.raw);
}

TEST(Signature, What_is_not_an_ed25519_key_is_refused) {
  const PrivateKey key = *generate_key();
  EXPECT_FALSE(parse_private_key("").ok());
  EXPECT_FALSE(parse_public_key("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n").ok());
  EXPECT_FALSE(parse_private_key(public_key_pem(key.public_key)).ok());
  EXPECT_FALSE(parse_public_key(private_key_pem(key)).ok());
}

TEST(Signature, Openssl_on_the_command_line_reads_and_writes_the_same_keys) {
  if (std::system("openssl version > /dev/null 2>&1") != 0) GTEST_SKIP() << "no openssl program";  // NOLINT
  const std::string folder = ::testing::TempDir();
  const PrivateKey key = *generate_key();
  std::ofstream(folder + "ours.key") << private_key_pem(key);
  ASSERT_EQ(std::system(("openssl pkey -in " + folder + "ours.key -pubout -out " + folder + "ours.pub").c_str()), 0);  // NOLINT
  std::ifstream ours(folder + "ours.pub");
  EXPECT_EQ(parse_public_key(std::string(std::istreambuf_iterator<char>(ours), {}))->raw, key.public_key.raw);
  ASSERT_EQ(std::system(("openssl genpkey -algorithm ed25519 -out " + folder + "theirs.key").c_str()), 0);  // NOLINT
  std::ifstream theirs(folder + "theirs.key");
  EXPECT_TRUE(parse_private_key(std::string(std::istreambuf_iterator<char>(theirs), {})).ok());
}

}  // namespace
}  // namespace ingot::format
