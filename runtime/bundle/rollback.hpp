// SPDX-License-Identifier: Apache-2.0
#pragma once
// An older signed version must not run where a newer one ran: its holes were perhaps the reason for the newer one, and the tables are the
// newer one's. Versions are told apart by the rollback counter that the signed manifest carries; equal ones are the same age.
//
// This is the rule alone. Where the highest counter of each module's name is kept is the caller's: the deployment's database for a server
// (db/rollback.hpp), a folder for `ingot call --state` (cli/state_folder.hpp).

#include <cstdint>
#include <map>
#include <string>

#include "base/result.hpp"
#include "bundle/verify.hpp"

namespace ingot::bundle {

struct SeenVersion {
  std::uint64_t counter = 0;  ///< the highest that started
  std::string version;        ///< of the module that carried it; for messages
};
/// By the module's name.
using SeenVersions = std::map<std::string, SeenVersion, std::less<>>;

/// The highest counter that can be kept: what a signed 64-bit column of a database holds.
inline constexpr std::uint64_t rollback_counter_max = 0x7fff'ffff'ffff'ffff;

/// `way_out` ends the message: what an operator does who wants the older version all the same. Errors: verification.
Result<void> check_rollback(const VerifiedBundle& bundle, const SeenVersions& seen, const std::string& way_out);

}  // namespace ingot::bundle
