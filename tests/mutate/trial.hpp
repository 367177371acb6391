// SPDX-License-Identifier: Apache-2.0
#pragma once
// One mutant through the compiler, in a process of its own: whatever it does to that process, the run goes on and tells.

#include <array>
#include <string>

#include "format/bundle.hpp"
#include "pipeline.hpp"

namespace ingot::mutate {

/// The stages of the pipeline, by the names that it reports. A trial's stage is the last one that was entered.
inline constexpr std::array<const char*, 10> stages{"read", "examine", "validate", "agree", "translate", "check", "compile", "link", "audit", "pack"};
inline constexpr std::size_t stage_agree = 3;

enum class Ending : std::uint8_t {
  not_run,
  accepted,   ///< a bundle, or "can be built"
  refused,    ///< an Error with one of the exit codes that a module may cause
  wrong_code, ///< an Error that no module may cause: internal, io, usage
  crashed,    ///< a signal
  hung,       ///< over the limit
};

/// What happened to one mutant. Lives in memory that the processes share, so it is plain bytes.
struct Outcome {
  Ending ending = Ending::not_run;
  std::uint8_t stage = 0;
  std::uint8_t exit_code = 0;
  std::uint8_t signal = 0;
  bool full = false;        ///< the whole road; else up to the C compiler's front end
  bool left_files = false;  ///< something stayed in the folder for temporary files
  bool disputed = false;    ///< we call it malformed, wasm-validate calls it valid
  std::array<char, 32> code{};
  std::array<char, 400> message{};
};

struct Place {
  std::string input;   ///< where to write the mutant
  std::string folder;  ///< TMPDIR of the trial, empty before and after
};

struct Plan {
  compiler::ContractChoice contract = compiler::ContractChoice::none;
  compiler::Optimisation optimisation = compiler::Optimisation::dev;
  bool full = false;
  std::string level;
};

/// Runs it and fills in `outcome`, which must lie in shared memory.
void run_trial(const format::Bytes& module, const Place& place, const Plan& plan, const compiler::native::Toolchain& tools, unsigned seconds_max,
               Outcome& outcome);

}  // namespace ingot::mutate
