// SPDX-License-Identifier: Apache-2.0
#include "openapi/declaration.hpp"

#include <algorithm>
#include <initializer_list>
#include <set>
#include <utility>

#include "dispatch/route_pattern.hpp"
#include "limits.hpp"

namespace ingot::openapi {
namespace {

constexpr std::size_t name_bytes_max = 100;
// Far more than anybody writes. JSON that keeps the order of members looks through all of an object's for each one that it reads.
constexpr std::size_t members_max = 2048;
constexpr int status_min = 200, status_max = 599, refusal_min = 400;

using Keys = std::initializer_list<std::string_view>;

Error wrong(const std::string& where, const std::string& what) { return Error{ErrorCode::contract, where + ": " + what}; }

Result<void> check_keys(const Json& object, Keys known, const std::string& where) {
  if (!object.is_object()) return wrong(where, "must be an object");
  for (const auto& [key, value] : object.items()) {
    if (std::ranges::find(known, key) == known.end()) return wrong(where + "." + key, "does not belong here");
  }
  return {};
}

/// Null where there is none.
Json member_of(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() ? Json() : *found;
}

std::string text_of(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool is_component_name(std::string_view name) {
  return !name.empty() && name.size() <= name_bytes_max && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

bool is_code(std::string_view text) {
  const auto good = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; };
  return !text.empty() && text.size() <= 64 && text.front() >= 'A' && text.front() <= 'Z' && std::ranges::all_of(text, good);
}

bool has_large_object(const nlohmann::json& json) {
  std::vector<const nlohmann::json*> rest{&json};
  while (!rest.empty()) {
    const nlohmann::json& at = *rest.back();
    rest.pop_back();
    if (at.is_object() && at.size() > members_max) return true;
    for (const nlohmann::json& item : at) {
      if (item.is_structured()) rest.push_back(&item);
    }
  }
  return false;
}

/// Reads the text once, from the components to the operations.
class Reader {
 public:
  explicit Reader(std::string_view prefix) : prefix_(prefix) {}

  Result<Declaration> read(const Json& text) {
    INGOT_TRY_VOID(check_keys(text, {"components", "paths"}, "openapi"));
    if (const auto components = text.find("components"); components != text.end()) INGOT_TRY_VOID(read_components(*components));
    if (const auto paths = text.find("paths"); paths != text.end()) {
      if (!paths->is_object()) return wrong("paths", "must be an object");
      for (const auto& [path, item] : paths->items()) INGOT_TRY_VOID(read_path(path, item));
    }
    return std::move(result_);
  }

 private:
  Result<void> read_components(const Json& given) {
    INGOT_TRY_VOID(check_keys(given, {"schemas", "parameters", "headers", "responses"}, "components"));
    // All names first: anything may refer to anything.
    for (const auto& [kind, members] : given.items()) {
      if (!members.is_object()) return wrong("components." + kind, "must be an object");
      for (const auto& [name, member] : members.items()) {
        if (!is_component_name(name)) return wrong("components." + kind, "a name is 1 to 100 letters, digits, _ and -");
        known_.insert("#/components/" + kind + "/" + name);
      }
    }
    for (const char* kind : {"schemas", "parameters", "headers"}) {
      if (!given.contains(kind) || given[kind].empty()) continue;
      Json& renamed = result_.components[kind];
      for (const auto& [name, member] : given[kind].items()) {
        const std::string where = std::string("components.") + kind + "." + name;
        if (std::string_view(kind) == "schemas") {
          if (member.is_object() && member.contains("$ref")) return wrong(where, "is another's name only: refer to that one");
          INGOT_TRY_VOID(check_schema(member, where));
        } else if (std::string_view(kind) == "parameters") {
          INGOT_TRY_VOID(check_parameter(member, where));
        } else {
          INGOT_TRY_VOID(check_header(member, where));
        }
        INGOT_TRY(renamed[prefix_ + "." + name], rename(member, where));
      }
    }
    given_ = given;
    return {};
  }

  /// The value with its references led to the document's names.
  Result<Json> rename(const Json& value, const std::string& where) const {
    if (!value.is_structured()) return value;
    Json copy = value.is_array() ? Json::array() : Json::object();
    for (const auto& [key, member] : value.items()) {
      if (value.is_array()) {
        INGOT_TRY(Json item, rename(member, where));
        copy.push_back(std::move(item));
      } else if (key == "$ref" && member.is_string()) {
        const auto& target = member.get_ref<const std::string&>();
        if (!known_.contains(target)) return wrong(where, "there is no " + target);
        const std::size_t name = target.rfind('/') + 1;
        copy[key] = target.substr(0, name) + prefix_ + "." + target.substr(name);
      } else {
        INGOT_TRY(copy[key], rename(member, where));
      }
    }
    return copy;
  }

  static Result<void> check_parameter(const Json& parameter, const std::string& where) {
    INGOT_TRY_VOID(check_keys(parameter, {"name", "in", "required", "description", "schema"}, where));
    if (text_of(parameter, "name").empty()) return wrong(where, "has no \"name\"");
    const std::string in = text_of(parameter, "in");
    if (in != "path" && in != "query" && in != "header" && in != "cookie") return wrong(where, "\"in\" must be path, query, header or cookie");
    if (in == "path" && member_of(parameter, "required") != Json(true)) return wrong(where, "is in the path, so it must be \"required\": true");
    if (!parameter.contains("schema")) return wrong(where, "has no \"schema\"");
    return check_schema(parameter["schema"], where + ".schema");
  }

  static Result<void> check_header(const Json& header, const std::string& where) {
    INGOT_TRY_VOID(check_keys(header, {"required", "description", "schema"}, where));
    if (!header.contains("schema")) return wrong(where, "has no \"schema\"");
    return check_schema(header["schema"], where + ".schema");
  }

  static Result<void> check_content(const Json& content, const std::string& where) {
    if (!content.is_object() || content.empty()) return wrong(where, "must name a media type");
    for (const auto& [type, media] : content.items()) {
      INGOT_TRY_VOID(check_keys(media, {"schema"}, where + "." + type));
      if (!media.contains("schema")) return wrong(where + "." + type, "has no \"schema\"");
      INGOT_TRY_VOID(check_schema(media["schema"], where + "." + type + ".schema"));
    }
    return {};
  }

  /// What a reference to a component of this kind stands for, or the value itself.
  Result<Json> looked_up(const Json& value, const char* kind, const std::string& where) const {
    const auto reference = value.is_object() ? value.find("$ref") : value.end();
    if (!value.is_object() || reference == value.end()) return value;
    const std::string start = std::string("#/components/") + kind + "/";
    const std::string target = reference->is_string() ? reference->get<std::string>() : "";
    if (value.size() != 1 || !target.starts_with(start) || !known_.contains(target)) return wrong(where, "there is no such reference");
    return given_[kind][target.substr(start.size())];
  }

  /// Adds a list of parameters to the operation's, those of the same name and place replaced.
  Result<void> take_parameters(const Json& list, Operation& operation, const std::string& where) const {
    if (!list.is_array()) return wrong(where, "must be a list");
    Json& taken = operation.said["parameters"];
    if (taken.is_null()) taken = Json::array();
    for (const Json& given : list) {
      INGOT_TRY(const Json parameter, looked_up(given, "parameters", where));
      INGOT_TRY_VOID(check_parameter(parameter, where));
      INGOT_TRY(Json renamed, rename(given, where));
      taken.push_back(std::move(renamed));
      if (parameter["in"] == "path") path_parameters_.insert(parameter["name"].get<std::string>());
      const std::string key = parameter["in"].get<std::string>() + " " + parameter["name"].get<std::string>();
      if (!parameters_.insert(key).second) return wrong(where, "the same parameter twice: " + key);
    }
    return {};
  }

  Result<void> take_refusals(int status, const Json& response, Operation& operation, const std::string& where) const {
    INGOT_TRY_VOID(check_keys(response, {"description", "x-codes"}, where));
    Refusals refusals;
    refusals.description = response["description"].get<std::string>();
    if (const auto codes = response.find("x-codes"); codes != response.end()) {
      if (!codes->is_array() || codes->empty()) return wrong(where + ".x-codes", "must list error codes");
      for (const Json& code : *codes) {
        if (!code.is_string() || !is_code(code.get_ref<const std::string&>())) return wrong(where + ".x-codes", "a code is UPPER_SNAKE, at most 64 characters");
        auto text = code.get<std::string>();
        if (std::ranges::find(refusals.codes, text) == refusals.codes.end()) refusals.codes.push_back(std::move(text));
      }
    }
    operation.refusals[status] = std::move(refusals);
    return {};
  }

  Result<void> take_response(const std::string& key, const Json& given, Operation& operation, const std::string& where) const {
    const bool digits = key.size() == 3 && std::ranges::all_of(key, [](char c) { return c >= '0' && c <= '9'; });
    const int status = digits ? std::stoi(key) : 0;
    if (status < status_min || status > status_max) return wrong(where, "a response belongs to one status from 200 to 599; \"default\" would allow any");
    INGOT_TRY(const Json response, looked_up(given, "responses", where));
    if (!response.is_object() || !response.contains("description") || !response["description"].is_string()) return wrong(where, "has no \"description\"");
    if (status >= refusal_min) return take_refusals(status, response, operation, where);
    // What has no envelope is the host's own: it adds one to all that modules answer.
    INGOT_TRY_VOID(prefix_ == own_prefix ? check_keys(response, {"description", "headers", "content", "x-bare"}, where) : check_keys(response, {"description", "headers", "content"}, where));
    if (response.contains("content")) INGOT_TRY_VOID(check_content(response["content"], where + ".content"));
    if (response.contains("headers")) {
      if (!response["headers"].is_object()) return wrong(where + ".headers", "must be an object");
      for (const auto& [name, header] : response["headers"].items()) {
        INGOT_TRY(const Json meant, looked_up(header, "headers", where));
        INGOT_TRY_VOID(check_header(meant, where + ".headers." + name));
      }
    }
    INGOT_TRY(operation.answers[key], rename(response, where));
    return {};
  }

  Result<void> read_path(const std::string& path, const Json& item) {
    const auto segments = dispatch::parse_pattern(path);
    if (!segments.ok()) return wrong("paths", segments.error().message);
    INGOT_TRY_VOID(check_keys(item, {"parameters", "get", "post", "put", "patch", "delete"}, "paths." + path));
    for (const auto& [method, given] : item.items()) {
      if (method == "parameters") continue;
      const std::string where = "paths." + path + "." + method;
      Operation operation;
      operation.path = path;
      for (const char c : method) operation.method += static_cast<char>(c - 'a' + 'A');  // one of five words of small letters
      INGOT_TRY_VOID(read_operation(item, given, operation, where));
      for (const dispatch::PatternSegment& segment : *segments) {
        if (segment.parameter && path_parameters_.erase(segment.text) == 0) return wrong(where, "says nothing of the path's parameter " + segment.text);
      }
      if (!path_parameters_.empty()) return wrong(where, "the path has no parameter " + *path_parameters_.begin());
      if (result_.operations.size() == limits::routes_per_module_max) return wrong("paths", "more routes than a module may have");
      result_.operations.push_back(std::move(operation));
    }
    return {};
  }

  Result<void> read_operation(const Json& item, const Json& given, Operation& operation, const std::string& where) {
    INGOT_TRY_VOID(check_keys(given, {"summary", "description", "parameters", "requestBody", "responses"}, where));
    path_parameters_.clear();
    parameters_.clear();
    for (const char* key : {"summary", "description"}) {
      if (!given.contains(key)) continue;
      if (!given[key].is_string()) return wrong(where + "." + key, "must be a text");
      operation.said[key] = given[key];
    }
    for (const Json* from : {&item, &given}) {
      if (from->contains("parameters")) INGOT_TRY_VOID(take_parameters((*from)["parameters"], operation, where + ".parameters"));
    }
    if (const auto body = given.find("requestBody"); body != given.end()) {
      INGOT_TRY_VOID(check_keys(*body, {"description", "required", "content"}, where + ".requestBody"));
      INGOT_TRY_VOID(check_content(member_of(*body, "content"), where + ".requestBody.content"));
      INGOT_TRY(operation.said["requestBody"], rename(*body, where));
    }
    const auto responses = given.find("responses");
    if (responses == given.end() || !responses->is_object() || responses->empty()) return wrong(where, "has no \"responses\"");
    for (const auto& [status, response] : responses->items()) INGOT_TRY_VOID(take_response(status, response, operation, where + ".responses." + status));
    if (operation.answers.empty()) return wrong(where + ".responses", "one status below 400 is needed");
    return {};
  }

  const std::string prefix_;
  Declaration result_;
  Json given_ = Json::object();  ///< the components as they were written
  std::set<std::string> known_;  ///< what may be referred to
  mutable std::set<std::string> path_parameters_, parameters_;  ///< of the operation that is being read
};

}  // namespace

Result<Declaration> parse_declaration(std::string_view prefix, std::string_view text) {
  if (text.empty()) return Declaration{};
  const auto unordered = nlohmann::json::parse(text.begin(), text.end(), nullptr, false);
  if (unordered.is_discarded()) return wrong("openapi", "is not JSON");
  if (has_large_object(unordered)) return wrong("openapi", "an object has more than " + std::to_string(members_max) + " members");
  // The library's parser does not recurse; what walks the tree does, to this depth.
  const Json parsed = Json::parse(text.begin(), text.end(), nullptr, false);
  if (!is_shallow(parsed)) return wrong("openapi", "nests deeper than " + std::to_string(depth_max) + " levels");
  return Reader(prefix).read(parsed);
}

Difference compare(const Declaration& declaration, const std::vector<std::string>& routes) {
  Difference difference;
  const auto name = [](const Operation& operation) { return operation.method + " " + operation.path; };
  for (const std::string& route : routes) {
    if (std::ranges::find(declaration.operations, route, name) == declaration.operations.end()) difference.undeclared.push_back(route);
  }
  for (const Operation& operation : declaration.operations) {
    if (std::ranges::find(routes, name(operation)) == routes.end()) difference.unregistered.push_back(name(operation));
  }
  return difference;
}

}  // namespace ingot::openapi
