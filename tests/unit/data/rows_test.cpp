// SPDX-License-Identifier: Apache-2.0
// One row's life: made, changed, deleted, restored, removed; what is kept of it and what is refused.
#include "shop.hpp"

namespace ingot::data {
namespace {

using nlohmann::json;

class RowsTest : public ShopTest {};
INGOT_ON_BOTH_DATABASES(RowsTest);

TEST_P(RowsTest, A_row_is_made_read_changed_deleted_restored_and_removed) {
  const json row = made("contact", {{"email", "ada@x.org"}, {"name", "Ada"}, {"credit_cents", 9007199254740993}, {"rating", 0.1}, {"limit_eur", "12345678901234567890.25"},
                                    {"born", "1815-12-10"}, {"active", true}, {"extra", {{"a", {1, 2}}}}});
  const std::string id = row["id"];
  EXPECT_EQ(row["credit_cents"], 9007199254740993);
  EXPECT_EQ(row["rating"], 0.1);
  EXPECT_EQ(row["limit_eur"], "12345678901234567890.25");
  EXPECT_EQ(row["born"], "1815-12-10");
  EXPECT_EQ(row["active"], true);
  EXPECT_EQ(row["extra"], json::parse(R"({"a":[1,2]})"));
  EXPECT_EQ(row["version"], 1);
  EXPECT_TRUE(row["deleted_at"].is_null());
  EXPECT_EQ(ask({{"op", "get"}, {"table", "contact"}, {"id", id}})["row"], row);

  const json changed = ask({{"op", "update"}, {"table", "contact"}, {"id", id}, {"set", {{"name", nullptr}, {"credit_cents", -1}}}, {"version", 1}});
  EXPECT_EQ(changed["row"]["version"], 2);
  EXPECT_TRUE(changed["row"]["name"].is_null());
  EXPECT_EQ(changed["row"]["credit_cents"], -1);
  EXPECT_EQ(changed["row"]["email"], "ada@x.org");

  const json late = ask({{"op", "update"}, {"table", "contact"}, {"id", id}, {"set", {{"name", "Eve"}}}, {"version", 1}});
  EXPECT_EQ(late["error"], "CONFLICT");
  EXPECT_NE(late["message"].get<std::string>().find("version 2"), std::string::npos) << late;

  EXPECT_TRUE(ask({{"op", "delete"}, {"table", "contact"}, {"id", id}})["row"]["deleted_at"].is_string());
  EXPECT_EQ(code({{"op", "delete"}, {"table", "contact"}, {"id", id}}), "NOT_FOUND");
  EXPECT_EQ(code({{"op", "get"}, {"table", "contact"}, {"id", id}}), "NOT_FOUND");
  EXPECT_EQ(code({{"op", "update"}, {"table", "contact"}, {"id", id}, {"set", {{"name", "x"}}}}), "NOT_FOUND");
  EXPECT_EQ(code({{"op", "update"}, {"table", "contact"}, {"id", id}, {"set", {{"name", "x"}}}, {"version", 3}}), "NOT_FOUND");
  EXPECT_EQ(ask({{"op", "count"}, {"table", "contact"}})["count"], 0);
  EXPECT_EQ(ask({{"op", "count"}, {"table", "contact"}, {"deleted", "only"}})["count"], 1);
  EXPECT_EQ(ask({{"op", "get"}, {"table", "contact"}, {"id", id}, {"deleted", "include"}})["row"]["id"], id);

  EXPECT_TRUE(ask({{"op", "restore"}, {"table", "contact"}, {"id", id}})["row"]["deleted_at"].is_null());
  EXPECT_EQ(code({{"op", "restore"}, {"table", "contact"}, {"id", id}}), "NOT_FOUND");
  EXPECT_EQ(ask({{"op", "count"}, {"table", "contact"}})["count"], 1);

  EXPECT_EQ(code({{"op", "hard_delete"}, {"table", "contact"}, {"id", id}}), "NOT_ALLOWED");
  granted.insert("shop:contact:hard_delete");
  through_module = true;
  EXPECT_EQ(ask({{"op", "hard_delete"}, {"table", "contact"}, {"id", id}})["row"]["id"], id);
  EXPECT_EQ(ask({{"op", "count"}, {"table", "contact"}, {"deleted", "include"}})["count"], 0);

  // Newest first; what was given, and of what is gone all there was.
  const json entries = ask({{"op", "history"}, {"table", "contact"}, {"id", id}})["entries"];
  std::vector<std::string> actions;
  for (const json& entry : entries) actions.push_back(entry["action"]);
  EXPECT_EQ(actions, (std::vector<std::string>{"hard_delete", "restore", "delete", "update", "create"}));
  EXPECT_EQ(entries[3]["detail"], json::parse(R"({"name":null,"credit_cents":-1})"));
  EXPECT_EQ(entries[0]["detail"]["email"], "ada@x.org");
  EXPECT_EQ(entries[0]["subject"], "u-1");
  EXPECT_EQ(entries[0]["request_id"], "r-1");
}

TEST_P(RowsTest, Values_arrive_byte_for_byte) {
  const std::string digits = "123456789012345678901234567890";
  ask_text(R"({"op":"create","table":"contact","values":{"email":"a","extra":{"n":)" + digits + "}}}");
  EXPECT_NE(last_text.find(digits), std::string::npos) << last_text;
  // A scalar in a JSON column is JSON too.
  for (const char* scalar : {R"("text")", "1.5", "true", R"("")"}) {
    const json answer = ask_text(std::string(R"({"op":"upsert","table":"contact","key":["email"],"values":{"email":"b","extra":)") + scalar + "}}");
    EXPECT_EQ(answer["row"]["extra"].dump(), scalar) << answer;
  }
  const std::string hostile = "'; DROP TABLE contact; --\"\\ \u00e9\u0001$1";
  EXPECT_EQ(made("contact", {{"email", "c"}, {"name", hostile}})["name"], hostile);
  EXPECT_EQ(ask({{"op", "find"}, {"table", "contact"}, {"where", {{"name", "=", hostile}}}})["rows"].size(), 1U);
}

TEST_P(RowsTest, Many_rows_are_few_statements_and_come_back_in_order) {
  json rows = json::array();
  for (int at = 0; at < 1000; ++at) rows.push_back({{"email", "e" + std::to_string(at)}, {"credit_cents", at}});
  rows[500] = {{"email", "odd"}};
  const std::size_t before = store_->statements;
  const json answer = ask({{"op", "create"}, {"table", "contact"}, {"rows", rows}});
  ASSERT_EQ(answer["rows"].size(), 1000U) << answer.dump().substr(0, 300);
  for (std::size_t at = 0; at < 1000; ++at) EXPECT_EQ(answer["rows"][at]["email"], rows[at]["email"]);
  EXPECT_LE(store_->statements - before, 5U);
  EXPECT_EQ(ask({{"op", "history"}, {"table", "contact"}, {"id", answer["rows"][999]["id"]}})["entries"][0]["detail"], rows[999]);
  rows.push_back({{"email", "one too many"}});
  EXPECT_EQ(code({{"op", "create"}, {"table", "contact"}, {"rows", rows}}), "INVALID_PARAMS");
}

TEST_P(RowsTest, Upsert_makes_changes_and_restores) {
  const json upsert{{"op", "upsert"}, {"table", "contact"}, {"key", {"email"}}, {"values", {{"email", "a"}, {"name", "one"}}}};
  const json first = ask(upsert)["row"];
  json again = upsert;
  again["values"]["name"] = "two";
  const json second = ask(again)["row"];
  EXPECT_EQ(second["id"], first["id"]);
  EXPECT_EQ(second["name"], "two");
  EXPECT_EQ(second["version"], 2);
  EXPECT_TRUE(ask({{"op", "delete"}, {"table", "contact"}, {"id", first["id"]}}).contains("row"));
  EXPECT_TRUE(ask(upsert)["row"]["deleted_at"].is_null());
  EXPECT_EQ(ask({{"op", "count"}, {"table", "contact"}})["count"], 1);
  again["key"] = {"name"};
  EXPECT_EQ(code(again), "INVALID_SQL");  // no unique index has it
}

TEST_P(RowsTest, A_batch_is_all_or_nothing_and_the_transaction_goes_on) {
  const json one{{"op", "create"}, {"table", "contact"}, {"values", {{"email", "a"}}}}, two{{"op", "create"}, {"table", "contact"}, {"values", {{"email", "b"}}}};
  const json failed = ask({{"op", "batch"}, {"steps", {one, two, one}}});
  EXPECT_EQ(failed["error"], "UNIQUE_VIOLATION");
  EXPECT_TRUE(failed["message"].get<std::string>().starts_with("step 3: ")) << failed;
  EXPECT_EQ(ask({{"op", "count"}, {"table", "contact"}})["count"], 0);
  const json good = ask({{"op", "batch"}, {"steps", {one, two, {{"op", "count"}, {"table", "contact"}}}}});
  EXPECT_EQ(good["results"][1]["row"]["email"], "b");
  EXPECT_EQ(good["results"][2]["count"], 2);
  EXPECT_EQ(code({{"op", "batch"}, {"steps", {{{"op", "batch"}, {"steps", {one}}}}}}), "INVALID_PARAMS");
  EXPECT_EQ(code({{"op", "batch"}, {"steps", {{{"op", "savepoint"}}}}}), "INVALID_PARAMS");
  EXPECT_EQ(code({{"op", "batch"}, {"steps", json::array()}}), "INVALID_PARAMS");
  EXPECT_EQ(ask({{"op", "count"}, {"table", "contact"}})["count"], 2);
}

TEST_P(RowsTest, Savepoints_nest_and_undo_what_failed) {
  made("contact", {{"email", "a"}});
  EXPECT_EQ(code({{"op", "rollback"}}), "INVALID_PARAMS");
  EXPECT_EQ(code({{"op", "savepoint"}}), "none");
  made("contact", {{"email", "b"}});
  EXPECT_EQ(code({{"op", "savepoint"}}), "none");
  made("contact", {{"email", "c"}});
  EXPECT_EQ(code({{"op", "create"}, {"table", "contact"}, {"values", {{"email", "a"}}}}), "UNIQUE_VIOLATION");
  EXPECT_EQ(code({{"op", "count"}, {"table", "contact"}}), "TRANSACTION_ABORTED");
  EXPECT_EQ(code({{"op", "rollback"}}), "none");
  EXPECT_EQ(ask({{"op", "count"}, {"table", "contact"}})["count"], 2);
  EXPECT_EQ(code({{"op", "release"}}), "none");
  EXPECT_EQ(savepoints, 0U);
  EXPECT_EQ(ask({{"op", "count"}, {"table", "contact"}})["count"], 2);
  for (std::size_t at = 0; at < savepoints_max; ++at) EXPECT_EQ(code({{"op", "savepoint"}}), "none");
  EXPECT_EQ(code({{"op", "savepoint"}}), "LIMIT");
}

TEST_P(RowsTest, A_declared_permission_is_asked_of_the_client_and_no_other) {
  declared = {"shop:contact:create", "shop:contact:read", "shop:company:update"};
  const json create{{"op", "create"}, {"table", "contact"}, {"values", {{"email", "a"}}}};
  EXPECT_EQ(code(create), "NOT_ALLOWED");
  EXPECT_EQ(code({{"op", "batch"}, {"steps", {create}}}), "NOT_ALLOWED");
  EXPECT_EQ(code({{"op", "upsert"}, {"table", "contact"}, {"key", {"email"}}, {"values", {{"email", "a"}}}}), "NOT_ALLOWED");
  EXPECT_EQ(code({{"op", "find"}, {"table", "contact"}}), "NOT_ALLOWED");
  EXPECT_EQ(code({{"op", "find"}, {"table", "company"}}), "none");
  through_module = true;
  EXPECT_EQ(code(create), "none");
  through_module = false;
  granted = {"shop:contact:create", "shop:contact:read"};
  EXPECT_EQ(ask({{"op", "find"}, {"table", "contact"}})["rows"].size(), 1U);
}

TEST_P(RowsTest, Requests_that_are_wrong_say_so_and_reach_no_database) {
  const std::string id = made("contact", {{"email", "a"}})["id"];
  const std::size_t before = store_->statements;
  const std::string evil = "contact; DROP TABLE contact";
  const std::vector<std::string> wrong_texts = {
      "", "{", "[]", "null", "1", "\"find\"", "{}", R"({"op":1})", R"({"op":"drop"})", R"({"op":"find"})", R"({"op":"find","table":7})",
      R"({"op":"find","table":")" + evil + R"("})",
      R"({"op":"find","table":"contact","extra":1})",
      R"({"op":"find","table":"contact","table":"contact"})",
      R"({"op":"find","table":"ingot_audit"})",
      R"({"op":"find","table":"contact","fields":["email; --"]})",
      R"({"op":"find","table":"contact","fields":["email","email"]})",
      R"({"op":"find","table":"contact","fields":[]})",
      R"({"op":"find","table":"contact","fields":"*"})",
      R"({"op":"find","table":"contact","sort":["email DESC"]})",
      R"({"op":"find","table":"contact","sort":["--email"]})",
      R"({"op":"find","table":"contact","sort":["email","-email"]})",
      R"({"op":"find","table":"contact","sort":["extra"]})",
      R"({"op":"find","table":"contact","sort":"email"})",
      R"({"op":"find","table":"contact","limit":0})",
      R"({"op":"find","table":"contact","limit":1001})",
      R"({"op":"find","table":"contact","limit":"1; --"})",
      R"({"op":"find","table":"contact","limit":1.5})",
      R"({"op":"find","table":"contact","deleted":"all"})",
      R"({"op":"find","table":"contact","after":"?"})",
      R"({"op":"find","table":"contact","after":"W10"})",
      R"({"op":"find","table":"contact","after":"WyJlbWFpbCIsMV0"})",
      R"({"op":"find","table":"contact","where":"email = 'a'"})",
      R"({"op":"find","table":"contact","where":[["email","=","a"],1]})",
      R"({"op":"find","table":"contact","where":["email","="]})",
      R"({"op":"find","table":"contact","where":["email","OR 1=1","a"]})",
      R"({"op":"find","table":"contact","where":["1=1 OR email","=","a"]})",
      R"({"op":"find","table":"contact","where":["email","<",null]})",
      R"({"op":"find","table":"contact","where":["email","=",["a"]]})",
      R"({"op":"find","table":"contact","where":["email","in","a"]})",
      R"({"op":"find","table":"contact","where":["email","in",[null]]})",
      R"({"op":"find","table":"contact","where":["extra","=","a"]})",
      R"({"op":"find","table":"contact","where":["credit_cents","like","1%"]})",
      R"({"op":"find","table":"contact","where":{"xor":[]}})",
      R"({"op":"find","table":"contact","where":{"and":[],"or":[]}})",
      R"({"op":"find","table":"contact","where":[[[[[[[[["email","=","a"]]]]]]]]]})",
      R"({"op":"find","table":"contact","with":{"email":{"by":"company_id"}}})",
      R"({"op":"find","table":"contact","with":{"c\";--":{"by":"company_id"}}})",
      R"({"op":"find","table":"contact","with":{"c":{"by":"email"}}})",
      R"({"op":"find","table":"contact","with":{"c":{"by":"company_id","fields":["id; --"]}}})",
      R"({"op":"get","table":"contact"})", R"({"op":"get","table":"contact","id":7})",
      R"({"op":"count","table":"contact","sort":["email"]})",
      R"({"op":"create","table":"contact"})", R"({"op":"create","table":"contact","values":{}})",
      R"({"op":"create","table":"contact","values":{"email":"b"},"rows":[]})",
      R"({"op":"create","table":"contact","rows":[]})", R"({"op":"create","table":"contact","rows":[1]})",
      R"({"op":"create","table":"contact","values":{"email) VALUES (1); --":"b"}})",
      R"({"op":"create","table":"contact","values":{"email":"b","email":"c"}})",
      R"({"op":"create","table":"contact","values":{"email":"b","created_at":"2026-01-01"}})",
      R"({"op":"create","table":"contact","values":{"email":"b","version":9}})",
      R"({"op":"update","table":"contact","id":")" + id + R"("})",
      R"({"op":"update","table":"contact","id":")" + id + R"(","set":{"id":"x"}})",
      R"({"op":"update","table":"contact","id":")" + id + R"(","set":{"deleted_at":null}})",
      R"({"op":"update","table":"contact","id":")" + id + R"(","set":{"name":"x"},"version":"1 OR 1=1"})",
      R"({"op":"update","table":"company","id":")" + id + R"(","set":{"name":"x"},"version":1})",
      R"({"op":"upsert","table":"contact","values":{"email":"b"}})",
      R"({"op":"upsert","table":"contact","key":[],"values":{"email":"b"}})",
      R"({"op":"upsert","table":"contact","key":["name"],"values":{"email":"b"}})",
      R"({"op":"upsert","table":"contact","key":["email) DO NOTHING; --"],"values":{"email":"b"}})",
  };
  for (const std::string& text : wrong_texts) {
    const json answer = ask_text(text);
    EXPECT_EQ(answer.value("error", "none"), "INVALID_PARAMS") << text << " gave " << answer;
    EXPECT_GT(answer.value("message", "").size(), 10U) << text;
  }
  EXPECT_EQ(ask_text(std::string(100'000, '[') + std::string(100'000, ']'))["error"], "INVALID_PARAMS");
  // An id that no row can have is one that is not there.
  for (const char* op : {"get", "delete", "restore"}) EXPECT_EQ(code({{"op", op}, {"table", "contact"}, {"id", "' OR ''='"}}), "NOT_FOUND");
  EXPECT_EQ(store_->statements, before);
  EXPECT_EQ(ask({{"op", "count"}, {"table", "contact"}})["count"], 1);
}

}  // namespace
}  // namespace ingot::data
