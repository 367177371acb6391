// SPDX-License-Identifier: Apache-2.0
// Drift: none after any migration, and each thing that somebody changes by hand is found, by table and column.
#include <gtest/gtest.h>

#include <algorithm>

#include "db/migrate.hpp"
#include "test_database.hpp"

namespace ingot::db {
namespace {

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

class CheckTest : public DatabaseTest {
 protected:
  /// "table.column: what", one for each difference, sorted.
  std::vector<std::string> drift(const std::string& module = "m") {
    const auto before = catalog();
    const auto found = Migrator(database()).check(connection(), module, soon());
    EXPECT_TRUE(found.ok()) << (found.ok() ? "" : found.error().message);
    EXPECT_EQ(catalog(), before) << "the check changed something";
    std::vector<std::string> lines;
    for (const CatalogDifference& item : found.ok() ? *found : std::vector<CatalogDifference>{}) {
      lines.push_back(item.table + (item.column.empty() ? "" : "." + item.column) + ": " + item.what);
    }
    std::ranges::sort(lines);
    return lines;
  }
  std::string name(const std::string& table) { return database().table_name("m", table); }
};
INGOT_ON_BOTH_DATABASES(CheckTest);

const std::string tables = R"j({"version":1,"operations":[
    {"type":"create_table","table":"p","columns":[{"name":"k","sql_type":"TEXT","nullable":false,"unique":true}]},
    {"type":"create_table","table":"t","columns":[{"name":"n","sql_type":"INTEGER","default":3,"check_in":[1,3]},{"name":"p_id","sql_type":"UUID","references":{"table":"p"}},
      {"name":"s","sql_type":"VARCHAR(90)","nullable":false,"default":"it's, (a) \"b\""},{"name":"x","sql_type":"NUMERIC(8,2)"},{"name":"j","sql_type":"JSONB"}]},
    {"type":"create_index","table":"t","columns":["s","n"],"where":{"column":"deleted_at","is":"null"}}]})j";

TEST_P(CheckTest, Finds_nothing_after_any_migration_up_and_down) {
  migrate("m", "[" + tables + "]");
  EXPECT_EQ(drift(), std::vector<std::string>{});
  for (const char* operations : {
           R"j({"type":"add_column","table":"t","column":"a","sql_type":"TEXT","unique":true},{"type":"rename_column","table":"t","column":"n","new_name":"number"})j",
           R"j({"type":"add_check","table":"t","column":"s","not_empty":true},{"type":"add_column","table":"t","column":"late","sql_type":"UUID","references":{"table":"p"}})j",
           R"j({"type":"rename_table","table":"t","new_name":"z"},{"type":"create_table","table":"t","columns":[{"name":"s","sql_type":"TEXT","references":{"table":"p","column":"k"}}]})j",
           R"j({"type":"rename_table","table":"p","new_name":"pp"},{"type":"insert","table":"pp","key":"k","rows":[{"k":"a"}]})j",
           R"j({"type":"add_column","table":"p","column":"t_id","sql_type":"UUID"},{"type":"add_foreign_key","table":"p","column":"t_id","references":{"table":"t"}})j"}) {
    migrate("m", "[" + tables + R"j(,{"version":2,"operations":[)j" + operations + "]}]");
    EXPECT_EQ(drift(), std::vector<std::string>{}) << operations;
    const auto done = Migrator(database()).down(connection(), "m", 1, true, soon());
    ASSERT_TRUE(done.ok()) << done.error().message;
    EXPECT_EQ(drift(), std::vector<std::string>{}) << "down from " << operations;
  }
  migrate("m", "[" + tables + R"j(,{"version":2,"operations":[{"type":"alter_column","table":"t","column":"x","sql_type":"NUMERIC(12,3)"},
      {"type":"drop_column","table":"t","column":"j"},{"type":"alter_column","table":"t","column":"s","nullable":true,"default":null}]}])j");
  EXPECT_EQ(drift(), std::vector<std::string>{});
  EXPECT_EQ(drift("never_seen"), std::vector<std::string>{});
  EXPECT_EQ(Migrator(database()).modules(connection()).value(), std::vector<std::string>{"m"});
}

TEST_P(CheckTest, Finds_each_change_that_was_made_by_hand) {
  migrate("m", "[" + tables + "]");
  struct Change {
    std::string sql;
    std::string place;
    std::string what;
  };
  const std::string index = on_sqlite() ? "\"by_hand\"" : "by_hand";
  std::vector<Change> changes{
      {"ALTER TABLE " + name("t") + " ADD COLUMN extra TEXT", "t.extra", "comes from no migration"},
      {"ALTER TABLE " + name("t") + " DROP COLUMN j", "t.j", "is missing"},
      {"CREATE INDEX " + index + " ON " + name("t") + " (x)", "t", "index by_hand comes from no migration"},
      {"DROP TABLE " + name("t"), "t", "the table is missing"},
  };
  if (on_sqlite()) {
    changes.push_back({"CREATE TRIGGER watch AFTER INSERT ON t BEGIN DELETE FROM p; END", "t", "trigger watch comes from no migration"});
    changes.push_back({"DELETE FROM ingot_module_tables WHERE table_name = 't'", "t", "not recorded"});
  } else {
    changes.push_back({"ALTER TABLE m.t ALTER COLUMN s TYPE text", "t.s", "should be character varying(90)"});
    changes.push_back({"ALTER TABLE m.t ALTER COLUMN s DROP NOT NULL", "t.s", "NOT NULL"});
    changes.push_back({"ALTER TABLE m.t ALTER COLUMN n SET DEFAULT 4", "t.n", "is integer DEFAULT 4, and should be integer DEFAULT 3"});
    changes.push_back({"ALTER TABLE m.t DROP CONSTRAINT t_p_id_fkey", "t.p_id", "is missing"});
    changes.push_back({"ALTER TABLE m.t DROP CONSTRAINT t_n_check", "t.n", "is missing"});
    changes.push_back({"ALTER TABLE m.t ADD CONSTRAINT more CHECK (n < 9)", "t.n", "constraint more comes from no migration"});
    changes.push_back({"CREATE TABLE m.alien (a int)", "alien", "comes from no migration"});
    changes.push_back({"ALTER TABLE m.t ENABLE ROW LEVEL SECURITY", "t", "row security"});
    changes.push_back({"DELETE FROM ingot.module_tables WHERE table_name = 't'", "t", "not recorded"});
  }
  for (const Change& change : changes) {
    connection_.reset();  // each change gets a fresh database
    test_database_ = std::make_unique<TestDatabase>(GetParam());
    connection_ = connect();
    ASSERT_TRUE(Migrator(database()).prepare(connection()).ok());
    migrate("m", "[" + tables + "]");
    host(change.sql);
    const auto found = drift();
    ASSERT_FALSE(found.empty()) << change.sql;
    EXPECT_TRUE(std::ranges::any_of(found, [&](const std::string& line) { return line.starts_with(change.place + ": ") && has(line, change.what); }))
        << change.sql << " gave " << found[0];
    EXPECT_EQ(found.size(), 1U) << change.sql << " gave also " << found.back();
  }
  connection_.reset();
}

TEST_P(CheckTest, A_check_that_was_loosened_is_found_on_its_column) {
  if (!on_sqlite()) GTEST_SKIP() << "pg_constraint tells, see above";
  migrate("m", "[" + tables + "]");
  ASSERT_TRUE(connection().begin_write(soon()).ok());
  const std::string sql = host("SELECT sql FROM sqlite_schema WHERE name = 't'")[0][0].value();
  std::string loose = sql;
  loose.replace(loose.find("CREATE TABLE \"t\""), 16, "CREATE TABLE \"copy\"");
  const std::string check = " CHECK (\"n\" IN (1, 3))";
  ASSERT_NE(loose.find(check), std::string::npos);
  loose.erase(loose.find(check), check.size());
  const std::string index = host("SELECT sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL AND tbl_name = 't'")[0][0].value();
  host(loose);
  host("DROP TABLE t");
  host("ALTER TABLE copy RENAME TO t");
  host(index);
  ASSERT_TRUE(connection().commit().ok());
  const auto found = drift();
  ASSERT_EQ(found.size(), 1U) << found.back();
  EXPECT_TRUE(found[0].starts_with("t.n: the column is ") && has(found[0], "IN (1, 3)")) << found[0];
}

TEST_P(CheckTest, A_record_is_repaired_only_when_its_text_has_changed) {
  const std::string second = R"j({"version":2,"operations":[{"type":"create_index","table":"p","column":"created_at"}]})j";
  const std::string other = R"j({"version":2,"operations":[{"type":"create_index","table":"p","column":"updated_at"}]})j";
  const MigrationSet set = migrate("m", "[" + tables + "," + second + "]");
  const MigrationSet changed = parsed("m", "[" + tables + "," + other + "]");
  Migrator migrator(database());
  EXPECT_FALSE(apply(changed).ok());
  EXPECT_FALSE(migrator.repair(connection(), set, 2, soon())->changed);
  const auto repaired = migrator.repair(connection(), changed, 2, soon());
  ASSERT_TRUE(repaired.ok()) << repaired.error().message;
  EXPECT_TRUE(repaired->changed);
  EXPECT_EQ(repaired->old_checksum, set.versions()[1].checksum);
  EXPECT_EQ(repaired->new_checksum, changed.versions()[1].checksum);
  EXPECT_EQ(apply(changed).value(), 0);
  EXPECT_EQ(drift().size(), 2U);  // the index that is there, and the one that is not
  EXPECT_TRUE(migrator.repair(connection(), set, 2, soon())->changed);
  EXPECT_EQ(drift(), std::vector<std::string>{});

  // What was changed behind the host's back is not believed, and can be written anew.
  const std::string history = on_sqlite() ? "ingot_module_migrations" : "ingot.module_migrations";
  host("UPDATE " + history + " SET operations = '[]' WHERE version = 2");
  const auto damaged = migrator.check(connection(), "m", soon());
  ASSERT_FALSE(damaged.ok());
  EXPECT_TRUE(has(damaged.error().message, "migrate repair")) << damaged.error().message;
  EXPECT_TRUE(migrator.repair(connection(), set, 2, soon())->changed);
  EXPECT_EQ(drift(), std::vector<std::string>{});
  for (int version : {0, 3}) EXPECT_EQ(migrator.repair(connection(), set, version, soon()).error().code, ErrorCode::migration);
  const MigrationSet more = parsed("m", "[" + tables + "," + second + R"j(,{"version":3,"operations":[]}])j");
  EXPECT_TRUE(has(migrator.repair(connection(), more, 3, soon()).error().message, "never applied"));
}

}  // namespace
}  // namespace ingot::db
