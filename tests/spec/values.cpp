// SPDX-License-Identifier: Apache-2.0
#include "values.hpp"

#include <array>
#include <cstdio>
#include <cstring>

namespace ingot::spec {
namespace {

std::uint64_t number(const Json& text) {
  const std::string word = text.get<std::string>();
  std::size_t used = 0;
  const std::uint64_t value = std::stoull(word, &used, 10);  // wast2json writes every number as unsigned decimal bits
  if (word.empty() || used != word.size() || word[0] == '-') throw BadScript{"a number that is none: " + word};
  return value;
}

struct Lanes {
  std::size_t bytes;  ///< of one lane
  bool is_float;
};

Lanes lanes_of(const Json& value) {
  const std::string type = value.at("lane_type");
  if (type == "i8") return {1, false};
  if (type == "i16") return {2, false};
  if (type == "i32") return {4, false};
  if (type == "i64") return {8, false};
  if (type == "f32") return {4, true};
  if (type == "f64") return {8, true};
  throw BadScript{"lane type " + type};
}

/// One scalar of `bytes` bytes against a number or, for floats, a NaN pattern.
bool scalar_matches(std::uint64_t bits, const Json& expected, std::size_t bytes, bool is_float) {
  const std::string text = expected.get<std::string>();
  if (!is_float || !text.starts_with("nan:")) return bits == number(expected);
  const std::uint64_t sign = bytes == 4 ? 0x80000000ull : 0x8000000000000000ull;
  const std::uint64_t quiet = bytes == 4 ? 0x7fc00000ull : 0x7ff8000000000000ull;  // exponent and quiet bit
  if (text == "nan:canonical") return (bits & ~sign) == quiet;
  if (text == "nan:arithmetic") return (bits & quiet) == quiet;
  throw BadScript{"pattern " + text};
}

std::array<std::uint8_t, 16> vector_bytes(const std::vector<ingot_slot>& slots, std::size_t at) {
  std::array<std::uint8_t, 16> bytes;
  std::memcpy(bytes.data(), &slots[at], 8);
  std::memcpy(bytes.data() + 8, &slots[at + 1], 8);
  return bytes;
}

bool vector_matches(const std::vector<ingot_slot>& slots, std::size_t at, const Json& expected) {
  const Lanes lanes = lanes_of(expected);
  const Json& values = expected.at("value");
  if (values.size() != 16 / lanes.bytes) throw BadScript{"wrong number of lanes"};
  const auto bytes = vector_bytes(slots, at);
  for (std::size_t lane = 0; lane < values.size(); ++lane) {
    std::uint64_t bits = 0;
    std::memcpy(&bits, bytes.data() + lane * lanes.bytes, lanes.bytes);
    if (!scalar_matches(bits, values[lane], lanes.bytes, lanes.is_float)) return false;
  }
  return true;
}

void append_vector(std::vector<ingot_slot>& slots, const Json& value) {
  const Lanes lanes = lanes_of(value);
  const Json& values = value.at("value");
  if (values.size() != 16 / lanes.bytes) throw BadScript{"wrong number of lanes"};
  std::array<std::uint8_t, 16> bytes{};
  for (std::size_t lane = 0; lane < values.size(); ++lane) {
    const std::uint64_t bits = number(values[lane]);
    std::memcpy(bytes.data() + lane * lanes.bytes, &bits, lanes.bytes);
  }
  ingot_slot halves[2];
  std::memcpy(halves, bytes.data(), 16);
  slots.insert(slots.end(), halves, halves + 2);
}

}  // namespace

std::uint8_t type_of(const Json& value) {
  const std::string type = value.at("type");
  if (type == "i32") return INGOT_TYPE_I32;
  if (type == "i64") return INGOT_TYPE_I64;
  if (type == "f32") return INGOT_TYPE_F32;
  if (type == "f64") return INGOT_TYPE_F64;
  if (type == "v128") return INGOT_TYPE_V128;
  if (type == "funcref") return INGOT_TYPE_FUNCREF;
  if (type == "externref") return INGOT_TYPE_EXTERNREF;
  throw BadScript{"type " + type};
}

void append_value(std::vector<ingot_slot>& slots, const Json& value) {
  ingot_slot slot{};
  switch (type_of(value)) {
    case INGOT_TYPE_V128: return append_vector(slots, value);
    case INGOT_TYPE_FUNCREF:
      if (value.at("value") != "null") throw BadScript{"a function reference as an argument"};
      slots.insert(slots.end(), 4, slot);
      return;
    case INGOT_TYPE_EXTERNREF:
      if (value.at("value") != "null") slot.i64 = number(value.at("value")) + 1;
      slots.push_back(slot);
      slots.push_back(ingot_slot{});
      return;
    default:
      slot.i64 = number(value.at("value"));
      slots.push_back(slot);
  }
}

bool matches(const std::vector<ingot_slot>& slots, std::size_t at, const Json& expected) {
  switch (type_of(expected)) {
    case INGOT_TYPE_I32: return scalar_matches(slots[at].i32, expected.at("value"), 4, false);
    case INGOT_TYPE_I64: return scalar_matches(slots[at].i64, expected.at("value"), 8, false);
    case INGOT_TYPE_F32: return scalar_matches(slots[at].i32, expected.at("value"), 4, true);
    case INGOT_TYPE_F64: return scalar_matches(slots[at].i64, expected.at("value"), 8, true);
    case INGOT_TYPE_V128: return vector_matches(slots, at, expected);
    case INGOT_TYPE_FUNCREF:
      if (!expected.contains("value")) return slots[at].i64 != 0;  // (ref.func): any but null
      if (expected.at("value") != "null") throw BadScript{"a particular function reference"};
      return slots[at].i64 == 0;
    case INGOT_TYPE_EXTERNREF:
      if (!expected.contains("value")) return slots[at].i64 != 0;  // (ref.extern): any but null
      if (expected.at("value") == "null") return slots[at].i64 == 0;
      return slots[at].i64 == number(expected.at("value")) + 1;
    default: return false;
  }
}

std::string show(const std::vector<ingot_slot>& slots, std::size_t at, std::uint8_t type) {
  char text[48];
  if (type == INGOT_TYPE_V128) {
    std::snprintf(text, sizeof text, "0x%016llx%016llx", static_cast<unsigned long long>(slots[at + 1].i64), static_cast<unsigned long long>(slots[at].i64));
  } else if (type == INGOT_TYPE_I32 || type == INGOT_TYPE_F32) {
    std::snprintf(text, sizeof text, "0x%08x", slots[at].i32);
  } else {
    std::snprintf(text, sizeof text, "0x%016llx", static_cast<unsigned long long>(slots[at].i64));
  }
  return text;
}

}  // namespace ingot::spec
