// SPDX-License-Identifier: Apache-2.0
#pragma once
// pg_dump and pg_restore: found, asked for their version, run. What they need to know of a server goes through their environment, never their command line, which every
// user of the machine can see.

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "backup/work.hpp"
#include "base/result.hpp"

namespace ingot::backup {

struct Program {
  std::string path;
  int major = 0;        ///< 15
  std::string version;  ///< "pg_dump (PostgreSQL) 15.18"
};

/// The one whose version is nearest to `major_min` from above, of those in PATH and of Debian's folders; $INGOT_PG_BIN names one folder instead. Errors: not_found, with what was
/// found and what to install.
Result<Program> find_program(const std::string& name, int major_min);

/// 15 of "pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"; 0 when it is no such text.
int major_of(std::string_view version_text);

struct Command {
  std::vector<std::string> words;                                 ///< the first is the program's path
  std::vector<std::pair<std::string, std::string>> environment;   ///< beside ours, or in place of it
  int standard_input = -1;                                        ///< a descriptor, or -1: /dev/null
};

/// Runs it and gives what it prints to `sink` as it comes; what it says on standard error is the message when it fails. Killed and waited for when `sink` fails or `watch` says so.
/// Errors: io (cannot start), database (it failed), those of `sink`, interruption.
Result<void> run(const Command& command, const Watch& watch, const std::function<Result<void>(std::string_view)>& sink);

}  // namespace ingot::backup
