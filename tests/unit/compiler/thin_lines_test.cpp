// SPDX-License-Identifier: Apache-2.0
#include "lower/thin_lines.hpp"

#include <gtest/gtest.h>

namespace ingot::compiler::lower {
namespace {

std::string joined(std::string text) {
  join_lines(text);
  return text;
}

TEST(ThinLines, A_guest_function_stands_on_one_line) {
  EXPECT_EQ(joined("#include \"m.h\"\n\nu32 w2c_m_f1(w2c_m* instance, u32 var_p0) {\n  var_i0 = 1u;\n  if (var_i0) {\n  }\n}\n\nu32 x;\n"),
            "#include \"m.h\"\n\nu32 w2c_m_f1(w2c_m* instance, u32 var_p0) {   var_i0 = 1u;   if (var_i0) {   } }\n\nu32 x;\n");
}

TEST(ThinLines, Directives_keep_lines_of_their_own) {
  EXPECT_EQ(joined("void w2c_m_f1(w2c_m* instance) {\n  a;\n#if B\n  c;\n#endif\n  d;\n}\n"),
            "void w2c_m_f1(w2c_m* instance) {   a; \n#if B\n  c; \n#endif\n  d; }\n");
}

TEST(ThinLines, Everything_else_stays) {
  for (const char* text : {"static const u8 data[] = {\n  1,\n};\n", "#define A(x) \\\n  b(x)\n", "struct w2c_m {\n  u32 a;\n};\n", "static void init_tables(w2c_m* instance) {\n  a;\n}\n"}) {
    EXPECT_EQ(joined(text), text);
  }
}

TEST(ThinLines, Helpers_have_no_place) {
  std::string text = "static inline u32 a(void) {\n  static inline u64 b(void)";
  hide_helpers(text);
  EXPECT_EQ(text, "static inline __attribute__((nodebug)) u32 a(void) {\n  static inline __attribute__((nodebug)) u64 b(void)");
}

}  // namespace
}  // namespace ingot::compiler::lower
