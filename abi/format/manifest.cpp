// SPDX-License-Identifier: Apache-2.0
#include "format/manifest.hpp"

#include <array>

#include "format/canonical_text.hpp"
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
constexpr std::size_t features_max = 1000;

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

// Once for both: In is a CanonicalText, for which keys are asked for in the order of their bytes, or Fields, which says what is wrong with a text.

template <typename In>
std::uint8_t type_code(In& in, const char* key, std::string_view name) {
  for (const TypeName& type : type_names) {
    if (name == type.name) return type.code;
  }
  in.fail(key, "names an unknown value type");
  return 0;
}

template <typename In>
std::vector<std::uint8_t> read_types(In& in, const char* key, std::size_t count_max) {
  std::vector<std::uint8_t> list;
  in.each_text(key, count_max, [&](std::string_view name) { list.push_back(type_code(in, key, name)); });
  return list;
}

template <typename In>
void read(In& in, FunctionType& type) {
  type.params = read_types(in, "params", limits::function_params_max);
  type.results = read_types(in, "results", limits::function_results_max);
}

template <typename In>
void read(In& in, Limits& limits) {
  limits.max = in.number_or_null("max");
  limits.min = in.number("min");
  if (limits.max && *limits.max < limits.min) in.fail("max", "is below min");
}

template <typename In>
void read(In& in, Digested& section) {
  section.bytes = in.number("bytes");
  section.digest = in.digest("digest");
}

template <typename In>
ExternKind read_kind(In& in) {
  const std::string name = in.text("kind", label_bytes_max);
  for (std::size_t i = 0; i < kind_names.size(); ++i) {
    if (name == kind_names[i]) return static_cast<ExternKind>(i);
  }
  in.fail("kind", "is unknown");
  return ExternKind::function;
}

/// An import or an export.
template <typename In, typename Item>
void read_extern(In& in, Item& item) {
  item.kind = read_kind(in);
  const bool is_memory = item.kind == ExternKind::memory, is_table = item.kind == ExternKind::table, is_global = item.kind == ExternKind::global;
  if (is_memory || is_table) in.object("limits", [&](In& inner) { read(inner, item.limits); });
  if constexpr (requires { item.module; }) item.module = in.text("module", limits::name_bytes_max);
  if (is_global) item.is_mutable = in.boolean("mutable");
  item.name = in.text("name", limits::name_bytes_max);
  if (item.kind == ExternKind::function) in.object("type", [&](In& inner) { read(inner, item.type); });
  if (is_table || is_global) item.value_type = type_code(in, "value_type", in.text("value_type", label_bytes_max));
}

template <typename In>
void read(In& in, Target& target) {
  target.level = in.text("level", label_bytes_max);
  target.object_bytes = in.number("object_bytes");
  target.object_digest = in.digest("object_digest");
}

template <typename In>
std::optional<Digested> read_digested(In& in, const char* key) {
  Digested section;
  if (!in.object_or_null(key, [&](In& inner) { read(inner, section); })) return std::nullopt;
  return section;
}

template <typename In>
void read(In& in, Manifest& manifest) {
  const std::uint64_t abi_version = in.number("abi_version");
  if (abi_version > UINT32_MAX) in.fail("abi_version", "is too large");
  manifest.abi_version = static_cast<std::uint32_t>(abi_version);
  manifest.contract = in.text("contract", label_bytes_max);
  in.list("exports", limits::module_exports_max, [&](In& inner) { read_extern(inner, manifest.exports.emplace_back()); });
  manifest.features = in.texts("features", features_max);
  manifest.guard_bytes = in.number("guard_bytes");
  in.list("imports", limits::module_imports_max, [&](In& inner) { read_extern(inner, manifest.imports.emplace_back()); });
  manifest.has_memory = in.object_or_null("memory", [&](In& inner) { read(inner, manifest.memory); });
  manifest.module_bytes = in.number("module_bytes");
  manifest.module_digest = in.digest("module_digest");
  manifest.module_json = in.text("module_json", limits::module_json_bytes_max);
  manifest.name = in.text("name", label_bytes_max);
  manifest.optimisation = in.text("optimisation", label_bytes_max);
  manifest.provenance = read_digested(in, "provenance");
  manifest.rollback = in.number("rollback");
  manifest.rt_digest = in.digest("rt_digest");
  manifest.symbols = read_digested(in, "symbols");
  in.list("targets", limits::bundle_sections_max, [&](In& inner) { read(inner, manifest.targets.emplace_back()); });
  manifest.version = in.text("version", label_bytes_max);
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

std::optional<Manifest> read_canonical_manifest(std::string_view text) {
  Manifest manifest;
  CanonicalText in(text);
  if (!in.whole([&](CanonicalText& inside) { read(inside, manifest); })) return std::nullopt;
  return manifest;
}

Result<Manifest> parse_manifest(std::string_view text) {
  if (auto manifest = read_canonical_manifest(text)) return std::move(*manifest);
  return strict_json::read<Manifest>(text, "manifest", [](Fields& fields) {
    Manifest manifest;
    read(fields, manifest);
    return manifest;
  });
}

}  // namespace ingot::format
