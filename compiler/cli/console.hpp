// SPDX-License-Identifier: Apache-2.0
#pragma once
// What people see on stderr: errors and, on a terminal, progress. Text that came out of a module cannot move the cursor or colour.

#include <string>

#include "base/error.hpp"
#include "request.hpp"

namespace ingot::compiler::cli {

/// Control characters become '?', apart from line feeds.
std::string printable(std::string text);

void print_error(const Error& error);
/// Something that the user may want to change, of a run that goes on.
void print_note(const std::string& text);
/// {"error":{"code","message"},"exit_code"} on stdout, for programs.
void print_json_error(const Error& error);

/// A line that is rewritten in place when stderr is a terminal; silent otherwise.
Progress terminal_progress();
/// Removes that line.
void clear_progress();

}  // namespace ingot::compiler::cli
