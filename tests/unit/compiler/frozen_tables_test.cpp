// SPDX-License-Identifier: Apache-2.0
// Which tables count as known, on text of the shape that wasm2c writes, and what a call finds in one, through the whole pipeline.

#include "lower/frozen_tables.hpp"

#include <gtest/gtest.h>

#include <array>

#include "fake_runtime.hpp"
#include "native/toolchain.hpp"
#include "pipeline.hpp"
#include "process/files.hpp"
#include "wat.hpp"

namespace ingot::compiler::lower {
namespace {

constexpr const char* generated = R"(#define CALL_INDIRECT(table, t, ft, x, ...) \
  (CHECK_CALL_INDIRECT(table, ft, x),       \
   DO_CALL_INDIRECT(table, t, x, __VA_ARGS__))

FUNC_TYPE_T(w2c_m_t0) = "\x01\x02";
FUNC_TYPE_T(w2c_m_t1) = "\x03\x04";
FUNC_TYPE_T(w2c_m_t2) = "\x01\x02";
static const wasm_elem_segment_expr_t elem_segment_exprs_w2c_m_e0[] = {
  {RefFunc, w2c_m_t0, (wasm_rt_function_ptr_t)wrap_w2c_m_f1, {NULL}, 0},
  {RefFunc, w2c_m_t1, (wasm_rt_function_ptr_t)wrap_w2c_m_f2, {NULL}, 0},
  {RefNull, NULL, NULL, {NULL}, 0},
  {RefFunc, w2c_m_t2, (wasm_rt_function_ptr_t)wrap_w2c_m_f3, {NULL}, 0},
};
static void init_tables(w2c_m* instance) {
  wasm_rt_allocate_funcref_table(&instance->w2c_T0, 6, 6);
  funcref_table_init(&instance->w2c_T0, elem_segment_exprs_w2c_m_e0, 4, 1u, 0, 4, instance);
}
u32 w2c_m_f4(w2c_m* instance) {
  var_i0 = CALL_INDIRECT(instance->w2c_T0, u32 (*)(void*, u32), w2c_m_t0, var_i1, instance->w2c_T0.data[var_i1].module_instance, var_i0);
  CALL_INDIRECT(instance->w2c_T0, void (*)(void*), w2c_m_t1, var_i1, instance->w2c_T0.data[var_i1].module_instance);
}
void wasm2c_m_free(w2c_m* instance) {
  wasm_rt_free_funcref_table(&instance->w2c_T0);
}
)";

std::string frozen(std::string text) {
  SourceFiles files{{"m.c", std::move(text)}};
  freeze_tables(files);
  return files["m.c"];
}

bool has(const std::string& text, const char* piece) { return text.find(piece) != std::string::npos; }

std::string with(const char* place, const std::string& put) {
  std::string text = generated;
  const std::size_t at = text.find(place);
  EXPECT_NE(at, std::string::npos) << place;
  return text.replace(at, std::string(place).size(), put);
}

TEST(FrozenTables, A_call_looks_its_function_up_in_an_array_of_its_type) {
  const std::string text = frozen(generated);
  EXPECT_TRUE(has(text, "var_i0 = INGOT_CALL_FROZEN(ingot_w2c_T0_w2c_m_t0, 6, u32 (*)(void*, u32), var_i1, instance, var_i0);"));
  EXPECT_TRUE(has(text, "  INGOT_CALL_FROZEN(ingot_w2c_T0_w2c_m_t1, 6, void (*)(void*), var_i1, instance);"));
  EXPECT_FALSE(has(text, "CALL_INDIRECT(instance->"));
  EXPECT_TRUE(has(text, "ingot_w2c_T0_w2c_m_t0[6] = {\n  [1] = (wasm_rt_function_ptr_t)w2c_m_f1,\n  [4] = (wasm_rt_function_ptr_t)w2c_m_f3,\n};"))
      << "by the type's structure, not by its name";
  EXPECT_TRUE(has(text, "ingot_w2c_T0_w2c_m_t1[6] = {\n  [2] = (wasm_rt_function_ptr_t)w2c_m_f2,\n};"));
}

TEST(FrozenTables, The_declarations_follow_the_macros_and_the_rest_stays) {
  const std::string text = frozen(generated);
  EXPECT_LT(text.find("extern const wasm_rt_function_ptr_t ingot_w2c_T0_w2c_m_t0[6]"), text.find("FUNC_TYPE_T"));
  EXPECT_TRUE(has(text, "funcref_table_init(&instance->w2c_T0, elem_segment_exprs_w2c_m_e0, 4, 1u, 0, 4, instance);"));
}

TEST(FrozenTables, Reading_the_table_does_no_harm) {
  const char* place = "void wasm2c_m_free";
  const std::string reads = "void g(w2c_m* instance) {\n  var_i0 = instance->w2c_T0.size;\n  var_r0 = funcref_table_get(&instance->w2c_T0, var_i0);\n}\n";
  EXPECT_TRUE(has(frozen(with(place, reads + place)), "INGOT_CALL_FROZEN(ingot_"));
}

class Spoiled : public ::testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(Spoiled, A_table_that_may_change_or_is_not_known_stays) {
  const std::string text = with(GetParam().first, GetParam().second);
  EXPECT_EQ(frozen(text), text);
}

constexpr const char* before_free = "void wasm2c_m_free(w2c_m* instance) {\n";

INSTANTIATE_TEST_SUITE_P(
    Each, Spoiled,
    ::testing::Values(
        std::pair(before_free, "void g(w2c_m* instance) {\n  funcref_table_set(&instance->w2c_T0, var_i0, var_r1);\n"),
        std::pair(before_free, "void g(w2c_m* instance) {\n  var_i0 = wasm_rt_grow_funcref_table(&instance->w2c_T0, var_i0, var_r1);\n"),
        std::pair(before_free, "void g(w2c_m* instance) {\n  funcref_table_fill(&instance->w2c_T0, var_i0, var_r1, var_i2);\n"),
        std::pair(before_free, "void g(w2c_m* instance) {\n  funcref_table_copy(&instance->w2c_T0, &instance->w2c_T1, var_i0, var_i1, var_i2);\n"),
        std::pair(before_free, "void g(w2c_m* instance) {\n  funcref_table_copy(&instance->w2c_T1, &instance->w2c_T0, var_i0, var_i1, var_i2);\n"),
        std::pair(before_free, "void g(w2c_m* instance) {\n  funcref_table_init(&instance->w2c_T0, elem_segment_exprs_w2c_m_e0, 4, 1u, 0, 4, instance);\n"),
        std::pair(before_free, "wasm_rt_funcref_table_t* w2c_m_e1(w2c_m* instance) {\n  return &instance->w2c_T0;\n"),
        std::pair("wrap_w2c_m_f2, {NULL}, 0}", "wrap_w2c_h_f0, {NULL}, offsetof(w2c_m, w2c_h_instance)}"),
        std::pair("wrap_w2c_m_f2, {NULL}, 0}", "wrap_w2c_m_f2, {NULL}, 8}"),
        std::pair("{RefNull, NULL, NULL, {NULL}, 0}", "{GlobalGet, NULL, NULL, {NULL}, offsetof(w2c_m, w2c_g0)}"),
        std::pair("4, 1u, 0, 4, instance", "4, instance->w2c_g0, 0, 4, instance"),
        std::pair("4, 1u, 0, 4, instance", "4, 3u, 0, 4, instance"),
        std::pair("4, 1u, 0, 4, instance", "4, 4294967295u, 0, 4, instance"),
        std::pair("w2c_T0, 6, 6)", "w2c_T0, 1000000, 1000000)")));

// (module
//   (type $a (func (param i32) (result i32)))
//   (type $same (func (param i32) (result i32)))
//   (type $b (func (param i64) (result i64)))
//   (table 6 6 funcref)
//   (elem (i32.const 1) func $double $long)
//   (elem (table 0) (offset (i32.const 3)) funcref (ref.func $triple) (ref.null func))
//   (func $double (type $a) (i32.mul (local.get 0) (i32.const 2)))
//   (func $triple (type $same) (i32.mul (local.get 0) (i32.const 3)))
//   (func $long (type $b) (local.get 0))
//   (func (export "call") (param i32 i32) (result i32) (call_indirect (type $a) (local.get 0) (local.get 1)))
//   (func (export "long") (param i64 i32) (result i64) (call_indirect (type $b) (local.get 0) (local.get 1))))
constexpr const char* table_module =
    "0061736d01000000011c0560017f017f60017f017f60017e017e60027f7f017f60027e7f017e030605000102030404050170010606070f020463616c"
    "6c0003046c6f6e6700040913020041010b0200020441030b02d2010bd0700b0a2a050700200041026c0b0700200041036c0b040020000b0900200020"
    "011100000b0900200020011102000b";

TEST(FrozenTables, What_a_call_finds) {
  const auto tools = native::find_toolchain();
  if (!tools.ok()) GTEST_SKIP() << tools.error().message;
  for (const Optimisation optimisation : {Optimisation::dev, Optimisation::release}) {
    const std::string path = ::testing::TempDir() + "frozen_table.wasm";
    ASSERT_TRUE(process::write_file(path, hex_bytes(table_module)).ok());
    Request request;
    request.input = path;
    request.contract = ContractChoice::none;
    request.targets = {"x86-64-v2"};
    request.optimisation = optimisation;
    const auto bundle = build(request);
    ASSERT_TRUE(bundle.ok()) << bundle.error().message;
    const format::Bytes bytes = (*bundle)->bytes();
    const auto view = format::parse_bundle(bytes);
    ASSERT_TRUE(view.ok());
    fake::Island island(view->objects[0].bytes, {});
    ASSERT_EQ(island.status(), 0);
    // Elements: 1 double, 2 long, 3 triple; 0, 4 and 5 empty.
    const int trap = INGOT_TRAP_CALL_INDIRECT;
    const std::array<int, 8> answers{trap, 0, trap, 0, trap, trap, trap, trap};
    const std::array<std::uint32_t, 8> indices{0, 1, 2, 3, 4, 5, 6, 0xffffffff};
    for (std::size_t i = 0; i < indices.size(); ++i) {
      ingot_slot slots[2]{};
      slots[0].i32 = 5, slots[1].i32 = indices[i];
      EXPECT_EQ(island.call(0, slots), answers[i]) << indices[i];
      if (answers[i] == 0) EXPECT_EQ(slots[0].i32, indices[i] == 1 ? 10u : 15u);
    }
    ingot_slot slots[2]{};
    slots[0].i64 = 1ull << 40, slots[1].i32 = 2;
    EXPECT_EQ(island.call(1, slots), 0);
    EXPECT_EQ(slots[0].i64, 1ull << 40);
    slots[1].i32 = 1;
    EXPECT_EQ(island.call(1, slots), trap);
  }
}

}  // namespace
}  // namespace ingot::compiler::lower
