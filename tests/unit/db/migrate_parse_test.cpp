// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>

#include "db/migrate.hpp"

namespace ingot::db {
namespace {

std::string one(const std::string& operation) { return R"j({"entity":"e","version":1,"operations":[)j" + operation + "]}"; }

TEST(MigrationSet, Takes_the_contracts_own_example) {
  const auto set = MigrationSet::parse("crm", R"j({"entity":"contact","version":1,"operations":[
    {"type":"create_table","table":"company","columns":[]},
    {"type":"create_table","table":"contact","columns":[
       {"name":"email","sql_type":"VARCHAR(128)","nullable":false,"unique":true},
       {"name":"credit_cents","sql_type":"BIGINT","nullable":false,"default":0},
       {"name":"company_id","sql_type":"UUID","references":{"table":"company"}}]},
    {"type":"add_column","table":"contact","column":"nickname","sql_type":"TEXT","nullable":true},
    {"type":"create_index","table":"contact","columns":["email"],"unique":false}]})j");
  ASSERT_TRUE(set.ok()) << set.error().message;
  ASSERT_EQ(set->versions().size(), 1U);
  EXPECT_EQ(set->versions()[0].entity, "contact");
  EXPECT_EQ(set->versions()[0].checksum.size(), 64U);
  const Table* table = set->schema().find("contact");
  ASSERT_NE(table, nullptr);
  for (const char* name : {"id", "created_at", "updated_at", "deleted_at", "email", "credit_cents", "company_id", "nickname"}) {
    EXPECT_NE(table->find(name), nullptr) << name;
  }
  EXPECT_EQ(table->columns.size(), 8U);
  EXPECT_EQ(type_text(table->find("email")->type), "VARCHAR(128)");
  EXPECT_FALSE(table->find("email")->nullable);
  EXPECT_EQ(table->find("id")->type.name, TypeName::uuid);
}

TEST(MigrationSet, Takes_the_reference_modules_text_and_its_unknown_keys) {
  const auto set = MigrationSet::parse("vente_particulier", R"j({"data":{"id":1},"entity":"vente","operations":[{"column":"type_client",
      "nullable":true,"sql_type":"TEXT","table":"vente","type":"add_column","other":[1]}],"version":1})j");
  ASSERT_TRUE(set.ok()) << set.error().message;
  EXPECT_NE(set->schema().find("vente")->find("type_client"), nullptr);
  EXPECT_NE(set->schema().find("vente")->find("deleted_at"), nullptr);
}

TEST(MigrationSet, The_checksum_covers_meaning_not_spelling) {
  const auto sum = [](const std::string& text) { return MigrationSet::parse("m", text)->versions()[0].checksum; };
  const std::string a = sum(one(R"j({"type":"add_column","table":"t","column":"c","sql_type":"varchar( 5 )"})j"));
  EXPECT_EQ(a,
            sum(one(R"j({"nullable":true,"sql_type":"VARCHAR(5)","column":"c","table":"t","type":"add_column","unique":false,"x":1})j")));
  EXPECT_EQ(a, sum("[" + one(R"j({"type":"add_column","table":"t","column":"c","sql_type":"VARCHAR(5)","default":null})j") + "]"));
  EXPECT_NE(a, sum(one(R"j({"type":"add_column","table":"t","column":"c","sql_type":"VARCHAR(6)"})j")));
  EXPECT_NE(a, sum(one(R"j({"type":"add_column","table":"t","column":"c","sql_type":"VARCHAR(5)","nullable":false,"default":"x"})j")));
  EXPECT_NE(a, sum(one(R"j({"type":"add_column","table":"t","column":"c","sql_type":"VARCHAR(5)","default":"x"})j")));
}

/// Databases hold checksums of these texts. What is added to the contract later must leave them as they are.
TEST(MigrationSet, The_canonical_form_of_the_first_operations_never_changes) {
  const auto canonical = [](const std::string& operations) {
    const auto set = MigrationSet::parse("m", one(operations));
    EXPECT_TRUE(set.ok()) << operations;
    return set.ok() ? set->versions()[0].canonical : std::string();
  };
  const std::string table = R"j({"type":"create_table","table":"t","columns":[{"name":"c","sql_type":"text","default":"x","check_in":["x"]}]})j";
  const std::string table_text =
      R"j({"columns":[{"check_in":["x"],"default":"x","name":"c","nullable":true,"references":null,"sql_type":"TEXT","unique":false}],)j"
      R"j("table":"t","type":"create_table"})j";
  EXPECT_EQ(canonical(table), "[" + table_text + "]");
  EXPECT_EQ(canonical(table + R"j(,{"type":"add_index","table":"t","column":"c"})j"),
            "[" + table_text + R"j(,{"columns":["c"],"index_type":"btree","table":"t","type":"create_index","unique":false}])j");
  EXPECT_EQ(canonical(R"j({"type":"add_column","table":"t","column":"r","sql_type":"UUID","references":{"table":"t"}})j"),
            R"j([{"check_in":[],"column":"r","default":null,"nullable":true,"references":{"column":"id","table":"t"},"sql_type":"UUID",)j"
            R"j("table":"t","type":"add_column","unique":false}])j");
  EXPECT_EQ(canonical(table + R"j(,{"type":"rename_column","table":"t","column":"c","new_name":"d"},{"type":"drop_column","table":"t","column":"d"},
                                  {"type":"drop_table","table":"t"})j"),
            "[" + table_text + R"j(,{"column":"c","new_name":"d","table":"t","type":"rename_column"},{"column":"d","table":"t","type":"drop_column"},)j"
                               R"j({"table":"t","type":"drop_table"}])j");
}

TEST(MigrationSet, Folds_renames_and_drops) {
  const auto set = MigrationSet::parse("m", R"j([
    {"version":1,"operations":[{"type":"create_table","table":"a","columns":[{"name":"x","sql_type":"TEXT"},{"name":"y","sql_type":"TEXT"}]},
                               {"type":"create_table","table":"b"}]},
    {"version":7,"operations":[{"type":"rename_column","table":"a","column":"x","new_name":"z"},{"type":"drop_column","table":"a","column":"y"},
                               {"type":"drop_table","table":"b"}]}])j");
  ASSERT_TRUE(set.ok()) << set.error().message;
  EXPECT_EQ(set->schema().tables.size(), 1U);
  EXPECT_NE(set->schema().find("a")->find("z"), nullptr);
  EXPECT_EQ(set->schema().find("a")->find("x"), nullptr);
  EXPECT_EQ(set->schema().find("a")->find("y"), nullptr);
}

TEST(MigrationSet, Refuses_a_bad_operation_and_says_where) {
  const std::string table =
      R"j({"type":"create_table","table":"t","columns":[{"name":"c","sql_type":"TEXT"},{"name":"n","sql_type":"INTEGER"}]},)j";
  for (
      const char* operation : {
          R"j({"type":"truncate","table":"t"})j",
          R"j({"table":"t"})j",
          R"j({"type":1})j",
          R"j("drop")j",
          R"j({"type":"create_table"})j",
          R"j({"type":"create_table","table":"t"})j",
          R"j({"type":"create_table","table":"T2"})j",
          R"j({"type":"create_table","table":"select"})j",
          R"j({"type":"create_table","table":"pg_x"})j",
          R"j({"type":"create_table","table":"ingot_x"})j",
          R"j({"type":"create_table","table":"u","columns":{}})j",
          R"j({"type":"create_table","table":"u","columns":[1]})j",
          R"j({"type":"create_table","table":"u","columns":[{"name":"id","sql_type":"TEXT"}]})j",
          R"j({"type":"create_table","table":"u","columns":[{"name":"a","sql_type":"TEXT"},{"name":"a","sql_type":"TEXT"}]})j",
          R"j({"type":"create_table","table":"u","columns":[{"name":"a","sql_type":"BLOB"}]})j",
          R"j({"type":"create_table","table":"u","columns":[{"name":"a","sql_type":"TEXT","nullable":"no"}]})j",
          R"j({"type":"create_table","table":"u","columns":[{"name":"a","sql_type":"UUID","references":{"table":"nowhere"}}]})j",
          R"j({"type":"create_table","table":"u","columns":[{"name":"a","sql_type":"TEXT","references":{"table":"t","column":"c"}}]})j",
          R"j({"type":"create_table","table":"u","columns":[{"name":"a","sql_type":"TEXT","references":{"table":"t"}}]})j",
          R"j({"type":"create_table","table":"u","columns":[{"name":"a","sql_type":"UUID","references":"t"}]})j",
          R"j({"type":"create_table","table":"u","columns":[{"name":"a","sql_type":"INTEGER","default":"1"}]})j",
          R"j({"type":"create_table","table":"u","columns":[{"name":"a","sql_type":"SMALLINT","default":40000}]})j",
          R"j({"type":"create_table","table":"u","columns":[{"name":"a","sql_type":"INTEGER","default":1.5}]})j",
          R"j({"type":"create_table","table":"u","columns":[{"name":"a","sql_type":"BOOLEAN","default":1}]})j",
          R"j({"type":"create_table","table":"u","columns":[{"name":"a","sql_type":"VARCHAR(2)","default":"abc"}]})j",
          R"j({"type":"create_table","table":"u","columns":[{"name":"a","sql_type":"UUID","default":"x"}]})j",
          R"j({"type":"create_table","table":"u","columns":[{"name":"a","sql_type":"TEXT","default":{"function":"now"}}]})j",
          R"j({"type":"create_table","table":"u","columns":[{"name":"a","sql_type":"TIMESTAMPTZ","default":{"function":"pg_sleep(9)"}}]})j",
          R"j({"type":"create_table","table":"u","columns":[{"name":"a","sql_type":"TEXT","default":["x"]}]})j",
          R"j({"type":"create_table","table":"u","columns":[{"name":"a","sql_type":"TEXT","check_in":[]}]})j",
          R"j({"type":"create_table","table":"u","columns":[{"name":"a","sql_type":"TEXT","check_in":[1]}]})j",
          R"j({"type":"create_table","table":"u","columns":[{"name":"a","sql_type":"INTEGER","check_in":["1"]}]})j",
          R"j({"type":"create_table","table":"u","columns":[{"name":"a","sql_type":"REAL","check_in":[1]}]})j",
          R"j({"type":"create_table","table":"u","columns":[{"name":"a","sql_type":"JSON","unique":true}]})j",
          R"j({"type":"add_column","table":"t","column":"c","sql_type":"TEXT"})j",
          R"j({"type":"add_column","table":"t","column":"id","sql_type":"UUID"})j",
          R"j({"type":"add_column","table":"t","column":"d","sql_type":"TEXT","nullable":false})j",
          R"j({"type":"add_column","table":"t","column":"d","sql_type":"TIMESTAMPTZ","default":{"function":"now"}})j",
          R"j({"type":"add_column","table":"t","column":"d"})j",
          R"j({"type":"create_index","table":"t","column":"nope"})j",
          R"j({"type":"create_index","table":"nope","column":"c"})j",
          R"j({"type":"create_index","table":"t","columns":[]})j",
          R"j({"type":"create_index","table":"t","columns":["c","c"]})j",
          R"j({"type":"create_index","table":"t","columns":[1]})j",
          R"j({"type":"create_index","table":"t","column":"c","index_type":"gist"})j",
          R"j({"type":"create_index","table":"t"})j",
          R"j({"type":"rename_column","table":"t","column":"c","new_name":"n"})j",
          R"j({"type":"rename_column","table":"t","column":"id","new_name":"k"})j",
          R"j({"type":"rename_column","table":"t","column":"c","new_name":"Order"})j",
          R"j({"type":"rename_column","table":"t","column":"c"})j",
          R"j({"type":"drop_column","table":"t","column":"id"})j",
          R"j({"type":"drop_column","table":"t","column":"zzz"})j",
          R"j({"type":"drop_table","table":"zzz"})j",
      }) {
    const auto set = MigrationSet::parse("m", one(table + operation));
    ASSERT_FALSE(set.ok()) << operation;
    EXPECT_EQ(set.error().code, ErrorCode::migration);
    EXPECT_NE(set.error().message.find("version 1"), std::string::npos) << set.error().message;
    EXPECT_NE(set.error().message.find("operations[1]"), std::string::npos) << set.error().message;
  }
}

TEST(MigrationSet, Refuses_to_drop_what_is_referred_to) {
  const std::string tables = R"j({"type":"create_table","table":"a","columns":[{"name":"k","sql_type":"TEXT","unique":true}]},
    {"type":"create_table","table":"b","columns":[{"name":"a_k","sql_type":"TEXT","references":{"table":"a","column":"k"}}]},)j";
  EXPECT_FALSE(MigrationSet::parse("m", one(tables + R"j({"type":"drop_table","table":"a"})j")).ok());
  EXPECT_FALSE(MigrationSet::parse("m", one(tables + R"j({"type":"drop_column","table":"a","column":"k"})j")).ok());
  EXPECT_TRUE(MigrationSet::parse("m", one(tables + R"j({"type":"drop_table","table":"b"},{"type":"drop_table","table":"a"})j")).ok());
}

TEST(MigrationSet, Refuses_bad_frames) {
  for (const std::string& text :
       {std::string(), std::string("null"), std::string("3"), std::string("[1]"), std::string("{"), std::string("{}"),
        std::string(R"j({"version":"1","operations":[]})j"), std::string(R"j({"version":1.5,"operations":[]})j"),
        std::string(R"j({"version":0,"operations":[]})j"), std::string(R"j({"version":-1,"operations":[]})j"),
        std::string(R"j({"version":99999999999,"operations":[]})j"), std::string(R"j({"version":1})j"),
        std::string(R"j({"version":1,"operations":{}})j"), std::string(R"j({"version":1,"operations":[],"entity":5})j"),
        std::string(R"j([{"version":2,"operations":[]},{"version":2,"operations":[]}])j"),
        std::string(R"j([{"version":2,"operations":[]},{"version":1,"operations":[]}])j"), std::string("\"\xff\""),
        std::string(100'000, '[')}) {
    const auto set = MigrationSet::parse("m", text);
    ASSERT_FALSE(set.ok()) << text.substr(0, 80);
    EXPECT_EQ(set.error().code, ErrorCode::migration);
  }
  EXPECT_TRUE(MigrationSet::parse("m", "[]").ok());
  for (const char* module : {"", "pg_catalog", "ingot", "public", "information_schema", "a b", "a\"b", "a/b", "..", "é"}) {
    EXPECT_FALSE(MigrationSet::parse(module, "[]").ok()) << module;
  }
  EXPECT_TRUE(MigrationSet::parse("vente-particulier", "[]").ok());
}

TEST(MigrationSet, Sizes_have_bounds) {
  const std::string body = one("");
  EXPECT_TRUE(MigrationSet::parse("m", body + std::string((1 << 20) - body.size(), ' ')).ok());
  EXPECT_FALSE(MigrationSet::parse("m", body + std::string((1 << 20) - body.size() + 1, ' ')).ok());
  const auto tables = [](int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += (i == 0 ? "" : ",") + (R"j({"type":"create_table","table":"t)j" + std::to_string(i) + "\"}");
    return one(text);
  };
  EXPECT_TRUE(MigrationSet::parse("m", tables(200)).ok());
  EXPECT_FALSE(MigrationSet::parse("m", tables(201)).ok());
  const auto columns = [](int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += (i == 0 ? "" : ",") + (R"j({"name":"c)j" + std::to_string(i) + R"j(","sql_type":"TEXT"})j");
    return one(R"j({"type":"create_table","table":"t","columns":[)j" + text + "]}");
  };
  EXPECT_TRUE(MigrationSet::parse("m", columns(246)).ok());
  EXPECT_FALSE(MigrationSet::parse("m", columns(247)).ok());
}

}  // namespace
}  // namespace ingot::db
