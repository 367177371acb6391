// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a function of ingot.h fails with, and the fence that keeps exceptions inside.

#include <exception>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "embed/include/ingot.h"

struct ingot_error {
  ingot_error_code code = INGOT_ERROR_INTERNAL;
  std::string message;
  ingot_trap trap = INGOT_TRAP_NONE;
  std::vector<std::string> frames;
};

namespace ingot::embed {

struct FreeError {
  void operator()(ingot_error* error) const { ingot_error_free(error); }
};

/// May throw bad_alloc, as guarded() expects.
ingot_error* fail(ingot_error_code code, std::string message);
ingot_error* fail(const Error& error);
/// Needs no memory; ingot_error_free knows it.
ingot_error* out_of_memory() noexcept;

/// Runs `body`, which returns an ingot_error or null; an exception becomes one.
template <typename Body>
ingot_error* guarded(Body&& body) noexcept {
  try {
    try {
      return body();
    } catch (const std::bad_alloc&) {
      return out_of_memory();
    } catch (const std::exception& exception) {
      return fail(INGOT_ERROR_INTERNAL, std::string("not expected: ") + exception.what());
    }
  } catch (...) {
    return out_of_memory();
  }
}

}  // namespace ingot::embed
