// SPDX-License-Identifier: Apache-2.0
#include "cli/grants.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/socket.h>

namespace {

using ingot::ErrorCode;
using ingot::cli::listen_on;
using ingot::cli::parse_directory;
using ingot::cli::parse_variable;

TEST(Grants, A_directory_has_a_name_here_and_one_for_the_guest) {
  struct Row {
    const char *word, *host, *guest;
    bool read_only;
  };
  const Row rows[] = {{"/a/b::/w", "/a/b", "/w", false}, {"/a::/w:ro", "/a", "/w", true}, {".", ".", ".", false}, {"x:ro", "x", "x", true}, {"a:b::c::d", "a:b", "c::d", false}};
  for (const Row& row : rows) {
    const auto grant = parse_directory(row.word);
    ASSERT_TRUE(grant.ok()) << row.word;
    EXPECT_EQ(grant->host, row.host);
    EXPECT_EQ(grant->guest, row.guest);
    EXPECT_EQ(grant->read_only, row.read_only);
  }
  for (const char* word : {"", "::", "::/w", "/a::", ":ro", "/a:::ro"}) EXPECT_EQ(parse_directory(word).ok(), false) << word;
}

TEST(Grants, A_variable_has_a_value_or_the_one_that_it_has_here) {
  setenv("INGOT_GRANTS_TEST", "here", 1);
  EXPECT_EQ(parse_variable("A=b=c").value(), "A=b=c");
  EXPECT_EQ(parse_variable("A=").value(), "A=");
  EXPECT_EQ(parse_variable("INGOT_GRANTS_TEST").value(), "INGOT_GRANTS_TEST=here");
  unsetenv("INGOT_GRANTS_TEST");
  for (const char* word : {"", "=", "=x", "INGOT_GRANTS_TEST"}) EXPECT_FALSE(parse_variable(word).ok()) << word;
}

TEST(Grants, A_socket_listens_where_it_was_told) {
  const auto socket = listen_on("127.0.0.1:0");
  ASSERT_TRUE(socket.ok()) << socket.error().message;
  int listens = 0;
  socklen_t bytes = sizeof listens;
  ASSERT_EQ(getsockopt(socket->get(), SOL_SOCKET, SO_ACCEPTCONN, &listens, &bytes), 0);
  EXPECT_EQ(listens, 1);
  for (const char* word : {"", ":", "127.0.0.1", "127.0.0.1:", ":80", "name:80", "127.0.0.1:http", "127.0.0.1:99999999"}) {
    const auto refused = listen_on(word);
    ASSERT_FALSE(refused.ok()) << word;
    EXPECT_EQ(refused.error().code, ErrorCode::invalid_argument) << word;
  }
  EXPECT_EQ(listen_on("192.0.2.1:80").error().code, ErrorCode::io) << "nobody's address here";
}

}  // namespace
