// SPDX-License-Identifier: Apache-2.0
#include "base/check.hpp"
#include "lower/embedded.hpp"

namespace ingot::compiler::lower {

std::string_view embedded_file(std::string_view name) {
  for (const EmbeddedFile& file : embedded_files()) {
    if (file.name == name) return file.text;
  }
  check_failed("no such embedded file", __FILE__, __LINE__);
}

}  // namespace ingot::compiler::lower
