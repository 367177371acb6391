// SPDX-License-Identifier: Apache-2.0
#include "load/place.hpp"

#include <elf.h>
#include <gtest/gtest.h>

#include <cstring>
#include <set>

#include "limits.hpp"
#include "sandbox/enter.hpp"
#include "sandbox/reserve.hpp"
#include "support/load.hpp"

namespace ingot::load {
namespace {

std::uint64_t host() { return reinterpret_cast<std::uint64_t>(&ingot_sandbox_trap); }

TEST(Place, Is_near_the_host_free_and_another_each_time) {
  std::set<std::uint64_t> places;
  for (int attempt = 0; attempt < 100; ++attempt) {
    constexpr std::uint64_t bytes = 1'000'000;
    const std::uint64_t place = place_near_host(bytes);
    ASSERT_NE(place, 0u);
    EXPECT_EQ(place % 4096, 0u);
    EXPECT_LT(place + bytes, host());
    EXPECT_LT(host() - place, 3 * limits::GiB);
    EXPECT_TRUE(sandbox::is_free(place, bytes));
    places.insert(place);
  }
  // Of half a million pages: two equal ones are a matter of one in a hundred, five of never.
  EXPECT_GT(places.size(), 95u);
}

TEST(Place, Of_something_too_large_is_nowhere) {
  EXPECT_EQ(place_near_host(2 * limits::GiB), 0u);
  EXPECT_EQ(place_near_host(~std::uint64_t{0}), 0u);
}

// (module (func (export "answer") (result i32) (i32.const 41)))
constexpr const char* answer = "0105016000017f 0302 0100 070a0106616e73776572 0000 0a06010400 4129 0b";

TEST(Place, Guests_are_mapped_there) {
  const auto one = test::load_cast(answer);
  const auto other = test::load_cast(answer);
  for (const auto& module : {one, other}) {
    EXPECT_LT(module->text().end, host());
    EXPECT_LT(host() - module->text().begin, 3 * limits::GiB);
  }
  EXPECT_NE(one->text().begin, other->text().begin);
}

TEST(Place, A_moved_object_is_the_same_but_for_its_addresses) {
  const auto module = test::load_cast(answer);
  const format::ByteView object = module->bundle().object().bytes;
  const auto image = ElfImage::read(object);
  ASSERT_TRUE(image.ok());
  constexpr std::uint64_t distance = 0x5555'0000'0000;
  const auto copy = moved(object, *image, distance);
  ASSERT_TRUE(copy.has_value());
  ASSERT_EQ(copy->size(), object.size());
  // Every change is one address, larger by the distance; and the program headers are where they were.
  std::size_t changed = 0;
  for (std::size_t at = 0; at + 8 <= object.size(); at += 8) {
    std::uint64_t before = 0, after = 0;
    std::memcpy(&before, object.data() + at, 8);
    std::memcpy(&after, copy->data() + at, 8);
    if (before == after) continue;
    ++changed;
    EXPECT_EQ(after - before, distance) << "at " << at;
  }
  Elf64_Ehdr header{};
  std::memcpy(&header, copy->data(), sizeof header);
  std::size_t segments = 0, relocations = 0;
  for (std::size_t index = 0; index < header.e_phnum; ++index) {
    Elf64_Phdr segment{};
    std::memcpy(&segment, copy->data() + header.e_phoff + index * sizeof segment, sizeof segment);
    if (segment.p_type == PT_GNU_STACK) continue;
    ++segments;
    EXPECT_GE(segment.p_vaddr, distance);
    if (segment.p_type != PT_DYNAMIC) continue;
    for (std::size_t at = 0; at < segment.p_filesz; at += sizeof(Elf64_Dyn)) {
      Elf64_Dyn entry{};
      std::memcpy(&entry, copy->data() + segment.p_offset + at, sizeof entry);
      if (entry.d_tag == DT_RELASZ) relocations = entry.d_un.d_val / sizeof(Elf64_Rela);
    }
  }
  EXPECT_GT(relocations, 0u);
  // Two addresses a segment and a relocation, four tables, one symbol.
  EXPECT_EQ(changed, 2 * segments + 2 * relocations + 4 + 1);
}

}  // namespace
}  // namespace ingot::load
