// SPDX-License-Identifier: Apache-2.0
#include "backup/header.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "backup/child.hpp"

namespace ingot::backup {
namespace {

/// From the table in header.hpp, byte by byte.
std::string known_prefix() {
  std::string bytes = "INGOTBK\n";
  bytes += std::string("\x01\0\0\0", 4);
  bytes += std::string("\x04\x03\x02\0", 4);
  bytes += std::string("\x88\x77\x66\x55\x44\x33\x22\0", 8);
  for (int i = 0; i < 32; ++i) bytes += static_cast<char>(0xF0 ^ i);
  return bytes;
}

constexpr std::uint64_t known_file_bytes = 56 + 0x00020304 + 0x0022334455667788;

TEST(BackupPrefix, Is_what_the_format_says) {
  Prefix prefix{0x00020304, 0x0022334455667788, {}};
  for (std::size_t i = 0; i < 32; ++i) prefix.digest[i] = static_cast<std::uint8_t>(0xF0 ^ i);
  const auto bytes = prefix_text(prefix);
  EXPECT_EQ(std::string(bytes.begin(), bytes.end()), known_prefix());
  const auto parsed = parse_prefix(known_prefix(), known_file_bytes);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(*parsed, prefix);
}

TEST(BackupPrefix, A_file_of_another_length_is_refused) {
  for (const std::uint64_t size : {known_file_bytes - 1, known_file_bytes + 1, std::uint64_t{56}, std::uint64_t{0}, UINT64_MAX}) {
    const auto parsed = parse_prefix(known_prefix(), size);
    ASSERT_FALSE(parsed.ok()) << size;
    EXPECT_EQ(parsed.error().code, ErrorCode::verification);
  }
}

TEST(BackupPrefix, No_number_in_it_leads_past_the_file) {
  std::string enormous = known_prefix();
  enormous.replace(12, 12, std::string(12, '\xFF'));  // both lengths: their sum goes around
  for (const std::uint64_t size : {std::uint64_t{56}, std::uint64_t{1000}, UINT64_MAX}) EXPECT_FALSE(parse_prefix(enormous, size).ok());
  std::string payload = known_prefix();
  payload.replace(12, 4, std::string(4, '\0'));
  payload.replace(16, 8, std::string(8, '\xFF'));
  for (const std::uint64_t size : {std::uint64_t{55}, std::uint64_t{56}, UINT64_MAX}) EXPECT_FALSE(parse_prefix(payload, size).ok());
}

TEST(BackupPrefix, Every_cut_and_every_other_version_is_refused) {
  const std::string whole = known_prefix();
  for (std::size_t length = 0; length < whole.size(); ++length) EXPECT_FALSE(parse_prefix(whole.substr(0, length), length).ok()) << length;
  std::string newer = whole;
  newer[8] = 2;
  EXPECT_NE(parse_prefix(newer, known_file_bytes).error().message.find("format version 2"), std::string::npos);
}

TEST(BackupHeader, Comes_back_as_it_went) {
  const Header header{db::Kind::postgresql,
                      "2027-01-01T00:00:00Z",
                      "ingot 0.1.0",
                      15,
                      {{"crm", "1.0.0", "ab"}, {"new\"line\n", "", ""}},
                      {{"", "user_account", 0}, {"crm", "contact", 18'446'744'073'709'551'615ull}}};
  const auto parsed = parse_header(header_text(header));
  ASSERT_TRUE(parsed.ok()) << parsed.error().message;
  EXPECT_EQ(*parsed, header);
}

TEST(BackupHeader, What_is_missing_or_of_another_kind_is_named) {
  const nlohmann::json good{{"database", "sqlite"}, {"created_at", "t"}, {"made_by", "m"}, {"postgres_major", 0},
                            {"modules", {{{"name", "a"}, {"version", "1"}, {"digest", ""}}}}, {"tables", {{{"module", "a"}, {"table", "t"}, {"rows", 1}}}}};
  ASSERT_TRUE(parse_header(good.dump()).ok());
  for (const auto& item : good.items()) {
    for (const nlohmann::json& wrong : {nlohmann::json(), nlohmann::json(-1), nlohmann::json(1.5), nlohmann::json::object(), nlohmann::json::array({1})}) {
      nlohmann::json bad = good;
      bad[item.key()] = wrong;
      const auto parsed = parse_header(bad.dump());
      ASSERT_FALSE(parsed.ok()) << item.key() << wrong;
      EXPECT_NE(parsed.error().message.find(item.key()), std::string::npos) << parsed.error().message;
    }
    nlohmann::json bad = good;
    bad.erase(item.key());
    EXPECT_FALSE(parse_header(bad.dump()).ok()) << item.key();
  }
  for (const char* list : {"modules", "tables"}) {
    for (const auto& item : good[list][0].items()) {
      nlohmann::json bad = good;
      bad[list][0].erase(item.key());
      EXPECT_FALSE(parse_header(bad.dump()).ok()) << list << item.key();
    }
  }
  for (const char* text : {"", "{", "[]", "null", "\"x\"", "{}"}) EXPECT_FALSE(parse_header(text).ok()) << text;
}

TEST(Sha256, Is_the_standards) {  // FIPS 180-4's own examples, in pieces
  Sha256 abc;
  abc.add("a");
  abc.add("");
  abc.add("bc");
  const Digest digest = abc.finish();
  EXPECT_EQ(digest[0], 0xBA);
  EXPECT_EQ(digest[1], 0x78);
  EXPECT_EQ(digest[31], 0xAD);
}

TEST(PostgresPrograms, A_version_is_read_and_nothing_is_taken_for_one) {
  EXPECT_EQ(major_of("pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"), 15);
  EXPECT_EQ(major_of("pg_restore (PostgreSQL) 9.6.24"), 9);
  EXPECT_EQ(major_of("pg_dump (PostgreSQL) 18beta1"), 18);
  for (const char* text : {"", "pg_dump 15", "pg_dump (PostgreSQL) ", "pg_dump (PostgreSQL) x15", "(PostgreSQL)"}) EXPECT_EQ(major_of(text), 0) << text;
}

}  // namespace
}  // namespace ingot::backup
