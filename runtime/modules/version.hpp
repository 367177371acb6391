// SPDX-License-Identifier: Apache-2.0
#pragma once
// Versions of modules and what others ask of them: Semantic Versioning 2.0.0 (semver.org), and ranges in npm's spelling. Values; pure.

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ingot::modules {

/// MAJOR.MINOR.PATCH, perhaps with a pre-release; what stands behind a '+' does not count (semver 10).
struct Version {
  std::uint64_t major = 0, minor = 0, patch = 0;
  std::vector<std::string> prerelease;  ///< its identifiers; none: a release
  /// semver 11: a pre-release stands before its release.
  std::strong_ordering operator<=>(const Version& other) const;
  bool operator==(const Version& other) const { return (*this <=> other) == std::strong_ordering::equal; }
};

/// Nothing for any other text; a leading zero, a part that is missing, or a number above 2^53 - 1 is one.
std::optional<Version> parse_version(std::string_view text);

/// Comparisons that all must hold: "^1.2", "~1.4.2", ">=1.2 <2", "1.4.2", "*". A part that is left out is any: "^1.2" is ">=1.2.0 <2.0.0".
class VersionRange {
 public:
  /// Nothing for a text that is none.
  static std::optional<VersionRange> parse(std::string_view text);

  /// A pre-release fits only where a comparison names one of the same MAJOR.MINOR.PATCH, as npm has it: nobody gets one without asking.
  bool holds(const Version& version) const;
  /// As it was written.
  const std::string& text() const { return text_; }
  bool operator==(const VersionRange& other) const { return text_ == other.text_; }

 private:
  enum class Test { at_least, above, below, at_most };
  struct Comparison {
    Test test;
    Version version;
  };
  bool add(std::string_view word);

  std::string text_;
  std::vector<Comparison> comparisons_;
};

}  // namespace ingot::modules
