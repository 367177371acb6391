// SPDX-License-Identifier: Apache-2.0
// What a plan says of its statements, and what bounds them: PostgreSQL's own pg_locks is the judge of the locks.
#include <gtest/gtest.h>

#include <map>

#include "db/migrate.hpp"
#include "test_database.hpp"

namespace ingot::db {
namespace {

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

class PlanTest : public DatabaseTest {};
INGOT_ON_BOTH_DATABASES(PlanTest);

/// The documentation's names of the modes (explicit-locking.html), weakest first, beside those of pg_locks.
const std::vector<std::pair<std::string, std::string>> modes{{"ACCESS SHARE", "AccessShareLock"},
                                                             {"ROW SHARE", "RowShareLock"},
                                                             {"ROW EXCLUSIVE", "RowExclusiveLock"},
                                                             {"SHARE UPDATE EXCLUSIVE", "ShareUpdateExclusiveLock"},
                                                             {"SHARE", "ShareLock"},
                                                             {"SHARE ROW EXCLUSIVE", "ShareRowExclusiveLock"},
                                                             {"EXCLUSIVE", "ExclusiveLock"},
                                                             {"ACCESS EXCLUSIVE", "AccessExclusiveLock"}};

const std::string every_lock = R"j([{"version":1,"operations":[
    {"type":"create_table","table":"p","columns":[{"name":"k","sql_type":"VARCHAR(9)","nullable":false,"unique":true}]},
    {"type":"create_table","table":"c","columns":[{"name":"p_k","sql_type":"VARCHAR(9)","references":{"table":"p","column":"k"}},{"name":"p_id","sql_type":"UUID"},
      {"name":"n","sql_type":"SMALLINT","default":3},{"name":"x","sql_type":"TEXT"},{"name":"y","sql_type":"UUID","references":{"table":"p"}}]}]},
  {"version":2,"operations":[
    {"type":"create_table","table":"free","columns":[{"name":"p_id","sql_type":"UUID","references":{"table":"p"}}]},
    {"type":"insert","table":"p","key":"k","rows":[{"k":"a"}]},{"type":"insert","table":"c","key":"id","rows":[{"id":"11111111-1111-4111-8111-111111111111","p_k":"a"}]},
    {"type":"add_column","table":"c","column":"z","sql_type":"UUID","references":{"table":"p"}},{"type":"add_column","table":"c","column":"w","sql_type":"TEXT","unique":true},
    {"type":"create_index","table":"c","column":"x"},{"type":"drop_index","table":"c","column":"x"},
    {"type":"alter_column","table":"c","column":"n","sql_type":"BIGINT"},{"type":"alter_column","table":"c","column":"n","sql_type":"TEXT","default":"q","nullable":true},
    {"type":"alter_column","table":"c","column":"x","default":"d","nullable":true},
    {"type":"alter_column","table":"c","column":"p_k","sql_type":"VARCHAR(12)"},{"type":"alter_column","table":"p","column":"k","sql_type":"VARCHAR(12)"},
    {"type":"add_foreign_key","table":"c","column":"p_id","references":{"table":"p"}},{"type":"drop_foreign_key","table":"c","column":"p_id"},
    {"type":"add_check","table":"c","column":"x","not_empty":true},{"type":"drop_check","table":"c","column":"x","not_empty":true},
    {"type":"rename_column","table":"c","column":"x","new_name":"xx"},{"type":"create_index","table":"c","column":"xx"},{"type":"rename_table","table":"c","new_name":"cc"},
    {"type":"drop_column","table":"cc","column":"xx"},{"type":"drop_column","table":"cc","column":"y"},{"type":"drop_table","table":"free"}]}])j";

TEST_P(PlanTest, Names_the_locks_that_PostgreSQL_takes) {
  const auto plan = Migrator(database()).plan(connection(), parsed("m", every_lock));
  ASSERT_TRUE(plan.ok()) << plan.error().message;
  for (const DdlStatement& statement : plan->at(0).statements) {
    ASSERT_TRUE(connection().run({statement.sql}, statement.params).ok()) << statement.sql;
  }
  // Each statement alone in a transaction, so that what it locks is not what one before it has locked.
  for (const DdlStatement& statement : plan->at(1).statements) {
    if (on_sqlite()) {
      EXPECT_TRUE(statement.locks.empty());
      continue;
    }
    std::map<std::string, std::string> tables;  // by number, since names change
    for (const HostRow& row : host("SELECT c.oid::text, c.relname::text FROM pg_class c WHERE c.relnamespace = to_regnamespace('m') AND c.relkind = 'r'")) {
      tables[row[0].value()] = row[1].value();
    }
    ASSERT_TRUE(connection().begin_write(soon()).ok());
    ASSERT_TRUE(connection().run({statement.sql}, statement.params).ok()) << statement.sql;
    std::map<std::string, std::size_t> strongest;
    for (const HostRow& row : host("SELECT relation::text, mode FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'relation' AND granted")) {
      if (!tables.contains(row[0].value())) continue;
      for (std::size_t rank = 1; rank < modes.size(); ++rank) {  // ACCESS SHARE stands in nobody's way
        if (modes[rank].second == row[1].value()) strongest[tables[row[0].value()]] = std::max(strongest[tables[row[0].value()]], rank);
      }
    }
    ASSERT_TRUE(connection().commit().ok());
    std::map<std::string, std::string> taken;
    for (const auto& [table, rank] : strongest) taken[table] = modes[rank].first;
    std::map<std::string, std::string> named;
    for (const TableLock& lock : statement.locks) named[lock.table] = lock.mode;
    EXPECT_EQ(named, taken) << statement.sql;
  }
}

TEST_P(PlanTest, Marks_what_destroys_data) {
  const auto plan = Migrator(database()).plan(connection(), parsed("m", R"j([{"version":1,"operations":[
      {"type":"create_table","table":"t","columns":[{"name":"a","sql_type":"TEXT"},{"name":"b","sql_type":"TEXT"},{"name":"c","sql_type":"TEXT"}]},
      {"type":"alter_column","table":"t","column":"a","default":"x"},{"type":"add_check","table":"t","column":"b","not_empty":true}]},
    {"version":2,"operations":[{"type":"drop_column","table":"t","column":"a"}]},
    {"version":3,"operations":[{"type":"drop_column","table":"t","column":"b"}]},
    {"version":4,"operations":[{"type":"create_index","table":"t","column":"c"},{"type":"drop_table","table":"t"}]}])j"));
  ASSERT_TRUE(plan.ok()) << plan.error().message;
  std::vector<int> destroying;
  for (const PlannedVersion& version : *plan) {
    int count = 0;
    for (const DdlStatement& statement : version.statements) count += statement.destructive ? 1 : 0;
    destroying.push_back(count);
    EXPECT_EQ(version.destructive, count > 0);
  }
  EXPECT_EQ(destroying, (std::vector{0, 1, 1, 1}));
  EXPECT_EQ(plan->at(0).rebuilds, on_sqlite());
}

TEST_P(PlanTest, A_lock_that_is_not_free_in_time_ends_the_version_and_says_so) {
  if (on_sqlite()) GTEST_SKIP() << "SQLite has one lock, and the deadline bounds it";
  const std::string table = R"j({"version":1,"operations":[{"type":"create_table","table":"t"}]})j";
  migrate("m", "[" + table + "]");
  const auto other = connect();
  ASSERT_TRUE(other->begin(soon()).ok());
  ASSERT_TRUE(other->run({"SELECT count(*) FROM m.t"}).ok());
  const MigrationSet set = parsed("m", "[" + table + R"j(,{"version":2,"operations":[{"type":"create_table","table":"u"},
      {"type":"add_column","table":"t","column":"c","sql_type":"TEXT"}]}])j");
  const auto before = catalog();
  const auto start = Clock::now();
  Migrator patient(database(), {.lock_ms = 200, .statement_ms = 10'000});
  const auto applied = patient.apply(connection(), set, soon());
  EXPECT_LT(Clock::now() - start, std::chrono::seconds(5));
  ASSERT_FALSE(applied.ok());
  EXPECT_EQ(applied.error().code, ErrorCode::deadline);
  EXPECT_TRUE(has(applied.error().message, "version 2") && has(applied.error().message, "200 ms (ingot.migrations.lock_timeout_ms)")) << applied.error().message;
  EXPECT_EQ(catalog(), before);
  other->rollback();
  EXPECT_EQ(patient.apply(connection(), set, soon()).value(), 1);
  // The bound ends with the transaction.
  EXPECT_EQ(host("SHOW lock_timeout")[0][0], "0");
  EXPECT_EQ(host("SHOW statement_timeout")[0][0], "0");
}

TEST_P(PlanTest, A_statement_that_takes_too_long_ends_the_version_and_says_so) {
  if (on_sqlite()) GTEST_SKIP() << "the deadline alone bounds SQLite's statements";
  const std::string table = R"j({"version":1,"operations":[{"type":"create_table","table":"t","columns":[{"name":"n","sql_type":"INTEGER"}]}]})j";
  migrate("m", "[" + table + "]");
  host("INSERT INTO m.t (n) SELECT generate_series(1, 100000)");
  const MigrationSet set = parsed("m", "[" + table + R"j(,{"version":2,"operations":[{"type":"alter_column","table":"t","column":"n","sql_type":"TEXT"}]}])j");
  const auto applied = Migrator(database(), {.lock_ms = 0, .statement_ms = 5}).apply(connection(), set, soon());
  ASSERT_FALSE(applied.ok());
  EXPECT_EQ(applied.error().code, ErrorCode::deadline);
  EXPECT_TRUE(has(applied.error().message, "5 ms (ingot.migrations.statement_timeout_ms)")) << applied.error().message;
  EXPECT_EQ(Migrator(database(), {.lock_ms = 0, .statement_ms = 19'000}).apply(connection(), set, soon()).value(), 1);
}

}  // namespace
}  // namespace ingot::db
