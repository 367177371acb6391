// SPDX-License-Identifier: Apache-2.0
#pragma once
// The keys whose tokens are believed: one secret, shared with whoever signs with HMAC, and public keys of a JWKS file (RFC 7517). A key says itself what it is good
// for; what a token says of its algorithm never chooses another use of a key.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace ingot::identity {

/// The algorithms that are spoken (RFC 7518 section 3.1, RFC 8037). Not "none".
enum class Algorithm { hs256, rs256, eddsa };
const char* algorithm_name(Algorithm algorithm);
/// By its exact name.
std::optional<Algorithm> parse_algorithm(std::string_view name);

/// A public key. Value; shares what the library holds.
class PublicKey final {
 public:
  /// One member of a JWKS's "keys", as JSON text: RSA of 2048 bits and more, or OKP with Ed25519. Nothing for a key that is for something else, by its "use", "alg"
  /// or "kty". Errors: config.
  static Result<std::optional<PublicKey>> parse(std::string_view json_text);

  const std::string& id() const { return id_; }  ///< "kid"; may be empty
  Algorithm algorithm() const { return algorithm_; }
  bool verifies(std::string_view message, std::string_view signature) const;

 private:
  PublicKey(std::string id, Algorithm algorithm, std::shared_ptr<void> key) : id_(std::move(id)), algorithm_(algorithm), key_(std::move(key)) {}
  std::string id_;
  Algorithm algorithm_;
  std::shared_ptr<void> key_;  ///< EVP_PKEY
};

/// A secret is of 32 bytes at least (RFC 7518 section 3.2).
inline constexpr std::size_t secret_bytes_min = 32;

/// HMAC-SHA-256 of `message`, 32 bytes.
std::string hmac_sha256(std::string_view secret, std::string_view message);
/// Is `code` that? Takes as long for one that is nearly right as for any other.
bool hmac_sha256_is(std::string_view secret, std::string_view message, std::string_view code);

/// "keys" of a JWKS document. Errors: config: not such a document; two keys of one id; no key that is good for anything here.
Result<std::vector<PublicKey>> parse_jwks(std::string_view json_text);

}  // namespace ingot::identity
