// SPDX-License-Identifier: Apache-2.0
#include "dispatch/request_json.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

namespace ingot::dispatch {
namespace {

using nlohmann::json;
using Result = std::variant<std::string, Refusal>;

Result build(std::string_view body, std::vector<Header> headers, std::string_view query = "") {
  return build_request_json({.method = "POST",
                             .path = "/api/crm/contacts",
                             .route = "/contacts",
                             .params = {},
                             .query = query,
                             .headers = headers,
                             .request_id = "r-1",
                             .body = body});
}

const std::vector<Header> as_json = {{"Content-Type", "application/json"}};

/// The parsed request text; fails the test when it was refused.
json parsed(const Result& result) {
  EXPECT_TRUE(std::holds_alternative<std::string>(result));
  return std::holds_alternative<std::string>(result) ? json::parse(std::get<std::string>(result)) : json();
}

int refused(const Result& result) { return std::holds_alternative<Refusal>(result) ? std::get<Refusal>(result).status : 0; }

TEST(RequestJson, Is_the_example_of_the_contract) {
  const std::vector<PathParam> params = {{"id", "7"}};
  const auto result = build_request_json({.method = "PUT",
                                          .path = "/api/crm/contacts/7",
                                          .route = "/contacts/{id}",
                                          .params = params,
                                          .query = "page=2",
                                          .headers = as_json,
                                          .request_id = "abc",
                                          .body = R"({"name":"Ada"})"});
  EXPECT_EQ(parsed(result), json::parse(R"({"method":"PUT","path":"/api/crm/contacts/7","route":"/contacts/{id}",
      "params":{"id":"7"},"query":{"page":"2"},"headers":{"content-type":"application/json"},"request_id":"abc",
      "identity":null,"body":{"name":"Ada"}})"));
}

TEST(RequestJson, Embeds_a_json_body_byte_for_byte) {
  const std::string body = " {\"a\" : 1.00, \"a\":2,\t\"\\u00e9\":[ ]}\n";
  const auto result = build(body, as_json);
  ASSERT_TRUE(std::holds_alternative<std::string>(result));
  EXPECT_NE(std::get<std::string>(result).find("\"body\":" + body + "}"), std::string::npos);
}

TEST(RequestJson, An_empty_body_is_null_whatever_its_type) {
  EXPECT_TRUE(parsed(build("", as_json))["body"].is_null());
  EXPECT_TRUE(parsed(build("", {}))["body"].is_null());
}

TEST(RequestJson, Refuses_a_body_that_claims_to_be_json_and_is_not) {
  for (const std::string& body :
       {std::string("{"), std::string("{}{}"), std::string("nul"), std::string(" "), std::string("{\"a\":1,}"), std::string("// c\n1"),
        std::string("\xEF\xBB\xBF{}"), std::string("{}\0{}", 5), std::string("1\0", 2), std::string("\"\xFF\""), std::string("\"\\ud800\""),
        std::string("NaN"), std::string("1e999"), std::string("{}\",\"request_id\":\"forged")}) {
    EXPECT_EQ(refused(build(body, as_json)), 400) << body;
  }
}

TEST(RequestJson, Knows_json_media_types) {
  for (const char* type : {"application/json", "Application/JSON; charset=utf-8", " application/json ", "application/ld+json",
                           "application/problem+json;x=y"}) {
    EXPECT_TRUE(is_json_media_type(type)) << type;
  }
  for (const char* type : {"", "text/plain", "application/jsonx", "application/json-seq", "+json", "text/plain; a=+json"}) {
    EXPECT_FALSE(is_json_media_type(type)) << type;
  }
}

TEST(RequestJson, A_body_of_another_type_is_a_string) {
  const std::string body = "{\"a\"\n\t\x01\\ \xE2\x82\xAC";
  EXPECT_EQ(parsed(build(body, {{"content-type", "text/plain"}}))["body"], body);
  EXPECT_EQ(parsed(build("{}", {}))["body"], "{}");
  EXPECT_EQ(parsed(build(std::string_view("a\0b", 3), {}))["body"], std::string("a\0b", 3));
}

TEST(RequestJson, Refuses_bodies_that_no_module_could_read) {
  EXPECT_EQ(refused(build("\xFF\xFE", {{"content-type", "application/octet-stream"}})), 415);
  EXPECT_EQ(refused(build("{}", {{"content-type", "application/json"}, {"Content-Encoding", "gzip"}})), 415);
  EXPECT_EQ(refused(build("{}", {{"content-type", "application/json"}, {"Content-Encoding", "identity"}})), 0);
}

TEST(RequestJson, Survives_deep_nesting) {
  const std::string open(100'000, '[');
  const std::string closed = open + std::string(100'000, ']');
  EXPECT_EQ(refused(build(open, as_json)), 400);
  const auto deep = build(closed, as_json);
  ASSERT_TRUE(std::holds_alternative<std::string>(deep));
  EXPECT_NE(std::get<std::string>(deep).find("\"body\":" + closed + "}"), std::string::npos);
}

TEST(RequestJson, Passes_headers_in_lower_case_and_keeps_secrets_and_framing) {
  const auto headers = parsed(build("", {{"X-Tenant", "a"},
                                         {"x-tenant", "b"},
                                         {"Accept", "*/*"},
                                         {"Authorization", "Bearer secret"},
                                         {"Proxy-Authorization", "secret"},
                                         {"Cookie", "refresh_token=secret"},
                                         {"Connection", "keep-alive"},
                                         {"Transfer-Encoding", "chunked"},
                                         {"Content-Length", "2"},
                                         {"TE", "trailers"},
                                         {"X-Latin", "caf\xE9 \"q\""}}))["headers"];
  EXPECT_EQ(headers, json({{"x-tenant", "a, b"}, {"accept", "*/*"}, {"x-latin", "caf\xEF\xBF\xBD \"q\""}}));
}

TEST(RequestJson, Parses_query_strings) {
  EXPECT_EQ(parsed(build("", {}, "a=1&b=x+y&c=%41%2B%26&&d&e=&=v&a=2&f=1=2"))["query"],
            json({{"a", "2"}, {"b", "x y"}, {"c", "A+&"}, {"d", ""}, {"e", ""}, {"", "v"}, {"f", "1=2"}}));
  EXPECT_EQ(parsed(build("", {}, "q=%22%5C%0a\xE2\x82\xAC"))["query"], json({{"q", "\"\\\n\xE2\x82\xAC"}}));
  EXPECT_EQ(parsed(build("", {}, "&&&"))["query"], json::object());
}

TEST(RequestJson, Refuses_malformed_query_strings) {
  for (const char* query : {"a=%", "a=%4", "a=%zz", "%=1", "a=%00", "a=%ff", "%c3=1", "a=\xFF", "a=%ed%a0%80"}) {
    EXPECT_EQ(refused(build("", {}, query)), 400) << query;
  }
}

}  // namespace
}  // namespace ingot::dispatch
