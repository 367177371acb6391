// SPDX-License-Identifier: Apache-2.0
#pragma once
// Asking before something is lost, and showing how far a long verb is. Both speak to a terminal only.

#include <string>
#include <vector>

#include "backup/work.hpp"
#include "base/result.hpp"
#include "db/module_data.hpp"

namespace ingot::cli {

/// Asks on standard error for `word` and reads a line of standard input. Errors: invalid_argument: something else was typed, or nobody is there to ask (standard input is no
/// terminal); the message names `instead`, the option that does without asking.
Result<void> ask_for(const std::string& question, const std::string& word, const std::string& instead);

/// "  crm.contact  12 rows" to standard error, a line each.
void print_tables(const std::vector<db::TableRows>& tables);
std::uint64_t row_count(const std::vector<db::TableRows>& tables);

/// Catches interrupts from now on; progress goes to standard error, if that is a terminal.
backup::Watch watch_on_terminal();
/// Clears the line of the progress.
void end_progress();

}  // namespace ingot::cli
