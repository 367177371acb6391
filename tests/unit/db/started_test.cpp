// SPDX-License-Identifier: Apache-2.0
// Statements that are begun and waited for elsewhere: they give what run_guest() gives, they take the other road where something must be said first, and neither a late nor a lost
// server leaves a connection that is used again.
#include <poll.h>

#include <string>
#include <variant>

#include "test_database.hpp"

namespace ingot::db {
namespace {

using nlohmann::json;
using Progress = Connection::Progress;

constexpr std::string_view tables = R"j([{"version":1,"operations":[{"type":"create_table","table":"item","columns":[
  {"name":"number","sql_type":"BIGINT","nullable":false,"unique":true},{"name":"text","sql_type":"TEXT"}]}]}])j";

class StartedTest : public DatabaseTest {
 protected:
  void SetUp() override {
    DatabaseTest::SetUp();
    if (IsSkipped()) return;
    set_ = std::make_unique<MigrationSet>(migrate("shop", tables));
    const json done = alone(*set_, "INSERT INTO item (number, text) VALUES (1, 'one'), (2, NULL), (3, 'three')");
    ASSERT_EQ(done.value("rows_affected", 0), 3) << done.dump();
  }

  std::optional<Progress> start(std::string_view sql, std::string_view params = "", StatementLimits limits = {.deadline = soon()}) {
    auto parsed = parse_params(params);
    return connection().start_guest({"shop", &set_->schema()}, GuestSql{sql}, *parsed, limits, false);
  }
  /// Waits as a fiber would, and gives the outcome in the form of guest().
  json finish(Progress progress) {
    while (progress == Progress::waits) {
      pollfd entry{.fd = connection().socket(), .events = POLLIN, .revents = 0};
      EXPECT_EQ(poll(&entry, 1, 20'000), 1);
      progress = connection().advance_guest();
    }
    const auto outcome = connection().finish_guest();
    if (const auto* error = std::get_if<StatementError>(&outcome)) return {{"error", error->code}};
    const auto& rows = std::get<GuestRows>(outcome);
    return {{"rows", json::parse(rows.rows_json)}, {"rows_affected", rows.rows_affected}};
  }
  /// The second use of a statement prepares it, so the third may be started.
  void learn(std::string_view sql, std::string_view params) {
    for (int i = 0; i < 2; ++i) {
      const json done = alone(*set_, sql, params);
      ASSERT_FALSE(done.contains("error")) << done.dump();
    }
  }
  /// The code of the error that run_guest() gives on another connection.
  std::string run_guest_elsewhere(std::string_view sql, std::string_view params) {
    const auto other = connect();
    EXPECT_TRUE(other->begin(soon()).ok());
    return run_guest(*other, *set_, sql, params).value("error", "no error");
  }
  void begin(int ms = 20'000) { ASSERT_TRUE(connection().begin(soon(ms)).ok()); }

  std::unique_ptr<MigrationSet> set_;
};
INSTANTIATE_TEST_SUITE_P(Db, StartedTest, testing::Values(Kind::postgresql), [](const auto&) { return "Postgres"; });

constexpr std::string_view by_number = "SELECT number, text FROM item WHERE number = $1";

TEST_P(StartedTest, What_is_known_gives_what_running_it_gives) {
  learn(by_number, "[1]");
  for (const std::string params : {"[1]", "[2]", "[4]"}) {
    begin();
    const json expected = guest(*set_, by_number, params);
    const auto progress = start(by_number, params);
    ASSERT_TRUE(progress);
    EXPECT_EQ(finish(*progress), expected);
    ASSERT_TRUE(connection().commit().ok());
  }
}

TEST(Started, Nothing_is_on_SQLite_which_never_waits) {
  TestDatabase fresh(Kind::sqlite);
  const auto connection = fresh.get().connect(soon()).value();
  const Schema schema;
  ASSERT_TRUE(connection->begin(soon()).ok());
  EXPECT_FALSE(connection->start_guest({"shop", &schema}, GuestSql{"SELECT 1"}, {}, {.deadline = soon()}, true));
  EXPECT_EQ(connection->socket(), -1);
}

TEST_P(StartedTest, What_needs_something_said_first_is_not_started) {
  begin();
  EXPECT_FALSE(start(by_number, "[1]")) << "nobody has prepared it";
  connection().rollback();
  EXPECT_FALSE(start(by_number, "[1]")) << "there is no transaction";
  learn(by_number, "[1]");
  constexpr std::string_view write = "UPDATE item SET text = $1 WHERE number = 1";
  learn(write, R"(["new"])");
  begin();
  EXPECT_FALSE(start(write, R"(["newer"])")) << "the server's transaction has not begun";
  EXPECT_FALSE(start(by_number, "[]")) << "a parameter is missing";
  EXPECT_FALSE(start(by_number, "[1]", {.deadline = Clock::now() - std::chrono::seconds(1)})) << "it is late";
  ASSERT_TRUE(guest(*set_, write, R"(["newer"])").contains("rows_affected"));
  // Inside it a write may be started too, and is undone with it.
  const auto progress = start(write, R"(["newest"])");
  ASSERT_TRUE(progress);
  EXPECT_EQ(finish(*progress)["rows_affected"], 1);
  EXPECT_EQ(guest(*set_, by_number, "[1]")["rows"][0]["text"], "newest");
  connection().rollback();
  EXPECT_EQ(alone(*set_, by_number, "[1]")["rows"][0]["text"], "new");
}

TEST_P(StartedTest, Another_modules_schema_or_another_patience_is_not_started) {
  learn(by_number, "[1]");
  const MigrationSet other = migrate("depot", R"j([{"version":1,"operations":[{"type":"create_table","table":"crate","columns":[{"name":"number","sql_type":"BIGINT"}]}]}])j");
  ASSERT_FALSE(alone(other, "SELECT number FROM crate").contains("error"));  // the session looks for names in depot now
  begin();
  EXPECT_FALSE(start(by_number, "[1]"));
  EXPECT_EQ(guest(*set_, by_number, "[1]")["rows"].size(), 1U);
  EXPECT_TRUE(start(by_number, "[1]"));
  EXPECT_EQ(finish(Progress::waits)["rows"].size(), 1U);
  connection().rollback();
  begin(500'000);  // the server should be given more time than this session says
  EXPECT_FALSE(start(by_number, "[1]"));
}

TEST_P(StartedTest, A_failure_fails_the_transaction) {
  constexpr std::string_view quotient = "SELECT 10 / (number - $1) AS share FROM item ORDER BY number";
  learn(quotient, "[7]");
  begin();
  const auto progress = start(quotient, "[2]");
  ASSERT_TRUE(progress);
  const json failed = finish(*progress);
  EXPECT_EQ(failed.value("error", "none"), run_guest_elsewhere(quotient, "[2]"));
  EXPECT_EQ(guest(*set_, by_number, "[1]").value("error", ""), "TRANSACTION_ABORTED");
  connection().rollback();
  EXPECT_EQ(alone(*set_, by_number, "[1]")["rows"].size(), 1U);
  EXPECT_FALSE(connection().broken());
}

TEST_P(StartedTest, A_result_beyond_its_bound_is_stopped) {
  constexpr std::string_view many = "SELECT a.number AS a, b.number AS b, c.number AS c FROM item AS a, item AS b, item AS c";
  learn(many, "");
  begin();
  const auto progress = start(many, "", {.deadline = soon(), .result_bytes_max = 100});
  ASSERT_TRUE(progress);
  EXPECT_EQ(finish(*progress).value("error", ""), "LIMIT");
  connection().rollback();
  EXPECT_FALSE(connection().broken());
  EXPECT_EQ(alone(*set_, many)["rows"].size(), 27U);
}

TEST_P(StartedTest, Who_has_no_patience_left_may_finish_early) {
  learn(by_number, "[1]");
  // Somebody holds the table, so the answer does not come.
  const auto other = connect();
  ASSERT_TRUE(other->begin(soon()).ok());
  ASSERT_TRUE(other->run({R"(LOCK TABLE shop.item IN ACCESS EXCLUSIVE MODE)"}).ok());
  begin();
  const auto progress = start(by_number, "[1]", {.deadline = soon(200)});
  ASSERT_EQ(progress, Progress::waits);
  const auto outcome = connection().finish_guest();  // waits until the deadline, then has the server cancel
  ASSERT_TRUE(std::holds_alternative<StatementError>(outcome));
  EXPECT_EQ(std::get<StatementError>(outcome).code, "DEADLINE");
  other->rollback();
  connection().rollback();
  EXPECT_FALSE(connection().broken());
  EXPECT_EQ(alone(*set_, by_number, "[1]")["rows"].size(), 1U);
}

TEST_P(StartedTest, A_lost_server_is_noticed) {
  learn(by_number, "[1]");
  const auto pid = host("SELECT pg_backend_pid()")[0][0].value();
  learn(by_number, "[1]");  // host statements set the session's patience to its default
  const auto other = connect();
  begin();
  ASSERT_TRUE(other->run({"SELECT pg_terminate_backend(" + pid + ", 5000)"}).ok());
  const auto progress = start(by_number, "[1]");
  if (progress) EXPECT_EQ(finish(*progress).value("error", ""), "UNAVAILABLE");
  else EXPECT_EQ(guest(*set_, by_number, "[1]").value("error", ""), "UNAVAILABLE");
  EXPECT_TRUE(connection().broken());
  EXPECT_TRUE(connection().untouched());
}

}  // namespace
}  // namespace ingot::db
