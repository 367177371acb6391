// SPDX-License-Identifier: Apache-2.0
#include "db/pool.hpp"

#include <atomic>
#include <thread>

#include "test_database.hpp"

namespace ingot::db {
namespace {

class PoolTest : public DatabaseTest {};
INGOT_ON_BOTH_DATABASES(PoolTest);

TEST_P(PoolTest, Is_bounded_and_waits_up_to_the_deadline) {
  ConnectionPool pool(database(), {.max = 2});
  auto first = pool.acquire(soon());
  auto second = pool.acquire(soon());
  ASSERT_TRUE(first.ok() && second.ok());
  const auto start = Clock::now();
  const auto third = pool.acquire(soon(100));
  ASSERT_FALSE(third.ok());
  EXPECT_EQ(third.error().code, ErrorCode::unavailable);
  EXPECT_GE(Clock::now() - start, std::chrono::milliseconds(90));
  std::thread giver([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    const Lease gone = std::move(first).value();
  });
  EXPECT_TRUE(pool.acquire(soon()).ok());
  giver.join();
  EXPECT_LE(pool.open_count(), 2U);
}

TEST_P(PoolTest, A_returned_connection_has_no_open_transaction) {
  const MigrationSet set = migrate("m", R"j({"version":1,"operations":[{"type":"create_table","table":"t"}]})j");
  ConnectionPool pool(database(), {.max = 1});
  {
    const Lease lease = pool.acquire(soon()).value();
    ASSERT_TRUE(lease->begin_write(soon()).ok());
    ASSERT_EQ(run_guest(*lease, set, "INSERT INTO t (deleted_at) VALUES (NULL)")["rows_affected"], 1);
  }
  const Lease lease = pool.acquire(soon()).value();
  ASSERT_TRUE(lease->begin(soon()).ok());
  EXPECT_EQ(run_guest(*lease, set, "SELECT count(*) AS n FROM t")["rows"][0]["n"], 0);
}

TEST_P(PoolTest, Many_threads_share_few_connections) {
  const MigrationSet set = migrate("m", R"j({"version":1,"operations":[{"type":"create_table","table":"t"}]})j");
  ConnectionPool pool(database(), {.max = 3});
  std::atomic<int> done{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 10; ++k) {
        const auto lease = pool.acquire(soon());
        if (!lease.ok() || !(*lease)->begin_write(soon()).ok()) continue;
        run_guest(**lease, set, "INSERT INTO t (deleted_at) VALUES (NULL)");
        if ((*lease)->commit().ok()) ++done;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(done, 80);
  EXPECT_EQ(alone(set, "SELECT count(*) AS n FROM t")["rows"][0]["n"], 80);
  EXPECT_LE(pool.open_count(), 3U);
}

TEST(Pool, Replaces_a_connection_that_the_server_dropped) {
  if (!postgres_from_environment()) GTEST_SKIP() << "INGOT_TEST_PG is not set";
  TestDatabase fresh(Kind::postgresql);
  ConnectionPool pool(fresh.get(), {.max = 1});
  {
    const Lease lease = pool.acquire(soon()).value();
    const auto gone = lease->run({"SELECT pg_terminate_backend(pg_backend_pid())"});
    EXPECT_FALSE(gone.ok());
    EXPECT_TRUE(lease->broken());
  }
  EXPECT_EQ(pool.open_count(), 0U);
  const Lease lease = pool.acquire(soon()).value();
  EXPECT_TRUE(lease->run({"SELECT 1"}).ok());
}

TEST(Pool, Does_not_lend_what_the_server_has_closed) {
  if (!postgres_from_environment()) GTEST_SKIP() << "INGOT_TEST_PG is not set";
  TestDatabase fresh(Kind::postgresql);
  ConnectionPool pool(fresh.get(), {.max = 3});
  const auto other = fresh.get().connect(soon()).value();
  {
    const Lease a = pool.acquire(soon()).value(), b = pool.acquire(soon()).value();
    EXPECT_TRUE(a->alive() && b->alive());
  }
  ASSERT_EQ(pool.open_count(), 2U);
  const std::string others = "datname = current_database() AND pid <> pg_backend_pid()";
  ASSERT_TRUE(other->run({"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE " + others}).ok());
  for (int i = 0; i < 500 && !other->run({"SELECT 1 FROM pg_stat_activity WHERE " + others}).value().empty(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  const Lease lease = pool.acquire(soon()).value();
  EXPECT_EQ(lease->run({"SELECT 'there'"}).value().at(0).at(0), "there");
  EXPECT_EQ(pool.open_count(), 1U);
}

TEST(Pool, Gives_the_reason_when_no_connection_can_be_made) {
  const auto nowhere = open_postgres({.host = "/nonexistent", .name = "x", .user = "u", .password = "hunter2"}).value();
  ConnectionPool pool(*nowhere, {.max = 1});
  for (int i = 0; i < 3; ++i) {  // a failed attempt must not use up the place
    const auto lease = pool.acquire(soon());
    ASSERT_FALSE(lease.ok());
    EXPECT_EQ(lease.error().code, i == 0 ? ErrorCode::database : ErrorCode::unavailable);  // tried once, then left alone for 50 ms or more
    EXPECT_NE(lease.error().message.find("/nonexistent"), std::string::npos);
    EXPECT_EQ(lease.error().message.find("hunter2"), std::string::npos);
  }
  const auto folder = open_sqlite({.path = "/nonexistent/folder/x.db"});
  ASSERT_FALSE(folder.ok());
  EXPECT_EQ(folder.error().code, ErrorCode::database);
}

}  // namespace
}  // namespace ingot::db
