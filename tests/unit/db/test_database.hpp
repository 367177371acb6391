// SPDX-License-Identifier: Apache-2.0
#pragma once
// A fresh database for each test, SQLite in a temporary file or PostgreSQL, so that one test body judges both. PostgreSQL is
// named by INGOT_TEST_PG ("host=... port=... dbname=... user=... password=..."; the host may be a socket's folder) or by
// INGOT_TEST_PG_HOST/PORT/DB/USER/PASSWORD; its user must be allowed to create databases. Without them those tests are skipped.

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "db/connection.hpp"
#include "db/migrate.hpp"

namespace ingot::db {

inline Deadline soon(int ms = 20'000) { return Clock::now() + std::chrono::milliseconds(ms); }

/// The PostgreSQL that the environment names, if any.
std::optional<PostgresOptions> postgres_from_environment();

/// Makes its database when constructed and removes it when destroyed.
class TestDatabase {
 public:
  explicit TestDatabase(Kind kind);
  ~TestDatabase();
  TestDatabase(const TestDatabase&) = delete;
  TestDatabase& operator=(const TestDatabase&) = delete;
  Database& get() { return *database_; }
  const PostgresOptions& postgres() const { return postgres_; }
  const std::filesystem::path& file() const { return file_; }

 private:
  Kind kind_;
  std::filesystem::path file_;
  PostgresOptions postgres_;
  std::unique_ptr<Database> database_;
};

/// A test that runs once on each database, with one open connection and the host's tables prepared.
class DatabaseTest : public testing::TestWithParam<Kind> {
 protected:
  void SetUp() override;

  bool on_sqlite() const { return GetParam() == Kind::sqlite; }
  Database& database() { return test_database_->get(); }
  Connection& connection() { return *connection_; }
  std::unique_ptr<Connection> connect();

  /// Parses and applies a migration text; a failure fails the test.
  MigrationSet migrate(std::string_view module, std::string_view text);
  /// Parses a text that must be good.
  static MigrationSet parsed(std::string_view module, std::string_view text);
  Result<int> apply(const MigrationSet& set, int ms = 20'000);

  /// Runs a guest's statement in the open transaction. Gives {"rows":[...],"rows_affected":n} or {"error":code,"message":...}.
  nlohmann::json guest(const MigrationSet& set, std::string_view sql, std::string_view params = "",
                       StatementLimits limits = {.deadline = soon()});
  /// The same inside a transaction of its own, committed when it went well.
  nlohmann::json alone(const MigrationSet& set, std::string_view sql, std::string_view params = "");
  /// Host SQL; a failure fails the test.
  std::vector<HostRow> host(const std::string& sql);
  /// Every table, column and index of the database, one line each.
  std::vector<std::string> catalog();

  std::unique_ptr<TestDatabase> test_database_;
  std::unique_ptr<Connection> connection_;
};

/// Runs a statement under a set's authority on any connection.
nlohmann::json run_guest(Connection& connection, const MigrationSet& set, std::string_view sql, std::string_view params = "",
                         StatementLimits limits = {.deadline = soon()});

}  // namespace ingot::db

#define INGOT_ON_BOTH_DATABASES(suite)                                                                           \
  INSTANTIATE_TEST_SUITE_P(Db, suite, testing::Values(::ingot::db::Kind::sqlite, ::ingot::db::Kind::postgresql), \
                           [](const auto& info) { return info.param == ::ingot::db::Kind::sqlite ? "Sqlite" : "Postgres"; })
