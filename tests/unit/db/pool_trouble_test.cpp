// SPDX-License-Identifier: Apache-2.0
// What the pool does while its database is away: a database made for it that can be switched off.
#include <atomic>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "db/backoff.hpp"
#include "db/pool.hpp"

namespace ingot::db {
namespace {

using std::chrono::milliseconds;

Deadline in(int ms) { return Clock::now() + milliseconds(ms); }

struct World {
  std::atomic<bool> up = true;
  std::atomic<bool> alive = true;
  std::atomic<int> connect_ms = 0;
  std::atomic<int> attempts = 0;
  std::atomic<int> at_once = 0, at_once_most = 0;
};

class FakeConnection final : public Connection {
 public:
  explicit FakeConnection(World& world) : world_(world) {}
  Result<void> begin(Deadline) override { return {}; }
  Result<void> begin_write(Deadline) override { return {}; }
  Result<void> begin_rebuild(Deadline) override { return {}; }
  Result<void> commit() override { return {}; }
  void rollback() override {}
  Result<void> savepoint() override { return {}; }
  Result<void> release_savepoint() override { return {}; }
  Result<void> rollback_to_savepoint() override { return {}; }
  Result<std::vector<HostRow>> run(const SqlText&, std::span<const Param>) override { return std::vector<HostRow>{}; }
  std::variant<GuestRows, StatementError> run_guest(const Authority&, GuestSql, std::span<const Param>, const StatementLimits&, bool) override { return GuestRows{}; }
  bool broken() const override { return !world_.up; }
  bool alive() override { return world_.alive; }

 private:
  World& world_;
};

class FakeDatabase final : public Database {
 public:
  /// With `second`, all connections but the first are made there.
  explicit FakeDatabase(World& world, World* second = nullptr) : world_(world), second_(second) {}
  Kind kind() const override { return Kind::sqlite; }
  Result<std::unique_ptr<Connection>> connect(Deadline) override {
    World& world = second_ != nullptr && world_.attempts > 0 ? *second_ : world_;
    ++world.attempts;
    const int now = ++world.at_once;
    for (int most = world.at_once_most; now > most && !world.at_once_most.compare_exchange_weak(most, now);) {
    }
    std::this_thread::sleep_for(milliseconds(world.connect_ms));
    --world.at_once;
    if (!world.up) return Error{ErrorCode::database, "nobody listens at pg1"};
    return std::unique_ptr<Connection>(std::make_unique<FakeConnection>(world));
  }
  std::string quote_identifier(std::string_view name) const override { return std::string(name); }
  std::string table_name(std::string_view, std::string_view table) const override { return std::string(table); }

 private:
  World& world_;
  World* second_;
};

TEST(Backoff, Doubles_to_its_longest_and_begins_anew) {
  for (std::uint32_t seed = 1; seed < 50; ++seed) {
    Backoff backoff(seed);
    for (int round = 0; round < 2; ++round) {
      for (const int whole : {100, 200, 400, 800, 1600, 3200, 5000, 5000}) {
        const auto pause = backoff.next();
        EXPECT_GE(pause, milliseconds(whole / 2));
        EXPECT_LE(pause, milliseconds(whole));
      }
      backoff.reset();
    }
  }
  Backoff one(1), other(2);
  int same = 0;
  for (int i = 0; i < 8; ++i) same += one.next() == other.next() ? 1 : 0;
  EXPECT_LT(same, 4) << "those who failed together come back together";
}

TEST(PoolInTrouble, Leaves_the_database_alone_and_says_so_at_once) {
  World world;
  world.up = false;
  FakeDatabase database(world);
  ConnectionPool pool(database, {.max = 4});
  std::atomic<int> answers = 0, wrong = 0;
  const auto end = Clock::now() + milliseconds(1000);
  std::vector<std::thread> clients;
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back([&] {
      for (; Clock::now() < end; std::this_thread::sleep_for(milliseconds(1))) {
        const auto lease = pool.acquire(in(20'000));
        const bool named = !lease.ok() && lease.error().message.find("nobody listens at pg1") != std::string::npos;
        const bool coded = !lease.ok() && (lease.error().code == ErrorCode::unavailable || lease.error().code == ErrorCode::database);
        ++(named && coded ? answers : wrong);
      }
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_GT(answers, 40);
  // At the beginning up to four at once; then after pauses of 50, 100, 200, 400 ms and more.
  EXPECT_GE(world.attempts, 2);
  EXPECT_LE(world.attempts, 4 + 4);
  EXPECT_EQ(pool.open_count(), 0U);

  // It is back: the next attempt finds out, and the pauses begin anew.
  world.up = true;
  const auto back = Clock::now();
  bool found = false;
  while (!found && Clock::now() < back + 2 * Backoff::longest) {
    found = pool.acquire(in(1000)).ok();
    std::this_thread::sleep_for(milliseconds(5));
  }
  ASSERT_TRUE(found);
  EXPECT_TRUE(pool.acquire(in(1000)).ok());
  world.alive = world.up = false;
  EXPECT_EQ(pool.acquire(in(1000)).error().code, ErrorCode::database);
  const int before = world.attempts;
  std::this_thread::sleep_for(Backoff::first);
  EXPECT_FALSE(pool.acquire(in(1000)).ok());
  EXPECT_EQ(world.attempts, before + 1);
}

TEST(PoolInTrouble, Only_one_tries_and_nobody_waits_for_it) {
  World world;
  world.up = false;
  FakeDatabase database(world);
  ConnectionPool pool(database, {.max = 8});
  EXPECT_FALSE(pool.acquire(in(1000)).ok());
  std::this_thread::sleep_for(Backoff::first);
  world.at_once_most = 0;
  world.connect_ms = 1500;
  const int before = world.attempts;
  std::atomic<int> quick = 0;
  std::vector<std::thread> clients;
  for (int i = 0; i < 8; ++i) {
    clients.emplace_back([&] {
      const auto start = Clock::now();
      EXPECT_FALSE(pool.acquire(in(20'000)).ok());
      if (Clock::now() - start < milliseconds(1000)) ++quick;
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(world.attempts, before + 1);
  EXPECT_EQ(world.at_once_most, 1);
  EXPECT_EQ(quick, 7);
}

// A server that takes no more connections (there are too many) still serves those that it has.
TEST(PoolInTrouble, Waits_for_a_connection_that_is_in_use) {
  World good, full;
  full.up = false;
  FakeDatabase limited(good, &full);
  ConnectionPool small(limited, {.max = 2});
  {
    auto lease = small.acquire(in(1000));
    ASSERT_TRUE(lease.ok());
    std::thread giver([&] {
      std::this_thread::sleep_for(milliseconds(300));
      const Lease gone = std::move(lease).value();
    });
    EXPECT_TRUE(small.acquire(in(20'000)).ok());
    giver.join();
  }
  EXPECT_GE(full.attempts, 1);
  EXPECT_LE(full.attempts, 8);
  // With a deadline that comes first the reason is the failure.
  auto lease = small.acquire(in(1000));
  ASSERT_TRUE(lease.ok());
  const auto late = small.acquire(in(100));
  ASSERT_FALSE(late.ok());
  EXPECT_NE(late.error().message.find("nobody listens at pg1"), std::string::npos) << late.error().message;
}

TEST(PoolInTrouble, Dead_idle_connections_are_replaced_before_they_are_lent) {
  World world;
  FakeDatabase database(world);
  ConnectionPool pool(database, {.max = 3});
  {
    const auto a = pool.acquire(in(1000)), b = pool.acquire(in(1000)), c = pool.acquire(in(1000));
    ASSERT_TRUE(a.ok() && b.ok() && c.ok());
  }
  EXPECT_EQ(world.attempts, 3);
  world.alive = false;
  const auto lease = pool.acquire(in(1000));
  ASSERT_TRUE(lease.ok());
  EXPECT_EQ(world.attempts, 4);
  EXPECT_EQ(pool.open_count(), 1U);
}

}  // namespace
}  // namespace ingot::db
