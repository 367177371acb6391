// SPDX-License-Identifier: Apache-2.0
#include "backup/script.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ingot::backup {
namespace {

/// What a script came to: "run:...", "copy:...", "rows:...", "end".
class ScriptTest : public testing::Test {
 protected:
  ScriptTarget target() {
    return {.run = [this](const std::string& text) { return note("run:" + text); },
            .copy_begin = [this](const std::string& text) { return note("copy:" + text); },
            .copy_bytes = [this](std::string_view bytes) -> Result<void> {
              if (!heard_.empty() && heard_.back().starts_with("rows:")) heard_.back() += bytes;
              else heard_.push_back("rows:" + std::string(bytes));
              return {};
            },
            .copy_end = [this] { return note("end"); }};
  }
  Result<void> note(const std::string& what) {
    heard_.push_back(what);
    return {};
  }
  /// Fed in pieces of every length, which must not matter.
  std::vector<std::string> hear(Script::Section section, const std::string& text, int major = 15) {
    std::vector<std::string> first;
    for (std::size_t piece = 1; piece <= text.size(); ++piece) {
      heard_.clear();
      Script script(section, major, target());
      for (std::size_t at = 0; at < text.size(); at += piece) EXPECT_TRUE(script.add(std::string_view(text).substr(at, piece)).ok());
      EXPECT_TRUE(script.finish().ok());
      if (piece == 1) first = heard_;
      EXPECT_EQ(heard_, first) << piece;
    }
    return first;
  }
  std::vector<std::string> heard_;
};

using Heard = std::vector<std::string>;

TEST_F(ScriptTest, Rows_go_between_copy_and_its_end) {
  EXPECT_EQ(hear(Script::Section::rows,
                 "SET a = 0;\n\n--\n-- Data for Name: t\n--\n\nCOPY crm.t (a, b) FROM stdin;\n1\tx\n2\t\\N\n\\.\n\n"
                 "COPY crm.\"u v\" (a) FROM stdin;\n\\.\n\nSELECT pg_catalog.setval('crm.s', 1, true);\n"),
            (Heard{"run:SET a = 0;\n\n--\n-- Data for Name: t\n--\n\n", "copy:COPY crm.t (a, b) FROM stdin;", "rows:1\tx\n2\t\\N\n", "end", "run:\n", "copy:COPY crm.\"u v\" (a) FROM stdin;", "end",
                   "run:\nSELECT pg_catalog.setval('crm.s', 1, true);\n"}));
}

TEST_F(ScriptTest, Rows_that_look_like_statements_stay_rows) {
  EXPECT_EQ(hear(Script::Section::rows, "COPY t (a) FROM stdin;\nCOPY t (a) FROM stdin;\n\\\\.\nDROP TABLE t;\n\\restrict x\nSET transaction_timeout = 0;\n\\.\n"),
            (Heard{"copy:COPY t (a) FROM stdin;", "rows:COPY t (a) FROM stdin;\n\\\\.\nDROP TABLE t;\n\\restrict x\nSET transaction_timeout = 0;\n", "end"}));
}

TEST_F(ScriptTest, Statements_are_one_text_whatever_they_look_like) {
  const std::string text = "CREATE FUNCTION f() AS $$\nCOPY t FROM stdin;\n\\.\n$$;\nCREATE TABLE t ();";
  EXPECT_EQ(hear(Script::Section::statements, text), (Heard{"run:" + text}));
  EXPECT_EQ(hear(Script::Section::statements, "\n"), (Heard{"run:\n"}));
}

TEST_F(ScriptTest, What_is_for_psql_alone_is_left_out) {
  EXPECT_EQ(hear(Script::Section::statements, "--\n\\restrict k1\n\nSELECT 1;\n\\unrestrict k2\n\\restrict k3\n\\unrestrict k1\n\n"),
            (Heard{"run:--\n\nSELECT 1;\n\\unrestrict k2\n\\restrict k3\n\n"}));
}

TEST_F(ScriptTest, A_setting_that_the_server_does_not_know_is_left_out) {
  const std::string text = "SET lock_timeout = 0;\nSET transaction_timeout = 0;\nSELECT 1;\n";
  EXPECT_EQ(hear(Script::Section::statements, text, 16), (Heard{"run:SET lock_timeout = 0;\nSELECT 1;\n"}));
  EXPECT_EQ(hear(Script::Section::statements, text, 17), (Heard{"run:" + text}));
}

TEST_F(ScriptTest, Rows_without_an_end_are_an_error) {
  for (const char* text : {"COPY t (a) FROM stdin;\n1\n", "COPY t (a) FROM stdin;\n\\", "COPY t (a) FROM stdin;"}) {
    Script script(Script::Section::rows, 15, target());
    EXPECT_TRUE(script.add(text).ok());
    const auto finished = script.finish();
    ASSERT_FALSE(finished.ok()) << text;
    EXPECT_EQ(finished.error().code, ErrorCode::verification);
  }
}

TEST_F(ScriptTest, The_first_failure_ends_it) {
  ScriptTarget failing = target();
  failing.copy_bytes = [](std::string_view) -> Result<void> { return Error{ErrorCode::database, "no"}; };
  Script script(Script::Section::rows, 15, failing);
  EXPECT_FALSE(script.add("COPY t (a) FROM stdin;\n1\n\\.\nSELECT 1;\n").ok());
  EXPECT_EQ(heard_, (Heard{"copy:COPY t (a) FROM stdin;"}));
}

}  // namespace
}  // namespace ingot::backup
