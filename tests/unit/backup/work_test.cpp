// SPDX-License-Identifier: Apache-2.0
#include "backup/work.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "backup/archive.hpp"
#include "backup/child.hpp"

namespace ingot::backup {
namespace {

namespace fs = std::filesystem;

class WorkTest : public testing::Test {
 protected:
  WorkTest() { fs::create_directories(folder_); }
  ~WorkTest() override { fs::remove_all(folder_); }
  static std::string text_of(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
  }
  std::size_t files() const { return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder_), {})); }
  const std::string folder_ = testing::TempDir() + "ingot-backup-" + std::to_string(getpid());
  const std::string path_ = folder_ + "/file";
};

TEST_F(WorkTest, A_file_is_there_when_it_is_whole_and_not_before) {
  std::ofstream(path_) << "old";
  ::chmod(path_.c_str(), 0640);
  {
    auto file = PendingFile::create(path_, "tmp");
    ASSERT_TRUE(file.ok());
    ASSERT_TRUE(file->write("..w").ok() && file->write_at_start("ne").ok() && file->sync().ok());
    EXPECT_EQ(text_of(path_), "old");
    EXPECT_EQ(files(), 2u);
    ASSERT_TRUE(file->keep().ok());
  }
  EXPECT_EQ(text_of(path_), "new");
  EXPECT_EQ(fs::status(path_).permissions(), fs::perms(0640));
  EXPECT_EQ(files(), 1u);
}

TEST_F(WorkTest, A_file_that_was_given_up_leaves_nothing) {
  {
    auto file = PendingFile::create(path_, "tmp");
    ASSERT_TRUE(file.ok() && file->write("half").ok());
  }
  EXPECT_EQ(files(), 0u);
  fs::create_directory(path_);
  EXPECT_FALSE(PendingFile::create(path_, "tmp").ok());
  fs::remove(path_);
  fs::create_symlink("/dev/null", path_);
  EXPECT_FALSE(PendingFile::create(path_, "tmp").ok());
}

TEST_F(WorkTest, An_archive_gives_back_what_it_was_given) {
  Header header;
  header.created_at = "t";
  header.tables = {{"m", "t", 3}};
  std::string payload;
  for (std::uint64_t i = 0; i < 300'000; ++i) payload += std::to_string(i * 7919 % 1000);
  auto writer = ArchiveWriter::create(path_, header);
  ASSERT_TRUE(writer.ok() && writer->add(payload.substr(0, 10)).ok() && writer->add(payload.substr(10)).ok());
  const auto bytes = writer->finish();
  ASSERT_TRUE(bytes.ok());
  EXPECT_EQ(*bytes, fs::file_size(path_));
  const auto reader = ArchiveReader::open(path_);
  ASSERT_TRUE(reader.ok());
  EXPECT_EQ(reader->header(), header);
  std::string got;
  ASSERT_TRUE(reader->read({}, "", [&](std::string_view piece) -> Result<void> {
    got += piece;
    return {};
  }).ok());
  EXPECT_EQ(got, payload);
}

TEST_F(WorkTest, An_interrupted_reader_stops) {
  auto writer = ArchiveWriter::create(path_, {});
  ASSERT_TRUE(writer.ok() && writer->add(std::string(5 << 20, 'x')).ok() && writer->finish().ok());
  const auto reader = ArchiveReader::open(path_);
  ASSERT_TRUE(reader.ok());
  int steps = 0;
  Watch watch;
  watch.interrupted = [&] { return ++steps == 3; };
  const auto read = reader->read(watch, "", [](std::string_view) -> Result<void> { return {}; });
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().code, ErrorCode::unavailable);
  EXPECT_EQ(steps, 3);
}

TEST_F(WorkTest, A_child_is_heard_and_its_last_words_are_the_error) {
  std::string heard;
  const auto hear = [&](std::string_view bytes) -> Result<void> {
    heard += bytes;
    return {};
  };
  ASSERT_TRUE(run({.words = {"/bin/sh", "-c", "echo $SECRET; cat"}, .environment = {{"SECRET", "a b"}}}, {}, hear).ok());
  EXPECT_EQ(heard, "a b\n");
  const auto failed = run({.words = {"/bin/sh", "-c", "echo first >&2; echo second >&2; exit 7"}, .environment = {}}, {}, hear);
  ASSERT_FALSE(failed.ok());
  EXPECT_NE(failed.error().message.find("exit code 7): first second"), std::string::npos) << failed.error().message;
  EXPECT_FALSE(run({.words = {folder_ + "/none"}, .environment = {}}, {}, hear).ok());
}

TEST_F(WorkTest, A_child_that_is_wanted_no_more_is_killed) {
  Watch watch;
  watch.interrupted = [] { return true; };
  const auto began = std::chrono::steady_clock::now();
  EXPECT_FALSE(run({.words = {"/bin/sleep", "600"}, .environment = {}}, watch, [](std::string_view) -> Result<void> { return {}; }).ok());
  EXPECT_FALSE(run({.words = {"/bin/sh", "-c", "echo x; exec sleep 600"}, .environment = {}}, {}, [](std::string_view) -> Result<void> { return Error{ErrorCode::io, "full"}; }).ok());
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(60));
}

}  // namespace
}  // namespace ingot::backup
