// SPDX-License-Identifier: Apache-2.0
// Values are the specification's own (W3C Trace Context, section 3.2.3 and its test suite's cases).
#include "dispatch/trace_context.hpp"

#include <gtest/gtest.h>

namespace ingot::dispatch {
namespace {

const std::string sampled = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

TEST(TraceContext, The_specifications_examples_are_read) {
  const auto context = parse_traceparent(sampled);
  ASSERT_TRUE(context);
  EXPECT_EQ(context->trace_id, "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(context->span_id, "00f067aa0ba902b7");
  EXPECT_EQ(context->flags, "01");
  EXPECT_EQ(traceparent_text(*context), sampled);
  EXPECT_TRUE(parse_traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"));
  // A later version is read by its beginning.
  EXPECT_TRUE(parse_traceparent("cc-12345678901234567890123456789012-1234567890123456-01"));
  EXPECT_TRUE(parse_traceparent("cc-12345678901234567890123456789012-1234567890123456-01-what-the-future-will-be-like"));
}

TEST(TraceContext, What_is_malformed_begins_a_new_trace) {
  for (const std::string& bad : {std::string(), std::string("00"), sampled + "-what", sampled + ".", sampled.substr(0, 54), std::string("ff-12345678901234567890123456789012-1234567890123456-01"),
                                 std::string("00-00000000000000000000000000000000-1234567890123456-01"), std::string("00-12345678901234567890123456789012-0000000000000000-01"),
                                 std::string("00-1234567890123456789012345678901.-1234567890123456-01"), std::string("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01"),
                                 std::string("cc-12345678901234567890123456789012-1234567890123456-01.what"), std::string("00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")}) {
    EXPECT_FALSE(parse_traceparent(bad)) << bad;
    std::vector<Header> headers{{"traceparent", bad}, {"tracestate", "rojo=1"}, {"accept", "*/*"}};
    const TraceContext own = enter_trace(headers);
    EXPECT_NE(own.trace_id, "4bf92f3577b34da6a3ce929d0e0e4736") << bad;
    ASSERT_EQ(headers.size(), 2u) << bad;  // the state belonged to the other trace
    EXPECT_TRUE(parse_traceparent(headers.back().value));
  }
}

TEST(TraceContext, A_trace_goes_on_with_a_span_of_our_own) {
  std::vector<Header> headers{{"TraceParent", sampled}, {"tracestate", "rojo=00f067aa0ba902b7"}};
  const TraceContext own = enter_trace(headers);
  EXPECT_EQ(own.trace_id, "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_NE(own.span_id, "00f067aa0ba902b7");
  EXPECT_EQ(own.flags, "01");
  ASSERT_EQ(headers.size(), 2u);
  EXPECT_EQ(headers[0].name, "tracestate");
  EXPECT_EQ(headers[1].value, traceparent_text(own));
  // Flags that nobody knows yet are not sent on.
  headers = {{"traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0a"}};
  EXPECT_EQ(enter_trace(headers).flags, "00");
  headers = {{"traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-ff"}};
  EXPECT_EQ(enter_trace(headers).flags, "01");
}

TEST(TraceContext, Two_fields_are_none) {
  std::vector<Header> headers{{"traceparent", sampled}, {"traceparent", sampled}};
  EXPECT_NE(enter_trace(headers).trace_id, "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(headers.size(), 1u);
  std::vector<Header> none;
  const std::string first = enter_trace(none).trace_id;
  none.clear();
  EXPECT_NE(enter_trace(none).trace_id, first);
}

}  // namespace
}  // namespace ingot::dispatch
