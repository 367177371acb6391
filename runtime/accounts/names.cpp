// SPDX-License-Identifier: Apache-2.0
#include "accounts/names.hpp"

#include <sys/random.h>

#include <algorithm>
#include <array>

#include "base/base64url.hpp"
#include "base/check.hpp"
#include "dispatch/utf8.hpp"

namespace ingot::accounts {
namespace {

constexpr std::size_t email_bytes_max = 254, label_bytes_max = 200;

bool has_controls(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

template <std::size_t size>
std::array<char, size> random_bytes() {
  std::array<char, size> bytes{};
  INGOT_CHECK(::getrandom(bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));  // never less for 256 bytes and fewer: getrandom(2)
  return bytes;
}

}  // namespace

Result<std::string> normalise_email(std::string_view email) {
  const Error refused{ErrorCode::invalid_argument, "an e-mail address is NAME@HOST, without spaces, of " + std::to_string(email_bytes_max) + " bytes at most"};
  const std::size_t at = email.find('@');
  if (email.size() > email_bytes_max || at == std::string_view::npos || at == 0 || at + 1 == email.size()) return refused;
  if (email.find('@', at + 1) != std::string_view::npos || email.find(' ') != std::string_view::npos || has_controls(email) || !dispatch::is_utf8(email)) return refused;
  std::string normal(email);
  std::ranges::transform(normal, normal.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return normal;
}

Result<void> check_label(std::string_view what, std::string_view text) {
  if (!text.empty() && text.size() <= label_bytes_max && !has_controls(text) && dispatch::is_utf8(text)) return {};
  return Error{ErrorCode::invalid_argument, std::string(what) + " is UTF-8 text of 1 to " + std::to_string(label_bytes_max) + " bytes"};
}

std::string fresh_uuid() {
  auto bytes = random_bytes<16>();
  bytes[6] = static_cast<char>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<char>((bytes[8] & 0x3f) | 0x80);
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text.push_back('-');
    text.push_back(digits[static_cast<unsigned char>(bytes[i]) >> 4]);
    text.push_back(digits[static_cast<unsigned char>(bytes[i]) & 15]);
  }
  return text;
}

std::string fresh_secret() {
  const auto bytes = random_bytes<32>();
  return to_base64url({bytes.data(), bytes.size()});
}

}  // namespace ingot::accounts
