// SPDX-License-Identifier: Apache-2.0
// What is written left is what wasm2c writes for a few instructions; right is what C's and WebAssembly's rules let become of it, by hand.
#include "lower/nest.hpp"

#include <gtest/gtest.h>

namespace ingot::compiler::lower {
namespace {

constexpr std::string_view stack =
    "u32 var_i0, var_i1, var_i2, var_i3; u64 var_j0, var_j1; f32 var_f0, var_f1; f64 var_d0, var_d1; v128 var_o0, var_o1; ";

constexpr NestRules direct{.accesses = Accesses::direct};

/// The body of a function that had `statements` in it, without the declarations that stay.
std::string nested_body(const std::string& statements, std::size_t expected_left_alone = 0, const NestRules& rules = {}) {
  const std::string head = "void w2c_m_f1(w2c_m* instance, u32 var_p0) {";
  std::size_t left_alone = 0;
  const std::string result = nested(head + std::string(stack) + statements + "}\n", rules, left_alone);
  EXPECT_EQ(left_alone, expected_left_alone);
  EXPECT_TRUE(result.starts_with(head) && result.ends_with("}\n")) << result;
  return result.substr(head.size() + 1, result.size() - head.size() - 3);
}

TEST(Nest, A_copy_and_a_constant_go_where_they_are_read) {
  EXPECT_EQ(nested_body("var_i0 = var_p0;\nvar_i1 = 1u;\nvar_i0 += var_i1;\nvar_l3 = var_i0;\n"), "var_l3 = var_p0 + 1u; ");
  EXPECT_EQ(nested_body("var_j0 = var_l1; var_j1 = 3ull; var_j0 <<= (var_j1 & 63); var_l2 = var_j0; "), "var_l2 = var_l1 << (3ull & 63); ");
  EXPECT_EQ(nested_body("var_i0 = var_l1; var_i1 = var_l2; var_i0 = (u32)((s32)var_i0 < (s32)var_i1); var_l2 = var_i0; "),
            "var_l2 = (u32)((s32)var_l1 < (s32)var_l2); ");
}

TEST(Nest, Growing_a_memory_gives_sixty_four_bits_of_which_a_variable_keeps_half) {
  EXPECT_EQ(nested_body("var_i0 = 1u; var_i0 = wasm_rt_grow_memory(&instance->w2c_M0, var_i0); var_i1 = 4294967295u; var_i0 = var_i0 != var_i1; var_l1 = var_i0; "),
            "var_l1 = (u32)wasm_rt_grow_memory(&instance->w2c_M0, 1u) != 4294967295u; ");
  EXPECT_EQ(nested_body("var_i0 = 1u; var_i0 = wasm_rt_grow_memory(&instance->w2c_M0, var_i0); var_l1 = var_i0; "),
            "var_l1 = wasm_rt_grow_memory(&instance->w2c_M0, 1u); ");
}

TEST(Nest, Exported_functions_are_functions_too) {
  const std::string text = "void w2c_m_e25_0(w2c_m* instance, u32 var_p0, u32 var_p1) { u32 var_i0, var_i1; var_i0 = var_p0; var_i1 = 1u; var_i0 += var_i1; var_p1 = var_i0; }\n"
                           "u32 w2c_m_e3(w2c_m* instance) { u32 var_i0; var_i0 = 7u; return var_i0; }\n"
                           "wasm_rt_memory_t* w2c_m_e0(w2c_m* instance) { return &instance->w2c_e0; }\n";
  std::size_t left_alone = 0;
  const std::string result = nested(text, direct, left_alone);
  EXPECT_NE(result.find("var_p1 = var_p0 + 1u;"), std::string::npos) << result;
  EXPECT_NE(result.find("return 7u;"), std::string::npos) << result;
  EXPECT_NE(result.find("{ return &instance->w2c_e0; }"), std::string::npos) << result;
}

TEST(Nest, Trees_keep_their_shape) {
  EXPECT_EQ(nested_body("var_i0 = var_l1; var_i1 = var_l2; var_i2 = var_l3; var_i1 -= var_i2; var_i0 -= var_i1; var_l4 = var_i0; "),
            "var_l4 = var_l1 - (var_l2 - var_l3); ");
  EXPECT_EQ(nested_body("var_i0 = var_l1; var_i1 = var_l2; var_i0 -= var_i1; var_i1 = var_l3; var_i0 *= var_i1; var_l4 = var_i0; "),
            "var_l4 = (var_l1 - var_l2) * var_l3; ");
}

TEST(Nest, A_comparison_is_an_int_in_C_and_becomes_unsigned_where_that_matters) {
  EXPECT_EQ(nested_body("var_i0 = var_l1; var_i1 = var_l2; var_i0 = var_i0 < var_i1; var_i1 = 1u; var_i0 -= var_i1; var_j0 = (u64)(var_i0); var_l3 = var_j0; "),
            "var_l3 = (u64)((u32)(var_l1 < var_l2) - 1u); ");
  EXPECT_EQ(nested_body("var_i0 = var_l1; var_i1 = var_l2; var_i0 = var_i0 < var_i1; var_i0 = !(var_i0); if (var_i0) { var_l1 = var_i1; } "),
            "u32 var_i1; var_i1 = var_l2; if (!(var_l1 < var_l2)) { var_l1 = var_i1; } ");
}

TEST(Nest, Numbers_keep_their_type) {
  // 4294967296.0f prints without a suffix; as a double it would turn the comparison into one of doubles.
  EXPECT_EQ(nested_body("var_f0 = var_l1; var_f1 = 4.2949673e+09; var_i0 = var_f0 < var_f1; var_l2 = var_i0; "), "var_l2 = var_l1 < (f32)4.2949673e+09; ");
  EXPECT_EQ(nested_body("var_f0 = var_l1; var_f1 = -1.5f; var_f0 -= var_f1; var_l2 = var_f0; "), "var_l2 = var_l1 - -1.5f; ");
  EXPECT_EQ(nested_body("var_d0 = var_l1; var_d1 = INFINITY; var_i0 = var_d0 == var_d1; var_l2 = var_i0; "), "var_l2 = var_l1 == (f64)INFINITY; ");
  EXPECT_EQ(nested_body("var_i0 = instance->w2c_memory.pages; var_j0 = (u64)(var_i0); var_l2 = var_j0; "), "var_l2 = (u64)((u32)(instance->w2c_memory.pages)); ");
}

TEST(Nest, A_copy_of_a_local_is_made_before_the_local_changes) {
  EXPECT_EQ(nested_body("var_i0 = var_l3; var_i1 = 7u; var_l3 = var_i1; var_l4 = var_i0; "), "u32 var_i0; var_i0 = var_l3; var_l3 = 7u; var_l4 = var_i0; ");
  EXPECT_EQ(nested_body("var_i0 = var_l3; var_i1 = 7u; var_i0 += var_i1; var_i1 = var_l2; var_l3 = var_i1; var_l4 = var_i0; "),
            "u32 var_i0; var_i0 = var_l3 + 7u; var_l3 = var_l2; var_l4 = var_i0; ");
  EXPECT_EQ(nested_body("var_i0 = var_l3; var_i1 = 7u; var_i0 += var_i1; var_l3 = var_i0; "), "var_l3 = var_l3 + 7u; ");
}

TEST(Nest, What_a_tee_leaves_is_the_local) {
  EXPECT_EQ(nested_body("var_i0 = i32_load(&instance->w2c_m, (u64)(var_i0)); var_l3 = var_i0; var_l4 = var_i0; "),
            "u32 var_i0; var_l3 = i32_load(&instance->w2c_m, (u64)(var_i0)); var_l4 = var_l3; ");
  EXPECT_EQ(nested_body("var_i0 = w2c_m_f2(instance); var_l3 = var_i0; var_i1 = 1u; var_l3 = var_i1; var_l4 = var_i0; "),
            "u32 var_i0; var_l3 = w2c_m_f2(instance); var_i0 = var_l3; var_l3 = 1u; var_l4 = var_i0; ");
}

TEST(Nest, A_load_stays_before_a_store_a_call_and_another_trap) {
  const std::string load = "var_i0 = var_l1; var_i0 = i32_load(&instance->w2c_m, (u64)(var_i0)); ";
  const std::string loaded = "u32 var_i0; var_i0 = i32_load(&instance->w2c_m, (u64)(var_l1)); ";
  EXPECT_EQ(nested_body(load + "var_i1 = var_l2; var_i2 = 5u; i32_store(&instance->w2c_m, (u64)(var_i1), var_i2); var_l4 = var_i0; "),
            loaded + "i32_store(&instance->w2c_m, (u64)(var_l2), 5u); var_l4 = var_i0; ");
  EXPECT_EQ(nested_body(load + "var_i1 = var_l2; w2c_m_f2(instance, var_i1); var_l4 = var_i0; "), loaded + "w2c_m_f2(instance, var_l2); var_l4 = var_i0; ");
  EXPECT_EQ(nested_body(load + "var_i1 = var_l2; var_i2 = var_l3; var_i1 = DIV_U(var_i1, var_i2); var_i0 += var_i1; var_l4 = var_i0; "),
            loaded + "var_l4 = var_i0 + (u32)(DIV_U(var_l2, var_l3)); ");
  EXPECT_EQ(nested_body(load + "var_i1 = 5u; instance->w2c_g0 = var_i1; var_l4 = var_i0; "), loaded + "instance->w2c_g0 = 5u; var_l4 = var_i0; ");
  EXPECT_EQ(nested_body(load + "memory_fill(&instance->w2c_m, var_l1, var_l2, var_l3); var_l4 = var_i0; "),
            loaded + "memory_fill(&instance->w2c_m, var_l1, var_l2, var_l3); var_l4 = var_i0; ");
}

TEST(Nest, A_store_takes_what_was_loaded_for_it) {
  EXPECT_EQ(nested_body("var_i0 = var_l1; var_i1 = var_l2; var_i1 = i32_load(&instance->w2c_m, (u64)(var_i1) + 4u); i32_store(&instance->w2c_m, (u64)(var_i0), var_i1); "),
            "i32_store(&instance->w2c_m, (u64)(var_l1), i32_load(&instance->w2c_m, (u64)(var_l2) + 4u)); ");
}

TEST(Nest, Two_loads_may_stand_in_one_expression_two_calls_may_not) {
  EXPECT_EQ(nested_body("var_i0 = i32_load(&instance->w2c_m, 0u); var_i1 = i32_load(&instance->w2c_m, 4u); var_i0 += var_i1; var_l1 = var_i0; "),
            "var_l1 = i32_load(&instance->w2c_m, 0u) + i32_load(&instance->w2c_m, 4u); ");
  EXPECT_EQ(nested_body("var_i0 = w2c_m_f2(instance); var_i1 = w2c_m_f3(instance); var_i0 += var_i1; var_l1 = var_i0; "),
            "u32 var_i0; var_i0 = w2c_m_f2(instance); var_l1 = var_i0 + w2c_m_f3(instance); ");
  EXPECT_EQ(nested_body("var_i0 = w2c_m_f2(instance); var_i1 = i32_load(&instance->w2c_m, 4u); var_i0 += var_i1; var_l1 = var_i0; "),
            "u32 var_i0; var_i0 = w2c_m_f2(instance); var_l1 = var_i0 + i32_load(&instance->w2c_m, 4u); ");
  EXPECT_EQ(nested_body("var_i0 = w2c_m_f2(instance); var_i0 = w2c_m_f3(instance, var_i0); var_l1 = var_i0; "), "var_l1 = w2c_m_f3(instance, w2c_m_f2(instance)); ");
}

// x * 1, x / 1, x - 0, x + -0 and demoting what was promoted make a signalling NaN a quiet one (IEEE 754-2019, 6.2); x does not.
TEST(Nest, A_compiler_that_simplifies_is_not_shown_what_it_would_leave_out) {
  const NestRules rules{.arithmetic = Arithmetic::simplified};
  for (const std::string number : {"1.0f", "-1.0f", "0.0f", "-0.f", "0x1p+0f", "-0x0p+0f"}) {
    EXPECT_EQ(nested_body("var_f0 = var_l1; var_f1 = " + number + "; var_f0 *= var_f1; var_l2 = var_f0; ", 0, rules),
              "f32 var_f1; var_f1 = " + number + "; var_l2 = var_l1 * var_f1; ");
    EXPECT_TRUE(nested_body("var_f0 = var_l1; var_f1 = " + number + "; var_f0 *= var_f1; var_l2 = var_f0; ").ends_with(number + "; "));
  }
  EXPECT_EQ(nested_body("var_d0 = -0.0; var_d1 = var_l1; var_d0 -= var_d1; var_l2 = var_d0; ", 0, rules), "f64 var_d0; var_d0 = -0.0; var_l2 = var_d0 - var_l1; ");
  EXPECT_EQ(nested_body("var_f0 = var_l1; var_f1 = 2.0f; var_f0 *= var_f1; var_l2 = var_f0; ", 0, rules), "var_l2 = var_l1 * 2.0f; ");
  EXPECT_EQ(nested_body("var_i0 = var_l1; var_i1 = 1u; var_i0 *= var_i1; var_l2 = var_i0; ", 0, rules), "var_l2 = var_l1 * 1u; ");
  EXPECT_EQ(nested_body("var_f0 = 3.0f; var_f1 = 2.0f; var_f0 -= var_f1; var_f1 = var_l1; var_f0 *= var_f1; var_l2 = var_f0; ", 0, rules),
            "f32 var_f0; var_f0 = 3.0f - 2.0f; var_l2 = var_f0 * var_l1; ");
  EXPECT_EQ(nested_body("var_f0 = var_l1; var_i1 = var_l3; var_f1 = (f32)(s32)(var_i1); var_f0 *= var_f1; var_l2 = var_f0; ", 0, rules),
            "f32 var_f1; var_f1 = (f32)(s32)(var_l3); var_l2 = var_l1 * var_f1; ");
  EXPECT_EQ(nested_body("var_f0 = var_l1; var_d0 = (f64)(var_f0); var_f0 = (f32)(var_d0); var_l2 = var_f0; ", 0, rules),
            "f64 var_d0; var_d0 = (f64)(var_l1); var_l2 = (f32)(var_d0); ");
  EXPECT_EQ(nested_body("var_f0 = var_l1; var_d0 = (f64)(var_f0); var_d1 = var_l3; var_d0 *= var_d1; var_f0 = (f32)(var_d0); var_l2 = var_f0; ", 0, rules),
            "f64 var_d0; var_d0 = ((f64)(var_l1)) * var_l3; var_l2 = (f32)(var_d0); ");
  EXPECT_EQ(nested_body("var_f0 = var_l1; var_d0 = (f64)(var_f0); var_d0 = -(var_d0); var_f0 = (f32)(var_d0); var_l2 = var_f0; ", 0, rules),
            "f64 var_d0; var_d0 = -((f64)(var_l1)); var_l2 = (f32)(var_d0); ");
}

TEST(Nest, What_is_dropped_still_traps_and_still_acts) {
  EXPECT_EQ(nested_body("var_i0 = i32_load(&instance->w2c_m, 0u); var_i0 = 1u; var_l1 = var_i0; "), "i32_load(&instance->w2c_m, 0u); var_l1 = 1u; ");
  EXPECT_EQ(nested_body("var_i0 = w2c_m_f2(instance); var_i0 = var_l1; var_l2 = var_i0; "), "w2c_m_f2(instance); var_l2 = var_l1; ");
  EXPECT_EQ(nested_body("var_i0 = var_l1; var_i1 = var_l2; var_i0 = I32_DIV_S(var_i0, var_i1); "), "I32_DIV_S(var_l1, var_l2); ");
  EXPECT_EQ(nested_body("var_i0 = var_l1; var_i1 = var_l2; var_i0 *= var_i1; "), "");
}

TEST(Nest, What_evaluates_an_argument_twice_gets_variables_only) {
  EXPECT_EQ(nested_body("var_i0 = var_l1; var_i1 = 1u; var_i0 += var_i1; var_i1 = 3u; var_i0 = REM_U(var_i0, var_i1); var_l2 = var_i0; "),
            "u32 var_i0; var_i0 = var_l1 + 1u; var_l2 = REM_U(var_i0, 3u); ");
  EXPECT_EQ(nested_body("var_i0 = w2c_m_f2(instance); var_i1 = 7u; CALL_INDIRECT(instance->w2c_T0, void (*)(void*, u32), w2c_m_t0, var_i1, "
                        "instance->w2c_T0.data[var_i1].module_instance, var_i0); "),
            "u32 var_i0; var_i0 = w2c_m_f2(instance); CALL_INDIRECT(instance->w2c_T0, void (*)(void*, u32), w2c_m_t0, 7u, "
            "instance->w2c_T0.data[7u].module_instance, var_i0); ");
}

TEST(Nest, A_select_evaluates_both_its_arms) {
  EXPECT_EQ(nested_body("var_i0 = i32_load(&instance->w2c_m, 0u); var_i1 = var_l1; var_i2 = var_l2; var_i0 = var_i2 ? var_i0 : var_i1; var_l3 = var_i0; "),
            "u32 var_i0; var_i0 = i32_load(&instance->w2c_m, 0u); var_l3 = var_l2 ? var_i0 : var_l1; ");
  EXPECT_EQ(nested_body("var_i0 = var_l1; var_i1 = var_l2; var_i2 = i32_load(&instance->w2c_m, 0u); var_i0 = var_i2 ? var_i0 : var_i1; var_l3 = var_i0; "),
            "var_l3 = i32_load(&instance->w2c_m, 0u) ? var_l1 : var_l2; ");
}

TEST(Nest, What_is_read_behind_a_block_is_written_before_it) {
  // (local.get 1) (local.get 2) (if (then (local.set 3 (i32.const 5)))) (local.set 4)
  EXPECT_EQ(nested_body("var_i0 = var_l1; var_i1 = var_l2; if (var_i1) { var_i1 = 5u; var_l3 = var_i1; } var_l4 = var_i0; "),
            "u32 var_i0; var_i0 = var_l1; if (var_l2) { var_l3 = 5u; } var_l4 = var_i0; ");
  // The result of an if with an else.
  EXPECT_EQ(nested_body("var_i0 = var_l1; if (var_i0) { var_i0 = 5u; } else { var_i0 = 6u; } var_l2 = var_i0; "),
            "u32 var_i0; if (var_l1) { var_i0 = 5u; } else { var_i0 = 6u; } var_l2 = var_i0; ");
  // What nothing reads behind the loop is not written: the copy that local.set leaves.
  EXPECT_EQ(nested_body("var_L1: var_i0 = var_l1; var_i1 = 1u; var_i0 -= var_i1; var_l1 = var_i0; if (var_i0) {goto var_L1;} "),
            "var_L1:; var_l1 = var_l1 - 1u; if (var_l1) goto var_L1; ");
  // A value that a loop's every round reads again.
  EXPECT_EQ(nested_body("var_i0 = var_l1; var_L1: var_i1 = var_l2; w2c_m_f2(instance, var_i1); var_i1 = var_l3; if (var_i1) {goto var_L1;} var_l4 = var_i0; "),
            "u32 var_i0; var_i0 = var_l1; var_L1:; w2c_m_f2(instance, var_l2); if (var_l3) goto var_L1; var_l4 = var_i0; ");
}

TEST(Nest, A_branch_with_a_value_writes_the_variable_that_its_label_reads) {
  EXPECT_EQ(nested_body("var_i0 = 5u; var_i1 = var_l1; if (var_i1) {goto var_B1;} var_i0 = 6u; var_B1:; var_l2 = var_i0; "),
            "u32 var_i0; var_i0 = 5u; if (var_l1) goto var_B1; var_i0 = 6u; var_B1:; var_l2 = var_i0; ");
  // Not of use at the label: it stays pending behind the branch.
  EXPECT_EQ(nested_body("var_i0 = 5u; var_i1 = var_l1; if (var_i1) {goto var_B1;} var_l3 = var_i0; var_B1:; "), "if (var_l1) goto var_B1; var_l3 = 5u; var_B1:; ");
  // A load is not skipped by the branch behind it.
  EXPECT_EQ(nested_body("var_i0 = i32_load(&instance->w2c_m, 0u); var_i1 = var_l1; if (var_i1) {goto var_B1;} var_l3 = var_i0; var_B1:; "),
            "u32 var_i0; var_i0 = i32_load(&instance->w2c_m, 0u); if (var_l1) goto var_B1; var_l3 = var_i0; var_B1:; ");
  // From depth 2 to the label's depth 0.
  EXPECT_EQ(nested_body("var_i0 = var_l1; var_i1 = var_l2; var_i2 = 9u; var_i0 = var_i2; goto var_B1; var_B1:; var_l3 = var_i0; "),
            "u32 var_i0; var_i0 = 9u; goto var_B1; var_B1:; var_l3 = var_i0; ");
}

TEST(Nest, A_switch_keeps_the_jumps_that_its_default_does_not_make) {
  EXPECT_EQ(nested_body("var_i0 = var_l1; switch (var_i0) { case 0: goto var_B1; case 1: goto var_B2; case 2: goto var_B1; default: goto var_B1; } var_B2:; "
                        "w2c_m_f2(instance); var_B1:; "),
            "switch (var_l1) { case 1: goto var_B2; default: goto var_B1; } var_B2:; w2c_m_f2(instance); var_B1:; ");
}

TEST(Nest, Several_results_and_vectors_are_written_where_they_were) {
  EXPECT_EQ(nested_body("var_i0 = var_l1; { struct wasm_multi_ij tmp = w2c_m_f2(instance, var_i0); var_i0 = tmp.i0; var_j1 = tmp.j1; } var_l2 = var_i0; var_l3 = var_j1; "),
            "u32 var_i0; u64 var_j1; { struct wasm_multi_ij tmp = w2c_m_f2(instance, var_l1); var_i0 = tmp.i0; var_j1 = tmp.j1; } var_l2 = var_i0; var_l3 = var_j1; ");
  EXPECT_EQ(nested_body("var_o0 = var_l1; var_i1 = 3u; var_o0 = simde_wasm_i32x4_shl(var_o0, var_i1); var_l1 = var_o0; "),
            "v128 var_o0; var_o0 = var_l1; var_o0 = simde_wasm_i32x4_shl(var_o0, 3u); var_l1 = var_o0; ");
}

TEST(Nest, A_trap_comes_behind_what_came_before_it_and_needs_no_values) {
  EXPECT_EQ(nested_body("var_i0 = i32_load(&instance->w2c_m, 0u); var_i1 = 5u; UNREACHABLE; var_B0:; var_l1 = var_i1; "),
            "u32 var_i1; i32_load(&instance->w2c_m, 0u); UNREACHABLE; var_B0:; var_l1 = var_i1; ");
}

TEST(Nest, What_traps_stays_on_its_line) {
  EXPECT_EQ(nested_body("\n#line 3 \"a.c\"\nvar_i0 = i32_load(&instance->w2c_m, 0u); var_i1 = var_l1; \n#line 4 \"a.c\"\nvar_i0 += var_i1; var_l2 = var_i0; "),
            "u32 var_i0; \n#line 3 \"a.c\"\nvar_i0 = i32_load(&instance->w2c_m, 0u); \n#line 4 \"a.c\"\nvar_l2 = var_i0 + var_l1; ");
}

TEST(Nest, A_function_with_anything_unknown_stays_as_it_is) {
  for (const char* statement : {"var_i0 = some_call(var_i1); ", "asm(\"\"); ", "var_i9 = 1u; ", "for (;;) { } ", "if (var_i0) { ", "var_x0 = 1u; ", "#define A\n",
                                "var_i0 = var_l1 = 3u; ", "goto *var_i0; ", "u32 other; "}) {
    EXPECT_EQ(nested_body(statement, 1), std::string(stack).substr(1) + statement) << statement;
  }
}

TEST(Nest, Without_an_optimiser_memory_is_accessed_directly) {
  const std::string begin = "uint8_t* const wasm_rt_local_memory_base = b; uint64_t wasm_rt_local_memory_size = s; (void)wasm_rt_local_memory_base; "
                            "(void)wasm_rt_local_memory_size; ";
  const std::string where = "_default32(wasm_rt_local_memory_base, wasm_rt_local_memory_size, &instance->w2c_memory, ";
  const std::string load = "var_i0 = var_l1; var_i0 = i32_load8_s" + where + "(u64)(var_i0) + 4u); ";
  EXPECT_EQ(nested_body(begin + load + "var_l2 = var_i0; ", 0, direct),
            "uint8_t* const wasm_rt_local_memory_base = b; var_l2 = (u32)*(ingot_at_s8*)(wasm_rt_local_memory_base + var_l1 + 4u); ");
  EXPECT_EQ(nested_body(begin + load + "var_l2 = var_i0; "),
            "uint8_t* const wasm_rt_local_memory_base = b; uint64_t wasm_rt_local_memory_size = s; var_l2 = i32_load8_s" + where + "(u64)(var_l1) + 4u); ");
  // The address is a sum of 32 bits, and what is stored an int that becomes what it is stored as.
  EXPECT_EQ(nested_body(begin + "var_i0 = var_l1; var_i1 = var_l2; var_i0 += var_i1; var_i1 = var_l3; var_i2 = 9u; var_i1 = var_i1 == var_i2; i32_store8" + where +
                            "(u64)(var_i0), var_i1); ",
                        0, direct),
            "uint8_t* const wasm_rt_local_memory_base = b; *(ingot_at_u8*)(wasm_rt_local_memory_base + (var_l1 + var_l2)) = var_l3 == 9u; ");
  EXPECT_EQ(nested_body(begin + load + "var_i0 = 5u; var_l2 = var_i0; ", 0, direct),
            "uint8_t* const wasm_rt_local_memory_base = b; (u32)*(ingot_at_s8*)(wasm_rt_local_memory_base + var_l1 + 4u); var_l2 = 5u; ");
  EXPECT_EQ(nested_body(begin, 0, direct), "");
}

TEST(Nest, Deep_and_long_expressions_are_cut) {
  std::string sum = "var_i0 = var_l1; ";
  for (int i = 0; i < 500; ++i) sum += "var_i1 = var_l2; var_i0 ^= var_i1; ";
  const std::string result = nested_body(sum + "var_l3 = var_i0; ");
  int depth = 0, deepest = 0;
  for (const char c : result) deepest = std::max(deepest, depth += c == '(' ? 1 : c == ')' ? -1 : 0);
  EXPECT_LE(deepest, 100);
  EXPECT_GE(deepest, 20);
}

}  // namespace
}  // namespace ingot::compiler::lower
