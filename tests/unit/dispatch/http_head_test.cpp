// SPDX-License-Identifier: Apache-2.0
// head_scanner, head_check, response_head: everything about heads that needs no socket.
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "dispatch/head_check.hpp"
#include "dispatch/head_scanner.hpp"
#include "dispatch/response_head.hpp"

namespace ingot::dispatch {
namespace {

using State = HeadScanner::State;

State scan_whole(std::string_view text, std::size_t limit = 1000) { return HeadScanner(limit).scan(text); }

TEST(HeadScanner, Finds_the_end_wherever_the_bytes_are_cut) {
  const std::string head = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  const std::string text = head + "GET /next";
  HeadScanner byte_by_byte(1000);
  for (std::size_t i = 0; i < head.size(); ++i) ASSERT_EQ(byte_by_byte.scan(text.substr(0, i)), State::incomplete) << i;
  EXPECT_EQ(byte_by_byte.scan(head), State::complete);
  EXPECT_EQ(byte_by_byte.head_bytes(), head.size());
  HeadScanner at_once(1000);
  EXPECT_EQ(at_once.scan(text), State::complete);
  EXPECT_EQ(at_once.head_bytes(), head.size());
}

TEST(HeadScanner, Refuses_bare_line_endings_folds_and_nul_as_soon_as_they_show) {
  for (const std::string& text :
       {std::string("GET / HTTP/1.1\n"), std::string("GET / HTTP/1.1\r\nA: b\n"), std::string("GET / HTTP/1.1\r\nA: b\rc"),
        std::string("GET / HTTP/1.1\r\nA: b\r\n c"), std::string("GET / HTTP/1.1\r\nA: b\r\n\tc"), std::string("GET / HTTP/1.1\r\n A: b"),
        std::string(" GET"), std::string("GET / HTTP/1.1\r\r\n"), std::string("\n"), std::string("GET /\0", 6),
        std::string("\x16\x03\x01\x00\xA5", 5)}) {
    EXPECT_EQ(scan_whole(text), State::malformed) << text;
  }
}

TEST(HeadScanner, Bounds_the_head_to_the_byte) {
  const std::string head = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  EXPECT_EQ(scan_whole(head, head.size()), State::complete);
  EXPECT_EQ(scan_whole(head, head.size() - 1), State::head_too_large);
  EXPECT_EQ(scan_whole(std::string(99, 'a'), 100), State::incomplete);
  EXPECT_EQ(scan_whole(std::string(100, 'a'), 100), State::line_too_long);
}

std::vector<Header> with_host(std::vector<Header> headers = {}) {
  headers.push_back({"Host", "a.example:80"});
  return headers;
}

int status_of(std::string_view method, std::string_view target, HttpVersion version, const std::vector<Header>& headers) {
  const auto result = check_head(method, target, version, headers);
  const auto* refusal = std::get_if<Refusal>(&result);
  return refusal == nullptr ? 0 : refusal->status;
}

int framing(std::vector<Header> headers, HttpVersion version = HttpVersion::http_1_1) {
  return status_of("POST", "/", version, with_host(std::move(headers)));
}

TEST(HeadCheck, Allows_one_framing_only) {
  EXPECT_EQ(framing({}), 0);
  EXPECT_EQ(framing({{"Content-Length", "0"}}), 0);
  EXPECT_EQ(framing({{"Transfer-Encoding", "Chunked"}}), 0);
  EXPECT_EQ(framing({{"Content-Length", "3"}, {"Transfer-Encoding", "chunked"}}), 400);
  EXPECT_EQ(framing({{"Transfer-Encoding", "identity"}, {"Content-Length", "3"}}), 400);
  EXPECT_EQ(framing({{"Content-Length", "3"}, {"content-length", "3"}}), 400);
  for (const char* length : {"", "3, 3", "3,3", "+3", "-3", "0x3", "3 3", "3;", "three"}) {
    EXPECT_EQ(framing({{"Content-Length", length}}), 400) << length;
  }
}

TEST(HeadCheck, Knows_the_chunked_coding_alone) {
  EXPECT_EQ(framing({{"Transfer-Encoding", "gzip, chunked"}}), 501);  // RFC 9112 6.1
  for (const char* coding : {"", "gzip", "identity", "chunked, gzip", "chunked, chunked", "chunked;x=1", "xchunked", "chunked,"}) {
    EXPECT_EQ(framing({{"Transfer-Encoding", coding}}), 400) << coding;
  }
  EXPECT_EQ(framing({{"Transfer-Encoding", "chunked"}, {"Transfer-Encoding", "chunked"}}), 400);
  EXPECT_EQ(framing({{"Transfer-Encoding", "gzip"}, {"Transfer-Encoding", "chunked"}}), 400);
  EXPECT_EQ(framing({{"Transfer-Encoding", "chunked"}}, HttpVersion::http_1_0), 400);
}

TEST(HeadCheck, Wants_exactly_one_host) {
  EXPECT_EQ(status_of("GET", "/", HttpVersion::http_1_1, {}), 400);
  EXPECT_EQ(status_of("GET", "/", HttpVersion::http_1_0, {}), 0);
  EXPECT_EQ(status_of("GET", "/", HttpVersion::http_1_1, {{"Host", ""}}), 0);  // RFC 9112 3.2 allows it
  EXPECT_EQ(status_of("GET", "/", HttpVersion::http_1_1, {{"Host", "[::1]:80"}}), 0);
  EXPECT_EQ(status_of("GET", "/", HttpVersion::http_1_1, {{"Host", "a"}, {"host", "a"}}), 400);
  EXPECT_EQ(status_of("GET", "/", HttpVersion::http_1_0, {{"Host", "a"}, {"host", "b"}}), 400);
  for (const char* host : {"a b", "a/b", "a@b", "a,b\"", "a?b"}) {
    EXPECT_EQ(status_of("GET", "/", HttpVersion::http_1_1, {{"Host", host}}), 400) << host;
  }
}

TEST(HeadCheck, Splits_targets_of_every_form) {
  const auto split = [](std::string_view method, std::string_view target) {
    const auto result = check_head(method, target, HttpVersion::http_1_1, with_host());
    const auto* facts = std::get_if<HeadFacts>(&result);
    return facts == nullptr ? std::string("refused") : facts->path + " " + facts->query;
  };
  EXPECT_EQ(split("GET", "/"), "/ ");
  EXPECT_EQ(split("GET", "/a%2Fb?x=1?y"), "/a%2Fb x=1?y");
  EXPECT_EQ(split("GET", "/?"), "/ ");
  EXPECT_EQ(split("GET", "http://a.example/b?c"), "/b c");
  EXPECT_EQ(split("GET", "HTTPS://a.example"), "/ ");
  EXPECT_EQ(split("GET", "http://a.example?c"), "/ c");
  EXPECT_EQ(split("OPTIONS", "*"), "* ");
  for (const char* target : {"*", "a", "a.example:443", "http://", "http:///a", "http://u@a/b", "ftp://a/", "/a#b", "?a"}) {
    EXPECT_EQ(split("GET", target), "refused") << target;
  }
}

TEST(HeadCheck, Knows_one_expectation) {
  const auto result = check_head("POST", "/", HttpVersion::http_1_1, with_host({{"Expect", "100-Continue"}}));
  ASSERT_TRUE(std::holds_alternative<HeadFacts>(result));
  EXPECT_TRUE(std::get<HeadFacts>(result).expects_continue);
  EXPECT_EQ(framing({{"Expect", "tea"}}), 417);
  EXPECT_EQ(framing({{"Expect", "tea"}}, HttpVersion::http_1_0), 0);
}

const auto sunday = std::chrono::system_clock::time_point(std::chrono::seconds(784111777));

TEST(ResponseHead, Writes_the_date_of_rfc_9110) { EXPECT_EQ(http_date(sunday), "Sun, 06 Nov 1994 08:49:37 GMT"); }

TEST(ResponseHead, Is_complete_and_decides_about_framing_itself) {
  HttpResponse response{201, {{"Location", "/x"}, {"Content-Length", "999"}, {"Transfer-Encoding", "chunked"}}, "12345"};
  EXPECT_EQ(response_head(response, {.request_id = "r", .now = sunday}),
            "HTTP/1.1 201 Created\r\ndate: Sun, 06 Nov 1994 08:49:37 GMT\r\nx-request-id: r\r\n"
            "content-type: application/json\r\ncontent-length: 5\r\nLocation: /x\r\n\r\n");
}

TEST(ResponseHead, Says_what_becomes_of_the_connection) {
  const HttpResponse response;
  const auto connection = [&response](bool keep_alive, bool answers_1_0) {
    const std::string head =
        response_head(response, {.keep_alive = keep_alive, .answers_1_0 = answers_1_0, .request_id = "r", .now = sunday});
    if (head.find("connection: close\r\n") != std::string::npos) return "close";
    return head.find("connection: keep-alive\r\n") != std::string::npos ? "keep-alive" : "";
  };
  EXPECT_STREQ(connection(true, false), "");
  EXPECT_STREQ(connection(true, true), "keep-alive");
  EXPECT_STREQ(connection(false, false), "close");
  EXPECT_STREQ(connection(false, true), "close");
}

TEST(ResponseHead, Sends_no_content_where_there_is_none) {
  for (const int status : {204, 304}) {
    const HttpResponse response{status, {}, "body"};
    const std::string head = response_head(response, {.request_id = "r", .now = sunday});
    EXPECT_EQ(head.find("content-"), std::string::npos);
    EXPECT_FALSE(sends_body(status, false));
  }
  EXPECT_FALSE(sends_body(200, true));
  EXPECT_TRUE(sends_body(200, false));
}

TEST(ResponseHead, Refuses_what_would_break_out_of_its_line) {
  EXPECT_TRUE(is_sendable({200, {{"a", "b"}}, ""}));
  EXPECT_FALSE(is_sendable({199, {}, ""}));
  EXPECT_FALSE(is_sendable({600, {}, ""}));
  EXPECT_FALSE(is_sendable({200, {{"a", "b\r\nc: d"}}, ""}));
  EXPECT_FALSE(is_sendable({200, {{"a\r\nb", "c"}}, ""}));
  EXPECT_FALSE(is_sendable({200, {{"", "c"}}, ""}));
  EXPECT_FALSE(is_sendable({200, {}, "", "text/plain\nx: y"}));
}

}  // namespace
}  // namespace ingot::dispatch
