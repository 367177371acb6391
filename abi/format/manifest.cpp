// SPDX-License-Identifier: Apache-2.0
#include "format/manifest.hpp"

#include <array>

#include "format/strict_json.hpp"
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

Json to_json(const Digested& section) { return {{"bytes", section.bytes}, {"digest", section.digest}}; }

/// What an import and an export say alike about the thing itself.
template <typename Item>
void add_extern_type(Json& json, const Item& item) {
  json["kind"] = kind_names[static_cast<std::size_t>(item.kind)];
  switch (item.kind) {
    case ExternKind::function: json["type"] = to_json(item.type); break;
    case ExternKind::memory: json["limits"] = to_json(item.limits); break;
    case ExternKind::table:
      json["limits"] = to_json(item.limits);
      json["value_type"] = type_name(item.value_type);
      break;
    case ExternKind::global:
      json["value_type"] = type_name(item.value_type);
      json["mutable"] = item.is_mutable;
      break;
  }
}

Json to_json(const Import& import) {
  Json json{{"module", import.module}, {"name", import.name}};
  add_extern_type(json, import);
  return json;
}

Json to_json(const Export& exported) {
  Json json{{"name", exported.name}};
  add_extern_type(json, exported);
  return json;
}

template <typename T>
Json list_to_json(const std::vector<T>& values) {
  Json list = Json::array();
  for (const T& value : values) list.push_back(to_json(value));
  return list;
}

// ---- reading ----

std::uint8_t type_code(Fields& fields, const char* key, const Json& value) {
  if (value.is_string()) {
    for (const TypeName& type : type_names) {
      if (value.get_ref<const std::string&>() == type.name) return type.code;
    }
  }
  fields.fail(key, "names an unknown value type");
  return 0;
}

std::vector<std::uint8_t> read_types(Fields& fields, const char* key, std::size_t count_max) {
  std::vector<std::uint8_t> list;
  for (const Json& value : fields.array(key, count_max)) list.push_back(type_code(fields, key, value));
  return list;
}

FunctionType read_type(Fields& parent, const char* key) {
  Fields fields(parent, key, parent.take(key));
  FunctionType type{read_types(fields, "params", limits::function_params_max), read_types(fields, "results", limits::function_results_max)};
  fields.done();
  return type;
}

Limits read_limits(Fields& parent, const char* key) {
  Fields fields(parent, key, parent.take(key));
  Limits limits{fields.number("min"), std::nullopt};
  if (!fields.take("max").is_null()) limits.max = fields.number("max");
  if (limits.max && *limits.max < limits.min) fields.fail("max", "is below min");
  fields.done();
  return limits;
}

Digested read_digested(Fields& parent, const char* key) {
  Fields fields(parent, key, parent.take(key));
  Digested section{fields.digest("digest"), fields.number("bytes")};
  fields.done();
  return section;
}

ExternKind read_kind(Fields& fields) {
  const std::string name = fields.text("kind", label_bytes_max);
  for (std::size_t i = 0; i < kind_names.size(); ++i) {
    if (name == kind_names[i]) return static_cast<ExternKind>(i);
  }
  fields.fail("kind", "is unknown");
  return ExternKind::function;
}

/// What an import and an export say alike about the thing itself.
template <typename Item>
void read_extern_type(Fields& fields, Item& item) {
  item.kind = read_kind(fields);
  if (item.kind == ExternKind::function) item.type = read_type(fields, "type");
  if (item.kind == ExternKind::memory || item.kind == ExternKind::table) item.limits = read_limits(fields, "limits");
  if (item.kind == ExternKind::table || item.kind == ExternKind::global) item.value_type = type_code(fields, "value_type", fields.take("value_type"));
  if (item.kind == ExternKind::global) item.is_mutable = fields.boolean("mutable");
}

Import read_import(Fields& fields) {
  Import import;
  import.module = fields.text("module", limits::name_bytes_max);
  import.name = fields.text("name", limits::name_bytes_max);
  read_extern_type(fields, import);
  return import;
}

Export read_export(Fields& fields) {
  Export exported;
  exported.name = fields.text("name", limits::name_bytes_max);
  read_extern_type(fields, exported);
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
    Fields fields(parent, key, json, index++);
    list.push_back(read(fields));
    fields.done();
  }
  return list;
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
  if (!fields.take("provenance").is_null()) manifest.provenance = read_digested(fields, "provenance");
  if (!fields.take("symbols").is_null()) manifest.symbols = read_digested(fields, "symbols");
  manifest.module_json = fields.text("module_json", limits::module_json_bytes_max);
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
    const bool wide = type == INGOT_TYPE_V128 || type == INGOT_TYPE_EXTERNREF;
    count += type == INGOT_TYPE_FUNCREF ? 4 : wide ? 2 : 1;
  }
  return count;
}

std::string write_manifest(const Manifest& manifest) {
  Json targets = Json::array();
  for (const Target& target : manifest.targets) {
    targets.push_back({{"level", target.level}, {"object_bytes", target.object_bytes}, {"object_digest", target.object_digest}});
  }
  const Json json{{"abi_version", manifest.abi_version},
                  {"contract", manifest.contract},
                  {"exports", list_to_json(manifest.exports)},
                  {"features", manifest.features},
                  {"guard_bytes", manifest.guard_bytes},
                  {"imports", list_to_json(manifest.imports)},
                  {"memory", manifest.has_memory ? to_json(manifest.memory) : Json(nullptr)},
                  {"module_bytes", manifest.module_bytes},
                  {"module_digest", manifest.module_digest},
                  {"module_json", manifest.module_json},
                  {"name", manifest.name},
                  {"optimisation", manifest.optimisation},
                  {"provenance", manifest.provenance ? to_json(*manifest.provenance) : Json(nullptr)},
                  {"rollback", manifest.rollback},
                  {"rt_digest", manifest.rt_digest},
                  {"symbols", manifest.symbols ? to_json(*manifest.symbols) : Json(nullptr)},
                  {"targets", std::move(targets)},
                  {"version", manifest.version}};
  return strict_json::canonical(json);
}

Result<Manifest> parse_manifest(std::string_view text) { return strict_json::read<Manifest>(text, "manifest", read_manifest); }

}  // namespace ingot::format
