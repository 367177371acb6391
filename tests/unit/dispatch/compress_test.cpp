// SPDX-License-Identifier: Apache-2.0
#include "dispatch/compress.hpp"

#include <gtest/gtest.h>

namespace ingot::dispatch {
namespace {

std::string field(const HttpResponse& response, std::string_view name) { return std::string(find_header(response.headers, name)); }

HttpResponse json(std::size_t size) {
  HttpResponse response;
  response.body = std::string(size, 'a');
  return response;
}

// RFC 9110 12.5.3, case by case.
TEST(Compress, Gzip_is_taken_when_the_field_takes_it) {
  for (const char* yes : {"gzip", "GZIP", "x-gzip", "deflate, gzip;q=1.0, *;q=0.5", "*", "br;q=1, gzip;q=0.001", " gzip ", "identity;q=0, gzip", "gzip;Q=0.5"}) EXPECT_TRUE(accepts_gzip(yes)) << yes;
  for (const char* no : {"", "identity", "br, deflate", "gzip;q=0", "gzip;q=0.000", "*;q=0", "gzip;q=0, *;q=1", "gzipped", "deflate;gzip", ",,;"}) EXPECT_FALSE(accepts_gzip(no)) << no;
}

TEST(Compress, Text_gets_small_and_says_so) {
  HttpResponse response = json(10'000);
  compress(response, "gzip, deflate, br");
  EXPECT_EQ(field(response, "content-encoding"), "gzip");
  EXPECT_EQ(field(response, "vary"), "Accept-Encoding");
  EXPECT_LT(response.body.size(), 100u);
  EXPECT_EQ(response.body.substr(0, 3), "\x1f\x8b\x08");  // RFC 1952 2.3.1: the magic bytes, and deflate
}

TEST(Compress, What_should_not_be_compressed_is_sent_as_it_is) {
  HttpResponse plain = json(10'000);
  compress(plain, "br");
  EXPECT_EQ(plain.body.size(), 10'000u);
  EXPECT_EQ(field(plain, "vary"), "Accept-Encoding");  // another client would have got something else

  HttpResponse small = json(compress_bytes_min - 1);
  compress(small, "gzip");
  EXPECT_TRUE(small.headers.empty());

  for (const Header& header : std::vector<Header>{{"set-cookie", "a=b"}, {"Cache-Control", "no-store"}, {"Content-Encoding", "br"}, {"content-range", "bytes 0-1/2"}}) {
    HttpResponse response = json(10'000);
    response.headers.push_back(header);
    compress(response, "gzip");
    EXPECT_EQ(response.body.size(), 10'000u) << header.name;
    EXPECT_EQ(response.headers.size(), 1u);
  }
  HttpResponse image = json(10'000);
  image.content_type = "image/png";
  compress(image, "gzip");
  EXPECT_EQ(image.body.size(), 10'000u);

  // What does not get smaller: bits without a pattern (a linear congruence's high bytes).
  HttpResponse noise = json(2000);
  std::uint64_t state = 1;
  for (char& c : noise.body) c = static_cast<char>((state = state * 6364136223846793005u + 1442695040888963407u) >> 56);
  noise.content_type = "text/plain";
  compress(noise, "gzip");
  EXPECT_EQ(noise.body.size(), 2000u);
  EXPECT_EQ(field(noise, "content-encoding"), "");
}

}  // namespace
}  // namespace ingot::dispatch
