// SPDX-License-Identifier: Apache-2.0
#pragma once
// A module with a few tables, and its requests to the data service, on either database.

#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "../db/test_database.hpp"
#include "data/service.hpp"

namespace ingot::data {

constexpr const char* shop_migrations = R"j({"version":1,"operations":[
  {"type":"create_table","table":"company","columns":[{"name":"name","sql_type":"VARCHAR(100)","nullable":false}]},
  {"type":"create_table","table":"contact","columns":[
    {"name":"email","sql_type":"VARCHAR(128)","nullable":false,"unique":true},{"name":"name","sql_type":"TEXT"},
    {"name":"credit_cents","sql_type":"BIGINT","nullable":false,"default":0},{"name":"rating","sql_type":"DOUBLE PRECISION"},
    {"name":"limit_eur","sql_type":"NUMERIC(30,2)"},{"name":"born","sql_type":"DATE"},{"name":"seen","sql_type":"TIMESTAMPTZ"},{"name":"active","sql_type":"BOOLEAN"},
    {"name":"extra","sql_type":"JSONB"},{"name":"company_id","sql_type":"UUID","references":{"table":"company"}},
    {"name":"version","sql_type":"INTEGER","nullable":false,"default":1}]},
  {"type":"create_table","table":"note","columns":[{"name":"tenant_id","sql_type":"TEXT","nullable":false},{"name":"code","sql_type":"TEXT","nullable":false},
    {"name":"text","sql_type":"TEXT"}]},
  {"type":"create_index","table":"note","columns":["tenant_id","code"],"unique":true},
  {"type":"create_table","table":"remark","columns":[{"name":"tenant_id","sql_type":"TEXT","nullable":false},{"name":"note_id","sql_type":"UUID","references":{"table":"note"}},
    {"name":"text","sql_type":"TEXT"}]}]})j";

/// A connection's open transaction, as the service needs it.
class ConnectionStore final : public Store {
 public:
  ConnectionStore(db::Connection& connection, db::Kind kind) : connection_(connection), audit_(kind) {}

  std::variant<db::GuestRows, db::StatementError> run(const db::Authority& authority, std::string_view sql, std::string_view params_json, bool must_return_rows) override {
    const auto params = db::parse_params(params_json);
    if (!params.ok()) return db::StatementError{"INVALID_PARAMS", params.error().message};
    ++statements;
    return connection_.run_guest(authority, {sql}, *params, {.deadline = db::soon()}, must_return_rows);
  }
  Result<void> open_part() override { return connection_.savepoint(); }
  Result<void> close_part(bool keep) override { return keep ? connection_.release_savepoint() : connection_.rollback_to_savepoint(); }
  Result<void> note(const db::AuditEntry& entry) override { return audit_.add(connection_, entry); }
  Result<std::vector<db::AuditEntry>> noted(const std::string& module, const std::string& table, const std::string& row_id, const std::string& tenant, int count) override {
    return audit_.of_row(connection_, module, table, row_id, tenant, count);
  }

  std::size_t statements = 0;

 private:
  db::Connection& connection_;
  db::AuditTable audit_;
};

/// Each test has one transaction, which nobody commits.
class ShopTest : public db::DatabaseTest {
 protected:
  void SetUp() override {
    DatabaseTest::SetUp();
    if (IsSkipped()) return;
    set_ = std::make_unique<db::MigrationSet>(migrate("shop", shop_migrations));
    store_ = std::make_unique<ConnectionStore>(connection(), GetParam());
    ASSERT_TRUE(connection().begin_write(db::soon()).ok());
  }

  /// The answer, or {"error":code,"message":...}.
  nlohmann::json ask_text(std::string_view request) {
    const db::Authority authority{"shop", &set_->schema()};
    const Caller caller{subject, tenant, "r-1", through_module, [this](const std::string& permission) { return granted.contains(permission); }};
    const auto answer = perform(*store_, {&authority, &declared}, caller, savepoints, request);
    if (const auto* error = std::get_if<db::StatementError>(&answer)) return {{"error", error->code}, {"message", error->message}};
    last_text = std::get<std::string>(answer);
    auto parsed = nlohmann::json::parse(last_text, nullptr, false);
    EXPECT_FALSE(parsed.is_discarded()) << last_text;
    return parsed;
  }
  nlohmann::json ask(const nlohmann::json& request) { return ask_text(request.dump()); }
  /// A row made, whole.
  nlohmann::json made(const char* table, const nlohmann::json& values) {
    const auto answer = ask({{"op", "create"}, {"table", table}, {"values", values}});
    EXPECT_TRUE(answer.contains("row")) << answer;
    return answer.value("row", nlohmann::json::object());
  }
  std::string code(const nlohmann::json& request) { return ask(request).value("error", "none"); }

  std::unique_ptr<db::MigrationSet> set_;
  std::unique_ptr<ConnectionStore> store_;
  std::string subject = "u-1", tenant, last_text;
  std::vector<std::string> declared;
  std::set<std::string> granted;
  bool through_module = false;
  std::size_t savepoints = 0;
};

}  // namespace ingot::data
