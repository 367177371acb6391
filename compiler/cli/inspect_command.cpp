// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include <cstdio>
#include <optional>
#include <string_view>

#include "base/utc.hpp"
#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/sbom.hpp"
#include "format/provenance.hpp"
#include "format/signature.hpp"
#include "format/static_files.hpp"
#include "ingest/sections.hpp"
#include "limits.hpp"
#include "native/audit.hpp"
#include "process/files.hpp"

namespace ingot::compiler::cli {
namespace {

using format::ExternKind;
constexpr const char* kinds[] = {"function", "table", "memory", "global"};

const char* kind_of(ExternKind kind) { return kinds[static_cast<std::size_t>(kind)]; }

bool begins_with(const format::Bytes& bytes, std::initializer_list<std::uint8_t> magic) {
  return bytes.size() >= magic.size() && std::equal(magic.begin(), magic.end(), bytes.begin());
}

void line(const std::string& label, const std::string& text) { std::printf("%-14s %s\n", label.c_str(), printable(text).c_str()); }

std::string limits_text(const format::Limits& limits) {
  return std::to_string(limits.min) + " to " + (limits.max ? std::to_string(*limits.max) : "any number of");
}

std::string dump(const nlohmann::json& json) { return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace); }

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

void print_bundle(const format::BundleView& view, const std::optional<format::Provenance>& made, const std::vector<format::StaticFile>& files) {
  const format::Manifest& m = view.manifest;
  line("name", m.name + (m.version.empty() ? "" : " " + m.version));
  line("contract", m.contract);
  line("module", m.module_digest + " (" + std::to_string(m.module_bytes) + " bytes)");
  line("memory", m.has_memory ? limits_text(m.memory) + " pages" : "none");
  line("optimisation", m.optimisation + (m.optimisation == "debug" ? ", the objects hold what a debugger needs" : ""));
  line("features", m.features.empty() ? "none beyond core 2.0" : joined(m.features));
  line("abi", std::to_string(m.abi_version) + ", wasm-rt.h " + m.rt_digest.substr(0, 16));
  line("digest", format::hex(format::sha256(view.signed_bytes)));
  if (made) {
    for (const auto& tool : made->tools) line("tool", tool.name + " " + tool.version + (tool.digest.empty() ? "" : ", " + tool.digest));
    line("clang flags", joined(made->flags) + " -march=LEVEL");
    line("memory flags", joined(made->memory_flags));
    line("lld flags", joined(made->link_flags));
    if (!made->nonconforming.empty()) line("deviations", joined(made->nonconforming) + ": this code does not keep to WebAssembly's semantics");
    if (made->source_date_epoch) line("source date", utc_text(*made->source_date_epoch));
    for (const auto& producer : made->producers) line("claims", producer.field + " " + producer.name + " " + producer.version);
  }
  line("rollback", std::to_string(m.rollback));
  for (const auto& target : m.targets) line("object", target.level + ", " + std::to_string(target.object_bytes) + " bytes, " + target.object_digest);
  for (const auto& file : files) line("static file", file.path + ", " + std::to_string(file.bytes.size()) + " bytes, " + format::hex(format::sha256(file.bytes)));
  for (const auto& import : m.imports) line("import", import.module + "." + import.name + " " + format::type_text(import.type));
  for (const auto& exported : m.exports) {
    const bool is_function = exported.kind == ExternKind::function;
    line("export", exported.name + " " + (is_function ? format::type_text(exported.type) : kind_of(exported.kind)));
  }
  for (const auto& signature : view.signatures) {
    line("signed by", signature.key_id + (signature.expires == 0 ? "" : " until " + utc_text(signature.expires)));
  }
  if (view.signatures.empty()) line("signed by", "nobody");
}

Result<void> inspect_bundle(const format::Bytes& bytes, bool json, bool sbom_only) {
  INGOT_TRY(const format::BundleView view, format::parse_bundle(bytes));
  INGOT_TRY_VOID(format::check_digests(view));
  std::optional<format::Provenance> made;
  const std::string_view text(reinterpret_cast<const char*>(view.provenance.data()), view.provenance.size());
  if (!text.empty()) {
    INGOT_TRY(made, format::parse_provenance(text));
  }
  if (sbom_only) {
    if (!made) return Error{ErrorCode::not_found, "the bundle does not say how it was made, so it has no bill of materials; build it with `ingotc build`"};
    std::printf("%s\n", dump(bill_of_materials(view, *made)).c_str());
    return {};
  }
  INGOT_TRY(const auto files, format::parse_static_files(view.static_files));
  if (!json) return print_bundle(view, made, files), Result<void>();
  nlohmann::json static_files = nlohmann::json::array();
  for (const auto& file : files) static_files.push_back({{"path", file.path}, {"bytes", file.bytes.size()}, {"digest", format::hex(format::sha256(file.bytes))}});
  nlohmann::json signers = nlohmann::json::array();
  nlohmann::json signatures = nlohmann::json::array();
  for (const auto& signature : view.signatures) {
    signers.push_back(signature.key_id);
    signatures.push_back({{"key_id", signature.key_id}, {"expires", signature.expires}});
  }
  const nlohmann::json result{{"kind", "bundle"},
                              {"bytes", bytes.size()},
                              {"digest", format::hex(format::sha256(view.signed_bytes))},
                              {"signed_by", signers},
                              {"signatures", signatures},
                              {"sbom", made ? bill_of_materials(view, *made) : nlohmann::json(nullptr)},
                              {"provenance", made ? nlohmann::json::parse(text) : nlohmann::json(nullptr)},
                              {"static_files", static_files},
                              {"manifest", nlohmann::json::parse(format::write_manifest(view.manifest))}};
  std::printf("%s\n", dump(result).c_str());
  return {};
}

Result<void> inspect_module(const format::Bytes& bytes, bool json) {
  INGOT_TRY(const ingest::Module module, ingest::read_module(bytes));
  const auto type_of = [&](const auto& item, std::uint32_t type) {
    return item.kind == ExternKind::function ? format::type_text(module.types[type]) : std::string(kind_of(item.kind));
  };
  nlohmann::json imports = nlohmann::json::array();
  nlohmann::json exports = nlohmann::json::array();
  for (const auto& import : module.imports) {
    imports.push_back({{"module", import.module}, {"name", import.name}, {"kind", kind_of(import.kind)}, {"type", type_of(import, import.type_index)}});
  }
  for (const auto& exported : module.exports) {
    const std::uint32_t type = exported.kind == ExternKind::function ? module.functions[exported.index] : 0;
    exports.push_back({{"name", exported.name}, {"kind", kind_of(exported.kind)}, {"type", type_of(exported, type)}});
  }
  if (json) {
    const nlohmann::json result{{"kind", "module"},
                                {"bytes", bytes.size()},
                                {"functions", module.functions.size()},
                                {"instructions", module.code.instruction_count},
                                {"nesting_depth_max", module.code.nesting_depth_max},
                                {"locals_max", module.code.locals_max},
                                {"memory_reach_max", module.code.memory_reach_max},
                                {"imports", imports},
                                {"exports", exports}};
    std::printf("%s\n", dump(result).c_str());
    return {};
  }
  line("functions", std::to_string(module.functions.size()) + ", " + std::to_string(module.code.instruction_count) + " instructions");
  line("memory", module.memories.empty() ? "none" : limits_text(module.memories.front()) + " pages");
  for (const auto& import : imports) {
    line("import", import["module"].get<std::string>() + "." + import["name"].get<std::string>() + " " + import["type"].get<std::string>());
  }
  for (const auto& exported : exports) line("export", exported["name"].get<std::string>() + " " + exported["type"].get<std::string>());
  return {};
}

}  // namespace

Result<void> inspect(const std::string& path, bool json, bool sbom_only) {
  INGOT_TRY(const format::Bytes bytes, process::read_file(path, limits::bundle_bytes_max, ErrorCode::verification));
  const bool is_module = begins_with(bytes, {0, 'a', 's', 'm'});
  if (is_module && sbom_only) return Error{ErrorCode::invalid_argument, path + ": a module has no bill of materials; its bundle has (`ingotc build`)"};
  auto result = is_module ? inspect_module(bytes, json) : inspect_bundle(bytes, json, sbom_only);
  if (!result.ok()) return std::move(result).error().with_context(path);
  return {};
}

Result<void> audit(const std::string& path) {
  INGOT_TRY(const format::Bytes bytes, process::read_file(path, limits::bundle_bytes_max, ErrorCode::verification));
  if (begins_with(bytes, {0x7f, 'E', 'L', 'F'})) {
    // A bare object says nothing about its level: only what belongs to no level is refused for it.
    auto audited = native::audit_object(bytes, "x86-64-v4");
    if (!audited.ok()) return std::move(audited).error().with_context(path);
  } else {
    INGOT_TRY(const format::BundleView view, format::parse_bundle(bytes));
    INGOT_TRY_VOID(format::check_digests(view));
    for (const auto& object : view.objects) {
      auto audited = native::audit_object(object.bytes, object.level);
      if (!audited.ok()) return std::move(audited).error().with_context(path + ", object for " + object.level);
    }
  }
  std::fprintf(stderr, "ingotc: %s: nothing to object to\n", path.c_str());
  return {};
}

}  // namespace ingot::compiler::cli
