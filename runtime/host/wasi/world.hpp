// SPDX-License-Identifier: Apache-2.0
#pragma once
// All that one guest can reach of the world: arguments, environment, descriptors. What was not granted does not exist for it.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "host/wasi/descriptors.hpp"
#include "host/wasi/resolver.hpp"

namespace ingot::host::wasi {

/// A folder of the host's under a name of the guest's, with everything beneath it.
struct DirectoryGrant {
  std::string host, guest;
  bool read_only = false;
};

/// What is granted. Empty means nothing.
struct Grants {
  std::vector<std::string> arguments{};    ///< the program's name first
  std::vector<std::string> environment{};  ///< "NAME=VALUE"
  std::vector<DirectoryGrant> directories{};
  int standard_input = -1, standard_output = -1, standard_error = -1;  ///< of this process; copied; -1: none
  std::vector<OwnedFd> sockets{};          ///< listening ones with O_NONBLOCK, or connected; the guest finds them behind its directories
};

/// Used by one thread at a time, outlives the calls of its guest.
class World final {
 public:
  /// `resolver` outlives this; null: BeneathResolver. Errors: invalid_argument (a NUL, a name without =), io (a directory that cannot be opened), unavailable (BeneathResolver::check()).
  static Result<std::unique_ptr<World>> create(Grants grants, const Resolver* resolver = nullptr);
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  const std::vector<std::string>& arguments() const { return arguments_; }
  const std::vector<std::string>& environment() const { return environment_; }
  DescriptorTable& descriptors() { return descriptors_; }
  const Resolver& resolver() const { return *resolver_; }
  /// What this thread's processor clock said when the guest's life began.
  std::uint64_t processor_ns_before() const { return processor_ns_before_; }

  /// Set by proc_exit.
  std::optional<std::uint32_t> exit_code;

 private:
  explicit World(const Resolver* resolver);
  Result<void> grant_stdio(std::uint32_t number, int host, Rights rights);
  Result<void> grant(const DirectoryGrant& directory);

  const Resolver* resolver_;
  std::vector<std::string> arguments_, environment_;
  DescriptorTable descriptors_;
  std::uint64_t processor_ns_before_ = 0;
};

}  // namespace ingot::host::wasi
