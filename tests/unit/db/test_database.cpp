// SPDX-License-Identifier: Apache-2.0
#include "test_database.hpp"

#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <map>
#include <sstream>

namespace ingot::db {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : value;
}

std::string fresh_name() {
  static std::atomic<int> count{0};
  const auto now = std::chrono::system_clock::now().time_since_epoch().count();
  return "ingot_t_" + std::to_string(getpid()) + "_" + std::to_string(now % 1'000'000'000) + "_" + std::to_string(++count);
}

}  // namespace

std::optional<PostgresOptions> postgres_from_environment() {
  std::map<std::string, std::string> values{{"host", environment("INGOT_TEST_PG_HOST")},
                                            {"port", environment("INGOT_TEST_PG_PORT")},
                                            {"dbname", environment("INGOT_TEST_PG_DB")},
                                            {"user", environment("INGOT_TEST_PG_USER")},
                                            {"password", environment("INGOT_TEST_PG_PASSWORD")}};
  std::istringstream words(environment("INGOT_TEST_PG"));
  for (std::string word; words >> word;) {
    const std::size_t equals = word.find('=');
    if (equals != std::string::npos) values[word.substr(0, equals)] = word.substr(equals + 1);
  }
  if (values["host"].empty()) return std::nullopt;
  PostgresOptions options;
  options.host = values["host"];
  if (!values["port"].empty()) options.port = values["port"];
  options.name = values["dbname"].empty() ? "postgres" : values["dbname"];
  options.user = values["user"];
  options.password = values["password"];
  return options;
}

TestDatabase::TestDatabase(Kind kind) : kind_(kind) {
  const std::string name = fresh_name();
  if (kind == Kind::sqlite) {
    file_ = std::filesystem::temp_directory_path() / (name + ".db");
    database_ = open_sqlite({.path = file_.string()}).value();
    return;
  }
  postgres_ = *postgres_from_environment();
  const auto server = open_postgres(postgres_).value();
  const auto connection = server->connect(soon()).value();
  (void)connection->run({"CREATE DATABASE " + name}).value();
  postgres_.name = name;
  database_ = open_postgres(postgres_).value();
}

TestDatabase::~TestDatabase() {
  if (kind_ == Kind::sqlite) {
    for (const char* suffix : {"", "-wal", "-shm", "-lock"}) std::filesystem::remove(file_.string() + suffix);
    return;
  }
  const auto server = open_postgres(*postgres_from_environment()).value();
  const auto connection = server->connect(soon());
  if (connection) (void)(*connection)->run({"DROP DATABASE IF EXISTS " + postgres_.name + " WITH (FORCE)"});
}

void DatabaseTest::SetUp() {
  if (GetParam() == Kind::postgresql && !postgres_from_environment()) GTEST_SKIP() << "INGOT_TEST_PG is not set";
  test_database_ = std::make_unique<TestDatabase>(GetParam());
  connection_ = connect();
  const auto prepared = Migrator(database()).prepare(connection());
  ASSERT_TRUE(prepared.ok()) << prepared.error().message;
}

std::unique_ptr<Connection> DatabaseTest::connect() {
  auto opened = database().connect(soon());
  EXPECT_TRUE(opened.ok()) << (opened.ok() ? "" : opened.error().message);
  return std::move(opened).value();
}

MigrationSet DatabaseTest::parsed(std::string_view module, std::string_view text) {
  auto set = MigrationSet::parse(module, text);
  EXPECT_TRUE(set.ok()) << (set.ok() ? "" : set.error().message);
  return set.ok() ? std::move(set).value() : MigrationSet::empty(module);
}

Result<int> DatabaseTest::apply(const MigrationSet& set, int ms) { return Migrator(database()).apply(connection(), set, soon(ms)); }

MigrationSet DatabaseTest::migrate(std::string_view module, std::string_view text) {
  MigrationSet set = parsed(module, text);
  const auto applied = apply(set);
  EXPECT_TRUE(applied.ok()) << (applied.ok() ? "" : applied.error().message);
  return set;
}

nlohmann::json run_guest(Connection& connection, const MigrationSet& set, std::string_view sql, std::string_view params,
                         StatementLimits limits) {
  const auto values = parse_params(params);
  EXPECT_TRUE(values.ok()) << params;
  const Authority authority{.module = set.module(), .schema = &set.schema()};
  const auto result = connection.run_guest(authority, {sql}, *values, limits, false);
  if (const auto* error = std::get_if<StatementError>(&result)) return {{"error", error->code}, {"message", error->message}};
  const auto& rows = std::get<GuestRows>(result);
  nlohmann::json parsed_rows = nlohmann::json::parse(rows.rows_json, nullptr, false);
  EXPECT_FALSE(parsed_rows.is_discarded()) << "not JSON: " << rows.rows_json;
  return {{"rows", std::move(parsed_rows)}, {"rows_affected", rows.rows_affected}};
}

nlohmann::json DatabaseTest::guest(const MigrationSet& set, std::string_view sql, std::string_view params, StatementLimits limits) {
  return run_guest(connection(), set, sql, params, limits);
}

nlohmann::json DatabaseTest::alone(const MigrationSet& set, std::string_view sql, std::string_view params) {
  EXPECT_TRUE(connection().begin_write(soon()).ok());
  nlohmann::json result = guest(set, sql, params);
  if (result.contains("error")) {
    connection().rollback();
  } else {
    const auto committed = connection().commit();
    EXPECT_TRUE(committed.ok()) << (committed.ok() ? "" : committed.error().message);
  }
  return result;
}

std::vector<HostRow> DatabaseTest::host(const std::string& sql) {
  auto rows = connection().run({sql});
  EXPECT_TRUE(rows.ok()) << sql << ": " << (rows.ok() ? "" : rows.error().message);
  return rows.ok() ? std::move(rows).value() : std::vector<HostRow>{};
}

std::vector<std::string> DatabaseTest::catalog() {
  const std::string sql =
      on_sqlite() ? "SELECT type, name, sql FROM sqlite_schema ORDER BY 1, 2"
                  : "SELECT n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull FROM pg_class c "
                    "JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 "
                    "WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' "
                    "UNION ALL SELECT nspname, '', '', '', false FROM pg_namespace ORDER BY 1, 2, 3, 4";
  std::vector<std::string> lines;
  for (const HostRow& row : host(sql)) {
    std::string& line = lines.emplace_back();
    for (const auto& value : row) line += value.value_or("NULL") + "|";
  }
  return lines;
}

}  // namespace ingot::db
