// SPDX-License-Identifier: Apache-2.0
#pragma once
// Looking into a JSON text without building values from it: what a guest wrote reaches the database byte for byte, every digit and the order of keys included, and
// what the database gave is cut and put together again the same way. Pure.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ingot::data {

/// One value of a valid JSON text, without spaces around it. Points into the text.
using Slice = std::string_view;

struct Member {
  std::string name;  ///< decoded
  Slice value;
};

/// True for a valid JSON text (RFC 8259, UTF-8) in which no value stands more than `depth_max` deep.
bool acceptable(std::string_view text, std::size_t depth_max);

/// REQUIRES (here and below): the text was acceptable.
Slice whole(std::string_view text);
inline bool is_object(Slice value) { return value.starts_with('{'); }
inline bool is_array(Slice value) { return value.starts_with('['); }
inline bool is_string(Slice value) { return value.starts_with('"'); }
inline bool is_null(Slice value) { return value == "null"; }
/// The elements of an array. REQUIRES: is_array().
std::vector<Slice> elements(Slice array);
/// The members of an object, in order, repeated names included. REQUIRES: is_object().
std::vector<Member> members(Slice object);
/// The text that a string stands for. REQUIRES: is_string().
std::string text_of(Slice string);
/// A whole number in the range of 64 bits; nothing for any other value.
std::optional<std::int64_t> integer_of(Slice value);

}  // namespace ingot::data
