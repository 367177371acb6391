// SPDX-License-Identifier: Apache-2.0
#include "modules/version.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace ingot::modules {
namespace {

constexpr std::uint64_t number_max = (std::uint64_t{1} << 53) - 1;  // as npm has it: what a JSON number holds exactly
constexpr std::size_t text_bytes_max = 200;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Digits without a leading zero.
std::optional<std::uint64_t> number(std::string_view text) {
  if (text.empty() || (text.size() > 1 && text.front() == '0') || !std::ranges::all_of(text, is_digit)) return std::nullopt;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value > number_max) return std::nullopt;
  return value;
}

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t end = text.find(at);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

bool is_identifier(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-'; });
}

/// A version of which parts may be left out at the end.
struct Partial {
  Version version;
  std::size_t parts = 0;  ///< how many of the three numbers there are
};

std::optional<Partial> parse_partial(std::string_view text) {
  if (const std::size_t build = text.find('+'); build != std::string_view::npos) {
    for (const std::string_view each : split(text.substr(build + 1), '.')) {
      if (!is_identifier(each)) return std::nullopt;
    }
    text = text.substr(0, build);
  }
  Partial result;
  if (const std::size_t dash = text.find('-'); dash != std::string_view::npos) {
    for (const std::string_view each : split(text.substr(dash + 1), '.')) {
      // semver 9: a number has no leading zero.
      if (!is_identifier(each) || (std::ranges::all_of(each, is_digit) && !number(each))) return std::nullopt;
      result.version.prerelease.emplace_back(each);
    }
    text = text.substr(0, dash);
  }
  const std::vector<std::string_view> parts = split(text, '.');
  if (parts.size() > 3 || (parts.size() < 3 && !result.version.prerelease.empty())) return std::nullopt;
  const std::array<std::uint64_t*, 3> places{&result.version.major, &result.version.minor, &result.version.patch};
  for (; result.parts < parts.size(); ++result.parts) {
    const auto value = number(parts[result.parts]);
    if (!value) return std::nullopt;
    *places[result.parts] = *value;
  }
  return result;
}

/// The first version that has a greater number at that place: 1.2.3 at 1 is 1.3.0.
Version next(const Version& version, std::size_t place) {
  Version after{version.major, place > 0 ? version.minor : 0, place > 1 ? version.patch : 0, {}};
  (place == 0 ? after.major : place == 1 ? after.minor : after.patch) += 1;
  return after;
}

}  // namespace

std::strong_ordering Version::operator<=>(const Version& other) const {
  if (const auto order = major <=> other.major; order != 0) return order;
  if (const auto order = minor <=> other.minor; order != 0) return order;
  if (const auto order = patch <=> other.patch; order != 0) return order;
  if (prerelease.empty() || other.prerelease.empty()) return prerelease.empty() <=> other.prerelease.empty();
  for (std::size_t at = 0; at < prerelease.size() && at < other.prerelease.size(); ++at) {
    const auto one = number(prerelease[at]), two = number(other.prerelease[at]);
    // Numbers by value and before words; words by their bytes.
    const auto order = one && two ? *one <=> *two : one || two ? two.has_value() <=> one.has_value() : prerelease[at] <=> other.prerelease[at];
    if (order != 0) return order;
  }
  return prerelease.size() <=> other.prerelease.size();
}

std::optional<Version> parse_version(std::string_view text) {
  if (text.size() > text_bytes_max) return std::nullopt;
  auto found = parse_partial(text);
  if (!found || found->parts != 3) return std::nullopt;
  return std::move(found->version);
}

std::optional<VersionRange> VersionRange::parse(std::string_view text) {
  if (text.size() > text_bytes_max) return std::nullopt;
  VersionRange range;
  range.text_ = text;
  bool any = false;
  for (const std::string_view word : split(text, ' ')) {
    if (word.empty()) continue;
    if (!range.add(word)) return std::nullopt;
    any = true;
  }
  if (!any) return std::nullopt;
  return range;
}

bool VersionRange::add(std::string_view word) {
  if (word == "*") return true;
  constexpr std::array<std::string_view, 7> prefixes{">=", "<=", ">", "<", "=", "^", "~"};
  std::string_view prefix;
  for (const std::string_view each : prefixes) {
    if (!word.starts_with(each)) continue;
    prefix = each;
    break;
  }
  const auto found = parse_partial(word.substr(prefix.size()));
  if (!found) return false;
  const auto& [version, parts] = *found;
  const std::size_t last = parts - 1;  // the place of the last number that is there
  if (prefix == ">=") {
    comparisons_.push_back({Test::at_least, version});
  } else if (prefix == "<") {
    comparisons_.push_back({Test::below, version});
  } else if (prefix == ">") {
    if (parts == 3) comparisons_.push_back({Test::above, version});
    else comparisons_.push_back({Test::at_least, next(version, last)});
  } else if (prefix == "<=") {
    if (parts == 3) comparisons_.push_back({Test::at_most, version});
    else comparisons_.push_back({Test::below, next(version, last)});
  } else {
    comparisons_.push_back({Test::at_least, version});
    if (prefix == "^") {
      // What stands left of the first number that is not 0 may not change.
      const std::size_t fixed = version.major > 0 || parts == 1 ? 0 : version.minor > 0 || parts == 2 ? 1 : 2;
      comparisons_.push_back({Test::below, next(version, fixed)});
    } else if (prefix == "~") {
      comparisons_.push_back({Test::below, next(version, std::min<std::size_t>(last, 1))});
    } else if (parts == 3) {
      comparisons_.push_back({Test::at_most, version});
    } else {
      comparisons_.push_back({Test::below, next(version, last)});
    }
  }
  return true;
}

bool VersionRange::holds(const Version& version) const {
  const auto fits = [&](const Comparison& comparison) {
    switch (comparison.test) {
      case Test::at_least: return version >= comparison.version;
      case Test::above: return version > comparison.version;
      case Test::below: return version < comparison.version;
      case Test::at_most: return version <= comparison.version;
    }
    return false;
  };
  if (!std::ranges::all_of(comparisons_, fits)) return false;
  if (version.prerelease.empty()) return true;
  return std::ranges::any_of(comparisons_, [&](const Comparison& comparison) {
    const Version& named = comparison.version;
    return !named.prerelease.empty() && named.major == version.major && named.minor == version.minor && named.patch == version.patch;
  });
}

}  // namespace ingot::modules
