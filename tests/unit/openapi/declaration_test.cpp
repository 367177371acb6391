// SPDX-License-Identifier: Apache-2.0
#include "openapi/declaration.hpp"

#include <gtest/gtest.h>

#include <string>

namespace ingot::openapi {
namespace {

/// What is wrong with a text; empty when nothing is.
std::string reason(const std::string& text) {
  const auto parsed = parse_declaration("crm", text);
  return parsed.ok() ? "" : parsed.error().message;
}

/// A path item whose answer has this schema.
std::string answering(const std::string& schema) {
  return R"({"components":{"schemas":{"Id":{"type":"string"}}},"paths":{"/a":{"get":{"responses":{"200":{"description":"it","content":{"application/json":{"schema":)" + schema + "}}}}}}}}";
}

std::string with_responses(const std::string& responses) { return R"({"paths":{"/a":{"get":{"responses":)" + responses + "}}}}"; }

TEST(Declaration, NothingIsDeclaredByNothing) {
  const auto parsed = parse_declaration("crm", "");
  ASSERT_TRUE(parsed.ok());
  EXPECT_TRUE(parsed->operations.empty());
  EXPECT_TRUE(parsed->components.empty());
}

TEST(Declaration, NamesOfComponentsGetThePrefixAndReferencesFollow) {
  const auto parsed = parse_declaration("crm", R"({
    "components": {"schemas": {"Id": {"type": "string"}, "Row": {"type": "object", "additionalProperties": false, "properties": {"id": {"$ref": "#/components/schemas/Id"}}}},
                   "parameters": {"Id": {"name": "id", "in": "path", "required": true, "schema": {"$ref": "#/components/schemas/Id"}}},
                   "responses": {"Gone": {"description": "gone", "x-codes": ["NOT_FOUND", "NOT_FOUND", "GONE"]}}},
    "paths": {"/rows/{id}": {"parameters": [{"$ref": "#/components/parameters/Id"}],
      "get": {"summary": "A row", "responses": {"200": {"description": "it", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Row"}}}},
                                                "404": {"$ref": "#/components/responses/Gone"}}}}}})");
  ASSERT_TRUE(parsed.ok()) << parsed.error().message;
  EXPECT_EQ(parsed->components["schemas"]["crm.Row"]["properties"]["id"]["$ref"], "#/components/schemas/crm.Id");
  EXPECT_EQ(parsed->components["parameters"]["crm.Id"]["schema"]["$ref"], "#/components/schemas/crm.Id");
  EXPECT_FALSE(parsed->components.contains("responses")) << "a refusal is merged with the host's own, so it stands alone";
  ASSERT_EQ(parsed->operations.size(), 1u);
  const Operation& get = parsed->operations[0];
  EXPECT_EQ(get.method, "GET");
  EXPECT_EQ(get.path, "/rows/{id}");
  EXPECT_EQ(get.said["summary"], "A row");
  EXPECT_EQ(get.said["parameters"][0]["$ref"], "#/components/parameters/crm.Id");
  EXPECT_EQ(get.answers["200"]["content"]["application/json"]["schema"]["$ref"], "#/components/schemas/crm.Row");
  EXPECT_EQ(get.refusals.at(404).codes, (std::vector<std::string>{"NOT_FOUND", "GONE"}));
  EXPECT_EQ(get.refusals.at(404).description, "gone");
}

TEST(Declaration, SchemasThatLetAnythingThroughAreRefused) {
  EXPECT_EQ(reason(answering(R"({"type":"object","additionalProperties":false})")), "");
  EXPECT_EQ(reason(answering(R"({"type":"object","additionalProperties":{"$ref":"#/components/schemas/Id"}})")), "");
  EXPECT_EQ(reason(answering(R"({"type":["array","null"],"items":{"type":"integer"}})")), "");
  EXPECT_EQ(reason(answering(R"({"anyOf":[{"type":"null"},{"const":1}]})")), "");
  for (const char* open : {"true", "{}", R"({"description":"anything"})", R"({"type":"object"})", R"({"type":"object","properties":{"a":{"type":"string"}}})",
                           R"({"type":"object","additionalProperties":true})", R"({"type":"object","additionalProperties":{}})", R"({"type":"array"})", R"({"type":["string","array"]})",
                           R"({"type":"array","items":{}})", R"({"type":"array","items":true})", R"({"anyOf":[]})", R"({"anyOf":[{"type":"string"},{}]})", R"({"anyOf":{"a":{"type":"string"}}})",
                           R"({"allOf":[{"type":"string"}]})", R"({"not":{"type":"string"}})", R"({"type":"text"})", R"({"type":[]})", R"({"type":7})", R"({"type":"object","additionalProperties":false,"properties":{"a":{}}})",
                           R"({"type":"object","additionalProperties":false,"properties":["a"]})", R"({"type":"object","additionalProperties":false,"patternProperties":{"a":{}}})"}) {
    EXPECT_NE(reason(answering(open)), "") << open;
  }
}

TEST(Declaration, ReferencesLeadToOwnComponentsOnly) {
  EXPECT_EQ(reason(answering(R"({"$ref":"#/components/schemas/Id"})")), "");
  for (const char* lost : {R"({"$ref":"#/components/schemas/Nothing"})", R"({"$ref":"https://example.org/schema"})", R"({"$ref":"#/components/schemas/ingot.Meta"})", R"({"$ref":"#/paths"})",
                           R"({"$ref":7})", R"({"$ref":"#/components/schemas/Id","type":"string"})"}) {
    EXPECT_NE(reason(answering(lost)), "") << lost;
  }
  EXPECT_NE(reason(R"({"components":{"schemas":{"A":{"$ref":"#/components/schemas/A"}}}})"), "");
  EXPECT_NE(reason(R"({"components":{"schemas":{"a.b":{"type":"string"}}}})"), "") << "would be another module's name";
}

TEST(Declaration, AnAnswerBelongsToOneStatus) {
  EXPECT_EQ(reason(with_responses(R"({"204":{"description":"done"}})")), "");
  for (const char* bad : {R"({"default":{"description":"x"}})", R"({"2XX":{"description":"x"}})", R"({"199":{"description":"x"}})", R"({"600":{"description":"x"}})", "{}", "[]",
                          R"({"404":{"description":"only a refusal"}})", R"({"200":{}})", R"({"200":{"description":"x","content":{}}})", R"({"200":{"description":"x","links":{}}})",
                          R"({"200":{"description":"x"},"404":{"description":"x","content":{"application/json":{"schema":{"type":"string"}}}}})",
                          R"({"200":{"description":"x"},"404":{"description":"x","x-codes":[]}})", R"({"200":{"description":"x"},"404":{"description":"x","x-codes":["not upper"]}})",
                          R"({"200":{"$ref":"#/components/responses/Nothing"}})"}) {
    EXPECT_NE(reason(with_responses(bad)), "") << bad;
  }
}

TEST(Declaration, ThePathsParametersAreAllDescribedAndNoOthers) {
  const auto path = [](const std::string& parameters) { return R"({"paths":{"/a/{id}":{"get":{"parameters":)" + parameters + R"(,"responses":{"204":{"description":"x"}}}}}})"; };
  EXPECT_EQ(reason(path(R"([{"name":"id","in":"path","required":true,"schema":{"type":"string"}}])")), "");
  for (const char* bad : {"[]", R"([{"name":"id","in":"path","required":false,"schema":{"type":"string"}}])", R"([{"name":"id","in":"path","required":true}])", R"([{"name":"id","in":"query","schema":{"type":"string"}}])",
                          R"([{"name":"id","in":"path","required":true,"schema":{}}])", R"([{"name":"id","in":"path","required":true,"schema":{"type":"string"},"content":{}}])", R"({"id":1})", "[7]",
                          R"([{"name":"id","in":"path","required":true,"schema":{"type":"string"}},{"name":"x","in":"path","required":true,"schema":{"type":"string"}}])",
                          R"([{"name":"id","in":"path","required":true,"schema":{"type":"string"}},{"name":"id","in":"path","required":true,"schema":{"type":"string"}}])"}) {
    EXPECT_NE(reason(path(bad)), "") << bad;
  }
}

TEST(Declaration, AnyTextIsReadToItsEndOrRefused) {
  for (const char* bad : {"{", "[]", "null", "7", "\"\"", R"({"servers":[]})", R"({"paths":[]})", R"({"paths":{"a":{}}})", R"({"paths":{"/a/":{}}})", R"({"paths":{"/a":{"options":{}}}})", R"({"paths":{"/a":{"get":7}}})",
                          R"({"paths":{"/a":7}})", R"({"components":[]})", R"({"components":{"schemas":[]}})", R"({"components":{"schemas":{"":{"type":"string"}}}})", R"({"components":{"securitySchemes":{}}})",
                          R"({"components":{"parameters":{"A":[]}}})", R"({"components":{"headers":{"A":{}}}})", R"({"paths":{"/a":{"get":{"security":[],"responses":{"204":{"description":"x"}}}}}})",
                          R"({"paths":{"/a":{"get":{"summary":7,"responses":{"204":{"description":"x"}}}}}})", R"({"paths":{"/a":{"post":{"requestBody":{},"responses":{"204":{"description":"x"}}}}}})"}) {
    EXPECT_NE(reason(bad), "") << bad;
  }
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += R"({"type":"array","items":)";
  deep += R"({"type":"string"})" + std::string(100'000, '}');
  EXPECT_NE(reason(answering(deep)).find("nests deeper"), std::string::npos);
}

TEST(Declaration, TextsThatWouldTakeLongToReadAreRefusedAtOnce) {
  std::string wide = R"({"components":{"schemas":{"A0":{"type":"string"})";
  for (int i = 1; i < 100'000; ++i) wide += ",\"A" + std::to_string(i) + "\":7";
  EXPECT_NE(reason(wide + "}}}").find("an object has more than 2048 members"), std::string::npos);

  const auto with_routes = [](int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += std::string(i > 0 ? "," : "") + "\"/a" + std::to_string(i) + R"(":{"get":{"responses":{"204":{"description":"x"}}}})";
    return reason(R"({"paths":{)" + text + "}}");
  };
  EXPECT_EQ(with_routes(1024), "");
  EXPECT_NE(with_routes(1025).find("more routes"), std::string::npos);
}

TEST(Declaration, WhatTheHostAddsIsNotTheModulesToLeaveOut) {
  EXPECT_NE(reason(R"({"paths":{"/a":{"get":{"responses":{"200":{"description":"x","x-bare":true}}}}}})").find("x-bare"), std::string::npos);
}

TEST(Declaration, IsLaidBesideTheRoutes) {
  const auto parsed = parse_declaration("crm", R"({"paths":{"/a":{"get":{"responses":{"204":{"description":"x"}}},"post":{"responses":{"204":{"description":"x"}}}}}})");
  ASSERT_TRUE(parsed.ok()) << parsed.error().message;
  const Difference difference = compare(*parsed, {"GET /a", "DELETE /a", "GET /b"});
  EXPECT_EQ(difference.undeclared, (std::vector<std::string>{"DELETE /a", "GET /b"}));
  EXPECT_EQ(difference.unregistered, (std::vector<std::string>{"POST /a"}));
}

}  // namespace
}  // namespace ingot::openapi
