// SPDX-License-Identifier: Apache-2.0
#pragma once
// In:      what a build was asked: Inputs, Request, and the programs on this machine.
// Out:     the UnsignedBundle that an earlier build of the same packed, byte for byte what a fresh one would pack.
// Refuses: nothing. Without a cache every lookup misses and nothing is kept.
//
// Only what went through every stage is ever kept, so a hit also means that the module was valid, agreed with its host and passed the audit.
// Signatures are not part of it: who signs, and until when, is decided by each build anew.

#include <optional>
#include <string>

#include "cache/store.hpp"
#include "products.hpp"

namespace ingot::compiler::cache {

/// Where the bundle of one build belongs.
class Place final {
  friend Place place_of(const Inputs&, const Request&);
  friend std::optional<UnsignedBundle> fetch(const Place&);
  friend void keep(const Place&, const UnsignedBundle&, const Workshop&);
  Store* store_ = nullptr;      ///< nullptr: nowhere
  Key key_{};
  format::Digest asked_{};      ///< the part of the key that this build brings along
  std::string module_digest_;
};

/// Everything that can change a byte of the bundle goes into the key: the module, its name and module.json, the options, SOURCE_DATE_EPOCH,
/// this program and its libraries, and the tools. Nowhere when the request has no cache, only wants a check, or the tools are not all there.
Place place_of(const Inputs& inputs, const Request& request);

/// Errors are notes of the store's.
std::optional<UnsignedBundle> fetch(const Place& place);

/// Keeps a fresh bundle, unless a tool has changed since place_of() looked: then nobody knows which of the two made it.
void keep(const Place& place, const UnsignedBundle& bundle, const Workshop& workshop);

}  // namespace ingot::compiler::cache
