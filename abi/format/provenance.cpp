// SPDX-License-Identifier: Apache-2.0
#include "format/provenance.hpp"

#include "format/strict_json.hpp"

namespace ingot::format {
namespace {

constexpr std::size_t label_bytes_max = 255;
constexpr std::size_t flags_max = 1000;

Provenance read(Fields& fields) {
  Provenance provenance;
  provenance.clang = fields.text("clang", label_bytes_max);
  provenance.flags = fields.texts("flags", flags_max);
  provenance.ingotc = fields.text("ingotc", label_bytes_max);
  provenance.lld = fields.text("lld", label_bytes_max);
  provenance.wasm2c = fields.text("wasm2c", label_bytes_max);
  return provenance;
}

}  // namespace

std::string write_provenance(const Provenance& provenance) {
  return strict_json::canonical({{"clang", provenance.clang},
                                 {"flags", provenance.flags},
                                 {"ingotc", provenance.ingotc},
                                 {"lld", provenance.lld},
                                 {"wasm2c", provenance.wasm2c}});
}

Result<Provenance> parse_provenance(std::string_view text) { return strict_json::read<Provenance>(text, "provenance", read); }

}  // namespace ingot::format
