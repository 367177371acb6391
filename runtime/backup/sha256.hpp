// SPDX-License-Identifier: Apache-2.0
#pragma once
// SHA-256 of what comes piece by piece.

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>

namespace ingot::backup {

using Digest = std::array<std::uint8_t, 32>;

class Sha256 final {
 public:
  Sha256();
  Sha256(Sha256&&) noexcept;
  ~Sha256();
  void add(std::string_view bytes);
  /// Ends it.
  Digest finish();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

}  // namespace ingot::backup
