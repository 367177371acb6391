// SPDX-License-Identifier: Apache-2.0
#pragma once
// Where guest code lies in this process. Written when a module is loaded or unloaded, read by signal handlers: the table has
// a fixed size and takes no lock on the reading side.

#include <cstdint>

#include "base/result.hpp"

namespace ingot::sandbox {

/// Registers guest text for as long as it lives. Resource; any thread.
class TextRange final {
 public:
  /// Errors: limit, when the table is full.
  static Result<TextRange> add(std::uintptr_t begin, std::uintptr_t end);
  TextRange(TextRange&& other) noexcept : index_(other.index_) { other.index_ = -1; }
  TextRange& operator=(TextRange&&) = delete;
  TextRange(const TextRange&) = delete;
  ~TextRange();

 private:
  explicit TextRange(int index) : index_(index) {}
  int index_;
};

/// True when `pc` lies in registered guest text. Async-signal-safe.
bool in_guest_text(std::uintptr_t pc);

}  // namespace ingot::sandbox
