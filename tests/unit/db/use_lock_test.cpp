// SPDX-License-Identifier: Apache-2.0
#include "db/use_lock.hpp"

#include <chrono>
#include <optional>
#include <thread>

#include "test_database.hpp"

namespace ingot::db {
namespace {

class UseLockTest : public DatabaseTest {
 protected:
  void SetUp() override {
    DatabaseTest::SetUp();
    if (!IsSkipped()) connection_.reset();  // who wants it alone may not have one
  }
  Result<UseLock> share(int ms) { return on_sqlite() ? UseLock::share(test_database_->file().string(), soon(ms)) : UseLock::share(database(), soon(ms)); }
  Result<UseLock> alone(int ms) { return on_sqlite() ? UseLock::alone(test_database_->file().string(), soon(ms)) : UseLock::alone(database(), soon(ms)); }
};
INGOT_ON_BOTH_DATABASES(UseLockTest);

TEST_P(UseLockTest, Many_share_and_one_is_alone) {
  std::optional<UseLock> first = share(5000).value(), second = share(5000).value();
  auto refused = alone(200);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
  first.reset();
  EXPECT_FALSE(alone(200).ok()) << "the other still shares";
  second.reset();
  std::optional<UseLock> only = alone(5000).value();
  EXPECT_FALSE(alone(200).ok());
  EXPECT_FALSE(share(200).ok());
  {
    const UseLock moved = std::move(*only);
    only.reset();
    EXPECT_FALSE(share(200).ok()) << "the lock went along";
  }
  EXPECT_TRUE(share(5000).ok());
}

TEST_P(UseLockTest, The_lock_ends_with_its_object_and_leaves_the_data_alone) {
  { const auto only = alone(5000); ASSERT_TRUE(only.ok()); }
  { const auto shared = share(5000); ASSERT_TRUE(shared.ok()); }
  connection_ = connect();
  EXPECT_EQ(host("SELECT 1").size(), 1u);
}

TEST_P(UseLockTest, Who_shares_it_can_ask_whether_others_do) {
  UseLock first = share(5000).value();
  EXPECT_TRUE(first.is_the_only_one().value());
  {
    UseLock second = share(5000).value();
    EXPECT_FALSE(first.is_the_only_one().value());
    EXPECT_FALSE(second.is_the_only_one().value());
  }
  for (int i = 0; i < 100 && !first.is_the_only_one().value(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(50));  // PostgreSQL ends a session a moment later
  EXPECT_TRUE(first.is_the_only_one().value());
  UseLock moved = std::move(first);
  EXPECT_TRUE(moved.is_the_only_one().value());
}

TEST_P(UseLockTest, Somebody_who_lost_the_lock_is_seen) {
  if (on_sqlite()) GTEST_SKIP() << "only PostgreSQL's server can go away under a lock";
  connection_ = connect();  // as the other sessions of a server
  EXPECT_FALSE(alone(300).ok());
  connection_.reset();
  EXPECT_TRUE(alone(5000).ok());
}

}  // namespace
}  // namespace ingot::db
