// SPDX-License-Identifier: Apache-2.0
#pragma once
// What `ingot run` is told to grant, word by word.

#include <string>
#include <vector>

#include "base/result.hpp"
#include "host/wasi/world.hpp"

namespace ingot::cli {

/// "HOST::GUEST" or "HOST" (the same name for both), with ":ro" behind it for reading only. Errors: invalid_argument.
Result<host::wasi::DirectoryGrant> parse_directory(const std::string& word);
/// "NAME=VALUE", or "NAME" alone for the value that it has here. Errors: invalid_argument.
Result<std::string> parse_variable(const std::string& word);
/// "ADDRESS:PORT" or "[ADDRESS]:PORT": a listening socket. Errors: invalid_argument, io.
Result<host::wasi::OwnedFd> listen_on(const std::string& word);

}  // namespace ingot::cli
