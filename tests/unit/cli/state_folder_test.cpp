// SPDX-License-Identifier: Apache-2.0
#include "cli/state_folder.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace ingot::cli {
namespace {

namespace fs = std::filesystem;

class StateFolderTest : public testing::Test {
 protected:
  ~StateFolderTest() override {
    std::error_code ignored;
    fs::remove_all(root_, ignored);
  }
  static std::uint64_t counter(const std::string& folder, const std::string& module) {
    const auto state = StateFolder::open(folder);
    EXPECT_TRUE(state.ok());
    const auto found = state->seen().find(module);
    return found == state->seen().end() ? 0 : found->second.counter;
  }
  const std::string root_ = testing::TempDir() + "ingot-state-" + std::to_string(getpid());
  const std::string folder_ = root_ + "/a/b";
};

TEST_F(StateFolderTest, Remembers_the_highest_counter_of_each_module) {
  EXPECT_EQ(counter(folder_, "crm"), 0u);
  ASSERT_TRUE(StateFolder::open(folder_)->keep("crm", {5, "1"}, false).ok());
  ASSERT_TRUE(StateFolder::open(folder_)->keep("crm", {4, "0"}, false).ok());
  ASSERT_TRUE(StateFolder::open(folder_)->keep("a/../b \"\xc3\xa9", {7, ""}, false).ok());
  EXPECT_EQ(counter(folder_, "crm"), 5u);
  EXPECT_EQ(counter(folder_, "a/../b \"\xc3\xa9"), 7u);
  ASSERT_TRUE(StateFolder::open(folder_)->keep("crm", {4, "0"}, true).ok());
  EXPECT_EQ(counter(folder_, "crm"), 4u);
  EXPECT_FALSE(fs::exists(folder_ + "/rollback.json.new"));
}

TEST_F(StateFolderTest, A_crash_while_the_file_was_written_leaves_the_earlier_one) {
  ASSERT_TRUE(StateFolder::open(folder_)->keep("crm", {5, "1"}, false).ok());
  std::ofstream(folder_ + "/rollback.json.new") << "{\"format\":1,\"modu";
  EXPECT_EQ(counter(folder_, "crm"), 5u);
  ASSERT_TRUE(StateFolder::open(folder_)->keep("crm", {6, "2"}, false).ok());
  EXPECT_EQ(counter(folder_, "crm"), 6u);
}

TEST_F(StateFolderTest, A_damaged_file_is_an_error_not_an_empty_memory) {
  fs::create_directories(folder_);
  for (const char* text : {"", "{}", "[]", "{\"format\":2,\"modules\":{}}", "{\"format\":1,\"modules\":{\"crm\":5}}",
                           "{\"format\":1,\"modules\":{\"crm\":{\"counter\":-5,\"version\":\"1\"}}}"}) {
    std::ofstream(folder_ + "/rollback.json") << text;
    const auto state = StateFolder::open(folder_);
    ASSERT_FALSE(state.ok()) << text;
    EXPECT_EQ(state.error().code, ErrorCode::config);
  }
}

}  // namespace
}  // namespace ingot::cli
