// SPDX-License-Identifier: Apache-2.0
#include "ingest/wasi.hpp"

#include <gtest/gtest.h>

#include "ingot/abi.h"
#include "wasi_functions.hpp"

namespace ingot::compiler::ingest {
namespace {

using format::ExternKind;
using format::FunctionType;
constexpr std::uint8_t i32 = INGOT_TYPE_I32;
constexpr std::uint8_t i64 = INGOT_TYPE_I64;

/// A module by hand that imports this, and exports what is said.
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
void export_function(Module& module, const char* name, FunctionType type) {
  module.exports.push_back({name, ExternKind::function, static_cast<std::uint32_t>(module.functions.size()), 0});
  module.functions.push_back(static_cast<std::uint32_t>(module.types.size()));
  module.types.push_back(std::move(type));
}
void export_memory(Module& module) {
  module.memories.push_back({1, {}});
  module.exports.push_back({"memory", ExternKind::memory, 0, 0});
}
std::string said(const Result<void>& result) { return result.ok() ? "ok" : result.error().message; }

TEST(Wasi, Takes_each_function_under_both_names_with_its_type) {
  const FunctionType types[] = {{{i32, i32, i32, i32}, {i32}}, {{i32, i64, i32, i32}, {i32}}, {{i32}, {}}, {{i32, i32, i32, i32, i32, i64, i64, i32, i32}, {i32}}};
  const char* names[] = {"fd_write", "fd_seek", "proc_exit", "path_open"};
  for (const std::string_view from : wasi::module_names) {
    for (std::size_t i = 0; i < 4; ++i) {
      const Module module = importing(std::string(from), names[i], types[i]);
      EXPECT_TRUE(imports_wasi(module));
      EXPECT_EQ(said(check_wasi_imports(module)), "ok") << names[i];
    }
  }
}

TEST(Wasi, Another_type_and_another_name_are_refused_with_their_place) {
  EXPECT_EQ(said(check_wasi_imports(importing("wasi_snapshot_preview1", "fd_close", {{i64}, {i32}}))),
            "import wasi_snapshot_preview1.fd_close has the wrong type (section import, offset 0x1f): expected (i32) -> (i32), got (i64) -> (i32)");
  EXPECT_EQ(said(check_wasi_imports(importing("wasi_unstable", "fd_closed", {{i32}, {i32}}))),
            "unknown import wasi_unstable.fd_closed (section import, offset 0x1f); abi/WASI.md lists what the host offers to a WASI module");
  EXPECT_NE(said(check_wasi_imports(importing("env", "fd_close", {{i32}, {i32}}))), "ok");
  EXPECT_FALSE(imports_wasi(importing("env", "fd_close", {{i32}, {i32}})));
}

TEST(Wasi, Is_a_program_a_reactor_or_a_library_and_exports_its_memory) {
  Module module;
  EXPECT_NE(said(check_wasi_exports(module)).find("missing export memory"), std::string::npos);
  export_memory(module);
  EXPECT_EQ(said(check_wasi_exports(module)), "ok");
  Module program = module;
  export_function(program, "_start", {});
  EXPECT_EQ(said(check_wasi_exports(program)), "ok");
  Module reactor = module;
  export_function(reactor, "_initialize", {});
  EXPECT_EQ(said(check_wasi_exports(reactor)), "ok");
  export_function(reactor, "_start", {});
  EXPECT_NE(said(check_wasi_exports(reactor)).find("_start and _initialize"), std::string::npos);
  Module odd = module;
  export_function(odd, "_start", {{i32}, {}});
  EXPECT_NE(said(check_wasi_exports(odd)).find("export _start has the wrong type"), std::string::npos);
}

}  // namespace
}  // namespace ingot::compiler::ingest
