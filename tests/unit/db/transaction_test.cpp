// SPDX-License-Identifier: Apache-2.0
// Transactions, savepoints, deadlines and locks, the same on both databases.
#include <thread>

#include "test_database.hpp"

namespace ingot::db {
namespace {

class TransactionTest : public DatabaseTest {
 protected:
  void SetUp() override {
    DatabaseTest::SetUp();
    if (IsSkipped()) return;
    set_ = std::make_unique<MigrationSet>(migrate("m", R"j({"version":1,"operations":[{"type":"create_table","table":"t","columns":[
        {"name":"k","sql_type":"TEXT","unique":true},{"name":"n","sql_type":"BIGINT","nullable":false,"default":0}]}]})j"));
  }
  nlohmann::json run(std::string_view sql, std::string_view params = "") { return guest(*set_, sql, params); }
  std::string code(std::string_view sql) { return run(sql).value("error", "none"); }
  bool put(const std::string& key) { return run("INSERT INTO t (k) VALUES ($1)", "[\"" + key + "\"]").contains("rows"); }
  std::string keys() {
    std::string all;
    const auto result = alone(*set_, "SELECT k FROM t ORDER BY k");
    for (const auto& row : result["rows"]) all += row["k"].get<std::string>();
    return all;
  }
  std::unique_ptr<MigrationSet> set_;
};
INGOT_ON_BOTH_DATABASES(TransactionTest);

TEST_P(TransactionTest, Commit_keeps_and_rollback_forgets) {
  ASSERT_TRUE(connection().begin(soon()).ok());
  EXPECT_TRUE(put("a"));
  EXPECT_TRUE(connection().commit().ok());
  ASSERT_TRUE(connection().begin_write(soon()).ok());
  EXPECT_TRUE(put("b"));
  connection().rollback();
  connection().rollback();
  EXPECT_EQ(keys(), "a");
  EXPECT_FALSE(connection().commit().ok());
  ASSERT_TRUE(connection().begin(soon()).ok());
  EXPECT_FALSE(connection().begin(soon()).ok());
  connection().rollback();
  EXPECT_EQ(code("SELECT 1 AS one"), "DATABASE_ERROR");  // no guest statement outside a transaction
}

TEST_P(TransactionTest, After_any_failure_only_a_rollback_is_possible) {
  for (const char* failing :
       {"INSERT INTO t (k) VALUES ('a'), ('a')", "SELECT nothing FROM t", "DROP TABLE t", "SELECT k FROM t WHERE k = $1", "not sql"}) {
    ASSERT_TRUE(connection().begin_write(soon()).ok());
    EXPECT_TRUE(put("z"));
    EXPECT_NE(code(failing), "none") << failing;
    EXPECT_EQ(code("SELECT k FROM t"), "TRANSACTION_ABORTED");
    EXPECT_FALSE(connection().run({"SELECT 1"}).ok());
    EXPECT_FALSE(connection().savepoint().ok());
    const auto committed = connection().commit();
    ASSERT_FALSE(committed.ok());
    EXPECT_EQ(committed.error().code, ErrorCode::database);
    EXPECT_TRUE(committed.error().message.starts_with("TRANSACTION_ABORTED")) << committed.error().message;
    EXPECT_EQ(keys(), "") << failing;
  }
}

TEST_P(TransactionTest, A_failed_host_statement_spoils_the_transaction_too) {
  ASSERT_TRUE(connection().begin_write(soon()).ok());
  EXPECT_TRUE(put("a"));
  EXPECT_FALSE(connection().run({"SELECT * FROM no_such_table"}).ok());
  EXPECT_EQ(code("SELECT k FROM t"), "TRANSACTION_ABORTED");
  EXPECT_FALSE(connection().commit().ok());
  EXPECT_EQ(keys(), "");
}

TEST_P(TransactionTest, A_part_can_be_undone_alone_and_heals_its_failure) {
  ASSERT_TRUE(connection().begin_write(soon()).ok());
  EXPECT_TRUE(put("a"));
  ASSERT_TRUE(connection().savepoint().ok());
  EXPECT_TRUE(put("b"));
  EXPECT_EQ(code("INSERT INTO t (k) VALUES ('a')"), "UNIQUE_VIOLATION");
  EXPECT_EQ(code("SELECT k FROM t"), "TRANSACTION_ABORTED");
  ASSERT_TRUE(connection().rollback_to_savepoint().ok());
  EXPECT_TRUE(put("c"));
  ASSERT_TRUE(connection().savepoint().ok());
  EXPECT_TRUE(put("d"));
  ASSERT_TRUE(connection().savepoint().ok());
  EXPECT_TRUE(put("e"));
  ASSERT_TRUE(connection().rollback_to_savepoint().ok());
  ASSERT_TRUE(connection().release_savepoint().ok());
  EXPECT_FALSE(connection().release_savepoint().ok());
  EXPECT_FALSE(connection().rollback_to_savepoint().ok());
  ASSERT_TRUE(connection().commit().ok());
  EXPECT_EQ(keys(), "acd");
  EXPECT_FALSE(connection().savepoint().ok());
}

TEST_P(TransactionTest, Keeping_a_failed_part_undoes_and_ends_it) {
  // A( a B( b C( c fails ) d ) e ): C alone is undone.
  ASSERT_TRUE(connection().begin_write(soon()).ok());
  EXPECT_TRUE(put("z"));
  ASSERT_TRUE(connection().savepoint().ok());
  EXPECT_TRUE(put("a"));
  ASSERT_TRUE(connection().savepoint().ok());
  EXPECT_TRUE(put("b"));
  ASSERT_TRUE(connection().savepoint().ok());
  EXPECT_TRUE(put("c"));
  EXPECT_EQ(code("INSERT INTO t (k) VALUES ('a')"), "UNIQUE_VIOLATION");
  const auto kept = connection().release_savepoint();
  ASSERT_FALSE(kept.ok());
  EXPECT_TRUE(kept.error().message.starts_with("TRANSACTION_ABORTED")) << kept.error().message;
  EXPECT_TRUE(put("d"));
  EXPECT_TRUE(connection().release_savepoint().ok());
  EXPECT_TRUE(put("e"));
  EXPECT_TRUE(connection().release_savepoint().ok());
  EXPECT_FALSE(connection().release_savepoint().ok());
  ASSERT_TRUE(connection().commit().ok());
  EXPECT_EQ(keys(), "abdez");
}

TEST_P(TransactionTest, A_failure_that_each_part_passes_on_undoes_them_all) {
  ASSERT_TRUE(connection().begin_write(soon()).ok());
  EXPECT_TRUE(put("z"));
  for (const char* key : {"a", "b", "c"}) {
    ASSERT_TRUE(connection().savepoint().ok());
    EXPECT_TRUE(put(key));
  }
  EXPECT_EQ(code("SELECT nothing FROM t"), "INVALID_SQL");
  EXPECT_FALSE(connection().release_savepoint().ok());     // C
  EXPECT_TRUE(connection().rollback_to_savepoint().ok());  // B gives up
  EXPECT_TRUE(put("d"));
  EXPECT_EQ(code("SELECT nothing FROM t"), "INVALID_SQL");
  EXPECT_FALSE(connection().release_savepoint().ok());  // A
  EXPECT_FALSE(connection().rollback_to_savepoint().ok());
  EXPECT_TRUE(put("e"));
  ASSERT_TRUE(connection().savepoint().ok());
  EXPECT_TRUE(put("f"));
  ASSERT_TRUE(connection().release_savepoint().ok());
  ASSERT_TRUE(connection().commit().ok());
  EXPECT_EQ(keys(), "efz");
}

TEST_P(TransactionTest, A_part_is_gone_even_when_it_cannot_be_undone) {
  ASSERT_TRUE(connection().begin_write(soon()).ok());
  EXPECT_TRUE(put("a"));
  ASSERT_TRUE(connection().savepoint().ok());
  ASSERT_TRUE(connection().savepoint().ok());
  host("ROLLBACK");  // as SQLite does by itself when a disk is full
  EXPECT_FALSE(connection().release_savepoint().ok());
  EXPECT_FALSE(connection().release_savepoint().ok());
  const auto none = connection().release_savepoint();
  ASSERT_FALSE(none.ok());
  EXPECT_EQ(none.error().message, "there is no savepoint");
  EXPECT_FALSE(connection().commit().ok());
  EXPECT_EQ(keys(), "");
}

TEST_P(TransactionTest, The_server_itself_knows_the_deadline) {
  if (on_sqlite()) GTEST_SKIP() << "there is no server";
  const auto timeout = [&] { return host("SHOW statement_timeout")[0][0].value_or(""); };
  ASSERT_TRUE(connection().begin(soon(5000)).ok());
  EXPECT_EQ(host("SELECT setting::bigint BETWEEN 5500 AND 12200 FROM pg_settings WHERE name = 'statement_timeout'")[0][0], "t");
  ASSERT_TRUE(connection().savepoint().ok());
  ASSERT_TRUE(connection().rollback_to_savepoint().ok());
  EXPECT_NE(timeout(), "0");
  ASSERT_TRUE(connection().commit().ok());
  EXPECT_EQ(timeout(), "0");
  ASSERT_TRUE(connection().begin(Deadline::max()).ok());
  EXPECT_EQ(timeout(), "0");
  ASSERT_TRUE(connection().commit().ok());
}

TEST_P(TransactionTest, A_part_may_enter_another_module_and_be_undone) {
  const MigrationSet other =
      migrate("other", R"j({"version":1,"operations":[{"type":"create_table","table":"u","columns":[{"name":"k","sql_type":"TEXT"}]}]})j");
  ASSERT_TRUE(connection().begin_write(soon()).ok());
  EXPECT_TRUE(put("a"));
  ASSERT_TRUE(connection().savepoint().ok());
  EXPECT_EQ(guest(other, "INSERT INTO u (k) VALUES ('x')")["rows_affected"], 1);
  ASSERT_TRUE(connection().rollback_to_savepoint().ok());
  EXPECT_EQ(guest(other, "SELECT count(*) AS n FROM u")["rows"][0]["n"], 0);
  EXPECT_TRUE(put("b"));
  ASSERT_TRUE(connection().commit().ok());
  EXPECT_EQ(keys(), "ab");
}

TEST_P(TransactionTest, A_deadline_inside_a_part_heals_when_the_part_is_undone) {
  ASSERT_TRUE(connection().begin_write(soon()).ok());
  EXPECT_TRUE(put("a"));
  ASSERT_TRUE(connection().savepoint().ok());
  EXPECT_EQ(guest(*set_, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) AS c FROM n", "",
                  {.deadline = soon(150)})["error"],
            "DEADLINE");
  ASSERT_TRUE(connection().rollback_to_savepoint().ok());
  EXPECT_TRUE(put("b"));
  ASSERT_TRUE(connection().commit().ok());
  EXPECT_EQ(keys(), "ab");
}

TEST_P(TransactionTest, An_interrupted_write_is_undone_whole) {
  ASSERT_TRUE(connection().begin_write(soon()).ok());
  EXPECT_TRUE(put("a"));
  const auto start = Clock::now();
  EXPECT_EQ(guest(*set_, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) INSERT INTO t (n) SELECT i FROM n", "",
                  {.deadline = soon(200)})["error"],
            "DEADLINE");
  EXPECT_LT(Clock::now() - start, std::chrono::seconds(5));
  EXPECT_EQ(code("SELECT k FROM t"), "TRANSACTION_ABORTED");
  EXPECT_FALSE(connection().commit().ok());
  EXPECT_FALSE(connection().broken());
  EXPECT_EQ(keys(), "");
}

TEST_P(TransactionTest, A_deadline_that_has_passed_runs_nothing) {
  ASSERT_TRUE(connection().begin(soon()).ok());
  EXPECT_EQ(guest(*set_, "INSERT INTO t (k) VALUES ('late')", "", {.deadline = Clock::now() - std::chrono::seconds(1)})["error"],
            "DEADLINE");
  connection().rollback();
  EXPECT_EQ(keys(), "");
}

TEST_P(TransactionTest, The_transactions_own_deadline_bounds_its_statements) {
  ASSERT_TRUE(connection().begin(soon(300)).ok());
  const auto start = Clock::now();
  EXPECT_EQ(code("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) AS c FROM n"), "DEADLINE");
  EXPECT_LT(Clock::now() - start, std::chrono::seconds(5));
  connection().rollback();
}

TEST_P(TransactionTest, A_lock_that_another_holds_is_waited_for_up_to_the_deadline) {
  const auto other = connect();
  ASSERT_TRUE(connection().begin_write(soon()).ok());
  EXPECT_TRUE(put("a"));
  const auto start = Clock::now();
  std::string given = "DEADLINE";
  if (other->begin_write(soon(200)).ok()) {  // PostgreSQL: the row is what is waited for
    given = run_guest(*other, *set_, "INSERT INTO t (k) VALUES ('a')", "", {.deadline = soon(200)}).value("error", "none");
  }
  EXPECT_EQ(given, "DEADLINE");
  EXPECT_LT(Clock::now() - start, std::chrono::seconds(5));
  other->rollback();
  std::thread holder([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    EXPECT_TRUE(connection().commit().ok());
  });
  ASSERT_TRUE(other->begin_write(soon()).ok());
  EXPECT_EQ(run_guest(*other, *set_, "INSERT INTO t (k) VALUES ('a')").value("error", "none"), "UNIQUE_VIOLATION");
  other->rollback();
  holder.join();
}

TEST_P(TransactionTest, Current_timestamp_stands_still_within_a_transaction) {
  ASSERT_TRUE(connection().begin(soon()).ok());
  const auto first = run("SELECT current_timestamp AS now")["rows"][0]["now"];
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_EQ(run("SELECT current_timestamp AS now")["rows"][0]["now"], first);
  connection().rollback();
  ASSERT_TRUE(connection().begin(soon()).ok());
  EXPECT_NE(run("SELECT current_timestamp AS now")["rows"][0]["now"], first);
  connection().rollback();
}

TEST_P(TransactionTest, A_committed_row_is_there_for_a_new_connection) {
  ASSERT_TRUE(connection().begin_write(soon()).ok());
  EXPECT_TRUE(put("a"));
  ASSERT_TRUE(connection().commit().ok());
  connection_ = connect();
  EXPECT_EQ(keys(), "a");
  if (on_sqlite()) {
    EXPECT_EQ(host("PRAGMA journal_mode")[0][0], "wal");
    EXPECT_EQ(host("PRAGMA synchronous")[0][0], "2");  // FULL
    EXPECT_EQ(host("PRAGMA foreign_keys")[0][0], "1");
    EXPECT_EQ(host("PRAGMA trusted_schema")[0][0], "0");
  }
}

}  // namespace
}  // namespace ingot::db
