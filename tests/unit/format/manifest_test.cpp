// SPDX-License-Identifier: Apache-2.0
#include "format/manifest.hpp"

#include <gtest/gtest.h>

#include <random>

#include "fixtures.hpp"

namespace ingot::format {
namespace {

/// Without what only one of the two readers knows, so that what is wrong is shown to both.
std::string text() {
  Manifest manifest = fixtures::manifest();
  manifest.imports[0].name = "log";
  manifest.targets = {{"x86-64-v2", std::string(64, 'c'), 100}};
  return write_manifest(manifest);
}

std::string replaced(const std::string& from, const std::string& to) {
  std::string changed = text();
  const auto at = changed.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return changed.replace(at, from.size(), to);
}

std::string reason(const std::string& json) {
  const auto parsed = parse_manifest(json);
  EXPECT_FALSE(parsed.ok()) << json;
  return parsed.ok() ? "" : parsed.error().message;
}

TEST(Manifest, Comes_back_as_it_was_written) {
  const Manifest expected = fixtures::manifest();
  const std::string json = write_manifest(expected);
  const auto parsed = parse_manifest(json);
  ASSERT_TRUE(parsed.ok()) << parsed.error().message;
  EXPECT_EQ(write_manifest(*parsed), json);
  EXPECT_EQ(parsed->imports[0].name, expected.imports[0].name);
  EXPECT_EQ(parsed->imports[0].type, expected.imports[0].type);
  EXPECT_EQ(parsed->exports[0].type, expected.exports[0].type);
  EXPECT_EQ(parsed->exports[1].limits, expected.exports[1].limits);
  EXPECT_EQ(parsed->exports[3].value_type, expected.exports[3].value_type);
  EXPECT_TRUE(parsed->exports[3].is_mutable);
  EXPECT_EQ(parsed->memory, expected.memory);
  EXPECT_EQ(parsed->symbols, expected.symbols);
  EXPECT_EQ(parsed->provenance, expected.provenance);
}

TEST(Manifest, A_module_without_memory_says_null) {
  Manifest manifest = fixtures::manifest();
  manifest.has_memory = false;
  const std::string json = write_manifest(manifest);
  EXPECT_NE(json.find("\"memory\":null"), std::string::npos);
  EXPECT_FALSE(parse_manifest(json)->has_memory);
}

TEST(Manifest, Unknown_missing_and_mistyped_keys_are_named) {
  EXPECT_EQ(reason(replaced("\"name\":\"tiny\",", "\"name\":\"tiny\",\"nom\":1,")), "manifest: $.nom is an unknown key");
  EXPECT_EQ(reason(replaced("\"rollback\":1700000000,", "")), "manifest: $.rollback is missing");
  EXPECT_EQ(reason(replaced("\"rollback\":1700000000", "\"rollback\":-1")), "manifest: $.rollback is not an unsigned integer");
  EXPECT_EQ(reason(replaced("\"rollback\":1700000000", "\"rollback\":1.5")), "manifest: $.rollback is not an unsigned integer");
  EXPECT_EQ(reason(replaced("\"abi_version\":3", "\"abi_version\":4294967296")), "manifest: $.abi_version is too large");
  EXPECT_EQ(reason(replaced("\"mutable\":true", "\"mutable\":1")), "manifest: $.exports[3].mutable is not true or false");
  EXPECT_EQ(reason(replaced("\"f32\"", "\"f16\"")), "manifest: $.exports[3].value_type names an unknown value type");
  EXPECT_EQ(reason(replaced("\"kind\":\"table\"", "\"kind\":\"tag\"")), "manifest: $.exports[1].kind is unknown");
  EXPECT_EQ(reason(replaced("\"max\":16", "\"max\":0")), "manifest: $.exports[2].limits.max is below min");
  EXPECT_EQ(reason(replaced(std::string(64, 'c'), std::string(64, 'C'))), "manifest: $.symbols.digest is not a digest");
  EXPECT_EQ(reason(replaced("\"tiny\"", "\"" + std::string(256, 't') + "\"")), "manifest: $.name is too long");
  std::string many;
  for (int i = 0; i < 1000; ++i) many += "\"simd\",";
  EXPECT_EQ(reason(replaced("\"features\":[", "\"features\":[" + many)), "manifest: $.features has too many elements");
}

TEST(Manifest, Only_the_canonical_text_is_accepted) {
  EXPECT_EQ(reason(replaced("{\"abi_version\"", "{ \"abi_version\"")), "manifest: not in canonical form");
  EXPECT_EQ(reason(replaced("\"contract\":\"none\"", "\"contract\":\"none\",\"contract\":\"none\"")), "manifest: the key contract stands twice in one object");
  EXPECT_EQ(reason(text() + "\n"), "manifest: not in canonical form");
  EXPECT_EQ(reason(replaced("\"tiny\"", "\"ti\\/ny\"")), "manifest: not in canonical form");
  EXPECT_EQ(reason(replaced("\"tiny\"", "\"ti\\u006ey\"")), "manifest: not in canonical form");
  EXPECT_EQ(reason(replaced("\"kind\":\"function\",\"module\":\"host\"", "\"module\":\"host\",\"kind\":\"function\"")), "manifest: not in canonical form");
}

Manifest in_ascii() {
  Manifest manifest = fixtures::manifest();
  manifest.targets = {{"x86-64-v2", std::string(64, 'c'), 100}, {"x86-64-v3", std::string(64, 'd'), 18446744073709551615u}};
  manifest.imports[0].name = "log \"quoted\"\\\b\f\n\r\t";
  manifest.imports.push_back({.module = "m", .name = "", .kind = ExternKind::memory, .limits = {0, 0}});
  manifest.imports.push_back({.module = "", .name = "t", .kind = ExternKind::table, .limits = {0, std::nullopt}, .value_type = INGOT_TYPE_EXTERNREF});
  manifest.imports.push_back({.module = "m", .name = "g", .kind = ExternKind::global, .value_type = INGOT_TYPE_I64, .is_mutable = false});
  return manifest;
}

TEST(Manifest, One_pass_reads_what_is_written) {
  Manifest manifest = in_ascii();
  for (const bool bare : {false, true}) {
    if (bare) {
      manifest.has_memory = false;
      manifest.memory = {};
      manifest.provenance = manifest.symbols = std::nullopt;
      manifest.imports.clear();
      manifest.exports.clear();
      manifest.features.clear();
    }
    const std::string json = write_manifest(manifest);
    const auto read = read_canonical_manifest(json);
    ASSERT_TRUE(read) << json;
    EXPECT_EQ(write_manifest(*read), json);
    EXPECT_EQ(read->imports.size(), manifest.imports.size());
    EXPECT_EQ(read->targets[1].object_bytes, 18446744073709551615u);
    EXPECT_EQ(read->has_memory, !bare);
  }
}

TEST(Manifest, One_pass_leaves_what_it_does_not_know_to_the_other) {
  for (const std::string& name : {std::string("\xc3\xa9"), std::string("\x01"), std::string("\x7f")}) {
    Manifest manifest = in_ascii();
    manifest.exports[0].name = name;
    const std::string json = write_manifest(manifest);
    EXPECT_FALSE(read_canonical_manifest(json)) << json;
    const auto parsed = parse_manifest(json);
    ASSERT_TRUE(parsed.ok()) << parsed.error().message;
    EXPECT_EQ(parsed->exports[0].name, name);
  }
}

// The writer is a JSON library's and knows nothing of how the reader reads.
TEST(Manifest, One_pass_takes_nothing_that_would_not_be_written) {
  const std::string json = write_manifest(in_ascii());
  const std::string pool = json + "\\\"{}[],:0123456789 nulltruefalse\x00\x1f\x7f\xc3\xa9-+.eE/";
  std::mt19937 random(1);
  const auto below = [&](std::size_t bound) { return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random); };
  int taken = 0;
  for (int round = 0; round < 60000; ++round) {
    std::string changed = json;
    const std::size_t at = below(changed.size()), bytes = 1 + below(round % 3 == 0 ? 40 : 1);
    const std::string piece = pool.substr(below(pool.size()), bytes);
    switch (below(3)) {
      case 0: changed.erase(at, bytes); break;
      case 1: changed.insert(at, piece); break;
      default: changed.replace(at, piece.size(), piece);
    }
    const auto read = read_canonical_manifest(changed);
    if (!read) continue;
    ++taken;
    ASSERT_EQ(write_manifest(*read), changed);
  }
  EXPECT_GT(taken, 1000);
  for (std::size_t length = 0; length < json.size(); ++length) ASSERT_FALSE(read_canonical_manifest(std::string_view(json).substr(0, length))) << length;
}

TEST(Manifest, What_is_not_a_json_object_is_refused) {
  EXPECT_EQ(reason(""), "manifest: not JSON");
  EXPECT_EQ(reason("{"), "manifest: not JSON");
  EXPECT_EQ(reason("\"\xff\""), "manifest: not JSON");
  EXPECT_EQ(reason("[]"), "manifest: $ is not an object");
  EXPECT_EQ(reason(std::string(10'000'000, '[')), "manifest: nested too deeply");
}

TEST(Manifest, Types_read_well) {
  EXPECT_EQ(type_text({{}, {}}), "() -> ()");
  EXPECT_EQ(type_text({{INGOT_TYPE_I32, INGOT_TYPE_I64}, {INGOT_TYPE_F64}}), "(i32, i64) -> (f64)");
  EXPECT_EQ(slot_count({INGOT_TYPE_I32, INGOT_TYPE_V128, INGOT_TYPE_EXTERNREF, INGOT_TYPE_F32}), 6u);
}

}  // namespace
}  // namespace ingot::format
