// SPDX-License-Identifier: Apache-2.0
// Applying migrations: once, whole or not at all, by one runner at a time, to tables of one's own.
#include "db/migrate.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

#include "failing_connection.hpp"
#include "test_database.hpp"

namespace ingot::db {
namespace {

class MigratorTest : public DatabaseTest {};
INGOT_ON_BOTH_DATABASES(MigratorTest);

constexpr std::string_view every_operation = R"j([
  {"entity":"contact","version":1,"operations":[
    {"type":"create_table","table":"company","columns":[{"name":"code","sql_type":"TEXT","unique":true}]},
    {"type":"create_table","table":"contact","columns":[
      {"name":"email","sql_type":"VARCHAR(20)","nullable":false,"unique":true},
      {"name":"credit_cents","sql_type":"BIGINT","nullable":false,"default":7},
      {"name":"status","sql_type":"TEXT","default":"new","check_in":["new","it's"]},
      {"name":"level","sql_type":"INTEGER","check_in":[1,2]},
      {"name":"company_id","sql_type":"UUID","references":{"table":"company"}},
      {"name":"company_code","sql_type":"TEXT","references":{"table":"company","column":"code"}},
      {"name":"parent_id","sql_type":"UUID","references":{"table":"contact"}},
      {"name":"seen_at","sql_type":"TIMESTAMPTZ","default":{"function":"now"}},
      {"name":"born","sql_type":"DATE","default":"2000-02-29"},
      {"name":"active","sql_type":"BOOLEAN","nullable":false,"default":true},
      {"name":"extra","sql_type":"JSONB","default":{"a":"it's"}},
      {"name":"price","sql_type":"NUMERIC(10,2)","default":1.5},
      {"name":"ratio","sql_type":"DOUBLE PRECISION","default":0.25},
      {"name":"old_name","sql_type":"TEXT"},
      {"name":"gone","sql_type":"TEXT"}]}]},
  {"entity":"contact","version":2,"operations":[
    {"type":"add_column","table":"contact","column":"nickname","sql_type":"TEXT"},
    {"type":"add_column","table":"contact","column":"points","sql_type":"SMALLINT","nullable":false,"default":3},
    {"type":"add_column","table":"contact","column":"tag","sql_type":"TEXT","unique":true},
    {"type":"add_column","table":"contact","column":"boss_id","sql_type":"UUID","references":{"table":"contact"}},
    {"type":"add_column","table":"note","column":"body","sql_type":"TEXT","nullable":false},
    {"type":"create_index","table":"contact","columns":["email"]},
    {"type":"add_index","table":"contact","columns":["gone","level"],"index_type":"btree"},
    {"type":"create_index","table":"contact","column":"nickname","index_type":"hash"}]},
  {"entity":"contact","version":5,"operations":[
    {"type":"rename_column","table":"contact","column":"old_name","new_name":"full_name"},
    {"type":"drop_column","table":"contact","column":"gone"},
    {"type":"drop_column","table":"contact","column":"boss_id"},
    {"type":"drop_column","table":"contact","column":"tag"},
    {"type":"create_table","table":"brief"},
    {"type":"drop_table","table":"note"}]}])j";

TEST_P(MigratorTest, Applies_every_operation_once) {
  const MigrationSet set = parsed("crm", every_operation);
  auto applied = apply(set);
  ASSERT_TRUE(applied.ok()) << applied.error().message;
  EXPECT_EQ(*applied, 3);
  const auto after = catalog();
  applied = apply(set);
  ASSERT_TRUE(applied.ok()) << applied.error().message;
  EXPECT_EQ(*applied, 0);
  EXPECT_EQ(catalog(), after);

  const auto row = alone(set, "INSERT INTO contact (email) VALUES ('a@b.c') RETURNING *")["rows"].at(0);
  EXPECT_EQ(row["credit_cents"], 7);
  EXPECT_EQ(row["status"], "new");
  EXPECT_EQ(row["active"], true);
  EXPECT_EQ(row["extra"], (nlohmann::json{{"a", "it's"}}));
  EXPECT_EQ(row["price"], "1.50");
  EXPECT_EQ(row["ratio"], 0.25);
  EXPECT_EQ(row["born"], "2000-02-29");
  EXPECT_EQ(row["points"], 3);
  EXPECT_EQ(row["full_name"], nullptr);
  EXPECT_FALSE(row.contains("old_name") || row.contains("gone") || row.contains("boss_id") || row.contains("tag"));
  EXPECT_EQ(row.size(), 4U + 16U);
  EXPECT_EQ(alone(set, "SELECT id FROM note")["error"], "NOT_ALLOWED");
  EXPECT_EQ(alone(set, "SELECT count(*) AS n FROM brief")["rows"][0]["n"], 0);
}

TEST_P(MigratorTest, Plans_exactly_what_apply_leaves_and_changes_nothing_itself) {
  const MigrationSet set = parsed("crm", every_operation);
  const auto before = catalog();
  const auto plan = Migrator(database()).plan(connection(), set);
  ASSERT_TRUE(plan.ok()) << plan.error().message;
  EXPECT_EQ(catalog(), before);
  ASSERT_EQ(plan->size(), 3U);
  EXPECT_EQ((*plan)[2].version, 5);
  EXPECT_FALSE((*plan)[0].destructive || (*plan)[1].destructive);
  EXPECT_TRUE((*plan)[2].destructive);
  for (const PlannedVersion& version : *plan) {
    for (const DdlStatement& statement : version.statements) {
      ASSERT_TRUE(connection().run({statement.sql}, statement.params).ok()) << statement.sql;
    }
  }
  const auto by_plan = catalog();

  const TestDatabase other(GetParam());
  auto second = std::make_unique<TestDatabase>(GetParam());
  std::swap(second, test_database_);
  std::unique_ptr<Connection> opened = connect();
  std::swap(opened, connection_);
  ASSERT_TRUE(Migrator(database()).prepare(connection()).ok());
  ASSERT_TRUE(apply(set).ok());
  EXPECT_EQ(catalog(), by_plan);
  EXPECT_TRUE(Migrator(database()).plan(connection(), set)->empty());
  connection_.reset();
}

TEST_P(MigratorTest, Shows_the_state_of_every_version) {
  const std::string first = R"j({"version":1,"operations":[{"type":"create_table","table":"t"}]})j";
  const std::string second = R"j({"version":2,"operations":[{"type":"add_column","table":"t","column":"c","sql_type":"TEXT"}]})j";
  const std::string changed = R"j({"version":2,"operations":[{"type":"add_column","table":"t","column":"c","sql_type":"DATE"}]})j";
  const std::string third = R"j({"version":3,"operations":[]})j";
  migrate("m", "[" + first + "," + second + "," + third + "]");
  const auto states = [&](const std::string& text) {
    std::vector<VersionState> list;
    const auto rows = Migrator(database()).status(connection(), parsed("m", text));
    EXPECT_TRUE(rows.ok());
    for (const VersionStatus& row : *rows) {
      list.push_back(row.state);
      EXPECT_EQ(row.module, "m");
      EXPECT_EQ(row.applied_at.empty(), row.state == VersionState::pending);
    }
    return list;
  };
  EXPECT_EQ(states("[" + first + "," + changed + "]"), (std::vector{VersionState::applied, VersionState::changed, VersionState::orphaned}));
  EXPECT_EQ(states("[" + first + "," + second + "," + third + R"j(,{"version":4,"operations":[]}])j"),
            (std::vector{VersionState::applied, VersionState::applied, VersionState::applied, VersionState::pending}));
}

TEST_P(MigratorTest, Refuses_a_changed_text_under_an_applied_version) {
  migrate("m", R"j({"version":1,"operations":[{"type":"create_table","table":"t"}]})j");
  const MigrationSet changed =
      parsed("m", R"j({"version":1,"operations":[{"type":"create_table","table":"t","columns":[{"name":"c","sql_type":"TEXT"}]}]})j");
  const auto before = catalog();
  for (const auto& error : {apply(changed).error(), Migrator(database()).plan(connection(), changed).error()}) {
    EXPECT_EQ(error.code, ErrorCode::migration);
    EXPECT_NE(error.message.find("version 1"), std::string::npos) << error.message;
    EXPECT_NE(error.message.find("new version"), std::string::npos) << error.message;
  }
  EXPECT_EQ(catalog(), before);
}

TEST_P(MigratorTest, Refuses_a_version_below_the_highest_applied_one) {
  migrate("m", R"j({"version":5,"operations":[{"type":"create_table","table":"t"}]})j");
  const MigrationSet late = parsed("m", R"j([{"version":3,"operations":[{"type":"create_table","table":"u"}]},
                                             {"version":5,"operations":[{"type":"create_table","table":"t"}]}])j");
  const auto applied = apply(late);
  ASSERT_FALSE(applied.ok());
  EXPECT_NE(applied.error().message.find("version 3"), std::string::npos) << applied.error().message;
}

TEST_P(MigratorTest, Refuses_a_table_of_another_module_by_name) {
  migrate("one", R"j({"version":1,"operations":[{"type":"create_table","table":"shared"}]})j");
  const auto before = catalog();
  for (const char* text :
       {R"j({"version":1,"operations":[{"type":"create_table","table":"mine"},{"type":"create_table","table":"shared"}]})j",
        R"j({"version":1,"operations":[{"type":"add_column","table":"shared","column":"c","sql_type":"TEXT"}]})j"}) {
    const auto applied = apply(parsed("two", text));
    ASSERT_FALSE(applied.ok());
    EXPECT_EQ(applied.error().code, ErrorCode::migration);
    EXPECT_NE(applied.error().message.find("'shared'"), std::string::npos);
    EXPECT_NE(applied.error().message.find("'one'"), std::string::npos);
  }
  EXPECT_EQ(catalog(), before);
  // Once dropped by its owner it is free.
  migrate(
      "one",
      R"j([{"version":1,"operations":[{"type":"create_table","table":"shared"}]},{"version":2,"operations":[{"type":"drop_table","table":"shared"}]}])j");
  migrate("two", R"j({"version":1,"operations":[{"type":"create_table","table":"shared"}]})j");
}

TEST_P(MigratorTest, Leaves_nothing_of_a_version_that_fails) {
  const std::string first =
      R"j({"version":1,"operations":[{"type":"create_table","table":"t","columns":[{"name":"c","sql_type":"TEXT"}]}]})j";
  const MigrationSet set = migrate("m", first);
  ASSERT_EQ(alone(set, "INSERT INTO t (c) VALUES ('same'), ('same')")["rows_affected"], 2);
  const auto before = catalog();
  // The unique index cannot be made over what is there: everything before it must vanish too.
  const MigrationSet next = parsed("m", "[" + first + R"j(,{"version":2,"operations":[{"type":"create_table","table":"u"},
      {"type":"add_column","table":"t","column":"d","sql_type":"TEXT"},{"type":"create_index","table":"t","column":"c","unique":true}]}])j");
  const auto applied = apply(next);
  ASSERT_FALSE(applied.ok());
  EXPECT_EQ(applied.error().code, ErrorCode::migration);
  EXPECT_NE(applied.error().message.find("version 2"), std::string::npos) << applied.error().message;
  EXPECT_EQ(catalog(), before);
  EXPECT_EQ((*Migrator(database()).status(connection(), next))[1].state, VersionState::pending);
  // What stood in the way is removed: the same version goes through.
  ASSERT_EQ(alone(set, "DELETE FROM t WHERE c = 'same'")["rows_affected"], 2);
  EXPECT_EQ(apply(next).value(), 1);
}

/// Changes to what is there, which SQLite makes by building tables anew.
constexpr std::string_view every_change = R"j([
  {"version":1,"operations":[
    {"type":"create_table","table":"p","columns":[{"name":"k","sql_type":"TEXT","nullable":false,"unique":true}]},
    {"type":"create_table","table":"t","columns":[{"name":"n","sql_type":"INTEGER"},{"name":"p_id","sql_type":"UUID"}]},
    {"type":"insert","table":"p","key":"k","rows":[{"k":"a"},{"k":"b"}]}]},
  {"version":2,"operations":[
    {"type":"alter_column","table":"t","column":"n","sql_type":"BIGINT","default":1},
    {"type":"add_foreign_key","table":"t","column":"p_id","references":{"table":"p"}},
    {"type":"add_check","table":"t","column":"n","min":0},
    {"type":"insert","table":"t","key":"id","rows":[{"id":"11111111-1111-4111-8111-111111111111"}]},
    {"type":"rename_table","table":"t","new_name":"u"}]}])j";

TEST_P(MigratorTest, A_fault_at_any_statement_leaves_whole_versions_only) {
  for (const auto& [module, text] : {std::pair("crm", every_operation), std::pair("m", every_change)}) {
    const MigrationSet set = parsed(module, text);
    const std::string history = on_sqlite() ? "ingot_module_migrations" : "ingot.module_migrations";
    int done = 0;
    std::vector<std::string> last = catalog();
    for (int fail_at = 1; fail_at < 200; ++fail_at) {
      FailingConnection failing(connection(), fail_at);
      const auto applied = Migrator(database()).apply(failing, set, soon());
      connection().rollback();
      const int now = std::stoi(host("SELECT count(*) FROM " + history + " WHERE module_name = '" + module + "'")[0][0].value());
      if (now == done) EXPECT_EQ(catalog(), last) << "fault at statement " << fail_at;
      done = now;
      last = catalog();
      if (applied.ok() && !failing.reached()) break;
    }
    EXPECT_EQ(done, static_cast<int>(set.versions().size()));
    EXPECT_EQ(apply(set).value(), 0);
  }
}

TEST_P(MigratorTest, Many_threads_at_once_apply_once) {
  const MigrationSet set = parsed("crm", every_operation);
  std::vector<std::thread> threads;
  std::atomic<int> applied{0};
  std::atomic<int> failures{0};
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back([&] {
      const auto own = database().connect(soon());
      Migrator migrator(database());
      if (!own.ok() || !migrator.prepare(**own).ok()) return void(++failures);
      const auto count = migrator.apply(**own, set, soon(60'000));
      if (count) applied += *count;
      if (!count) ++failures;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
  EXPECT_EQ(applied, 3);
}

TEST_P(MigratorTest, Many_processes_at_once_prepare_and_apply_once) {
  const TestDatabase bare(GetParam());  // not prepared: the children race for that too
  const MigrationSet set = parsed("crm", every_operation);
  std::vector<pid_t> children;
  for (int i = 0; i < 4; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      const auto database = GetParam() == Kind::sqlite ? open_sqlite({.path = bare.file().string()}) : open_postgres(bare.postgres());
      if (!database.ok()) _exit(100);
      const auto own = (*database)->connect(soon(60'000));
      if (!own.ok()) _exit(101);
      Migrator migrator(**database);
      if (!migrator.prepare(**own).ok()) _exit(102);
      const auto count = migrator.apply(**own, set, soon(60'000));
      _exit(count.ok() ? *count : 103);
    }
    children.push_back(child);
  }
  int total = 0;
  for (pid_t child : children) {
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_TRUE(WIFEXITED(status));
    EXPECT_LT(WEXITSTATUS(status), 100);
    total += WEXITSTATUS(status);
  }
  EXPECT_EQ(total, 3);
}

TEST_P(MigratorTest, Waits_for_another_runner_up_to_the_deadline) {
  const auto other = connect();
  if (on_sqlite()) {
    ASSERT_TRUE(other->begin_write(soon()).ok());
  } else {
    ASSERT_EQ((*other->run({"SELECT pg_try_advisory_lock(314845908820)::text"}))[0][0], "true");  // "INGOT" in ASCII
  }
  const auto start = Clock::now();
  const auto applied = apply(parsed("crm", every_operation), 300);
  ASSERT_FALSE(applied.ok());
  EXPECT_EQ(applied.error().code, ErrorCode::deadline) << applied.error().message;
  EXPECT_GE(Clock::now() - start, std::chrono::milliseconds(200));
  EXPECT_LT(Clock::now() - start, std::chrono::seconds(5));
}

TEST_P(MigratorTest, The_lock_is_free_after_success_and_after_failure) {
  migrate("m", R"j({"version":1,"operations":[{"type":"create_table","table":"t"}]})j");
  EXPECT_FALSE(apply(parsed("m", R"j({"version":1,"operations":[]})j")).ok());
  const auto other = connect();
  const auto applied =
      Migrator(database()).apply(*other, parsed("n", R"j({"version":1,"operations":[{"type":"create_table","table":"u"}]})j"), soon(2000));
  EXPECT_TRUE(applied.ok()) << applied.error().message;
}

TEST_P(MigratorTest, Injections_in_any_string_of_a_text_are_refused_or_inert) {
  const auto text = [](const std::string& operation) { return R"({"version":1,"operations":[)" + operation + "]}"; };
  const auto before = catalog();
  for (const std::string evil : {"x\\\"; DROP TABLE ingot.module_migrations; --", "x'); DROP TABLE ingot_module_migrations; --", "x\\\"",
                                 "a b", "x/**/", "x;", "\\u0000x", "main.x"}) {
    for (const std::string& operation :
         {R"({"type":"create_table","table":")" + evil + "\"}",
          R"({"type":"create_table","table":"t","columns":[{"name":")" + evil + R"(","sql_type":"TEXT"}]})",
          R"({"type":"create_table","table":"t","columns":[{"name":"c","sql_type":")" + evil + R"("}]})",
          R"({"type":"create_table","table":"t","columns":[{"name":"c","sql_type":"TEXT)" + evil + R"("}]})",
          R"({"type":"create_table","table":"t","columns":[{"name":"c","sql_type":"UUID","references":{"table":")" + evil + R"("}}]})",
          R"({"type":"create_table","table":"t","columns":[{"name":"c","sql_type":"UUID","references":{"table":"t","column":")" + evil +
              R"("}}]})",
          R"({"type":"create_table","table":"t","columns":[{"name":"c","sql_type":"UUID","default":")" + evil + R"("}]})",
          R"({"type":"create_table","table":"t","columns":[{"name":"c","sql_type":"DATE","default":{"function":")" + evil + R"("}}]})",
          R"({"type":"add_column","table":")" + evil + R"(","column":"c","sql_type":"TEXT"})",
          R"({"type":"create_table","table":"t"},{"type":"create_index","table":"t","column":")" + evil + "\"}",
          R"({"type":"create_table","table":"t"},{"type":"create_index","table":"t","column":"id","index_type":")" + evil + "\"}",
          R"({"type":")" + evil + R"(","table":"t"})"}) {
      EXPECT_FALSE(MigrationSet::parse("m", text(operation)).ok()) << operation;
    }
    if (evil != "main.x") EXPECT_FALSE(MigrationSet::parse(evil, "[]").ok()) << evil;
  }
  EXPECT_EQ(catalog(), before);
  // Texts that are values: taken, stored, and nothing but a text.
  const std::string value = R"('); DROP TABLE t; -- \" \\ $$ \u0027)";
  const MigrationSet set = migrate(
      "m", R"({"entity":")" + value + R"(","version":1,"operations":[{"type":"create_table","table":"t","columns":[
      {"name":"c","sql_type":"TEXT","default":")" +
               value + R"(","check_in":[")" + value + R"("]},{"name":"j","sql_type":"JSONB","default":{"k":")" + value + R"("}}]}]})");
  const std::string expected = nlohmann::json::parse("\"" + value + "\"").get<std::string>();
  const auto row = alone(set, "INSERT INTO t (deleted_at) VALUES (NULL) RETURNING c, j")["rows"].at(0);
  EXPECT_EQ(row["c"], expected);
  EXPECT_EQ(row["j"]["k"], expected);
  EXPECT_EQ(alone(set, "INSERT INTO t (c) VALUES ('other')")["error"], "CHECK_VIOLATION");
}

TEST_P(MigratorTest, Index_names_are_short_and_never_meet) {
  const std::string long_name(63, 'q');
  const MigrationSet set = migrate("m", R"j({"version":1,"operations":[
      {"type":"create_table","table":"a","columns":[{"name":"b_c","sql_type":"TEXT","unique":true},{"name":"b","sql_type":"TEXT"},{"name":"c","sql_type":"TEXT"}]},
      {"type":"create_table","table":"a_b","columns":[{"name":"c","sql_type":"TEXT","unique":true}]},
      {"type":"create_index","table":"a","column":"b_c"},{"type":"create_index","table":"a_b","column":"c"},{"type":"create_index","table":"a","columns":["b","c"]},
      {"type":"create_table","table":")j" + long_name +
                                            R"j(","columns":[{"name":")j" + long_name +
                                            R"j(","sql_type":"TEXT","unique":true},{"name":"x","sql_type":"TEXT","unique":true}]}]})j");
  const std::string sql = on_sqlite() ? "SELECT name FROM sqlite_schema WHERE type = 'index' AND name LIKE '%idx\\_%'"
                                      : "SELECT indexname FROM pg_indexes WHERE schemaname = 'm' AND indexname LIKE '%idx\\_%'";
  const auto names = host(sql);
  EXPECT_EQ(names.size(), 7U);
  for (const HostRow& row : names) EXPECT_LE(row[0]->size(), 63U);
}

TEST_P(MigratorTest, The_widest_table_works_and_a_wider_one_is_refused) {
  const auto columns = [](int count) {
    nlohmann::json list = nlohmann::json::array();
    for (int i = 0; i < count; ++i) list.push_back({{"name", "c" + std::to_string(i)}, {"sql_type", "TEXT"}});
    return list;
  };
  const nlohmann::json add{{"type", "add_column"}, {"table", "w"}, {"column", "last"}, {"sql_type", "TEXT"}};
  const nlohmann::json drop{{"type", "drop_column"}, {"table", "w"}, {"column", "c3"}};
  const nlohmann::json rename{{"type", "rename_column"}, {"table", "w"}, {"column", "c4"}, {"new_name", "d4"}};
  const nlohmann::json add_more{{"type", "add_column"}, {"table", "w"}, {"column", "very_last"}, {"sql_type", "BIGINT"}};
  const auto text = [&](int count, const std::vector<nlohmann::json>& more) {
    nlohmann::json operations{{{"type", "create_table"}, {"table", "w"}, {"columns", columns(count)}}};
    for (const auto& operation : more) operations.push_back(operation);
    return nlohmann::json{{"version", 1}, {"operations", operations}}.dump();
  };
  const int base = static_cast<int>(parsed("m", text(1, {})).schema().find("w")->columns.size()) - 1;
  const int most = static_cast<int>(guest_columns_max) - base;
  EXPECT_FALSE(MigrationSet::parse("m", text(most + 1, {})).ok());
  EXPECT_FALSE(MigrationSet::parse("m", text(most, {add})).ok());
  const MigrationSet set = migrate("m", text(most - 1, {add, drop, rename, add_more}));
  connection_ = connect();  // SQLite reads the schema anew
  EXPECT_EQ(alone(set, "INSERT INTO w (last, very_last) VALUES ('x', 1)")["rows_affected"], 1);
  const auto result = alone(set, "SELECT * FROM w");
  ASSERT_TRUE(result.contains("rows")) << result.dump();
  EXPECT_EQ(result["rows"][0].size(), guest_columns_max);
}

TEST_P(MigratorTest, Columns_that_are_referred_to_and_made_again_keep_working) {
  const MigrationSet set = migrate("m", R"j([{"version":1,"operations":[
      {"type":"create_table","table":"a","columns":[{"name":"k","sql_type":"TEXT","unique":true}]},
      {"type":"create_table","table":"b","columns":[{"name":"a_k","sql_type":"TEXT","references":{"table":"a","column":"k"}}]},
      {"type":"create_index","table":"b","column":"a_k"}]},
    {"version":2,"operations":[{"type":"rename_column","table":"a","column":"k","new_name":"code"},
      {"type":"drop_column","table":"b","column":"a_k"},{"type":"add_column","table":"b","column":"a_k","sql_type":"TEXT","references":{"table":"a","column":"code"}},
      {"type":"create_index","table":"b","column":"a_k"},{"type":"add_column","table":"a","column":"k","sql_type":"TEXT","unique":true}]}])j");
  EXPECT_EQ(alone(set, "INSERT INTO b (a_k) VALUES ('x')")["error"], "FOREIGN_KEY_VIOLATION");
  EXPECT_EQ(alone(set, "INSERT INTO a (code) VALUES ('x')")["rows_affected"], 1);
  EXPECT_EQ(alone(set, "INSERT INTO b (a_k) VALUES ('x')")["rows_affected"], 1);
}

}  // namespace
}  // namespace ingot::db
