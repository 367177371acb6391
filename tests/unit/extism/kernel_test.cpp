// SPDX-License-Identifier: Apache-2.0
// The memory between plugin and host by itself: what the interface says of each function, and a model beside many random steps.
#include "host/extism/kernel.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <map>
#include <random>
#include <string>

#include "limits.hpp"

namespace ingot::test {
namespace {

using host::extism::Kernel;
constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();

struct KernelTest : testing::Test {
  Kernel kernel{16 * limits::MiB};
};

TEST_F(KernelTest, A_block_of_nothing_is_no_block) {
  EXPECT_EQ(kernel.alloc(0), 0u);
  EXPECT_EQ(kernel.alloc(std::string_view{}), 0u);
  EXPECT_EQ(kernel.length(0), 0u);
}

TEST_F(KernelTest, A_block_has_its_length_while_it_lives) {
  const std::uint64_t one = kernel.alloc(1), many = kernel.alloc(1000);
  EXPECT_NE(one, 0u);
  EXPECT_EQ(kernel.length(one), 1u);
  EXPECT_EQ(kernel.length(many), 1000u);
  EXPECT_EQ(kernel.length(many + 1), 0u);
  kernel.free(one);
  EXPECT_EQ(kernel.length(one), 0u);
  EXPECT_EQ(kernel.length(many), 1000u);
}

TEST_F(KernelTest, Freed_blocks_are_used_again) {
  const std::uint64_t first = kernel.alloc(1024);
  kernel.alloc(1);
  kernel.free(first);
  EXPECT_EQ(kernel.alloc(1024), first);
  const std::uint64_t last = kernel.alloc(2048);
  kernel.free(last);
  EXPECT_EQ(kernel.alloc(512), last);
  EXPECT_EQ(kernel.length(last), 512u);
}

TEST_F(KernelTest, What_lives_is_bounded_not_what_is_made) {
  for (int turn = 0; turn < 100'000; ++turn) {
    const std::uint64_t handle = kernel.alloc(100'000);
    ASSERT_NE(handle, 0u) << turn;
    kernel.free(handle);
  }
  EXPECT_LT(kernel.memory_bytes(), 1 * limits::MiB);
}

TEST_F(KernelTest, Freeing_what_is_no_block_does_nothing) {
  const std::uint64_t handle = kernel.alloc("abc");
  for (const std::uint64_t wrong : {std::uint64_t{0}, handle + 1, most, std::uint64_t{1} << 40}) kernel.free(wrong);
  EXPECT_EQ(kernel.block(handle), "abc");
  kernel.free(handle);
  kernel.free(handle);
  const std::uint64_t a = kernel.alloc(3), b = kernel.alloc(3);
  EXPECT_NE(a, b);
}

TEST_F(KernelTest, Numbers_are_little_endian_and_bytes_are_bytes) {
  const std::uint64_t handle = kernel.alloc(8);
  kernel.store_u64(handle, 0x0807060504030201u);
  EXPECT_EQ(kernel.block(handle), "\1\2\3\4\5\6\7\10");
  EXPECT_EQ(kernel.load_u8(handle + 2), 3u);
  kernel.store_u8(handle + 7, 0xff);
  EXPECT_EQ(kernel.load_u64(handle), 0xff07060504030201u);
}

TEST_F(KernelTest, Outside_there_is_nothing_to_read_and_nothing_to_write) {
  const std::uint64_t handle = kernel.alloc(16);
  for (const std::uint64_t outside : {std::uint64_t{0}, std::uint64_t{1}, handle - 1, handle + 16, handle + 100'000'000, most, most - 7, std::uint64_t{1} << 63}) {
    kernel.store_u8(outside, 0x55);
    kernel.store_u64(outside, most);
    EXPECT_EQ(kernel.load_u8(outside), 0u) << outside;
    EXPECT_EQ(kernel.load_u64(outside), 0u) << outside;
  }
  // Eight bytes of which some are outside.
  kernel.store_u64(handle + 9, most);
  EXPECT_EQ(kernel.load_u64(handle + 9), 0u);
  EXPECT_EQ(kernel.block(handle), std::string(16, '\0'));
}

TEST_F(KernelTest, Input_is_read_by_its_own_numbers_and_ends_where_it_ends) {
  kernel.alloc("before");
  const std::uint64_t handle = kernel.alloc("0123456789");
  kernel.alloc("behind");
  kernel.input_set(handle, 10);
  EXPECT_EQ(kernel.input_offset(), handle);
  EXPECT_EQ(kernel.input_length(), 10u);
  EXPECT_EQ(kernel.input_load_u8(9), '9');
  EXPECT_EQ(kernel.input_load_u8(10), 0u);
  EXPECT_EQ(kernel.input_load_u8(most), 0u);
  EXPECT_EQ(kernel.input_load_u64(2), 0x3938373635343332u);
  EXPECT_EQ(kernel.input_load_u64(3), 0u);
  EXPECT_EQ(kernel.input_load_u64(most - 3), 0u);
  kernel.free(handle);
  EXPECT_EQ(kernel.input_length(), 0u);
}

TEST_F(KernelTest, What_a_freed_block_held_is_there_until_another_has_its_bytes) {
  kernel.alloc("before");
  const std::uint64_t request = kernel.alloc("a request");
  kernel.free(request);
  const std::uint64_t response = kernel.alloc("response");
  ASSERT_EQ(response, request);
  kernel.free(request);  // once more, by a plugin that does not know
  EXPECT_EQ(kernel.length(response), 0u);
  EXPECT_EQ(kernel.load_u64(response), 0x65736e6f70736572u);
  EXPECT_EQ(kernel.load_u8(response + 7), 'e');
  kernel.reset();
  EXPECT_EQ(kernel.load_u64(response), 0u);
}

TEST_F(KernelTest, Input_and_output_are_bytes_that_are_there) {
  const std::uint64_t handle = kernel.alloc("output");
  kernel.output_set(handle + 1, 3);
  EXPECT_EQ(kernel.output(), "utp");
  EXPECT_EQ(kernel.output_offset(), handle + 1);
  EXPECT_EQ(kernel.output_length(), 3u);
  for (const auto& [offset, length] : {std::pair{handle, most}, {most, std::uint64_t{2}}, {handle + 10, std::uint64_t{100}}, {std::uint64_t{0}, std::uint64_t{5}}}) {
    kernel.output_set(offset, length);
    kernel.input_set(offset, length);
    EXPECT_EQ(kernel.output(), "utp");
    EXPECT_EQ(kernel.input_length(), 0u);
  }
  kernel.output_set(0, 0);
  EXPECT_EQ(kernel.output(), "");
}

TEST_F(KernelTest, An_error_can_be_taken_back) {
  const std::uint64_t handle = kernel.alloc("no");
  kernel.error_set(handle);
  EXPECT_EQ(kernel.error_get(), handle);
  kernel.error_set(most);
  EXPECT_EQ(kernel.error_get(), handle);
  kernel.error_set(0);
  EXPECT_EQ(kernel.error_get(), 0u);
}

TEST_F(KernelTest, After_a_reset_nothing_is_left) {
  const std::uint64_t first = kernel.alloc("first"), last = kernel.alloc("last");
  kernel.free(last);
  kernel.input_set(first, 5);
  kernel.output_set(first, 5);
  kernel.error_set(first);
  kernel.reset();
  EXPECT_EQ(kernel.length(first), 0u);
  EXPECT_EQ(kernel.input_length() + kernel.output_length() + kernel.error_get() + kernel.input_offset() + kernel.output_offset(), 0u);
  const std::uint64_t again = kernel.alloc(1000);
  EXPECT_EQ(kernel.block(again), std::string(1000, '\0'));
}

TEST_F(KernelTest, There_is_an_end) {
  EXPECT_EQ(kernel.alloc(most), 0u);
  EXPECT_EQ(kernel.alloc(std::uint64_t{1} << 63), 0u);
  EXPECT_EQ(kernel.alloc(16 * limits::MiB + 1), 0u);
  EXPECT_NE(kernel.alloc(16 * limits::MiB), 0u);
  EXPECT_EQ(kernel.alloc(1), 0u);
}

TEST_F(KernelTest, Growing_is_counted_by_pages_and_the_first_is_free) {
  sandbox::GrowthBudget budget{.bytes_left = 2 * limits::wasm_page_bytes};
  kernel.limit_growth(&budget);
  EXPECT_NE(kernel.alloc(60'000), 0u);
  EXPECT_EQ(budget.bytes_left, 2 * limits::wasm_page_bytes);
  EXPECT_NE(kernel.alloc(6'000), 0u);
  EXPECT_EQ(budget.bytes_left, limits::wasm_page_bytes);
  EXPECT_EQ(kernel.memory_bytes(), 2 * limits::wasm_page_bytes);
  EXPECT_FALSE(kernel.growth_is_exhausted());
  EXPECT_EQ(kernel.alloc(200'000), 0u);
  EXPECT_TRUE(kernel.growth_is_exhausted());
}

TEST_F(KernelTest, Keeps_every_block_through_many_random_steps) {
  std::mt19937_64 random(1);
  std::map<std::uint64_t, std::string> model;
  for (int step = 0; step < 30'000; ++step) {
    const std::uint64_t what = random() % 10;
    if (what < 5) {
      const std::string text(1 + random() % (what == 0 ? 3000 : 60), static_cast<char>(random()));
      const std::uint64_t handle = kernel.alloc(text);
      ASSERT_NE(handle, 0u);
      ASSERT_TRUE(model.emplace(handle, text).second) << "a handle that is in use";
    } else if (what < 9 && !model.empty()) {
      auto victim = model.lower_bound(64 + random() % kernel.memory_bytes());
      if (victim == model.end()) victim = model.begin();
      kernel.free(victim->first);
      model.erase(victim);
    } else if (random() % 500 == 0) {
      kernel.reset();
      model.clear();
    }
    if (step % 500 != 0) continue;
    for (const auto& [handle, text] : model) ASSERT_EQ(kernel.block(handle), text) << "step " << step;
  }
}

}  // namespace
}  // namespace ingot::test
