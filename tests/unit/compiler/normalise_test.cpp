// SPDX-License-Identifier: Apache-2.0
#include "lower/normalise.hpp"

#include <gtest/gtest.h>

#include "ingest/policy.hpp"
#include "ingest/sections.hpp"
#include "ingot/values.h"
#include "island_module.hpp"
#include "lower/near_memory.hpp"
#include "lower/shared_memory.hpp"
#include "lower/shim.hpp"
#include "native/toolchain.hpp"
#include "process/child.hpp"
#include "process/files.hpp"

namespace ingot::compiler::lower {
namespace {

format::Bytes normalised(const format::Bytes& wasm) { return normal_bytes(*ingest::read_module(wasm), wasm); }

TEST(Normalise, Replaces_every_name_by_a_number) {
  const format::Bytes bytes = normalised(island_module());
  const auto module = ingest::read_module(bytes);
  ASSERT_TRUE(module.ok()) << module.error().message;
  for (std::size_t i = 0; i < module->imports.size(); ++i) {
    EXPECT_EQ(module->imports[i].module, "h");
    EXPECT_EQ(module->imports[i].name, "f" + std::to_string(i));
  }
  for (std::size_t i = 0; i < module->exports.size(); ++i) EXPECT_EQ(module->exports[i].name, "e" + std::to_string(i));
}

TEST(Normalise, Keeps_everything_else) {
  const auto before = *ingest::read_module(island_module());
  const auto after = *ingest::read_module(normalised(island_module()));
  EXPECT_EQ(before.types, after.types);
  EXPECT_EQ(before.functions, after.functions);
  EXPECT_EQ(before.code.instruction_count, after.code.instruction_count);
  EXPECT_EQ(before.sections.size(), after.sections.size());
  EXPECT_EQ(normalised(normalised(island_module())), normalised(island_module())) << "a fixed point";
}

TEST(Normalise, Drops_custom_sections) {
  EXPECT_EQ(normalised(module_bytes("00 05 01 78 01 02 03  05 03 01 00 01  00 02 01 79")), module_bytes("05 03 01 00 01"));
}

TEST(Normalise, Its_output_validates) {
  const auto tools = native::find_toolchain();
  if (!tools.ok()) GTEST_SKIP() << tools.error().message;
  ASSERT_TRUE(process::write_file(::testing::TempDir() + "normal.wasm", normalised(island_module())).ok());
  process::Command command = tools->wabt_command("wasm-validate", 1000, "/tmp");
  for (const std::string& option : ingest::profile_options({})) command.arguments.push_back(option);
  command.arguments.push_back(::testing::TempDir() + "normal.wasm");
  const auto outcome = process::run(command);
  ASSERT_TRUE(outcome.ok());
  EXPECT_TRUE(outcome->succeeded()) << outcome->messages;
}

TEST(Shim, Holds_no_text_of_the_module) {
  const std::string text = shim_text(*ingest::read_module(island_module()), {});
  for (const char* hostile : {"twice", "through", "swap", "\"x\""}) EXPECT_EQ(text.find(hostile), std::string::npos) << hostile;
}

TEST(Shim, Gives_the_address_of_the_field_as_its_value) {
  const std::string text = shim_text(*ingest::read_module(island_module()), {});
  EXPECT_NE(text.find("wasm2c_m_instantiate(instance, (struct w2c_h*)(void*)&instance->w2c_h_instance)"), std::string::npos);
  const std::string without = shim_text(*ingest::read_module(module_bytes("")), {});
  EXPECT_NE(without.find("wasm2c_m_instantiate(instance)"), std::string::npos);
}

TEST(Shared_memory, Is_used_by_the_functions_that_are_known_with_their_own_types) {
  const format::FunctionType load{{INGOT_TYPE_I64}, {INGOT_TYPE_I64}}, other{{INGOT_TYPE_I32}, {INGOT_TYPE_I64}};
  const auto access = [](const char* module, const char* name, const format::FunctionType& type) {
    ingest::ModuleImport import;
    import.module = module;
    import.name = name;
    return shared_memory_access(import, type);
  };
  EXPECT_NE(access("extism:host/env", "load_u64", load), "");
  EXPECT_EQ(access("extism:host/env", "load_u64", other), "");
  EXPECT_EQ(access("extism:host/user", "load_u64", load), "");
  EXPECT_EQ(access("extism:host/env", "length", load), "");
}

TEST(Near_memory, Is_computed_where_the_memory_is_in_the_struct_and_nowhere_else) {
  std::string text = "  uint8_t* const wasm_rt_local_memory_base = (&instance->w2c_e1)->data;\n"
                     "  uint8_t* const wasm_rt_local_memory_base = (instance->w2c_h_m0)->data;\n"
                     "  uint8_t* const wasm_rt_local_memory_base = (&instance->w2c_e1)->size;\n"
                     "  uint8_t* const wasm_rt_local_memory_base = (&instance->w2c_memory)->data;";
  find_memory_near_instance(text);
  EXPECT_EQ(text, "  uint8_t* const wasm_rt_local_memory_base = (uint8_t*)instance + INGOT_MEMORY_DISTANCE(sizeof(*instance));\n"
                  "  uint8_t* const wasm_rt_local_memory_base = (instance->w2c_h_m0)->data;\n"
                  "  uint8_t* const wasm_rt_local_memory_base = (&instance->w2c_e1)->size;\n"
                  "  uint8_t* const wasm_rt_local_memory_base = (uint8_t*)instance + INGOT_MEMORY_DISTANCE(sizeof(*instance));");
}

TEST(Near_memory, Is_told_to_the_code_generator_where_there_is_one) {
  std::string with = "  uint8_t* const wasm_rt_local_memory_base = (&instance->w2c_e1)->data;\n", without = "int nothing;\n";
  find_memory_near_instance(with);
  EXPECT_NE(with.find("ingot_memory_layout[2]"), std::string::npos);
  EXPECT_NE(with.find("__builtin_offsetof(w2c_m, w2c_e1) + __builtin_offsetof(wasm_rt_memory_t, size)"), std::string::npos);
  find_memory_near_instance(without);
  EXPECT_EQ(without, "int nothing;\n");
}

}  // namespace
}  // namespace ingot::compiler::lower
