// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>

#include "db/connection.hpp"

namespace ingot::db {
namespace {

TEST(Params, Keeps_each_kind_of_value) {
  const auto params = parse_params(R"( [null, true, false, 7, -3, 1.5, 1e3, "a\u00e9\n", [1, {"b":2}], {"z":1,"a":[ ]}] )");
  ASSERT_TRUE(params.ok());
  ASSERT_EQ(params->size(), 10U);
  EXPECT_EQ((*params)[0].kind, Param::Kind::null);
  EXPECT_TRUE((*params)[1].kind == Param::Kind::boolean && (*params)[1].boolean);
  EXPECT_TRUE((*params)[2].kind == Param::Kind::boolean && !(*params)[2].boolean);
  EXPECT_TRUE((*params)[3].kind == Param::Kind::integer && (*params)[3].integer == 7);
  EXPECT_EQ((*params)[4].integer, -3);
  EXPECT_TRUE((*params)[5].kind == Param::Kind::real && (*params)[5].real == 1.5);
  EXPECT_TRUE((*params)[6].kind == Param::Kind::real && (*params)[6].real == 1000);
  EXPECT_EQ((*params)[7].text, "a\xC3\xA9\n");
  EXPECT_TRUE((*params)[8].kind == Param::Kind::json && (*params)[8].text == R"([1, {"b":2}])");
  EXPECT_EQ((*params)[9].text, R"({"z":1,"a":[ ]})");
}

TEST(Params, Nothing_means_none) {
  EXPECT_EQ(parse_params("")->size(), 0U);
  EXPECT_EQ(parse_params("[]")->size(), 0U);
  EXPECT_EQ(parse_params(" [ ] ")->size(), 0U);
}

TEST(Params, An_integer_beyond_64_bits_keeps_its_digits_as_text) {
  const auto params =
      parse_params("[9223372036854775807,9223372036854775808,-9223372036854775808,-9223372036854775809,123456789012345678901234567890]");
  ASSERT_TRUE(params.ok());
  EXPECT_EQ((*params)[0].integer, INT64_MAX);
  EXPECT_TRUE((*params)[1].kind == Param::Kind::text && (*params)[1].text == "9223372036854775808");
  EXPECT_EQ((*params)[2].integer, INT64_MIN);
  EXPECT_EQ((*params)[3].text, "-9223372036854775809");
  EXPECT_EQ((*params)[4].text, "123456789012345678901234567890");
}

TEST(Params, Brackets_and_commas_inside_strings_are_text) {
  const auto params = parse_params(R"(["a,b]","{\"",{"k,[":"]\\"},"\\"])");
  ASSERT_TRUE(params.ok());
  ASSERT_EQ(params->size(), 4U);
  EXPECT_EQ((*params)[0].text, "a,b]");
  EXPECT_EQ((*params)[1].text, "{\"");
  EXPECT_EQ((*params)[2].text, R"({"k,[":"]\\"})");
  EXPECT_EQ((*params)[3].text, "\\");
}

TEST(Params, Refuses_what_is_no_array_of_JSON) {
  for (const std::string& text :
       {std::string("{}"), std::string("1"), std::string("null"), std::string("["), std::string("[1,]"), std::string("[1] x"),
        std::string("[NaN]"), std::string("['a']"), std::string("[\"\\u0000\"]"), std::string("[\"\xff\"]"), std::string(" ")}) {
    const auto params = parse_params(text);
    ASSERT_FALSE(params.ok()) << text;
    EXPECT_EQ(params.error().code, ErrorCode::invalid_argument);
  }
  EXPECT_TRUE(parse_params("[" + std::string(200, '[') + std::string(200, ']') + "]").ok());
  EXPECT_FALSE(parse_params("[" + std::string(201, '[') + std::string(201, ']') + "]").ok());
  EXPECT_FALSE(parse_params("[" + std::string(100'000, '[') + std::string(100'000, ']') + "]").ok());
}

}  // namespace
}  // namespace ingot::db
