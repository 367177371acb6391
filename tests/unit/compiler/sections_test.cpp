// SPDX-License-Identifier: Apache-2.0
#include "ingest/sections.hpp"

#include <gtest/gtest.h>

#include "ingot/abi.h"
#include "limits.hpp"
#include "wat.hpp"

namespace ingot::compiler::ingest {
namespace {

std::string refusal(const format::Bytes& bytes, ErrorCode code = ErrorCode::unsupported_wasm) {
  const auto module = read_module(bytes);
  EXPECT_FALSE(module.ok());
  if (module.ok()) return "";
  EXPECT_EQ(error_code_name(module.error().code), std::string(error_code_name(code))) << module.error().message;
  EXPECT_EQ(exit_code_for(module.error().code), 3);
  return module.error().message;
}
std::string malformed(const format::Bytes& bytes) { return refusal(bytes, ErrorCode::invalid_wasm); }

/// A module of one function () -> () whose body holds these instructions; `end` is added. Short bodies only.
format::Bytes with_code(std::string_view instructions) {
  const std::size_t size = hex_bytes(instructions).size() + 2;
  char sizes[32];
  std::snprintf(sizes, sizeof sizes, "0a %02zx 01 %02zx 00", size + 2, size);
  return module_bytes("01 04 01 60 00 00  03 02 01 00 " + std::string(sizes) + std::string(instructions) + "0b");
}

TEST(Sections, An_empty_module_is_a_module) {
  const auto module = read_module(module_bytes(""));
  ASSERT_TRUE(module.ok());
  EXPECT_TRUE(module->functions.empty());
}

// (module (import "host" "log" (func (param i32 i32)))
//   (memory (export "memory") 1 16) (global (export "g") (mut i64) (i64.const 7))
//   (func (export "f") (result i32) (local i32 i64) (i32.load offset=100 (i32.const 0))) (data (i32.const 0) "hi"))
constexpr std::string_view sample =
    "01 0a 02 60 02 7f 7f 00 60 00 01 7f  02 0c 01 04 686f7374 03 6c6f67 00 00  03 02 01 01  05 04 01 01 01 10"
    "06 06 01 7e 01 42 07 0b  07 12 03 06 6d656d6f7279 02 00 01 67 03 00 01 66 00 01"
    "0a 0d 01 0b 02 01 7f 01 7e 41 00 28 02 64 0b  0b 08 01 00 41 00 0b 02 6869";

TEST(Sections, Everything_in_a_module_is_found) {
  const auto module = read_module(module_bytes(sample));
  ASSERT_TRUE(module.ok()) << module.error().message;
  EXPECT_EQ(module->types.size(), 2u);
  EXPECT_EQ(format::type_text(module->types[0]), "(i32, i32) -> ()");
  ASSERT_EQ(module->imports.size(), 1u);
  EXPECT_EQ(module->imports[0].module, "host");
  EXPECT_EQ(module->function_import_count, 1u);
  EXPECT_EQ(module->functions, (std::vector<std::uint32_t>{0, 1}));
  EXPECT_EQ(module->memories[0], (format::Limits{1, 16}));
  EXPECT_TRUE(module->globals[0].is_mutable);
  ASSERT_EQ(module->exports.size(), 3u);
  EXPECT_EQ(module->exports[2].name, "f");
  EXPECT_EQ(module->code.memory_reach_max, 104u);
  EXPECT_EQ(module->code.locals_max, 2u);
  EXPECT_EQ(module->code.instruction_count, 3u);
  EXPECT_EQ(module->data_segment_count, 1u);
}

TEST(Sections, Truncated_at_any_length_never_crashes_and_is_refused_inside_a_section) {
  const format::Bytes whole = module_bytes(sample);
  std::size_t accepted = 0;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    if (read_module(format::ByteView(whole).first(size)).ok()) ++accepted;
  }
  EXPECT_LE(accepted, 6u) << "only cuts between two sections that leave nothing dangling";
}

TEST(Sections, Any_changed_byte_never_crashes) {
  const format::Bytes whole = module_bytes(sample);
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (unsigned value = 0; value < 256; ++value) {
      format::Bytes bytes = whole;
      bytes[at] = static_cast<std::uint8_t>(value);
      (void)read_module(bytes);
    }
  }
}

TEST(Sections, What_is_not_a_module_is_told_so) {
  EXPECT_EQ(malformed({}), "the file is empty at the module, offset 0x0");
  EXPECT_EQ(malformed(hex_bytes("7f454c46")), "not a WebAssembly module (it does not begin with \\0asm) at the module, offset 0x0");
  EXPECT_EQ(malformed(hex_bytes("0061736d 02000000")), "unknown version of the binary format at the module, offset 0x4");
  EXPECT_EQ(malformed(hex_bytes("0061736d 0100")), "unexpected end at the module, offset 0x4");
}

TEST(Sections, A_component_is_refused_as_one) {
  EXPECT_TRUE(refusal(hex_bytes("0061736d 0d000100")).starts_with("this is a component (component model), not a core module"));
}

TEST(Sections, Order_duplicates_and_leftovers_are_refused) {
  EXPECT_EQ(malformed(module_bytes("03 01 00 01 01 00")), "section type is out of order at the module, offset 0xb");
  EXPECT_EQ(malformed(module_bytes("01 01 00 01 01 00")), "section type is out of order at the module, offset 0xb");
  EXPECT_EQ(malformed(module_bytes("01 02 00 00")), "bytes are left over at section type, offset 0xb");
  EXPECT_EQ(malformed(module_bytes("0e 00")), "unknown section 14 at the module, offset 0x8");
  EXPECT_EQ(malformed(module_bytes("01 05 00")), "unexpected end at the module, offset 0xa");
  EXPECT_EQ(malformed(module_bytes("01 04 01 60 00 00 03 02 01 00")),
            "the function and code sections disagree on the number of functions at the module, offset 0x12");
}

TEST(Sections, A_name_exported_twice_is_refused) {
  // (memory 0) (export "a" (memory 0)) (export "a" (memory 0))
  EXPECT_EQ(malformed(module_bytes("05 03 01 00 00  07 09 02 01 61 02 00 01 61 02 00")), "a name is exported twice at section export, offset 0x14");
}

TEST(Sections, Enormous_counts_in_small_files_are_refused_quickly) {
  EXPECT_EQ(refusal(module_bytes("01 05 ffffffff0f")), "too many types (4294967295, at most 1000000) at section type, offset 0xa");
  EXPECT_EQ(refusal(module_bytes("04 07 01 70 00 80dac409 00")).substr(0, 40), "a table of 20000000 elements is larger t");
  // one function with 2^32 - 1 locals
  const std::string locals = refusal(module_bytes("01 04 01 60 00 00 03 02 01 00 0a 0b 01 09 01 ffffffff0f 7f 01 0b"));
  EXPECT_TRUE(locals.starts_with("a function has 4294967295 locals")) << locals;
}

// ---- the policy, by name ----

TEST(Policy, Threads_are_refused_by_name) {
  // (memory 1 2 shared)
  EXPECT_EQ(refusal(module_bytes("05 04 01 03 01 02")), "needs shared memory or atomics (threads proposal) at section memory, offset 0xb");
  // (atomic.fence)
  EXPECT_EQ(refusal(with_code("fe 03 00")), "needs shared memory or atomics (threads proposal) at section code, offset 0x17");
}

TEST(Policy, Gc_is_refused_by_name) {
  // (type (struct))
  EXPECT_EQ(refusal(module_bytes("01 03 01 5f 00")), "needs garbage-collected types (gc proposal) at section type, offset 0xb");
  // (type (func (param anyref)))
  EXPECT_EQ(refusal(module_bytes("01 05 01 60 01 6e 00")), "needs garbage-collected types (gc proposal) at section type, offset 0xd");
  // (struct.new 0)
  EXPECT_EQ(refusal(with_code("fb 00 00")), "needs garbage-collected types (gc proposal) at section code, offset 0x17");
}

TEST(Policy, Exceptions_are_refused_by_name) {
  // (tag)
  EXPECT_EQ(refusal(module_bytes("01 04 01 60 00 00 0d 03 01 00 00")), "needs exceptions (exception-handling proposal) at section tag, offset 0x10");
  // try, throw, try_table
  for (const char* code : {"06 40", "08 00", "1f 40 00"}) {
    EXPECT_EQ(refusal(with_code(code)), "needs exceptions (exception-handling proposal) at section code, offset 0x17");
  }
}

TEST(Policy, Tail_calls_are_refused_by_name) {
  for (const char* code : {"12 00", "13 00 00", "15 00"}) {
    EXPECT_EQ(refusal(with_code(code)), "needs tail calls (tail-call proposal) at section code, offset 0x17");
  }
}

TEST(Policy, Memory64_is_refused_by_name) {
  // (memory i64 1)
  EXPECT_EQ(refusal(module_bytes("05 03 01 04 01")), "needs 64-bit memories or tables (memory64 proposal) at section memory, offset 0xb");
  // (i32.load offset=0x100000000)
  EXPECT_EQ(refusal(with_code("41 00 28 02 8080808010 1a")).substr(0, 47), "needs 64-bit memories or tables (memory64 propo");
}

TEST(Policy, More_than_one_memory_is_refused_by_name) {
  // (memory 1) (memory 1)
  EXPECT_EQ(refusal(module_bytes("05 05 02 00 01 00 01")), "needs more than one memory (multi-memory proposal) at section memory, offset 0xd");
  // (memory.size 1)
  EXPECT_EQ(refusal(with_code("3f 01 1a")), "needs more than one memory (multi-memory proposal) at section code, offset 0x18");
  // (i32.load 1 ...)
  EXPECT_EQ(refusal(with_code("41 00 28 42 01 00 1a")).substr(0, 50), "needs more than one memory (multi-memory proposal)");
}

TEST(Policy, The_other_proposals_are_refused_by_name) {
  EXPECT_EQ(refusal(with_code("14 00")).substr(0, 31), "needs typed function references");
  EXPECT_EQ(refusal(with_code("fc 13")).substr(0, 24), "needs 128-bit arithmetic");
  EXPECT_EQ(refusal(module_bytes("05 04 01 08 01 00")).substr(0, 23), "needs another page size");
}

TEST(Policy, Nesting_is_bounded_at_its_limit) {
  const auto nested = [](std::size_t depth) {  // depth blocks in one function
    format::Bytes body{0};
    for (std::size_t i = 0; i < depth; ++i) body.insert(body.end(), {0x02, 0x40});
    body.insert(body.end(), depth + 1, 0x0b);
    const auto leb = [](std::size_t value) { return format::Bytes{static_cast<std::uint8_t>((value & 0x7f) | 0x80), static_cast<std::uint8_t>((value >> 7 & 0x7f) | 0x80), static_cast<std::uint8_t>(value >> 14)}; };
    format::Bytes bytes = module_bytes("01 04 01 60 00 00 03 02 01 00 0a");
    for (const format::Bytes& part : {leb(body.size() + 4), format::Bytes{1}, leb(body.size()), body}) bytes.insert(bytes.end(), part.begin(), part.end());
    return bytes;
  };
  EXPECT_TRUE(read_module(nested(limits::nesting_depth_max - 1)).ok());
  EXPECT_TRUE(refusal(nested(limits::nesting_depth_max)).starts_with("blocks nest deeper than 1000"));
  EXPECT_TRUE(refusal(nested(200'000)).starts_with("blocks nest deeper than 1000"));
}

TEST(Instructions, Every_shape_of_immediate_is_walked) {
  // block br_table call_indirect select(t) consts memory.* table.* v128 lanes and shuffles, sat conversions, references
  const char* shapes[] = {"02 40 0b", "02 7f 00 0b", "02 00 0b", "03 40 0b", "41 00 04 40 05 0b", "0e 02 00 00 00", "11 00 00", "1c 01 7f",
                          "42 ff00", "43 00000000", "44 0000000000000000", "3f 00", "40 00", "fc 00", "fc 08 00 00", "fc 09 00",
                          "fc 0a 00 00", "fc 0b 00", "fc 0c 00 00", "fc 0d 00", "fc 0e 00 00", "fc 0f 00", "fc 10 00", "fc 11 00",
                          "d0 70", "d0 6f", "d1", "d2 00", "fd 00 04 10", "fd 0c 00000000000000000000000000000000",
                          "fd 0d 00000000000000000000000000000000", "fd 15 03", "fd 54 00 00 01", "fd 5c 02 00", "fd ff 01", "c0", "20 00", "25 00"};
  for (const char* shape : shapes) {
    const auto module = read_module(with_code(shape));
    EXPECT_TRUE(module.ok()) << shape << ": " << module.error().message;
  }
}

TEST(Instructions, The_reach_of_accesses_counts_offset_and_width) {
  EXPECT_EQ(read_module(with_code("2d 00 ffffffff0f"))->code.memory_reach_max, 0xffffffffull + 1);
  EXPECT_EQ(read_module(with_code("fd 00 04 ffffffff0f"))->code.memory_reach_max, 0xffffffffull + 16);
  EXPECT_LE(0xffffffffull + 16, limits::memory_guard_bytes);
  EXPECT_EQ(read_module(with_code("29 03 08"))->code.memory_reach_max, 16u);
}

TEST(Instructions, Unknown_ones_are_malformed) {
  EXPECT_EQ(malformed(with_code("ff")), "unknown instruction 0xff at section code, offset 0x17");
  EXPECT_EQ(malformed(with_code("27")), "unknown instruction 0x27 at section code, offset 0x17");
  EXPECT_EQ(malformed(with_code("fc 7f")), "unknown instruction 0xfc 127 at section code, offset 0x17");
}

TEST(Names, Broken_name_sections_leave_the_module_alone) {
  // custom "name" with function 0 = "f", then one cut off inside
  const auto good = read_module(module_bytes("01 04 01 60 00 00 03 02 01 00 0a 04 01 02 00 0b 00 0b 04 6e616d65 01 04 01 00 01 66"));
  ASSERT_TRUE(good.ok()) << good.error().message;
  EXPECT_EQ(good->function_names, std::vector<std::string>{"f"});
  const auto cut = read_module(module_bytes("01 04 01 60 00 00 03 02 01 00 0a 04 01 02 00 0b 00 0a 04 6e616d65 01 04 01 00 01"));
  ASSERT_TRUE(cut.ok());
  EXPECT_TRUE(cut->function_names.empty());
}

}  // namespace
}  // namespace ingot::compiler::ingest
