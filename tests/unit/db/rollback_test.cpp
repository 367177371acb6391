// SPDX-License-Identifier: Apache-2.0
#include "db/rollback.hpp"

#include "test_database.hpp"

namespace ingot::db {
namespace {

class RollbackTest : public DatabaseTest {};
INGOT_ON_BOTH_DATABASES(RollbackTest);

TEST_P(RollbackTest, Keeps_the_highest_counter_of_each_module_for_the_next_connection) {
  Database& database = this->database();
  RollbackTable table(database);
  {
    const std::unique_ptr<Connection> connection = connect();
    ASSERT_TRUE(Migrator(database).prepare(*connection).ok());
    ASSERT_TRUE(*table.exists(*connection));
    EXPECT_TRUE(table.read(*connection)->empty());
    ASSERT_TRUE(table.raise(*connection, "crm", {5, "1.5"}).ok());
    ASSERT_TRUE(table.raise(*connection, "crm", {9, "1.9"}).ok());
    ASSERT_TRUE(table.raise(*connection, "crm", {7, "1.7"}).ok());
    ASSERT_TRUE(table.raise(*connection, "o'brien", {0x7fffffffffffffff, ""}).ok());
  }
  const std::unique_ptr<Connection> connection = connect();
  auto records = table.read(*connection).value();
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records["crm"].counter, 9u);
  EXPECT_EQ(records["crm"].version, "1.9");
  EXPECT_EQ(records["o'brien"].counter, 0x7fffffffffffffffu);
  ASSERT_TRUE(table.replace(*connection, "crm", {7, "1.7"}).ok());
  EXPECT_EQ(table.read(*connection).value()["crm"].counter, 7u) << "an operator may lower it";
}

TEST_P(RollbackTest, A_database_of_an_earlier_version_gets_the_table) {
  Database& database = this->database();
  const std::unique_ptr<Connection> connection = connect();
  ASSERT_TRUE(Migrator(database).prepare(*connection).ok());
  const std::string name = database.kind() == Kind::sqlite ? "ingot_module_rollback" : "ingot.module_rollback";
  ASSERT_TRUE(connection->run({"DROP TABLE " + name}).ok());
  ASSERT_FALSE(*RollbackTable(database).exists(*connection));
  EXPECT_TRUE(RollbackTable(database).read(*connection)->empty()) << "who only looks finds no record, and that is no error";
  ASSERT_TRUE(Migrator(database).prepare(*connection).ok());
  EXPECT_TRUE(*RollbackTable(database).exists(*connection));
}

}  // namespace
}  // namespace ingot::db
