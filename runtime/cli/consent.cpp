// SPDX-License-Identifier: Apache-2.0
#include "cli/consent.hpp"

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <iostream>

#include "cli/interrupt.hpp"

namespace ingot::cli {
namespace {

constexpr std::chrono::milliseconds show_interval{100};
constexpr double mib = 1024.0 * 1024.0;
bool shown = false;

void show(std::string_view what, std::uint64_t done_bytes, std::uint64_t total_bytes) {
  static std::chrono::steady_clock::time_point next{};
  const auto now = std::chrono::steady_clock::now();
  if (what.empty() || now < next) return;
  next = now + show_interval;
  shown = true;
  const auto done = static_cast<double>(done_bytes) / mib, total = static_cast<double>(total_bytes) / mib;
  std::fprintf(stderr, "\r\033[K%.*s", static_cast<int>(what.size()), what.data());
  if (total_bytes > 0) std::fprintf(stderr, " %.1f of %.1f MiB", done, total);
  else if (done_bytes > 0) std::fprintf(stderr, " %.1f MiB", done);
  std::fflush(stderr);
}

}  // namespace

Result<void> ask_for(const std::string& question, const std::string& word, const std::string& instead) {
  if (::isatty(STDIN_FILENO) != 1) return Error{ErrorCode::invalid_argument, "nobody is there to ask; " + instead + " goes on without asking. Nothing was changed"};
  std::fprintf(stderr, "%s Type %s to go on: ", question.c_str(), word.c_str());
  std::string line;
  std::getline(std::cin, line);
  if (line == word && !interrupted()) return {};
  return Error{ErrorCode::invalid_argument, "that was not " + word + "; nothing was changed"};
}

void print_tables(const std::vector<db::TableRows>& tables) {
  for (const db::TableRows& table : tables) {
    const std::string name = (table.module.empty() ? "ingot" : table.module) + "." + table.table;
    std::fprintf(stderr, "  %-40s %llu rows\n", name.c_str(), static_cast<unsigned long long>(table.rows));
  }
}

std::uint64_t row_count(const std::vector<db::TableRows>& tables) {
  std::uint64_t sum = 0;
  for (const db::TableRows& table : tables) sum += table.rows;
  return sum;
}

backup::Watch watch_on_terminal() {
  catch_interrupts();
  backup::Watch watch;
  watch.interrupted = &interrupted;
  if (::isatty(STDERR_FILENO) == 1) watch.progress = &show;
  return watch;
}

void end_progress() {
  if (shown) std::fputs("\r\033[K", stderr);
  shown = false;
}

}  // namespace ingot::cli
