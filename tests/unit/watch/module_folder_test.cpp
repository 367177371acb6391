// SPDX-License-Identifier: Apache-2.0
#include "watch/module_folder.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <fstream>

namespace ingot::watch {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

class ModuleFolder : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "module_folder_XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    write("module.json", R"({"name":"m"})");
    write("src/a.c", "a");
  }
  void TearDown() override { fs::remove_all(folder_); }

  void write(const std::string& file, const std::string& text) const {
    fs::create_directories((folder_ / file).parent_path());
    std::ofstream(folder_ / file, std::ios::binary) << text;
  }
  void age(const std::string& file, std::chrono::seconds seconds) const { fs::last_write_time(folder_ / file, fs::file_time_type::clock::now() - seconds); }
  Look look() const { return look_at(folder_, folder_ / "m.ingot"); }

  fs::path folder_;
};

TEST_F(ModuleFolder, Sources_are_known_by_their_names_and_contents) {
  const auto before = look().sources;
  write("src/a.c", "a");
  age("src/a.c", 100s);
  EXPECT_EQ(look().sources, before);
  write("src/a.c", "b");
  const auto changed = look().sources;
  EXPECT_NE(changed, before);
  fs::rename(folder_ / "src/a.c", folder_ / "src/b.c");
  EXPECT_NE(look().sources, changed);
  fs::rename(folder_ / "src/b.c", folder_ / "src/a.c");
  write("src/a.c", "a");
  EXPECT_EQ(look().sources, before);
}

TEST_F(ModuleFolder, A_static_file_is_a_part_of_what_is_cast) {
  write("m.wasm", "w");
  write("ui/a.css", "a");
  write("ui/b.css", "b");
  write("m.ingot", "bundle");
  const auto unnamed = look().product;
  write("ui/a.css", "c");
  EXPECT_EQ(look().product, unnamed);  // nobody names it
  write("module.json", R"({"name":"m","static_files":{"ui":["a.css", "../../outside", 7], "bad": 7}})");
  for (const char* file : {"m.wasm", "module.json", "ui/a.css", "ui/b.css"}) age(file, 100s);
  const auto named = look();
  EXPECT_FALSE(named.bundle_is_older);
  write("ui/b.css", "c");
  EXPECT_EQ(look().product, named.product);
  write("ui/a.css", "d");
  EXPECT_NE(look().product, named.product);
  age("m.ingot", 50s);
  EXPECT_TRUE(look().bundle_is_older);
  fs::remove(folder_ / "ui/a.css");
  EXPECT_NE(look().product, named.product);
}

TEST_F(ModuleFolder, What_is_made_and_what_is_hidden_is_no_source) {
  const auto before = look();
  for (const char* file : {"m.wasm", "m.ingot", "src/x.wasm", "module.json", ".hidden", "src/.a.c.swp", "src/a.c~", ".git/config", "target/debug/a.o", "src/target/a.o", "node_modules/x/index.js"}) {
    write(file, "{}");
    EXPECT_EQ(look().sources, before.sources) << file;
  }
  EXPECT_EQ(look().folders, before.folders);
  for (const char* file : {"Cargo.toml", "src/deep/er/b.c", "build", "targets"}) {
    const auto without = look().sources;
    write(file, "");
    EXPECT_NE(look().sources, without) << file;
  }
}

TEST_F(ModuleFolder, Every_folder_with_sources_is_named_and_no_link_is_followed) {
  write("src/deep/b.c", "");
  fs::create_directory_symlink(folder_, folder_ / "src/loop");
  EXPECT_EQ(look().folders, (std::set<std::string>{folder_, folder_ / "src", folder_ / "src/deep"}));
}

TEST_F(ModuleFolder, The_product_is_the_wasm_and_module_json) {
  EXPECT_FALSE(look().has_wasm);
  const auto none = look().product;
  write("m.wasm", "1");
  EXPECT_TRUE(look().has_wasm);
  const auto one = look().product;
  EXPECT_NE(one, none);
  write("src/a.c", "other");
  EXPECT_EQ(look().product, one);
  write("module.json", R"({"name":"m","version":"2"})");
  EXPECT_NE(look().product, one);
}

TEST_F(ModuleFolder, Module_json_may_name_the_wasm_anywhere_in_it) {
  write("module.json", R"({"name":"m","wasm_path":"target/out/m.wasm"})");
  write("m.wasm", "not this one");
  EXPECT_FALSE(look().has_wasm);
  write("target/out/m.wasm", "1");
  const auto one = look();
  EXPECT_TRUE(one.has_wasm);
  EXPECT_TRUE(one.folders.contains(folder_ / "target/out"));
  write("m.wasm", "other");
  EXPECT_EQ(look().product, one.product);
  write("module.json", "{ not JSON");
  EXPECT_TRUE(look().has_wasm);
}

TEST_F(ModuleFolder, What_is_older_than_its_input_has_to_be_made) {
  EXPECT_TRUE(look().older_than_sources);
  EXPECT_TRUE(look().bundle_is_older);
  write("m.wasm", "1");
  write("m.ingot", "1");
  age("src/a.c", 40s);
  age("module.json", 40s);
  age("m.wasm", 30s);
  age("m.ingot", 20s);
  EXPECT_FALSE(look().older_than_sources);
  EXPECT_FALSE(look().bundle_is_older);
  age("module.json", 10s);
  EXPECT_TRUE(look().bundle_is_older);
  EXPECT_FALSE(look().older_than_sources);
  age("module.json", 40s);
  age("m.wasm", 10s);
  EXPECT_TRUE(look().bundle_is_older);
  age("src/a.c", 5s);
  EXPECT_TRUE(look().older_than_sources);
}

TEST_F(ModuleFolder, A_build_script_is_a_file_that_can_be_run_and_not_everybody_can_change) {
  EXPECT_FALSE(look().has_build);
  fs::create_directory(folder_ / "build");
  EXPECT_FALSE(look().has_build);
  fs::remove(folder_ / "build");
  write("build", "#!/bin/sh\n");
  fs::permissions(folder_ / "build", fs::perms{0644});
  EXPECT_FALSE(look().has_build);
  fs::permissions(folder_ / "build", fs::perms{0755});
  EXPECT_TRUE(look().has_build);
  fs::permissions(folder_ / "build", fs::perms{0757});
  EXPECT_FALSE(look().has_build);
}

TEST_F(ModuleFolder, A_folder_that_is_gone_has_nothing) {
  fs::remove_all(folder_);
  const Look nothing = look();
  EXPECT_FALSE(nothing.has_build);
  EXPECT_FALSE(nothing.has_wasm);
}

}  // namespace
}  // namespace ingot::watch
