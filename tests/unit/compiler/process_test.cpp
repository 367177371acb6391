// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "limits.hpp"
#include "process/child.hpp"
#include "process/files.hpp"
#include "process/landlock.hpp"
#include "process/probe.hpp"
#include "process/scratch.hpp"

namespace ingot::compiler::process {
namespace {

namespace fs = std::filesystem;

Command shell(const std::string& script) {
  Command command;
  command.arguments = {"/bin/sh", "-c", script};
  command.folder = "/";
  command.confinement.memory_bytes_max = limits::GiB;
  command.confinement.file_bytes_max = limits::MiB;
  command.seconds_max = 10;
  return command;
}

Outcome outcome_of(const Command& command) {
  auto outcome = run(command);
  EXPECT_TRUE(outcome.ok());
  return outcome.ok() ? *outcome : Outcome();
}

TEST(Child, Output_messages_and_exit_code_come_back) {
  const Outcome outcome = outcome_of(shell("echo out; echo err >&2; exit 7"));
  EXPECT_EQ(outcome.exit_code, 7);
  EXPECT_EQ(outcome.output, "out\n");
  EXPECT_EQ(outcome.messages, "err\n");
  EXPECT_EQ(outcome.ending(), "exit code 7");
}

TEST(Child, Inherits_neither_environment_nor_descriptors) {
  ::setenv("INGOT_SECRET", "1", 1);
  const Outcome outcome = outcome_of(shell("echo \"[$INGOT_SECRET]\"; echo /proc/self/fd/*"));
  ::unsetenv("INGOT_SECRET");
  EXPECT_EQ(outcome.output.substr(0, 3), "[]\n");
  EXPECT_EQ(outcome.output.find("/fd/7"), std::string::npos) << outcome.output;
}

TEST(Child, A_death_by_signal_is_told) {
  EXPECT_EQ(outcome_of(shell("kill -ABRT $$")).ending(), "it died by signal 6 (Aborted)");
}

TEST(Child, That_does_not_end_is_killed) {
  Command command = shell("while :; do :; done");
  command.seconds_max = 1;
  const auto begin = std::chrono::steady_clock::now();
  const Outcome outcome = outcome_of(command);
  EXPECT_TRUE(outcome.timed_out);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
}

TEST(Child, That_closes_its_output_and_sleeps_is_killed_too) {
  Command command = shell("exec >&- 2>&-; while :; do :; done");
  command.seconds_max = 1;
  EXPECT_TRUE(outcome_of(command).timed_out);
}

TEST(Child, Cannot_start_processes_unless_allowed) {
  Command command = shell("/bin/true; echo after");
  EXPECT_NE(outcome_of(command).output, "after\n");
  command.confinement.may_start_processes = true;
  EXPECT_EQ(outcome_of(command).output, "after\n");
}

TEST(Child, Cannot_write_large_files) {
  const std::string path = ::testing::TempDir() + "large_file";
  Command command = shell("head -c 3000000 /dev/zero > " + path);
  command.confinement.may_start_processes = true;
  EXPECT_FALSE(outcome_of(command).succeeded());
  EXPECT_LE(fs::file_size(path), limits::MiB);
  fs::remove(path);
}

TEST(Child, Has_no_network) {
  if (::access("/usr/bin/python3", X_OK) != 0) GTEST_SKIP() << "no python3";
  Command command = shell("");
  command.arguments = {"/usr/bin/python3", "-c", "import socket; socket.socket()"};
  const Outcome outcome = outcome_of(command);
  EXPECT_NE(outcome.messages.find("PermissionError"), std::string::npos) << outcome.messages;
}

// Each attempt is made twice, without and with the wall, so that the test cannot pass because the attempt would fail anyway.
class Walls : public testing::Test {
 protected:
  void SetUp() override {
    if (landlock_abi() == 0) GTEST_SKIP() << "this kernel has no Landlock";
    std::ofstream(outside() + "/secret") << "secret";
  }
  static Command walled(const Command& plain, const std::string& writable) {
    Command command = plain;
    command.confinement.readable = {"/usr", "/lib", "/lib64", "/bin", "/etc/ld.so.cache"};
    command.confinement.writable = {writable};
    command.folder = writable;
    return command;
  }
  const std::string& outside() const { return outside_->path(); }
  const std::string& inside() const { return inside_->path(); }
  bool works(const std::string& script, bool with_walls) {
    Command command = shell(script);
    command.confinement.may_start_processes = true;
    return outcome_of(with_walls ? walled(command, inside()) : command).exit_code == 0;
  }

 private:
  Result<Scratch> outside_ = Scratch::create();
  Result<Scratch> inside_ = Scratch::create();
};

TEST_F(Walls, Hide_the_files_of_others) {
  for (const std::string& path : {std::string("/etc/passwd"), outside() + "/secret", std::string("/proc/self/status")}) {
    EXPECT_TRUE(works("read -r line <" + path + " || [ -n \"$line\" ]", false)) << path;
    EXPECT_FALSE(works("read -r line <" + path + " || [ -n \"$line\" ]", true)) << path;
  }
  EXPECT_TRUE(works("ls " + outside(), false));
  EXPECT_FALSE(works("ls " + outside(), true));
}

TEST_F(Walls, Let_nothing_be_written_outside) {
  for (const std::string& attempt : {"echo x >" + outside() + "/made", "echo x >>" + outside() + "/secret", "mkdir " + outside() + "/folder", "rm " + outside() + "/made",
                                     "ln -s /etc " + outside() + "/link", "echo x >" + outside() + "/secret"}) {
    EXPECT_FALSE(works(attempt, true)) << attempt;
    EXPECT_TRUE(works(attempt, false)) << attempt;
    if (attempt.ends_with("/made") && attempt.starts_with("echo")) continue;
    std::ofstream(outside() + "/made") << "again";
  }
}

TEST_F(Walls, Leave_the_own_folder_alone) {
  EXPECT_TRUE(works("echo x >" + inside() + "/a && mv " + inside() + "/a " + inside() + "/b && read -r line <" + inside() + "/b && rm " + inside() + "/b", true));
  EXPECT_TRUE(works("echo x >/dev/null", true));
}

TEST_F(Walls, Let_no_program_from_elsewhere_be_run) {
  fs::copy_file("/bin/true", outside() + "/program", fs::copy_options::overwrite_existing);
  EXPECT_TRUE(works(outside() + "/program", false));
  EXPECT_FALSE(works(outside() + "/program", true));
}

// What the walls are tried against here is what whole programs run against in the tests above.
TEST(Probe, Says_of_this_machine_what_programs_find) {
  const WallReport walls = try_walls();
  EXPECT_EQ(walls.failed_step, "");
  EXPECT_TRUE(walls.system_calls);
  EXPECT_EQ(walls.landlock_abi, landlock_abi());
  EXPECT_EQ(walls.files, landlock_abi() > 0);
  // A program in a network of its own sees another one than we do.
  Command command = shell("readlink /proc/self/ns/net");
  command.confinement.may_start_processes = true;
  const std::string others = outcome_of(command).output;
  const std::string ours = fs::read_symlink("/proc/self/ns/net").string() + "\n";
  ASSERT_NE(others, "");
  EXPECT_EQ(walls.network_namespace, others != ours);
}

TEST(Child, That_cannot_be_started_says_why) {
  Command command = shell("");
  command.arguments = {"/no/such/program"};
  const Outcome outcome = outcome_of(command);
  EXPECT_EQ(outcome.exit_code, 127);
  EXPECT_EQ(outcome.messages, "cannot start: /no/such/program: No such file or directory");
}

TEST(Child, Many_run_and_the_first_failure_stops_the_rest) {
  std::vector<Command> commands(6, shell("exit 0"));
  std::size_t seen = 0;
  auto outcomes = run_all(commands, 2, [&](std::size_t done) { seen = done; });
  ASSERT_TRUE(outcomes.ok());
  EXPECT_EQ(seen, 6u);
  commands[0] = shell("exit 3");
  outcomes = run_all(commands, 1, nullptr);
  EXPECT_EQ((*outcomes)[0].exit_code, 3);
  EXPECT_EQ((*outcomes)[5].exit_code, -1) << "never started";
}

TEST(Child, One_that_waits_for_another_starts_behind_it_and_holds_up_nobody) {
  const std::string file = ::testing::TempDir() + "written-before";
  std::filesystem::remove(file);
  std::vector<Command> commands{shell("sleep 0.1; echo here > " + file), shell("cat " + file), shell("test ! -e " + file)};
  commands[0].confinement.may_start_processes = commands[1].confinement.may_start_processes = true;
  commands[1].after = 0;  // the third takes the free place meanwhile
  auto outcomes = run_all(commands, 2, nullptr);
  ASSERT_TRUE(outcomes.ok());
  EXPECT_EQ((*outcomes)[1].output, "here\n") << (*outcomes)[1].messages;
  EXPECT_TRUE((*outcomes)[2].succeeded()) << (*outcomes)[2].messages;
  commands[0] = shell("exit 3");
  outcomes = run_all(commands, 1, nullptr);
  ASSERT_TRUE(outcomes.ok());
  EXPECT_EQ((*outcomes)[1].exit_code, -1) << "never started";
  std::filesystem::remove(file);
}

TEST(Child, Only_as_many_run_as_fit_into_memory) {
  // A second one would find the folder of the first.
  const std::string folder = ::testing::TempDir() + "alone";
  std::vector<Command> commands(4, shell("mkdir " + folder + " && sleep 0.05 && rmdir " + folder));
  for (Command& command : commands) {
    command.expected_bytes = 6;
    command.confinement.may_start_processes = true;
  }
  auto outcomes = run_all(commands, 4, nullptr, 11);
  ASSERT_TRUE(outcomes.ok());
  for (const Outcome& outcome : *outcomes) EXPECT_TRUE(outcome.succeeded()) << outcome.messages;
  outcomes = run_all(commands, 4, nullptr, 5);  // more than there is: one at a time all the same
  ASSERT_TRUE(outcomes.ok());
  for (const Outcome& outcome : *outcomes) EXPECT_TRUE(outcome.succeeded()) << outcome.messages;
}

TEST(Files, Reading_is_bounded_and_names_the_file) {
  const std::string path = ::testing::TempDir() + "bounded";
  ASSERT_TRUE(write_file(path, bytes_of("12345")).ok());
  EXPECT_EQ(text_of(*read_file(path, 5)), "12345");
  EXPECT_EQ(read_file(path, 4, ErrorCode::unsupported_wasm).error().code, ErrorCode::unsupported_wasm);
  EXPECT_EQ(read_file(path + "-not", 4).error().code, ErrorCode::io);
  EXPECT_FALSE(read_file("/dev/zero", 4).ok());
  EXPECT_FALSE(read_file(::testing::TempDir(), 4).ok());
}

TEST(Files, What_was_written_is_read_whatever_its_size) {
  const std::string path = ::testing::TempDir() + "sizes";
  // None, one, around a step of reading, around a large page, around a step of writing, and much.
  for (const std::size_t size : {0u, 1u, (128u << 10) - 1, 128u << 10, (128u << 10) + 1, (2u << 20) + 3, (4u << 20) - 1, 4u << 20, (4u << 20) + 1, 13u << 20}) {
    ingot::format::Bytes bytes(size);
    std::uint32_t random = 1;
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>((random = random * 1664525u + 1013904223u) >> 24);
    ASSERT_TRUE(write_file(path, bytes).ok());
    const auto read = read_file(path, size);
    ASSERT_TRUE(read.ok()) << size;
    EXPECT_TRUE(*read == bytes) << size;
    EXPECT_EQ(fs::file_size(path), size);
    if (size > 0) EXPECT_FALSE(read_file(path, size - 1).ok()) << size;
  }
  fs::remove(path);
}

TEST(Files, Creating_never_overwrites) {
  const std::string path = ::testing::TempDir() + "created";
  fs::remove(path);
  ASSERT_TRUE(create_file(path, bytes_of("a"), 0600).ok());
  EXPECT_EQ(fs::status(path).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_FALSE(create_file(path, bytes_of("b"), 0600).ok());
  EXPECT_EQ(text_of(*read_file(path, 5)), "a");
}

TEST(Scratch, Goes_away_with_all_that_is_in_it) {
  std::string path;
  {
    const auto scratch = Scratch::create();
    ASSERT_TRUE(scratch.ok());
    path = scratch->path();
    const std::string folder = *scratch->folder("a/b");
    ASSERT_TRUE(write_file(folder + "/file", bytes_of("x")).ok());
    EXPECT_EQ(fs::status(path).permissions(), fs::perms::owner_all);
  }
  EXPECT_FALSE(fs::exists(path));
}

}  // namespace
}  // namespace ingot::compiler::process
