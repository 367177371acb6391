// SPDX-License-Identifier: Apache-2.0
// What a guest's statement gives: one table of statements with one expected result each, the same on both databases. Expected
// values come from abi/EERP.md.
#include <regex>
#include <string>

#include "test_database.hpp"

namespace ingot::db {
namespace {

using nlohmann::json;

constexpr std::string_view tables = R"j([{"version":1,"operations":[
  {"type":"create_table","table":"company","columns":[{"name":"code","sql_type":"TEXT","unique":true}]},
  {"type":"create_table","table":"contact","columns":[
    {"name":"name","sql_type":"TEXT","nullable":false},
    {"name":"email","sql_type":"VARCHAR(12)","unique":true},
    {"name":"age","sql_type":"INTEGER"},
    {"name":"small","sql_type":"SMALLINT"},
    {"name":"cents","sql_type":"BIGINT","nullable":false,"default":0},
    {"name":"active","sql_type":"BOOLEAN","nullable":false,"default":true},
    {"name":"price","sql_type":"NUMERIC(10,2)"},
    {"name":"exact","sql_type":"NUMERIC"},
    {"name":"ratio","sql_type":"DOUBLE PRECISION"},
    {"name":"weight","sql_type":"REAL"},
    {"name":"born","sql_type":"DATE"},
    {"name":"wakes","sql_type":"TIME"},
    {"name":"seen","sql_type":"TIMESTAMPTZ"},
    {"name":"local","sql_type":"TIMESTAMP"},
    {"name":"extra","sql_type":"JSONB"},
    {"name":"raw","sql_type":"JSON"},
    {"name":"bytes","sql_type":"BYTEA"},
    {"name":"tag","sql_type":"CHAR(4)"},
    {"name":"status","sql_type":"TEXT","default":"new","check_in":["new","old"]},
    {"name":"company_id","sql_type":"UUID","references":{"table":"company"}}]},
  {"type":"create_index","table":"contact","column":"age"}]}])j";

class StatementTest : public DatabaseTest {
 protected:
  void SetUp() override {
    DatabaseTest::SetUp();
    if (IsSkipped()) return;
    set_ = std::make_unique<MigrationSet>(migrate("crm", tables));
    for (const char* row : {R"(["Ada",36,100,true,"10.50",{"a":[1,true]}])", R"(["Bob",null,250,false,"9",null])",
                            R"(["cleo",20,50,true,"-1.005",{"a":2}])"}) {
      const json done = run("INSERT INTO contact (name, age, cents, active, price, extra) VALUES ($1, $2, $3, $4, $5, $6)", row);
      ASSERT_EQ(done["rows_affected"], 1) << done.dump();
    }
  }
  json run(std::string_view sql, std::string_view params = "") { return alone(*set_, sql, params); }
  std::string code(std::string_view sql, std::string_view params = "") { return run(sql, params).value("error", "none"); }
  json value(std::string_view sql, std::string_view params = "") {
    const json result = run(sql, params);
    EXPECT_TRUE(result.contains("rows") && result["rows"].size() == 1) << sql << "\n" << result.dump();
    if (!result.contains("rows") || result["rows"].size() != 1) return nullptr;
    return result["rows"][0].begin().value();
  }
  std::unique_ptr<MigrationSet> set_;
};
INGOT_ON_BOTH_DATABASES(StatementTest);

struct Case {
  const char* sql;
  const char* params;
  const char* rows;
};

TEST_P(StatementTest, Legitimate_statements_give_the_same_on_both) {
  for (
      const Case& test : {
          // values of every kind, and what their columns are called
          Case{"SELECT 1", "", R"([{"?column?":1}])"},
          Case{"SELECT 1 AS one, 'a' AS a, true AS t, NULL AS n, 1.5 AS f", "", R"([{"one":1,"a":"a","t":true,"n":null,"f":"1.5"}])"},
          Case{"select NAME, Age from Contact where NAME = 'Ada'", "", R"([{"name":"Ada","age":36}])"},
          Case{"SELECT name AS Total FROM contact WHERE age = 36", "", R"([{"total":"Ada"}])"},
          Case{"SELECT c.name FROM contact c WHERE c.name = $1", R"(["Bob"])", R"([{"name":"Bob"}])"},
          Case{"SELECT \"c\".\"name\" AS \"Big Name\" FROM \"contact\" AS \"c\" WHERE age IS NULL", "", R"([{"Big Name":"Bob"}])"},
          Case{"SELECT active, age > 30 AS older, NOT active AS off FROM contact WHERE name = 'Ada'", "",
               R"([{"active":true,"older":true,"off":false}])"},
          Case{"SELECT extra FROM contact WHERE name = 'Ada'", "", R"([{"extra":{"a":[1,true]}}])"},
          Case{"SELECT price FROM contact ORDER BY price", "", R"([{"price":"-1.01"},{"price":"9.00"},{"price":"10.50"}])"},
          // order: bytes for texts, NULL as the largest
          Case{"SELECT name FROM contact ORDER BY name", "", R"([{"name":"Ada"},{"name":"Bob"},{"name":"cleo"}])"},
          Case{"SELECT name FROM contact ORDER BY age", "", R"([{"name":"cleo"},{"name":"Ada"},{"name":"Bob"}])"},
          Case{"SELECT name FROM contact ORDER BY age DESC", "", R"([{"name":"Bob"},{"name":"Ada"},{"name":"cleo"}])"},
          Case{"SELECT name FROM contact ORDER BY age DESC NULLS LAST, name LIMIT 2 OFFSET 1", "", R"([{"name":"cleo"},{"name":"Bob"}])"},
          Case{"SELECT name FROM contact ORDER BY 1 DESC LIMIT $1 OFFSET $2", "[1,1]", R"([{"name":"Bob"}])"},
          Case{"SELECT name AS n FROM contact ORDER BY n LIMIT 1;", "", R"([{"n":"Ada"}])"},
          // conditions
          Case{"SELECT name FROM contact WHERE price > 9.5", "", R"([{"name":"Ada"}])"},
          Case{"SELECT name FROM contact WHERE price = $1", "[10.5]", R"([{"name":"Ada"}])"},
          Case{"SELECT name FROM contact WHERE price = '10.500'", "", R"([{"name":"Ada"}])"},
          Case{"SELECT name FROM contact WHERE active = $1 AND age < $2", "[true,30]", R"([{"name":"cleo"}])"},
          Case{"SELECT name FROM contact WHERE active AND age IS NOT NULL AND age BETWEEN 30 AND 40", "", R"([{"name":"Ada"}])"},
          Case{"SELECT name FROM contact WHERE active IS FALSE", "", R"([{"name":"Bob"}])"},
          Case{"SELECT name FROM contact WHERE name LIKE 'A%'", "", R"([{"name":"Ada"}])"},
          Case{"SELECT name FROM contact WHERE name LIKE 'a%'", "", "[]"},
          Case{"SELECT name FROM contact WHERE name NOT LIKE $1 ORDER BY name", R"(["%o%"])", R"([{"name":"Ada"}])"},
          Case{"SELECT name FROM contact WHERE name LIKE 'B!ob' ESCAPE '!'", "", R"([{"name":"Bob"}])"},
          Case{"SELECT name FROM contact WHERE name IN ($1, $2, 'x') ORDER BY name", R"(["Bob","Ada"])",
               R"([{"name":"Ada"},{"name":"Bob"}])"},
          Case{"SELECT name FROM contact WHERE age IN (20, 36) AND name NOT IN (SELECT name FROM contact WHERE age = 20)", "",
               R"([{"name":"Ada"}])"},
          Case{"SELECT name FROM contact WHERE age IS NOT DISTINCT FROM NULL", "", R"([{"name":"Bob"}])"},
          Case{"SELECT name FROM contact WHERE (age, name) < (36, 'Ada')", "", R"([{"name":"cleo"}])"},
          Case{"SELECT name FROM contact WHERE (age, name) <= ($1, $2) ORDER BY age", R"([36,"Ada"])",
               R"([{"name":"cleo"},{"name":"Ada"}])"},
          Case{"SELECT name FROM contact WHERE EXISTS (SELECT 1 FROM company WHERE company.id = contact.company_id)", "", "[]"},
          Case{"SELECT name FROM contact WHERE $1 IS NULL OR name = $1", R"(["Ada"])", R"([{"name":"Ada"}])"},
          Case{"SELECT name FROM contact WHERE ($1 IS NULL OR age = $1) AND ($2 IS NULL OR name LIKE $2) ORDER BY name", "[null,\"%o\"]",
               R"([{"name":"cleo"}])"},
          Case{"SELECT name FROM contact WHERE $1 IS NULL AND age = 36", "[null]", R"([{"name":"Ada"}])"},
          Case{"SELECT CASE WHEN $1 THEN 'y' ELSE 'n' END AS k FROM contact WHERE active = $1 AND name = 'Ada'", "[true]",
               R"([{"k":"y"}])"},
          // arithmetic and functions
          Case{"SELECT cents + 1 AS a, cents * 2 AS b, cents / 3 AS c, cents % 7 AS d, -cents AS e FROM contact WHERE name = 'Ada'", "",
               R"([{"a":101,"b":200,"c":33,"d":2,"e":-100}])"},
          Case{"SELECT cents + $1 AS a FROM contact WHERE name = 'Ada'", "[5]", R"([{"a":105}])"},
          Case{"SELECT 'a' || 'b' || $1 AS t", R"(["c"])", R"([{"t":"abc"}])"},
          Case{"SELECT lower(name) AS l, upper(name) AS u, length(name) AS n, substr(name, 2, 1) AS s, replace(name, 'A', 'E') AS r FROM "
               "contact WHERE age = 36",
               "", R"([{"l":"ada","u":"ADA","n":3,"s":"d","r":"Eda"}])"},
          Case{"SELECT trim('  a ') AS a, ltrim('xxa', 'x') AS b, rtrim('a  ') AS c, trim('xax', 'x') AS d", "",
               R"([{"a":"a","b":"a","c":"a","d":"a"}])"},
          Case{"SELECT abs(-3) AS a, coalesce(NULL, age, 1) AS b, nullif(age, 36) AS c FROM contact WHERE age = 36", "",
               R"([{"a":3,"b":36,"c":null}])"},
          Case{"SELECT round(2.5) AS r", "", R"([{"r":"3"}])"},
          Case{"SELECT CASE WHEN age > 30 THEN 'old' WHEN age IS NULL THEN 'none' ELSE 'young' END AS k FROM contact ORDER BY name", "",
               R"([{"k":"old"},{"k":"none"},{"k":"young"}])"},
          Case{"SELECT CAST('12' AS INTEGER) AS i, CAST(7 AS TEXT) AS t, CAST($1 AS BIGINT) AS b", R"(["9"])",
               R"([{"i":12,"t":"7","b":9}])"},
          Case{"SELECT CAST($1 AS UUID) AS u, CAST($2 AS TIMESTAMPTZ) AS t, CAST($3 AS BOOLEAN) AS b",
               R"(["A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11","2026-01-31 12:00:00+02","t"])",
               R"([{"u":"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11","t":"2026-01-31T10:00:00.000Z","b":true}])"},
          // aggregates and groups
          Case{"SELECT count(*), sum(cents), min(name), max(age), avg(age) FROM contact", "",
               R"([{"count":3,"sum":400,"min":"Ada","max":36,"avg":28}])"},
          Case{"SELECT count(age) AS a, count(DISTINCT active) AS b, sum(price) AS c, avg(price) AS d, coalesce(sum(cents), 0) AS e FROM "
               "contact",
               "", R"([{"a":2,"b":2,"c":"18.49","d":6.163333333333333,"e":400}])"},
          Case{"SELECT sum(cents) AS s, coalesce(sum(cents), 0) AS z FROM contact WHERE age > 99", "", R"([{"s":null,"z":0}])"},
          Case{"SELECT active, count(*) AS n, sum(cents) AS s FROM contact GROUP BY active HAVING count(*) > 0 ORDER BY n DESC", "",
               R"([{"active":true,"n":2,"s":150},{"active":false,"n":1,"s":250}])"},
          Case{"SELECT count(*) FILTER (WHERE age > 30) AS n FROM contact", "", R"([{"n":1}])"},
          Case{"SELECT DISTINCT active FROM contact ORDER BY active", "", R"([{"active":false},{"active":true}])"},
          Case{
              "SELECT name, row_number() OVER (ORDER BY cents DESC) AS r, rank() OVER (ORDER BY active) AS k, lag(name) OVER (ORDER BY "
              "name) AS p, "
              "sum(cents) OVER (ORDER BY name) AS s FROM contact ORDER BY name",
              "",
              R"([{"name":"Ada","r":2,"k":2,"p":null,"s":100},{"name":"Bob","r":1,"k":1,"p":"Ada","s":350},{"name":"cleo","r":3,"k":2,"p":"Bob","s":400}])"},
          Case{"SELECT name, dense_rank() OVER w AS d, lead(cents, 1, 0) OVER w AS l FROM contact WINDOW w AS (PARTITION BY active ORDER "
               "BY name) ORDER BY name",
               "", R"([{"name":"Ada","d":1,"l":50},{"name":"Bob","d":1,"l":0},{"name":"cleo","d":2,"l":0}])"},
          // several sources
          Case{"WITH a AS (SELECT name, cents FROM contact WHERE active), b(total) AS (SELECT sum(cents) FROM a) SELECT a.name, b.total "
               "FROM a CROSS JOIN b ORDER BY a.name",
               "", R"([{"name":"Ada","total":150},{"name":"cleo","total":150}])"},
          Case{"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4) SELECT sum(i) AS s, count(*) AS c FROM n", "",
               R"([{"s":10,"c":4}])"},
          Case{"SELECT count(*) AS n FROM (SELECT name FROM contact UNION ALL SELECT name FROM contact) x", "", R"([{"n":6}])"},
          Case{"SELECT name FROM contact WHERE age = 36 UNION SELECT 'zed' ORDER BY name", "", R"([{"name":"Ada"},{"name":"zed"}])"},
          Case{"SELECT a.name, b.name AS other FROM contact a LEFT JOIN contact b ON b.age < a.age ORDER BY a.name", "",
               R"([{"name":"Ada","other":"cleo"},{"name":"Bob","other":null},{"name":"cleo","other":null}])"},
          Case{"SELECT x.n, x.active FROM (SELECT active, count(*) AS n FROM contact GROUP BY active) x WHERE x.n > 1", "",
               R"([{"n":2,"active":true}])"},
          Case{"SELECT (SELECT max(cents) FROM contact) AS m", "", R"([{"m":250}])"},
          Case{"SELECT column1, column2 FROM (VALUES (1, 'a'), (2, 'b')) v ORDER BY column1", "",
               R"([{"column1":1,"column2":"a"},{"column1":2,"column2":"b"}])"},
          // comments and spacing
          Case{"/* a */ SELECT -- b\n 1 AS one /* ; DROP TABLE contact */", "", R"([{"one":1}])"},
          Case{"SELECT 'it''s; -- /* $1 \\ \"' AS t", "", R"([{"t":"it's; -- /* $1 \\ \""}])"},
          Case{"SELECT 'h\xC3\xA9\xF0\x9F\x98\x80' AS t", "", "[{\"t\":\"h\xC3\xA9\xF0\x9F\x98\x80\"}]"},
          // parameters of every kind
          Case{"SELECT CAST($1 AS TEXT) AS a, CAST($2 AS TEXT) AS b", R"([5,true])", R"([{"a":"5","b":"true"}])"},
          Case{"SELECT name FROM contact WHERE name = $1", "[null]", "[]"},
      }) {
    const json result = run(test.sql, test.params);
    EXPECT_EQ(result.value("rows", json()), json::parse(test.rows)) << test.sql << "\n" << result.dump();
  }
}

TEST_P(StatementTest, Writing_statements_count_and_return_rows) {
  json result = run("INSERT INTO company (code) VALUES ('a'), ('b'), ($1) RETURNING code", R"(["c"])");
  EXPECT_EQ(result["rows_affected"], 3) << result.dump();
  EXPECT_EQ(result["rows"], json::parse(R"([{"code":"a"},{"code":"b"},{"code":"c"}])"));
  result = run("INSERT INTO company (code) VALUES ('a') ON CONFLICT (code) DO NOTHING");
  EXPECT_EQ(result["rows_affected"], 0) << result.dump();
  EXPECT_EQ(result["rows"], json::array());
  result =
      run("INSERT INTO company (code) VALUES ('a') ON CONFLICT (code) DO UPDATE SET code = excluded.code || $1 WHERE company.code = 'a' "
          "RETURNING code",
          R"(["!"])");
  EXPECT_EQ(result["rows"], json::parse(R"([{"code":"a!"}])")) << result.dump();
  EXPECT_EQ(result["rows_affected"], 1);
  result = run("UPDATE contact SET cents = cents + $1, updated_at = current_timestamp WHERE active RETURNING name, cents", "[1]");
  EXPECT_EQ(result["rows_affected"], 2) << result.dump();
  EXPECT_EQ(result["rows"].size(), 2U);
  result = run("UPDATE contact AS c SET company_id = k.id FROM company k WHERE k.code = 'b' AND c.name = 'Ada'");
  EXPECT_EQ(result["rows_affected"], 1) << result.dump();
  result = run("WITH gone AS (SELECT id FROM contact WHERE name = 'Bob') DELETE FROM contact WHERE id IN (SELECT id FROM gone)");
  EXPECT_EQ(result["rows_affected"], 1) << result.dump();
  result = run("DELETE FROM contact WHERE id IN (SELECT id FROM contact WHERE name = 'nobody') RETURNING *");
  EXPECT_EQ(result["rows_affected"], 0);
  EXPECT_EQ(result["rows"], json::array());
  result = run("INSERT INTO contact (name, cents) SELECT name || '2', cents FROM contact WHERE name = 'Ada'");
  EXPECT_EQ(result["rows_affected"], 1) << result.dump();
  EXPECT_EQ(run("SELECT name FROM contact")["rows_affected"], 0);
}

TEST_P(StatementTest, Every_type_comes_back_in_its_form) {
  const std::string params =
      R"(["x","a@b.c",2147483647,-32768,9223372036854775807,false,"12345678.905","123456789012345678901234567890.123456789",0.1,0.1,
    "2026-01-31","10:20:30","2026-01-31T12:00:00+02:00","2026-01-31 12:00:00.1239",{"b":[1,{"c":null}],"a":"é"},[1,2],"\\x00ff","ab"])";
  const json result =
      run("INSERT INTO contact (name, email, age, small, cents, active, price, exact, ratio, weight, born, wakes, seen, local, extra, raw, "
          "bytes, tag) VALUES "
          "($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18) RETURNING *",
          params);
  ASSERT_TRUE(result.contains("rows")) << result.dump();
  const json row = result["rows"].at(0);
  EXPECT_EQ(row["age"], 2147483647);
  EXPECT_EQ(row["small"], -32768);
  EXPECT_EQ(row["cents"], INT64_MAX);
  EXPECT_EQ(row["active"], false);
  EXPECT_EQ(row["price"], "12345678.91");
  EXPECT_EQ(row["exact"], "123456789012345678901234567890.123456789");
  EXPECT_EQ(row["ratio"], 0.1);
  EXPECT_EQ(row["weight"].dump(), "0.1");
  EXPECT_EQ(row["born"], "2026-01-31");
  EXPECT_EQ(row["wakes"], "10:20:30");
  EXPECT_EQ(row["seen"], "2026-01-31T10:00:00.000Z");
  EXPECT_EQ(row["local"], "2026-01-31T12:00:00.124");
  EXPECT_EQ(row["extra"], json::parse(R"({"b":[1,{"c":null}],"a":"é"})"));
  EXPECT_EQ(row["raw"], json::parse("[1,2]"));
  EXPECT_EQ(row["bytes"], "\\x00ff");
  EXPECT_EQ(row["tag"], "ab");
  EXPECT_EQ(row["status"], "new");
  EXPECT_EQ(row["company_id"], nullptr);
  EXPECT_EQ(row["deleted_at"], nullptr);
  const std::regex time("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z");
  EXPECT_TRUE(std::regex_match(row["created_at"].get<std::string>(), time)) << row["created_at"];
  EXPECT_TRUE(std::regex_match(row["updated_at"].get<std::string>(), time));
  const std::regex uuid("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
  EXPECT_TRUE(std::regex_match(row["id"].get<std::string>(), uuid)) << row["id"];

  // What was read finds its row again.
  for (const char* column : {"id", "created_at", "seen", "local", "price", "exact", "born", "wakes", "ratio", "cents", "bytes"}) {
    const std::string sql = "SELECT count(*) AS n FROM contact WHERE name = 'x' AND " + std::string(column) + " = $1";
    EXPECT_EQ(value(sql, json::array({row[column]}).dump()), 1) << column;
  }
  EXPECT_EQ(value("SELECT seen FROM contact WHERE seen = '2026-01-31 10:00:00Z'"), "2026-01-31T10:00:00.000Z");
  EXPECT_EQ(value("SELECT count(*) AS n FROM contact WHERE created_at <= current_timestamp AND seen < current_timestamp AND name = 'x'"),
            1);
  EXPECT_TRUE(std::regex_match(value("SELECT current_timestamp").get<std::string>(), time));
  EXPECT_EQ(value("SELECT sum(exact) AS s FROM contact"), "123456789012345678901234567890.123456789");
}

TEST_P(StatementTest, Every_millisecond_can_be_stored) {
  // SQLite's CHECK compares with what strftime() makes of the text: no rounding may creep in.
  ASSERT_TRUE(connection().begin_write(soon()).ok());
  for (int ms = 0; ms < 1000; ms += 7) {
    char text[40];
    std::snprintf(text, sizeof text, "2026-12-31T23:59:%02d.%03dZ", ms % 60, ms);
    const json result = guest(*set_, "INSERT INTO contact (name, seen) VALUES ('t', $1) RETURNING seen", json::array({text}).dump());
    ASSERT_TRUE(result.contains("rows")) << text << result.dump();
    EXPECT_EQ(result["rows"][0]["seen"], text);
  }
  connection().rollback();
}

TEST_P(StatementTest, Constraints_give_the_same_codes) {
  ASSERT_EQ(code("UPDATE contact SET email = 'a@b.c' WHERE name = 'Ada'"), "none");
  for (const Case& test : {
           Case{"INSERT INTO contact (name, email) VALUES ('x', 'a@b.c')", "", "UNIQUE_VIOLATION"},
           Case{"UPDATE contact SET email = $1 WHERE name = 'Bob'", R"(["a@b.c"])", "UNIQUE_VIOLATION"},
           Case{"INSERT INTO contact (id, name) SELECT id, name FROM contact WHERE name = 'Ada'", "", "UNIQUE_VIOLATION"},
           Case{"INSERT INTO contact (email) VALUES ('y')", "", "NOT_NULL_VIOLATION"},
           Case{"UPDATE contact SET name = $1 WHERE name = 'Ada'", "[null]", "NOT_NULL_VIOLATION"},
           Case{"INSERT INTO contact (name, company_id) VALUES ('x', $1)", R"(["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"])",
                "FOREIGN_KEY_VIOLATION"},
           Case{"INSERT INTO contact (name, email) VALUES ('x', $1)", R"(["0123456789012"])", "CHECK_VIOLATION"},
           Case{"INSERT INTO contact (name, email) VALUES ('x', '0123456789012')", "", "CHECK_VIOLATION"},
           Case{"INSERT INTO contact (name, status) VALUES ('x', 'other')", "", "CHECK_VIOLATION"},
           Case{"INSERT INTO contact (name, small) VALUES ('x', $1)", "[32768]", "CHECK_VIOLATION"},
           Case{"INSERT INTO contact (name, small) VALUES ('x', 32768)", "", "CHECK_VIOLATION"},
           Case{"INSERT INTO contact (name, age) VALUES ('x', $1)", "[2147483648]", "CHECK_VIOLATION"},
           Case{"INSERT INTO contact (name, cents) VALUES ('x', $1)", "[9223372036854775808]", "CHECK_VIOLATION"},
           Case{"INSERT INTO contact (name, price) VALUES ('x', $1)", "[123456789]", "CHECK_VIOLATION"},
           Case{"INSERT INTO contact (name, age) VALUES ('x', $1)", R"(["abc"])", "INVALID_PARAMS"},
           Case{"INSERT INTO contact (name, age) VALUES ('x', $1)", "[1.5]", "INVALID_PARAMS"},
           Case{"INSERT INTO contact (name, age) VALUES ('x', 'abc')", "", "INVALID_PARAMS"},
           Case{"SELECT name FROM contact WHERE id = $1", R"(["7"])", "INVALID_PARAMS"},
           Case{"SELECT name FROM contact WHERE id = $1", "[7]", "INVALID_PARAMS"},
           Case{"INSERT INTO contact (name, seen) VALUES ('x', $1)", R"(["not a time"])", "INVALID_PARAMS"},
           Case{"INSERT INTO contact (name, born) VALUES ('x', '2026-02-30')", "", "INVALID_PARAMS"},
           Case{"INSERT INTO contact (name, active) VALUES ('x', $1)", R"(["maybe"])", "INVALID_PARAMS"},
           Case{"INSERT INTO contact (name, extra) VALUES ('x', $1)", R"(["{no json"])", "INVALID_PARAMS"},
           Case{"INSERT INTO contact (name, price) VALUES ('x', $1)", R"(["1,5"])", "INVALID_PARAMS"},
           Case{"SELECT name FROM contact WHERE name = $1", "", "INVALID_PARAMS"},
           Case{"SELECT name FROM contact WHERE name = $1", R"(["a","b"])", "INVALID_PARAMS"},
           Case{"SELECT name FROM contact", R"(["a"])", "INVALID_PARAMS"},
           Case{"SELECT name FROM contact WHERE name = $1 OR name = $3", R"(["a","b","c"])", "INVALID_PARAMS"},
           Case{"SELECT name FROM contact LIMIT $1", R"(["x"])", "INVALID_PARAMS"},
           Case{"SELECT name FROM contact WHERE name LIKE $1", R"(["A\\"])", "INVALID_PARAMS"},
           Case{"SELEC 1", "", "INVALID_SQL"},
           Case{"SELECT nothing FROM contact", "", "INVALID_SQL"},
           Case{"SELECT name FROM nowhere", "", "NOT_ALLOWED"},
           Case{"DELETE FROM contact", "", "NOT_ALLOWED"},
           Case{"INSERT INTO contact (name) VALUES ('a', 'b')", "", "INVALID_SQL"},
       }) {
    EXPECT_EQ(code(test.sql, test.params), test.rows) << test.sql << " " << test.params << "\n" << run(test.sql, test.params).dump();
  }
  ASSERT_EQ(code("INSERT INTO company (code) VALUES ('k')"), "none");
  ASSERT_EQ(code("UPDATE contact SET company_id = (SELECT id FROM company WHERE code = 'k') WHERE name = 'Ada'"), "none");
  EXPECT_EQ(code("DELETE FROM company WHERE code = 'k'"), "FOREIGN_KEY_VIOLATION");
  EXPECT_EQ(value("SELECT count(*) AS n FROM contact"), 3);
}

TEST_P(StatementTest, Numbers_are_taken_where_texts_stand_and_texts_where_numbers_do) {
  const json row = run("INSERT INTO contact (name, age, price, email, active, ratio) VALUES ($1, $2, $3, $4, $5, $6) RETURNING name, age, "
                       "price, email, active, ratio",
                       R"([5,"7",3,1.25,"yes","0.5"])")["rows"]
                       .at(0);
  EXPECT_EQ(row, json::parse(R"({"name":"5","age":7,"price":"3.00","email":"1.25","active":true,"ratio":0.5})"));
  EXPECT_EQ(value("INSERT INTO contact (name, age) VALUES ('w', $1) RETURNING age", "[2.0]"), 2);
}

TEST_P(StatementTest, Query_needs_a_statement_that_returns_rows) {
  const Authority authority{.module = "crm", .schema = &set_->schema()};
  for (const bool returning : {false, true}) {
    ASSERT_TRUE(connection().begin_write(soon()).ok());
    const std::string sql = std::string("INSERT INTO company (code) VALUES ('q')") + (returning ? " RETURNING code" : "");
    const auto result = connection().run_guest(authority, {sql}, {}, {.deadline = soon()}, true);
    EXPECT_EQ(std::holds_alternative<GuestRows>(result), returning);
    if (!returning) {
      EXPECT_EQ(std::get<StatementError>(result).code, "INVALID_SQL");
    }
    connection().rollback();
  }
}

TEST_P(StatementTest, A_result_beyond_the_limit_is_refused) {
  const std::string exact = R"([{"name":"Ada"},{"name":"Bob"},{"name":"cleo"}])";
  for (const std::size_t bytes : {exact.size(), exact.size() - 1, std::size_t{1}, std::size_t{0}}) {
    ASSERT_TRUE(connection().begin(soon()).ok());
    const json result = guest(*set_, "SELECT name FROM contact ORDER BY name", "", {.deadline = soon(), .result_bytes_max = bytes});
    if (bytes >= exact.size()) {
      EXPECT_TRUE(result.contains("rows")) << result.dump();
    } else {
      EXPECT_EQ(result["error"], "LIMIT");
    }
    connection().rollback();
  }
  ASSERT_TRUE(connection().begin(soon()).ok());
  const auto start = Clock::now();
  const json endless = guest(*set_, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n", "",
                             {.deadline = soon(), .result_bytes_max = 100'000});
  EXPECT_EQ(endless["error"], "LIMIT");
  EXPECT_LT(Clock::now() - start, std::chrono::seconds(10));
  connection().rollback();
  EXPECT_FALSE(connection().broken());
  EXPECT_EQ(value("SELECT count(*) AS n FROM contact"), 3);
}

TEST_P(StatementTest, The_same_statement_many_times_gives_the_same) {
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(value("SELECT name FROM contact WHERE cents = $1", "[100]"), "Ada");
    EXPECT_EQ(value("SELECT " + std::to_string(i) + " AS i"), i);
  }
}

TEST_P(StatementTest, Two_modules_in_one_transaction_see_their_own_tables_only) {
  const MigrationSet other = migrate(
      "other", R"j({"version":1,"operations":[{"type":"create_table","table":"note","columns":[{"name":"body","sql_type":"TEXT"}]}]})j");
  ASSERT_TRUE(connection().begin_write(soon()).ok());
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(guest(*set_, "UPDATE contact SET cents = cents + 1 WHERE name = 'Ada'")["rows_affected"], 1);
    EXPECT_EQ(guest(other, "INSERT INTO note (body) VALUES ('n')")["rows_affected"], 1);
  }
  EXPECT_EQ(guest(other, "SELECT count(*) AS n FROM note")["rows"][0]["n"], 3);
  EXPECT_EQ(guest(other, "SELECT name FROM contact")["error"], "NOT_ALLOWED");
  connection().rollback();
  EXPECT_EQ(alone(other, "SELECT count(*) AS n FROM note")["rows"][0]["n"], 0);
  EXPECT_EQ(value("SELECT cents FROM contact WHERE name = 'Ada'"), 100);
}

}  // namespace
}  // namespace ingot::db
