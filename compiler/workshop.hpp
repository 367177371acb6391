// SPDX-License-Identifier: Apache-2.0
#pragma once
// Where a build works and with what: the scratch folder, the external programs, what they may use, and whom to tell about progress. Passed by
// reference to the stages that start programs; the others get values only.

#include "native/toolchain.hpp"
#include "process/scratch.hpp"
#include "request.hpp"

namespace ingot::compiler {

class Workshop final {
 public:
  Workshop(process::Scratch scratch, native::Toolchain toolchain, Progress progress, process::Budget budget = {})
      : scratch_(std::move(scratch)), toolchain_(std::move(toolchain)), progress_(std::move(progress)), budget_(budget) {}
  Workshop(const Workshop&) = delete;
  Workshop& operator=(const Workshop&) = delete;

  const process::Scratch& scratch() const { return scratch_; }
  const native::Toolchain& toolchain() const { return toolchain_; }
  /// To be passed on with every program that is run.
  const process::Budget& budget() const { return budget_; }
  void report(const char* phase, std::size_t done = 0, std::size_t total = 0) const {
    if (progress_) progress_(phase, done, total);
  }

 private:
  process::Scratch scratch_;
  native::Toolchain toolchain_;
  Progress progress_;
  process::Budget budget_;
};

}  // namespace ingot::compiler
