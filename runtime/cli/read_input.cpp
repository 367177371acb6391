// SPDX-License-Identifier: Apache-2.0
#include "cli/read_input.hpp"

#include <fstream>
#include <iostream>
#include <sstream>

namespace ingot::cli {

Result<std::string> read_input(const CallOptions& options) {
  if (options.input_file.empty()) return options.input;
  std::ostringstream content;
  if (options.input_file == "-") {
    content << std::cin.rdbuf();
    return content.str();
  }
  std::ifstream stream(options.input_file, std::ios::binary);
  content << stream.rdbuf();
  if (!stream) return Error{ErrorCode::io, "cannot read " + options.input_file};
  return content.str();
}

}  // namespace ingot::cli
