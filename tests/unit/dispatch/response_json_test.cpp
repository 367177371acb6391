// SPDX-License-Identifier: Apache-2.0
#include "dispatch/response_json.hpp"

#include <gtest/gtest.h>

#include <string>

namespace ingot::dispatch {
namespace {

using Result = std::variant<ModuleResponse, Refusal>;

void expect_refused(std::string_view text) {
  const Result result = parse_module_response(text);
  ASSERT_TRUE(std::holds_alternative<Refusal>(result)) << text.substr(0, 200);
  EXPECT_EQ(std::get<Refusal>(result).status, 500);
  EXPECT_EQ(std::get<Refusal>(result).code, "BAD_RESPONSE");
}

ModuleResponse accepted(std::string_view text) {
  Result result = parse_module_response(text);
  if (const auto* refusal = std::get_if<Refusal>(&result)) {
    ADD_FAILURE() << refusal->message << " in " << text.substr(0, 200);
    return {};
  }
  return std::get<ModuleResponse>(std::move(result));
}

TEST(ResponseJson, Splits_the_example_of_the_contract) {
  const auto answer = accepted(R"({"status":201,"headers":{"location":"/contacts/7"},"body":{"id":"7"}})");
  EXPECT_EQ(answer.status, 201);
  ASSERT_EQ(answer.headers.size(), 1u);
  EXPECT_EQ(answer.headers[0].name, "location");
  EXPECT_EQ(answer.headers[0].value, "/contacts/7");
  EXPECT_EQ(answer.body, R"({"id":"7"})");
}

TEST(ResponseJson, Fills_in_what_is_absent) {
  const auto answer = accepted(" {} ");
  EXPECT_EQ(answer.status, 200);
  EXPECT_TRUE(answer.headers.empty());
  EXPECT_EQ(answer.body, "null");
}

TEST(ResponseJson, Finds_the_raw_body_among_whatever_surrounds_it) {
  for (const std::string body : {"null", "true", "-1.50e+3", "0", "\"\"", "\"}\\\"]{,\\\\\"", "[]", "{}", "[ 1 , {\"body\":2} ]",
                                 "{\"status\":999,\"x\":[\"]}\"]}", "\"\\u0000\"", "[[[]],{}]"}) {
    EXPECT_EQ(accepted("{\"body\":" + body + "}").body, body);
    EXPECT_EQ(accepted("{ \"x\" : [\"\\\"body\\\":1\"] ,\n\"body\"\t:\r " + body + " , \"status\":200 }").body, body);
    EXPECT_EQ(accepted("{\"b\\u006fdy\":" + body + "}").body, body);
  }
}

TEST(ResponseJson, Bounds_the_status) {
  for (const char* good : {"200", "204", "404", "599"}) {
    EXPECT_EQ(accepted(std::string("{\"status\":") + good + "}").status, std::stoi(good));
  }
  for (const char* bad :
       {"199", "600", "100", "0", "-200", "99999999999999999999", "200.0", "2e2", "\"200\"", "null", "true", "[200]", "{}"}) {
    expect_refused(std::string("{\"status\":") + bad + "}");
  }
}

TEST(ResponseJson, Refuses_what_is_no_object_of_json) {
  for (const std::string& text :
       {std::string(), std::string(" "), std::string("null"), std::string("[]"), std::string("200"), std::string("\"{}\""),
        std::string("{"), std::string("{}x"), std::string("{\"body\":}"), std::string("{\"body\":1,}"), std::string("{'body':1}"),
        std::string("{}\0", 3), std::string("\xEF\xBB\xBF{}"), std::string("{\"body\":\"\xC0\x80\"}"), std::string("{\"body\":1}//"),
        std::string("{\"status\":200")}) {
    expect_refused(text);
  }
}

TEST(ResponseJson, Refuses_members_that_come_twice) {
  expect_refused(R"({"status":200,"status":500})");
  expect_refused(R"({"body":1,"\u0062ody":2})");
  expect_refused(R"({"headers":{},"headers":{}})");
  EXPECT_EQ(accepted(R"({"other":1,"other":2,"body":{"a":1,"a":2}})").body, R"({"a":1,"a":2})");
}

TEST(ResponseJson, Refuses_hostile_headers) {
  for (const char* headers : {"[]", "null", "\"a: b\"", "{\"a\":1}", "{\"a\":null}", "{\"a\":[\"b\"]}", "{\"a\":\"b\\r\\nset-cookie: x\"}",
                              "{\"a\":\"b\\n\"}", "{\"a\":\"b\\u0000\"}", "{\"a\":\"\\u007f\"}", "{\"a b\":\"c\"}", "{\"\":\"c\"}",
                              "{\"a:\":\"c\"}", "{\"a\\r\\nb\":\"c\"}", "{\"\\u00e9\":\"c\"}", "{\"x-a\":\"1\",\"X-A\":\"2\"}"}) {
    expect_refused(std::string("{\"headers\":") + headers + "}");
  }
}

TEST(ResponseJson, Ignores_headers_that_belong_to_the_host) {
  const auto answer = accepted(R"({"headers":{"Content-Length":"0","transfer-encoding":"chunked","CONNECTION":"close",
      "content-type":"text/html","Date":"x","x-request-id":"forged","ETag":"\"1\"","Upgrade":"h2c"}})");
  ASSERT_EQ(answer.headers.size(), 1u);
  EXPECT_EQ(answer.headers[0].name, "etag");
  EXPECT_EQ(answer.headers[0].value, "\"1\"");
}

TEST(ResponseJson, Bounds_the_headers) {
  const auto with = [](int count, std::size_t value_bytes) {
    std::string text = "{\"headers\":{";
    for (int i = 0; i < count; ++i) {
      text += (i ? ",\"h" : "\"h") + std::to_string(i) + "\":\"" + std::string(value_bytes, 'v') + "\"";
    }
    return text + "}}";
  };
  EXPECT_EQ(accepted(with(64, 1)).headers.size(), 64u);
  expect_refused(with(65, 1));
  EXPECT_EQ(accepted(with(1, 16 * 1024 - 2)).headers.size(), 1u);
  expect_refused(with(1, 16 * 1024 - 1));
  expect_refused(with(100'000, 1));
}

TEST(ResponseJson, Survives_deep_nesting_anywhere) {
  const std::string open(100'000, '[');
  const std::string closed = open + std::string(100'000, ']');
  EXPECT_EQ(accepted("{\"body\":" + closed + "}").body, closed);
  EXPECT_EQ(accepted("{\"x\":" + closed + ",\"body\":1}").body, "1");
  expect_refused("{\"headers\":" + closed + "}");
  expect_refused("{\"headers\":{\"a\":" + closed + "}}");
  expect_refused("{\"status\":" + closed + "}");
  expect_refused(open);
  expect_refused("{\"body\":" + open);
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
  expect_refused(objects);
}

}  // namespace
}  // namespace ingot::dispatch
