// SPDX-License-Identifier: Apache-2.0
#pragma once
// SHA-256, and Ed25519 (RFC 8032): OpenSSL signs, libsodium verifies, in less than half the time, and refuses keys of small order. Keys are PEM files: PKCS#8 for the private half, SubjectPublicKeyInfo for the public half,
// so that `openssl pkey` reads and writes them too. A key id is the first 16 hex digits of SHA-256 over the raw public key.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "format/bundle.hpp"

namespace ingot::format {

using Digest = std::array<std::uint8_t, 32>;

Digest sha256(ByteView bytes);
std::string hex(ByteView bytes);
/// Errors: verification.
Result<Digest> parse_digest(std::string_view hex64);

struct PublicKey {
  std::array<std::uint8_t, 32> raw{};
  std::string id;
};
struct PrivateKey {
  std::array<std::uint8_t, 32> seed{};  ///< secret
  PublicKey public_key;
};

/// Errors: config (not a PEM Ed25519 key).
Result<PublicKey> parse_public_key(std::string_view pem);
Result<PrivateKey> parse_private_key(std::string_view pem);
std::string public_key_pem(const PublicKey& key);
std::string private_key_pem(const PrivateKey& key);
/// Fresh from the system's random source.
Result<PrivateKey> generate_key();

/// The message that is signed: "ingot-bundle-v2\0", SHA-256(signed_bytes), and the signature's own end as 8 bytes, little-endian.
/// `expires`: the last second in which the signature counts, since 1970; 0: it has no end.
Signature sign(const PrivateKey& key, ByteView signed_bytes, std::uint64_t expires = 0);

/// True when `signature` is `key`'s over these bytes (or over the bytes that have this SHA-256) and over its own end. Asks no clock.
bool verify(const PublicKey& key, const Signature& signature, ByteView signed_bytes);
bool verify(const PublicKey& key, const Signature& signature, const Digest& signed_digest);

}  // namespace ingot::format
