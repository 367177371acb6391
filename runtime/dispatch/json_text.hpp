// SPDX-License-Identifier: Apache-2.0
#pragma once
// JSON as text: checking it, quoting strings into it, and finding the members of an object, without ever building a
// tree. Payloads pass between client and module as they were written. Nothing here recurses, so nesting costs no stack.

#include <functional>
#include <string>
#include <string_view>

namespace ingot::dispatch {

/// True when `text` is exactly one JSON value (RFC 8259): UTF-8, no byte order mark, nothing but white space around it.
bool is_json(std::string_view text);

/// Appends `text` as a JSON string literal. REQUIRES: is_utf8(text).
void append_json_string(std::string& out, std::string_view text);

/// The same for any bytes: those that belong to no well-formed sequence of UTF-8 become U+FFFD.
void append_json_text(std::string& out, std::string_view bytes);

/// Appends `,` unless `out` ends with an opening bracket, then `"name":`. REQUIRES: `name` needs no escaping.
void append_json_key(std::string& out, std::string_view name);

/// Called with a member's name, unescaped, and its value as raw text without surrounding white space.
/// Returns false to stop. Both views die with the call, except that the value points into the scanned text.
using MemberVisitor = std::function<bool(std::string_view name, std::string_view value)>;

/// Visits the members of an object in order, duplicates included. False when `object` is not an object or when the
/// visitor stopped. REQUIRES: is_json(object).
bool for_each_member(std::string_view object, const MemberVisitor& visitor);

/// The text that a string literal stands for. REQUIRES: `literal` is a valid JSON string literal with its quotes.
std::string json_string_value(std::string_view literal);

}  // namespace ingot::dispatch
