// SPDX-License-Identifier: Apache-2.0
#include "cli/sbom.hpp"

#include <nlohmann/json.hpp>

#include "base/utc.hpp"
#include "format/signature.hpp"

namespace ingot::compiler::cli {
namespace {

using Json = nlohmann::json;

Json hashes(const std::string& digest) { return Json::array({{{"alg", "SHA-256"}, {"content", digest}}}); }

Json property(const char* name, const std::string& value) { return {{"name", std::string("ingot:") + name}, {"value", value}}; }

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

/// The same for the same bundle: the first 128 bits of its digest, as a UUID of version 8 (RFC 9562, 5.8: made by the application's own rule).
std::string serial_number(format::Digest digest) {
  digest[6] = static_cast<std::uint8_t>((digest[6] & 0x0f) | 0x80);
  digest[8] = static_cast<std::uint8_t>((digest[8] & 0x3f) | 0x80);
  const std::string hex = format::hex(digest);
  return "urn:uuid:" + hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" + hex.substr(16, 4) + "-" + hex.substr(20, 12);
}

/// What scanners look a program up by. The two programs of wabt are one package.
std::string package_url(const format::ProvenanceTool& tool) {
  const bool of_wabt = tool.name == "wasm2c" || tool.name == "wasm-validate";
  return "pkg:generic/" + (of_wabt ? "wabt" : tool.name) + "@" + tool.version;
}

Json tool_component(const format::ProvenanceTool& tool) {
  // Tools took part and are not in the bundle; simde's code is.
  const bool is_inside = tool.name == "simde";
  Json component{{"type", is_inside ? "library" : "application"}, {"bom-ref", "tool:" + tool.name}, {"name", tool.name},
                 {"scope", is_inside ? "required" : "excluded"}};
  if (!tool.version.empty()) {
    component["version"] = tool.version;
    component["purl"] = package_url(tool);
  }
  if (!tool.digest.empty()) component["hashes"] = hashes(tool.digest);
  return component;
}

Json producer_component(const format::Producer& producer, std::size_t index) {
  Json component{{"type", producer.field == "language" ? "platform" : "application"},
                 {"bom-ref", "producer:" + std::to_string(index)},
                 {"name", producer.name},
                 {"scope", "excluded"},
                 {"properties", Json::array({property("producers-field", producer.field)})}};
  if (!producer.version.empty()) component["version"] = producer.version;
  return component;
}

}  // namespace

Json bill_of_materials(const format::BundleView& bundle, const format::Provenance& made) {
  const format::Manifest& manifest = bundle.manifest;
  const format::Digest digest = format::sha256(bundle.signed_bytes);
  Json self{{"type", "application"},
            {"bom-ref", "bundle"},
            {"name", manifest.name},
            {"version", manifest.version},
            {"hashes", hashes(format::hex(digest))},
            {"properties", Json::array({property("contract", made.contract), property("features", joined(made.features)),
                                        property("targets", joined(made.targets)), property("optimisation", made.optimisation),
                                        property("flags", joined(made.flags)), property("memory-flags", joined(made.memory_flags)),
                                        property("link-flags", joined(made.link_flags)), property("nonconforming", joined(made.nonconforming))})}};
  Json components = Json::array({{{"type", "file"},
                                  {"bom-ref", "module"},
                                  {"name", manifest.name + ".wasm"},
                                  {"version", manifest.version},
                                  {"mime-type", "application/wasm"},
                                  {"scope", "required"},
                                  {"hashes", hashes(made.module_digest)}}});
  Json inside = Json::array({"module"});
  Json made_by = Json::array();
  for (const format::ProvenanceTool& tool : made.tools) {
    components.push_back(tool_component(tool));
    if (tool.name == "simde") inside.push_back("tool:" + tool.name);
  }
  for (const format::ProvenanceTool& file : made.island) {
    components.push_back({{"type", "file"}, {"bom-ref", "island:" + file.name}, {"name", file.name}, {"scope", "required"}});
    if (!file.digest.empty()) components.back()["hashes"] = hashes(file.digest);
    inside.push_back("island:" + file.name);
  }
  for (std::size_t index = 0; index < made.producers.size(); ++index) {
    if (made.producers[index].name.empty()) continue;
    components.push_back(producer_component(made.producers[index], index));
    made_by.push_back("producer:" + std::to_string(index));
  }
  Json metadata{{"lifecycles", Json::array({{{"phase", "build"}}})},
                {"tools", {{"components", Json::array({{{"type", "application"}, {"name", "ingotc"}, {"version", made.version_of("ingotc")}}})}}},
                {"component", std::move(self)}};
  if (made.source_date_epoch && *made.source_date_epoch <= utc_seconds_max) metadata["timestamp"] = utc_text(*made.source_date_epoch);
  return {{"$schema", "http://cyclonedx.org/schema/bom-1.5.schema.json"},
          {"bomFormat", "CycloneDX"},
          {"specVersion", "1.5"},
          {"serialNumber", serial_number(digest)},
          {"version", 1},
          {"metadata", std::move(metadata)},
          {"components", std::move(components)},
          {"dependencies", Json::array({{{"ref", "bundle"}, {"dependsOn", std::move(inside)}}, {{"ref", "module"}, {"dependsOn", std::move(made_by)}}})}};
}

}  // namespace ingot::compiler::cli
