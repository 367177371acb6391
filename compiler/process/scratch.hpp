// SPDX-License-Identifier: Apache-2.0
#pragma once
// The one temporary folder of a build. Everything that a build writes before its last rename lives inside and goes away with it.

#include <string>

#include "base/result.hpp"

namespace ingot::compiler::process {

class Scratch final {
 public:
  /// A fresh folder (mode 0700) under $TMPDIR or /tmp. Errors: io.
  static Result<Scratch> create();
  Scratch(Scratch&& other) noexcept;
  Scratch& operator=(Scratch&&) = delete;
  ~Scratch();

  const std::string& path() const { return path_; }
  /// Makes (if need be) and names a folder inside. Errors: io.
  Result<std::string> folder(const std::string& name) const;

 private:
  explicit Scratch(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

}  // namespace ingot::compiler::process
