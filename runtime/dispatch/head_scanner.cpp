// SPDX-License-Identifier: Apache-2.0
#include "dispatch/head_scanner.hpp"

#include <algorithm>

namespace ingot::dispatch {

HeadScanner::State HeadScanner::scan(std::string_view received) {
  const std::size_t end = std::min(received.size(), head_bytes_max_);
  while (next_ < end) {
    const char c = received[next_];
    const bool after_cr = next_ > line_start_ && received[next_ - 1] == '\r';
    if (after_cr != (c == '\n') || c == '\0') return State::malformed;
    // White space at the start of any line but the first continues the line before; the first line is a method.
    if (next_ == line_start_ && (c == ' ' || c == '\t')) return State::malformed;
    ++next_;
    if (c != '\n') continue;
    const bool empty_line = next_ - line_start_ == 2;
    line_start_ = next_;
    if (empty_line) return State::complete;
  }
  if (received.size() < head_bytes_max_) return State::incomplete;
  return line_start_ == 0 ? State::line_too_long : State::head_too_large;
}

}  // namespace ingot::dispatch
