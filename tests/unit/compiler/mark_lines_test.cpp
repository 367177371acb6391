// SPDX-License-Identifier: Apache-2.0
#include "lower/mark_lines.hpp"

#include <gtest/gtest.h>

#include "ingest/sections.hpp"
#include "lower/normalise.hpp"
#include "wat.hpp"

namespace ingot::compiler::lower {
namespace {

// (module (func (result i32) (i32.const 1) (i32.const 2) (i32.add)))
format::Bytes adder() { return module_bytes("01050160 00017f 0302 0100 0a09 01 07 00 4101 4102 6a 0b"); }

SourceLines lines_at(std::initializer_list<std::uint64_t> offsets) {
  SourceLines lines;
  lines.files = {{"src/a.rs", "/somewhere/src/a.rs"}};
  std::uint32_t line = 10;
  for (const std::uint64_t offset : offsets) lines.rows.push_back({offset, 0, line++});
  return lines;
}

std::uint64_t body_begin() { return ingest::read_module(adder())->bodies.at(0).begin; }

TEST(MarkLines, Without_lines_nothing_changes) {
  const auto wasm = adder();
  const auto module = *ingest::read_module(wasm);
  Marks marks;
  EXPECT_EQ(normal_bytes(module, wasm, SourceLines(), &marks), normal_bytes(module, wasm));
  EXPECT_EQ(marks.prefix, 0u);
}

TEST(MarkLines, A_mark_is_two_instructions_and_the_module_stays_one) {
  const auto wasm = adder();
  const auto module = *ingest::read_module(wasm);
  Marks marks;
  const auto marked = normal_bytes(module, wasm, lines_at({body_begin() + 1, body_begin() + 3}), &marks);
  ASSERT_EQ(marks.rows.size(), 2u);
  const auto again = ingest::read_module(marked);
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_EQ(again->code.instruction_count, module.code.instruction_count + 4);
}

TEST(MarkLines, A_row_inside_an_instruction_leaves_its_function_one_mark) {
  const auto wasm = adder();
  const auto module = *ingest::read_module(wasm);
  Marks marks;
  mark_code(module, wasm, lines_at({body_begin() + 1, body_begin() + 2, body_begin() + 3}), marks);
  ASSERT_EQ(marks.rows.size(), 1u);
  EXPECT_EQ(marks.rows[0].line, 10u);
}

TEST(MarkLines, Marks_become_directives_and_every_statement_has_its_line) {
  const auto lines = lines_at({1, 2});
  Marks marks;
  marks.prefix = 0x2b5ca6e31;
  marks.rows = lines.rows;
  const std::string first = "  var_j0 = " + std::to_string(marks.value(0)) + "ull;\n";
  const std::string second = "  var_j0 = " + std::to_string(marks.value(1)) + "ull;\n";
  SourceFiles files{{"m.c", "int before;\n\nu32 f(void) {\n  a;\n" + first + "  b;\n  c;\n" + second + "  d;\n}\n\nint behind;\n"}};
  place_lines(files, lines, marks);
  EXPECT_EQ(files["m.c"],
            "int before;\n\n#line 10 \"/g0\"\nu32 f(void) {   a; \n#line 10 \"/g0\"\n  b;   c; \n#line 11 \"/g0\"\n  d; }\n"
            "#line 1 \"/<ingot>\"\n\nint behind;\n");
}

TEST(MarkLines, A_constant_of_the_guest_that_looks_like_a_mark_makes_marks_look_different) {
  // i64.const of the prefix that is tried first, above 28 zero bits; dropped; in a function of no result.
  format::Bytes constant{0x42};
  for (std::uint64_t value = std::uint64_t{0x2b5ca6e31} << 28; value != 0;) {
    const auto low = static_cast<std::uint8_t>(value & 0x7f);
    value >>= 7;
    constant.push_back(value != 0 ? static_cast<std::uint8_t>(low | 0x80) : low);
  }
  ASSERT_EQ(constant.size(), 10u);
  format::Bytes wasm = module_bytes("01040160 0000 0302 0100 0a0f 01 0d 00");
  wasm.insert(wasm.end(), constant.begin(), constant.end());
  wasm.insert(wasm.end(), {0x1a, 0x0b});
  const auto module = ingest::read_module(wasm);
  ASSERT_TRUE(module.ok()) << module.error().message;
  Marks marks;
  mark_code(*module, wasm, lines_at({module->bodies.at(0).begin + 1}), marks);
  ASSERT_EQ(marks.rows.size(), 1u);
  EXPECT_NE(marks.prefix, 0x2b5ca6e31u);
}

}  // namespace
}  // namespace ingot::compiler::lower
