// SPDX-License-Identifier: Apache-2.0
#include "dispatch/trace_context.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "dispatch/random_bytes.hpp"

namespace ingot::dispatch {
namespace {

constexpr std::size_t text_bytes = 55;  // 2 + 32 + 16 + 2 digits and three hyphens

bool is_hex(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_zero(std::string_view text) { return text.find_first_not_of('0') == std::string_view::npos; }

std::string random_hex(std::size_t digits) {
  std::array<std::uint8_t, 16> bytes{};
  const std::span<std::uint8_t> wanted = std::span(bytes).first(digits / 2);
  do {
    random_bytes(wanted);
  } while (std::ranges::all_of(wanted, [](std::uint8_t byte) { return byte == 0; }));
  std::string text;
  text.reserve(digits);
  append_hex(text, wanted);
  return text;
}

}  // namespace

std::optional<TraceContext> parse_traceparent(std::string_view field) {
  if (field.size() < text_bytes) return std::nullopt;
  const std::string_view version = field.substr(0, 2);
  if (!is_hex(version) || version == "ff") return std::nullopt;
  if (version == "00" ? field.size() != text_bytes : field.size() > text_bytes && field[text_bytes] != '-') return std::nullopt;
  if (field[2] != '-' || field[35] != '-' || field[52] != '-') return std::nullopt;
  const std::string_view trace = field.substr(3, 32), span = field.substr(36, 16), flags = field.substr(53, 2);
  if (!is_hex(trace) || !is_hex(span) || !is_hex(flags) || is_zero(trace) || is_zero(span)) return std::nullopt;
  return TraceContext{std::string(trace), std::string(span), std::string(flags)};
}

std::string traceparent_text(const TraceContext& context) {
  std::string text;
  text.reserve(text_bytes);
  text.append("00-").append(context.trace_id).append("-").append(context.span_id).append("-").append(context.flags);
  return text;
}

TraceContext enter_trace(std::vector<Header>& headers) {
  std::optional<TraceContext> caller;
  std::size_t fields = 0;
  for (const Header& header : headers) {
    if (!equals_ignoring_case(header.name, "traceparent")) continue;
    ++fields;
    caller = parse_traceparent(header.value);
  }
  if (fields != 1) caller.reset();
  std::erase_if(headers, [&](const Header& header) {
    return equals_ignoring_case(header.name, "traceparent") || (!caller && equals_ignoring_case(header.name, "tracestate"));
  });
  // Of the flags only "sampled" is known in version 00; the others must be zero when it is sent on.
  const bool sampled = caller && std::string_view("13579bdf").find(caller->flags[1]) != std::string_view::npos;
  TraceContext own{caller ? caller->trace_id : random_hex(32), random_hex(16), sampled ? "01" : "00"};
  headers.push_back({"traceparent", traceparent_text(own)});
  return own;
}

}  // namespace ingot::dispatch
