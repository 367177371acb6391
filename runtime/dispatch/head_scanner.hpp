// SPDX-License-Identifier: Apache-2.0
#pragma once
// Finds the end of a request head in raw bytes and refuses what a parser might read differently from the proxy before
// it: a bare CR or LF as line ending, a NUL, a line that continues the one before it (obs-fold, RFC 9112 5.2). What
// passes is still to be parsed. A value; one per request; no allocation.

#include <cstddef>
#include <string_view>

namespace ingot::dispatch {

class HeadScanner {
 public:
  enum class State {
    incomplete,      ///< More bytes are needed.
    complete,        ///< The head ends at head_bytes().
    malformed,       ///< One of the faults above.
    head_too_large,  ///< More than the limit without an end.
    line_too_long,   ///< The same, and not even the request line has ended.
  };

  /// Both in bytes, the closing empty line included.
  explicit HeadScanner(std::size_t head_bytes_max) : head_bytes_max_(head_bytes_max) {}

  /// `received` holds all bytes from the head's first one on, those of earlier calls included.
  State scan(std::string_view received);

  /// REQUIRES: the last state was complete.
  std::size_t head_bytes() const { return next_; }

 private:
  std::size_t head_bytes_max_;
  std::size_t next_ = 0;        ///< first byte not looked at yet
  std::size_t line_start_ = 0;  ///< of the line that holds next_
};

}  // namespace ingot::dispatch
