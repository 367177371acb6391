// SPDX-License-Identifier: Apache-2.0
#include "cli/quantities.hpp"

#include <array>
#include <charconv>
#include <span>
#include <string>

#include "limits.hpp"

namespace ingot::cli {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t worth;
};

/// A whole number above zero and one of the units; nothing else, and nothing above `most`.
Result<std::uint64_t> parse(std::string_view text, std::span<const Unit> units, std::uint64_t most, const char* example) {
  const Error wrong{ErrorCode::invalid_argument, "'" + std::string(text) + "' is not of the form " + example};
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || number == 0) return wrong;
  const std::string_view name(end, static_cast<std::size_t>(text.data() + text.size() - end));
  for (const Unit& unit : units) {
    if (unit.name != name) continue;
    if (number > most / unit.worth) return Error{ErrorCode::invalid_argument, "'" + std::string(text) + "' is too much"};
    return number * unit.worth;
  }
  return wrong;
}

}  // namespace

Result<std::chrono::milliseconds> parse_duration(std::string_view text) {
  static constexpr std::array units{Unit{"", 1000}, Unit{"ms", 1}, Unit{"s", 1000}, Unit{"m", 60'000}, Unit{"h", 3'600'000}};
  constexpr std::uint64_t year_ms = 366ull * 24 * 3'600'000;
  INGOT_TRY(const std::uint64_t ms, parse(text, units, year_ms, "500ms, 30s, 5m or 1h"));
  return std::chrono::milliseconds(ms);
}

Result<std::uint64_t> parse_size(std::string_view text) {
  static constexpr std::array units{Unit{"", 1}, Unit{"KiB", limits::KiB}, Unit{"MiB", limits::MiB}, Unit{"GiB", limits::GiB}};
  return parse(text, units, limits::wasm32_address_space_bytes, "65536, 64KiB, 256MiB or 1GiB (4GiB at most)");
}

}  // namespace ingot::cli
