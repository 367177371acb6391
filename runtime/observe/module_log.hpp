// SPDX-License-Identifier: Apache-2.0
#pragma once
// The last lines of the log about each module, for whoever operates the server: log() keeps those that have a field "module", at the level that the log has. The lines about
// single requests are left out, which would push everything else aside. In memory only; bounded by lines and by bytes. Any thread.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "observe/log.hpp"

namespace ingot::observe {

inline constexpr std::size_t module_log_lines_max = 1000;        // of one module
inline constexpr std::size_t module_log_bytes_max = 512 * 1024;  // of one module: 64 lines of the length that a guest's may have
inline constexpr std::size_t module_logs_max = 1024;             // modules; further ones are not kept

struct LogLine {
  std::uint64_t number = 0;  ///< counts from 1, one module's lines
  std::string time;          ///< RFC 3339
  Level level = Level::info;
  std::string message;
  std::string request_id, tenant, reason, backtrace;  ///< the fields of these names; empty where there was none
};

struct LogPage {
  std::vector<LogLine> lines;  ///< by rising number
  std::uint64_t next = 0;      ///< the number behind which the next page begins; below what was asked for when the lines were counted anew since
  std::uint64_t lost = 0;      ///< lines behind the asked place that are not kept any more
};

/// "trace" ... "error".
std::string_view level_text(Level level);

/// Called by log(). `fields` without one called "module", or with one called "method", are not kept.
void keep_module_line(Level level, std::string_view time, std::string_view message, std::span<const Field> fields);

/// At most `limit` lines of at least `level`: the oldest behind number `after`, or, when `latest`, the last ones. A module without lines has an empty page.
LogPage module_lines(std::string_view module, Level level, std::uint64_t after, bool latest, std::size_t limit);

}  // namespace ingot::observe
