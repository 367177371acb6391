// SPDX-License-Identifier: Apache-2.0
// Loops that carry bytes between a plugin and its host, as optimised code: what comes out is what arithmetic says, whatever the lengths, up to both ends of both memories.
#include <algorithm>
#include <random>

#include "fixture.hpp"

namespace {

using namespace ingot;
using namespace ingot::test;

constexpr std::uint32_t memory_bytes = 4 * 65536;

std::string bytes_of(std::size_t length) {
  std::mt19937 random(static_cast<unsigned>(length));
  std::string bytes(length, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

std::string request(std::uint32_t begin, std::int32_t more, const std::string& rest) { return eight_bytes(begin | std::uint64_t{static_cast<std::uint32_t>(more)} << 32) + rest; }

/// As far as eight bytes at a time are read beyond the end, nothing of them is there, not even of those before the end.
std::string carried(const std::string& rest, std::int64_t more, std::size_t word) {
  const auto count = static_cast<std::size_t>(static_cast<std::int64_t>(rest.size()) + more);
  std::string result(count, '\0');
  for (std::size_t at = 0; at < count;) {
    const std::size_t step = count - at >= word ? word : 1;
    if (at + step <= rest.size()) result.replace(at, step, rest, at, step);
    at += step;
  }
  return result;
}

class Copies : public testing::Test {
 protected:
  std::unique_ptr<Plugin> plugin_ = make({{"", guest("copier.release")}});
};

TEST_F(Copies, OfEachLength) {
  for (std::size_t length = 0; length <= 300; ++length) {
    const std::string rest = bytes_of(length);
    for (const std::int32_t more : {0, 1, 7, 8, 9, 100}) {
      ASSERT_EQ(output_of(*plugin_, "words", request(1000, more, rest)), carried(rest, more, 8)) << length << " and " << more;
      ASSERT_EQ(output_of(*plugin_, "bytes", request(1001, more, rest)), carried(rest, more, 1)) << length << " and " << more;
    }
  }
  for (const std::size_t length : {4096u, 65536u, 100001u, 200000u}) {
    const std::string rest = bytes_of(length);
    for (const std::uint32_t begin : {0u, 8u, 13u, 4095u}) {
      ASSERT_EQ(output_of(*plugin_, "words", request(begin, 0, rest)), rest);
      ASSERT_EQ(output_of(*plugin_, "bytes", request(begin, 0, rest)), rest);
    }
  }
}

TEST_F(Copies, ByHandlesIntoAShorterBlock) {
  for (const std::size_t length : {16u, 64u, 72u, 80u, 128u, 200u, 1000u, 65536u}) {
    const std::string rest = bytes_of(length);
    // Blocks begin at multiples of 16, and what is between them can be written, too; so a word that the block's end divides is there.
    ASSERT_EQ(output_of(*plugin_, "handles", request(64, 0, rest)), rest.substr(0, length / 2)) << length;
  }
}

TEST_F(Copies, UpToTheEndOfTheGuestsMemoryAndBeyond) {
  for (const std::size_t length : {8u, 64u, 72u, 200u, 1000u}) {
    const std::string rest = bytes_of(length);
    const auto last = static_cast<std::uint32_t>(memory_bytes - length);
    for (const char* name : {"words", "bytes"}) {
      for (std::uint32_t before = 0; before <= 20; ++before) ASSERT_EQ(output_of(*plugin_, name, request(last - before, 0, rest)), rest) << name << length;
      for (std::uint32_t behind = 1; behind <= 20; ++behind) {
        ASSERT_NE(error_of(*plugin_, name, request(last + behind, 0, rest)).find("memory"), std::string::npos) << name << " " << length << " " << behind;
      }
      // Where the address wraps around.
      ASSERT_NE(error_of(*plugin_, "bytes", request(~std::uint32_t{0} - 3, 0, rest)).find("memory"), std::string::npos) << name;
    }
  }
}

}  // namespace
