// SPDX-License-Identifier: Apache-2.0
#include "lower/own_declarations.hpp"

#include <gtest/gtest.h>

namespace ingot::compiler::lower {
namespace {

constexpr const char* header = R"(#include "m.h"
FUNC_TYPE_DECL_EXTERN_T(w2c_m_t0);
FUNC_TYPE_DECL_EXTERN_T(w2c_m_t1);
void w2c_m_f1(w2c_m*, u32);
struct wasm_multi_ii w2c_m_f12(w2c_m*);
u32 w2c_m_f2(w2c_m*);
void w2c_m_f3(w2c_m*);
static inline void helper(w2c_m* instance) { w2c_m_f3(instance); }
#define CALLS \
  w2c_m_f4(w2c_m*);
#if 0
void w2c_m_f5(w2c_m*);
#endif
extern const u8 data_segment_data_w2c_m_d0[] __attribute__((visibility("hidden")));
extern const u8 data_segment_data_w2c_m_d1[];
)";

TEST(OwnDeclarations, Go_to_the_parts_that_mention_them_and_stay_where_the_header_does) {
  SourceFiles files{{"m-impl.h", header},
                    {"m_0.c", "#include \"m-impl.h\"\nvoid w2c_m_f1(w2c_m* instance, u32 var_p0) { w2c_m_f2(instance); w2c_m_f3(instance); g(w2c_m_t1); }\n"},
                    {"m_1.c", "#include \"m-impl.h\"\nu32 w2c_m_f2(w2c_m* instance) { w2c_m_f12(instance); x(data_segment_data_w2c_m_d1); w2c_m_f123(instance); }\n"},
                    {"memory.c", "void w2c_m_f2();\n"}};
  declare_where_mentioned(files);
  EXPECT_EQ(files["m-impl.h"],
            "#include \"m.h\"\nvoid w2c_m_f3(w2c_m*);\nstatic inline void helper(w2c_m* instance) { w2c_m_f3(instance); }\n"
            "#define CALLS \\\n  w2c_m_f4(w2c_m*);\n#if 0\nvoid w2c_m_f5(w2c_m*);\n#endif\n");
  EXPECT_TRUE(files["m_0.c"].starts_with("#include \"m-impl.h\"\nFUNC_TYPE_DECL_EXTERN_T(w2c_m_t1);\nvoid w2c_m_f1(w2c_m*, u32);\nu32 w2c_m_f2(w2c_m*);\nvoid w2c_m_f1(w2c_m* instance"))
      << files["m_0.c"];
  EXPECT_TRUE(files["m_1.c"].starts_with("#include \"m-impl.h\"\nstruct wasm_multi_ii w2c_m_f12(w2c_m*);\nu32 w2c_m_f2(w2c_m*);\nextern const u8 data_segment_data_w2c_m_d1[];\nu32"))
      << files["m_1.c"];
  EXPECT_EQ(files["memory.c"], "void w2c_m_f2();\n");
}

TEST(OwnDeclarations, Of_a_module_in_one_part_stay_as_they_are) {
  SourceFiles files{{"m.c", header}, {"m.h", "int x;\n"}};
  const SourceFiles before = files;
  declare_where_mentioned(files);
  EXPECT_EQ(files, before);
}

}  // namespace
}  // namespace ingot::compiler::lower
