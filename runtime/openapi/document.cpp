// SPDX-License-Identifier: Apache-2.0
#include "openapi/document.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "dispatch/envelope.hpp"
#include "dispatch/permission.hpp"
#include "dispatch/route_pattern.hpp"
#include "openapi/own_routes.hpp"

namespace ingot::openapi {
namespace {

constexpr int first_failure = 500;

// What the HTTP server answers by itself, whatever is asked for: malformed and outsized requests, what it does not speak, a reply that never came, no room for a connection.
constexpr std::array<int, 9> answers_of_the_server = {400, 413, 414, 417, 431, 500, 501, 503, 505};
// What is answered in a module's stead besides: a body that nobody reads, a module that was too slow.
constexpr std::array<int, 2> answers_in_its_stead = {415, 504};

Json reference(const char* kind, const std::string& name) { return {{"$ref", std::string("#/components/") + kind + "/" + name}}; }

Json closed(Json properties) {
  Json required = Json::array();
  for (const auto& [name, schema] : properties.items()) required.push_back(name);
  return {{"type", "object"}, {"required", std::move(required)}, {"additionalProperties", false}, {"properties", std::move(properties)}};
}

Json json_content(Json schema) { return {{"application/json", {{"schema", std::move(schema)}}}}; }

class Writer {
 public:
  explicit Writer(const Facts& facts) : facts_(facts) {
    add_components(own_declaration());
    Json& schemas = components_["schemas"];
    schemas["ingot.RequestId"] = {{"type", "string"}, {"pattern", "^[0-9A-Za-z._-]{1,128}$"}, {"description", "the x-request-id of the request, or a fresh one"}};
    schemas["ingot.Meta"] = closed({{"request_id", reference("schemas", "ingot.RequestId")}, {"timestamp", {{"type", "string"}, {"format", "date-time"}}}});
    schemas["ingot.Code"] = {{"type", "string"}, {"pattern", "^[A-Z][A-Z0-9_]{0,63}$"}};
    schemas["ingot.Message"] = {{"type", "string"}, {"minLength", 1}};
  }

  void add_own() {
    const Declaration& own = own_declaration();
    for (const OwnRoute& route : own_routes()) {
      const auto same = [&route](const Operation& operation) { return operation.method == route.method && operation.path == route.path; };
      const auto found = std::ranges::find_if(own.operations, same);
      if (found != own.operations.end()) add(*found, found->path, std::string(own_prefix), std::string(route.permission), found->refusals);
    }
  }

  void add_module(const Described& module) {
    add_components(*module.declaration);
    Json tag{{"name", module.name}};
    if (!module.title.empty()) tag["x-displayName"] = module.title;
    if (!module.summary.empty()) tag["description"] = module.summary;
    tags_.push_back(std::move(tag));
    for (const Described::Route& route : module.routes) {
      const auto same = [&route](const Operation& operation) { return operation.method == route.method && operation.path == route.path; };
      const auto found = std::ranges::find_if(module.declaration->operations, same);
      if (found == module.declaration->operations.end()) continue;
      add(*found, dispatch::full_pattern(module.name, route.path), module.name, route.permission, in_its_stead(*found, route.permission));
    }
    for (const Described::File& file : module.files) add_file(module, file);
  }

  std::string write() {
    Json info{{"title", "Ingot"},
              {"version", facts_.version},
              {"description",
               "What this server serves. Any answer may be one of the HTTP server's own (400, 413, 414, 417, 431, 500, 501, 503, 505). A path answers a method that is not listed here with 405, HEAD like "
               "GET without a body, and what is not listed with 404."}};
    Json document{{"openapi", "3.1.0"}, {"info", std::move(info)}, {"tags", std::move(tags_)}, {"paths", std::move(paths_)}};
    components_["responses"] = std::move(responses_);
    components_["securitySchemes"] = {{"bearer", {{"type", "http"}, {"scheme", "bearer"}, {"bearerFormat", "JWT"}}}};
    document["components"] = std::move(components_);
    // What came from modules is UTF-8 already; nothing here may throw.
    return document.dump(-1, ' ', false, Json::error_handler_t::replace);
  }

 private:
  void add_components(const Declaration& declaration) {
    for (const auto& [kind, members] : declaration.components.items()) {
      for (const auto& [name, member] : members.items()) components_[kind][name] = member;
    }
  }

  /// The module's refusals, and those of the host on its way there.
  std::map<int, Refusals> in_its_stead(const Operation& operation, const std::string& permission) const {
    std::map<int, Refusals> refusals = operation.refusals;
    const auto may = [&refusals](int status, const char* code) {
      const auto [at, fresh] = refusals.try_emplace(status);
      std::vector<std::string>& codes = at->second.codes;
      // Where the module names no code, any may come.
      if ((fresh || !codes.empty()) && std::ranges::find(codes, code) == codes.end()) codes.emplace_back(code);
    };
    may(400, "INVALID_JSON");
    if (facts_.tokens || !permission.empty()) may(401, "UNAUTHENTICATED");
    if (facts_.tokens && !permission.empty()) may(403, "FORBIDDEN");
    if (operation.path.find('{') != std::string::npos) may(404, "NOT_FOUND");
    may(409, "TRANSACTION_ABORTED");
    for (const int status : answers_in_its_stead) may(status, std::string(dispatch::default_error_code(status)).c_str());
    return refusals;
  }

  void add_file(const Described& module, const Described::File& file) {
    const std::string type = file.content_type.substr(0, file.content_type.find(';'));
    const Json schema = type == "application/json" ? reference("schemas", "ingot.Json") : Json{{"type", "string"}};
    const Json etag{{"description", "names this content"}, {"required", true}, {"schema", {{"type", "string"}, {"pattern", "^W/\"[0-9a-f]{32}\"$"}}}};
    Operation operation;
    operation.method = "GET";
    operation.path = dispatch::full_pattern(module.name, file.path);
    operation.said = {{"summary", "A file of the module"},
                      {"parameters", Json::array({{{"name", "If-None-Match"}, {"in", "header"}, {"required", false}, {"schema", {{"type", "string"}}}}})}};
    operation.answers = {{"200", {{"description", "the file"}, {"x-bare", true}, {"headers", {{"ETag", etag}}}, {"content", {{type, {{"schema", schema}}}}}}},
                         {"304", {{"description", "the caller's copy is this file"}, {"headers", {{"ETag", etag}}}}}};
    if (facts_.tokens || !module.files_permission.empty()) operation.refusals[401].codes = {"UNAUTHENTICATED"};
    if (facts_.tokens && !module.files_permission.empty()) operation.refusals[403].codes = {"FORBIDDEN"};
    add(operation, operation.path, module.name, module.files_permission, operation.refusals);
  }

  void add(const Operation& operation, const std::string& path, const std::string& tag, const std::string& permission, std::map<int, Refusals> refusals) {
    for (const int status : answers_of_the_server) {
      const auto [at, fresh] = refusals.try_emplace(status);
      std::vector<std::string>& codes = at->second.codes;
      const std::string code(dispatch::default_error_code(status));
      if ((fresh || !codes.empty()) && std::ranges::find(codes, code) == codes.end()) codes.push_back(code);
    }
    Json written{{"operationId", operation_id(operation.method, path)}, {"tags", Json::array({tag})}};
    for (const auto& [key, value] : operation.said.items()) written[key] = value;
    Json& responses = written["responses"];
    for (const auto& [status, answer] : operation.answers.items()) responses[status] = in_envelope(answer);
    for (auto& [status, refusal] : refusals) responses[std::to_string(status)] = reference("responses", refusal_name(status, std::move(refusal)));
    if (!permission.empty()) {
      written["x-ingot-permission"] = permission;
      Json& security = written["security"];
      security.push_back(Json::object({{"bearer", Json::array()}}));
      if (dispatch::permits(facts_.anonymous, permission)) security.push_back(Json::object());
    }
    std::string method = operation.method;
    for (char& c : method) c = static_cast<char>(c - 'A' + 'a');
    paths_[path][method] = std::move(written);
  }

  static std::string operation_id(const std::string& method, const std::string& path) {
    std::string id = method;
    for (const char c : path) {
      if (c == '{' || c == '}') continue;
      id += c == '/' ? '.' : c;
    }
    return id;
  }

  /// A JSON body of a success is the envelope's "data".
  static Json in_envelope(const Json& answer) {
    Json copy = answer;
    const bool bare = copy.erase("x-bare") > 0;
    if (bare || !copy.contains("content") || !copy["content"].contains("application/json")) return copy;
    Json& schema = copy["content"]["application/json"]["schema"];
    schema = closed({{"data", std::move(schema)}, {"meta", reference("schemas", "ingot.Meta")}});
    return copy;
  }

  /// The component that says this; the same for all routes that may answer the same.
  std::string refusal_name(int status, Refusals refusals) {
    std::ranges::sort(refusals.codes);
    std::string key = std::to_string(status) + ' ' + refusals.description;
    for (const std::string& code : refusals.codes) key += ' ' + code;
    const auto known = names_.find(key);
    if (known != names_.end()) return known->second;

    const std::string name = "refused." + std::to_string(status) + "." + std::to_string(++count_of_[status]);
    names_.emplace(std::move(key), name);
    const bool any = refusals.codes.empty() || status >= first_failure;
    const Json code = any ? reference("schemas", "ingot.Code") : Json{{"type", "string"}, {"enum", refusals.codes}};
    Json error = closed({{"code", code}, {"message", reference("schemas", "ingot.Message")}, {"request_id", reference("schemas", "ingot.RequestId")}});
    responses_[name] = {{"description", refusals.description.empty() ? std::string(dispatch::default_error_message(status)) : refusals.description},
                        {"content", json_content(closed({{"error", std::move(error)}}))}};
    return name;
  }

  const Facts& facts_;
  Json tags_ = Json::array(), paths_ = Json::object(), components_ = Json::object(), responses_ = Json::object();
  std::map<std::string, std::string> names_;
  std::map<int, int> count_of_;
};

}  // namespace

std::string write_document(const std::vector<Described>& modules, const Facts& facts) {
  Writer writer(facts);
  writer.add_own();
  for (const Described& module : modules) writer.add_module(module);
  return writer.write();
}

}  // namespace ingot::openapi
