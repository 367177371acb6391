// SPDX-License-Identifier: Apache-2.0
#include "observe/module_log.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <mutex>
#include <utility>

namespace ingot::observe {
namespace {

constexpr std::size_t field_bytes_max = 4096;

struct Ring {
  std::deque<LogLine> lines;
  std::uint64_t last = 0;  ///< the number of the newest line
  std::size_t bytes = 0;
};

struct Rings {
  std::mutex mutex;
  std::map<std::string, Ring, std::less<>> by_module;  // guarded by mutex
};

Rings& rings() {
  static Rings instance;
  return instance;
}

std::size_t size_of(const LogLine& line) {
  return sizeof line + line.time.size() + line.message.size() + line.request_id.size() + line.tenant.size() + line.reason.size() + line.backtrace.size();
}

}  // namespace

std::string_view level_text(Level level) {
  constexpr std::string_view names[] = {"trace", "debug", "info", "warn", "error"};
  return names[static_cast<int>(level)];
}

void keep_module_line(Level level, std::string_view time, std::string_view message, std::span<const Field> fields) {
  const auto value = [&](std::string_view name) {
    const auto found = std::ranges::find(fields, name, &Field::first);
    return found == fields.end() ? std::string_view() : found->second.substr(0, field_bytes_max);
  };
  const std::string_view module = value("module");
  if (module.empty() || !value("method").empty()) return;
  LogLine line{.number = 0, .time = std::string(time), .level = level, .message = std::string(message), .request_id = std::string(value("request_id")),
               .tenant = std::string(value("tenant")), .reason = std::string(value("reason")), .backtrace = std::string(value("backtrace"))};
  const std::size_t bytes = size_of(line);

  Rings& all = rings();
  const std::lock_guard lock(all.mutex);
  auto found = all.by_module.find(module);
  if (found == all.by_module.end()) {
    if (all.by_module.size() >= module_logs_max) return;
    found = all.by_module.emplace(std::string(module), Ring{}).first;
  }
  Ring& ring = found->second;
  line.number = ++ring.last;
  ring.bytes += bytes;
  ring.lines.push_back(std::move(line));
  // The newest stays, however long it is.
  while (ring.lines.size() > 1 && (ring.lines.size() > module_log_lines_max || ring.bytes > module_log_bytes_max)) {
    ring.bytes -= size_of(ring.lines.front());
    ring.lines.pop_front();
  }
}

LogPage module_lines(std::string_view module, Level level, std::uint64_t after, bool latest, std::size_t limit) {
  LogPage page;
  Rings& all = rings();
  const std::lock_guard lock(all.mutex);
  const auto found = all.by_module.find(module);
  if (found == all.by_module.end()) return page;
  const Ring& ring = found->second;
  if (latest) {
    page.next = ring.last;
    for (auto line = ring.lines.rbegin(); line != ring.lines.rend() && page.lines.size() < limit; ++line) {
      if (line->level >= level) page.lines.push_back(*line);
    }
    std::ranges::reverse(page.lines);
    return page;
  }
  const std::uint64_t first = ring.lines.front().number;
  page.lost = first > after + 1 ? first - after - 1 : 0;
  page.next = ring.last;
  for (const LogLine& line : ring.lines) {
    if (line.number <= after || line.level < level) continue;
    if (page.lines.size() == limit) {
      page.next = page.lines.back().number;
      break;
    }
    page.lines.push_back(line);
  }
  return page;
}

}  // namespace ingot::observe
