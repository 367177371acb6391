// SPDX-License-Identifier: Apache-2.0
#include "db/module_data.hpp"

#include <algorithm>
#include <map>

#include "db/host_statement.hpp"
#include "test_database.hpp"

namespace ingot::db {
namespace {

class ModuleDataTest : public DatabaseTest {
 protected:
  void SetUp() override {
    DatabaseTest::SetUp();
    if (IsSkipped()) return;
    set_ = std::make_unique<MigrationSet>(migrate("m", R"j([{"version":1,"entity":"a","operations":[
        {"type":"create_table","table":"part","columns":[{"name":"k","sql_type":"TEXT","unique":true},{"name":"amount","sql_type":"NUMERIC"},{"name":"flag","sql_type":"BOOLEAN"},
          {"name":"more","sql_type":"JSONB"}]},
        {"type":"create_table","table":"line","columns":[{"name":"part_id","sql_type":"UUID","nullable":false,"references":{"table":"part"}}]}]},
      {"version":2,"entity":"a","operations":[{"type":"add_column","table":"part","column":"late","sql_type":"TEXT","default":"x"}]}])j"));
    other_ = std::make_unique<MigrationSet>(migrate("other", R"j({"version":1,"operations":[{"type":"create_table","table":"stays","columns":[{"name":"k","sql_type":"TEXT"}]}]})j"));
  }
  std::vector<nlohmann::json> exported(std::vector<std::string>* texts = nullptr) {
    std::vector<nlohmann::json> list;
    EXPECT_TRUE(connection().begin(soon()).ok());
    const auto done = ModuleData(database()).write_rows(connection(), "m", [&](std::string_view line) -> Result<void> {
      EXPECT_TRUE(line.ends_with('\n'));
      list.push_back(nlohmann::json::parse(line));
      if (texts != nullptr) texts->emplace_back(line);
      return {};
    });
    EXPECT_TRUE(done.ok()) << done.error().message;
    connection().rollback();
    return list;
  }
  std::map<std::string, std::uint64_t> counts(const std::string& module) {
    std::map<std::string, std::uint64_t> found;
    const auto tables = ModuleData(database()).tables(connection(), module);
    for (const TableRows& table : tables.value()) found[table.table] = table.rows;
    return found;
  }
  std::unique_ptr<MigrationSet> set_, other_;
};
INGOT_ON_BOTH_DATABASES(ModuleDataTest);

TEST_P(ModuleDataTest, Every_row_is_written_once_as_the_module_sees_it) {
  const std::string exact = "12345678901234567890.123456789";
  ASSERT_TRUE(alone(*set_, "INSERT INTO part (k, amount, flag, more) VALUES ($1, $2, $3, $4)", "[\"a\\\"}{\\\\\", \"" + exact + "\", true, {\"x\":[1,\"]}\"]}]").contains("rows"));
  for (int i = 0; i < 450; ++i) ASSERT_TRUE(alone(*set_, "INSERT INTO part (k) VALUES ($1)", "[\"k" + std::to_string(i) + "\"]").contains("rows"));
  ASSERT_TRUE(alone(*set_, "UPDATE part SET deleted_at = CURRENT_TIMESTAMP WHERE k = 'k7'").contains("rows"));
  ASSERT_TRUE(alone(*set_, "INSERT INTO line (part_id) SELECT id FROM part WHERE k = 'k8'").contains("rows"));
  std::vector<std::string> texts;
  const auto list = exported(&texts);
  ASSERT_EQ(list.size(), 452u);
  EXPECT_EQ(list.front()["table"], "line");
  std::map<std::string, nlohmann::json> parts;
  for (const auto& item : list) {
    if (item["table"] == "part") parts[item["row"]["k"]] = item["row"];
  }
  ASSERT_EQ(parts.size(), 451u);
  const nlohmann::json& first = parts.at("a\"}{\\");
  EXPECT_EQ(first["flag"], true);
  EXPECT_EQ(first["late"], "x");
  EXPECT_EQ(first["more"], nlohmann::json::parse(R"j({"x":[1,"]}"]})j"));
  EXPECT_FALSE(parts.at("k7")["deleted_at"].is_null());
  EXPECT_TRUE(parts.at("k8")["flag"].is_null());
  EXPECT_EQ(list.front()["row"]["part_id"], parts.at("k8")["id"]);
  EXPECT_TRUE(std::ranges::any_of(texts, [&](const std::string& text) { return text.find(exact) != std::string::npos; })) << "a digit was lost";
}

TEST_P(ModuleDataTest, Tables_are_counted_and_those_of_others_are_not) {
  ASSERT_TRUE(alone(*set_, "INSERT INTO part (k) VALUES ('a'), ('b')").contains("rows"));
  EXPECT_EQ(counts("m"), (std::map<std::string, std::uint64_t>{{"part", 2}, {"line", 0}}));
  EXPECT_EQ(counts("none").size(), 0u);
  ModuleData data(database());
  EXPECT_EQ(data.modules(connection()).value(), (std::vector<std::string>{"m", "other"}));
  const auto all = data.all_tables(connection()).value();
  EXPECT_TRUE(std::ranges::is_sorted(all, {}, [](const TableRows& table) { return std::pair(table.module, table.table); }));
  for (const TableRows& expected : {TableRows{"", "module_migrations", 3}, TableRows{"", "user_account", 0}, TableRows{"m", "part", 2}, TableRows{"other", "stays", 0}}) {
    EXPECT_TRUE(std::ranges::find(all, expected) != all.end()) << expected.table;
  }
  host(on_sqlite() ? "DROP TABLE line" : "DROP TABLE m.line");
  EXPECT_EQ(counts("m").size(), 1u) << "recorded, but gone: nothing to count";
}

TEST_P(ModuleDataTest, A_purge_takes_one_module_and_can_be_undone_until_the_commit) {
  ASSERT_TRUE(alone(*set_, "INSERT INTO part (k) VALUES ('a')").contains("rows"));
  ASSERT_TRUE(alone(*set_, "INSERT INTO line (part_id) SELECT id FROM part").contains("rows"));
  ASSERT_TRUE(alone(*other_, "INSERT INTO stays (k) VALUES ('s')").contains("rows"));
  const auto before = catalog();
  ModuleData data(database());
  for (const bool keep : {false, true}) {
    ASSERT_TRUE(connection().begin_rebuild(soon()).ok());
    const auto purged = data.purge(connection(), "m");
    ASSERT_TRUE(purged.ok()) << purged.error().message;
    EXPECT_EQ(purged->tables, (std::vector<std::string>{"line", "part"}));
    EXPECT_FALSE(purged->schema_kept);
    if (keep) {
      ASSERT_TRUE(connection().commit().ok());
    } else {
      connection().rollback();
      EXPECT_EQ(catalog(), before);
      EXPECT_EQ(counts("m").size(), 2u);
    }
  }
  EXPECT_EQ(data.modules(connection()).value(), (std::vector<std::string>{"other"}));
  EXPECT_EQ(counts("other"), (std::map<std::string, std::uint64_t>{{"stays", 1}}));
  EXPECT_EQ(apply(*set_).value(), 2) << "it may begin anew";
}

}  // namespace
}  // namespace ingot::db
