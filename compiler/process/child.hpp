// SPDX-License-Identifier: Apache-2.0
#pragma once
// Runs confined child programs, several at once, and waits for all. Each child gets its own process group, an environment without anything of ours,
// /dev/null as standard input, pipes for its output, and dies with us. A child that exceeds its time or its number of processes is killed, and so
// are all when the build exceeds its budget. However a child ends, what it has started is killed and gone when the call returns: so that nothing
// is lost sight of, this process becomes the parent of its grandchildren's orphans (a "subreaper").
// Not thread-safe: one caller at a time.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "process/budget.hpp"
#include "process/confine.hpp"

namespace ingot::compiler::process {

struct Command {
  std::vector<std::string> arguments;  ///< the first is the program's path
  std::string folder;                  ///< working directory
  Confinement confinement;
  std::uint64_t seconds_max = 60;      ///< by the wall clock
  std::uint64_t expected_bytes = 0;    ///< memory that it will probably use; run_all() plans with it
  std::optional<std::size_t> after;    ///< an earlier command of run_all()'s, which has to have succeeded before this one starts
};

struct Outcome {
  int exit_code = -1;      ///< -1 when a signal ended it
  int signal = 0;          ///< the signal, or 0
  bool timed_out = false;
  bool too_many_processes = false;
  std::string output;      ///< standard output, bounded
  std::string messages;    ///< standard error, bounded
  bool succeeded() const { return exit_code == 0; }
  /// By what it said: a program whose allocation fails is free to end as it likes.
  bool out_of_memory() const;
  /// "exit code 1", "it died by signal 6 (Aborted)", "it did not finish in the time allowed".
  std::string ending() const;
};

/// Runs one. Errors: io (cannot start), interrupted; deadline and limit when the budget is used up. How else the child ended is the Outcome's business.
Result<Outcome> run(const Command& command, const Budget& budget = {});

/// Runs all in this order, those that wait for another left aside until it is done, at most `parallel_max` at a time and only as many as are
/// expected to fit into `memory_bytes_max` together (one always runs), and stops starting more after the first that did not succeed. Outcomes stand in the
/// order of the commands; those never started have exit code -1. `on_done` is called with the number finished so far. Errors: as run().
Result<std::vector<Outcome>> run_all(const std::vector<Command>& commands, std::size_t parallel_max,
                                     const std::function<void(std::size_t)>& on_done, std::uint64_t memory_bytes_max = UINT64_MAX, const Budget& budget = {});

}  // namespace ingot::compiler::process
