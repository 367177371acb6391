// SPDX-License-Identifier: Apache-2.0
#include "dispatch/trace_context.hpp"

#include <algorithm>
#include <cstdint>
#include <random>

namespace ingot::dispatch {
namespace {

constexpr std::size_t text_bytes = 55;  // 2 + 32 + 16 + 2 digits and three hyphens

bool is_hex(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_zero(std::string_view text) { return text.find_first_not_of('0') == std::string_view::npos; }

/// Names need to differ, not to be secret.
std::string random_hex(std::size_t digits) {
  thread_local std::mt19937_64 generator([] {
    std::random_device device;
    std::seed_seq seed{device(), device(), device(), device(), device(), device(), device(), device()};
    return std::mt19937_64(seed);
  }());
  static constexpr char characters[] = "0123456789abcdef";
  std::string text;
  do {
    text.clear();
    for (std::uint64_t bits = 0; text.size() < digits; bits >>= 4) {
      if (text.size() % 16 == 0) bits = generator();
      text.push_back(characters[bits & 15]);
    }
  } while (is_zero(text));
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

std::string traceparent_text(const TraceContext& context) { return "00-" + context.trace_id + "-" + context.span_id + "-" + context.flags; }

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
