// SPDX-License-Identifier: Apache-2.0
#include "lower/segments.hpp"

#include <gtest/gtest.h>

#include <string>

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
  EXPECT_NE(segments->assembly.find(".set data_segment_data_w2c_m_d1,.Lsegments+3\n"), std::string::npos);
}

// clang maps the file again for each: 38000 segments of a Go module were more memory than it may ask for.
TEST(Segments, However_many_name_the_file_once) {
  SourceFiles files{{"m_0.c", ""}};
  for (int index = 0; index < 1000; ++index) files["m_0.c"] += "const u8 data_segment_data_w2c_m_d" + std::to_string(index) + "[] = {\n  0x01, \n};\n";
  const auto segments = extract_segments(files);
  ASSERT_TRUE(segments.ok());
  const std::size_t first = segments->assembly.find(".incbin \"segments.bin\"\n");
  EXPECT_NE(first, std::string::npos);
  EXPECT_EQ(segments->assembly.find(".incbin", first + 1), std::string::npos);
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
