// SPDX-License-Identifier: Apache-2.0
#include "format/manifest.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <set>

#include "ingot/abi.h"
#include "limits.hpp"

namespace ingot::format {
namespace {

using Json = nlohmann::json;

struct TypeName {
  std::uint8_t code;
  const char* name;
};
constexpr std::array<TypeName, 7> type_names{{{INGOT_TYPE_I32, "i32"},
                                              {INGOT_TYPE_I64, "i64"},
                                              {INGOT_TYPE_F32, "f32"},
                                              {INGOT_TYPE_F64, "f64"},
                                              {INGOT_TYPE_V128, "v128"},
                                              {INGOT_TYPE_FUNCREF, "funcref"},
                                              {INGOT_TYPE_EXTERNREF, "externref"}}};
constexpr std::array<const char*, 4> kind_names{"function", "table", "memory", "global"};
constexpr std::size_t nesting_max = 8;
constexpr std::size_t label_bytes_max = 255;

const char* type_name(std::uint8_t code) {
  for (const TypeName& type : type_names) {
    if (type.code == code) return type.name;
  }
  return "?";
}

// ---- writing ----

Json type_list(const std::vector<std::uint8_t>& types) {
  Json list = Json::array();
  for (const std::uint8_t type : types) list.push_back(type_name(type));
  return list;
}

Json to_json(const FunctionType& type) { return {{"params", type_list(type.params)}, {"results", type_list(type.results)}}; }

Json to_json(const Limits& limits) {
  return {{"min", limits.min}, {"max", limits.max ? Json(*limits.max) : Json(nullptr)}};
}

Json to_json(const Import& import) {
  Json json{{"module", import.module}, {"name", import.name}, {"kind", kind_names[static_cast<std::size_t>(import.kind)]}};
  if (import.kind == ExternKind::function) json["type"] = to_json(import.type);
  return json;
}

Json to_json(const Export& exported) {
  Json json{{"name", exported.name}, {"kind", kind_names[static_cast<std::size_t>(exported.kind)]}};
  switch (exported.kind) {
    case ExternKind::function: json["type"] = to_json(exported.type); break;
    case ExternKind::memory: json["limits"] = to_json(exported.limits); break;
    case ExternKind::table:
      json["limits"] = to_json(exported.limits);
      json["value_type"] = type_name(exported.value_type);
      break;
    case ExternKind::global:
      json["value_type"] = type_name(exported.value_type);
      json["mutable"] = exported.is_mutable;
      break;
  }
  return json;
}

template <typename T>
Json list_to_json(const std::vector<T>& values) {
  Json list = Json::array();
  for (const T& value : values) list.push_back(to_json(value));
  return list;
}

// ---- reading ----

/// Takes the members of one object by name; what is wrong or left over becomes the first error. Reading goes on after an error with
/// zero values, so that the callers stay straight lines; the result is thrown away.
class Fields {
 public:
  Fields(const Json& json, std::string path, std::string& error) : json_(json), path_(std::move(path)), error_(error) {
    if (!json_.is_object()) fail("", "is not an object");
  }
  Fields(const Fields&) = delete;
  Fields& operator=(const Fields&) = delete;

  const Json& take(const char* key) {
    static const Json null;
    taken_.insert(key);
    if (!json_.is_object()) return null;
    const auto found = json_.find(key);
    if (found != json_.end()) return *found;
    fail(key, "is missing");
    return null;
  }
  std::string text(const char* key, std::size_t bytes_max) {
    const Json& value = take(key);
    if (!value.is_string()) return fail(key, "is not a string"), std::string();
    if (value.get_ref<const std::string&>().size() > bytes_max) return fail(key, "is too long"), std::string();
    return value.get<std::string>();
  }
  std::string digest(const char* key) {
    std::string value = text(key, 64);
    if (value.size() != 64 || value.find_first_not_of("0123456789abcdef") != std::string::npos) fail(key, "is not a digest");
    return value;
  }
  std::uint64_t number(const char* key) {
    const Json& value = take(key);
    if (!value.is_number_unsigned()) return fail(key, "is not an unsigned integer"), 0;
    return value.get<std::uint64_t>();
  }
  bool boolean(const char* key) {
    const Json& value = take(key);
    if (!value.is_boolean()) return fail(key, "is not true or false"), false;
    return value.get<bool>();
  }
  const Json& array(const char* key, std::size_t count_max) {
    static const Json empty = Json::array();
    const Json& value = take(key);
    if (!value.is_array()) return fail(key, "is not an array"), empty;
    if (value.size() > count_max) return fail(key, "has too many elements"), empty;
    return value;
  }
  std::vector<std::string> texts(const char* key, std::size_t count_max) {
    std::vector<std::string> list;
    for (const Json& value : array(key, count_max)) {
      if (!value.is_string()) return fail(key, "holds something that is not a string"), list;
      list.push_back(value.get<std::string>());
    }
    return list;
  }
  std::uint8_t value_type(const char* key) { return type_code(key, take(key)); }
  std::vector<std::uint8_t> types(const char* key, std::size_t count_max) {
    std::vector<std::uint8_t> list;
    for (const Json& value : array(key, count_max)) list.push_back(type_code(key, value));
    return list;
  }
  void fail(const char* key, const char* what) {
    if (error_.empty()) error_ = "manifest: " + (*key == '\0' ? path_ : path_ + "." + key) + " " + what;
  }
  std::string child(const char* key) const { return path_ + "." + key; }
  std::string& error() { return error_; }

  /// Every key that nobody took is one too many.
  void done() {
    if (!json_.is_object()) return;
    for (const auto& item : json_.items()) {
      if (!taken_.contains(item.key())) fail(item.key().c_str(), "is an unknown key");
    }
  }

 private:
  std::uint8_t type_code(const char* key, const Json& value) {
    if (value.is_string()) {
      for (const TypeName& type : type_names) {
        if (value.get_ref<const std::string&>() == type.name) return type.code;
      }
    }
    fail(key, "names an unknown value type");
    return 0;
  }

  const Json& json_;
  std::string path_;
  std::string& error_;
  std::set<std::string, std::less<>> taken_;
};

FunctionType read_type(Fields& parent, const char* key) {
  Fields fields(parent.take(key), parent.child(key), parent.error());
  FunctionType type{fields.types("params", limits::function_params_max), fields.types("results", limits::function_results_max)};
  fields.done();
  return type;
}

Limits read_limits(Fields& parent, const char* key) {
  Fields fields(parent.take(key), parent.child(key), parent.error());
  Limits limits{fields.number("min"), std::nullopt};
  if (!fields.take("max").is_null()) limits.max = fields.number("max");
  if (limits.max && *limits.max < limits.min) fields.fail("max", "is below min");
  fields.done();
  return limits;
}

ExternKind read_kind(Fields& fields) {
  const std::string name = fields.text("kind", label_bytes_max);
  for (std::size_t i = 0; i < kind_names.size(); ++i) {
    if (name == kind_names[i]) return static_cast<ExternKind>(i);
  }
  fields.fail("kind", "is unknown");
  return ExternKind::function;
}

Import read_import(Fields& fields) {
  Import import;
  import.module = fields.text("module", limits::name_bytes_max);
  import.name = fields.text("name", limits::name_bytes_max);
  import.kind = read_kind(fields);
  if (import.kind == ExternKind::function) import.type = read_type(fields, "type");
  return import;
}

Export read_export(Fields& fields) {
  Export exported;
  exported.name = fields.text("name", limits::name_bytes_max);
  exported.kind = read_kind(fields);
  if (exported.kind == ExternKind::function) exported.type = read_type(fields, "type");
  if (exported.kind == ExternKind::memory || exported.kind == ExternKind::table) exported.limits = read_limits(fields, "limits");
  if (exported.kind == ExternKind::table || exported.kind == ExternKind::global) exported.value_type = fields.value_type("value_type");
  if (exported.kind == ExternKind::global) exported.is_mutable = fields.boolean("mutable");
  return exported;
}

Target read_target(Fields& fields) {
  return {fields.text("level", label_bytes_max), fields.digest("object_digest"), fields.number("object_bytes")};
}

template <typename Read>
auto read_list(Fields& parent, const char* key, std::size_t count_max, Read read) {
  std::vector<decltype(read(parent))> list;
  std::size_t index = 0;
  for (const Json& json : parent.array(key, count_max)) {
    Fields fields(json, parent.child(key) + "[" + std::to_string(index++) + "]", parent.error());
    list.push_back(read(fields));
    fields.done();
  }
  return list;
}

Toolchain read_toolchain(Fields& parent) {
  Fields fields(parent.take("toolchain"), parent.child("toolchain"), parent.error());
  Toolchain toolchain;
  toolchain.ingotc = fields.text("ingotc", label_bytes_max);
  toolchain.wasm2c = fields.text("wasm2c", label_bytes_max);
  toolchain.clang = fields.text("clang", label_bytes_max);
  toolchain.lld = fields.text("lld", label_bytes_max);
  toolchain.flags = fields.texts("flags", 1000);
  fields.done();
  return toolchain;
}

Manifest read_manifest(Fields& fields) {
  Manifest manifest;
  const std::uint64_t abi_version = fields.number("abi_version");
  if (abi_version > UINT32_MAX) fields.fail("abi_version", "is too large");
  manifest.abi_version = static_cast<std::uint32_t>(abi_version);
  manifest.rt_digest = fields.digest("rt_digest");
  manifest.name = fields.text("name", label_bytes_max);
  manifest.version = fields.text("version", label_bytes_max);
  manifest.contract = fields.text("contract", label_bytes_max);
  manifest.module_digest = fields.digest("module_digest");
  manifest.module_bytes = fields.number("module_bytes");
  manifest.rollback = fields.number("rollback");
  manifest.has_memory = !fields.take("memory").is_null();
  if (manifest.has_memory) manifest.memory = read_limits(fields, "memory");
  manifest.guard_bytes = fields.number("guard_bytes");
  manifest.optimisation = fields.text("optimisation", label_bytes_max);
  manifest.features = fields.texts("features", 1000);
  manifest.imports = read_list(fields, "imports", limits::module_imports_max, read_import);
  manifest.exports = read_list(fields, "exports", limits::module_exports_max, read_export);
  manifest.targets = read_list(fields, "targets", limits::bundle_sections_max, read_target);
  manifest.function_names = fields.text("function_names", limits::manifest_bytes_max);
  manifest.toolchain = read_toolchain(fields);
  manifest.module_json = fields.text("module_json", limits::module_json_bytes_max);
  return manifest;
}

/// Deeper than any manifest: the JSON writer below recurses, so hostile nesting must not reach it.
bool nests_too_deeply(std::string_view text) {
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > nesting_max) return true;
    } else if (c == '}' || c == ']') {
      if (depth > 0) --depth;
    }
  }
  return false;
}

Result<Manifest> parse(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) return Error{ErrorCode::verification, "manifest: not JSON"};
  std::string error;
  Fields fields(json, "$", error);
  Manifest manifest = read_manifest(fields);
  fields.done();
  if (!error.empty()) return Error{ErrorCode::verification, error};
  // One content, one text: this also catches a key that stands twice, which the parser would let pass.
  if (json.dump() != text) return Error{ErrorCode::verification, "manifest: not in canonical form"};
  return manifest;
}

std::string type_list_text(const std::vector<std::uint8_t>& types) {
  std::string text = "(";
  for (const std::uint8_t type : types) {
    if (text.size() > 1) text += ", ";
    text += type_name(type);
  }
  return text + ")";
}

}  // namespace

std::string value_type_text(std::uint8_t type) { return type_name(type); }
std::string type_text(const FunctionType& type) { return type_list_text(type.params) + " -> " + type_list_text(type.results); }

std::uint32_t slot_count(const std::vector<std::uint8_t>& types) {
  std::uint32_t count = 0;
  for (const std::uint8_t type : types) {
    const bool wide = type == INGOT_TYPE_V128 || type == INGOT_TYPE_FUNCREF || type == INGOT_TYPE_EXTERNREF;
    count += wide ? 2 : 1;
  }
  return count;
}

std::string write_manifest(const Manifest& manifest) {
  const Toolchain& tools = manifest.toolchain;
  Json targets = Json::array();
  for (const Target& target : manifest.targets) {
    targets.push_back({{"level", target.level}, {"object_bytes", target.object_bytes}, {"object_digest", target.object_digest}});
  }
  const Json json{{"abi_version", manifest.abi_version},
                  {"contract", manifest.contract},
                  {"exports", list_to_json(manifest.exports)},
                  {"features", manifest.features},
                  {"function_names", manifest.function_names},
                  {"guard_bytes", manifest.guard_bytes},
                  {"imports", list_to_json(manifest.imports)},
                  {"memory", manifest.has_memory ? to_json(manifest.memory) : Json(nullptr)},
                  {"module_bytes", manifest.module_bytes},
                  {"module_digest", manifest.module_digest},
                  {"module_json", manifest.module_json},
                  {"name", manifest.name},
                  {"optimisation", manifest.optimisation},
                  {"rollback", manifest.rollback},
                  {"rt_digest", manifest.rt_digest},
                  {"targets", std::move(targets)},
                  {"toolchain",
                   {{"clang", tools.clang},
                    {"flags", tools.flags},
                    {"ingotc", tools.ingotc},
                    {"lld", tools.lld},
                    {"wasm2c", tools.wasm2c}}},
                  {"version", manifest.version}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<Manifest> parse_manifest(std::string_view text) {
  if (nests_too_deeply(text)) return Error{ErrorCode::verification, "manifest: nested too deeply"};
  try {
    return parse(text);
  } catch (const std::exception& problem) {
    return Error{ErrorCode::verification, std::string("manifest: ") + problem.what()};
  }
}

}  // namespace ingot::format
