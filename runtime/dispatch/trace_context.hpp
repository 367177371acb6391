// SPDX-License-Identifier: Apache-2.0
#pragma once
// W3C Trace Context, level 1: the name of the whole that a request is a part of, carried in the "traceparent" field. Safe from any thread.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dispatch/field_rules.hpp"

namespace ingot::dispatch {

struct TraceContext {
  std::string trace_id;  ///< 32 lower-case hex digits, not all zero
  std::string span_id;   ///< 16, not all zero: who asked, or who answers
  std::string flags;     ///< 2
};

/// Section 3.2: version 00 exactly, a later one by its beginning. Nothing for any other text: then a new trace begins.
std::optional<TraceContext> parse_traceparent(std::string_view field);

std::string traceparent_text(const TraceContext& context);

/// This server's own part in the trace of a request: the caller's trace with a span of its own, or a fresh trace, not sampled. `headers` get it in place of the
/// caller's; "tracestate" goes with a trace that is not continued (section 3.3).
TraceContext enter_trace(std::vector<Header>& headers);

}  // namespace ingot::dispatch
