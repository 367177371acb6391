// SPDX-License-Identifier: Apache-2.0
// The configuration's db_host and db_port: EERP's forms, and lists.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "config.hpp"

namespace ingot {
namespace {

/// "HOST PORT" as the configuration was understood, or why it was refused.
std::string understood(const std::string& keys) {
  const auto file = std::filesystem::path(testing::TempDir()) / ("ingot-database-config-" + std::to_string(getpid()) + ".json");
  std::ofstream(file) << R"({"module_root": "m", "db_name": "n", "db_user": "u", )" + keys + "}";
  const auto config = load_config(file.string());
  std::filesystem::remove(file);
  if (!config.ok()) {
    EXPECT_EQ(config.error().code, ErrorCode::config);
    return "refused: " + config.error().message;
  }
  return config->db_host + " " + config->db_port;
}

TEST(DatabaseConfig, Takes_one_host_as_EERP_writes_it) {
  EXPECT_EQ(understood(R"("db_host": "localhost", "db_port": 5433)"), "localhost 5433");
  EXPECT_EQ(understood(R"("db_host": "localhost", "db_port": "5433")"), "localhost 5433");
  EXPECT_EQ(understood(R"("db_host": "localhost")"), "localhost 5432");
}

TEST(DatabaseConfig, Takes_several_hosts) {
  EXPECT_EQ(understood(R"("db_host": "pg1,pg2")"), "pg1,pg2 5432");
  EXPECT_EQ(understood(R"("db_host": "pg1,pg2", "db_port": 5433)"), "pg1,pg2 5433");
  EXPECT_EQ(understood(R"("db_host": "pg1, pg2", "db_port": "5433, 05434")"), "pg1, pg2 5433,5434");
}

TEST(DatabaseConfig, Names_the_key_that_is_wrong) {
  for (const char* port : {"0", "65536", "-1", "1.5", "[5432]", "\"\"", "\"x\"", "\"5432,\"", "\",5432\"", "\"5432,x\"", "\"5432,65536\"", "\"5432,,5433\""}) {
    const std::string said = understood(R"("db_host": "pg1,pg2", "db_port": )" + std::string(port));
    EXPECT_TRUE(said.starts_with("refused")) << port << ": " << said;
    EXPECT_NE(said.find("\"db_port\""), std::string::npos) << said;
  }
  for (const char* keys : {R"("db_host": "pg1,pg2", "db_port": "1,2,3")", R"("db_host": "pg1,,pg2")", R"("db_host": "pg1,")"}) {
    const std::string said = understood(keys);
    EXPECT_TRUE(said.starts_with("refused")) << keys << ": " << said;
    EXPECT_NE(said.find("\"db_host\""), std::string::npos) << said;
  }
}

}  // namespace
}  // namespace ingot
