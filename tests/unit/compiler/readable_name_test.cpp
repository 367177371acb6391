// SPDX-License-Identifier: Apache-2.0
// Names as they are shown in a trap's report and by `inspect --symbols`. Sources of the expected values: the Itanium C++ ABI, 5.1, and Rust's RFC 2603.
#include <gtest/gtest.h>

#include "symbols/tables.hpp"

namespace ingot::compiler::native {
namespace {

TEST(ReadableName, Cpp_and_rust_names_are_demangled) {
  EXPECT_EQ(readable_name("_Z1fv"), "f()");
  EXPECT_EQ(readable_name("_ZN3crm6createEii"), "crm::create(int, int)");
  EXPECT_EQ(readable_name("_RNvC6_123foo3bar"), "123foo::bar");
  EXPECT_EQ(readable_name("_RNvNtCs1234_7mycrate3foo3bar"), "mycrate::foo::bar");
  EXPECT_EQ(readable_name("_ZN7mycrate3foo17h0123456789abcdefE"), "mycrate::foo") << "without the hash that the older scheme puts last";
}

TEST(ReadableName, What_is_not_mangled_stays) {
  for (const char* name : {"", "main", "_start", "host.log", "_Z", "_R", "_Zebra", "_Ruby", "_ZN3crm6create", "__rust_alloc"}) EXPECT_EQ(readable_name(name), name);
}

/// f(A<A<...>, A<...>>): each level is a template of the level before, twice.
std::string doubling(int levels) {
  static constexpr char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  std::string name = "_Z1f1AIiiE";
  for (int level = 0; level < levels; ++level) {
    const std::string before = std::string("S") + digits[level] + "_";
    name += "S_I" + before + before + "E";
  }
  return name;
}

TEST(ReadableName, A_short_name_that_stands_for_an_enormous_one_stays) {
  EXPECT_EQ(readable_name(doubling(1)), "f(A<int, int>, A<A<int, int>, A<int, int>>)");
  for (const int levels : {8, 10, 11, 20, 35}) EXPECT_EQ(readable_name(doubling(levels)), doubling(levels)) << levels;
}

TEST(ReadableName, A_long_name_stays) {
  const std::string longest = "_Z505" + std::string(505, 'f') + "v";
  ASSERT_EQ(longest.size(), 511u);
  EXPECT_EQ(readable_name(longest), std::string(505, 'f') + "()");
  for (const std::size_t length : {510u, 511u, 5000u}) {
    const std::string name = "_Z" + std::to_string(length) + std::string(length, 'f') + "v";
    EXPECT_EQ(readable_name(name), name) << length;
  }
}

TEST(ReadableName, Deep_nesting_ends) {
  const std::string name = "_Z1f" + std::string(500, 'P') + "i";
  EXPECT_LE(readable_name(name).size(), 512u + 8);
}

}  // namespace
}  // namespace ingot::compiler::native
