// SPDX-License-Identifier: Apache-2.0
#include "db/postgres_hosts.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "test_database.hpp"

namespace ingot::db {
namespace {

std::string text(std::string_view hosts, std::string_view ports) {
  const auto list = parse_postgres_hosts(hosts, ports);
  if (!list.ok()) return "refused: " + list.error().message;
  std::string all;
  for (const PostgresHost& host : *list) all += host.name + ":" + host.port + " ";
  return all;
}

TEST(PostgresHosts, Reads_one_and_several) {
  EXPECT_EQ(text("pg", "5432"), "pg:5432 ");
  EXPECT_EQ(text("pg1,pg2", "5432"), "pg1:5432 pg2:5432 ");
  EXPECT_EQ(text(" pg1 , ::1,/run/pg ", "5432, 5433,1"), "pg1:5432 ::1:5433 /run/pg:1 ");
}

TEST(PostgresHosts, Refuses_what_does_not_fit) {
  for (const auto& [hosts, ports] : std::vector<std::pair<std::string, std::string>>{
           {"pg1,pg2", "1,2,3"}, {"pg1", "1,2"}, {"pg1,,pg2", "1"}, {"pg1,", "1"}, {",pg1", "1"}, {"pg1,pg2", "1,"}, {"", "1"}, {"pg1", ""}, {" ", "1"}}) {
    EXPECT_TRUE(text(hosts, ports).starts_with("refused")) << hosts << " " << ports;
    EXPECT_FALSE(open_postgres({.host = hosts, .port = ports, .name = {}, .user = {}, .password = {}}).ok());
  }
  std::string many = "h";
  for (std::size_t i = 1; i < postgres_hosts_max; ++i) many += ",h";
  EXPECT_FALSE(text(many, "1").starts_with("refused"));
  EXPECT_TRUE(text(many + ",h", "1").starts_with("refused"));
}

TEST(PostgresHosts, A_silent_server_takes_no_others_time) {
  using std::chrono::seconds;
  const Deadline now = Clock::now();
  EXPECT_EQ(host_deadline(now, now + seconds(6), seconds(10), 0), now + seconds(6));
  EXPECT_EQ(host_deadline(now, now + seconds(6), seconds(10), 2), now + seconds(2));
  EXPECT_EQ(host_deadline(now, now + seconds(60), seconds(10), 1), now + seconds(10));
  EXPECT_EQ(host_deadline(now, Deadline::max(), seconds(10), 1), now + seconds(10));
  EXPECT_EQ(host_deadline(now, now - seconds(1), seconds(10), 1), now);
}

/// A socket on loopback that takes connections and never says a word.
class SilentServer {
 public:
  SilentServer() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(socket_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(socket_, 8), 0);
    EXPECT_EQ(::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = std::to_string(ntohs(address.sin_port));
  }
  ~SilentServer() { ::close(socket_); }
  SilentServer(const SilentServer&) = delete;
  SilentServer& operator=(const SilentServer&) = delete;
  const std::string& port() const { return port_; }

 private:
  int socket_;
  std::string port_;
};

TEST(PostgresHosts, All_are_named_when_none_answers) {
  const SilentServer silent;
  const auto database = open_postgres({.host = "127.0.0.1,/nonexistent", .port = silent.port(), .name = "x", .user = "u", .password = "hunter2"}).value();
  const auto start = Clock::now();
  const auto connection = database->connect(soon(1000));
  EXPECT_LT(Clock::now() - start, std::chrono::seconds(10));
  ASSERT_FALSE(connection.ok());
  EXPECT_EQ(connection.error().code, ErrorCode::database);
  EXPECT_NE(connection.error().message.find("127.0.0.1 port " + silent.port() + ": no connection in time"), std::string::npos) << connection.error().message;
  EXPECT_NE(connection.error().message.find("/nonexistent"), std::string::npos);
  EXPECT_EQ(connection.error().message.find("hunter2"), std::string::npos);
}

TEST(PostgresHosts, The_first_that_answers_is_taken_and_remembered) {
  if (!postgres_from_environment()) GTEST_SKIP() << "INGOT_TEST_PG is not set";
  const SilentServer silent;
  PostgresOptions options = *postgres_from_environment();
  options.host = "127.0.0.1,/nonexistent," + options.host;
  options.port = silent.port() + ",1," + options.port;
  const auto database = open_postgres(options).value();
  EXPECT_TRUE(database->connect(soon(6000)).ok());
  const auto start = Clock::now();
  EXPECT_TRUE(database->connect(soon(30'000)).ok());
  EXPECT_LT(Clock::now() - start, std::chrono::seconds(5)) << "the silent one was waited for again";
}

TEST(PostgresHosts, One_that_takes_no_writes_is_passed_over) {
  if (!postgres_from_environment()) GTEST_SKIP() << "INGOT_TEST_PG is not set";
  TestDatabase fresh(Kind::postgresql);
  ASSERT_TRUE(fresh.get().connect(soon()).value()->run({"ALTER DATABASE " + fresh.postgres().name + " SET default_transaction_read_only = on"}).ok());
  EXPECT_TRUE(fresh.get().connect(soon()).ok()) << "a single server is taken as it is";
  PostgresOptions twice = fresh.postgres();
  twice.host += "," + twice.host;
  const auto connection = open_postgres(twice).value()->connect(soon());
  ASSERT_FALSE(connection.ok());
  EXPECT_NE(connection.error().message.find("read-only"), std::string::npos) << connection.error().message;
}

}  // namespace
}  // namespace ingot::db
