// SPDX-License-Identifier: Apache-2.0
#include "dispatch/cors.hpp"

#include <gtest/gtest.h>

namespace ingot::dispatch {
namespace {

const std::vector<Header> asking = {{"Origin", "https://erp.example"}, {"Access-Control-Request-Method", "PUT"}};

HttpRequest request(std::string method, std::vector<Header> headers) {
  HttpRequest made;
  made.method = std::move(method);
  made.path = "/api/crm/contacts";
  made.headers = std::move(headers);
  return made;
}

std::string field(const HttpResponse& response, std::string_view name) { return std::string(find_header(response.headers, name)); }

HttpResponse with(const Cors& cors, std::string_view origin) {
  HttpResponse response;
  cors.add_to(response, origin);
  return response;
}

TEST(Cors, Nobody_is_allowed_unless_named) {
  const Cors nobody;
  EXPECT_FALSE(nobody.preflight(request("OPTIONS", asking)));
  EXPECT_TRUE(with(nobody, "https://erp.example").headers.empty());
}

TEST(Cors, An_allowed_page_may_ask_and_read_with_its_cookies) {
  const auto cors = Cors::parse({"https://erp.example", "http://localhost:5173"});
  ASSERT_TRUE(cors.ok());
  const auto preflight = cors->preflight(request("OPTIONS", asking));
  ASSERT_TRUE(preflight);
  EXPECT_EQ(preflight->status, 204);
  EXPECT_NE(field(*preflight, "access-control-allow-methods").find("PUT"), std::string::npos);
  EXPECT_NE(field(*preflight, "access-control-allow-headers").find("authorization"), std::string::npos);
  const HttpResponse answer = with(*cors, "http://localhost:5173");
  EXPECT_EQ(field(answer, "access-control-allow-origin"), "http://localhost:5173");
  EXPECT_EQ(field(answer, "access-control-allow-credentials"), "true");
  EXPECT_EQ(field(answer, "vary"), "Origin");
}

TEST(Cors, Whoever_is_not_named_gets_nothing_and_caches_are_told) {
  const auto cors = Cors::parse({"https://erp.example"});
  ASSERT_TRUE(cors.ok());
  for (const char* origin : {"", "null", "https://erp.example.evil", "http://erp.example", "https://erp.example:8443", "https://ERP.example", "https://evil/?https://erp.example", "*"}) {
    const HttpResponse answer = with(*cors, origin);
    EXPECT_EQ(field(answer, "access-control-allow-origin"), "") << origin;
    EXPECT_EQ(field(answer, "vary"), "Origin") << origin;
    EXPECT_FALSE(cors->preflight(request("OPTIONS", {{"Origin", origin}, {"Access-Control-Request-Method", "PUT"}}))) << origin;
  }
  EXPECT_FALSE(cors->preflight(request("GET", asking)));
  EXPECT_FALSE(cors->preflight(request("OPTIONS", {{"Origin", "https://erp.example"}})));  // no preflight without the method
}

TEST(Cors, Everybody_reads_without_cookies) {
  const auto cors = Cors::parse({"*"});
  ASSERT_TRUE(cors.ok());
  const HttpResponse answer = with(*cors, "https://anybody.example");
  EXPECT_EQ(field(answer, "access-control-allow-origin"), "*");
  EXPECT_EQ(field(answer, "access-control-allow-credentials"), "");
  EXPECT_TRUE(cors->preflight(request("OPTIONS", asking)));
}

TEST(Cors, What_is_no_origin_is_refused) {
  for (const char* bad : {"", "erp.example", "https://", "https://erp.example/", "https://Erp.example", "ftp://erp.example", "https://erp.example ", "https://*.example", "null"}) {
    EXPECT_FALSE(Cors::parse({bad}).ok()) << bad;
  }
}

}  // namespace
}  // namespace ingot::dispatch
