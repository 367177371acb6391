// SPDX-License-Identifier: Apache-2.0
#include "process/budget.hpp"

#include <gtest/gtest.h>
#include <signal.h>

#include <cerrno>
#include <cstdlib>
#include <sstream>

#include "limits.hpp"
#include "process/child.hpp"
#include "process/usage.hpp"

namespace ingot::compiler::process {
namespace {

using limits::GiB;
using limits::MiB;

Command shell(const std::string& script) {
  Command command;
  command.arguments = {"/bin/sh", "-c", script};
  command.folder = "/";
  command.confinement.memory_bytes_max = 4 * GiB;
  command.confinement.file_bytes_max = MiB;
  command.confinement.may_start_processes = true;
  command.seconds_max = 120;
  return command;
}

Confinement address_space(std::uint64_t bytes) {
  Confinement confinement;
  confinement.memory_bytes_max = bytes;
  return confinement;
}

/// Commands that hold this much memory and do not end: a string in the shell's memory.
std::string hold(unsigned mebibytes) {
  return "x=$(yes | tr -d '\\n' | head -c " + std::to_string(mebibytes * MiB) + "); sleep 1000";
}

bool exists(pid_t pid) { return ::kill(pid, 0) == 0 || errno != ESRCH; }

/// The numbers that a script printed.
std::vector<pid_t> numbers(const std::string& text) {
  std::istringstream stream(text);
  return {std::istream_iterator<pid_t>(stream), {}};
}

TEST(Usage, The_group_is_found_behind_any_name) {
  // proc(5): pid (comm) state ppid pgrp session ...
  EXPECT_EQ(group_in_stat("4711 (cc1) S 4700 4709 4650 0 -1"), 4709);
  EXPECT_EQ(group_in_stat("4711 (a) S 1 2 (b) R 4700 4709 4650 0"), 4709) << "a name with a parenthesis and blanks";
  EXPECT_EQ(group_in_stat("2 (kthreadd) S 0 0 0"), 0);
  for (const char* text : {"", "4711", "4711 (cc1", "4711 (cc1) ", "4711 (cc1) S", "4711 (cc1) S 1"}) EXPECT_EQ(group_in_stat(text), 0) << text;
}

TEST(Usage, Memory_is_what_belongs_to_the_process_alone) {
  const Usage usage = usage_in_status("Name:\tcc1\nVmRSS:\t  900 kB\nRssAnon:\t  100 kB\nRssFile:\t  700 kB\nRssShmem:\t   20 kB\nVmSwap:\t    3 kB\nThreads:\t4\n");
  EXPECT_EQ(usage.threads, 4u);
  EXPECT_EQ(usage.memory_bytes, 123u * 1024);
  EXPECT_EQ(usage_in_status("Name:\tRssAnon: 7\nThreads:\t1\n").memory_bytes, 0u) << "a zombie has no memory; a name is no field";
  EXPECT_EQ(usage_in_status("").threads, 0u);
}

TEST(Usage, Of_this_process_grows_with_what_it_touches) {
  const std::uint64_t before = own_memory_bytes();
  std::vector<char> block(64 * MiB, 'x');
  EXPECT_GE(own_memory_bytes() - before, 60 * MiB) << static_cast<int>(block.back());
}

TEST(Budget, Without_limits_it_never_ends) {
  const Budget budget;
  EXPECT_FALSE(budget.time_left());
  EXPECT_FALSE(budget.limits_memory());
  EXPECT_TRUE(budget.check().ok());
  EXPECT_EQ(budget.within(address_space(24 * GiB)).memory_bytes_max, 24 * GiB);
}

TEST(Budget, The_largest_numbers_are_no_early_end) {
  const Budget budget(UINT64_MAX, UINT64_MAX);
  EXPECT_GT(*budget.time_left(), std::chrono::hours(24));
  EXPECT_TRUE(budget.check().ok());
}

TEST(Budget, A_child_gets_no_more_than_the_build_and_keeps_what_is_less) {
  const Budget budget(0, 512 * MiB);
  const Confinement wide = budget.within(address_space(24 * GiB));
  EXPECT_EQ(wide.private_bytes_max, 512 * MiB);
  EXPECT_EQ(wide.memory_bytes_max, 512 * MiB + GiB) << "room for mapped programs";
  EXPECT_EQ(budget.within(address_space(256 * MiB)).memory_bytes_max, 256 * MiB);
}

TEST(Budget, A_build_that_is_too_large_itself_is_told_so) {
  std::vector<char> block(64 * MiB, 'x');
  const auto result = Budget(0, 32 * MiB).check();
  ASSERT_FALSE(result.ok()) << static_cast<int>(block.back());
  EXPECT_EQ(result.error().code, ErrorCode::limit);
  EXPECT_NE(result.error().message.find("32 MiB of --memory-limit"), std::string::npos) << result.error().message;
}

TEST(Limits, A_child_that_never_ends_is_stopped_with_the_build) {
  const auto outcome = run(shell("while :; do :; done"), Budget(1, 0));
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().code, ErrorCode::deadline);
  EXPECT_NE(outcome.error().message.find("within the 1 s of --time-limit"), std::string::npos) << outcome.error().message;
}

TEST(Limits, Nothing_is_started_when_the_time_is_over) {
  const Budget budget(1, 0);
  ASSERT_FALSE(run(shell("sleep 1000"), budget).ok());
  const std::string path = ::testing::TempDir() + "started_too_late";
  EXPECT_EQ(run(shell("echo x >" + path), budget).error().code, ErrorCode::deadline);
  EXPECT_NE(::access(path.c_str(), F_OK), 0);
}

TEST(Limits, A_child_that_eats_memory_is_stopped_with_the_build) {
  const auto outcome = run(shell("yes | tr -d '\\n' | tail"), Budget(0, 96 * MiB));  // tail keeps the last line, which never ends
  ASSERT_FALSE(outcome.ok()) << outcome->ending() << outcome->messages;
  EXPECT_EQ(outcome.error().code, ErrorCode::limit);
  EXPECT_NE(outcome.error().message.find("96 MiB of --memory-limit"), std::string::npos) << outcome.error().message;
}

TEST(Limits, Children_that_eat_too_much_only_together_are_stopped_too) {
  const std::vector<Command> commands(4, shell(hold(60)));
  const auto outcomes = run_all(commands, 4, nullptr, UINT64_MAX, Budget(0, 200 * MiB));
  ASSERT_FALSE(outcomes.ok());
  EXPECT_EQ(outcomes.error().code, ErrorCode::limit);
}

TEST(Limits, And_so_are_the_processes_of_one_child) {
  const std::string one = "(" + hold(60) + ") & ";
  const auto outcome = run(shell(one + one + one + one + "wait"), Budget(0, 200 * MiB));
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().code, ErrorCode::limit);
}

TEST(Limits, A_child_that_forks_without_end_is_stopped) {
  const auto outcome = run(shell("while :; do sleep 1000 & done"));
  ASSERT_TRUE(outcome.ok());
  EXPECT_TRUE(outcome->too_many_processes);
  EXPECT_FALSE(outcome->succeeded());
  EXPECT_EQ(outcome->ending(), "it started more processes than it may");
}

TEST(Limits, As_many_processes_as_allowed_may_run) {
  // The shell and three others are four.
  Command command = shell("sleep 1 & sleep 1 & sleep 1 & wait");
  command.confinement.processes_max = 4;
  EXPECT_TRUE(run(command)->succeeded());
  command.confinement.processes_max = 3;
  EXPECT_TRUE(run(command)->too_many_processes);
}

TEST(Limits, Nothing_that_a_child_started_outlives_it) {
  // Orphans of an orphan, one of which would rather stay.
  const auto outcome = run(shell("(trap '' TERM HUP INT; sleep 1000 & echo $!; sleep 1000 & echo $!) & echo $!; sleep 0.3"));
  ASSERT_TRUE(outcome.ok());
  const std::vector<pid_t> started = numbers(outcome->output);
  ASSERT_EQ(started.size(), 3u) << outcome->output;
  for (const pid_t pid : started) EXPECT_FALSE(exists(pid)) << pid;
}

TEST(Limits, Nothing_is_left_of_a_build_that_ran_out_of_time) {
  const std::string path = ::testing::TempDir() + "pids_of_limits_test";
  ASSERT_FALSE(run(shell("(sleep 1000 & echo $! >>" + path + "; wait) & echo $! >>" + path + "; wait"), Budget(1, 0)).ok());
  std::string text;
  if (FILE* file = std::fopen(path.c_str(), "r")) {
    char buffer[256];
    text.assign(buffer, std::fread(buffer, 1, sizeof buffer, file));
    std::fclose(file);
  }
  ::unlink(path.c_str());
  const std::vector<pid_t> started = numbers(text);
  ASSERT_EQ(started.size(), 2u) << text;
  for (const pid_t pid : started) EXPECT_FALSE(exists(pid)) << pid;
}

}  // namespace
}  // namespace ingot::compiler::process
