// SPDX-License-Identifier: Apache-2.0
#include "format/static_files.hpp"

#include <gtest/gtest.h>

#include <string>

#include "fixtures.hpp"
#include "format/signature.hpp"
#include "limits.hpp"

namespace ingot::format {
namespace {

Bytes bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

// FORMAT.md, by hand: two files, "ui/a" with "one" and "ui/b.js" with nothing.
const Bytes by_hand = bytes_of(std::string("\2\0\0\0" "\4\0\0\0" "\3\0\0\0" "\7\0\0\0" "\0\0\0\0" "ui/a" "ui/b.js" "one", 34));

std::string reason(const Bytes& section) {
  const auto parsed = parse_static_files(section);
  EXPECT_FALSE(parsed.ok());
  if (parsed.ok()) return "";
  EXPECT_EQ(parsed.error().code, ErrorCode::verification);
  return parsed.error().message;
}

TEST(StaticFiles, Are_the_bytes_that_the_format_says) {
  const Bytes one = bytes_of("one");
  EXPECT_EQ(write_static_files({{"ui/a", one}, {"ui/b.js", {}}}), by_hand);
  const auto files = parse_static_files(by_hand);
  ASSERT_TRUE(files.ok()) << files.error().message;
  ASSERT_EQ(files->size(), 2u);
  EXPECT_EQ((*files)[0].path, "ui/a");
  EXPECT_EQ(Bytes((*files)[0].bytes.begin(), (*files)[0].bytes.end()), one);
  EXPECT_EQ((*files)[1].path, "ui/b.js");
  EXPECT_TRUE((*files)[1].bytes.empty());
  EXPECT_TRUE(parse_static_files({})->empty());
  EXPECT_TRUE(write_static_files({}).empty());
}

TEST(StaticFiles, That_are_cut_off_are_refused_at_every_length) {
  for (std::size_t length = 1; length < by_hand.size(); ++length) EXPECT_NE(reason(Bytes(by_hand.begin(), by_hand.begin() + static_cast<std::ptrdiff_t>(length))), "") << length;
  Bytes longer = by_hand;
  longer.push_back(0);
  EXPECT_NE(reason(longer).find("longer than its files"), std::string::npos);
}

TEST(StaticFiles, Refuse_numbers_that_lie) {
  const auto with = [](std::size_t offset, std::uint8_t value) {
    Bytes changed = by_hand;
    changed[offset] = value;
    return reason(changed);
  };
  EXPECT_NE(with(0, 0).find("claims 0 files"), std::string::npos);
  EXPECT_NE(with(2, 1).find("claims 65538 files"), std::string::npos);
  EXPECT_NE(with(7, 0xff).find("truncated"), std::string::npos);   // a path of 4 GiB
  EXPECT_NE(with(11, 0xff).find("truncated"), std::string::npos);  // a content of 4 GiB
  Bytes huge = write_static_files({{"a", Bytes(limits::static_file_bytes_max + 1)}});
  EXPECT_NE(reason(huge).find("larger than any"), std::string::npos);
}

TEST(StaticFiles, Stand_in_order_and_once) {
  EXPECT_NE(reason(write_static_files({{"b", {}}, {"a", {}}})).find("order"), std::string::npos);
  EXPECT_NE(reason(write_static_files({{"a", {}}, {"a", {}}})).find("order"), std::string::npos);
}

TEST(StaticFiles, Have_paths_that_lead_nowhere_else) {
  for (const char* good : {"a", "ui/index.html", "1/2/3/4/5/6/7/8", "_~-/x.min.js", "a..b"}) EXPECT_TRUE(is_static_path(good)) << good;
  const std::string with_nul("a\0b", 3);
  for (const std::string& bad : {std::string(), std::string("/"), std::string("/a"), std::string("a/"), std::string("a//b"), std::string("."), std::string(".."), std::string("a/.."), std::string("../a"),
                                 std::string("a/../b"), std::string(".git/config"), std::string("a/.env"), std::string("a\\b"), std::string("a%2fb"), std::string("a b"), std::string("a?b"),
                                 std::string("\xc3\xa9"), with_nul, std::string("1/2/3/4/5/6/7/8/9"), std::string(256, 'a')}) {
    EXPECT_FALSE(is_static_path(bad)) << bad;
    if (!bad.empty()) EXPECT_NE(reason(write_static_files({{bad, {}}})).find("path that none may have"), std::string::npos) << bad;
  }
}

TEST(StaticFiles, Are_a_section_that_signatures_cover) {
  const Bytes file = write_bundle(fixtures::manifest(), fixtures::objects(), {.symbols = fixtures::symbols(), .static_files = by_hand});
  const auto parsed = parse_bundle(file);
  ASSERT_TRUE(parsed.ok()) << parsed.error().message;
  EXPECT_EQ(Bytes(parsed->static_files.begin(), parsed->static_files.end()), by_hand);
  EXPECT_GE(parsed->static_files.data(), parsed->signed_bytes.data());
  EXPECT_LE(parsed->static_files.data() + parsed->static_files.size(), parsed->signed_bytes.data() + parsed->signed_bytes.size());
  Bytes damaged = by_hand;
  damaged[4] = 5;
  EXPECT_FALSE(parse_bundle(write_bundle(fixtures::manifest(), fixtures::objects(), {.static_files = damaged})).ok());
  // Without files a bundle has the bytes that it always had.
  EXPECT_TRUE(parse_bundle(fixtures::bundle())->static_files.empty());
}

}  // namespace
}  // namespace ingot::format
