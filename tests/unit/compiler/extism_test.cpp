// SPDX-License-Identifier: Apache-2.0
#include "ingest/extism.hpp"

#include <gtest/gtest.h>

#include <set>

#include "extism_functions.hpp"
#include "ingot/abi.h"

namespace ingot::compiler::ingest {
namespace {

using format::ExternKind;
using format::FunctionType;
constexpr std::uint8_t i32 = INGOT_TYPE_I32, i64 = INGOT_TYPE_I64, f32 = INGOT_TYPE_F32, f64 = INGOT_TYPE_F64, v128 = INGOT_TYPE_V128;

/// A module by hand that imports this.
Module importing(const std::string& from, const std::string& name, FunctionType type) {
  Module module;
  ModuleImport import;
  import.module = from;
  import.name = name;
  import.offset = 0x1f;
  module.types.push_back(std::move(type));
  module.functions.push_back(0);
  module.imports.push_back(std::move(import));
  return module;
}
Module exporting(const char* name, FunctionType type) {
  Module module;
  module.exports.push_back({name, ExternKind::function, 0, 0});
  module.functions.push_back(0);
  module.types.push_back(std::move(type));
  return module;
}
std::string said(const Result<void>& result) { return result.ok() ? "ok" : result.error().message; }

TEST(Extism, Takes_each_kind_of_function_with_its_type) {
  const std::pair<const char*, FunctionType> some[] = {{"alloc", {{i64}, {i64}}},          {"free", {{i64}, {}}},          {"store_u8", {{i64, i32}, {}}},
                                                       {"input_load_u8", {{i64}, {i32}}},  {"output_set", {{i64, i64}, {}}}, {"http_request", {{i64, i64}, {i64}}},
                                                       {"http_status_code", {{}, {i32}}},  {"get_log_level", {{}, {i32}}},   {"reset", {{}, {}}},
                                                       {"var_set", {{i64, i64}, {}}},      {"error_get", {{}, {i64}}}};
  for (const auto& [name, type] : some) {
    const Module module = importing("extism:host/env", name, type);
    EXPECT_TRUE(imports_extism(module));
    EXPECT_EQ(said(check_extism_imports(module)), "ok") << name;
  }
}

TEST(Extism, Names_stand_once) {
  std::set<std::string_view> names;
  for (const auto& function : extism::functions) EXPECT_TRUE(names.insert(function.name).second) << function.name;
}

TEST(Extism, Another_type_and_another_name_are_refused_with_their_place) {
  EXPECT_EQ(said(check_extism_imports(importing("extism:host/env", "alloc", {{i32}, {i32}}))),
            "import extism:host/env.alloc has the wrong type (section import, offset 0x1f): expected (i64) -> (i64), got (i32) -> (i32)");
  EXPECT_EQ(said(check_extism_imports(importing("extism:host/env", "extism_alloc", {{i64}, {i64}}))),
            "unknown import extism:host/env.extism_alloc (section import, offset 0x1f); abi/EXTISM.md lists what the host offers to a plugin");
  EXPECT_NE(said(check_extism_imports(importing("wasi_snapshot_preview1", "fd_write", {{i32}, {i32}}))), "ok");
  EXPECT_EQ(said(check_extism_imports(importing("wasi_snapshot_preview1", "proc_exit", {{i32}, {}}))), "ok");
}

TEST(Extism, Functions_of_hosts_and_of_other_modules_pass_numbers) {
  for (const char* from : {"extism:host/user", "env", "other"}) {
    EXPECT_EQ(said(check_extism_imports(importing(from, "any", {{i32, i64, f32, f64}, {f64, i64}}))), "ok");
    EXPECT_NE(said(check_extism_imports(importing(from, "any", {{v128}, {}}))), "ok");
    EXPECT_NE(said(check_extism_imports(importing(from, "any", {{}, {v128}}))), "ok");
  }
  EXPECT_TRUE(imports_extism(importing("extism:host/user", "any", {})));
  EXPECT_FALSE(imports_extism(importing("env", "any", {})));
}

TEST(Extism, Initialisers_have_the_type_that_they_are_called_with) {
  EXPECT_EQ(said(check_extism_exports(exporting("hs_init", {{i32, i32}, {}}))), "ok");
  EXPECT_EQ(said(check_extism_exports(exporting("hs_init", {}))), "export hs_init has the wrong type: expected (i32, i32) -> (), got () -> ()");
  EXPECT_EQ(said(check_extism_exports(exporting("_initialize", {}))), "ok");
  EXPECT_NE(said(check_extism_exports(exporting("_initialize", {{i32}, {}}))), "ok");
  EXPECT_NE(said(check_extism_exports(exporting("__wasm_call_ctors", {{}, {i32}}))), "ok");
  EXPECT_EQ(said(check_extism_exports(exporting("anything", {{i32}, {i32, i64}}))), "ok");
}

}  // namespace
}  // namespace ingot::compiler::ingest
