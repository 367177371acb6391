// SPDX-License-Identifier: Apache-2.0
#include "format/bundle.hpp"

#include <gtest/gtest.h>

#include "fixtures.hpp"
#include "format/provenance.hpp"
#include "format/signature.hpp"
#include "limits.hpp"

namespace ingot::format {
namespace {

std::string reason(const Bytes& bytes) {
  const auto parsed = parse_bundle(bytes);
  EXPECT_FALSE(parsed.ok());
  if (parsed.ok()) return "";
  EXPECT_EQ(parsed.error().code, ErrorCode::verification);
  return parsed.error().message;
}

void put_number(Bytes& bytes, std::size_t offset, std::uint64_t value, std::size_t width) {
  for (std::size_t i = 0; i < width; ++i) bytes[offset + i] = static_cast<std::uint8_t>(value >> (8 * i));
}

TEST(Bundle, Comes_back_as_it_was_written) {
  const Bytes bytes = fixtures::bundle();
  const auto parsed = parse_bundle(bytes);
  ASSERT_TRUE(parsed.ok()) << parsed.error().message;
  EXPECT_EQ(parsed->signatures.size(), 0u);
  ASSERT_EQ(parsed->objects.size(), 2u);
  EXPECT_EQ(parsed->objects[0].level, "x86-64-v2");
  EXPECT_EQ(parsed->objects[1].bytes.size(), 5000u);
  EXPECT_EQ(parsed->objects[1].bytes[4999], 0x22);
  EXPECT_EQ(parsed->signed_bytes.size() % limits::bundle_page_bytes, 0u);
  EXPECT_EQ(parsed->manifest.targets[1].object_digest, hex(sha256(Bytes(5000, 0x22))));
  EXPECT_EQ(parsed->manifest.symbols, (Digested{hex(sha256(fixtures::symbols())), 7}));
  EXPECT_EQ(Bytes(parsed->symbols.begin(), parsed->symbols.end()), fixtures::symbols());
  const auto made = parse_provenance({reinterpret_cast<const char*>(parsed->provenance.data()), parsed->provenance.size()});
  ASSERT_TRUE(made.ok()) << made.error().message;
  EXPECT_EQ(made->version_of("clang"), "22.1.0");
  EXPECT_EQ(made->version_of("gcc"), "");
  ASSERT_EQ(made->producers.size(), 1u);
  EXPECT_EQ(made->producers[0].name, "Rust");
  EXPECT_EQ(made->source_date_epoch, std::nullopt);
  EXPECT_TRUE(made->tools[0].digest.empty());
  EXPECT_EQ(made->flags, (std::vector<std::string>{"-O3", "-ffp-contract=off"}));
  EXPECT_TRUE(check_digests(*parsed).ok());
}

TEST(Bundle, May_do_without_attachments) {
  const Bytes bytes = write_bundle(fixtures::manifest(), fixtures::objects(), {});
  const auto parsed = parse_bundle(bytes);
  ASSERT_TRUE(parsed.ok()) << parsed.error().message;
  EXPECT_TRUE(parsed->symbols.empty());
  EXPECT_TRUE(parsed->provenance.empty());
  EXPECT_FALSE(parsed->manifest.symbols.has_value());
  EXPECT_EQ(parsed->objects.size(), 2u);
}

TEST(Bundle, Symbols_may_stand_nowhere_but_behind_the_objects_and_once) {
  const std::size_t entry = 32;
  Bytes bytes = fixtures::bundle();
  put_number(bytes, 32 + 3 * entry, 2, 4);  // the symbols as a third object
  put_number(bytes, 32 + 3 * entry + 4, 2, 4);
  EXPECT_EQ(reason(bytes), "the manifest and the bundle disagree on symbols");
  bytes = fixtures::bundle();
  put_number(bytes, 32 + 1 * entry, 3, 4);
  put_number(bytes, 32 + 1 * entry + 4, 0, 4);
  EXPECT_EQ(reason(bytes), "section 1 is out of order");
  bytes = fixtures::bundle();
  put_number(bytes, 32 + 3 * entry + 4, 1, 4);
  EXPECT_EQ(reason(bytes), "section 3 is out of order");
  bytes = fixtures::bundle();
  put_number(bytes, 32 + 4 * entry, 3, 4);  // the provenance as symbols once more
  EXPECT_EQ(reason(bytes), "section 4 is out of order");
  bytes = fixtures::bundle();
  put_number(bytes, 32 + 3 * entry + 16, 6, 8);  // the seventh byte is then no zero
  EXPECT_EQ(reason(bytes), "bytes before section 4 are not zero");
}

TEST(Bundle, Is_the_same_bytes_each_time) { EXPECT_EQ(fixtures::bundle(), fixtures::bundle()); }

TEST(Bundle, Signatures_can_be_replaced_without_touching_the_signed_part) {
  const Bytes unsigned_bytes = fixtures::bundle();
  Signature high{"ffffffffffffffff", {}};
  Signature low{"0123456789abcdef", {}};
  const Bytes bytes = with_signatures(unsigned_bytes, {high, low});
  const auto before = parse_bundle(unsigned_bytes);
  const auto after = parse_bundle(bytes);
  ASSERT_TRUE(after.ok()) << after.error().message;
  ASSERT_EQ(after->signatures.size(), 2u);
  EXPECT_EQ(after->signatures[0].key_id, low.key_id) << "sorted by key id";
  EXPECT_TRUE(std::equal(before->signed_bytes.begin(), before->signed_bytes.end(), after->signed_bytes.begin()));
  EXPECT_EQ(with_signatures(bytes, {}), unsigned_bytes);
}

TEST(Bundle, Truncated_at_any_length_is_refused) {
  Bytes bytes = with_signatures(fixtures::bundle(), {Signature{"0123456789abcdef", {}}});
  while (!bytes.empty()) {
    bytes.pop_back();
    EXPECT_FALSE(parse_bundle(bytes).ok()) << bytes.size();
  }
}

TEST(Bundle, One_byte_more_is_refused) {
  Bytes bytes = fixtures::bundle();
  bytes.push_back(0);
  EXPECT_EQ(reason(bytes), "the bundle has bytes behind its signature block");
}

// Outside manifest, objects and signature bytes every bit has exactly one legal value.
TEST(Bundle, Any_flipped_bit_of_header_table_padding_or_signature_header_is_refused) {
  const Bytes good = fixtures::bundle();
  const auto parsed = parse_bundle(good);
  std::vector<bool> content(good.size());
  for (const auto& object : parsed->objects) {
    const auto begin = static_cast<std::size_t>(object.bytes.data() - good.data());
    for (std::size_t i = 0; i < object.bytes.size(); ++i) content[begin + i] = true;
  }
  for (const ByteView part : {parsed->symbols, parsed->provenance}) {
    const auto begin = static_cast<std::size_t>(part.data() - good.data());
    for (std::size_t i = 0; i < part.size(); ++i) content[begin + i] = true;
  }
  for (std::size_t at = 0; at < good.size(); ++at) {
    if (content[at]) continue;
    Bytes bytes = good;
    bytes[at] ^= static_cast<std::uint8_t>(1u << (at % 8));
    const bool in_manifest = at >= 4096 && at < 8192;  // may still be JSON; what it says is then another bundle's manifest
    if (in_manifest && good[at] != 0) {
      (void)parse_bundle(bytes);
    } else {
      EXPECT_FALSE(parse_bundle(bytes).ok()) << "offset " << at;
    }
  }
}

TEST(Bundle, A_flipped_bit_of_an_object_breaks_its_digest) {
  Bytes bytes = fixtures::bundle();
  const auto good = parse_bundle(bytes);
  bytes[static_cast<std::size_t>(good->objects[1].bytes.data() - bytes.data()) + 17] ^= 1;
  const auto parsed = parse_bundle(bytes);
  ASSERT_TRUE(parsed.ok());
  EXPECT_FALSE(check_digests(*parsed).ok());
}

TEST(Bundle, A_flipped_bit_of_the_symbols_breaks_their_digest) {
  Bytes bytes = fixtures::bundle();
  bytes[static_cast<std::size_t>(parse_bundle(bytes)->symbols.data() - bytes.data())] ^= 1;
  const auto parsed = parse_bundle(bytes);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(check_digests(*parsed).error().message, "the section of symbols has another digest than the manifest says");
}

TEST(Bundle, Names_what_is_wrong_in_the_header) {
  EXPECT_EQ(reason({}), "not a bundle: wrong first bytes");
  EXPECT_EQ(reason({0x7f, 'E', 'L', 'F'}), "not a bundle: wrong first bytes");
  Bytes bytes = fixtures::bundle();
  put_number(bytes, 8, 1, 4);
  EXPECT_EQ(reason(bytes), "the bundle has format version 1, this program reads version 2");
  bytes = fixtures::bundle();
  put_number(bytes, 12, 65, 4);
  EXPECT_EQ(reason(bytes), "the bundle's header claims 65 sections");
  put_number(bytes, 12, 1, 4);
  EXPECT_EQ(reason(bytes), "the bundle's header claims 1 sections");
  bytes = fixtures::bundle();
  put_number(bytes, 16, bytes.size() * 2 / 4096 * 4096, 8);
  EXPECT_EQ(reason(bytes), "the bundle is truncated: its signed part is not all there");
}

TEST(Bundle, Overlapping_escaping_and_empty_sections_are_refused) {
  const std::size_t second = 32 + 32;
  Bytes bytes = fixtures::bundle();
  put_number(bytes, second + 8, 4096, 8);
  EXPECT_EQ(reason(bytes), "section 1 overlaps what stands before it");
  put_number(bytes, second + 8, UINT64_MAX - 50, 8);
  EXPECT_EQ(reason(bytes), "section 1 lies outside the signed part");
  put_number(bytes, second + 8, 12288 + 4096, 8);
  EXPECT_EQ(reason(bytes), "section 1 is not where it belongs");
  bytes = fixtures::bundle();
  put_number(bytes, second + 16, 0, 8);
  EXPECT_EQ(reason(bytes), "section 1 is empty");
  bytes = fixtures::bundle();
  put_number(bytes, second + 16, 4097, 8);
  EXPECT_EQ(reason(bytes), "section 2 overlaps what stands before it");
  bytes = fixtures::bundle();
  put_number(bytes, second, 1, 4);
  EXPECT_EQ(reason(bytes), "section 1 is out of order");
  put_number(bytes, second, 0, 4);
  EXPECT_EQ(reason(bytes), "section 1 is of unknown kind 0");
  put_number(bytes, second, 6, 4);
  EXPECT_EQ(reason(bytes), "section 1 is of unknown kind 6");
}

TEST(Bundle, Padding_must_be_zero) {
  Bytes bytes = fixtures::bundle();
  bytes[4095] = 1;
  EXPECT_EQ(reason(bytes), "bytes before section 0 are not zero");
  bytes = fixtures::bundle();
  bytes[parse_bundle(bytes)->signed_bytes.size() - 1] = 1;
  EXPECT_EQ(reason(bytes), "bytes behind the last section are not zero");
}

TEST(Bundle, Signatures_out_of_order_or_twice_or_too_many_are_refused) {
  const Signature signature{"0123456789abcdef", {}};
  EXPECT_EQ(reason(with_signatures(fixtures::bundle(), {signature, signature})), "signatures are not in the order of their key ids");
  Bytes bytes = fixtures::bundle();
  put_number(bytes, bytes.size() - 8, limits::bundle_signatures_max + 1, 4);
  EXPECT_EQ(reason(bytes), "the signature block claims 17 signatures");
  bytes = with_signatures(fixtures::bundle(), {signature});
  bytes[bytes.size() - 88] = 'X';
  EXPECT_EQ(reason(bytes), "a signature has a malformed key id");
}

}  // namespace
}  // namespace ingot::format
