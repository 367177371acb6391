// SPDX-License-Identifier: Apache-2.0
#include "process/usage.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <string>

#include "limits.hpp"

namespace ingot::compiler::process {
namespace {

/// A small file of /proc, cut at 4 KiB; empty when the process is gone.
std::string small_file(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return {};
  std::array<char, 4096> buffer;
  const ssize_t got = ::read(fd, buffer.data(), buffer.size());
  ::close(fd);
  return got > 0 ? std::string(buffer.data(), static_cast<std::size_t>(got)) : std::string();
}

/// The number behind blanks, or 0.
std::uint64_t number_in(std::string_view text) {
  const std::size_t begin = std::min(text.find_first_not_of(" \t"), text.size());
  std::uint64_t value = 0;
  std::from_chars(text.data() + begin, text.data() + text.size(), value);
  return value;
}

/// The number behind "\nLABEL:", or 0.
std::uint64_t field(std::string_view status, std::string_view label) {
  const std::string line = "\n" + std::string(label) + ":";
  const std::size_t at = status.find(line);
  return at == std::string_view::npos ? 0 : number_in(status.substr(at + line.size()));
}

}  // namespace

pid_t group_in_stat(std::string_view stat) {
  // "PID (NAME) STATE PARENT GROUP ...": only the last parenthesis is sure not to be the name's.
  const std::size_t name_end = stat.rfind(") ");
  if (name_end == std::string_view::npos || name_end + 2 == stat.size()) return 0;
  std::string_view rest = stat.substr(name_end + 2);
  for (int skipped = 0; skipped < 2; ++skipped) rest.remove_prefix(std::min(rest.find(' '), rest.size() - 1) + 1);
  return static_cast<pid_t>(number_in(rest));
}

Usage usage_in_status(std::string_view status) {
  const std::uint64_t kibibytes = field(status, "RssAnon") + field(status, "RssShmem") + field(status, "VmSwap");
  return {field(status, "Threads"), kibibytes * limits::KiB};
}

std::vector<Usage> usage_of(std::span<const pid_t> groups) {
  std::vector<Usage> usage(groups.size());
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir("/proc"), &::closedir);
  if (!folder) return usage;
  while (const dirent* entry = ::readdir(folder.get())) {
    if (entry->d_name[0] < '1' || entry->d_name[0] > '9') continue;
    const std::string process = std::string("/proc/") + entry->d_name;
    const pid_t its_group = group_in_stat(small_file(process + "/stat"));
    const auto group = std::find(groups.begin(), groups.end(), its_group);
    if (its_group <= 0 || group == groups.end()) continue;
    const Usage one = usage_in_status(small_file(process + "/status"));
    Usage& sum = usage[static_cast<std::size_t>(group - groups.begin())];
    sum.threads += one.threads;
    sum.memory_bytes += one.memory_bytes;
  }
  return usage;
}

std::uint64_t own_memory_bytes() { return usage_in_status(small_file("/proc/self/status")).memory_bytes; }

}  // namespace ingot::compiler::process
