// SPDX-License-Identifier: Apache-2.0
#include "dispatch/envelope.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

namespace ingot::dispatch {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::system_clock;

system_clock::time_point at(long long ms) { return system_clock::time_point(milliseconds(ms)); }

TEST(Envelope, Wraps_a_success) {
  EXPECT_EQ(success_envelope("{\"id\" : 1.0}", "r-1", at(0)),
            "{\"data\":{\"id\" : 1.0},\"meta\":{\"request_id\":\"r-1\",\"timestamp\":\"1970-01-01T00:00:00.000Z\"}}");
}

TEST(Envelope, Writes_times_as_rfc_3339_with_milliseconds) {
  EXPECT_EQ(rfc3339_ms(at(482196050520)), "1985-04-12T23:20:50.520Z");  // RFC 3339 5.8
  EXPECT_EQ(rfc3339_ms(at(1769860800007)), "2026-01-31T12:00:00.007Z");
  EXPECT_EQ(rfc3339_ms(at(951782400000)), "2000-02-29T00:00:00.000Z");
  EXPECT_EQ(rfc3339_ms(at(-1)), "1969-12-31T23:59:59.999Z");
}

TEST(Envelope, Wraps_an_error_with_the_defaults_of_its_status) {
  const auto error = json::parse(error_envelope({404, "", ""}, "r-2"))["error"];
  EXPECT_EQ(error["code"], "NOT_FOUND");
  EXPECT_FALSE(error["message"].get<std::string>().empty());
  EXPECT_EQ(error["request_id"], "r-2");
  EXPECT_EQ(json::parse(error_envelope({409, "STOCK_EMPTY", "No \"more\"\n"}, "r"))["error"],
            json({{"code", "STOCK_EMPTY"}, {"message", "No \"more\"\n"}, {"request_id", "r"}}));
}

TEST(Envelope, Knows_the_codes_of_the_contract) {
  const std::pair<int, const char*> codes[] = {
      {400, "BAD_REQUEST"},        {401, "UNAUTHENTICATED"}, {403, "FORBIDDEN"},         {404, "NOT_FOUND"},
      {405, "METHOD_NOT_ALLOWED"}, {409, "CONFLICT"},        {413, "PAYLOAD_TOO_LARGE"}, {415, "UNSUPPORTED_MEDIA_TYPE"},
      {429, "TOO_MANY_REQUESTS"},  {500, "INTERNAL_ERROR"},  {503, "UNAVAILABLE"},       {504, "DEADLINE_EXCEEDED"},
      {418, "BAD_REQUEST"},        {599, "INTERNAL_ERROR"}};
  for (const auto& [status, code] : codes) EXPECT_EQ(default_error_code(status), code) << status;
}

TEST(Envelope, Takes_code_and_message_of_a_module) {
  const std::string text = module_error_envelope(422, R"({"message":"Name is \u0041.","code":"NAME_BAD","x":1})", "r");
  EXPECT_EQ(json::parse(text), json::parse(R"({"error":{"code":"NAME_BAD","message":"Name is A.","request_id":"r"}})"));
}

TEST(Envelope, Gives_the_defaults_to_a_module_that_says_nothing_usable) {
  for (const char* body : {"null", "[]", "\"x\"", "{}", R"({"code":7,"message":null})", R"({"code":"lower","message":""})",
                           R"({"code":"","message":[]})", R"({"code":"A B"})", R"({"code":"1A"})", R"({"code":"A\"}"})"}) {
    const auto error = json::parse(module_error_envelope(409, body, "r"))["error"];
    EXPECT_EQ(error["code"], "CONFLICT") << body;
    EXPECT_EQ(error["message"], default_error_message(409)) << body;
  }
  const auto longest = "{\"code\":\"" + std::string(64, 'A') + "\"}";
  EXPECT_EQ(json::parse(module_error_envelope(400, longest, "r"))["error"]["code"], std::string(64, 'A'));
  const auto too_long = "{\"code\":\"" + std::string(65, 'A') + "\"}";
  EXPECT_EQ(json::parse(module_error_envelope(400, too_long, "r"))["error"]["code"], "BAD_REQUEST");
}

}  // namespace
}  // namespace ingot::dispatch
