// SPDX-License-Identifier: Apache-2.0
#include "identity/keys.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/param_build.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/base64url.hpp"
#include "base/check.hpp"

namespace ingot::identity {
namespace {

using Json = nlohmann::json;

constexpr int rsa_bits_min = 2048;  // NIST SP 800-131A

template <auto release>
struct Free {
  template <typename Object>
  void operator()(Object* object) const {
    release(object);
  }
};
template <typename Object, auto release>
using Owner = std::unique_ptr<Object, Free<release>>;

const unsigned char* bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

Error wrong(const std::string& what) { return Error{ErrorCode::config, what}; }

/// A member that is text, or empty.
std::string text_of(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::shared_ptr<void> shared(EVP_PKEY* key) {
  return std::shared_ptr<void>(key, [](void* pointer) { EVP_PKEY_free(static_cast<EVP_PKEY*>(pointer)); });
}

Result<std::shared_ptr<void>> rsa_key(const Json& object) {
  const auto modulus = from_base64url(text_of(object, "n")), exponent = from_base64url(text_of(object, "e"));
  if (!modulus || !exponent || modulus->empty() || exponent->empty()) return wrong("an RSA key without a modulus \"n\" and an exponent \"e\"");
  const Owner<BIGNUM, BN_free> n(BN_bin2bn(bytes(*modulus), static_cast<int>(modulus->size()), nullptr));
  const Owner<BIGNUM, BN_free> e(BN_bin2bn(bytes(*exponent), static_cast<int>(exponent->size()), nullptr));
  const Owner<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free> builder(OSSL_PARAM_BLD_new());
  if (!n || !e || !builder || OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 || OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1) {
    return wrong("an RSA key that cannot be read");
  }
  if (BN_num_bits(n.get()) < rsa_bits_min) return wrong("an RSA key of " + std::to_string(BN_num_bits(n.get())) + " bits; the least is " + std::to_string(rsa_bits_min));
  const Owner<OSSL_PARAM, OSSL_PARAM_free> parameters(OSSL_PARAM_BLD_to_param(builder.get()));
  const Owner<EVP_PKEY_CTX, EVP_PKEY_CTX_free> context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  EVP_PKEY* key = nullptr;
  if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) != 1 || EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1) {
    return wrong("an RSA key that cannot be read");
  }
  return shared(key);
}

Result<std::shared_ptr<void>> ed25519_key(const Json& object) {
  const auto raw = from_base64url(text_of(object, "x"));
  EVP_PKEY* const key = raw ? EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes(*raw), raw->size()) : nullptr;
  if (key == nullptr) return wrong("an Ed25519 key without its 32 bytes \"x\"");
  return shared(key);
}

}  // namespace

const char* algorithm_name(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::hs256: return "HS256";
    case Algorithm::rs256: return "RS256";
    case Algorithm::eddsa: return "EdDSA";
  }
  return "?";
}

std::optional<Algorithm> parse_algorithm(std::string_view name) {
  for (const Algorithm algorithm : {Algorithm::hs256, Algorithm::rs256, Algorithm::eddsa}) {
    if (name == algorithm_name(algorithm)) return algorithm;
  }
  return std::nullopt;
}

Result<std::optional<PublicKey>> PublicKey::parse(std::string_view json_text) {
  const Json object = Json::parse(json_text, nullptr, false);
  if (!object.is_object()) return wrong("a key that is no object");
  const std::string kind = text_of(object, "kty"), use = text_of(object, "use"), named = text_of(object, "alg");
  const bool rsa = kind == "RSA", okp = kind == "OKP" && text_of(object, "crv") == "Ed25519";
  const Algorithm algorithm = rsa ? Algorithm::rs256 : Algorithm::eddsa;
  if ((!rsa && !okp) || (!use.empty() && use != "sig") || (!named.empty() && named != algorithm_name(algorithm))) return std::optional<PublicKey>();
  if (object.contains("d")) return wrong("a private key: this file is for public ones");
  INGOT_TRY(std::shared_ptr<void> key, rsa ? rsa_key(object) : ed25519_key(object));
  return std::optional<PublicKey>(PublicKey(text_of(object, "kid"), algorithm, std::move(key)));
}

bool PublicKey::verifies(std::string_view message, std::string_view signature) const {
  const Owner<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
  const EVP_MD* const digest = algorithm_ == Algorithm::rs256 ? EVP_sha256() : nullptr;  // Ed25519 has its own inside
  return context && EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, static_cast<EVP_PKEY*>(key_.get())) == 1 &&
         EVP_DigestVerify(context.get(), bytes(signature), signature.size(), bytes(message), message.size()) == 1;
}

std::string hmac_sha256(std::string_view secret, std::string_view message) {
  std::string code(32, '\0');
  unsigned size = 0;
  const auto* made = HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), bytes(message), message.size(), reinterpret_cast<unsigned char*>(code.data()), &size);
  INGOT_CHECK(made != nullptr && size == code.size());
  return code;
}

bool hmac_sha256_is(std::string_view secret, std::string_view message, std::string_view code) {
  const std::string right = hmac_sha256(secret, message);
  return code.size() == right.size() && CRYPTO_memcmp(code.data(), right.data(), right.size()) == 0;
}

Result<std::vector<PublicKey>> parse_jwks(std::string_view json_text) {
  const Json document = Json::parse(json_text, nullptr, false);
  if (!document.is_object() || !document.contains("keys") || !document["keys"].is_array()) return wrong("not a JWKS document: an object with a list \"keys\"");
  std::vector<PublicKey> keys;
  for (const Json& item : document["keys"]) {
    INGOT_TRY(std::optional<PublicKey> key, PublicKey::parse(item.dump()));
    if (!key) continue;
    if (std::ranges::any_of(keys, [&](const PublicKey& other) { return other.id() == key->id(); })) return wrong("two keys with the id '" + key->id() + "'");
    keys.push_back(std::move(*key));
  }
  if (keys.empty()) return wrong("no key for RS256 or EdDSA");
  return keys;
}

}  // namespace ingot::identity
