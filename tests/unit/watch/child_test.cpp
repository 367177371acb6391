// SPDX-License-Identifier: Apache-2.0
#include "watch/child.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <thread>

namespace ingot::watch {
namespace {

std::vector<std::string> shell(const std::string& script) { return {"/bin/sh", "-c", script}; }

TEST(Child, Says_how_a_program_ended) {
  Child child;
  EXPECT_EQ(*child.run(shell("exit 0"), "/"), 0);
  EXPECT_EQ(*child.run(shell("exit 7"), "/"), 7);
  EXPECT_EQ(*child.run(shell("kill -KILL $$"), "/"), 137);
}

TEST(Child, Runs_in_the_folder_with_nothing_of_ours_open) {
  const int open = ::open("/dev/null", O_RDONLY);  // without O_CLOEXEC
  Child child;
  EXPECT_EQ(*child.run(shell("test \"$(pwd)\" = /usr && test \"$INGOT_DEV\" = 1 && test ! -e /proc/self/fd/" + std::to_string(open) + " && ! read line"), "/usr"), 0);
  ::close(open);
}

TEST(Child, A_program_that_is_not_there_is_an_error) {
  Child child;
  const auto code = child.run({"/nowhere/at/all"}, "/");
  ASSERT_FALSE(code.ok());
  EXPECT_EQ(code.error().code, ErrorCode::io);
  EXPECT_EQ(child.run(shell("exit 0"), "/nowhere").ok(), false);
}

TEST(Child, Stop_ends_what_runs_with_its_own_children_even_if_they_do_not_listen) {
  Child child;
  Result<int> code = 0;
  std::thread runner([&] { code = child.run(shell("trap '' TERM; sleep 600 & sleep 600"), "/"); });
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  child.stop();
  runner.join();
  ASSERT_TRUE(code.ok());
  EXPECT_EQ(*code, 137);
}

TEST(Child, Stop_ends_what_a_program_leaves_behind) {
  // The shell ends when it is asked to; what it started does not listen, and holds the pipe open until it is gone.
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  const std::string end = "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(ends[1]);
  Child child;
  std::thread runner([&] { static_cast<void>(child.run(shell("exec 3>" + end + "; (trap '' TERM; echo here >&3; sleep 600) & wait"), "/")); });
  std::array<char, 8> text{};
  EXPECT_EQ(::read(ends[0], text.data(), text.size()), 5);
  ::close(ends[1]);
  child.stop();
  runner.join();
  EXPECT_EQ(::read(ends[0], text.data(), text.size()), 0);
  ::close(ends[0]);
}

TEST(Child, Nothing_starts_after_stop) {
  Child child;
  child.stop();
  child.stop();
  const auto code = child.run(shell("exit 0"), "/");
  ASSERT_FALSE(code.ok());
  EXPECT_EQ(code.error().code, ErrorCode::unavailable);
}

}  // namespace
}  // namespace ingot::watch
