// SPDX-License-Identifier: Apache-2.0
#include "db/schema.hpp"

#include <gtest/gtest.h>

#include <string>

namespace ingot::db {
namespace {

TEST(Schema, Takes_every_type_of_the_contract_in_any_case_and_spacing) {
  struct Row {
    const char* text;
    const char* canonical;
  };
  for (const Row& row : {Row{"TEXT", "TEXT"},
                         Row{"text", "TEXT"},
                         Row{" VarChar ( 64 ) ", "VARCHAR(64)"},
                         Row{"VARCHAR(1)", "VARCHAR(1)"},
                         Row{"CHAR(3)", "CHAR(3)"},
                         Row{"boolean", "BOOLEAN"},
                         Row{"SMALLINT", "SMALLINT"},
                         Row{"INTEGER", "INTEGER"},
                         Row{"BIGINT", "BIGINT"},
                         Row{"REAL", "REAL"},
                         Row{"double   precision", "DOUBLE PRECISION"},
                         Row{"NUMERIC", "NUMERIC"},
                         Row{"numeric( 10 , 2 )", "NUMERIC(10,2)"},
                         Row{"NUMERIC(5)", "NUMERIC(5,0)"},
                         Row{"DATE", "DATE"},
                         Row{"TIME", "TIME"},
                         Row{"TIMESTAMP", "TIMESTAMP"},
                         Row{"TimestampTZ", "TIMESTAMPTZ"},
                         Row{"UUID", "UUID"},
                         Row{"JSONB", "JSONB"},
                         Row{"JSON", "JSON"},
                         Row{"BYTEA", "BYTEA"},
                         Row{"VARCHAR(10485760)", "VARCHAR(10485760)"},
                         Row{"NUMERIC(1000,1000)", "NUMERIC(1000,1000)"}}) {
    const auto type = parse_type(row.text);
    ASSERT_TRUE(type.ok()) << row.text;
    EXPECT_EQ(type_text(*type), row.canonical);
  }
}

TEST(Schema, Refuses_every_other_type_text) {
  for (const char* text : {"",
                           " ",
                           "INT8RANGE",
                           "TEXT[]",
                           "SERIAL",
                           "MONEY",
                           "VARCHAR(0)",
                           "VARCHAR(-1)",
                           "VARCHAR(10485761)",
                           "VARCHAR()",
                           "VARCHAR(1,2)",
                           "VARCHAR(64",
                           "VARCHAR 64)",
                           "VARCHAR(99999999999999999999)",
                           "VARCHAR(6 4)",
                           "VARCHAR(0x10)",
                           "NUMERIC(0)",
                           "NUMERIC(1001)",
                           "NUMERIC(2,3)",
                           "NUMERIC(2,-1)",
                           "NUMERIC(,2)",
                           "NUMERIC(1,2,3)",
                           "TEXT(5)",
                           "UUID(1)",
                           "TEXT; DROP TABLE x",
                           "TEXT)",
                           "TEXT NOT NULL",
                           "TEXT DEFAULT (1)",
                           "TEXT--",
                           "TEXT/**/",
                           "\"TEXT\"",
                           "pg_catalog.text"}) {
    EXPECT_FALSE(parse_type(text).ok()) << text;
  }
  EXPECT_FALSE(parse_type(std::string("TEXT\0", 5)).ok());
  EXPECT_FALSE(parse_type(std::string(1 << 20, ' ') + "TEXT").ok());
  EXPECT_EQ(parse_type("wrong").error().code, ErrorCode::migration);
  EXPECT_NE(parse_type("wrong").error().message.find("wrong"), std::string::npos);
}

TEST(Schema, Knows_which_names_are_allowed) {
  for (const char* name : {"a", "_", "contact", "a1", "_x", "email_2", "name", "value", "status", "type", "date"})
    EXPECT_TRUE(valid_identifier(name)) << name;
  for (const char* name : {"",        "1a",       "A",        "Contact", "a-b",   "a b",   "a\"b",     "a;b",    "a.b",
                           "é",       "select",   "user",     "order",   "table", "group", "index",    "values", "transaction",
                           "ingot_x", "sqlite_x", "pg_class", "ctid",    "rowid", "oid",   "excluded", "a'b",    "a\\b"}) {
    EXPECT_FALSE(valid_identifier(name)) << name;
  }
  EXPECT_TRUE(valid_identifier(std::string(63, 'a')));
  EXPECT_FALSE(valid_identifier(std::string(64, 'a')));
  EXPECT_FALSE(valid_identifier(std::string("a\0b", 3)));
}

}  // namespace
}  // namespace ingot::db
