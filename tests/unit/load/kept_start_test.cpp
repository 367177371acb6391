// SPDX-License-Identifier: Apache-2.0
// What a reset leaves behind when the instance's start was kept: nothing of the last caller. The measure is an instance of the same module that starts anew
// each time.
#include "instance/kept_start.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <random>
#include <set>
#include <vector>

#include "ingot/island/wasm-rt.h"
#include "instance/instance.hpp"
#include "limits.hpp"
#include "sandbox/dirty_pages.hpp"
#include "sandbox/slot.hpp"
#include "sandbox/watchdog.hpp"
#include "support/load.hpp"

namespace {

using ingot::instance::Instance;
using ingot::instance::InstanceLimits;
using ingot::instance::SharedStart;
using ingot::instance::State;
using ingot::test::load_cast;
namespace limits = ingot::limits;

// (module
//   (import "env" "host" (func $host (param i32) (result i32)))
//   (memory (export "memory") 2 64)
//   (table $t 4 8 funcref)
//   (global $g (mut i32) (i32.const 5))
//   (elem (i32.const 0) $a $b $host)
//   (elem $p func $b $a)
//   (data (i32.const 100) "hello")
//   (data $d "passive")
//   (func $a (result i32) (i32.const 11))
//   (func $b (result i32) (i32.const 22))
//   (func $begin (i32.store (i32.const 65544) (i32.const 77)) (global.set $g (i32.const 6)))
//   (start $begin)
//   (func (export "write") (param i32 i32) (i32.store8 (local.get 0) (local.get 1)))
//   (func (export "read") (param i32) (result i32) (i32.load8_u (local.get 0)))
//   (func (export "set") (param i32) (global.set $g (local.get 0)))
//   (func (export "get") (result i32) (global.get $g))
//   (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
//   (func (export "size") (result i32) (memory.size))
//   (func (export "swap") (table.set $t (i32.const 0) (table.get $t (i32.const 1))))
//   (func (export "call") (param i32) (result i32) (call_indirect $t (result i32) (local.get 0)))
//   (func (export "call_host") (param i32) (result i32) (call_indirect $t (param i32) (result i32) (local.get 0) (i32.const 2)))
//   (func (export "grow_table") (param i32) (result i32) (table.grow $t (ref.null func) (local.get 0)))
//   (func (export "size_table") (result i32) (table.size $t))
//   (func (export "drop") (data.drop $d) (elem.drop $p))
//   (func (export "init") (param i32) (memory.init $d (local.get 0) (i32.const 0) (i32.const 7)))
//   (func (export "fill") (param i32 i32 i32) (memory.fill (local.get 0) (local.get 1) (local.get 2)))
//   (func (export "fail") (unreachable)))
constexpr const char* everything =
    "011c0660017f017f6000017f60000060027f7f0060017f0060037f7f7f00020c0103656e7604686f737400000313120101020300040100010200000001020405020405017001"
    "04080504010102400606017f0141050b07830110066d656d6f727902000577726974650004047265616400050373657400060367657400070467726f7700080473697a650009"
    "0473776170000a0463616c6c000b0963616c6c5f686f7374000c0a67726f775f7461626c65000d0a73697a655f7461626c65000e0464726f70000f04696e697400100466696c"
    "6c0011046661696c0012080103090e020041000b0301020001000202010c01020a9901120400410b0b040041160b10004188800441cd00360200410624000b0900200020013a"
    "00000b070020002d00000b0600200024000b040023000b0600200040000b04003f000b0a0041004101250026000b070020001101000b0900200041021100000b0900d0702000"
    "fc0f000b0500fc10000b0800fc0901fc0d010b0c00200041004107fc0801000b0b00200020012002fc0b000b0300000b0b15020041e4000b0568656c6c6f0107706173736976"
    "65";

// (module
//   (import "env" "host" (func $host (param i32) (result i32)))
//   (memory (export "memory") 1)
//   (func $begin (i32.store (i32.const 0) (call $host (i32.const 1))))
//   (start $begin)
//   (func (export "told") (result i32) (i32.load (i32.const 0))))
constexpr const char* asks_while_starting =
    "010d0360017f017f6000006000017f020c0103656e7604686f7374000003030201020503010001071102066d656d6f7279020004746f6c6400020801010a15020b0041004101"
    "10003602000b070041002802000b";

// (module (global $g (mut i32) (i32.const 3)) (memory 0 4)
//   (func (export "next") (result i32) (global.set $g (i32.add (global.get $g) (i32.const 1))) (global.get $g))
//   (func (export "grow") (result i32) (memory.grow (i32.const 1)))
//   (func (export "put") (param i32) (i32.store (i32.const 0) (local.get 0)))
//   (func (export "got") (result i32) (i32.load (i32.const 0))))
constexpr const char* empty_memory =
    "0109026000017f60017f00030504000001000504010100040606017f0141030b071b04046e65787400000467726f77000103707574000203676f7400030a26040b0023004101"
    "6a240023000b0600410140000b0900410020003602000b070041002802000b";

// (module (table 40000 funcref) (global $g (mut i32) (i32.const 3))
//   (func (export "next") (result i32) (global.set $g (i32.add (global.get $g) (i32.const 1))) (global.get $g)))
constexpr const char* large_table =
    "0105016000017f030201000406017000c0b8020606017f0141030b070801046e65787400000a0d010b00230041016a240023000b";

int asked = 0;
std::uint32_t host_counts(void*, ingot_slot* slots) {
  slots[0].i64 = static_cast<std::uint32_t>(++asked);
  return 0;
}

class KeptStartTest : public testing::Test {
 protected:
  void SetUp() override {
    ingot::sandbox::start_watchdog().value();
    asked = 0;
  }
  void TearDown() override { ingot::sandbox::pretend_no_page_scan(false); }

  static std::unique_ptr<Instance> instance(const std::shared_ptr<const ingot::load::LoadedModule>& module, std::shared_ptr<SharedStart> shared) {
    static const ingot_host_function functions[] = {host_counts};
    const std::size_t count = module->descriptor().function_import_count;
    return Instance::create(module, std::span(functions, count), {.memory_bytes_max = 16 * limits::MiB, .shared_start = std::move(shared)}).value();
  }
  /// Calls an export with up to three numbers; a trap is -1.
  static std::int64_t call(Instance& guest, const char* name, std::uint32_t a = 0, std::uint32_t b = 0, std::uint32_t c = 0) {
    ingot_slot slots[3]{};
    slots[0].i32 = a;
    slots[1].i32 = b;
    slots[2].i32 = c;
    const int index = guest.module().find_function(name);
    EXPECT_GE(index, 0) << name;
    if (guest.call(index, slots)) return -1;
    return slots[0].i32;
  }
  static const wasm_rt_memory_t& memory(Instance& guest) {
    const auto& exports = guest.module().manifest().exports;
    for (std::size_t i = 0; i < exports.size(); ++i) {
      if (exports[i].name == "memory") return *static_cast<const wasm_rt_memory_t*>(guest.export_address(static_cast<int>(i)));
    }
    ADD_FAILURE() << "no memory";
    std::abort();
  }
  /// Everything that the exports can tell, and every byte of memory.
  static void expect_same(Instance& guest, Instance& measure) {
    ASSERT_EQ(memory(guest).size, memory(measure).size);
    EXPECT_EQ(std::memcmp(memory(guest).data, memory(measure).data, memory(measure).size), 0);
    for (const char* name : {"get", "size", "size_table"}) EXPECT_EQ(call(guest, name), call(measure, name)) << name;
    for (std::uint32_t element = 0; element < 2; ++element) EXPECT_EQ(call(guest, "call", element), call(measure, "call", element)) << element;
    EXPECT_GT(call(guest, "call_host", 1), 0);
    call(guest, "init", 300);
    call(measure, "init", 300);
    ASSERT_EQ(guest.state(), measure.state()) << "the passive segment is there again";
    EXPECT_EQ(std::memcmp(memory(guest).data, memory(measure).data, memory(measure).size), 0);
  }

  ingot::sandbox::CallScope scope_{std::chrono::steady_clock::now() + std::chrono::seconds(120)};
};

TEST_F(KeptStartTest, A_reset_leads_back_to_right_behind_the_start) {
  const auto loaded = load_cast(everything);
  const auto guest = instance(loaded, std::make_shared<SharedStart>());
  const auto measure = instance(loaded, nullptr);
  ASSERT_FALSE(guest->start().has_value());
  ASSERT_FALSE(measure->start().has_value());
  for (int round = 0; round < 3; ++round) {
    call(*guest, "write", 0, 1);
    call(*guest, "write", 100, 'H');
    call(*guest, "set", 1000);
    call(*guest, "swap");
    call(*guest, "drop");
    EXPECT_EQ(call(*guest, "call", 0), 22);
    EXPECT_EQ(call(*guest, "grow", 3), 2);
    call(*guest, "fill", 65536 * 5 - 10, 9, 10);
    guest->reset();
    ASSERT_EQ(guest->state(), State::ready);
    measure->reset();
    ASSERT_EQ(measure->state(), State::empty);
    ASSERT_FALSE(measure->start().has_value());
    expect_same(*guest, *measure);
    EXPECT_EQ(call(*guest, "read", 65544), 77);
    EXPECT_EQ(call(*guest, "get"), 6);
  }
  EXPECT_EQ(call(*guest, "read", 2 * 65536), -1) << "what was grown is gone";
}

TEST_F(KeptStartTest, A_trapped_instance_starts_anew) {
  const auto guest = instance(load_cast(everything), std::make_shared<SharedStart>());
  ASSERT_FALSE(guest->start().has_value());
  call(*guest, "write", 5, 5);
  EXPECT_EQ(call(*guest, "fail"), -1);
  guest->reset();
  EXPECT_EQ(guest->state(), State::empty);
  ASSERT_FALSE(guest->ensure_started().has_value());
  EXPECT_EQ(call(*guest, "read", 5), 0);
  call(*guest, "write", 5, 5);
  guest->reset();
  ASSERT_EQ(guest->state(), State::ready) << "the new start is kept as well";
  EXPECT_EQ(call(*guest, "read", 5), 0);
}

TEST_F(KeptStartTest, A_table_that_has_grown_costs_a_start) {
  const auto guest = instance(load_cast(everything), std::make_shared<SharedStart>());
  ASSERT_FALSE(guest->start().has_value());
  EXPECT_EQ(call(*guest, "grow_table", 2), 4);
  guest->reset();
  EXPECT_EQ(guest->state(), State::empty);
  ASSERT_FALSE(guest->ensure_started().has_value());
  EXPECT_EQ(call(*guest, "size_table"), 4);
}

TEST_F(KeptStartTest, A_start_that_asked_the_host_is_not_kept) {
  const auto guest = instance(load_cast(asks_while_starting), std::make_shared<SharedStart>());
  for (int round = 1; round <= 3; ++round) {
    ASSERT_FALSE(guest->ensure_started().has_value());
    EXPECT_EQ(call(*guest, "told"), round) << "each caller gets an answer of its own";
    guest->reset();
    EXPECT_EQ(guest->state(), State::empty);
  }
  EXPECT_EQ(asked, 3);
}

TEST_F(KeptStartTest, A_start_with_large_tables_is_not_kept) {
  const auto guest = instance(load_cast(large_table), std::make_shared<SharedStart>());
  for (int round = 0; round < 2; ++round) {
    ASSERT_FALSE(guest->ensure_started().has_value());
    EXPECT_EQ(call(*guest, "next"), 4);
    guest->reset();
    EXPECT_EQ(guest->state(), State::empty) << "a copy at every reset would cost more than a start";
  }
}

TEST_F(KeptStartTest, A_child_does_not_take_its_parents_pages_for_its_own) {
  std::vector<ingot::sandbox::PageRun> runs(8);
  auto stack = ingot::sandbox::GuestStack::create().value();
  const auto range = stack.range().usable;
  *reinterpret_cast<volatile std::uint8_t*>(range.end - 1) = 1;
  const auto written = [&] { return ingot::sandbox::written_pages(range.begin, range.end, ingot::sandbox::ZeroPages::untouched, 8, runs); };
  if (!written()) GTEST_SKIP() << "this kernel cannot tell";
  EXPECT_EQ(*written(), 1u);
  const pid_t child = fork();
  if (child == 0) _exit(written() ? 1 : 0);
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  EXPECT_EQ(*written(), 1u);
}

TEST_F(KeptStartTest, A_memory_that_begins_empty_is_empty_again) {
  const auto guest = instance(load_cast(empty_memory), std::make_shared<SharedStart>());
  ASSERT_FALSE(guest->start().has_value());
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(call(*guest, "next"), 4);
    EXPECT_EQ(call(*guest, "grow"), 0);
    EXPECT_EQ(call(*guest, "got"), 0);
    call(*guest, "put", 1234);
    EXPECT_EQ(call(*guest, "got"), 1234);
    guest->reset();
    ASSERT_EQ(guest->state(), State::ready);
  }
  EXPECT_EQ(call(*guest, "got"), -1);
}

TEST_F(KeptStartTest, Instances_share_the_image_and_nothing_else) {
  const auto loaded = load_cast(everything);
  const auto shared = std::make_shared<SharedStart>();
  const auto one = instance(loaded, shared), other = instance(loaded, shared);
  ASSERT_FALSE(one->start().has_value());
  call(*one, "write", 7, 7);
  ASSERT_FALSE(other->start().has_value());
  EXPECT_EQ(call(*other, "read", 7), 0);
  call(*other, "write", 8, 8);
  EXPECT_EQ(call(*one, "read", 8), 0);
  EXPECT_EQ(call(*one, "read", 7), 7);
  one->reset();
  EXPECT_EQ(call(*other, "read", 8), 8);
  other->reset();
  EXPECT_EQ(other->state(), State::ready);
  EXPECT_EQ(call(*other, "read", 8), 0);
}

// From the third instance on, none runs its start: what the host is told, what the struct and the tables point to, and every byte must be as if it had.
TEST_F(KeptStartTest, A_known_start_is_a_start_wherever_the_instance_lies) {
  const auto loaded = load_cast(everything);
  const auto shared = std::make_shared<SharedStart>();
  const auto measure = instance(loaded, nullptr);
  std::vector<std::unique_ptr<Instance>> alive;
  for (int number = 0; number < 6; ++number) {
    alive.push_back(instance(loaded, shared));
    EXPECT_EQ(shared->known(16 * limits::MiB) != nullptr, number >= 2) << number;
    ASSERT_FALSE(alive.back()->start().has_value());
  }
  for (const auto& guest : alive) {
    measure->reset();
    ASSERT_FALSE(measure->start().has_value());
    expect_same(*guest, *measure);
    EXPECT_EQ(call(*guest, "read", 65544), 77);
  }
  // Each has its own struct, tables and memory.
  for (std::uint32_t number = 0; number < alive.size(); ++number) {
    call(*alive[number], "set", 100 + number);
    call(*alive[number], "write", 1, number);
    if (number % 2 == 1) call(*alive[number], "swap");
  }
  for (std::uint32_t number = 0; number < alive.size(); ++number) {
    EXPECT_EQ(call(*alive[number], "get"), 100 + number);
    EXPECT_EQ(call(*alive[number], "read", 1), number);
    EXPECT_EQ(call(*alive[number], "call", 0), number % 2 == 1 ? 22 : 11);
  }
}

// A slot that is given back is the next instance's: nothing of the last guest may be in it, however that one ended.
TEST_F(KeptStartTest, A_slot_that_is_used_again_holds_nothing_of_the_last_guest) {
  const auto loaded = load_cast(everything);
  const auto measure = instance(loaded, nullptr);
  for (const bool scan : {true, false}) {
    ingot::sandbox::pretend_no_page_scan(!scan);
    const auto shared = std::make_shared<SharedStart>();
    std::set<const std::uint8_t*> places;
    {
      // At the same time, so that nothing of the second stands where the first one's was: then the start is known.
      const auto first = instance(loaded, shared), second = instance(loaded, shared);
      ASSERT_FALSE(first->start().has_value());
      ASSERT_FALSE(second->start().has_value());
    }
    for (int round = 0; round < 40; ++round) {
      const auto guest = instance(loaded, shared);
      ASSERT_FALSE(guest->start().has_value());
      places.insert(memory(*guest).data);
      measure->reset();
      ASSERT_FALSE(measure->start().has_value());
      expect_same(*guest, *measure);
      call(*guest, "set", 1234);
      call(*guest, "swap");
      call(*guest, "fill", 0, 0xa5, round % 3 == 0 ? 2 * 65536 : 5000);
      if (round % 4 == 1) call(*guest, "grow", 2);
      if (round % 4 == 2) call(*guest, "grow_table", 1);
      if (round % 4 == 3) call(*guest, "fail");
    }
    EXPECT_LT(places.size(), 10u) << "slots are used again, or the test asks nothing";
  }
}

TEST_F(KeptStartTest, A_known_start_is_of_one_quota) {
  const auto loaded = load_cast(everything);
  const auto shared = std::make_shared<SharedStart>();
  const auto one = instance(loaded, shared), other = instance(loaded, shared);
  ASSERT_FALSE(one->start().has_value());
  ASSERT_FALSE(other->start().has_value());
  ASSERT_NE(shared->known(16 * limits::MiB), nullptr);
  EXPECT_EQ(shared->known(3 * 65536), nullptr);
  static const ingot_host_function functions[] = {host_counts};
  const auto small = Instance::create(loaded, functions, {.memory_bytes_max = 3 * 65536, .shared_start = shared}).value();
  ASSERT_FALSE(small->start().has_value());
  EXPECT_EQ(call(*small, "grow", 1), 2);
  EXPECT_EQ(static_cast<std::int32_t>(call(*small, "grow", 1)), -1);
}

TEST_F(KeptStartTest, What_differs_between_two_starts_in_more_than_addresses_is_never_copied) {
  using ingot::instance::StartRecord;
  using ingot::instance::StartTemplate;
  std::vector<std::uint64_t> array_one(4), array_other(4);
  const auto record = [](std::uint64_t guest, std::vector<std::uint64_t> words, std::vector<std::uint64_t>& array) {
    StartRecord made;
    made.guest = guest;
    const auto bytes = [](const std::vector<std::uint64_t>& list) {
      const auto* begin = reinterpret_cast<const std::uint8_t*>(list.data());
      return std::vector<std::uint8_t>(begin, begin + 8 * list.size());
    };
    made.block = bytes(words);
    made.tables.emplace_back(array.data(), bytes(array));
    return made;
  };
  const auto at = [](const std::vector<std::uint64_t>& array) { return reinterpret_cast<std::uint64_t>(array.data()); };
  array_one = {0, 5, 1000 + 64, 0};
  array_other = {0, 5, 9000 + 64, 0};
  const StartRecord one = record(1000, {7, 1000 + 8, at(array_one)}, array_one), other = record(9000, {7, 9000 + 8, at(array_other)}, array_other);
  const auto learned = StartTemplate::learn(one, other);
  ASSERT_TRUE(learned.has_value());
  std::vector<std::uint64_t> struct_third(3), array_third(4);
  const std::uint64_t third = 70'000;
  learned->write_struct(reinterpret_cast<std::uint8_t*>(struct_third.data()), third, {array_third.data()});
  learned->write_table(0, reinterpret_cast<std::uint8_t*>(array_third.data()), third);
  EXPECT_EQ(struct_third, (std::vector<std::uint64_t>{7, third + 8, at(array_third)}));
  EXPECT_EQ(array_third, (std::vector<std::uint64_t>{0, 5, third + 64, 0}));
  // A word that differs by something else; a struct at the same place; an array at the same place; another size.
  EXPECT_FALSE(StartTemplate::learn(one, record(9000, {8, 9000 + 8, at(array_other)}, array_other)).has_value());
  EXPECT_FALSE(StartTemplate::learn(one, record(1000, {7, 1000 + 8, at(array_other)}, array_other)).has_value());
  EXPECT_FALSE(StartTemplate::learn(one, record(9000, {7, 9000 + 8, at(array_one)}, array_one)).has_value());
  EXPECT_FALSE(StartTemplate::learn(one, record(9000, {7, 9000 + 8}, array_other)).has_value());
  array_other[1] = 6;
  EXPECT_FALSE(StartTemplate::learn(one, record(9000, {7, 9000 + 8, at(array_other)}, array_other)).has_value());
}

/// Steps at random, with and without the kernel's help, against an instance that starts anew.
TEST_F(KeptStartTest, Whatever_the_last_caller_did_the_next_one_finds_a_start) {
  const auto loaded = load_cast(everything);
  const auto shared = std::make_shared<SharedStart>();
  const auto measure = instance(loaded, nullptr);
  int kept = 0;
  for (const bool scan : {true, false}) {
    ingot::sandbox::pretend_no_page_scan(!scan);
    const auto guest = instance(loaded, shared);
    std::mt19937 engine(scan ? 1 : 2);
    const auto random = [&engine] { return static_cast<std::uint32_t>(engine()); };
    for (int round = 0; round < 400; ++round) {
      ASSERT_FALSE(guest->ensure_started().has_value());
      ASSERT_FALSE(measure->ensure_started().has_value());
      expect_same(*guest, *measure);
      const std::uint32_t steps = random() % 20;
      for (std::uint32_t step = 0; step < steps && guest->state() == State::ready; ++step) {
        const std::uint32_t size = static_cast<std::uint32_t>(memory(*guest).size);
        switch (random() % 9) {
          case 0: call(*guest, "write", random() % size, random()); break;
          case 1: call(*guest, "write", random() % 200, random()); break;
          case 2: call(*guest, "set", random()); break;
          case 3: call(*guest, "swap"); break;
          case 4: call(*guest, "drop"); break;
          case 5: call(*guest, "grow", random() % 3); break;
          case 6: {
            const std::uint32_t at = random() % size;
            call(*guest, "fill", at, random(), random() % std::min(size - at, random() % 8 == 0 ? size : 9000u));
            break;
          }
          case 7:
            if (random() % 8 == 0) call(*guest, "grow_table", 1);
            break;
          default:
            if (random() % 40 == 0) call(*guest, "fail");
        }
      }
      guest->reset();
      measure->reset();
      kept += guest->state() == State::ready ? 1 : 0;
      ASSERT_EQ(measure->state(), State::empty);
    }
  }
  EXPECT_GT(kept, 500) << "most resets are the quick kind, or the test asks nothing";
}

TEST_F(KeptStartTest, A_stack_holds_nothing_of_the_last_caller) {
  for (const bool scan : {true, false}) {
    ingot::sandbox::pretend_no_page_scan(!scan);
    auto slot = ingot::sandbox::Slot::create({.front_bytes = 8192, .stack_bytes = limits::guest_stack_bytes}).value();
    const auto slots = slot.stack().usable;
    ASSERT_EQ(slots.end, reinterpret_cast<std::uintptr_t>(slot.front()));
    for (const std::size_t written : {std::size_t{1}, std::size_t{4097}, std::size_t{100'000}, slots.end - slots.begin}) {
      std::memset(reinterpret_cast<void*>(slots.end - written), 0xa5, written);
      std::memset(slot.front(), 0x5a, 8192);
      slot.rewind(ingot::sandbox::Slot::Writers::any);
      for (std::uintptr_t address = slots.begin; address < slots.end; ++address) ASSERT_EQ(*reinterpret_cast<const std::uint8_t*>(address), 0) << written;
      for (std::size_t index = 0; index < 8192; ++index) ASSERT_EQ(slot.front()[index], 0x5a) << "the front is its owner's";
    }
    auto stack = ingot::sandbox::GuestStack::create().value();
    const auto range = stack.range().usable;
    auto* const begin = reinterpret_cast<std::uint8_t*>(range.begin);
    for (const std::size_t written : {std::size_t{1}, std::size_t{4097}, std::size_t{100'000}, range.end - range.begin}) {
      std::memset(begin + (range.end - range.begin) - written, 0xa5, written);
      stack.reset();
      for (std::size_t at = 0; at < range.end - range.begin; ++at) ASSERT_EQ(begin[at], 0) << at << " of " << written;
    }
  }
}

}  // namespace
