// SPDX-License-Identifier: Apache-2.0
#include "format/signature.hpp"

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <sodium.h>

#include <algorithm>
#include <memory>
#include <tuple>

namespace ingot::format {
namespace {

template <auto Free>
struct Deleter {
  template <typename T>
  void operator()(T* pointer) const {
    Free(pointer);
  }
};
using Pkey = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Deleter<EVP_MD_CTX_free>>;
using Bio = std::unique_ptr<BIO, Deleter<BIO_free>>;

constexpr std::string_view message_prefix{"ingot-bundle-v2\0", 16};

// A key file is never encrypted; without this callback OpenSSL would ask for a pass phrase on the terminal.
int no_pass_phrase(char*, int, int, void*) { return 0; }

Bio memory_bio(std::string_view text) { return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); }

std::string drain(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return std::string(data, static_cast<std::size_t>(std::max(size, 0L)));
}

std::string key_id(const std::array<std::uint8_t, 32>& raw) { return hex(sha256(raw)).substr(0, 16); }

Pkey private_pkey(const PrivateKey& key) {
  Pkey pkey(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, key.seed.data(), key.seed.size()));
  INGOT_CHECK(pkey != nullptr);
  return pkey;
}

Result<PublicKey> public_half(const EVP_PKEY* pkey) {
  PublicKey key;
  std::size_t size = key.raw.size();
  if (EVP_PKEY_get_raw_public_key(pkey, key.raw.data(), &size) != 1 || size != key.raw.size()) {
    return Error{ErrorCode::config, "not an Ed25519 key"};
  }
  key.id = key_id(key.raw);
  return key;
}

Result<PrivateKey> from_pkey(const EVP_PKEY* pkey) {
  PrivateKey key;
  std::size_t size = key.seed.size();
  if (EVP_PKEY_get_raw_private_key(pkey, key.seed.data(), &size) != 1 || size != key.seed.size()) {
    return Error{ErrorCode::config, "not an Ed25519 private key"};
  }
  INGOT_TRY(key.public_key, public_half(pkey));
  return key;
}

std::array<std::uint8_t, 56> signed_message(const Digest& digest, std::uint64_t expires) {
  std::array<std::uint8_t, 56> message{};
  std::copy(message_prefix.begin(), message_prefix.end(), message.begin());
  std::copy(digest.begin(), digest.end(), message.begin() + 16);
  for (std::size_t i = 0; i < 8; ++i) message[48 + i] = static_cast<std::uint8_t>(expires >> (8 * i));
  return message;
}

}  // namespace

Digest sha256(ByteView bytes) {
  Digest digest{};
  unsigned int size = 0;
  INGOT_CHECK(EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr) == 1);
  INGOT_CHECK(size == digest.size());
  return digest;
}

std::string hex(ByteView bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const std::uint8_t byte : bytes) {
    text.push_back(digits[byte >> 4]);
    text.push_back(digits[byte & 15]);
  }
  return text;
}

Result<Digest> parse_digest(std::string_view hex64) {
  Digest digest{};
  if (hex64.size() != digest.size() * 2) return Error{ErrorCode::verification, "a digest is 64 hex digits"};
  for (std::size_t i = 0; i < hex64.size(); ++i) {
    const char c = hex64[i];
    const bool decimal = c >= '0' && c <= '9';
    if (!decimal && !(c >= 'a' && c <= 'f')) return Error{ErrorCode::verification, "a digest is lower-case hex digits"};
    const int nibble = decimal ? c - '0' : c - 'a' + 10;
    digest[i / 2] = static_cast<std::uint8_t>((digest[i / 2] << 4) | nibble);
  }
  return digest;
}

Result<PublicKey> parse_public_key(std::string_view pem) {
  const Bio bio = memory_bio(pem);
  const Pkey pkey(PEM_read_bio_PUBKEY(bio.get(), nullptr, no_pass_phrase, nullptr));
  if (!pkey) return Error{ErrorCode::config, "not a PEM public key (expected -----BEGIN PUBLIC KEY-----)"};
  return public_half(pkey.get());
}

Result<PrivateKey> parse_private_key(std::string_view pem) {
  const Bio bio = memory_bio(pem);
  const Pkey pkey(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_pass_phrase, nullptr));
  if (!pkey) return Error{ErrorCode::config, "not a PEM private key (expected -----BEGIN PRIVATE KEY-----, not encrypted)"};
  return from_pkey(pkey.get());
}

std::string public_key_pem(const PublicKey& key) {
  const Pkey pkey(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.raw.data(), key.raw.size()));
  const Bio bio(BIO_new(BIO_s_mem()));
  INGOT_CHECK(pkey && bio && PEM_write_bio_PUBKEY(bio.get(), pkey.get()) == 1);
  return drain(bio.get());
}

std::string private_key_pem(const PrivateKey& key) {
  const Pkey pkey = private_pkey(key);
  const Bio bio(BIO_new(BIO_s_secmem()));
  INGOT_CHECK(bio && PEM_write_bio_PKCS8PrivateKey(bio.get(), pkey.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
  return drain(bio.get());
}

Result<PrivateKey> generate_key() {
  PrivateKey key;
  if (RAND_priv_bytes(key.seed.data(), static_cast<int>(key.seed.size())) != 1) {
    return Error{ErrorCode::internal, "the system's random source failed"};
  }
  const Pkey pkey = private_pkey(key);
  return from_pkey(pkey.get());
}

Signature sign(const PrivateKey& key, ByteView signed_bytes, std::uint64_t expires) {
  const auto message = signed_message(sha256(signed_bytes), expires);
  const Pkey pkey = private_pkey(key);
  const DigestContext context(EVP_MD_CTX_new());
  Signature signature;
  signature.key_id = key.public_key.id;
  signature.expires = expires;
  std::size_t size = signature.bytes.size();
  INGOT_CHECK(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, pkey.get()) == 1);
  INGOT_CHECK(EVP_DigestSign(context.get(), signature.bytes.data(), &size, message.data(), message.size()) == 1);
  INGOT_CHECK(size == signature.bytes.size());
  return signature;
}

bool verify(const PublicKey& key, const Signature& signature, ByteView signed_bytes) {
  return verify(key, signature, sha256(signed_bytes));
}

bool verify(const PublicKey& key, const Signature& signature, const Digest& signed_digest) {
  if (signature.key_id != key.id) return false;
  const auto message = signed_message(signed_digest, signature.expires);
  static_assert(std::tuple_size_v<decltype(signature.bytes)> == crypto_sign_BYTES && std::tuple_size_v<decltype(key.raw)> == crypto_sign_PUBLICKEYBYTES);
  static const bool ready = sodium_init() >= 0;  // its manual asks for it before anything else
  INGOT_CHECK(ready);
  return crypto_sign_verify_detached(signature.bytes.data(), message.data(), message.size(), key.raw.data()) == 0;
}

}  // namespace ingot::format
