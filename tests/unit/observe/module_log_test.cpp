// SPDX-License-Identifier: Apache-2.0
#include "observe/module_log.hpp"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace ingot::observe {
namespace {

void say(const std::string& module, const std::string& message, Level level = Level::info) {
  const std::vector<Field> fields{{"module", module}, {"request_id", "r-1"}, {"tenant", "t-1"}};
  keep_module_line(level, "2026-01-31T12:00:00.000Z", message, fields);
}

std::string text_of(const LogPage& page) {
  std::string text;
  for (const LogLine& line : page.lines) text += std::to_string(line.number) + line.message + " ";
  return text;
}

TEST(ModuleLog, KeepsWhatIsSaidOfAModuleAndNothingElse) {
  say("keeps", "a");
  const std::vector<Field> request{{"method", "GET"}, {"module", "keeps"}}, nobody{{"reason", "x"}};
  keep_module_line(Level::info, "t", "request", request);
  keep_module_line(Level::info, "t", "of nobody", nobody);
  const LogPage page = module_lines("keeps", Level::trace, 0, true, 10);
  ASSERT_EQ(text_of(page), "1a ");
  EXPECT_EQ(page.lines[0].time, "2026-01-31T12:00:00.000Z");
  EXPECT_EQ(page.lines[0].request_id, "r-1");
  EXPECT_EQ(page.lines[0].tenant, "t-1");
  EXPECT_EQ(page.next, 1u);
  EXPECT_TRUE(module_lines("nobody", Level::trace, 0, true, 10).lines.empty());
}

TEST(ModuleLog, GivesPagesThatMissNothing) {
  for (int i = 1; i <= 7; ++i) say("pages", i % 2 == 0 ? "even" : "odd", i % 2 == 0 ? Level::warn : Level::info);
  EXPECT_EQ(text_of(module_lines("pages", Level::trace, 0, true, 2)), "6even 7odd ");
  const LogPage first = module_lines("pages", Level::trace, 0, false, 3);
  EXPECT_EQ(text_of(first), "1odd 2even 3odd ");
  EXPECT_EQ(first.next, 3u);
  const LogPage second = module_lines("pages", Level::trace, first.next, false, 10);
  EXPECT_EQ(text_of(second), "4even 5odd 6even 7odd ");
  EXPECT_EQ(second.next, 7u);
  EXPECT_TRUE(module_lines("pages", Level::trace, second.next, false, 10).lines.empty());
  // A place that a process before this one gave: the answer leads back to what there is.
  EXPECT_EQ(module_lines("pages", Level::trace, 99, false, 10).next, 7u);
  EXPECT_EQ(text_of(module_lines("pages", Level::warn, 0, true, 2)), "4even 6even ");
  const LogPage warnings = module_lines("pages", Level::warn, 0, false, 2);
  EXPECT_EQ(text_of(warnings), "2even 4even ");
  EXPECT_EQ(text_of(module_lines("pages", Level::warn, warnings.next, false, 2)), "6even ");
  EXPECT_TRUE(module_lines("pages", Level::error, 0, true, 2).lines.empty());
}

TEST(ModuleLog, IsBoundedAndSaysWhatIsLost) {
  for (std::size_t i = 0; i < module_log_lines_max + 5; ++i) say("lines", "x");
  const LogPage lines = module_lines("lines", Level::trace, 2, false, module_log_lines_max);
  EXPECT_EQ(lines.lines.size(), module_log_lines_max);
  EXPECT_EQ(lines.lines.front().number, 6u);
  EXPECT_EQ(lines.lost, 3u);  // 3, 4 and 5
  constexpr std::size_t long_line = 8192;
  for (int i = 0; i < 200; ++i) say("bytes", std::string(long_line, 'x'));
  const std::size_t kept = module_lines("bytes", Level::trace, 0, true, module_log_lines_max).lines.size();
  EXPECT_LE(kept * long_line, module_log_bytes_max);
  EXPECT_GE(kept, 50u);
  say("huge", std::string(2 * module_log_bytes_max, 'x'));
  EXPECT_EQ(module_lines("huge", Level::trace, 0, true, 10).lines.size(), 1u);
  say("huge", "after");
  EXPECT_EQ(text_of(module_lines("huge", Level::trace, 0, true, 10)), "2after ");
}

TEST(ModuleLog, NumbersEveryLineOnceFromManyThreads) {
  constexpr int threads = 4, each = 200;
  std::vector<std::thread> running;
  for (int i = 0; i < threads; ++i) {
    running.emplace_back([] {
      for (int line = 0; line < each; ++line) say("threads", "x");
    });
  }
  for (std::thread& thread : running) thread.join();
  const LogPage page = module_lines("threads", Level::trace, 0, false, module_log_lines_max);
  ASSERT_EQ(page.lines.size(), std::size_t{threads * each});
  for (std::size_t i = 0; i < page.lines.size(); ++i) EXPECT_EQ(page.lines[i].number, i + 1);
}

}  // namespace
}  // namespace ingot::observe
