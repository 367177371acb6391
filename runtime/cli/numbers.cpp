// SPDX-License-Identifier: Apache-2.0
#include "cli/numbers.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstring>

#include "format/manifest.hpp"

namespace ingot::cli {
namespace {

Error not_a(std::string_view word, std::uint8_t type) {
  return Error{ErrorCode::invalid_argument, "'" + std::string(word) + "' is not a value of type " + format::value_type_text(type)};
}

Result<std::uint64_t> parse_integer(std::string_view word, std::uint8_t type, int bits) {
  std::string_view digits = word;
  const bool negative = digits.starts_with('-');
  if (negative || digits.starts_with('+')) digits.remove_prefix(1);
  int base = 10;
  if (digits.starts_with("0x") || digits.starts_with("0X")) {
    digits.remove_prefix(2);
    base = 16;
  }
  std::uint64_t magnitude = 0;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), magnitude, base);
  if (failed != std::errc() || end != digits.data() + digits.size() || digits.empty()) return not_a(word, type);
  const std::uint64_t max = bits == 64 ? UINT64_MAX : (std::uint64_t{1} << bits) - 1;
  const std::uint64_t min_magnitude = std::uint64_t{1} << (bits - 1);
  if (negative ? magnitude > min_magnitude : magnitude > max) return not_a(word, type);
  return (negative ? ~magnitude + 1 : magnitude) & max;
}

template <typename Float>
Result<Float> parse_float(std::string_view word, std::uint8_t type) {
  std::string_view digits = word;
  if (digits.starts_with('+')) digits.remove_prefix(1);
  Float value = 0;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (failed != std::errc() || end != digits.data() + digits.size() || digits.empty()) return not_a(word, type);
  return value;
}

template <typename Float>
std::string print_float(Float value) {
  std::array<char, 64> text{};
  const auto [end, failed] = std::to_chars(text.data(), text.data() + text.size(), value);
  return failed == std::errc() ? std::string(text.data(), end) : "?";
}

}  // namespace

Result<ingot_slot> parse_number(std::string_view word, std::uint8_t type) {
  ingot_slot slot{};
  slot.i64 = 0;
  switch (type) {
    case INGOT_TYPE_I32: {
      INGOT_TRY(slot.i64, parse_integer(word, type, 32));
      return slot;
    }
    case INGOT_TYPE_I64: {
      INGOT_TRY(slot.i64, parse_integer(word, type, 64));
      return slot;
    }
    case INGOT_TYPE_F32: {
      INGOT_TRY(slot.f32, parse_float<float>(word, type));
      return slot;
    }
    case INGOT_TYPE_F64: {
      INGOT_TRY(slot.f64, parse_float<double>(word, type));
      return slot;
    }
    default:
      return Error{ErrorCode::invalid_argument, "a parameter of type " + format::value_type_text(type) + " cannot be given on the command line"};
  }
}

std::string print_number(const ingot_slot& slot, std::uint8_t type) {
  switch (type) {
    case INGOT_TYPE_I32: return std::to_string(static_cast<std::int32_t>(slot.i32));
    case INGOT_TYPE_I64: return std::to_string(static_cast<std::int64_t>(slot.i64));
    case INGOT_TYPE_F32: return print_float(slot.f32);
    case INGOT_TYPE_F64: return print_float(slot.f64);
    default: return "?";
  }
}

}  // namespace ingot::cli
