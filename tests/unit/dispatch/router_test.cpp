// SPDX-License-Identifier: Apache-2.0
#include "dispatch/router.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace ingot::dispatch {
namespace {

struct Row {
  const char* method;
  const char* pattern;
  std::uint32_t handler_id;
};

Router router_of(std::initializer_list<Row> rows) {
  RouterBuilder builder;
  for (const Row& row : rows) {
    const auto added = builder.add(row.method, row.pattern, {"crm", row.handler_id, row.pattern, ""});
    EXPECT_TRUE(added.ok()) << row.pattern;
  }
  return std::move(builder).build();
}

/// "handler_id name=value ..." or "405 GET,HEAD" or "404" or "400".
std::string outcome(const Router& router, std::string_view method, std::string_view path) {
  const RouteResult result = router.find(method, path);
  if (const auto* match = std::get_if<Match>(&result)) {
    std::string text = "#" + std::to_string(match->target->handler_id);
    for (const PathParam& param : match->params) text += " " + param.name + "=" + param.value;
    return text;
  }
  if (const auto* refused = std::get_if<MethodNotAllowed>(&result)) {
    std::string text = "405";
    for (const std::string& method_allowed : refused->allow) text += " " + method_allowed;
    return text;
  }
  return std::holds_alternative<NotFound>(result) ? "404" : "400";
}

TEST(Router, Serves_the_example_of_the_contract) {
  const Router router = router_of({{"GET", "/api/crm/contacts/{id}", 3}});
  EXPECT_EQ(outcome(router, "GET", "/api/crm/contacts/7"), "#3 id=7");
  EXPECT_EQ(full_pattern("crm", "/contacts/{id}"), "/api/crm/contacts/{id}");
  EXPECT_EQ(full_pattern("core", "/"), "/api/core");
}

TEST(Router, Finds_nothing_in_an_empty_table) {
  const Router router = RouterBuilder().build();
  EXPECT_EQ(outcome(router, "GET", "/"), "404");
  EXPECT_EQ(outcome(router, "GET", "/a"), "404");
  EXPECT_EQ(router.route_count(), 0u);
}

TEST(Router, A_literal_wins_over_a_parameter_at_every_level) {
  const Router router = router_of({{"GET", "/a/{x}", 1}, {"GET", "/a/new", 2}, {"GET", "/{y}/new", 3}});
  EXPECT_EQ(outcome(router, "GET", "/a/new"), "#2");
  EXPECT_EQ(outcome(router, "GET", "/a/old"), "#1 x=old");
  EXPECT_EQ(outcome(router, "GET", "/b/new"), "#3 y=b");
  EXPECT_EQ(outcome(router, "GET", "/b/old"), "404");
}

TEST(Router, Backtracks_out_of_a_literal_that_leads_nowhere) {
  const Router router = router_of({{"GET", "/a/b/c", 1}, {"GET", "/a/{x}/d", 2}, {"GET", "/{p}/{q}/{r}", 3}});
  EXPECT_EQ(outcome(router, "GET", "/a/b/c"), "#1");
  EXPECT_EQ(outcome(router, "GET", "/a/b/d"), "#2 x=b");
  EXPECT_EQ(outcome(router, "GET", "/a/b/e"), "#3 p=a q=b r=e");
}

TEST(Router, Backtracks_for_the_method_too_and_names_all_methods_of_the_path) {
  const Router router = router_of({{"GET", "/a/new", 1}, {"POST", "/a/{x}", 2}, {"DELETE", "/a/{y}", 3}});
  EXPECT_EQ(outcome(router, "POST", "/a/new"), "#2 x=new");
  EXPECT_EQ(outcome(router, "DELETE", "/a/new"), "#3 y=new");
  EXPECT_EQ(outcome(router, "PUT", "/a/new"), "405 GET HEAD POST DELETE");
  EXPECT_EQ(outcome(router, "GET", "/a/other"), "405 POST DELETE");
}

TEST(Router, Head_is_served_by_get_and_says_so) {
  const Router router = router_of({{"GET", "/a", 1}, {"POST", "/b", 2}});
  EXPECT_EQ(outcome(router, "HEAD", "/a"), "#1");
  EXPECT_EQ(std::get<Match>(router.find("HEAD", "/a")).method, "GET");
  EXPECT_EQ(outcome(router, "HEAD", "/b"), "405 POST");
}

TEST(Router, An_unknown_method_is_refused_only_where_a_path_is) {
  const Router router = router_of({{"GET", "/a", 1}});
  EXPECT_EQ(outcome(router, "BREW", "/a"), "405 GET HEAD");
  EXPECT_EQ(outcome(router, "get", "/a"), "405 GET HEAD");  // methods are case-sensitive
  EXPECT_EQ(outcome(router, "OPTIONS", "/b"), "404");
}

TEST(Router, The_root_and_trailing_slashes_are_paths_of_their_own) {
  const Router router = router_of({{"GET", "/", 1}, {"GET", "/a", 2}, {"GET", "/a/{x}", 3}});
  EXPECT_EQ(outcome(router, "GET", "/"), "#1");
  EXPECT_EQ(outcome(router, "GET", "/a"), "#2");
  EXPECT_EQ(outcome(router, "GET", "/a/"), "404");  // an empty segment is no parameter
  EXPECT_EQ(outcome(router, "GET", "//a"), "404");
  EXPECT_EQ(outcome(router, "GET", "/a/b/"), "404");
}

TEST(Router, Decodes_segments_before_it_compares_them) {
  const Router router = router_of({{"GET", "/api/crm/{id}", 1}});
  EXPECT_EQ(outcome(router, "GET", "/api/%63rm/x"), "#1 id=x");
  EXPECT_EQ(outcome(router, "GET", "/api/crm/a%20b"), "#1 id=a b");
  EXPECT_EQ(outcome(router, "GET", "/api/crm/a+b"), "#1 id=a+b");
  EXPECT_EQ(outcome(router, "GET", "/api/crm/a%2Fb"), "#1 id=a/b");
  EXPECT_EQ(outcome(router, "GET", "/api/crm/%e2%82%ac"), "#1 id=\xE2\x82\xAC");
  EXPECT_EQ(outcome(router, "GET", "/api%2Fcrm/x"), "404");
  EXPECT_EQ(outcome(router, "GET", "/api/crm/%2e%2e."), "#1 id=...");
}

TEST(Router, Refuses_malformed_paths) {
  const Router router = router_of({{"GET", "/a/{x}", 1}});
  for (const char* path : {"/a/%", "/a/%4", "/a/%zz", "/a/%00", "/a/%ff", "/a/%c0%af", "/a/%ed%a0%80", "/a/.", "/a/..", "/a/%2e%2E",
                           "/a/.%2e", "/../a", "/a/x%2F..%2Fy", "/a/..%2f", "", "a/b", "*"}) {
    EXPECT_EQ(outcome(router, "GET", path), "400") << path;
  }
}

TEST(Router, Refuses_duplicates_and_names_both) {
  RouterBuilder builder;
  ASSERT_TRUE(builder.add("GET", "/api/a/{x}", {"first", 1, "/a/{x}", ""}).ok());
  ASSERT_TRUE(builder.add("PUT", "/api/a/{y}", {"first", 2, "/a/{y}", ""}).ok());
  const auto same = builder.add("GET", "/api/a/{x}", {"second", 3, "/a/{x}", ""});
  ASSERT_FALSE(same.ok());
  const auto renamed = builder.add("GET", "/api/a/{other}", {"second", 4, "/a/{other}", ""});
  ASSERT_FALSE(renamed.ok());
  EXPECT_EQ(renamed.error().code, ErrorCode::contract);
  for (const char* part : {"GET", "/api/a/{other}", "second", "/api/a/{x}", "first"}) {
    EXPECT_NE(renamed.error().message.find(part), std::string::npos) << part;
  }
  const Router router = std::move(builder).build();
  EXPECT_EQ(router.route_count(), 2u);
  EXPECT_EQ(outcome(router, "GET", "/api/a/1"), "#1 x=1");
  EXPECT_EQ(outcome(router, "PUT", "/api/a/1"), "#2 y=1");  // each route has names of its own
}

TEST(Router, Refuses_bad_methods_and_patterns) {
  RouterBuilder builder;
  for (const char* method : {"", "HEAD", "OPTIONS", "get", "GET ", "CONNECT"}) {
    const auto added = builder.add(method, "/a", {});
    ASSERT_FALSE(added.ok()) << method;
    EXPECT_EQ(added.error().code, ErrorCode::contract);
  }
  for (const char* pattern : {"", "a", "//", "/a/", "/a//b", "/a b", "/{}", "/{x", "/x}", "/{x}y", "/{1}", "/{a-b}", "/..", "/a/.", "/%41",
                              "/{x}/{x}", "/a?b", "/\xC3\xA9"}) {
    const auto added = builder.add("GET", pattern, {});
    ASSERT_FALSE(added.ok()) << pattern;
    EXPECT_EQ(added.error().code, ErrorCode::contract);
  }
  EXPECT_TRUE(builder.add("GET", "/A-z.0_9~/{_a1}", {}).ok());
  EXPECT_TRUE(builder.add("GET", "/" + std::string(1023, 'a'), {}).ok());
  EXPECT_FALSE(builder.add("GET", "/" + std::string(1024, 'a'), {}).ok());
  EXPECT_FALSE(builder.add("GET", "/" + std::string(100'000'000, 'a'), {}).ok());
}

TEST(Router, Survives_a_path_far_deeper_than_its_table) {
  const Router router = router_of({{"GET", "/{a}/{b}", 1}});
  std::string path;
  for (int i = 0; i < 100'000; ++i) path += "/x";
  EXPECT_EQ(outcome(router, "GET", path), "404");
}

}  // namespace
}  // namespace ingot::dispatch
