// SPDX-License-Identifier: Apache-2.0
#include "lower/relaxed_simd.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "ingest/policy.hpp"
#include "ingest/sections.hpp"
#include "lower/normalise.hpp"
#include "wat.hpp"

namespace ingot::compiler::lower {
namespace {

constexpr const char* types = "01 0e 02 60 02 7b 7b 01 7b 60 03 7b 7b 7b 01 7b  03 03 02 00 01 ";

// (func (param v128 v128) (result v128) local.get 0 local.get 1 i8x16.swizzle)
// (func (param v128 v128 v128) (result v128) (local i32)
//   local.get 0 local.get 1 local.get 2 f32x4.relaxed_madd local.get 1 i8x16.relaxed_swizzle)
constexpr const char* relaxed = "0a 1d 02 08 00 20 00 20 01 fd 0e 0b  12 01 01 7f 20 00 20 01 20 02 fd 85 02 20 01 fd 80 02 0b";

// The first function as it was, and
// (func (param v128 v128 v128) (result v128) (local i32) (local v128 v128 v128 v128)
//   local.get 0 local.get 1 local.get 2 local.set 4 f32x4.mul local.get 4 f32x4.add local.get 1 i8x16.swizzle)
constexpr const char* core =
    "0a 25 02 08 00 20 00 20 01 fd 0e 0b  1a 02 01 7f 04 7b 20 00 20 01 20 02 21 04 fd e6 01 20 04 fd e4 01 20 01 fd 0e 0b";

TEST(Relaxed_simd, Becomes_core_instructions) {
  const format::Bytes wasm = module_bytes(std::string(types) + relaxed);
  const auto module = ingest::read_module(wasm);
  ASSERT_TRUE(module.ok()) << module.error().message;
  EXPECT_EQ(module->code.relaxed.size(), 2u);
  EXPECT_EQ(normal_bytes(*module, wasm), module_bytes(std::string(types) + core));
}

TEST(Relaxed_simd, What_has_none_is_left_alone) {
  const format::Bytes wasm = module_bytes(std::string(types) + core);
  EXPECT_EQ(normal_bytes(*ingest::read_module(wasm), wasm), wasm);
}

TEST(Features, What_is_off_is_refused_by_name_and_disabled_in_every_tool) {
  const Features none{.extended_const = false, .relaxed_simd = false};
  const auto refused = ingest::read_module(module_bytes(std::string(types) + relaxed), none);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::unsupported_wasm);
  EXPECT_EQ(refused.error().message.substr(0, 18), "needs relaxed SIMD");

  const auto options = ingest::profile_options(none);
  const auto has = [&](const auto& list, const char* word) { return std::find(list.begin(), list.end(), word) != list.end(); };
  EXPECT_TRUE(has(options, "--disable-extended-const"));
  EXPECT_TRUE(has(options, "--disable-relaxed-simd"));
  EXPECT_FALSE(has(ingest::profile_options({}), "--disable-extended-const"));
  EXPECT_FALSE(has(ingest::profile_features(none), "extended-const"));
  EXPECT_TRUE(has(ingest::profile_features({}), "extended-const"));
}

TEST(Features, Are_set_by_their_names) {
  Features features;
  EXPECT_TRUE(set_feature(features, "extended-const", false));
  EXPECT_EQ(features, (Features{.extended_const = false}));
  EXPECT_FALSE(set_feature(features, "tail-call", true));
}

}  // namespace
}  // namespace ingot::compiler::lower
