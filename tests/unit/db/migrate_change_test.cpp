// SPDX-License-Identifier: Apache-2.0
// Operations on tables that are there, on both databases. What came of them is asked of the databases' own catalogs and of statements.
#include <gtest/gtest.h>

#include "db/migrate.hpp"
#include "test_database.hpp"

namespace ingot::db {
namespace {

class ChangeTest : public DatabaseTest {
 protected:
  /// Version 1 is `first`, version 2 `second`; both lists of operations without brackets.
  static std::string two(const std::string& first, const std::string& second) {
    return R"j([{"version":1,"operations":[)j" + first + R"j(]},{"version":2,"operations":[)j" + second + "]}]";
  }
  static std::string one(const std::string& first) { return R"j([{"version":1,"operations":[)j" + first + "]}]"; }

  /// The message with which the text is refused, by the parser or by the database; empty when it was applied.
  std::string refusal(const std::string& text) {
    const auto set = MigrationSet::parse("m", text);
    if (!set.ok()) {
      EXPECT_EQ(set.error().code, ErrorCode::migration);
      return set.error().message;
    }
    const auto before = catalog();
    const auto applied = apply(*set);
    if (applied.ok()) return {};
    EXPECT_EQ(applied.error().code, ErrorCode::migration) << applied.error().message;
    EXPECT_EQ(catalog(), before);
    return applied.error().message;
  }
  std::string column_type(const std::string& table, const std::string& column) {
    const auto rows = host(on_sqlite() ? "SELECT type FROM pragma_table_info('" + table + "') WHERE name = '" + column + "'"
                                       : "SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'm." + table +
                                             "'::regclass AND attname = '" + column + "'");
    return rows.empty() ? "" : rows[0][0].value_or("");
  }
  std::vector<std::string> index_names(const std::string& table) {
    const auto rows = host(on_sqlite() ? "SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL AND tbl_name = '" + table +
                                             "' ORDER BY 1"
                                       : "SELECT indexname FROM pg_indexes WHERE schemaname = 'm' AND tablename = '" + table +
                                             "' AND indexname NOT LIKE '%pkey%' ORDER BY 1");
    std::vector<std::string> names;
    for (const HostRow& row : rows) names.push_back(row[0].value_or(""));
    return names;
  }
  std::string count(const std::string& table) { return host("SELECT count(*) FROM " + database().table_name("m", table))[0][0].value_or(""); }
};
INGOT_ON_BOTH_DATABASES(ChangeTest);

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

const std::string parent_and_child = R"j(
    {"type":"create_table","table":"parent","columns":[{"name":"code","sql_type":"VARCHAR(10)","nullable":false,"unique":true}]},
    {"type":"create_table","table":"child","columns":[
      {"name":"parent_id","sql_type":"UUID"},{"name":"self_id","sql_type":"UUID","references":{"table":"child"}},
      {"name":"parent_code","sql_type":"VARCHAR(10)","references":{"table":"parent","column":"code"}},
      {"name":"amount","sql_type":"SMALLINT","default":7},{"name":"note","sql_type":"VARCHAR(5)"},
      {"name":"price","sql_type":"NUMERIC(6,2)","default":1.5},{"name":"state","sql_type":"TEXT"}]},
    {"type":"create_index","table":"child","column":"note"},
    {"type":"create_index","table":"child","columns":["state","amount"],"unique":true})j";

TEST_P(ChangeTest, A_renamed_table_keeps_its_rows_references_and_indexes) {
  const MigrationSet first = migrate("m", one(parent_and_child));
  ASSERT_EQ(alone(first, "INSERT INTO parent (code) VALUES ('a')")["rows_affected"], 1);
  ASSERT_EQ(alone(first, "INSERT INTO child (parent_code, note) VALUES ('a', 'n')")["rows_affected"], 1);
  const MigrationSet set = migrate("m", two(parent_and_child, R"j({"type":"rename_table","table":"parent","new_name":"origin"},
      {"type":"rename_table","table":"child","new_name":"heir"},
      {"type":"create_table","table":"child","columns":[{"name":"note","sql_type":"TEXT"}]},
      {"type":"create_index","table":"child","column":"note"})j"));
  EXPECT_EQ(alone(set, "SELECT note FROM heir")["rows"], nlohmann::json::parse(R"([{"note":"n"}])"));
  EXPECT_EQ(alone(set, "SELECT count(*) AS n FROM child")["rows"][0]["n"], 0);
  EXPECT_EQ(alone(set, "SELECT id FROM parent")["error"], "NOT_ALLOWED");
  EXPECT_EQ(alone(set, "INSERT INTO heir (parent_code) VALUES ('zzz')")["error"], "FOREIGN_KEY_VIOLATION");
  EXPECT_EQ(alone(set, "DELETE FROM origin WHERE code = 'a'")["error"], "FOREIGN_KEY_VIOLATION");
  EXPECT_EQ(index_names("heir").size(), 2U);
  EXPECT_EQ(index_names("child").size(), 1U);
  // Both names belong to the module, the old one of the other table to nobody.
  const MigrationSet other = parsed("other", R"j({"version":1,"operations":[{"type":"create_table","table":"heir"}]})j");
  EXPECT_TRUE(has(apply(other).error().message, "belongs to module 'm'"));
  migrate("other", R"j({"version":1,"operations":[{"type":"create_table","table":"parent"}]})j");
}

TEST_P(ChangeTest, A_table_is_not_renamed_into_another_modules_name) {
  migrate("other", R"j({"version":1,"operations":[{"type":"create_table","table":"taken"}]})j");
  EXPECT_TRUE(has(refusal(one(R"j({"type":"create_table","table":"t"},{"type":"rename_table","table":"t","new_name":"taken"})j")), "'other'"));
  EXPECT_TRUE(has(refusal(one(R"j({"type":"rename_table","table":"taken","new_name":"mine"})j")), "no table 'taken'"));
}

TEST_P(ChangeTest, Columns_widen_and_keep_every_value) {
  const MigrationSet first = migrate("m", one(parent_and_child));
  ASSERT_EQ(alone(first, "INSERT INTO child (amount, note, price) VALUES (-32768, 'abcde', 9999.99), (NULL, NULL, NULL)")["rows_affected"], 2);
  const MigrationSet set = migrate("m", two(parent_and_child, R"j(
      {"type":"alter_column","table":"child","column":"amount","sql_type":"BIGINT"},
      {"type":"alter_column","table":"child","column":"note","sql_type":"TEXT","default":"none"},
      {"type":"alter_column","table":"child","column":"price","sql_type":"NUMERIC(10,4)"},
      {"type":"alter_column","table":"child","column":"parent_id","sql_type":"VARCHAR(36)"},
      {"type":"alter_column","table":"parent","column":"code","sql_type":"VARCHAR(20)","nullable":true})j"));
  const auto rows = alone(set, "SELECT amount, note, price FROM child ORDER BY amount")["rows"];
  EXPECT_EQ(rows, nlohmann::json::parse(R"([{"amount":-32768,"note":"abcde","price":"9999.9900"},{"amount":null,"note":null,"price":null}])"));
  EXPECT_EQ(alone(set, "INSERT INTO child (amount, parent_id) VALUES (9223372036854775807, 'x') RETURNING amount, note, price")["rows"][0],
            nlohmann::json::parse(R"({"amount":9223372036854775807,"note":"none","price":"1.5000"})"));
  EXPECT_EQ(alone(set, "INSERT INTO child (state) VALUES ('q') RETURNING amount")["rows"][0]["amount"], 7);
  EXPECT_EQ(alone(set, "INSERT INTO child (state, amount) VALUES ('q', 7)")["error"], "UNIQUE_VIOLATION");
  EXPECT_EQ(alone(set, "INSERT INTO parent (code) VALUES (NULL), ('12345678901234567890')")["rows_affected"], 2);
  EXPECT_EQ(alone(set, "INSERT INTO parent (code) VALUES ('123456789012345678901')")["error"], on_sqlite() ? "CHECK_VIOLATION" : "CHECK_VIOLATION");
  EXPECT_EQ(alone(set, "INSERT INTO child (parent_code) VALUES ('zzz')")["error"], "FOREIGN_KEY_VIOLATION");
  EXPECT_EQ(column_type("child", "amount"), on_sqlite() ? "INTEGER" : "bigint");
  EXPECT_EQ(column_type("child", "price"), on_sqlite() ? "TEXT" : "numeric(10,4)");
  EXPECT_EQ(index_names("child").size(), 2U);
}

TEST_P(ChangeTest, Whole_numbers_become_numerics_floats_and_texts) {
  const std::string table = R"j({"type":"create_table","table":"t","columns":[{"name":"a","sql_type":"INTEGER"},{"name":"b","sql_type":"INTEGER"},
      {"name":"c","sql_type":"SMALLINT","nullable":false,"default":4},{"name":"d","sql_type":"BIGINT","default":5}]})j";
  ASSERT_EQ(alone(migrate("m", one(table)), "INSERT INTO t (a, b, c, d) VALUES (-2147483648, 2147483647, 12, -7)")["rows_affected"], 1);
  const MigrationSet set = migrate("m", two(table, R"j(
      {"type":"alter_column","table":"t","column":"a","sql_type":"NUMERIC(12,2)"},{"type":"alter_column","table":"t","column":"b","sql_type":"DOUBLE PRECISION"},
      {"type":"alter_column","table":"t","column":"c","sql_type":"REAL"},{"type":"alter_column","table":"t","column":"d","sql_type":"TEXT","default":"five"})j"));
  EXPECT_EQ(alone(set, "SELECT a, b, c, d FROM t")["rows"][0], nlohmann::json::parse(R"({"a":"-2147483648.00","b":2147483647.0,"c":12.0,"d":"-7"})"));
  EXPECT_EQ(alone(set, "INSERT INTO t (a) VALUES (0.25) RETURNING c, d")["rows"][0], nlohmann::json::parse(R"({"c":4.0,"d":"five"})"));
}

TEST_P(ChangeTest, Refuses_types_that_would_lose_something_and_says_what_to_do) {
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
           {"BIGINT", "INTEGER"}, {"INTEGER", "SMALLINT"}, {"INTEGER", "REAL"}, {"BIGINT", "DOUBLE PRECISION"}, {"BIGINT", "NUMERIC(18,0)"},
           {"INTEGER", "NUMERIC(11,2)"}, {"INTEGER", "VARCHAR(10)"}, {"TEXT", "VARCHAR(100)"}, {"VARCHAR(9)", "VARCHAR(8)"}, {"VARCHAR", "VARCHAR(8)"},
           {"TEXT", "INTEGER"}, {"NUMERIC(8,2)", "NUMERIC(8,3)"}, {"NUMERIC(8,2)", "NUMERIC(9,1)"}, {"NUMERIC", "NUMERIC(9,1)"},
           {"NUMERIC(8,2)", "DOUBLE PRECISION"}, {"DOUBLE PRECISION", "REAL"}, {"TIMESTAMPTZ", "DATE"}, {"TIMESTAMP", "TIMESTAMPTZ"}, {"TEXT", "UUID"},
           {"UUID", "VARCHAR(35)"}, {"JSON", "JSONB"}, {"TEXT", "JSONB"}, {"BYTEA", "TEXT"}, {"BOOLEAN", "INTEGER"}}) {
    const std::string message = refusal(one(R"j({"type":"create_table","table":"t","columns":[{"name":"c","sql_type":")j" + from +
                                            R"j("}]},{"type":"alter_column","table":"t","column":"c","sql_type":")j" + to + R"j("})j"));
    EXPECT_TRUE(has(message, "without losing") && has(message, "add a column of the new type")) << from << " -> " << to << ": " << message;
  }
}

TEST_P(ChangeTest, Refuses_not_null_where_there_are_nulls_and_takes_it_where_there_are_none) {
  const std::string table = R"j({"type":"create_table","table":"t","columns":[{"name":"c","sql_type":"TEXT"},{"name":"d","sql_type":"TEXT"}]})j";
  const MigrationSet first = migrate("m", one(table));
  ASSERT_EQ(alone(first, "INSERT INTO t (d) VALUES ('x')")["rows_affected"], 1);
  const std::string text = two(table, R"j({"type":"alter_column","table":"t","column":"c","nullable":false})j");
  const std::string message = refusal(text);
  EXPECT_TRUE(has(message, "version 2") && has(message, "'c' is null")) << message;
  EXPECT_EQ(count("t"), "1");
  ASSERT_EQ(alone(first, "UPDATE t SET c = 'v' WHERE c IS NULL")["rows_affected"], 1);
  const MigrationSet set = migrate("m", text);
  EXPECT_EQ(alone(set, "INSERT INTO t (d) VALUES ('x')")["error"], "NOT_NULL_VIOLATION");
  EXPECT_EQ(alone(set, "SELECT c, d FROM t")["rows"][0], nlohmann::json::parse(R"({"c":"v","d":"x"})"));
}

TEST_P(ChangeTest, Defaults_come_and_go) {
  const std::string table = R"j({"type":"create_table","table":"t","columns":[{"name":"c","sql_type":"TEXT","default":"it's"},
      {"name":"w","sql_type":"TIMESTAMPTZ"},{"name":"k","sql_type":"TEXT"}]})j";
  const MigrationSet set = migrate("m", two(table, R"j({"type":"alter_column","table":"t","column":"c","default":null},
      {"type":"alter_column","table":"t","column":"w","default":{"function":"now"}},{"type":"alter_column","table":"t","column":"k","default":"'); DROP"})j"));
  const auto row = alone(set, "INSERT INTO t (deleted_at) VALUES (NULL) RETURNING c, w, k")["rows"][0];
  EXPECT_EQ(row["c"], nullptr);
  EXPECT_TRUE(row["w"].is_string());
  EXPECT_EQ(row["k"], "'); DROP");
}

TEST_P(ChangeTest, An_index_is_dropped_by_what_it_was_created_with) {
  migrate("m", two(parent_and_child, R"j({"type":"drop_index","table":"child","column":"note"})j"));
  EXPECT_EQ(index_names("child").size(), 1U);
  EXPECT_TRUE(has(refusal(one(parent_and_child + R"j(,{"type":"drop_index","table":"child","column":"state"})j")), "no such index"));
  EXPECT_TRUE(has(refusal(one(parent_and_child + R"j(,{"type":"drop_index","table":"child","columns":["amount","state"],"unique":true})j")),
                  "no such index"));
  EXPECT_TRUE(has(refusal(one(parent_and_child + R"j(,{"type":"drop_index","table":"parent","column":"code","unique":true})j")), "referred to"));
}

TEST_P(ChangeTest, A_unique_index_may_be_one_of_some_rows) {
  const MigrationSet set = migrate("m", one(R"j({"type":"create_table","table":"t","columns":[{"name":"email","sql_type":"TEXT"},{"name":"state","sql_type":"TEXT"},
        {"name":"level","sql_type":"INTEGER"},{"name":"main","sql_type":"BOOLEAN"}]},
      {"type":"create_index","table":"t","column":"email","unique":true,"where":{"column":"deleted_at","is":"null"}},
      {"type":"create_index","table":"t","column":"email","unique":true,"where":{"column":"state","equals":"it's"}},
      {"type":"create_index","table":"t","column":"email","unique":true,"where":{"column":"level","equals":3}},
      {"type":"create_index","table":"t","column":"level","unique":true,"where":{"column":"main","is":"true"}},
      {"type":"create_index","table":"t","column":"level","where":{"column":"main","is":"false"}},
      {"type":"create_index","table":"t","column":"level","where":{"column":"main","is":"not_null"}})j"));
  EXPECT_EQ(alone(set, "INSERT INTO t (email) VALUES ('a')")["rows_affected"], 1);
  EXPECT_EQ(alone(set, "INSERT INTO t (email) VALUES ('a')")["error"], "UNIQUE_VIOLATION");
  EXPECT_EQ(alone(set, "UPDATE t SET deleted_at = current_timestamp WHERE email = 'a'")["rows_affected"], 1);
  EXPECT_EQ(alone(set, "INSERT INTO t (email) VALUES ('a')")["rows_affected"], 1);
  const std::string gone = "INSERT INTO t (email, state, level, main, deleted_at) VALUES ";
  EXPECT_EQ(alone(set, gone + "('b', 'it''s', 1, false, current_timestamp), ('b', 'x', 1, false, current_timestamp)")["rows_affected"], 2);
  EXPECT_EQ(alone(set, gone + "('b', 'it''s', 9, false, current_timestamp)")["error"], "UNIQUE_VIOLATION");
  EXPECT_EQ(alone(set, gone + "('c', 'x', 3, false, current_timestamp)")["rows_affected"], 1);
  EXPECT_EQ(alone(set, gone + "('c', 'x', 3, false, current_timestamp)")["error"], "UNIQUE_VIOLATION");
  EXPECT_EQ(alone(set, gone + "('d', 'x', 1, true, current_timestamp)")["rows_affected"], 1);
  EXPECT_EQ(alone(set, gone + "('e', 'x', 1, true, current_timestamp)")["error"], "UNIQUE_VIOLATION");
  EXPECT_EQ(index_names("t").size(), 6U);
  // The condition's column is gone, and the indexes with it; a name that is made again does not meet an old one.
  migrate("m", R"j([{"version":1,"operations":[{"type":"create_table","table":"t","columns":[{"name":"email","sql_type":"TEXT"},{"name":"state","sql_type":"TEXT"},
        {"name":"level","sql_type":"INTEGER"},{"name":"main","sql_type":"BOOLEAN"}]},
      {"type":"create_index","table":"t","column":"email","unique":true,"where":{"column":"deleted_at","is":"null"}},
      {"type":"create_index","table":"t","column":"email","unique":true,"where":{"column":"state","equals":"it's"}},
      {"type":"create_index","table":"t","column":"email","unique":true,"where":{"column":"level","equals":3}},
      {"type":"create_index","table":"t","column":"level","unique":true,"where":{"column":"main","is":"true"}},
      {"type":"create_index","table":"t","column":"level","where":{"column":"main","is":"false"}},
      {"type":"create_index","table":"t","column":"level","where":{"column":"main","is":"not_null"}}]},
    {"version":2,"operations":[{"type":"drop_column","table":"t","column":"main"},
      {"type":"rename_column","table":"t","column":"state","new_name":"phase"},
      {"type":"drop_index","table":"t","column":"email","unique":true,"where":{"column":"phase","equals":"it's"}}]}])j");
  EXPECT_EQ(index_names("t").size(), 2U);
}

TEST_P(ChangeTest, A_reference_is_added_to_a_column_that_is_there_and_dropped_again) {
  const MigrationSet first = migrate("m", one(parent_and_child));
  ASSERT_EQ(alone(first, "INSERT INTO child (id, parent_id) VALUES ('11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222')")["rows_affected"], 1);
  ASSERT_EQ(alone(first, "INSERT INTO child (self_id) VALUES ('11111111-1111-4111-8111-111111111111')")["rows_affected"], 1);
  const std::string add = R"j({"type":"add_foreign_key","table":"child","column":"parent_id","references":{"table":"parent"}})j";
  const std::string message = refusal(two(parent_and_child, add));
  EXPECT_TRUE(has(message, "version 2") && has(message, "'parent_id' that 'parent' has not")) << message;
  EXPECT_EQ(count("child"), "2");
  ASSERT_EQ(alone(first, "UPDATE child SET parent_id = NULL WHERE parent_id IS NOT NULL")["rows_affected"], 1);
  const MigrationSet set = migrate("m", two(parent_and_child, add));
  EXPECT_EQ(alone(set, "INSERT INTO child (parent_id) VALUES ('22222222-2222-4222-8222-222222222222')")["error"], "FOREIGN_KEY_VIOLATION");
  EXPECT_EQ(alone(set, "INSERT INTO child (self_id) VALUES ('22222222-2222-4222-8222-222222222222')")["error"], "FOREIGN_KEY_VIOLATION");
  EXPECT_EQ(alone(set, "INSERT INTO child (parent_code) VALUES ('zz')")["error"], "FOREIGN_KEY_VIOLATION");
  EXPECT_EQ(count("child"), "2");
  std::string third = two(parent_and_child, add);
  third.pop_back();
  third += R"j(,{"version":3,"operations":[{"type":"drop_foreign_key","table":"child","column":"parent_id"}]}])j";
  const MigrationSet last = migrate("m", third);
  EXPECT_EQ(alone(last, "INSERT INTO child (parent_id) VALUES ('22222222-2222-4222-8222-222222222222')")["rows_affected"], 1);
  EXPECT_TRUE(has(refusal(one(parent_and_child + R"j(,{"type":"drop_foreign_key","table":"child","column":"self_id"})j")), "goes with it"));
}

TEST_P(ChangeTest, Checks_bound_what_is_there_and_what_comes) {
  const std::string table = R"j({"type":"create_table","table":"t","columns":[{"name":"n","sql_type":"INTEGER"},{"name":"x","sql_type":"DOUBLE PRECISION"},
      {"name":"p","sql_type":"NUMERIC(6,2)"},{"name":"d","sql_type":"DATE"},{"name":"s","sql_type":"VARCHAR(9)"},{"name":"u","sql_type":"TEXT","unique":true}]})j";
  const MigrationSet first = migrate("m", one(table));
  ASSERT_EQ(alone(first, "INSERT INTO t (n, s) VALUES (11, '')")["rows_affected"], 1);
  const std::string checks = R"j({"type":"add_check","table":"t","column":"n","min":1,"max":10},{"type":"add_check","table":"t","column":"x","min":-0.5},
      {"type":"add_check","table":"t","column":"p","max":"100.25"},{"type":"add_check","table":"t","column":"d","min":"2000-02-29"},
      {"type":"add_check","table":"t","column":"s","not_empty":true},{"type":"add_check","table":"t","column":"s","check_in":["a","it's"]})j";
  const std::string message = refusal(two(table, checks));
  EXPECT_TRUE(has(message, "version 2") && has(message, "does not pass")) << message;
  ASSERT_EQ(alone(first, "UPDATE t SET n = 10, s = NULL WHERE n = 11")["rows_affected"], 1);
  const MigrationSet set = migrate("m", two(table, checks));
  for (const auto& [column, good, bad] : std::vector<std::tuple<std::string, std::string, std::string>>{
           {"n", "1", "0"}, {"n", "10", "11"}, {"x", "-0.5", "-0.75"}, {"p", "100.25", "100.26"}, {"p", "99", "200"}, {"d", "'2000-02-29'", "'2000-02-28'"},
           {"s", "'it''s'", "''"}, {"s", "'a'", "'b'"}}) {
    EXPECT_EQ(alone(set, "INSERT INTO t (" + column + ") VALUES (" + good + ")")["rows_affected"], 1) << column << good;
    EXPECT_EQ(alone(set, "INSERT INTO t (" + column + ") VALUES (" + bad + ")")["error"], "CHECK_VIOLATION") << column << bad;
  }
  // The table stays one that can be changed: columns come, are renamed and go, and so do checks.
  std::string text = two(table, checks);
  text.pop_back();
  text += R"j(,{"version":3,"operations":[{"type":"add_column","table":"t","column":"more","sql_type":"TEXT","nullable":false,"default":"m"},
      {"type":"rename_column","table":"t","column":"n","new_name":"number"},{"type":"drop_column","table":"t","column":"x"},
      {"type":"drop_check","table":"t","column":"s","not_empty":true},{"type":"rename_table","table":"t","new_name":"tt"},
      {"type":"drop_check","table":"tt","column":"s","check_in":["a","it's"]}]}])j";
  const MigrationSet last = migrate("m", text);
  EXPECT_EQ(alone(last, "INSERT INTO tt (number) VALUES (11)")["error"], "CHECK_VIOLATION");
  EXPECT_EQ(alone(last, "INSERT INTO tt (s, u) VALUES ('', 'u') RETURNING more")["rows"][0]["more"], "m");
  EXPECT_EQ(alone(last, "INSERT INTO tt (u) VALUES ('u')")["error"], "UNIQUE_VIOLATION");
}

const std::string country = R"j({"type":"create_table","table":"country","columns":[{"name":"code","sql_type":"CHAR(2)","nullable":false,"unique":true},
      {"name":"name","sql_type":"TEXT","nullable":false},{"name":"members","sql_type":"BIGINT","default":1},{"name":"eu","sql_type":"BOOLEAN"},
      {"name":"rate","sql_type":"NUMERIC(5,2)"},{"name":"since","sql_type":"TIMESTAMPTZ"},{"name":"extra","sql_type":"JSONB"},
      {"name":"ratio","sql_type":"DOUBLE PRECISION"}]})j";

TEST_P(ChangeTest, Seed_rows_are_bound_values_and_never_come_twice) {
  const std::string evil = R"('); DROP TABLE country; -- \" $1 \\)";
  const std::string insert = R"j({"type":"insert","table":"country","key":["code"],"rows":[
      {"code":"DE","name":")j" + evil + R"j(","members":9223372036854775807,"eu":true,"rate":19.5,"since":"2020-01-31T12:00:00+01:00","extra":{"a":["it's"]},"ratio":0.25},
      {"code":"CH","name":"Schweiz","eu":false,"rate":null},{"code":"DE","name":"twice"}]})j";
  const MigrationSet first = migrate("m", one(country));
  ASSERT_EQ(alone(first, "INSERT INTO country (code, name) VALUES ('CH', 'mine')")["rows_affected"], 1);
  const MigrationSet set = migrate("m", two(country, insert));
  const auto rows = alone(set, "SELECT code, name, members, eu, rate, since, extra, ratio FROM country ORDER BY code")["rows"];
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0]["name"], "mine");
  EXPECT_EQ(rows[1]["name"], nlohmann::json::parse("\"" + evil + "\""));
  EXPECT_EQ(rows[1]["members"], 9223372036854775807);
  EXPECT_EQ(rows[1]["eu"], true);
  EXPECT_EQ(rows[1]["rate"], "19.50");
  EXPECT_EQ(rows[1]["since"], "2020-01-31T11:00:00.000Z");
  EXPECT_EQ(rows[1]["extra"], nlohmann::json::parse(R"({"a":["it's"]})"));
  EXPECT_EQ(rows[1]["ratio"], 0.25);
}

TEST_P(ChangeTest, Seed_rows_of_a_version_that_makes_a_table_anew_keep_their_references) {
  const std::string text = one(parent_and_child + R"j(,{"type":"add_foreign_key","table":"child","column":"parent_id","references":{"table":"parent"}},
      {"type":"insert","table":"child","key":"id","rows":[{"id":"11111111-1111-4111-8111-111111111111","parent_id":"22222222-2222-4222-8222-222222222222"}]})j");
  EXPECT_FALSE(refusal(text).empty());
  migrate("m", one(parent_and_child + R"j(,{"type":"add_foreign_key","table":"child","column":"parent_id","references":{"table":"parent"}},
      {"type":"insert","table":"parent","key":"id","rows":[{"id":"22222222-2222-4222-8222-222222222222","code":"x"}]},
      {"type":"insert","table":"child","key":"id","rows":[{"id":"11111111-1111-4111-8111-111111111111","parent_id":"22222222-2222-4222-8222-222222222222"}]})j"));
  EXPECT_EQ(count("child"), "1");
}

TEST_P(ChangeTest, Foreign_keys_are_enforced_again_after_a_rebuild_that_failed) {
  const MigrationSet set = migrate("m", one(parent_and_child));
  ASSERT_EQ(alone(set, "INSERT INTO child (amount) VALUES (5)")["rows_affected"], 1);
  EXPECT_FALSE(refusal(two(parent_and_child, R"j({"type":"add_check","table":"child","column":"amount","max":4})j")).empty());
  EXPECT_EQ(alone(set, "INSERT INTO child (parent_code) VALUES ('zz')")["error"], "FOREIGN_KEY_VIOLATION");
  if (on_sqlite()) EXPECT_EQ(host("PRAGMA foreign_keys")[0][0], "1");
}

TEST(MigrationChanges, Refuses_what_does_not_fit_and_says_where) {
  const std::string tables = R"j({"type":"create_table","table":"p","columns":[{"name":"k","sql_type":"TEXT","unique":true},{"name":"q","sql_type":"TEXT"}]},
      {"type":"create_table","table":"t","columns":[{"name":"s","sql_type":"TEXT"},{"name":"n","sql_type":"INTEGER"},{"name":"b","sql_type":"BOOLEAN"},
        {"name":"r","sql_type":"TEXT","references":{"table":"p","column":"k"}},{"name":"need","sql_type":"TEXT","nullable":false},
        {"name":"c","sql_type":"INTEGER","check_in":[1,2]},{"name":"j","sql_type":"JSON"},{"name":"y","sql_type":"BYTEA"},{"name":"d","sql_type":"INTEGER","default":5}]},
      {"type":"add_check","table":"t","column":"n","min":1},)j";
  for (const char* operation : {
           R"j({"type":"rename_table","table":"t"})j", R"j({"type":"rename_table","table":"zz","new_name":"a"})j", R"j({"type":"rename_table","table":"t","new_name":"p"})j",
           R"j({"type":"rename_table","table":"t","new_name":"sqlite_x"})j", R"j({"type":"rename_table","table":"t","new_name":"select"})j",
           R"j({"type":"alter_column","table":"t","column":"s"})j", R"j({"type":"alter_column","table":"t","column":"id","nullable":true})j",
           R"j({"type":"alter_column","table":"t","column":"zz","nullable":true})j", R"j({"type":"alter_column","table":"t","column":"s","nullable":1})j",
           R"j({"type":"alter_column","table":"t","column":"s","sql_type":"TEXT; DROP"})j", R"j({"type":"alter_column","table":"t","column":"s","sql_type":3})j",
           R"j({"type":"alter_column","table":"t","column":"n","default":"x"})j", R"j({"type":"alter_column","table":"t","column":"n","default":{"function":"now"}})j",
           R"j({"type":"alter_column","table":"t","column":"n","sql_type":"TEXT"})j", R"j({"type":"alter_column","table":"t","column":"c","sql_type":"TEXT"})j",
           R"j({"type":"alter_column","table":"t","column":"d","sql_type":"TEXT"})j", R"j({"type":"alter_column","table":"t","column":"r","sql_type":"VARCHAR"})j",
           R"j({"type":"alter_column","table":"p","column":"k","sql_type":"VARCHAR"})j",
           R"j({"type":"drop_index","table":"t"})j", R"j({"type":"drop_index","table":"t","column":"s"})j", R"j({"type":"drop_index","name":"idx"})j",
           R"j({"type":"create_index","table":"t","column":"s","where":"deleted_at IS NULL"})j", R"j({"type":"create_index","table":"t","column":"s","where":{}})j",
           R"j({"type":"create_index","table":"t","column":"s","where":{"column":"zz","is":"null"}})j",
           R"j({"type":"create_index","table":"t","column":"s","where":{"column":"s","is":"true"}})j", R"j({"type":"create_index","table":"t","column":"s","where":{"column":"s","is":null}})j",
           R"j({"type":"create_index","table":"t","column":"s","where":{"column":"s","is":"x OR 1=1"}})j", R"j({"type":"create_index","table":"t","column":"s","where":{"column":"s","equals":1}})j",
           R"j({"type":"create_index","table":"t","column":"s","where":{"column":"n","equals":"1"}})j", R"j({"type":"create_index","table":"t","column":"s","where":{"column":"n","equals":1.5}})j",
           R"j({"type":"create_index","table":"t","column":"s","where":{"column":"s","equals":"a\u0000b"}})j",
           R"j({"type":"create_index","table":"t","column":"s","where":{"column":"s","equals":"a","is":"null"}})j",
           R"j({"type":"add_foreign_key","table":"t","column":"s"})j", R"j({"type":"add_foreign_key","table":"t","column":"s","references":"p"})j",
           R"j({"type":"add_foreign_key","table":"t","column":"s","references":{"table":"zz"}})j", R"j({"type":"add_foreign_key","table":"t","column":"s","references":{"table":"p"}})j",
           R"j({"type":"add_foreign_key","table":"t","column":"s","references":{"table":"p","column":"q"}})j", R"j({"type":"add_foreign_key","table":"t","column":"r","references":{"table":"p","column":"k"}})j",
           R"j({"type":"add_foreign_key","table":"t","column":"id","references":{"table":"p"}})j", R"j({"type":"drop_foreign_key","table":"t","column":"s"})j",
           R"j({"type":"add_check","table":"t","column":"s"})j", R"j({"type":"add_check","table":"t","column":"s","sql":"1=1"})j", R"j({"type":"add_check","table":"t","column":"s","min":"a"})j",
           R"j({"type":"add_check","table":"t","column":"n","min":"a"})j", R"j({"type":"add_check","table":"t","column":"n","min":5,"max":4})j", R"j({"type":"add_check","table":"t","column":"n","max":9223372036854775808})j",
           R"j({"type":"add_check","table":"t","column":"n","not_empty":true})j", R"j({"type":"add_check","table":"t","column":"n","check_in":["a"]})j", R"j({"type":"add_check","table":"t","column":"n","check_in":[]})j",
           R"j({"type":"add_check","table":"t","column":"n","min":1})j", R"j({"type":"add_check","table":"t","column":"created_at","min":"2000-01-01"})j", R"j({"type":"add_check","table":"t","column":"n","min":[1]})j",
           R"j({"type":"drop_check","table":"t","column":"n","min":2})j",
           R"j({"type":"insert","table":"t","rows":[{"need":"x"}]})j", R"j({"type":"insert","table":"t","key":"id","rows":[]})j", R"j({"type":"insert","table":"t","key":"id","rows":{}})j",
           R"j({"type":"insert","table":"t","key":"id","rows":[{"need":"x"}]})j", R"j({"type":"insert","table":"t","key":"s","rows":[{"s":"a","need":"x"}]})j",
           R"j({"type":"insert","table":"p","key":"k","rows":[{"q":"x"}]})j", R"j({"type":"insert","table":"p","key":"k","rows":[{"k":null}]})j", R"j({"type":"insert","table":"p","key":"k","rows":[1]})j",
           R"j({"type":"insert","table":"p","key":"k","rows":[{"k":1}]})j", R"j({"type":"insert","table":"p","key":"k","rows":[{"k":"x","zz":1}]})j", R"j({"type":"insert","table":"p","key":"k","rows":[{"k":"x","q\") --":1}]})j",
           R"j({"type":"insert","table":"p","key":"k","rows":[{"k":"x\u0000"}]})j", R"j({"type":"insert","table":"p","key":["k","k2"],"rows":[{"k":"x"}]})j", R"j({"type":"insert","table":"zz","key":"k","rows":[{"k":"x"}]})j",
           R"j({"type":"insert","table":"p","key":"k","rows":[{"k":"x","created_at":null}]})j", R"j({"type":"insert","table":"p","key":"id","rows":[{"id":"not a uuid","k":"x"}]})j",
           R"j({"type":"insert","table":"t","key":"id","rows":[{"id":"11111111-1111-4111-8111-111111111111","need":"x","y":"\\x00"}]})j",
           R"j({"type":"insert","table":"t","key":"id","rows":[{"id":"11111111-1111-4111-8111-111111111111","need":"x","n":4294967296}]})j",
           R"j({"type":"insert","table":"t","key":"id","rows":[{"id":"11111111-1111-4111-8111-111111111111"}]})j",
       }) {
    const auto set = MigrationSet::parse("m", R"j({"version":1,"operations":[)j" + tables + operation + "]}");
    ASSERT_FALSE(set.ok()) << operation;
    EXPECT_EQ(set.error().code, ErrorCode::migration);
    EXPECT_TRUE(has(set.error().message, "operations[3]")) << operation << ": " << set.error().message;
  }
}

}  // namespace
}  // namespace ingot::db
