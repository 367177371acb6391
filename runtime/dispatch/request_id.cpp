// SPDX-License-Identifier: Apache-2.0
#include "dispatch/request_id.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>

#include "dispatch/random_bytes.hpp"

namespace ingot::dispatch {
namespace {

constexpr std::size_t request_id_bytes_max = 128;

bool is_id_character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '_' || c == '-';
}

}  // namespace

bool is_request_id(std::string_view text) {
  return !text.empty() && text.size() <= request_id_bytes_max && std::all_of(text.begin(), text.end(), is_id_character);
}

std::string make_request_id() {
  std::array<std::uint8_t, 16> bytes{};
  random_bytes(std::span(bytes).subspan(6));
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  const auto now_ms = static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch).count());
  for (unsigned i = 0; i < 6; ++i) bytes[i] = static_cast<std::uint8_t>(now_ms >> (8 * (5 - i)));
  bytes[6] = static_cast<std::uint8_t>(0x70 | (bytes[6] & 0x0F));  // version 7
  bytes[8] = static_cast<std::uint8_t>(0x80 | (bytes[8] & 0x3F));  // the RFC's variant

  std::string text;
  text.reserve(36);
  const auto part = [&](std::size_t begin, std::size_t count) { append_hex(text, std::span(bytes).subspan(begin, count)); };
  part(0, 4);
  for (std::size_t begin = 4; begin < 10; begin += 2) {
    text += '-';
    part(begin, 2);
  }
  text += '-';
  part(10, 6);
  return text;
}

std::string choose_request_id(std::string_view client_value) {
  return is_request_id(client_value) ? std::string(client_value) : make_request_id();
}

}  // namespace ingot::dispatch
