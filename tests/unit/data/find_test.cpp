// SPDX-License-Identifier: Apache-2.0
// Reading against a model in this file: conditions, pages in every order, relations.
#include <algorithm>
#include <functional>
#include <random>

#include "shop.hpp"

namespace ingot::data {
namespace {

using nlohmann::json;

class FindTest : public ShopTest {
 protected:
  /// `count` rows with many equal values and NULLs, as the service gives them back.
  std::vector<json> fill(int count) {
    std::mt19937 random(7);
    const auto below = [&](int bound) { return static_cast<int>(random() % static_cast<unsigned>(bound)); };
    json rows = json::array();
    for (int at = 0; at < count; ++at) {
      json row{{"email", "e" + std::to_string(at)}, {"name", nullptr}, {"credit_cents", below(5) - 2}, {"rating", nullptr}, {"born", nullptr}, {"seen", nullptr}, {"active", nullptr}, {"limit_eur", nullptr}};
      if (below(4) > 0) row["name"] = std::vector<std::string>{"a", "B", "b", "\u00e9", "aa", ""}[static_cast<std::size_t>(below(6))];
      if (below(3) > 0) row["rating"] = below(4) / 4.0;
      if (below(3) > 0) row["born"] = "19" + std::to_string(70 + below(4)) + "-01-01";
      // Microseconds, which an answer shows no more: PostgreSQL keeps them.
      if (below(3) > 0) row["seen"] = "2026-01-31T12:00:00.000" + std::to_string(100 + below(3)) + "Z";
      if (below(3) > 0) row["active"] = below(2) == 1;
      if (below(3) > 0) row["limit_eur"] = std::to_string(below(12)) + ".50";
      rows.push_back(row);
    }
    const json made_rows = ask({{"op", "create"}, {"table", "contact"}, {"rows", rows}});
    EXPECT_TRUE(made_rows.contains("rows")) << made_rows;
    return made_rows["rows"].get<std::vector<json>>();
  }
  std::vector<std::string> emails(const json& answer) {
    EXPECT_TRUE(answer.contains("rows")) << answer;
    std::vector<std::string> all;
    for (const json& row : answer.value("rows", json::array())) all.push_back(row["email"]);
    return all;
  }
};
INGOT_ON_BOTH_DATABASES(FindTest);

TEST_P(FindTest, Conditions_mean_what_they_say) {
  const std::vector<json> rows = fill(120);
  using Test = std::function<bool(const json&)>;
  const auto has = [](const json& row, const char* column) { return !row[column].is_null(); };
  const std::vector<std::pair<json, Test>> cases = {
      {json::array(), [](const json&) { return true; }},
      {{{"or", json::array()}}, [](const json&) { return false; }},
      {{"credit_cents", ">", 0}, [](const json& row) { return row["credit_cents"] > 0; }},
      {{"credit_cents", ">=", 0}, [](const json& row) { return row["credit_cents"] >= 0; }},
      {{"credit_cents", "!=", 1}, [](const json& row) { return row["credit_cents"] != 1; }},
      {{"name", "=", nullptr}, [&](const json& row) { return !has(row, "name"); }},
      {{"name", "!=", nullptr}, [&](const json& row) { return has(row, "name"); }},
      {{"name", "!=", "b"}, [&](const json& row) { return has(row, "name") && row["name"] != "b"; }},
      {{"name", "<", "a"}, [&](const json& row) { return has(row, "name") && row["name"].get<std::string>() < "a"; }},
      {{"name", "like", "a%"}, [&](const json& row) { return has(row, "name") && row["name"].get<std::string>().starts_with("a"); }},
      {{"name", "in", {"a", "B", "z"}}, [&](const json& row) { return row["name"] == "a" || row["name"] == "B"; }},
      {{"name", "in", json::array()}, [](const json&) { return false; }},
      {{"name", "not_in", {"a"}}, [&](const json& row) { return has(row, "name") && row["name"] != "a"; }},
      {{"rating", "<=", 0.25}, [&](const json& row) { return has(row, "rating") && row["rating"] <= 0.25; }},
      {{"born", ">", "1971-01-01"}, [&](const json& row) { return has(row, "born") && row["born"].get<std::string>() > "1971-01-01"; }},
      {{"active", "=", true}, [](const json& row) { return row["active"] == true; }},
      {{"limit_eur", "<", "9.75"}, [&](const json& row) { return has(row, "limit_eur") && std::stod(row["limit_eur"].get<std::string>()) < 9.75; }},
      {{{"credit_cents", ">", 0}, {"active", "=", false}}, [](const json& row) { return row["credit_cents"] > 0 && row["active"] == false; }},
      {{{"or", {{"credit_cents", "=", 2}, {{"active", "=", true}, {"name", "=", "a"}}}}}, [](const json& row) { return row["credit_cents"] == 2 || (row["active"] == true && row["name"] == "a"); }},
      {{{"not", {"credit_cents", "<", 0}}}, [](const json& row) { return row["credit_cents"] >= 0; }},
      {{{"and", {{{"not", {"name", "=", nullptr}}}, {{"or", {{"rating", "=", nullptr}, {"rating", "=", 0}}}}}}},
       [&](const json& row) { return has(row, "name") && (!has(row, "rating") || row["rating"] == 0.0); }},
  };
  for (const auto& [where, test] : cases) {
    std::set<std::string> expected;
    for (const json& row : rows) {
      if (test(row)) expected.insert(row["email"]);
    }
    const json answer = ask({{"op", "find"}, {"table", "contact"}, {"where", where}, {"limit", 1000}});
    const std::vector<std::string> found = emails(answer);
    EXPECT_EQ(std::set<std::string>(found.begin(), found.end()), expected) << where;
    EXPECT_EQ(ask({{"op", "count"}, {"table", "contact"}, {"where", where}})["count"], expected.size()) << where;
  }
}

TEST_P(FindTest, Pages_in_every_order_are_the_whole_without_gap_or_repeat) {
  const std::vector<json> rows = fill(90);
  const std::vector<std::string> columns = {"name", "credit_cents", "rating", "born", "active", "limit_eur"};
  const auto value_less = [](const json& left, const json& right, const std::string& column) {
    if (column == "limit_eur") return std::stod(left.get<std::string>()) < std::stod(right.get<std::string>());
    return left < right;  // texts by their bytes, which is by code point in UTF-8
  };
  std::mt19937 random(11);
  for (int round = 0; round < 24; ++round) {
    // One to three columns, in either direction; the id decides between equals, in the direction of the last.
    std::vector<std::string> order = columns;
    std::ranges::shuffle(order, random);
    order.resize(1 + random() % 3);
    std::vector<std::pair<std::string, bool>> keys;
    json sort = json::array();
    for (const std::string& column : order) {
      keys.emplace_back(column, random() % 2 == 1);
      sort.push_back((keys.back().second ? "-" : "") + column);
    }
    keys.emplace_back("id", keys.back().second);
    std::vector<json> expected = rows;
    std::ranges::sort(expected, [&](const json& left, const json& right) {
      for (const auto& [column, descending] : keys) {
        const json &one = left[column], &other = right[column];
        if (one == other) continue;
        if (one.is_null() || other.is_null()) return other.is_null();
        return descending ? value_less(other, one, column) : value_less(one, other, column);
      }
      return false;
    });
    std::vector<std::string> wanted, found;
    for (const json& row : expected) wanted.push_back(row["email"]);
    json request{{"op", "find"}, {"table", "contact"}, {"fields", {"email"}}, {"sort", sort}, {"limit", 1 + random() % 20}};
    for (;;) {
      const json answer = ask(request);
      ASSERT_TRUE(answer.contains("rows")) << answer << " to " << request;
      ASSERT_LE(answer["rows"].size(), request["limit"].get<std::size_t>());
      for (const json& row : answer["rows"]) {
        EXPECT_EQ(row.size(), 1U);
        found.push_back(row["email"]);
      }
      if (answer["next"].is_null()) break;
      ASSERT_EQ(answer["rows"].size(), request["limit"].get<std::size_t>());
      request["after"] = answer["next"];
    }
    EXPECT_EQ(found, wanted) << sort;
  }
}

TEST_P(FindTest, Pages_by_a_time_lose_none_that_differ_in_digits_nobody_is_shown) {
  const std::vector<json> rows = fill(60);
  for (const char* sort : {"seen", "-seen", "created_at", "-updated_at"}) {
    json request{{"op", "find"}, {"table", "contact"}, {"fields", {"email"}}, {"sort", {sort}}, {"limit", 7}};
    std::multiset<std::string> found;
    for (int pages = 0; pages < 20; ++pages) {
      const json answer = ask(request);
      for (const std::string& email : emails(answer)) found.insert(email);
      if (!answer.contains("next") || answer["next"].is_null()) break;
      request["after"] = answer["next"];
    }
    EXPECT_EQ(found.size(), rows.size()) << sort;
    EXPECT_EQ(std::set<std::string>(found.begin(), found.end()).size(), rows.size()) << sort;
  }
}

TEST_P(FindTest, What_is_written_between_pages_moves_none) {
  for (const char* email : {"b", "d", "f", "h"}) made("contact", {{"email", email}});
  json request{{"op", "find"}, {"table", "contact"}, {"sort", {"email"}}, {"limit", 2}};
  const json first = ask(request);
  EXPECT_EQ(emails(first), (std::vector<std::string>{"b", "d"}));
  made("contact", {{"email", "a"}});
  made("contact", {{"email", "g"}});
  EXPECT_EQ(code({{"op", "delete"}, {"table", "contact"}, {"id", first["rows"][1]["id"]}}), "none");
  request["after"] = first["next"];
  const json second = ask(request);
  EXPECT_EQ(emails(second), (std::vector<std::string>{"f", "g"}));
  request["after"] = second["next"];
  EXPECT_EQ(emails(ask(request)), (std::vector<std::string>{"h"}));
  // A cursor belongs to its order.
  request["sort"] = {"-email"};
  EXPECT_EQ(code(request), "INVALID_PARAMS");
}

TEST_P(FindTest, A_relation_stands_in_its_row) {
  const json company = made("company", {{"name", "Acme"}});
  const json row = made("contact", {{"email", "a"}, {"company_id", company["id"]}});
  made("contact", {{"email", "b"}});
  json request{{"op", "find"}, {"table", "contact"}, {"fields", {"email"}}, {"sort", {"email"}}, {"with", {{"company", {{"by", "company_id"}, {"fields", {"name"}}}}, {"whole", {{"by", "company_id"}}}}}};
  const json rows = ask(request)["rows"];
  EXPECT_EQ(rows[0], (json{{"email", "a"}, {"company", {{"name", "Acme"}}}, {"whole", company}}));
  EXPECT_EQ(rows[1], (json{{"email", "b"}, {"company", nullptr}, {"whole", nullptr}}));
  const json one = ask({{"op", "get"}, {"table", "contact"}, {"id", row["id"]}, {"fields", {"email"}}, {"with", {{"company", {{"by", "company_id"}, {"fields", {"name"}}}}}}});
  EXPECT_EQ(one["row"], (json{{"email", "a"}, {"company", {{"name", "Acme"}}}}));
  // One that is deleted is not there, until deleted ones are asked for.
  EXPECT_EQ(code({{"op", "delete"}, {"table", "company"}, {"id", company["id"]}}), "none");
  EXPECT_TRUE(ask(request)["rows"][0]["company"].is_null());
  request["deleted"] = "include";
  EXPECT_EQ(ask(request)["rows"][0]["company"]["name"], "Acme");
}

TEST_P(FindTest, A_tenant_sees_its_own_rows_and_nothing_tells_it_of_others) {
  const json note{{"op", "create"}, {"table", "note"}, {"values", {{"code", "n1"}, {"text", "secret"}}}};
  EXPECT_EQ(code(note), "NOT_ALLOWED");  // nobody's tenant
  EXPECT_EQ(code({{"op", "find"}, {"table", "note"}}), "NOT_ALLOWED");
  tenant = "acme";
  const json acme = ask(note)["row"];
  EXPECT_EQ(acme["tenant_id"], "acme");
  EXPECT_EQ(code({{"op", "create"}, {"table", "note"}, {"values", {{"code", "n2"}, {"tenant_id", "umbrella"}}}}), "INVALID_PARAMS");
  const json remark = made("remark", {{"note_id", acme["id"]}, {"text", "mine"}});

  tenant = "umbrella";
  const json id = acme["id"];
  EXPECT_TRUE(ask({{"op", "find"}, {"table", "note"}, {"deleted", "include"}})["rows"].empty());
  EXPECT_TRUE(ask({{"op", "find"}, {"table", "note"}, {"where", {{"or", {{"tenant_id", "=", "acme"}, {"tenant_id", "!=", "x"}}}}}})["rows"].empty());
  EXPECT_EQ(ask({{"op", "count"}, {"table", "note"}})["count"], 0);
  granted = {"shop:note:hard_delete"};
  for (const char* op : {"get", "delete", "restore", "hard_delete"}) EXPECT_EQ(code({{"op", op}, {"table", "note"}, {"id", id}}), "NOT_FOUND") << op;
  EXPECT_EQ(code({{"op", "update"}, {"table", "note"}, {"id", id}, {"set", {{"text", "x"}}}}), "NOT_FOUND");
  EXPECT_TRUE(ask({{"op", "history"}, {"table", "note"}, {"id", id}})["entries"].empty());
  EXPECT_EQ(code({{"op", "create"}, {"table", "remark"}, {"values", {{"note_id", id}}}}), "FOREIGN_KEY_VIOLATION");
  EXPECT_EQ(code({{"op", "upsert"}, {"table", "note"}, {"key", {"id"}}, {"values", {{"id", id}, {"code", "n1"}, {"text", "x"}}}}), "CONFLICT");
  // The same code is another tenant's own row.
  const json own = ask({{"op", "upsert"}, {"table", "note"}, {"key", {"code"}}, {"values", {{"code", "n1"}, {"text", "own"}}}})["row"];
  EXPECT_EQ(own["tenant_id"], "umbrella");
  EXPECT_EQ(ask({{"op", "upsert"}, {"table", "note"}, {"key", {"code"}}, {"values", {{"code", "n1"}, {"text", "own 2"}}}})["row"]["id"], own["id"]);

  tenant = "acme";
  EXPECT_EQ(ask({{"op", "get"}, {"table", "note"}, {"id", id}})["row"], acme);
  EXPECT_EQ(ask({{"op", "history"}, {"table", "note"}, {"id", id}})["entries"].size(), 1U);
  EXPECT_EQ(ask({{"op", "get"}, {"table", "remark"}, {"id", remark["id"]}, {"with", {{"note", {{"by", "note_id"}, {"fields", {"text"}}}}}}})["row"]["note"]["text"], "secret");
}

}  // namespace
}  // namespace ingot::data
