// SPDX-License-Identifier: Apache-2.0
#pragma once
// A small bundle with every kind of entry in its manifest, for the tests of the format.

#include <string>
#include <vector>

#include "format/bundle.hpp"
#include "format/provenance.hpp"
#include "ingot/abi.h"

namespace ingot::format::fixtures {

inline Manifest manifest() {
  Manifest m;
  m.abi_version = INGOT_ABI_VERSION;
  m.rt_digest = std::string(64, 'a');
  m.name = "tiny";
  m.version = "1.2.3";
  m.contract = "none";
  m.module_digest = std::string(64, 'b');
  m.module_bytes = 99;
  m.rollback = 1700000000;
  m.memory = {1, 16};
  m.has_memory = true;
  m.guard_bytes = 65536;
  m.optimisation = "release";
  m.features = {"simd", "bulk-memory"};
  m.imports = {{"host", "log \"quoted\" \xc3\xa9", ExternKind::function, {{INGOT_TYPE_I32, INGOT_TYPE_I32}, {}}}};
  Export function{.name = "f", .kind = ExternKind::function, .type = {{INGOT_TYPE_V128}, {INGOT_TYPE_F64, INGOT_TYPE_I64}}};
  Export table{.name = "t", .kind = ExternKind::table, .limits = {3, std::nullopt}, .value_type = INGOT_TYPE_FUNCREF};
  Export memory{.name = "memory", .kind = ExternKind::memory, .limits = {1, 16}};
  Export global{.name = "g", .kind = ExternKind::global, .value_type = INGOT_TYPE_F32, .is_mutable = true};
  m.exports = {function, table, memory, global};
  m.symbols = Digested{std::string(64, 'c'), 7};
  m.provenance = Digested{std::string(64, 'd'), 9};
  m.module_json = R"({"name":"tiny"})";
  return m;
}

inline std::vector<ObjectInput> objects() {
  return {{"x86-64-v2", Bytes(100, 0x11)}, {"x86-64-v3", Bytes(5000, 0x22)}};
}

inline Bytes symbols() { return {'l', 'o', 'g', '\n', '\n', 'f', '\n'}; }

inline Bytes provenance() {
  Provenance made;
  made.module_digest = std::string(64, 'b');
  made.module_bytes = 99;
  made.producers = {{"language", "Rust", "1.90"}};
  made.tools = {{"ingotc", "0.1.0", ""}, {"clang", "22.1.0", std::string(64, 'e')}};
  made.island = {{"memory.c", "", std::string(64, 'f')}};
  made.targets = {"x86-64-v2", "x86-64-v3"};
  made.optimisation = "release";
  made.contract = "none";
  made.flags = {"-O3", "-ffp-contract=off"};
  const std::string text = write_provenance(made);
  return {text.begin(), text.end()};
}

inline Bytes bundle() { return write_bundle(manifest(), objects(), {.symbols = symbols(), .provenance = provenance()}); }

}  // namespace ingot::format::fixtures
