// SPDX-License-Identifier: Apache-2.0
#pragma once
// Numbers of a fixed width, as dates have them. Every answer holds two dates, and a general formatter takes longer for one than the guest for its answer.

namespace ingot::dispatch {

/// Writes the last `digits` decimal digits of `number` to `text`, with zeros in front.
inline void put_digits(char* text, int digits, unsigned number) {
  for (; digits > 0; number /= 10) text[--digits] = static_cast<char>('0' + number % 10);
}

}  // namespace ingot::dispatch
