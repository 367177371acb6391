// SPDX-License-Identifier: Apache-2.0
// The whole pipeline on one small module, and its result at work in a fake runtime. Needs the toolchain (scripts/setup).

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "fake_runtime.hpp"
#include "island_module.hpp"
#include "native/audit.hpp"
#include "native/toolchain.hpp"
#include "pipeline.hpp"
#include "process/files.hpp"

namespace ingot::compiler {
namespace {

enum Export : std::size_t { memory, table, counter, sum, through_table, vectors, many, count, load, copy, fill, grow, divide, refs, again };

uint32_t host_add(void* context, ingot_slot* slots) {
  ++*static_cast<int*>(context);
  slots[0].i64 = slots[0].i32 + slots[1].i64;
  return 0;
}
uint32_t host_twice(void*, ingot_slot* slots) {
  if (slots[0].i32 == 13) return INGOT_TRAP_HOST;
  slots[0].i64 = slots[0].i32 * 2;
  return 0;
}
uint32_t host_swap(void*, ingot_slot* slots) {
  std::swap(slots[0].i64, slots[1].i64);
  const double number = slots[2].f64;
  slots[2].i64 = 0;
  slots[2].f32 = static_cast<float>(number);
  return 0;
}

format::Bytes built(Optimisation optimisation) {
  const std::string path = ::testing::TempDir() + "island_test.wasm";
  EXPECT_TRUE(process::write_file(path, island_module()).ok());
  Request request;
  request.input = path;
  request.contract = ContractChoice::none;
  request.targets = {"x86-64-v2", "x86-64-v3"};
  request.optimisation = optimisation;
  request.rollback = 1;
  const auto bundle = build(request);
  EXPECT_TRUE(bundle.ok()) << (bundle.ok() ? "" : bundle.error().message);
  return bundle.ok() ? (*bundle)->bytes() : format::Bytes();
}

class IslandTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    const auto tools = native::find_toolchain();
    if (tools.ok()) bytes_ = built(Optimisation::dev);
  }
  void SetUp() override {
    const auto tools = native::find_toolchain();
    if (!tools.ok()) GTEST_SKIP() << tools.error().message;
    view_ = format::parse_bundle(bytes_).value();
  }
  std::vector<ingot_host_import> imports() { return {{host_add, &calls_}, {host_twice, nullptr}, {host_swap, nullptr}}; }

  static inline format::Bytes bytes_;
  format::BundleView view_;
  int calls_ = 0;
};

TEST_F(IslandTest, The_manifest_carries_the_true_names) {
  EXPECT_EQ(view_.manifest.imports[1].module, "");
  EXPECT_EQ(view_.manifest.imports[1].name, "twice \"x\"");
  EXPECT_EQ(view_.manifest.exports[through_table].name, "through table");
  EXPECT_EQ(view_.manifest.exports[refs].name, "");
  EXPECT_EQ(view_.manifest.contract, "none");
  EXPECT_EQ(view_.manifest.guard_bytes, limits::wasm32_address_space_bytes);
  EXPECT_TRUE(view_.signatures.empty());
}

TEST_F(IslandTest, The_same_input_gives_the_same_bytes) { EXPECT_EQ(built(Optimisation::dev), bytes_); }

TEST_F(IslandTest, Nothing_is_left_in_the_temporary_folder) {
  const std::string folder = ::testing::TempDir() + "island_test_tmp";
  std::filesystem::create_directories(folder);
  ::setenv("TMPDIR", folder.c_str(), 1);
  built(Optimisation::dev);
  ::unsetenv("TMPDIR");
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    EXPECT_FALSE(entry.path().filename().string().starts_with("ingotc-")) << entry.path();
  }
}

TEST_F(IslandTest, Calls_cross_both_ways_in_every_target) {
  const auto hosts = imports();
  for (const auto& object : view_.objects) {
    fake::Island island(object.bytes, hosts);
    ASSERT_NE(island.descriptor(), nullptr);
    EXPECT_EQ(island.status(), 0);
    EXPECT_EQ(island.descriptor()->function_import_count, 3u);
    EXPECT_EQ(island.descriptor()->instance_size % 16, 0u);

    ingot_slot slots[8]{};
    slots[0].i32 = 5, slots[1].i64 = 1ull << 40;
    EXPECT_EQ(island.call(sum, slots), 0);
    EXPECT_EQ(slots[0].i64, (1ull << 40) + 5);

    slots[0].i64 = 1, slots[1].i64 = 2, slots[2].f64 = 2.5;
    EXPECT_EQ(island.call(vectors, slots), 0);
    EXPECT_EQ(slots[0].i64, 2u);
    EXPECT_EQ(slots[1].i64, 1u);
    EXPECT_EQ(slots[2].f32, 2.5f);

    slots[0].i64 = 9;
    EXPECT_EQ(island.call(many, slots), 0);
    EXPECT_EQ(slots[0].i64, 9u);
    EXPECT_EQ(slots[1].i64, static_cast<uint64_t>(-2));
    EXPECT_EQ(slots[2].f32, 1.5f);
    EXPECT_EQ(slots[3].f64, -0.25);

    EXPECT_EQ(island.call(count, slots), 0);
    EXPECT_EQ(slots[0].i32, 41u) << "the start function ran";
    EXPECT_EQ(*static_cast<uint32_t*>(island.address(counter)), 41u);
    slots[0].i64 = 0x1234567890abcdef;
    slots[1].i64 = 0;
    EXPECT_EQ(island.call(refs, slots), 0);
    EXPECT_EQ(slots[0].i64, 0x1234567890abcdefu) << "a reference crosses as it is";
  }
  EXPECT_EQ(calls_, 2);
}

// The translator passes another pointer on this road; the essay in lower/shim.cpp tells the story.
TEST_F(IslandTest, An_imported_function_is_called_through_a_table) {
  const auto hosts = imports();
  fake::Island island(view_.objects[0].bytes, hosts);
  const auto through = [&](uint32_t argument, uint32_t element) {
    ingot_slot slots[2]{};
    slots[0].i32 = argument, slots[1].i32 = element;
    const int kind = island.call(through_table, slots);
    return std::pair(kind, slots[0].i32);
  };
  EXPECT_EQ(through(21, 0), std::pair(0, 42u)) << "the import";
  EXPECT_EQ(through(21, 1), std::pair(0, 63u)) << "the module's own";
  EXPECT_EQ(through(21, 2).first, INGOT_TRAP_CALL_INDIRECT) << "an empty element";
  EXPECT_EQ(through(21, 3).first, INGOT_TRAP_CALL_INDIRECT) << "behind the table";
  EXPECT_EQ(through(13, 0).first, INGOT_TRAP_HOST) << "the host's refusal becomes a trap";
  ingot_slot slots[1]{};
  slots[0].i32 = 8;
  EXPECT_EQ(island.call(again, slots), 0);
  EXPECT_EQ(slots[0].i32, 16u) << "an import that is exported again";
}

TEST_F(IslandTest, Traps_come_back_as_their_kinds) {
  const auto hosts = imports();
  fake::Island island(view_.objects[0].bytes, hosts);
  ingot_slot slots[3]{};
  slots[0].i32 = 1, slots[1].i32 = 0;
  EXPECT_EQ(island.call(divide, slots), INGOT_TRAP_DIVIDE_BY_ZERO);
  slots[0].i32 = 0x80000000u, slots[1].i32 = 0xffffffffu;
  EXPECT_EQ(island.call(divide, slots), INGOT_TRAP_INTEGER_OVERFLOW);
  slots[0].i32 = 65530, slots[1].i32 = 0, slots[2].i32 = 7;
  EXPECT_EQ(island.call(fill, slots), INGOT_TRAP_OUT_OF_BOUNDS);
  EXPECT_EQ(island.call(copy, slots), INGOT_TRAP_OUT_OF_BOUNDS);
}

TEST_F(IslandTest, Memory_grows_to_its_maximum_and_no_further) {
  const auto hosts = imports();
  fake::Island island(view_.objects[0].bytes, hosts);
  auto* data = static_cast<wasm_rt_memory_t*>(island.address(memory));
  EXPECT_EQ(std::memcmp(data->data + 16, "hello", 5), 0);
  ingot_slot slots[1]{};
  slots[0].i32 = 3;
  EXPECT_EQ(island.call(grow, slots), 0);
  EXPECT_EQ(slots[0].i32, 1u);
  slots[0].i32 = 1;
  EXPECT_EQ(island.call(grow, slots), 0);
  EXPECT_EQ(slots[0].i32, 0xffffffffu);
}

// The island's own memory functions, over sizes around each of their thresholds and every direction of overlap.
TEST_F(IslandTest, Copies_and_fills_are_exact_at_every_size) {
  const auto hosts = imports();
  for (const auto& object : view_.objects) {
    fake::Island island(object.bytes, hosts);
    uint8_t* data = static_cast<wasm_rt_memory_t*>(island.address(memory))->data;
    for (uint32_t size : {0u, 1u, 2u, 3u, 4u, 7u, 8u, 15u, 16u, 17u, 31u, 32u, 33u, 48u, 63u, 64u, 65u, 100u, 127u, 128u, 129u, 200u, 2047u, 2048u, 5000u}) {
      for (int32_t distance : {-6000, -200, -65, -64, -63, -17, -16, -5, -1, 0, 1, 5, 16, 17, 63, 64, 65, 200, 6000}) {
        std::vector<uint8_t> expected(32768);
        for (std::size_t i = 0; i < expected.size(); ++i) expected[i] = static_cast<uint8_t>(i * 7 + (i >> 8));
        std::memcpy(data, expected.data(), expected.size());
        const uint32_t from = 10001;
        const uint32_t to = from + static_cast<uint32_t>(distance);
        std::memmove(expected.data() + to, expected.data() + from, size);
        ingot_slot slots[3]{};
        slots[0].i32 = to, slots[1].i32 = from, slots[2].i32 = size;
        ASSERT_EQ(island.call(copy, slots), 0);
        ASSERT_EQ(std::memcmp(data, expected.data(), expected.size()), 0) << "copy of " << size << " by " << distance;
      }
      std::vector<uint8_t> expected(data, data + 32768);
      std::memset(expected.data() + 777, 0xa5, size);
      ingot_slot slots[3]{};
      slots[0].i32 = 777, slots[1].i32 = 0xa5, slots[2].i32 = size;
      ASSERT_EQ(island.call(fill, slots), 0);
      ASSERT_EQ(std::memcmp(data, expected.data(), expected.size()), 0) << "fill of " << size;
    }
  }
}

// ---- the audit, on objects that were tampered with ----

std::size_t text_offset(const format::Bytes& object) {
  // Program headers: type, flags, offset; the executable one.
  for (std::size_t at = 64; at + 56 <= object.size(); at += 56) {
    if (object[at] == 1 && object[at + 1] == 0 && (object[at + 4] & 1) != 0) return object[at + 8] | std::size_t{object[at + 9]} << 8 | std::size_t{object[at + 10]} << 16;
  }
  return 0;
}

std::string audit_says(const format::Bytes& object) {
  const auto audited = native::audit_object(object, "x86-64-v2");
  EXPECT_FALSE(audited.ok());
  EXPECT_TRUE(audited.ok() || audited.error().code == ErrorCode::audit);
  return audited.ok() ? "" : audited.error().message;
}

TEST_F(IslandTest, The_audit_accepts_what_was_built) {
  for (const auto& object : view_.objects) {
    const auto audited = native::audit_object(object.bytes, object.level);
    EXPECT_TRUE(audited.ok()) << audited.error().message;
  }
}

TEST_F(IslandTest, The_audit_refuses_instructions_that_no_guest_needs) {
  const format::Bytes good(view_.objects[0].bytes.begin(), view_.objects[0].bytes.end());
  const std::size_t at = text_offset(good);
  ASSERT_NE(at, 0u);
  struct Case {
    const char* bytes;
    const char* name;
  };
  // Each is padded with nops to the length of a 16-byte window; what follows may no longer decode, but the first refusal is ours.
  for (const Case& one : {Case{"0f05", "SYSCALL"}, {"0f34", "SYSENTER"}, {"cd80", "INT"}, {"f3480faed0", "WRFSBASE64"}, {"f3480faed8", "WRGSBASE64"},
                          {"0f31", "RDTSC"}, {"0fa2", "CPUID"}, {"f4", "HLT"}, {"ec", "IN8rr"}, {"0f01ef", "WRPKRU"}, {"8ed8", "MOV32sr"},
                          {"480fa100", "POPFS64"}, {"0fae10", "LDMXCSR"}, {"9d", "POPF64"}, {"cb", "LRET32"}, {"0f01d5", "XEND"}, {"0fae20", "XSAVE"}}) {
    format::Bytes object = good;
    const format::Bytes instruction = hex_bytes(one.bytes);
    std::fill_n(object.begin() + static_cast<std::ptrdiff_t>(at), 16, std::uint8_t{0x90});
    std::copy(instruction.begin(), instruction.end(), object.begin() + static_cast<std::ptrdiff_t>(at));
    EXPECT_NE(audit_says(object).find("an instruction that no guest needs"), std::string::npos) << one.name;
  }
  for (const char* segment : {"64488b00", "65488b00", "6664488b00"}) {
    format::Bytes object = good;
    const format::Bytes instruction = hex_bytes(segment);
    std::copy(instruction.begin(), instruction.end(), object.begin() + static_cast<std::ptrdiff_t>(at));
    EXPECT_NE(audit_says(object).find("an access through a segment register"), std::string::npos) << segment;
  }
}

TEST_F(IslandTest, The_audit_refuses_undecodable_bytes_jumps_into_instructions_and_levels_above) {
  const format::Bytes good(view_.objects[0].bytes.begin(), view_.objects[0].bytes.end());
  const auto at = static_cast<std::ptrdiff_t>(text_offset(good));
  const auto with = [&](std::string_view hex) {
    format::Bytes object = good;
    const format::Bytes bytes = hex_bytes(hex);
    std::copy(bytes.begin(), bytes.end(), object.begin() + at);
    return audit_says(object);
  };
  EXPECT_NE(with("0fff").find("no instruction"), std::string::npos);
  EXPECT_NE(with("c5f877").find("above the target's level (VZEROUPPER)"), std::string::npos);
  EXPECT_NE(with("62f17c48 58c0").find("above the target's level"), std::string::npos);
  EXPECT_NE(with("e9000000f0").find("a jump that leaves the text"), std::string::npos);
}

TEST_F(IslandTest, The_audit_survives_any_flipped_byte_of_the_headers) {
  const format::Bytes good(view_.objects[0].bytes.begin(), view_.objects[0].bytes.end());
  for (std::size_t at = 0; at < 0x400; ++at) {
    for (const unsigned flip : {0x01u, 0x80u, 0xffu}) {
      format::Bytes object = good;
      object[at] ^= static_cast<std::uint8_t>(flip);
      (void)native::audit_object(object, "x86-64-v2");
    }
  }
  for (std::size_t size = 0; size < good.size(); size += 97) {
    EXPECT_FALSE(native::audit_object(format::ByteView(good).first(size), "x86-64-v2").ok()) << size;
  }
}

}  // namespace
}  // namespace ingot::compiler
