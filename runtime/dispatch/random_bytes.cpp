// SPDX-License-Identifier: Apache-2.0
#include "dispatch/random_bytes.hpp"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <string_view>

#include "base/check.hpp"

namespace ingot::dispatch {
namespace {

struct Store {
  std::array<std::uint8_t, 1024> bytes;
  std::size_t used = sizeof bytes;

  void fill() {
    for (std::size_t have = 0; have < bytes.size();) {
      const ssize_t got = ::getrandom(bytes.data() + have, bytes.size() - have, 0);
      if (got < 0 && errno == EINTR) continue;
      INGOT_CHECK(got > 0);
      have += static_cast<std::size_t>(got);
    }
    used = 0;
  }
};

}  // namespace

void random_bytes(std::span<std::uint8_t> bytes) {
  static thread_local Store store;
  while (!bytes.empty()) {
    if (store.used == store.bytes.size()) store.fill();
    const std::size_t count = std::min(bytes.size(), store.bytes.size() - store.used);
    std::memcpy(bytes.data(), store.bytes.data() + store.used, count);
    store.used += count;
    bytes = bytes.subspan(count);
  }
}

void append_hex(std::string& out, std::span<const std::uint8_t> bytes) {
  static constexpr std::string_view hex = "0123456789abcdef";
  std::size_t at = out.size();
  out.resize(at + 2 * bytes.size());
  for (const std::uint8_t byte : bytes) {
    out[at++] = hex[byte >> 4];
    out[at++] = hex[byte & 0xF];
  }
}

}  // namespace ingot::dispatch
