// SPDX-License-Identifier: Apache-2.0
// Versions taken back: what they did is undone, by the databases' own catalogs, or nothing happens and the reason is said.
#include <gtest/gtest.h>

#include <algorithm>

#include "db/migrate.hpp"
#include "failing_connection.hpp"
#include "test_database.hpp"

namespace ingot::db {
namespace {

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

class DownTest : public DatabaseTest {
 protected:
  Result<std::vector<PlannedVersion>> down(int target, bool allow_data_loss = false) {
    return Migrator(database()).down(connection(), "m", target, allow_data_loss, soon());
  }
  std::string refusal(int target, bool allow_data_loss = false) {
    const auto before = catalog();
    const auto done = down(target, allow_data_loss);
    EXPECT_FALSE(done.ok());
    if (done.ok()) return {};
    EXPECT_EQ(done.error().code, ErrorCode::migration);
    EXPECT_EQ(catalog(), before);
    return done.error().message;
  }
  /// Columns with types, nulls and defaults, references, checks and indexes, in the order of their names.
  std::vector<std::string> structure() {
    const char* const sqlite =
        "SELECT 'column', t.name, c.name, c.type, c.\"notnull\", c.dflt_value FROM sqlite_schema t, pragma_table_info(t.name) c WHERE t.type = 'table' "
        "AND t.name NOT LIKE 'ingot%' UNION ALL SELECT 'reference', t.name, f.\"from\", f.\"table\", f.\"to\", '' FROM sqlite_schema t, "
        "pragma_foreign_key_list(t.name) f WHERE t.type = 'table' AND t.name NOT LIKE 'ingot%' UNION ALL SELECT 'index', name, sql, '', '', '' FROM sqlite_schema "
        "WHERE type = 'index' AND sql IS NOT NULL AND tbl_name NOT LIKE 'ingot%' UNION ALL SELECT 'owner', table_name, module_name, '', '', '' FROM ingot_module_tables";
    const char* const postgres =
        "SELECT 'column', c.relname::text, a.attname::text, format_type(a.atttypid, a.atttypmod), a.attnotnull::text, pg_get_expr(d.adbin, d.adrelid) "
        "FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum "
        "WHERE c.relnamespace = to_regnamespace('m') AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped "
        "UNION ALL SELECT 'constraint', conrelid::regclass::text, conname::text, pg_get_constraintdef(oid), '', '' FROM pg_constraint "
        "WHERE connamespace = to_regnamespace('m') "
        "UNION ALL SELECT 'index', indexname::text, indexdef, '', '', '' FROM pg_indexes WHERE schemaname = 'm' "
        "UNION ALL SELECT 'owner', table_name, module_name, '', '', '' FROM ingot.module_tables";
    std::vector<std::string> lines;
    for (const HostRow& row : host(on_sqlite() ? sqlite : postgres)) {
      std::string& line = lines.emplace_back();
      for (const auto& value : row) line += value.value_or("NULL") + "|";
    }
    std::ranges::sort(lines);
    return lines;
  }
  std::vector<int> history() {
    std::vector<int> versions;
    for (const HostRow& row : host(on_sqlite() ? "SELECT version FROM ingot_module_migrations ORDER BY 1"
                                               : "SELECT version FROM ingot.module_migrations ORDER BY 1")) {
      versions.push_back(std::stoi(row[0].value()));
    }
    return versions;
  }
};
INGOT_ON_BOTH_DATABASES(DownTest);

const std::string first = R"j({"version":1,"operations":[
    {"type":"create_table","table":"p","columns":[{"name":"k","sql_type":"TEXT","nullable":false,"unique":true}]},
    {"type":"create_table","table":"t_a","columns":[{"name":"a_b","sql_type":"INTEGER","default":3},{"name":"p_id","sql_type":"UUID"},
      {"name":"s","sql_type":"VARCHAR(9)","nullable":false,"default":"it's"},{"name":"w","sql_type":"TIMESTAMPTZ","default":{"function":"now"}},
      {"name":"q","sql_type":"UUID"},{"name":"x","sql_type":"NUMERIC(8,2)","default":1.5}]},
    {"type":"create_index","table":"t_a","column":"s"},{"type":"create_index","table":"t_a","column":"s","index_type":"hash"},
    {"type":"create_index","table":"t_a","columns":["a_b","s"],"unique":true,"where":{"column":"deleted_at","is":"null"}},
    {"type":"rename_column","table":"t_a","column":"a_b","new_name":"ab"},
    {"type":"add_check","table":"t_a","column":"ab","min":0},
    {"type":"add_foreign_key","table":"t_a","column":"q","references":{"table":"p"}}]})j";

std::string with(const std::string& second) { return "[" + first + R"j(,{"version":2,"operations":[)j" + second + "]}]"; }

TEST_P(DownTest, Every_operation_that_can_be_taken_back_is) {
  migrate("m", "[" + first + "]");
  const auto before = structure();
  for (const char* operations : {
           R"j({"type":"create_table","table":"u","columns":[{"name":"c","sql_type":"TEXT","unique":true}]})j",
           R"j({"type":"add_column","table":"t_a","column":"c","sql_type":"TEXT","unique":true},{"type":"add_check","table":"t_a","column":"c","not_empty":true})j",
           R"j({"type":"add_column","table":"fresh","column":"c","sql_type":"TEXT"})j",
           R"j({"type":"create_index","table":"t_a","columns":["s","ab"]},{"type":"drop_index","table":"t_a","column":"s"})j",
           R"j({"type":"drop_index","table":"t_a","columns":["ab","s"],"unique":true,"where":{"column":"deleted_at","is":"null"}})j",
           R"j({"type":"rename_table","table":"t_a","new_name":"z"},{"type":"drop_index","table":"z","column":"s"},
               {"type":"create_table","table":"t_a"},{"type":"rename_column","table":"z","column":"ab","new_name":"cd"}, {"type":"add_foreign_key","table":"z","column":"p_id","references":{"table":"t_a"}}])j",
           R"j({"type":"rename_table","table":"p","new_name":"pp"},{"type":"rename_column","table":"pp","column":"k","new_name":"kk"})j",
           R"j({"type":"alter_column","table":"t_a","column":"s","nullable":true,"default":null},{"type":"alter_column","table":"t_a","column":"ab","nullable":false,"default":-4},
               {"type":"alter_column","table":"t_a","column":"w","default":null},{"type":"alter_column","table":"t_a","column":"x","default":"2.25"}])j",
           R"j({"type":"add_foreign_key","table":"t_a","column":"p_id","references":{"table":"p"}},{"type":"drop_foreign_key","table":"t_a","column":"q"})j",
           R"j({"type":"add_check","table":"t_a","column":"s","check_in":["it's","b"]},{"type":"drop_check","table":"t_a","column":"ab","min":0})j",
           R"j({"type":"insert","table":"p","key":"k","rows":[{"k":"a"},{"k":"it's"}]})j",
           // A table of the version's own: what else was done to it does not matter.
           R"j({"type":"create_table","table":"n","columns":[{"name":"c","sql_type":"INTEGER"},{"name":"m_id","sql_type":"UUID"}]},{"type":"create_table","table":"m_t","columns":[{"name":"n_id","sql_type":"UUID"}]},
               {"type":"alter_column","table":"n","column":"c","sql_type":"BIGINT"},{"type":"drop_column","table":"n","column":"c"},{"type":"rename_table","table":"n","new_name":"nn"},
               {"type":"add_foreign_key","table":"nn","column":"m_id","references":{"table":"m_t"}},{"type":"add_foreign_key","table":"m_t","column":"n_id","references":{"table":"nn"}},
               {"type":"create_table","table":"gone"},{"type":"drop_table","table":"gone"},{"type":"insert","table":"m_t","key":"id","rows":[{"id":"11111111-1111-4111-8111-111111111111"}]})j",
       }) {
    std::string text(operations);
    if (text.ends_with("]")) text.pop_back();
    migrate("m", with(text));
    const auto after = structure();
    EXPECT_EQ(history(), (std::vector{1, 2})) << text;
    const auto done = down(1, true);
    ASSERT_TRUE(done.ok()) << text << ": " << done.error().message;
    ASSERT_EQ(done->size(), 1U);
    EXPECT_EQ(structure(), before) << text;
    EXPECT_EQ(history(), std::vector{1});
    migrate("m", with(text));
    EXPECT_EQ(structure(), after) << text;
    ASSERT_TRUE(down(1, true).ok());
  }
  EXPECT_EQ(host("SELECT count(*) FROM " + database().table_name("m", "p"))[0][0], "0");
  ASSERT_TRUE(down(0, true).ok());
  EXPECT_EQ(history(), std::vector<int>{});
  EXPECT_TRUE(structure().empty());
  EXPECT_TRUE(down(0)->empty());
}

TEST_P(DownTest, What_cannot_be_taken_back_is_listed_and_nothing_happens) {
  migrate("m", "[" + first + R"j(,{"version":2,"operations":[{"type":"alter_column","table":"t_a","column":"ab","sql_type":"BIGINT"}]},
      {"version":5,"operations":[{"type":"drop_column","table":"t_a","column":"x"},{"type":"create_index","table":"p","column":"created_at"}]},
      {"version":7,"operations":[{"type":"drop_table","table":"t_a"}]}])j");
  const std::string message = refusal(1, true);
  EXPECT_TRUE(has(message, "version 2 widened 't_a.ab' from INTEGER to BIGINT")) << message;
  EXPECT_TRUE(has(message, "version 5 dropped the column 't_a.x'")) << message;
  EXPECT_TRUE(has(message, "version 7 dropped the table 't_a'")) << message;
  EXPECT_TRUE(has(refusal(3), "version 3 of module 'm' is not applied (applied: 1, 2, 5, 7")) << refusal(3);
  EXPECT_EQ(history(), (std::vector{1, 2, 5, 7}));
}

TEST_P(DownTest, Data_is_destroyed_only_when_that_was_asked_for) {
  const MigrationSet set = migrate("m", with(R"j({"type":"create_table","table":"u"},{"type":"add_column","table":"p","column":"c","sql_type":"TEXT"},
      {"type":"insert","table":"p","key":"k","rows":[{"k":"seed"}]},{"type":"create_index","table":"p","column":"c"})j"));
  ASSERT_EQ(alone(set, "INSERT INTO p (k) VALUES ('mine')")["rows_affected"], 1);
  const std::string message = refusal(1);
  EXPECT_TRUE(has(message, "--allow-data-loss") && has(message, "drops the table 'u'") && has(message, "drops the column 'p.c'") &&
              has(message, "deletes the rows of 'p'"))
      << message;
  ASSERT_TRUE(down(1, true).ok());
  EXPECT_EQ(host("SELECT k FROM " + database().table_name("m", "p")), (std::vector<HostRow>{{"mine"}}));
  // Without losses no word is needed.
  migrate("m", with(R"j({"type":"create_index","table":"t_a","column":"w"},{"type":"rename_table","table":"p","new_name":"pp"})j"));
  const auto done = down(1);
  ASSERT_TRUE(done.ok()) << done.error().message;
  EXPECT_FALSE(done->front().destructive);
}

TEST_P(DownTest, Rows_that_are_still_needed_keep_a_version) {
  const MigrationSet set = migrate("m", with(R"j({"type":"insert","table":"p","key":"id","rows":[{"id":"11111111-1111-4111-8111-111111111111","k":"seed"}]},
      {"type":"add_check","table":"t_a","column":"ab","max":9})j"));
  ASSERT_EQ(alone(set, "INSERT INTO t_a (q) VALUES ('11111111-1111-4111-8111-111111111111')")["rows_affected"], 1);
  EXPECT_TRUE(has(refusal(1, true), "version 2 of module 'm'"));
  EXPECT_EQ(history(), (std::vector{1, 2}));
  EXPECT_EQ(alone(set, "INSERT INTO t_a (q, ab) VALUES ('21111111-1111-4111-8111-111111111111', 4)")["error"], "FOREIGN_KEY_VIOLATION");
}

TEST_P(DownTest, A_history_that_was_changed_from_outside_is_not_believed) {
  migrate("m", with(R"j({"type":"create_index","table":"p","column":"created_at"})j"));
  const std::string table = on_sqlite() ? "ingot_module_migrations" : "ingot.module_migrations";
  host("UPDATE " + table + " SET operations = replace(operations, 'created_at', 'updated_at') WHERE version = 2");
  EXPECT_TRUE(has(refusal(1), "behind the host's back")) << refusal(1);
}

TEST_P(DownTest, Records_that_no_longer_fit_together_are_an_error) {
  migrate("m", with(R"j({"type":"create_index","table":"p","column":"created_at"})j"));
  const MigrationSet without = parsed("m", R"j({"version":1,"operations":[{"type":"create_table","table":"q"}]})j");
  ASSERT_TRUE(Migrator(database()).repair(connection(), without, 1, soon())->changed);
  for (int target : {1, 0}) EXPECT_TRUE(has(refusal(target, true), "the recorded version 2")) << refusal(target, true);
  const auto checked = Migrator(database()).check(connection(), "m", soon());
  ASSERT_FALSE(checked.ok());
  EXPECT_TRUE(has(checked.error().message, "the recorded version 2")) << checked.error().message;
}

TEST_P(DownTest, Another_modules_name_is_not_taken_on_the_way_back) {
  migrate("m", with(R"j({"type":"rename_table","table":"p","new_name":"pp"})j"));
  migrate("other", R"j({"version":1,"operations":[{"type":"create_table","table":"p"}]})j");
  EXPECT_TRUE(has(refusal(1), "belongs to module 'other'")) << refusal(1);
}

TEST_P(DownTest, A_fault_at_any_statement_leaves_whole_versions_only) {
  const std::string text = "[" + first + R"j(,{"version":2,"operations":[{"type":"add_check","table":"t_a","column":"ab","max":9},
      {"type":"insert","table":"p","key":"k","rows":[{"k":"a"}]},{"type":"rename_table","table":"t_a","new_name":"z"}]},
      {"version":3,"operations":[{"type":"create_table","table":"u"}]}])j";
  migrate("m", text);
  std::vector<std::string> last = structure();
  std::size_t count = history().size();
  for (int fail_at = 1; fail_at < 200; ++fail_at) {
    FailingConnection failing(connection(), fail_at);
    const auto done = Migrator(database()).down(failing, "m", 0, true, soon());
    connection().rollback();
    if (history().size() == count) EXPECT_EQ(structure(), last) << "fault at statement " << fail_at;
    EXPECT_LE(history().size(), count);
    count = history().size();
    last = structure();
    if (done.ok() && !failing.reached()) break;
  }
  EXPECT_EQ(count, 0U);
  EXPECT_TRUE(last.empty());
  EXPECT_EQ(apply(parsed("m", text)).value(), 3);
}

}  // namespace
}  // namespace ingot::db
