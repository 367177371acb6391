// SPDX-License-Identifier: Apache-2.0
#include "ingest/producers.hpp"

#include <gtest/gtest.h>

#include <string>

namespace ingot::compiler::ingest {
namespace {

std::string leb(std::size_t value) {
  std::string text;
  do {
    const char low = static_cast<char>(value & 0x7f);
    value >>= 7;
    text += value != 0 ? static_cast<char>(low | 0x80) : low;
  } while (value != 0);
  return text;
}
std::string name(const std::string& text) { return leb(text.size()) + text; }
std::string custom(const std::string& title, const std::string& content) {
  const std::string body = name(title) + content;
  return std::string(1, '\0') + leb(body.size()) + body;
}
std::vector<format::Producer> read(const std::string& sections) {
  const std::string text = std::string("\0asm\1\0\0\0", 8) + sections;
  return read_producers({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}
std::string value(const std::string& producer, const std::string& version) { return name(producer) + name(version); }

// The layout is that of WebAssembly's tool conventions, ProducersSection.md: a vector of (name, vector of (name, version)).
TEST(Producers, Reads_every_field_and_value) {
  const std::string content =
      leb(2) + name("language") + leb(1) + value("Rust", "1.90") + name("processed-by") + leb(2) + value("rustc", "1.90.0") + value("wasm-opt", "");
  const auto producers = read(custom("name", "") + std::string("\1\1\0", 3) + custom("producers", content));
  ASSERT_EQ(producers.size(), 3u);
  EXPECT_EQ(producers[0].field + "/" + producers[0].name + "/" + producers[0].version, "language/Rust/1.90");
  EXPECT_EQ(producers[2].field + "/" + producers[2].name + "/" + producers[2].version, "processed-by/wasm-opt/");
}

TEST(Producers, Without_such_a_section_or_with_a_malformed_one_there_are_none) {
  EXPECT_TRUE(read("").empty());
  EXPECT_TRUE(read(custom("producer", leb(0))).empty());
  const std::string good = leb(1) + name("sdk") + leb(1) + value("Emscripten", "4");
  EXPECT_EQ(read(custom("producers", good)).size(), 1u);
  for (std::size_t length = 0; length < good.size(); ++length) EXPECT_TRUE(read(custom("producers", good.substr(0, length))).empty()) << length;
  EXPECT_TRUE(read(custom("producers", good + "x")).empty());
  EXPECT_TRUE(read(custom("producers", leb(1) + name("sdk") + leb(1) + value("\xff", "4"))).empty());
  EXPECT_TRUE(read(custom("producers", leb(0xffffffff))).empty());
}

TEST(Producers, Leaves_out_what_is_too_long_or_too_much) {
  std::string many;
  for (int i = 0; i < 101; ++i) many += value("tool" + std::to_string(i), "1");
  EXPECT_EQ(read(custom("producers", leb(1) + name("processed-by") + leb(101) + many)).size(), 100u);
  const std::string values = value(std::string(255, 'a'), "1") + value(std::string(256, 'a'), "1") + value("b", std::string(256, '1'));
  EXPECT_EQ(read(custom("producers", leb(1) + name("sdk") + leb(3) + values)).size(), 1u);
}

}  // namespace
}  // namespace ingot::compiler::ingest
