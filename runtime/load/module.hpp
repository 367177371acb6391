// SPDX-License-Identifier: Apache-2.0
#pragma once
// A verified bundle, mapped: the only file of the project that talks to the dynamic loader.

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "bundle/verify.hpp"
#include "ingot/abi.h"
#include "sandbox/activation.hpp"

namespace ingot::load {

class LoadedModule;

/// Maps the bundle's object for this CPU. Errors: verification, io, limit.
Result<std::shared_ptr<const LoadedModule>> load(bundle::VerifiedBundle bundle);

/// Immutable after load; safe from several threads. Unmaps on destruction: whoever may run its code holds a shared_ptr.
class LoadedModule final {
 public:
  ~LoadedModule();
  LoadedModule(const LoadedModule&) = delete;
  LoadedModule& operator=(const LoadedModule&) = delete;

  const bundle::VerifiedBundle& bundle() const;
  const format::Manifest& manifest() const;
  const ingot_descriptor& descriptor() const;
  /// Where its code lies in this process.
  sandbox::Range text() const;
  /// How many slots a call of an exported function needs, for its arguments or its results. REQUIRES: the index of one.
  std::size_t slots_of(int export_index) const { return slots_[static_cast<std::size_t>(export_index)]; }
  /// The index of an exported function (into manifest().exports), or -1.
  int find_function(std::string_view name) const;

 private:
  friend Result<std::shared_ptr<const LoadedModule>> load(bundle::VerifiedBundle bundle);
  struct Parts;
  explicit LoadedModule(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
  std::vector<std::size_t> slots_;  ///< by export index
};

}  // namespace ingot::load
