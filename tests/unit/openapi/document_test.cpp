// SPDX-License-Identifier: Apache-2.0
#include "openapi/document.hpp"

#include <gtest/gtest.h>

#include <string>

#include "openapi/own_routes.hpp"

namespace ingot::openapi {
namespace {

const Declaration& notes() {
  static const Declaration declaration = [] {
    auto parsed = parse_declaration("notes", R"({
      "components": {"schemas": {"Note": {"type": "object", "required": ["text"], "additionalProperties": false, "properties": {"text": {"type": "string"}}}},
                     "parameters": {"Id": {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}}},
      "paths": {"/": {"get": {"responses": {"200": {"description": "all", "content": {"application/json": {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/Note"}}}}},
                                            "409": {"description": "any code"}}}},
                "/{id}": {"parameters": [{"$ref": "#/components/parameters/Id"}],
                          "put": {"requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Note"}}}},
                                  "responses": {"204": {"description": "done"}, "400": {"description": "no note", "x-codes": ["INVALID_FIELD"]}}},
                          "delete": {"responses": {"204": {"description": "never registered"}}}}}})");
    EXPECT_TRUE(parsed.ok());
    return parsed.ok() ? std::move(parsed).value() : Declaration{};
  }();
  return declaration;
}

Json document_of(const Facts& facts) {
  Described module;
  module.name = "notes";
  module.title = "Notes";
  module.routes = {{"GET", "/", ""}, {"PUT", "/{id}", "notes:note:update"}, {"POST", "/unsaid", ""}};
  module.declaration = &notes();
  return Json::parse(write_document({module}, facts));
}

/// The schema of a refusal, found through its reference.
Json refusal(const Json& document, const Json& operation, const char* status) {
  const std::string target = operation["responses"][status]["$ref"];
  return document["components"]["responses"][target.substr(target.rfind('/') + 1)]["content"]["application/json"]["schema"]["properties"]["error"]["properties"];
}

TEST(Document, TheHostsOwnTextIsReadAndHasEveryRoute) {
  const Declaration& own = own_declaration();
  std::vector<std::string> routes;
  for (const OwnRoute& route : own_routes()) routes.push_back(std::string(route.method) + " " + std::string(route.path));
  const Difference difference = compare(own, routes);
  EXPECT_TRUE(difference.undeclared.empty());
  EXPECT_TRUE(difference.unregistered.empty());
  const Json document = Json::parse(write_document({}, {"1.2.3", true, {}}));
  EXPECT_EQ(document["openapi"], "3.1.0");
  EXPECT_EQ(document["info"]["version"], "1.2.3");
  EXPECT_EQ(document["paths"].size(), 17u) << "GET, PUT and DELETE of a module share one";
  EXPECT_EQ(document["paths"]["/metrics"]["get"]["x-ingot-permission"], "ingot:metrics:read");
  EXPECT_EQ(document["paths"]["/api/openapi.json"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]["properties"]["openapi"]["const"], "3.1.0") << "has no envelope";
}

TEST(Document, ASuccessIsInItsEnvelope) {
  const Json document = document_of({"1", true, {}});
  const Json& get = document["paths"]["/api/notes"]["get"];
  const Json& schema = get["responses"]["200"]["content"]["application/json"]["schema"];
  EXPECT_EQ(schema["required"], Json::parse(R"(["data","meta"])"));
  EXPECT_EQ(schema["additionalProperties"], false);
  EXPECT_EQ(schema["properties"]["data"]["items"]["$ref"], "#/components/schemas/notes.Note");
  EXPECT_EQ(get["tags"], Json::parse(R"(["notes"])"));
  EXPECT_EQ(document["paths"]["/api/notes/{id}"]["put"]["responses"]["204"], Json::parse(R"({"description":"done"})")) << "no body, no envelope";
}

TEST(Document, ARefusalHasTheModulesCodesAndTheHosts) {
  const Json document = document_of({"1", true, {}});
  const Json& put = document["paths"]["/api/notes/{id}"]["put"];
  EXPECT_EQ(refusal(document, put, "400")["code"]["enum"], Json::parse(R"(["BAD_REQUEST","INVALID_FIELD","INVALID_JSON"])"));
  EXPECT_EQ(refusal(document, put, "404")["code"]["enum"], Json::parse(R"(["NOT_FOUND"])"));
  EXPECT_EQ(refusal(document, put, "415")["code"]["enum"], Json::parse(R"(["UNSUPPORTED_MEDIA_TYPE"])"));
  EXPECT_EQ(refusal(document, put, "504")["code"]["$ref"], "#/components/schemas/ingot.Code") << "a failure may have any code";
  const Json& get = document["paths"]["/api/notes"]["get"];
  EXPECT_EQ(refusal(document, get, "409")["code"]["$ref"], "#/components/schemas/ingot.Code") << "the module names none, so any may come";
  EXPECT_FALSE(get["responses"].contains("404")) << "no parameter, nothing that might not be there";
  EXPECT_EQ(get["responses"]["413"], put["responses"]["413"]) << "the same for both, so it stands there once";
}

TEST(Document, WhoMayCallIsSaid) {
  const Json closed = document_of({"1", true, {}});
  const Json& put = closed["paths"]["/api/notes/{id}"]["put"];
  EXPECT_EQ(put["x-ingot-permission"], "notes:note:update");
  EXPECT_EQ(put["security"], Json::parse(R"([{"bearer":[]}])"));
  EXPECT_TRUE(put["responses"].contains("401") && put["responses"].contains("403"));
  const Json& get = closed["paths"]["/api/notes"]["get"];
  EXPECT_FALSE(get.contains("security"));
  EXPECT_TRUE(get["responses"].contains("401")) << "a wrong token is refused where none is needed, too";
  EXPECT_FALSE(get["responses"].contains("403"));

  const Json open = document_of({"1", false, {"notes:*:*"}});
  EXPECT_EQ(open["paths"]["/api/notes/{id}"]["put"]["security"], Json::parse(R"([{"bearer":[]},{}])"));
  EXPECT_FALSE(open["paths"]["/api/notes"]["get"]["responses"].contains("401")) << "nobody reads tokens";
}

TEST(Document, OnlyWhatIsDeclaredAndServedIsInIt) {
  const Json document = document_of({"1", true, {}});
  EXPECT_FALSE(document["paths"].contains("/api/notes/unsaid"));
  EXPECT_FALSE(document["paths"]["/api/notes/{id}"].contains("delete"));
  EXPECT_EQ(document["tags"][0]["name"], "notes");
}

}  // namespace
}  // namespace ingot::openapi
