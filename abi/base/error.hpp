// SPDX-License-Identifier: Apache-2.0
#pragma once
// What can go wrong in the world outside: one flat list of codes, a message for a person, and a
// trail of context that each layer may lengthen by one phrase. A guest trap is not an Error: it is
// a value of its own (runtime/sandbox/trap.hpp). Values; safe to copy and to send between threads.

#include <string>
#include <utility>

namespace ingot {

enum class ErrorCode {
  invalid_argument,    // the caller's words are off (usage)
  invalid_wasm,        // not a valid WebAssembly module
  unsupported_wasm,    // valid, but refused by the feature policy
  contract,            // a module breaks its contract: unknown import, missing export, bad manifest
  toolchain,           // translator, compiler or linker missing, too old, crashed, over its limits
  audit,               // the linked object holds something that it must not hold
  verification,        // a bundle is damaged, unsigned, signed by a stranger, or made for another ABI/CPU
  migration,           // a migration cannot be parsed, planned or applied
  database,            // the database said no, or cannot be reached
  config,              // a configuration or module.json file is wrong
  io,                  // a file or socket operation failed
  limit,               // a declared limit was reached
  deadline,            // the time allowed ran out
  unavailable,         // nothing free right now: try again later
  not_found,           // the named thing does not exist
  internal,            // a bug of ours: never expected
};

/// The stable lower-case name of a code, as it stands in JSON output ("invalid_wasm", ...).
const char* error_code_name(ErrorCode code);

/// The process exit code that belongs to an error (0 ok, 1 failed, 2 usage, 3 wasm, 4 toolchain,
/// 5 verification, 6 migration, 8 limit or deadline).
int exit_code_for(ErrorCode code);

struct Error {
  ErrorCode code = ErrorCode::internal;
  std::string message;  ///< One or two sentences: what is wrong, where, and the next step if there is one.

  /// Prefixes the message with one phrase of context: "while <phrase>: <message>".
  Error with_context(const std::string& phrase) && {
    message = phrase + ": " + message;
    return std::move(*this);
  }
};

}  // namespace ingot
