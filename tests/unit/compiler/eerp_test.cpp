// SPDX-License-Identifier: Apache-2.0
#include "ingest/eerp.hpp"

#include <gtest/gtest.h>

#include "ingot/abi.h"

namespace ingot::compiler::ingest {
namespace {

using format::ExternKind;
using format::FunctionType;
constexpr std::uint8_t i32 = INGOT_TYPE_I32;
constexpr std::uint8_t i64 = INGOT_TYPE_I64;
constexpr std::uint8_t f64 = INGOT_TYPE_F64;

/// Modules by hand: only what the contract looks at.
struct Draft {
  Module module;
  Draft& import(const char* from, const char* name, FunctionType type) {
    ModuleImport import;
    import.module = from;
    import.name = name;
    import.type_index = static_cast<std::uint32_t>(module.types.size());
    import.offset = 0x1f;
    module.types.push_back(std::move(type));
    module.functions.push_back(import.type_index);
    module.imports.push_back(std::move(import));
    return *this;
  }
  Draft& function(const char* name, FunctionType type) {
    module.exports.push_back({name, ExternKind::function, static_cast<std::uint32_t>(module.functions.size()), 0});
    module.functions.push_back(static_cast<std::uint32_t>(module.types.size()));
    module.types.push_back(std::move(type));
    return *this;
  }
  Draft& memory() {
    module.memories.push_back({1, {}});
    module.exports.push_back({"memory", ExternKind::memory, 0, 0});
    return *this;
  }
};

std::string imports_say(const Draft& draft) {
  const auto result = check_eerp_imports(draft.module);
  if (result.ok()) return "ok";
  EXPECT_EQ(exit_code_for(result.error().code), 3);
  return result.error().message;
}
std::string exports_say(const Draft& draft) {
  const auto result = check_eerp_exports(draft.module);
  return result.ok() ? "ok" : result.error().message;
}

TEST(Eerp, Takes_every_import_of_the_contract) {
  Draft draft;
  draft.import("host", "log", {{i32, i32}, {}}).import("host", "register_route", {{i32, i32, i32, i32, i32}, {i32}});
  draft.import("host", "register_route", {{i32, i32, i32, i32, i32, i32, i32}, {i32}}).import("host", "now_ms", {{}, {i64}});
  draft.import("env", "seed", {{}, {f64}}).import("env", "console.log", {{i32}, {}}).import("env", "abort", {{i32, i32, i32, i32}, {}});
  EXPECT_EQ(imports_say(draft), "ok");
}

TEST(Eerp, An_unknown_import_is_named_with_its_place_and_the_nearest_name) {
  EXPECT_EQ(imports_say(Draft().import("host", "qeury", {{i32, i32, i32, i32}, {i32}})),
            "unknown import host.qeury (section import, offset 0x1f); did you mean host.query?");
  EXPECT_EQ(imports_say(Draft().import("env", "log", {{i32, i32}, {}})),
            "unknown import env.log (section import, offset 0x1f); did you mean host.log?");
  EXPECT_EQ(imports_say(Draft().import("wasi_snapshot_preview1", "fd_write", {{}, {}})),
            "unknown import wasi_snapshot_preview1.fd_write (section import, offset 0x1f); abi/EERP.md lists what the host offers");
}

TEST(Eerp, A_wrong_type_says_expected_and_got) {
  EXPECT_EQ(imports_say(Draft().import("host", "log", {{i32}, {}})),
            "import host.log has the wrong type (section import, offset 0x1f): expected (i32, i32) -> (), got (i32) -> ()");
  const std::string two = imports_say(Draft().import("host", "register_route", {{}, {}}));
  EXPECT_NE(two.find(" or (i32, i32, i32, i32, i32, i32, i32) -> (i32), got () -> ()"), std::string::npos) << two;
}

TEST(Eerp, Memory_is_required) {
  EXPECT_EQ(exports_say(Draft()), "missing export memory: the host reads and writes requests there");
  EXPECT_EQ(exports_say(Draft().function("memory", {{}, {}})), "export memory is not a memory");
  EXPECT_EQ(exports_say(Draft().memory()), "ok");
}

TEST(Eerp, Handle_has_four_forms_and_needs_an_allocator) {
  for (const FunctionType& type : {FunctionType{{i32, i32, i32}, {i32, i32}}, FunctionType{{i32, i32, i32}, {i64}},
                                   FunctionType{{i32, i32, i32}, {i32}}, FunctionType{{i32, i32, i32, i32}, {}}}) {
    EXPECT_TRUE(exports_say(Draft().memory().function("handle", type)).starts_with("missing export alloc"));
    EXPECT_EQ(exports_say(Draft().memory().function("handle", type).function("alloc", {{i32}, {i32}})), "ok");
    EXPECT_EQ(exports_say(Draft().memory().function("handle", type).function("cabi_realloc", {{i32, i32, i32, i32}, {i32}})), "ok");
  }
  EXPECT_TRUE(exports_say(Draft().memory().function("handle", {{i32}, {}})).starts_with("export handle has the wrong type: expected (i32, i32, i32)"));
}

TEST(Eerp, A_module_that_registers_routes_must_handle_them) {
  Draft draft = Draft().import("host", "register_route", {{i32, i32, i32, i32, i32}, {i32}}).memory();
  EXPECT_TRUE(exports_say(draft).starts_with("missing export handle"));
}

TEST(Eerp, What_describes_the_routes_is_typed_like_migrate) {
  EXPECT_EQ(exports_say(Draft().memory().function("openapi", {{}, {i32}}).function("openapi_len", {{}, {i32}})), "ok");
  EXPECT_TRUE(exports_say(Draft().memory().function("openapi", {{}, {i64}})).starts_with("export openapi has the wrong type"));
  EXPECT_TRUE(exports_say(Draft().memory().function("openapi_len", {{i32}, {i32}})).starts_with("export openapi_len has the wrong type"));
}

TEST(Eerp, Migrate_and_migrate_len_come_together) {
  EXPECT_TRUE(exports_say(Draft().memory().function("migrate", {{}, {i32}})).starts_with("missing export migrate_len"));
  EXPECT_TRUE(exports_say(Draft().memory().function("migrate_len", {{}, {i32}})).starts_with("missing export migrate:"));
  EXPECT_EQ(exports_say(Draft().memory().function("migrate", {{}, {i32}}).function("migrate_len", {{}, {i32}})), "ok");
  EXPECT_TRUE(exports_say(Draft().memory().function("migrate", {{}, {i64}})).starts_with("export migrate has the wrong type"));
}

}  // namespace
}  // namespace ingot::compiler::ingest
