// SPDX-License-Identifier: Apache-2.0
// The parts of the build cache: an entry as bytes, names, the identity of files, and the store. Whole builds are in e2e/cache.mjs.
#include "cache/store.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "cache/entry.hpp"
#include "cache/identity.hpp"
#include "process/files.hpp"

namespace ingot::compiler::cache {
namespace {

namespace fs = std::filesystem;

class CacheTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = ::testing::TempDir() + "cache_test-" + std::to_string(::getpid());
    fs::remove_all(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  Store open(std::uint64_t bytes_max = 1 << 20) {
    auto folder = Folder::open(folder_, true);
    INGOT_CHECK(folder.ok());
    return Store(std::move(folder).value(), bytes_max, [this](const std::string& text) { notes_.push_back(text); });
  }
  static Key key(std::uint8_t number) {
    Key key{};
    key.fill(number);
    return key;
  }
  std::string file(std::uint8_t number, Kind kind = Kind::bundle) const { return folder_ + "/" + name_of(kind, key(number)); }
  static format::Bytes bytes(std::size_t count, std::uint8_t value) { return format::Bytes(count, value); }
  /// Entries were used in this order, a second apart, whatever the clock's resolution.
  void set_used(std::uint8_t number, std::time_t when) const {
    const struct timespec times[2] = {{when, 0}, {when, 0}};
    ASSERT_EQ(::utimensat(AT_FDCWD, file(number).c_str(), times, 0), 0);
  }

  std::string folder_;
  std::vector<std::string> notes_;
};

TEST_F(CacheTest, What_is_kept_is_found_under_its_key_and_kind_only) {
  Store store = open();
  store.keep(Kind::bundle, key(1), bytes(100, 7));
  EXPECT_EQ(store.fetch(Kind::bundle, key(1)), bytes(100, 7));
  EXPECT_FALSE(store.fetch(Kind::tool, key(1)).has_value());
  EXPECT_FALSE(store.fetch(Kind::bundle, key(2)).has_value());
  EXPECT_EQ(store.usage().entries, 1u);
  EXPECT_EQ(store.usage().bytes, 100 + header_bytes);
  store.keep(Kind::bundle, key(1), bytes(3, 8));
  EXPECT_EQ(store.fetch(Kind::bundle, key(1)), bytes(3, 8)) << "the later one replaces it";
  EXPECT_EQ(open().fetch(Kind::bundle, key(1)), bytes(3, 8)) << "another process sees it";
  EXPECT_TRUE(notes_.empty());
}

TEST_F(CacheTest, Every_single_bit_of_an_entry_is_checked) {
  Store store = open();
  store.keep(Kind::bundle, key(1), bytes(20, 7));
  const auto whole = process::read_file(file(1), 1000);
  ASSERT_TRUE(whole.ok());
  ASSERT_EQ(whole->size(), header_bytes + 20);
  for (std::size_t at = 0; at < whole->size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      format::Bytes changed = *whole;
      changed[at] = static_cast<std::uint8_t>(changed[at] ^ (1 << bit));
      ASSERT_TRUE(process::write_file(file(1), changed).ok());
      EXPECT_FALSE(store.fetch(Kind::bundle, key(1)).has_value()) << "byte " << at << ", bit " << bit;
      EXPECT_FALSE(fs::exists(file(1)));
    }
  }
  EXPECT_EQ(notes_.size(), whole->size() * 8);
}

TEST_F(CacheTest, Every_shorter_and_a_longer_entry_is_refused) {
  Store store = open();
  store.keep(Kind::tool, key(1), bytes(20, 7));
  auto whole = process::read_file(file(1, Kind::tool), 1000);
  ASSERT_TRUE(whole.ok());
  const std::size_t size = whole->size();
  for (std::size_t length = 0; length <= size + 1; ++length) {
    if (length == size) continue;
    whole->resize(length);
    ASSERT_TRUE(process::write_file(file(1, Kind::tool), *whole).ok());
    EXPECT_FALSE(store.fetch(Kind::tool, key(1)).has_value()) << length;
    whole->resize(size, 7);
  }
}

TEST_F(CacheTest, The_least_recently_used_goes_first) {
  const std::uint64_t one = 1000 + header_bytes;
  Store store = open(3 * one);
  for (const std::uint8_t number : std::initializer_list<std::uint8_t>{1, 2, 3}) store.keep(Kind::bundle, key(number), bytes(1000, number));
  set_used(1, 3000);
  set_used(2, 1000);
  set_used(3, 2000);
  store.keep(Kind::bundle, key(4), bytes(1000, 4));
  EXPECT_FALSE(fs::exists(file(2)));
  EXPECT_TRUE(fs::exists(file(1)) && fs::exists(file(3)) && fs::exists(file(4)));
  EXPECT_TRUE(store.fetch(Kind::bundle, key(3)).has_value()) << "used now";
  store.keep(Kind::bundle, key(5), bytes(2000, 5));
  EXPECT_FALSE(fs::exists(file(1)));
  EXPECT_LE(store.usage().bytes, 3 * one);
  const std::size_t entries = store.usage().entries;
  store.keep(Kind::bundle, key(6), bytes(4000, 6));
  EXPECT_FALSE(fs::exists(file(6))) << "would not fit alone";
  EXPECT_EQ(store.usage().entries, entries);
}

TEST_F(CacheTest, Clearing_leaves_what_is_not_the_caches) {
  Store store = open();
  store.keep(Kind::bundle, key(1), bytes(10, 1));
  store.keep(Kind::tool, key(1), bytes(10, 1));
  const std::string foreign = folder_ + "/" + format::hex(key(9)) + ".bundle.txt";
  ASSERT_TRUE(process::write_file(foreign, bytes(1, 1)).ok());
  const Usage cleared = store.clear();
  EXPECT_EQ(cleared.entries, 1u);
  EXPECT_EQ(cleared.bytes, 2 * (10 + header_bytes));
  EXPECT_TRUE(fs::exists(foreign));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 1);
}

TEST(CacheNames, Only_our_own_names_are_ours) {
  Key key{};
  key[31] = 0xab;
  const std::string digits = format::hex(key);
  EXPECT_EQ(role_of(name_of(Kind::bundle, key)), Role::bundle);
  EXPECT_EQ(role_of(name_of(Kind::tool, key)), Role::tool);
  EXPECT_EQ(role_of(unfinished_name()), Role::unfinished);
  EXPECT_NE(unfinished_name(), unfinished_name());
  for (const std::string& name : {std::string(), std::string("."), std::string(".."), digits, digits + ".", digits + ".bundles", digits.substr(1) + ".bundle",
                                  digits + "0.bundle", "A" + digits.substr(1) + ".tool", std::string("README")}) {
    EXPECT_EQ(role_of(name), Role::foreign) << name;
  }
}

TEST_F(CacheTest, Words_of_an_identity_cannot_be_shifted_into_each_other) {
  const auto of = [](std::initializer_list<const char*> words) {
    Identity identity;
    for (const char* word : words) identity.add(word);
    return identity.digest();
  };
  EXPECT_EQ(of({"ab", "c"}), of({"ab", "c"}));
  EXPECT_NE(of({"ab", "c"}), of({"a", "bc"}));
  EXPECT_NE(of({"ab", ""}), of({"ab"}));
  EXPECT_NE(of({"1:a"}), of({"", "a"}));
}

TEST_F(CacheTest, A_file_that_was_replaced_or_edited_is_another_one_even_with_its_old_times) {
  fs::create_directories(folder_);
  const std::string path = folder_ + "/program";
  const auto identity = [&] {
    Identity identity;
    identity.add_file(path);
    return identity.digest();
  };
  const auto missing = identity();
  ASSERT_TRUE(process::write_file(path, bytes(10, 1)).ok());
  const auto first = identity();
  EXPECT_NE(first, missing);
  EXPECT_EQ(first, identity());
  const auto time = fs::last_write_time(path);
  ASSERT_TRUE(process::write_file(path, bytes(10, 2)).ok());  // another inode, same size
  fs::last_write_time(path, time);
  EXPECT_NE(first, identity());
  // Edited in its place: only the ctime tells, once the kernel's clock has ticked.
  const auto second = identity();
  const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  ASSERT_GE(fd, 0);
  for (int round = 0; identity() == second && round < 1'000'000; ++round) {
    ASSERT_EQ(::pwrite(fd, "x", 1, 0), 1);
    fs::last_write_time(path, time);
  }
  ::close(fd);
  EXPECT_NE(second, identity());
}

}  // namespace
}  // namespace ingot::compiler::cache
