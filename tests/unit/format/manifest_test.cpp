// SPDX-License-Identifier: Apache-2.0
#include "format/manifest.hpp"

#include <gtest/gtest.h>

#include "fixtures.hpp"

namespace ingot::format {
namespace {

std::string text() {
  Manifest manifest = fixtures::manifest();
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
  const auto parsed = parse_manifest(text());
  ASSERT_TRUE(parsed.ok()) << parsed.error().message;
  EXPECT_EQ(write_manifest(*parsed), text());
  const Manifest expected = fixtures::manifest();
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
}

TEST(Manifest, Only_the_canonical_text_is_accepted) {
  EXPECT_EQ(reason(replaced("{\"abi_version\"", "{ \"abi_version\"")), "manifest: not in canonical form");
  EXPECT_EQ(reason(replaced("\"contract\":\"none\"", "\"contract\":\"none\",\"contract\":\"none\"")), "manifest: the key contract stands twice in one object");
  EXPECT_EQ(reason(text() + "\n"), "manifest: not in canonical form");
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
