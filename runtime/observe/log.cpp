// SPDX-License-Identifier: Apache-2.0
#include "observe/log.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>

#include "observe/module_log.hpp"
#include "observe/time.hpp"

namespace ingot::observe {
namespace {

std::atomic<LogFormat> current_format = LogFormat::text;

spdlog::level::level_enum to_spdlog(Level level) {
  switch (level) {
    case Level::trace: return spdlog::level::trace;
    case Level::debug: return spdlog::level::debug;
    case Level::info: return spdlog::level::info;
    case Level::warn: return spdlog::level::warn;
    case Level::error: return spdlog::level::err;
  }
  return spdlog::level::info;
}

spdlog::logger& logger() {
  static const std::shared_ptr<spdlog::logger> instance = [] {
    auto made = std::make_shared<spdlog::logger>("ingot", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%v");
    made->set_level(spdlog::level::info);
    made->flush_on(spdlog::level::trace);
    return made;
  }();
  return *instance;
}

/// Escapes control characters and whatever is not UTF-8, so that one message stays one line.
std::string printable(std::string_view text) {
  const std::string quoted =
      nlohmann::json(std::string(text)).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  std::string plain = quoted.substr(1, quoted.size() - 2);
  std::size_t at = 0;
  while ((at = plain.find("\\\"", at)) != std::string::npos) plain.erase(at++, 1);
  return plain;
}

}  // namespace

Result<Level> parse_level(std::string_view text) {
  for (const Level level : {Level::trace, Level::debug, Level::info, Level::warn, Level::error}) {
    if (text == level_text(level)) return level;
  }
  return Error{ErrorCode::config, "unknown log level '" + std::string(text) + "' (trace, debug, info, warn, error)"};
}

void configure_log(LogFormat format, Level level) {
  current_format = format;
  logger().set_level(to_spdlog(level));
}

void silence_log() { logger().set_level(spdlog::level::off); }

void log(Level level, std::string_view message, std::initializer_list<Field> fields) {
  const auto spd_level = to_spdlog(level);
  if (!logger().should_log(spd_level)) return;
  const std::string time = rfc3339_now();
  keep_module_line(level, time, message, {fields.begin(), fields.size()});
  if (current_format == LogFormat::json) {
    nlohmann::ordered_json line{{"time", time}, {"level", level_text(level)}, {"message", std::string(message)}};
    for (const auto& [name, value] : fields) line[std::string(name)] = std::string(value);
    logger().log(spd_level, "{}", line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    return;
  }
  std::string line = time + " " + std::string(level_text(level)) + " " + printable(message);
  for (const auto& [name, value] : fields) {
    if (value.empty()) continue;
    line += " " + std::string(name) + "=" + printable(value);
  }
  logger().log(spd_level, "{}", line);
}

}  // namespace ingot::observe
