// SPDX-License-Identifier: Apache-2.0
// What a guest may say. Hostile statements are judged alone and on both databases: none may run, and none may change anything.
#include "db/vet.hpp"

#include <pthread.h>
#include <time.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <string>

#include "test_database.hpp"

namespace ingot::db {
namespace {

constexpr std::string_view tables = R"j({"version":1,"operations":[
  {"type":"create_table","table":"contact","columns":[{"name":"name","sql_type":"TEXT"},{"name":"age","sql_type":"INTEGER"}]},
  {"type":"create_table","table":"deal","columns":[{"name":"contact_id","sql_type":"UUID","references":{"table":"contact"}},{"name":"total","sql_type":"BIGINT"}]}]})j";

std::string repeated(std::string_view text, int count) {
  std::string out;
  for (int i = 0; i < count; ++i) out += text;
  return out;
}

/// Statements that must be refused with one of NOT_ALLOWED, INVALID_SQL, INVALID_PARAMS, LIMIT.
std::vector<std::string> hostile() {
  return {
      // other modules, the host, the catalogs
      "SELECT * FROM secret",
      "SELECT * FROM other.secret",
      "SELECT * FROM \"other\".\"secret\"",
      "SELECT * FROM main.secret",
      "SELECT * FROM main.contact",
      "SELECT * FROM public.contact",
      "SELECT * FROM crm.contact",
      "SELECT * FROM pg_class",
      "SELECT * FROM pg_catalog.pg_authid",
      "SELECT * FROM information_schema.tables",
      "SELECT * FROM sqlite_master",
      "SELECT * FROM sqlite_schema",
      "SELECT * FROM temp.sqlite_master",
      "SELECT * FROM sqlite_sequence",
      "SELECT * FROM dbstat",
      "SELECT * FROM ingot_module_migrations",
      "SELECT * FROM ingot.module_migrations",
      "SELECT * FROM ingot_user_account",
      "SELECT * FROM ingot.user_account",
      "SELECT digest FROM ingot.refresh_token",
      "INSERT INTO secret (v) VALUES ('x')",
      "UPDATE secret SET v = 'x' WHERE 1 = 1",
      "DELETE FROM secret WHERE 1 = 1",
      "SELECT (SELECT v FROM secret LIMIT 1) AS v",
      "SELECT name FROM contact WHERE EXISTS (SELECT 1 FROM secret)",
      "SELECT name FROM contact WHERE name IN (SELECT v FROM secret)",
      "SELECT c.name FROM contact c JOIN secret s ON s.v = c.name",
      "SELECT name FROM contact UNION SELECT v FROM secret",
      "WITH s AS (SELECT v FROM secret) SELECT v FROM s",
      "WITH secret2 AS (SELECT * FROM secret) SELECT 1 AS one FROM contact",
      "INSERT INTO contact (name) SELECT v FROM secret",
      "SELECT name FROM contact ORDER BY (SELECT v FROM secret)",
      "UPDATE contact SET name = s.v FROM secret s WHERE true",
      "INSERT INTO contact (name) VALUES ((SELECT v FROM secret))",
      "SELECT name FROM contact LIMIT (SELECT count(*) FROM secret)",
      "DELETE FROM contact WHERE name = 'x' RETURNING (SELECT v FROM secret)",
      // scopes of WITH
      "WITH pg_class AS (SELECT 1 AS a) SELECT a FROM pg_class",
      "WITH secret AS (SELECT * FROM secret) SELECT * FROM secret",
      "SELECT x.a FROM (WITH secret AS (SELECT 1 AS a) SELECT a FROM secret) x, secret",
      "WITH contact AS (SELECT 1 AS a) SELECT a FROM contact",
      "WITH RECURSIVE secret AS (SELECT v FROM secret) SELECT v FROM secret",
      "WITH a AS (SELECT v FROM b), b AS (SELECT v FROM secret) SELECT v FROM a",
      // writing inside WITH
      "WITH d AS (DELETE FROM contact WHERE true RETURNING id) SELECT id FROM d",
      "WITH d AS (DELETE FROM secret RETURNING v) SELECT v FROM d",
      "WITH i AS (INSERT INTO secret (v) VALUES ('x') RETURNING v) SELECT v FROM i",
      // functions
      "SELECT pg_sleep(10)",
      "SELECT pg_catalog.pg_sleep(10)",
      "SELECT pg_read_file('/etc/passwd')",
      "SELECT pg_ls_dir('/')",
      "SELECT lo_import('/etc/passwd')",
      "SELECT set_config('role', 'postgres', false)",
      "SELECT set_config('search_path', 'other', true)",
      "SELECT current_setting('data_directory')",
      "SELECT version()",
      "SELECT query_to_xml('select 1', true, true, '')",
      "SELECT dblink('x', 'y')",
      "SELECT load_extension('x')",
      "SELECT readfile('/etc/passwd')",
      "SELECT writefile('/tmp/x', 'x')",
      "SELECT randomblob(1000000000)",
      "SELECT zeroblob(1000000000)",
      "SELECT hex('x')",
      "SELECT sqlite_version()",
      "SELECT printf('%1000000000d', 1)",
      "SELECT fts3_tokenizer('simple')",
      "SELECT edit('x')",
      "SELECT random()",
      "SELECT gen_random_uuid()",
      "SELECT now()",
      "SELECT ingot_now()",
      "SELECT name FROM contact ORDER BY pg_sleep(1)",
      "SELECT name FROM contact GROUP BY name HAVING pg_sleep(1) IS NULL",
      "SELECT count(*) FILTER (WHERE pg_sleep(1) IS NULL) AS n FROM contact",
      "INSERT INTO contact (name) VALUES (version())",
      "UPDATE contact SET name = version() WHERE true",
      "DELETE FROM contact WHERE pg_sleep(1) IS NULL",
      "SELECT CASE WHEN true THEN pg_sleep(1) END",
      "SELECT coalesce(NULL, version())",
      "SELECT name FROM contact LIMIT length(version())",
      "SELECT lower(version())",
      "SELECT rank() OVER (ORDER BY pg_sleep(1)) FROM contact",
      "SELECT name FROM contact WHERE name LIKE version()",
      "SELECT repeat('a', 100000000)",
      "SELECT lpad('a', 100000000)",
      "SELECT string_agg(name, ',') FROM contact",
      "SELECT array_agg(name) FROM contact",
      "SELECT max(1, 2)",
      "SELECT count(name, age) FROM contact",
      "SELECT \"pg_sleep\"(1)",
      "SELECT lower(VARIADIC ARRAY['a'])",
      // functions that look like columns
      "SELECT c.row_to_json FROM contact c",
      "SELECT c.pg_typeof FROM contact c",
      "SELECT (c).row_to_json FROM contact c",
      "SELECT contact FROM contact",
      "SELECT c.text FROM contact c",
      "SELECT c.pg_sleep FROM (SELECT 1 AS a) c",
      "SELECT c.ctid FROM contact c",
      "SELECT xmin FROM contact",
      "SELECT tableoid FROM contact",
      "SELECT rowid FROM contact",
      "SELECT _rowid_ FROM contact",
      "SELECT oid FROM contact",
      "SELECT c.f FROM contact c, (SELECT 1 AS f) z",
      "SELECT lower(c.*) FROM contact c",
      // table-valued functions and other sources
      "SELECT * FROM pragma_table_info('contact')",
      "SELECT * FROM generate_series(1, 1000000000)",
      "SELECT * FROM json_each('[1]')",
      "SELECT * FROM pg_read_file('/etc/passwd')",
      "SELECT * FROM ROWS FROM (version())",
      "SELECT x.* FROM contact c, LATERAL (SELECT version()) x",
      "SELECT * FROM contact TABLESAMPLE SYSTEM (1)",
      "SELECT * FROM ONLY contact",
      "TABLE secret",
      "SELECT * FROM XMLTABLE('x' PASSING 'y' COLUMNS a text)",
      // casts
      "SELECT 'contact'::regclass",
      "SELECT CAST('contact' AS regclass)",
      "SELECT CAST(1 AS oid)",
      "SELECT CAST('x' AS pg_catalog.text)",
      "SELECT CAST('{1}' AS int[])",
      "SELECT name::text FROM contact",
      "SELECT CAST('x' AS xml)",
      "SELECT regclass 'contact'",
      "SELECT interval '1 day'",
      // statements of another kind
      "COPY contact TO '/tmp/x'",
      "COPY contact TO PROGRAM 'id'",
      "DO $$ BEGIN END $$",
      "DO 'BEGIN END'",
      "CREATE TABLE x (a int)",
      "DROP TABLE contact",
      "ALTER TABLE contact ADD COLUMN x text",
      "TRUNCATE contact",
      "GRANT ALL ON contact TO public",
      "SET role postgres",
      "SET LOCAL search_path TO other",
      "RESET ALL",
      "SHOW all",
      "BEGIN",
      "COMMIT",
      "ROLLBACK",
      "SAVEPOINT x",
      "ROLLBACK TO ingot_part_1",
      "PREPARE x AS SELECT 1",
      "EXECUTE ingot_1",
      "DEALLOCATE ALL",
      "LISTEN x",
      "NOTIFY x",
      "LOCK TABLE contact",
      "VACUUM",
      "ANALYZE",
      "CALL x()",
      "EXPLAIN SELECT 1",
      "EXPLAIN ANALYZE DELETE FROM contact",
      "DECLARE c CURSOR FOR SELECT 1",
      "FETCH c",
      "ATTACH DATABASE '/tmp/x' AS x",
      "DETACH main",
      "PRAGMA journal_mode=OFF",
      "PRAGMA table_info(contact)",
      "REINDEX",
      "REPLACE INTO contact (name) VALUES ('x')",
      "INSERT OR REPLACE INTO contact (name) VALUES ('x')",
      "MERGE INTO contact USING deal ON true WHEN MATCHED THEN DELETE",
      "SELECT name INTO stolen FROM contact",
      "SELECT name FROM contact FOR UPDATE",
      "SELECT name FROM contact FOR SHARE",
      // several statements
      "SELECT 1; SELECT 2",
      "SELECT 1; DROP TABLE contact",
      "SELECT 1;;DELETE FROM contact WHERE true",
      "DELETE FROM contact WHERE true; --\nDROP TABLE contact",
      ";SELECT 1",
      "",
      " ",
      ";",
      "-- only a comment",
      "/* only a comment */",
      // texts that two readers read differently
      "DELETE FROM contact /* /* */ -- */ WHERE 1 = 0",
      "SELECT 1 /* /* */ FROM secret -- */ */",
      "SELECT 1 -- x\rFROM secret",
      "SELECT E'\\'' FROM contact",
      "SELECT $$x$$",
      "SELECT $a$x$a$",
      "SELECT U&'\\0061'",
      "SELECT X'41'",
      "SELECT B'1'",
      "SELECT N'x'",
      "SELECT 'a'\n'b'",
      "SELECT [name] FROM contact",
      "SELECT `name` FROM contact",
      "SELECT name FROM contact WHERE name == 'x'",
      "SELECT 0x10",
      "SELECT 1_000",
      "SELECT ?1",
      "SELECT :a",
      "SELECT @a",
      "SELECT $a",
      "SELECT $1a",
      "SELECT $0",
      "SELECT name FROM contact WHERE name GLOB '*'",
      "SELECT name FROM contact WHERE name ~ '(a+)+$'",
      "SELECT name FROM contact WHERE name SIMILAR TO '%'",
      "SELECT name FROM contact WHERE name ILIKE 'a'",
      "SELECT 1 OPERATOR(pg_catalog.+) 1",
      "SELECT '/*' /* 'x",
      "SELECT 'unclosed",
      "SELECT \"unclosed",
      "SELECT (1",
      "SELECT 1)",
      std::string("SELECT 1\0; DROP TABLE contact", 28),
      std::string("SELECT '\0'", 10),
      "SELECT '\xff'",
      "SELECT '\xed\xa0\x80'",
      "\xEF\xBB\xBFSELECT 1",
      "SELECT\xC2\xA0 1",
      "SELECT nam\xC3\xA9 FROM contact",
      // rules of their own
      "UPDATE contact SET name = 'x'",
      "DELETE FROM contact",
      "DELETE FROM contact /* WHERE 1 = 1 */",
      "DELETE FROM contact -- WHERE 1 = 1",
      "UPDATE contact SET name = 'WHERE'",
      "DELETE FROM contact USING deal WHERE true",
      "UPDATE contact SET (name, age) = ('a', 1) WHERE true",
      "SELECT DISTINCT ON (name) name FROM contact",
      "INSERT INTO contact (name) VALUES (DEFAULT)",
      "INSERT INTO contact (nope) VALUES (1)",
      "UPDATE contact SET nope = 1 WHERE true",
      "SELECT nope FROM contact",
      "SELECT x.name FROM contact c",
      "SELECT current_user",
      "SELECT session_user",
      "SELECT current_catalog",
      "SELECT current_schema",
      "SELECT user",
      "SELECT localtimestamp",
      "SELECT current_timestamp(6)",
      "SELECT ARRAY[1]",
      "SELECT ARRAY(SELECT 1)",
      "SELECT ROW(1, 2)",
      "SELECT name = ANY('{a}') FROM contact",
      "SELECT name = ALL(SELECT name FROM contact) FROM contact",
      "SELECT greatest(1, 2)",
      "SELECT created_at - created_at AS d FROM contact",
      "SELECT c.id, d.id FROM contact c, deal d",
      "SELECT grouping(name) FROM contact GROUP BY ROLLUP (name)",
      "SELECT name COLLATE \"C\" FROM contact",
      "SELECT name FROM contact WHERE name = $2",
      "INSERT INTO contact (name) VALUES ('x') ON CONFLICT ON CONSTRAINT x DO NOTHING",
      "SELECT name FROM contact ORDER BY name USING <",
      // sizes
      "SELECT " + repeated("(", 5000) + "1" + repeated(")", 5000),
      "SELECT " + repeated("NOT ", 50'000) + "true",
      "SELECT 1" + repeated(" + 1", 20'000),
      "SELECT " + repeated("- ", 5000) + "1",
      "SELECT " + repeated("CASE WHEN true THEN ", 3000) + "1" + repeated(" END", 3000),
      "SELECT 1" + repeated(" UNION SELECT 1", 5000),
      "SELECT '" + repeated("x", 300'000) + "'",
      "SELECT abs(" + repeated("NOT ", 985) + "1=1) AS a",
      "SELECT abs(" + repeated("NOT ", 985) + "1=1)",
      "SELECT 1 AS a, 2 AS b" + repeated(" UNION SELECT 1, 2", 200),
      "SELECT " + repeated("abs(", 400) + "1" + repeated(")", 400),
      "SELECT 1 WHERE " + repeated("EXISTS (SELECT 1 WHERE ", 300) + "true" + repeated(")", 300),
      repeated("WITH RECURSIVE a AS (", 300) + "SELECT 1" + repeated(") SELECT 1", 300),
  };
}

bool is_refusal(const std::string& code) {
  return code == "NOT_ALLOWED" || code == "INVALID_SQL" || code == "INVALID_PARAMS" || code == "LIMIT";
}

/// Runs on a thread whose stack is just that large. A sanitizer's frames are several times larger than a release build's.
void with_stack(std::size_t bytes, const std::function<void()>& work) {
#if defined(__SANITIZE_ADDRESS__)
  bytes *= 8;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
  bytes *= 8;
#endif
#endif
  pthread_attr_t attributes;
  ASSERT_EQ(pthread_attr_init(&attributes), 0);
  ASSERT_EQ(pthread_attr_setstacksize(&attributes, bytes), 0);
  pthread_t thread{};
  const auto enter = [](void* given) -> void* {
    (*static_cast<const std::function<void()>*>(given))();
    return nullptr;
  };
  ASSERT_EQ(pthread_create(&thread, &attributes, enter, const_cast<std::function<void()>*>(&work)), 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
}

/// The code of the verdict, "none" when allowed.
std::string verdict_on(const std::string& sql) {
  static const MigrationSet set = MigrationSet::parse("crm", tables).value();
  const auto verdict = vet({.module = "crm", .schema = &set.schema()}, sql);
  const auto* error = std::get_if<StatementError>(&verdict);
  return error == nullptr ? "none" : error->code;
}

class VetTest : public DatabaseTest {};
INGOT_ON_BOTH_DATABASES(VetTest);

TEST(Vet, Refuses_every_hostile_statement_before_a_database_sees_it) {
  const MigrationSet set = MigrationSet::parse("crm", tables).value();
  const Authority authority{.module = "crm", .schema = &set.schema()};
  ASSERT_GT(hostile().size(), 200U);
  for (const std::string& sql : hostile()) {
    const auto verdict = vet(authority, sql);
    const auto* error = std::get_if<StatementError>(&verdict);
    ASSERT_NE(error, nullptr) << "allowed: " << sql.substr(0, 200);
    EXPECT_TRUE(is_refusal(error->code)) << error->code << ": " << sql.substr(0, 200);
  }
}

TEST(Vet, Needs_little_stack_at_its_bounds) {
  constexpr std::size_t stack_bytes = std::size_t{256} << 10;
  EXPECT_TRUE(is_refusal(verdict_on("SELECT abs(" + repeated("NOT ", 985) + "1=1) AS a")));
  std::vector<std::string> deep;
  for (int scale : {100, 95, 80, 60}) {  // the deepest that is allowed, and the least that is not
    const auto times = [&](int count) { return count * scale / 100; };
    deep.push_back("SELECT abs(" + repeated("NOT ", times(246)) + "1=1) AS a");
    deep.push_back("SELECT " + repeated("NOT ", times(248)) + "true AS a");
    deep.push_back("SELECT " + repeated("- ", times(248)) + "1 AS a");
    deep.push_back("SELECT 1" + repeated(" + 1", times(248)) + " AS a");
    deep.push_back("SELECT " + repeated("(", times(248)) + "1" + repeated(")", times(248)) + " AS a");
    deep.push_back("SELECT " + repeated("abs(", times(124)) + "1" + repeated(")", times(124)) + " AS a");
    deep.push_back("SELECT " + repeated("coalesce(1, ", times(124)) + "1" + repeated(")", times(124)) + " AS a");
    deep.push_back("SELECT " + repeated("CASE WHEN true THEN ", times(60)) + "1" + repeated(" END", times(60)) + " AS a");
    deep.push_back("SELECT 1 AS a, 2 AS b" + repeated(" UNION SELECT 1, 2", times(120)));
    deep.push_back("SELECT 1 AS a WHERE " + repeated("EXISTS (SELECT 1 WHERE ", times(60)) + "true" + repeated(")", times(60)));
    deep.push_back("SELECT 1 AS a FROM " + repeated("(SELECT 1 AS a FROM ", times(40)) + "contact" + repeated(") x", times(40)));
    deep.push_back("SELECT " + repeated("(SELECT ", times(120)) + "1" + repeated(")", times(120)) + " AS a");
    deep.push_back("SELECT " + repeated("CAST(", times(80)) + "1" + repeated(" AS TEXT)", times(80)) + " AS a");
  }
  int allowed = 0;
  for (const std::string& sql : deep) {
    std::string code;
    with_stack(stack_bytes, [&] { code = verdict_on(sql); });
    EXPECT_TRUE(code == "none" || is_refusal(code)) << code << ": " << sql.substr(0, 80);
    if (code == "none") ++allowed;
  }
  EXPECT_GT(allowed, 20);
}

/// Of this thread: what others do on the machine does not count.
double seconds_computed() {
  timespec time{};
  EXPECT_EQ(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time), 0);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

TEST(Vet, Takes_time_in_proportion_to_the_statement) {
  std::string rows = "1=1";
  for (int k = 0; k < 60; ++k) rows = "(" + rows + ",1)=(1,1)";
  std::string stars = "SELECT 1 AS a";
  for (int level = 0; level < 7; ++level) stars = "SELECT " + repeated("q.*,", 9) + "q.* FROM (" + stars + ") AS q";
  std::string doubled = "SELECT 1 AS s";  // a planner puts each expression where it is referred to
  for (int i = 0; i < 22; ++i) doubled = "SELECT q.s + q.s AS s FROM (" + doubled + ") AS q";
  std::string shared = "WITH w0 AS (SELECT 1 AS a)";  // and SQLite each WITH query
  for (int i = 1; i < 40; ++i) {
    const std::string before = " FROM w" + std::to_string(i - 1);
    shared += ", w" + std::to_string(i) + " AS (SELECT p.a" + before + " p," + before.substr(5) + " q)";
  }
  shared += " SELECT a FROM w39";
  std::string joined = "SELECT 1 AS one FROM contact t0";
  for (int i = 1; i < 5000; ++i) joined += ",contact t" + std::to_string(i);
  std::string lookups = "SELECT count(*) AS n FROM contact t0";
  for (int i = 1; i < 60; ++i) lookups += ",contact t" + std::to_string(i);
  lookups += " WHERE 1 IN (1" + repeated(",t59.age", 12'000) + ")";
  const std::string many = "SELECT 1 AS one WHERE 1 IN (1" + repeated(",1", 25'000) + ")";
  const std::string wide = "SELECT 1" + repeated(",1", 300);
  for (const std::string& sql : {rows, stars, doubled, shared, joined, lookups, many, wide}) {
    const double before = seconds_computed();
    const std::string code = verdict_on(sql);
    EXPECT_LT(seconds_computed() - before, 10) << sql.substr(0, 80);  // what grows with a power of two would take years
    EXPECT_TRUE(code == "none" || is_refusal(code)) << code << ": " << sql.substr(0, 80);
  }
  EXPECT_EQ(verdict_on(stars), "LIMIT");
  EXPECT_EQ(verdict_on(doubled), "LIMIT");
  EXPECT_EQ(verdict_on(shared), "LIMIT");
  EXPECT_EQ(verdict_on(joined), "LIMIT");
  EXPECT_EQ(verdict_on(many), "LIMIT");
  EXPECT_EQ(verdict_on(wide), "LIMIT");
  EXPECT_EQ(verdict_on("SELECT (1, 2) = (1, 2) AS same, (name, age) < ($1, 3) AS less FROM contact"), "none");
  EXPECT_EQ(verdict_on("SELECT (1, 2) = ROW(1, 2) AS same"), "NOT_ALLOWED");
}

TEST(Vet, Wants_a_short_literal_where_lengths_multiply) {
  const std::string at_most = "'" + repeated("\xC3\xA9", 64) + "'";
  const std::string too_long = "'" + repeated("x", 65) + "'";
  for (const char* function : {"trim", "ltrim", "rtrim"}) {
    const std::string call = "SELECT " + std::string(function) + "(name";
    EXPECT_EQ(verdict_on(call + ") AS t FROM contact"), "none");
    EXPECT_EQ(verdict_on(call + ", " + at_most + ") AS t FROM contact"), "none");
    for (const std::string& bad : {too_long, std::string("name"), std::string("$1"), std::string("'a' || 'b'"), std::string("NULL")}) {
      EXPECT_EQ(verdict_on(call + ", " + bad + ") AS t FROM contact"), "NOT_ALLOWED") << function << bad;
    }
  }
  EXPECT_EQ(verdict_on("SELECT trim(BOTH " + too_long + " FROM name) AS t FROM contact"), "NOT_ALLOWED");
  EXPECT_EQ(verdict_on("SELECT replace(name, " + at_most + ", " + at_most + ") AS t FROM contact"), "none");
  EXPECT_EQ(verdict_on("SELECT replace(name, $1, $2) AS t FROM contact"), "none");
  EXPECT_EQ(verdict_on("SELECT replace(name, 'a', name) AS t FROM contact"), "NOT_ALLOWED");
  EXPECT_EQ(verdict_on("SELECT replace(name, name, 'a') AS t FROM contact"), "NOT_ALLOWED");
  EXPECT_EQ(verdict_on("SELECT replace(name, 'a', " + too_long + ") AS t FROM contact"), "NOT_ALLOWED");
}

TEST_P(VetTest, No_value_grows_beyond_16_MiB) {
  const MigrationSet set = migrate("crm", tables);
  ASSERT_EQ(alone(set, "INSERT INTO contact (name, age) VALUES ('aaaa', 7)")["rows_affected"], 1);
  std::string doubled = "SELECT 'xxxxxxxxxx' AS s";
  for (int i = 0; i < 22; ++i) doubled = "SELECT q.s || q.s AS s FROM (" + doubled + ") AS q";
  std::string replaced = "name";
  for (int i = 0; i < 8; ++i) replaced = "replace(" + replaced + ", 'a', '" + repeated("a", 64) + "')";
  const std::string literal = "'" + repeated("y", 4000) + "'";
  for (const std::string& sql : {
           "SELECT length(q.s) AS n FROM (" + doubled + ") AS q",
           "WITH RECURSIVE r(s) AS (SELECT " + literal +
               " AS s UNION ALL SELECT s || s FROM r WHERE length(s) < 500000000) "
               "SELECT max(length(s)) AS n FROM r",
           "SELECT length(" + replaced + ") AS n FROM contact",
           "UPDATE contact SET name = " + replaced + " WHERE true",
       }) {
    ASSERT_LT(sql.size(), 9216U);
    const auto result = alone(set, sql);
    EXPECT_EQ(result.value("error", "none"), "LIMIT") << result.dump().substr(0, 300) << "\n" << sql.substr(0, 100);
  }
  ASSERT_FALSE(connection().broken());
  // A row may hold several values, and still none that is larger than the result may be.
  EXPECT_EQ(alone(set, "WITH RECURSIVE r(s) AS (SELECT " + literal +
                           " AS s UNION ALL SELECT s || s FROM r WHERE length(s) < 5000000) "
                           "SELECT s AS a, s AS b, s AS c, s AS d FROM r")["error"],
            "LIMIT");
  // JSONB's numbers are written out by PostgreSQL.
  const std::string numbers = "[" + repeated("1e131071,", 800) + "1]";
  for (const std::string& sql : {"SELECT CAST('" + numbers + "' AS JSONB) AS j", std::string("SELECT CAST($1 AS JSONB) AS j")}) {
    const auto result = alone(set, sql, sql.find('$') == std::string::npos ? "" : nlohmann::json::array({numbers}).dump());
    EXPECT_EQ(result.value("error", "none"), "INVALID_PARAMS") << result.dump().substr(0, 300);
  }
  EXPECT_EQ(alone(set, "SELECT CAST('[1e131071' || ']' AS JSONB) AS j")["error"], "NOT_ALLOWED");
  // What is bounded still means the same.
  EXPECT_EQ(
      alone(set, "SELECT name || age AS a, age || name AS b, $1 || $2 AS c, name || NULL AS d, Replace(name, 'aa', $3) AS e FROM contact",
            R"(["x","y","b"])")["rows"]
          .dump(),
      R"([{"a":"aaaa7","b":"7aaaa","c":"xy","d":null,"e":"bb"}])");
  EXPECT_EQ(alone(set, "SELECT replace(name, $1, 'b') AS r FROM contact", nlohmann::json::array({repeated("a", 65)}).dump())["error"],
            "LIMIT");
  EXPECT_EQ(alone(set, "SELECT '||' || 'replace(' || 'a' /* || */ AS t, \"replace\"('ab', 'b', '||') AS u")["rows"].dump(),
            R"([{"t":"||replace(a","u":"a||"}])");
}

TEST_P(VetTest, Hostile_statements_do_nothing_on_either_database) {
  const MigrationSet set = migrate("crm", tables);
  const MigrationSet other = migrate(
      "other", R"j({"version":1,"operations":[{"type":"create_table","table":"secret","columns":[{"name":"v","sql_type":"TEXT"}]}]})j");
  ASSERT_EQ(alone(other, "INSERT INTO secret (v) VALUES ('treasure')")["rows_affected"], 1);
  ASSERT_EQ(alone(set, "INSERT INTO contact (name) VALUES ('Ada')")["rows_affected"], 1);
  const auto before = catalog();
  for (const std::string& sql : hostile()) {
    ASSERT_TRUE(connection().begin_write(soon()).ok());
    const auto result = guest(set, sql);
    EXPECT_TRUE(is_refusal(result.value("error", ""))) << sql.substr(0, 200) << "\n" << result.dump().substr(0, 300);
    EXPECT_EQ(guest(set, "SELECT name FROM contact")["error"], "TRANSACTION_ABORTED");
    EXPECT_FALSE(connection().commit().ok());
  }
  EXPECT_EQ(catalog(), before);
  EXPECT_EQ(alone(set, "SELECT name FROM contact")["rows"].dump(), R"([{"name":"Ada"}])");
  EXPECT_EQ(alone(other, "SELECT v FROM secret")["rows"].dump(), R"([{"v":"treasure"}])");
}

TEST_P(VetTest, An_endless_recursion_ends_at_the_deadline) {
  const MigrationSet set = migrate("crm", tables);
  for (const char* sql : {"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i > 0) SELECT count(*) AS c FROM n",
                          "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM n) SELECT max(i) AS m FROM n"}) {
    ASSERT_TRUE(connection().begin(soon()).ok());
    const auto start = Clock::now();
    const auto result = guest(set, sql, "", {.deadline = soon(300)});
    EXPECT_EQ(result["error"], "DEADLINE") << result.dump();
    EXPECT_LT(Clock::now() - start, std::chrono::seconds(5));
    EXPECT_EQ(guest(set, "SELECT 1 AS one")["error"], "TRANSACTION_ABORTED");
    connection().rollback();
    ASSERT_FALSE(connection().broken());
    EXPECT_EQ(alone(set, "SELECT 1 AS one")["rows"][0]["one"], 1);
  }
}

TEST_P(VetTest, A_schema_that_changed_changes_the_verdict) {
  const MigrationSet set = migrate("crm", tables);
  EXPECT_TRUE(alone(set, "SELECT name FROM contact").contains("rows"));
  EXPECT_TRUE(alone(set, "SELECT name FROM contact").contains("rows"));
  const MigrationSet less = parsed(
      "crm", R"j({"version":1,"operations":[{"type":"create_table","table":"contact","columns":[{"name":"age","sql_type":"INTEGER"}]}]})j");
  EXPECT_EQ(alone(less, "SELECT name FROM contact")["error"], "INVALID_SQL");
  const MigrationSet none = MigrationSet::empty("crm");
  EXPECT_EQ(alone(none, "SELECT name FROM contact")["error"], "NOT_ALLOWED");
  const MigrationSet stranger = parsed("stranger", tables);  // says that it has the table, and has not
  const auto result = alone(stranger, "SELECT name FROM contact");
  if (!on_sqlite()) {
    EXPECT_EQ(result["error"], "INVALID_SQL");
  }
}

}  // namespace
}  // namespace ingot::db
