// SPDX-License-Identifier: Apache-2.0
#include "format/provenance.hpp"

#include "format/strict_json.hpp"

namespace ingot::format {
namespace {

using Json = nlohmann::json;

constexpr std::size_t label_bytes_max = provenance_label_bytes_max;
constexpr std::size_t list_max = 1000;

Json tools_to_json(const std::vector<ProvenanceTool>& tools) {
  Json list = Json::array();
  for (const ProvenanceTool& tool : tools) {
    list.push_back({{"digest", tool.digest.empty() ? Json(nullptr) : Json(tool.digest)}, {"name", tool.name}, {"version", tool.version}});
  }
  return list;
}

std::vector<ProvenanceTool> read_tools(Fields& fields, const char* key) {
  std::vector<ProvenanceTool> tools;
  fields.list(key, list_max, [&](Fields& entry) {
    ProvenanceTool& tool = tools.emplace_back();
    tool.digest = entry.digest_or_null("digest").value_or("");
    tool.name = entry.text("name", label_bytes_max);
    tool.version = entry.text("version", label_bytes_max);
  });
  return tools;
}

Provenance read(Fields& fields) {
  Provenance provenance;
  provenance.contract = fields.text("contract", label_bytes_max);
  provenance.features = fields.texts("features", list_max);
  provenance.flags = fields.texts("flags", list_max);
  provenance.island = read_tools(fields, "island");
  provenance.link_flags = fields.texts("link_flags", list_max);
  provenance.memory_flags = fields.texts("memory_flags", list_max);
  provenance.module_bytes = fields.number("module_bytes");
  provenance.module_digest = fields.digest("module_digest");
  provenance.nonconforming = fields.texts("nonconforming", list_max);
  provenance.optimisation = fields.text("optimisation", label_bytes_max);
  fields.list("producers", provenance_producers_max, [&](Fields& entry) {
    Producer& producer = provenance.producers.emplace_back();
    producer.field = entry.text("field", label_bytes_max);
    producer.name = entry.text("name", label_bytes_max);
    producer.version = entry.text("version", label_bytes_max);
  });
  provenance.source_date_epoch = fields.number_or_null("source_date_epoch");
  provenance.targets = fields.texts("targets", list_max);
  provenance.tools = read_tools(fields, "tools");
  return provenance;
}

}  // namespace

std::string Provenance::version_of(std::string_view tool) const {
  for (const ProvenanceTool& candidate : tools) {
    if (candidate.name == tool) return candidate.version;
  }
  return {};
}

std::string write_provenance(const Provenance& provenance) {
  Json producers = Json::array();
  for (const Producer& producer : provenance.producers) {
    producers.push_back({{"field", producer.field}, {"name", producer.name}, {"version", producer.version}});
  }
  return strict_json::canonical({{"contract", provenance.contract},
                                 {"features", provenance.features},
                                 {"flags", provenance.flags},
                                 {"island", tools_to_json(provenance.island)},
                                 {"link_flags", provenance.link_flags},
                                 {"memory_flags", provenance.memory_flags},
                                 {"module_bytes", provenance.module_bytes},
                                 {"module_digest", provenance.module_digest},
                                 {"nonconforming", provenance.nonconforming},
                                 {"optimisation", provenance.optimisation},
                                 {"producers", std::move(producers)},
                                 {"source_date_epoch", provenance.source_date_epoch ? Json(*provenance.source_date_epoch) : Json(nullptr)},
                                 {"targets", provenance.targets},
                                 {"tools", tools_to_json(provenance.tools)}});
}

Result<Provenance> parse_provenance(std::string_view text) { return strict_json::read<Provenance>(text, "provenance", read); }

}  // namespace ingot::format
