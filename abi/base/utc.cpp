// SPDX-License-Identifier: Apache-2.0
#include "base/utc.hpp"

#include <charconv>
#include <chrono>
#include <cstdio>
#include <optional>

namespace ingot {
namespace {

constexpr std::uint64_t day_seconds = 86'400;

Error wrong(std::string_view text) {
  return Error{ErrorCode::invalid_argument,
               "'" + std::string(text.substr(0, 40)) + "' is no moment; write 2027-01-01, 2027-01-01T12:00:00Z or seconds since 1970"};
}

/// Decimal digits and nothing else.
std::optional<std::uint64_t> digits(std::string_view text) {
  if (text.empty() || text.size() > 12 || text.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::optional<std::uint64_t> day(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto year = digits(text.substr(0, 4)), month = digits(text.substr(5, 2)), number = digits(text.substr(8, 2));
  if (!year || !month || !number || *year < 1970) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)), std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*number))};
  if (!date.ok()) return std::nullopt;
  return static_cast<std::uint64_t>(std::chrono::sys_days(date).time_since_epoch().count()) * day_seconds;
}

std::optional<std::uint64_t> time_of_day(std::string_view text) {
  if (text.size() != 9 || text[2] != ':' || text[5] != ':' || text[8] != 'Z') return std::nullopt;
  const auto hours = digits(text.substr(0, 2)), minutes = digits(text.substr(3, 2)), seconds = digits(text.substr(6, 2));
  if (!hours || !minutes || !seconds || *hours > 23 || *minutes > 59 || *seconds > 59) return std::nullopt;
  return *hours * 3600 + *minutes * 60 + *seconds;
}

}  // namespace

Result<std::uint64_t> parse_utc(std::string_view text) {
  if (const auto seconds = digits(text)) {
    if (*seconds > utc_seconds_max) return wrong(text);
    return *seconds;
  }
  const auto date = day(text.substr(0, 10));
  if (!date) return wrong(text);
  if (text.size() == 10) return *date;
  const auto time = text[10] == 'T' ? time_of_day(text.substr(11)) : std::nullopt;
  if (!time) return wrong(text);
  return *date + *time;
}

Result<std::uint64_t> parse_utc_or_days(std::string_view text, std::uint64_t now) {
  if (!text.ends_with('d')) return parse_utc(text);
  const auto days = digits(text.substr(0, text.size() - 1));
  if (!days || *days == 0 || now > utc_seconds_max || *days > (utc_seconds_max - now) / day_seconds) return wrong(text);
  return now + *days * day_seconds;
}

std::string utc_text(std::uint64_t seconds) {
  if (seconds > utc_seconds_max) return std::to_string(seconds);
  const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(seconds / day_seconds))};
  const auto rest = static_cast<unsigned>(seconds % day_seconds);
  char text[32];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02u:%02u:%02uZ", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), rest / 3600, rest / 60 % 60, rest % 60);
  return text;
}

std::uint64_t utc_now() {
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  return now > 0 ? static_cast<std::uint64_t>(now) : 0;
}

}  // namespace ingot
