// SPDX-License-Identifier: Apache-2.0
// The translator's helpers, in the words of wasm2c 1.0.42, with and without their questions. What they compute, the specification's scripts ask.
#include "lower/nan_checks.hpp"

#include <gtest/gtest.h>

#include <string>

namespace ingot::compiler::lower {
namespace {

const std::string definitions = "static double quiet_nan(double x) {\n  return x;\n}\n\n#define wasm_quietf(x) (x)\n";

std::string without_checks(std::string text) {
  drop_nan_checks(text);
  return text;
}

TEST(NanChecks, One_instruction_is_asked_for_without_a_question) {
  EXPECT_EQ(without_checks(definitions + "static double wasm_floor(double x) {\n  if (UNLIKELY(isnan(x))) {\n    return quiet_nan(x);\n  }\n  return floor(x);\n}\n"),
            definitions + "static double wasm_floor(double x) {\n  return floor(x);\n}\n");
  EXPECT_EQ(without_checks(definitions + "static float wasm_sqrtf(float x) {\n  if (UNLIKELY(isnan(x))) {\n    return quiet_nanf(x);\n  }\n\n#if A\n  return a(x);\n#endif\n}\n"),
            definitions + "static float wasm_sqrtf(float x) {\n\n#if A\n  return a(x);\n#endif\n}\n");
}

TEST(NanChecks, Nothing_is_left_of_what_stands_before_a_conversion) {
  EXPECT_EQ(without_checks("static double wasm_quiet(double x) {\n  if (UNLIKELY(isnan(x))) {\n    return quiet_nan(x);\n  }\n  return x;\n}\n"
                           "static float wasm_quietf(float x) {\n  if (UNLIKELY(isnan(x))) {\n    return quiet_nanf(x);\n  }\n  return x;\n}\n"),
            "#define wasm_quiet(x) (x)\n#define wasm_quietf(x) (x)\n");
}

TEST(NanChecks, An_absolute_value_is_a_bit) {
  EXPECT_EQ(without_checks(definitions + "static float wasm_fabsf(float x) {\n  if (UNLIKELY(isnan(x))) {\n    uint32_t tmp;\n    wasm_rt_memcpy(&tmp, &x, 4);\n"
                                         "    tmp = tmp & ~(1UL << 31);\n    wasm_rt_memcpy(&x, &tmp, 4);\n    return x;\n  }\n  return fabsf(x);\n}\n"),
            definitions + "static float wasm_fabsf(float x) {\n  return fabsf(x);\n}\n");
}

TEST(NanChecks, What_is_written_differently_stays) {
  for (const char* helper : {"static double wasm_floor(double x) {\n  if (isnan(x)) {\n    return quiet_nan(x);\n  }\n  return floor(x);\n}\n",
                             "static double wasm_round(double x) {\n  if (UNLIKELY(isnan(x))) {\n    return quiet_nan(x);\n  }\n  return round(x);\n}\n",
                             "static double wasm_fabs(double x) {\n  if (UNLIKELY(isnan(x))) {\n    return x;\n  }\n  return fabs(x);\n}\n"}) {
    EXPECT_EQ(without_checks(definitions + helper), definitions + helper);
  }
}

}  // namespace
}  // namespace ingot::compiler::lower
