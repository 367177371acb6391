// SPDX-License-Identifier: Apache-2.0
#pragma once
// The verbs of `ingotc`, one function each, with their arguments as values. Data goes to stdout, everything else to stderr; the
// returned Error decides the exit code.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "request.hpp"

namespace ingot::compiler::cli {

struct BuildArguments {
  std::string input;
  std::string output;                ///< empty: beside the current folder, the module's name with .ingot
  std::string contract = "auto";
  std::vector<std::string> targets;  ///< empty: the default pair
  std::vector<std::string> features;     ///< on besides the default ones
  std::vector<std::string> no_features;  ///< off
  std::string optimisation = "release";
  std::uint32_t jobs = 0;            ///< 0: as many as there are cores
  std::uint32_t seconds_max = 0;     ///< of the whole build; 0: no limit
  std::uint32_t memory_mib_max = 0;  ///< of this process and all that it starts; 0: no limit
  std::optional<std::uint64_t> rollback;  ///< the bundle's rollback counter
  std::string key;                   ///< empty: the developer key
  bool leave_unsigned = false;
  bool json = false;
  bool check_only = false;
  bool debug = false;
  bool no_cache = false;
  std::string cache_dir;             ///< empty: the usual place (cache/folder.hpp)
};
/// A module, or each module of a plugin's manifest (.json, .toml).
Result<void> build(const BuildArguments& arguments);
/// `input` is one module.
Result<void> build_module(const BuildArguments& arguments);

struct CacheArguments {
  std::string folder;                ///< empty: the usual place
  bool clear = false;                ///< else only tell
  bool json = false;
};
/// What the build cache holds, or removing it. A folder that does not exist is empty.
Result<void> cache(const CacheArguments& arguments);

/// `sbom_only`: writes the bill of materials and nothing else.
Result<void> inspect(const std::string& path, bool json, bool sbom_only);
/// The guest's functions in each of a bundle's objects: index, name, address, size. Errors: verification; not_found when it has no symbols.
Result<void> inspect_symbols(const std::string& path, bool json);
Result<void> audit(const std::string& path);
Result<void> keygen(const std::string& base);
/// `expires`: "", a moment or a number of days (base/utc.hpp).
Result<void> sign(const std::string& bundle, const std::string& key, const std::string& expires);

struct VerifyArguments {
  std::string bundle;
  std::vector<std::string> keys;         ///< paths of public keys
  std::string revoked;                   ///< path of a list of key ids and digests, or empty
  std::uint32_t signatures_required = 1;
};
/// By the rule of format/trust.hpp, which the runtime has too.
Result<void> verify(const VerifyArguments& arguments);

}  // namespace ingot::compiler::cli
