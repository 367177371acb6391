// SPDX-License-Identifier: Apache-2.0
// utf8, percent, json_text, field_rules: the small pieces of text that the rest of dispatch stands on.
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "dispatch/field_rules.hpp"
#include "dispatch/json_text.hpp"
#include "dispatch/percent.hpp"
#include "dispatch/utf8.hpp"

namespace ingot::dispatch {
namespace {

TEST(Utf8, Accepts_the_first_and_last_of_each_length) {
  for (const std::string& text : {std::string("\0", 1), std::string("\x7F"), std::string("\xC2\x80"), std::string("\xDF\xBF"),
                                  std::string("\xE0\xA0\x80"), std::string("\xED\x9F\xBF"), std::string("\xEE\x80\x80"),
                                  std::string("\xEF\xBF\xBF"), std::string("\xF0\x90\x80\x80"), std::string("\xF4\x8F\xBF\xBF")}) {
    EXPECT_TRUE(is_utf8(text));
    EXPECT_EQ(to_utf8(text), text);
  }
}

TEST(Utf8, Refuses_overlong_surrogate_truncated_and_absurd) {
  for (const char* text : {"\x80", "\xBF", "\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xED\xBF\xBF", "\xF0\x8F\xBF\xBF",
                           "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "\xC3", "\xE2\x82", "\xF0\x9F\x98", "\xC3(", "\xE2(\xA1"}) {
    EXPECT_FALSE(is_utf8(text));
    EXPECT_TRUE(is_utf8(to_utf8(text)));
  }
  EXPECT_EQ(to_utf8("a\xE9z"), "a\xEF\xBF\xBDz");
}

// Eight bytes are looked at together: each byte must be seen wherever it stands, and no other.
TEST(Utf8, Sees_every_byte_at_every_place) {
  for (std::size_t length = 1; length <= 20; ++length) {
    for (std::size_t at = 0; at < length; ++at) {
      for (int byte = 0; byte < 256; ++byte) {
        std::string text(length, 'a');
        text[at] = static_cast<char>(byte);
        ASSERT_EQ(is_utf8(text), byte < 0x80) << length << ' ' << at << ' ' << byte;
        std::string replaced = text;
        if (byte >= 0x80) replaced.replace(at, 1, "\xEF\xBF\xBD");
        ASSERT_EQ(to_utf8(text), replaced) << length << ' ' << at << ' ' << byte;
      }
      if (at + 2 <= length) {
        std::string text(length, 'a');
        text.replace(at, 2, "\xC3\xA9");
        ASSERT_TRUE(is_utf8(text)) << length << ' ' << at;
        ASSERT_EQ(to_utf8(text), text);
      }
    }
  }
}

TEST(Percent, Decodes_strictly) {
  EXPECT_EQ(percent_decode("a%2Fb%2f+", Plus::literal), "a/b/+");
  EXPECT_EQ(percent_decode("a+b%2B", Plus::space), "a b+");
  EXPECT_EQ(percent_decode("", Plus::space), "");
  for (const char* text : {"%", "%a", "%g0", "%0g", "% 1", "%00", "%80", "%%41"}) {
    EXPECT_EQ(percent_decode(text, Plus::literal), std::nullopt) << text;
  }
}

TEST(JsonText, Quotes_what_must_be_quoted) {
  std::string out;
  append_json_string(out, std::string_view("a\"\\/\n\x1F\0\x7F\xC3\xA9", 10));
  EXPECT_EQ(out, "\"a\\\"\\\\/\\u000a\\u001f\\u0000\x7F\xC3\xA9\"");
  EXPECT_TRUE(is_json(out));
  EXPECT_EQ(json_string_value(out), std::string("a\"\\/\n\x1F\0\x7F\xC3\xA9", 10));
}

TEST(JsonText, Quotes_every_byte_at_every_place) {
  constexpr char hex[] = "0123456789abcdef";
  for (std::size_t length = 1; length <= 20; ++length) {
    for (std::size_t at = 0; at < length; ++at) {
      for (int byte = 0; byte < 256; ++byte) {
        std::string text(length, '!');  // next to the quote, where a borrow would show
        text[at] = static_cast<char>(byte);
        std::string quoted = "\"" + std::string(at, '!');
        if (byte < 0x20) {
          quoted += std::string("\\u00") + hex[byte / 16] + hex[byte % 16];
        } else {
          if (byte == '"' || byte == '\\') quoted += '\\';
          quoted += static_cast<char>(byte);
        }
        quoted += std::string(length - at - 1, '!') + "\"";
        std::string out;
        append_json_string(out, text);
        ASSERT_EQ(out, quoted) << length << ' ' << at << ' ' << byte;
      }
    }
  }
}

TEST(JsonText, Visits_members_in_order_and_stops_on_demand) {
  std::vector<std::pair<std::string, std::string>> seen;
  const auto collect = [&seen](std::string_view name, std::string_view value) {
    seen.emplace_back(name, value);
    return name != "stop";
  };
  const std::string text = R"( {"a":1 , "\n" : "x,}" ,"a":[{"b":[]},2], "stop":{"c":"]"} ,"never":0})";
  ASSERT_TRUE(is_json(text));
  EXPECT_FALSE(for_each_member(text, collect));
  const std::vector<std::pair<std::string, std::string>> expected = {
      {"a", "1"}, {"\n", "\"x,}\""}, {"a", R"([{"b":[]},2])"}, {"stop", R"({"c":"]"})"}};
  EXPECT_EQ(seen, expected);
  EXPECT_FALSE(for_each_member("[1]", collect));
  EXPECT_TRUE(for_each_member(" { } ", collect));
}

TEST(FieldRules, Follow_the_grammar_of_rfc_9110) {
  EXPECT_TRUE(is_token("!#$%&'*+-.^_`|~09azAZ"));
  for (const std::string& text : {std::string(), std::string("a b"), std::string("a:"), std::string("\"a\""), std::string("a\0", 2),
                                  std::string("\xC3\xA9"), std::string("a/b"), std::string("{a}")}) {
    EXPECT_FALSE(is_token(text)) << text;
  }
  EXPECT_TRUE(is_field_value("a \t\xC3\xA9\""));
  for (const std::string& text : {std::string("\r"), std::string("\n"), std::string("\0", 1), std::string("\x7F")}) {
    EXPECT_FALSE(is_field_value(text));
  }
  EXPECT_EQ(trim(" \ta b\t "), "a b");
  EXPECT_TRUE(equals_ignoring_case("Content-Length", "content-LENGTH"));
  EXPECT_FALSE(equals_ignoring_case("a", "ab"));
}

}  // namespace
}  // namespace ingot::dispatch
