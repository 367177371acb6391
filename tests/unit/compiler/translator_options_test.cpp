// SPDX-License-Identifier: Apache-2.0
// What the translator is never asked for. wasm2c's code for a tail call to a function of the same module uses a pointer that nobody has set (wabt issue 2831), so
// a guest with such a call decides what the host reads; it must be refused twice, by our own reader and by the translator.
#include <gtest/gtest.h>

#include <algorithm>

#include "ingest/policy.hpp"
#include "ingest/sections.hpp"
#include "native/toolchain.hpp"
#include "process/child.hpp"
#include "process/files.hpp"
#include "wat.hpp"

namespace ingot::compiler {
namespace {

// (module (func $f) (func (return_call $f)))
constexpr const char* tail_call = "010401600000 0303020000 0a09020200 0b 0400 1200 0b";
// The same with call.
constexpr const char* plain_call = "010401600000 0303020000 0a09020200 0b 0400 1000 0b";

std::vector<Features> all_features() {
  std::vector<Features> all{{}};
  for (const std::string& name : feature_names()) {
    for (std::size_t i = 0, count = all.size(); i < count; ++i) {
      Features other = all[i];
      EXPECT_TRUE(set_feature(other, name, false));
      all.push_back(other);
    }
  }
  return all;
}

TEST(TranslatorOptions, Enable_nothing_and_disable_tail_calls_whatever_the_features) {
  for (const Features& features : all_features()) {
    const auto options = ingest::profile_options(features);
    EXPECT_NE(std::find(options.begin(), options.end(), "--disable-tail-call"), options.end());
    for (const std::string& option : options) EXPECT_TRUE(option.starts_with("--disable-")) << option;
  }
}

TEST(TranslatorOptions, With_them_no_tool_of_wabts_takes_a_tail_call) {
  EXPECT_FALSE(ingest::read_module(module_bytes(tail_call)).ok());
  const auto tools = native::find_toolchain();
  if (!tools.ok()) GTEST_SKIP() << tools.error().message;
  const auto exit_code = [&](const char* program, const char* sections) {
    const std::string file = ::testing::TempDir() + "translator_options.wasm";
    EXPECT_TRUE(process::write_file(file, module_bytes(sections)).ok());
    process::Command command = tools->wabt_command(program, 1000, "/tmp");
    for (const std::string& option : ingest::profile_options({})) command.arguments.push_back(option);
    command.arguments.push_back(file);
    const auto outcome = process::run(command);
    EXPECT_TRUE(outcome.ok());
    return outcome.ok() ? outcome->exit_code : -1;
  };
  for (const char* program : {"wasm-validate", "wasm2c"}) {
    EXPECT_EQ(exit_code(program, plain_call), 0) << program << ": the module is right in everything else";
    EXPECT_EQ(exit_code(program, tail_call), 1) << program;
  }
}

}  // namespace
}  // namespace ingot::compiler
