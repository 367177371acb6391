// SPDX-License-Identifier: Apache-2.0
// A memory of 65,536 pages has 4 GiB, not none: segments, bulk instructions and accesses at its very end, through the compiler and the runtime. What must come
// out is arithmetic on the WAT below.
#include <gtest/gtest.h>

#include <optional>

#include "instance/instance.hpp"
#include "limits.hpp"
#include "sandbox/watchdog.hpp"
#include "support/load.hpp"

namespace {

using ingot::instance::Instance;
namespace limits = ingot::limits;

// (module
//   (memory (export "memory") 65536)
//   (data (i32.const 0xfffffffc) "last")
//   (data $passive "abcdefgh")
//   (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))
//   (func (export "pages") (result i32) (memory.size))
//   (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
//   (func (export "fill") (param i32 i32) (memory.fill (local.get 0) (i32.const 0x5a) (local.get 1)))
//   (func (export "copy") (param i32 i32) (memory.copy (local.get 0) (i32.const 0xfffffffc) (local.get 1)))
//   (func (export "init") (param i32 i32) (memory.init $passive (local.get 0) (i32.const 0) (local.get 1))))
constexpr const char* wat =
    "010f0360017f017f6000017f60027f7f00 030706000100020202 05050100808004 073507066d656d6f72790200046c6f6164000005706167657300010467726f7700020466696c6c000304636f7079"
    "000404696e69740005 0c0102 0a3c06070020002802000b04003f000b0600200040000b0c00200041da002001fc0b000b0c002000417c2001fc0a00000b0c00200041002001fc0801000b "
    "0b140200417c0b046c61737401086162636465666768";
constexpr std::uint32_t last_page = 0xffff0000, last_word = 0xfffffffc;
constexpr std::uint32_t word(const char (&text)[5]) {
  std::uint32_t value = 0;
  for (int i = 3; i >= 0; --i) value = value << 8 | static_cast<unsigned char>(text[i]);
  return value;
}

class WholeMemoryTest : public testing::Test {
 protected:
  void SetUp() override {
    ingot::sandbox::start_watchdog().value();
    guest_ = Instance::create(ingot::test::load_cast(wat), {}, {4 * limits::GiB}).value();
  }
  /// The result, or nothing when it is out of bounds; each call has a guest that has just started, unless it goes on with one.
  std::optional<std::uint32_t> call(const char* name, std::uint32_t a = 0, std::uint32_t b = 0, bool go_on = false) {
    if (!go_on) guest_->reset();
    if (const auto trap = guest_->ensure_started()) {
      ADD_FAILURE() << "its data does not fit: " << trap->kind;
      return std::nullopt;
    }
    ingot_slot slots[2]{};
    slots[0].i32 = a;
    slots[1].i32 = b;
    if (const auto trap = guest_->call(guest_->module().find_function(name), slots)) {
      EXPECT_EQ(trap->kind, INGOT_TRAP_OUT_OF_BOUNDS);
      return std::nullopt;
    }
    return slots[0].i32;
  }
  std::unique_ptr<Instance> guest_;
  ingot::sandbox::CallScope scope_{std::chrono::steady_clock::now() + std::chrono::seconds(60)};
};

TEST_F(WholeMemoryTest, Its_last_bytes_are_there_and_nothing_is_behind_them) {
  EXPECT_EQ(call("load", last_word), word("last"));
  EXPECT_EQ(call("load", last_word + 1), std::nullopt);
  EXPECT_EQ(call("load", 0), 0u);
  EXPECT_EQ(guest_->memory().size(), 4 * limits::GiB);
  EXPECT_EQ(guest_->memory().copy_in(last_word, 4), "last");
  EXPECT_EQ(guest_->memory().copy_in(last_word, 5), std::nullopt);
}

TEST_F(WholeMemoryTest, It_has_all_the_pages_that_there_are) {
  EXPECT_EQ(call("pages"), 65536u);
  EXPECT_EQ(call("grow", 0), 65536u);
  EXPECT_EQ(call("grow", 1), 0xffffffffu);
  EXPECT_EQ(call("pages", 0, 0, true), 65536u);
  EXPECT_EQ(call("load", last_word, 0, true), word("last")) << "a growth that failed changed nothing";
}

TEST_F(WholeMemoryTest, Bulk_instructions_reach_its_end_and_no_further) {
  EXPECT_TRUE(call("fill", last_page, 65536));
  EXPECT_EQ(call("load", last_word, 0, true), word("ZZZZ"));
  EXPECT_FALSE(call("fill", last_page, 65537));
  EXPECT_TRUE(call("copy", 16, 4));
  EXPECT_EQ(call("load", 16, 0, true), word("last"));
  EXPECT_FALSE(call("copy", 16, 5));
  EXPECT_TRUE(call("init", last_word - 4, 8));
  EXPECT_EQ(call("load", last_word, 0, true), word("efgh"));
  EXPECT_FALSE(call("init", last_word - 3, 8));
  EXPECT_FALSE(call("fill", 0xffffffff, 0xffffffff));
}

}  // namespace
