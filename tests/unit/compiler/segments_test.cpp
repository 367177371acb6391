// SPDX-License-Identifier: Apache-2.0
#include "lower/segments.hpp"

#include <gtest/gtest.h>

namespace {

using ingot::compiler::SourceFiles;
using ingot::compiler::lower::extract_segments;

TEST(Segments, Leave_the_C_with_their_bytes_and_order) {
  SourceFiles files{{"m_0.c", "int a;\nconst u8 data_segment_data_w2c_m_d0[] = {\n  0x00, 0xff, \n  0x61, \n};\n\nint b;\n"
                              "const u8 data_segment_data_w2c_m_d1[] = {\n  0x7f, \n};\n"},
                    {"m_1.c", "extern const u8 data_segment_data_w2c_m_d0[];\nint c;\n"}};
  const auto segments = extract_segments(files);
  ASSERT_TRUE(segments.ok());
  EXPECT_EQ(segments->bytes, std::string("\0\xff" "a\x7f", 4));
  EXPECT_EQ(files["m_0.c"],
            "int a;\nextern const u8 data_segment_data_w2c_m_d0[] __attribute__((visibility(\"hidden\")));\n\nint b;\n"
            "extern const u8 data_segment_data_w2c_m_d1[] __attribute__((visibility(\"hidden\")));\n");
  EXPECT_EQ(files["m_1.c"], "extern const u8 data_segment_data_w2c_m_d0[];\nint c;\n");
  EXPECT_EQ(files.size(), 2u);
  EXPECT_NE(segments->assembly.find(".incbin \"segments.bin\",3,1"), std::string::npos);
}

TEST(Segments, Of_a_single_part_are_no_longer_static) {
  SourceFiles files{{"m.c", "static const u8 data_segment_data_w2c_m_d0[] = {\n  0x01, \n};\n"}};
  ASSERT_TRUE(extract_segments(files).ok());
  EXPECT_EQ(files["m.c"], "extern const u8 data_segment_data_w2c_m_d0[] __attribute__((visibility(\"hidden\")));\n");
}

TEST(Segments, A_module_without_any_stays_as_it_is) {
  SourceFiles files{{"m.c", "int a;\n"}};
  const auto segments = extract_segments(files);
  ASSERT_TRUE(segments.ok());
  EXPECT_TRUE(segments->assembly.empty());
  EXPECT_EQ(files, (SourceFiles{{"m.c", "int a;\n"}}));
}

TEST(Segments, In_another_form_are_refused_not_guessed) {
  for (const char* body : {"  0x01, evil(), \n", "  0x1, \n", "  1, \n", "  0x01 \n", "  0xGG, \n"}) {
    SourceFiles files{{"m.c", std::string("const u8 data_segment_data_w2c_m_d0[] = {\n") + body + "};\n"}};
    EXPECT_FALSE(extract_segments(files).ok()) << body;
  }
  SourceFiles open{{"m.c", "const u8 data_segment_data_w2c_m_d0[] = {\n  0x01, \n"}};
  EXPECT_FALSE(extract_segments(open).ok());
}

}  // namespace
