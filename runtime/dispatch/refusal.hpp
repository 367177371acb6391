// SPDX-License-Identifier: Apache-2.0
#pragma once
// A request that the host answers by itself, without or instead of a module: an HTTP status, the code of the error
// envelope and one sentence for a person. A value; the sentence never holds text of the client or of a module.

#include <string>

namespace ingot::dispatch {

struct Refusal {
  int status = 500;
  std::string code;     ///< UPPER_SNAKE; empty means the default of the status (envelope.hpp).
  std::string message;  ///< Empty means the default of the status.
};

}  // namespace ingot::dispatch
