// SPDX-License-Identifier: Apache-2.0
// Operations at random, of few names so that they meet: what the parser takes must be made by the database, must show no drift, and must
// go back down to nothing, or be refused in words. The seeds are fixed, so a failure comes again.
#include <gtest/gtest.h>

#include <random>

#include "db/migrate.hpp"
#include "test_database.hpp"

namespace ingot::db {
namespace {

using nlohmann::json;

class Maker {
 public:
  /// Half of the seeds make nothing that cannot be taken back.
  explicit Maker(unsigned seed) : random_(seed), one_way_(seed % 2 == 0) {}

  json operation() {
    const std::string table = pick({"a", "b", "a_b"});
    const std::string column = pick({"c", "d", "c_d", "e"});
    const std::string other = pick({"c", "d", "c_d", "e", "id", "deleted_at"});
    switch (number(16)) {
      case 0:
      case 1: return {{"type", "create_table"}, {"table", table}, {"columns", json::array({column_of("name", column), column_of("name", pick({"d", "e", "f"}))})}};
      case 2:
      case 3: {
        json node = column_of("column", column);
        node.update({{"type", "add_column"}, {"table", table}});
        return node;
      }
      case 4: return {{"type", "rename_table"}, {"table", table}, {"new_name", pick({"a", "b", "a_b"})}};
      case 5: return {{"type", "rename_column"}, {"table", table}, {"column", column}, {"new_name", pick({"c", "d", "e", "f"})}};
      case 6: return {{"type", one_way_ ? pick({"drop_column", "drop_foreign_key"}) : "drop_foreign_key"}, {"table", table}, {"column", column}};
      case 7: return {{"type", one_way_ && number(3) == 0 ? "drop_table" : "nothing"}, {"table", table}};
      case 8:
      case 9: {
        json node{{"type", pick({"create_index", "create_index", "drop_index"})}, {"table", table}, {"columns", json::array({column})}, {"unique", number(2) == 0}};
        if (number(2) == 0 && other != column) node["columns"].push_back(other);
        if (number(2) == 0) node["where"] = {{"column", other}, {"is", pick({"null", "not_null", "true"})}};
        if (number(6) == 0) node["index_type"] = "hash";
        return node;
      }
      case 10:
      case 11: {
        json node{{"type", "alter_column"}, {"table", table}, {"column", column}};
        if (one_way_ && number(2) == 0) node["sql_type"] = pick({"TEXT", "VARCHAR(40)", "INTEGER", "BIGINT", "NUMERIC(30,4)", "DOUBLE PRECISION"});
        if (number(2) == 0) node["nullable"] = number(2) == 0;
        if (number(2) == 0) node["default"] = value();
        return node;
      }
      case 12: return {{"type", "add_foreign_key"}, {"table", table}, {"column", column}, {"references", {{"table", pick({"a", "b", "a_b"})}, {"column", pick({"id", "c"})}}}};
      case 13:
      case 14: {
        json node{{"type", pick({"add_check", "add_check", "drop_check"})}, {"table", table}, {"column", column}};
        if (number(2) == 0) node["min"] = 0;
        else if (number(2) == 0) node["not_empty"] = true;
        else node["check_in"] = json::array({value(), value()});
        return node;
      }
      default: return {{"type", "insert"}, {"table", table}, {"key", "id"}, {"rows", json::array({{{"id", uuid()}, {column, value()}}})}};
    }
  }

 private:
  int number(int below) { return std::uniform_int_distribution<int>(0, below - 1)(random_); }
  std::string pick(const std::vector<std::string>& list) { return list[static_cast<std::size_t>(number(static_cast<int>(list.size())))]; }
  std::string uuid() { return "1111111" + std::to_string(number(3)) + "-1111-4111-8111-111111111111"; }
  json value() {
    switch (number(5)) {
      case 0: return "it's";
      case 1: return 7;
      case 2: return nullptr;
      case 3: return true;
      default: return uuid();
    }
  }
  json column_of(const char* key, const std::string& name) {
    json column{{key, name}, {"sql_type", pick({"TEXT", "VARCHAR(9)", "SMALLINT", "INTEGER", "NUMERIC(9,2)", "UUID", "UUID", "BOOLEAN"})}, {"unique", number(3) == 0}};
    if (number(3) == 0) column["default"] = value();
    if (number(4) == 0) column["nullable"] = false;
    if (number(3) == 0) column["references"] = {{"table", pick({"a", "b", "a_b"})}, {"column", pick({"id", "c"})}};
    if (number(6) == 0) column["check_in"] = json::array({value(), value()});
    return column;
  }

  std::mt19937 random_;
  bool one_way_;
};

class RandomTest : public DatabaseTest {
 protected:
  /// A text of versions that the parser takes.
  static std::string text(unsigned seed) {
    Maker maker(seed);
    json versions = json::array();
    for (int version = 1; version <= 5; ++version) {
      versions.push_back({{"version", version}, {"operations", json::array()}});
      json& list = versions.back()["operations"];
      for (int tries = 0; tries < 60; ++tries) {
        list.push_back(maker.operation());
        if (!MigrationSet::parse("m", versions.dump()).ok()) list.erase(list.size() - 1);
      }
    }
    return versions.dump();
  }
  std::size_t things() {
    return std::stoul(host(on_sqlite() ? "SELECT count(*) FROM sqlite_schema WHERE name NOT LIKE 'ingot%' AND name NOT LIKE 'sqlite%'"
                                       : "SELECT count(*) FROM pg_class WHERE relnamespace = to_regnamespace('m')")[0][0].value());
  }
  void expect_no_drift(const std::string& what) {
    const auto drift = Migrator(database()).check(connection(), "m", soon());
    ASSERT_TRUE(drift.ok()) << what << ": " << drift.error().message;
    for (const CatalogDifference& item : *drift) ADD_FAILURE() << what << ": " << item.table << "." << item.column << ": " << item.what;
  }
};
INGOT_ON_BOTH_DATABASES(RandomTest);

TEST_P(RandomTest, What_the_parser_takes_goes_up_shows_no_drift_and_goes_down) {
  int whole = 0;
  int back = 0;
  const unsigned last = on_sqlite() ? 40 : 12;
  for (unsigned seed = 1; seed <= last; ++seed) {
    const std::string versions = text(seed);
    const std::string what = "seed " + std::to_string(seed) + " " + versions;
    const MigrationSet set = parsed("m", versions);
    const auto applied = apply(set);
    // A seed row may break a rule, which only the database sees; then the versions before it stand.
    if (!applied.ok()) EXPECT_EQ(applied.error().code, ErrorCode::migration) << what << ": " << applied.error().message;
    whole += applied.ok() ? 1 : 0;
    expect_no_drift(what);
    for (int target = 4; target >= 0; --target) {
      const auto done = Migrator(database()).down(connection(), "m", target, true, soon());
      if (!done.ok()) EXPECT_EQ(done.error().code, ErrorCode::migration) << what << ": " << done.error().message;
      if (done.ok() && !done->empty()) expect_no_drift("down to " + std::to_string(target) + ", " + what);
      if (target == 0 && done.ok()) EXPECT_EQ(things(), 0U) << what;
      back += done.ok() && !done->empty() ? 1 : 0;
      if (testing::Test::HasFailure()) return;
    }
    connection_.reset();
    test_database_ = std::make_unique<TestDatabase>(GetParam());
    connection_ = connect();
    ASSERT_TRUE(Migrator(database()).prepare(connection()).ok());
  }
  // Or else nothing was tried.
  EXPECT_GT(whole, static_cast<int>(last / 3));
  EXPECT_GT(back, static_cast<int>(last / 2));
}

}  // namespace
}  // namespace ingot::db
