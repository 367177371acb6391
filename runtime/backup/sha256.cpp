// SPDX-License-Identifier: Apache-2.0
#include "backup/sha256.hpp"

#include <openssl/evp.h>

#include "base/check.hpp"

namespace ingot::backup {

struct Sha256::Context {
  EVP_MD_CTX* raw = EVP_MD_CTX_new();
  ~Context() { EVP_MD_CTX_free(raw); }
};

Sha256::Sha256() : context_(std::make_unique<Context>()) {
  INGOT_CHECK(context_->raw != nullptr && EVP_DigestInit_ex(context_->raw, EVP_sha256(), nullptr) == 1);
}

Sha256::Sha256(Sha256&&) noexcept = default;

Sha256::~Sha256() = default;

void Sha256::add(std::string_view bytes) { INGOT_CHECK(EVP_DigestUpdate(context_->raw, bytes.data(), bytes.size()) == 1); }

Digest Sha256::finish() {
  Digest digest{};
  unsigned int size = 0;
  INGOT_CHECK(EVP_DigestFinal_ex(context_->raw, digest.data(), &size) == 1 && size == digest.size());
  return digest;
}

}  // namespace ingot::backup
