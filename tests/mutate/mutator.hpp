// SPDX-License-Identifier: Apache-2.0
#pragma once
// Changes to a module. The gentle ones know the format and mostly leave a valid module behind, so that what comes after validation is
// tested too; the wild ones change bytes, numbers and sections without asking.

#include "parts.hpp"
#include "random.hpp"

namespace ingot::mutate {

/// One change; false when it found nothing that it could change.
struct Change {
  const char* name;
  bool (*apply)(Parts& parts, Random& random);
};
const std::vector<Change>& changes_of_code();
const std::vector<Change>& changes_of_sections();

struct WildChange {
  const char* name;
  bool (*apply)(Bytes& module, Random& random);
};
const std::vector<WildChange>& wild_changes();

/// Bytes for a name: C identifiers, comment ends, escapes, NUL, long, not UTF-8 when `any` is true.
Bytes hostile_name(Random& random, bool any);
/// A number at which things break: 0, -1, powers of two and their neighbours, or any.
std::int64_t interesting(Random& random);

struct Mutant {
  Bytes bytes;
  std::string changes;  ///< the names of the changes, for a report
};
/// One to three changes of `seed_module`, decided by (seed, index) alone.
Mutant mutate(const Bytes& seed_module, Random& random);

}  // namespace ingot::mutate
