// SPDX-License-Identifier: Apache-2.0
#pragma once
// The log, on stderr: text for people or one JSON object a line for programs. The only users of spdlog are behind this header.
// Any thread. Payloads, parameters and secrets are never logged.

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.hpp"

namespace ingot::observe {

enum class Level { trace, debug, info, warn, error };
enum class LogFormat { text, json };

/// Parses "trace" ... "error".
Result<Level> parse_level(std::string_view text);

/// At the start and whenever the configuration changes; any thread. Without it the log is text at level info.
void configure_log(LogFormat format, Level level);

/// Says nothing any more: for commands whose output tells the same.
void silence_log();

using Field = std::pair<std::string_view, std::string_view>;

/// One line; as text without the fields that are empty. Control characters in the message and in fields are escaped, so that a guest cannot forge a line.
void log(Level level, std::string_view message, std::initializer_list<Field> fields = {});

}  // namespace ingot::observe
