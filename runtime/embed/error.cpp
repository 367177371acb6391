// SPDX-License-Identifier: Apache-2.0
#include "embed/error.hpp"

#include "sandbox/trap.hpp"

namespace ingot::embed {
namespace {

ingot_error_code code_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_argument:
    case ErrorCode::config:
    case ErrorCode::not_found: return INGOT_ERROR_ARGUMENT;
    case ErrorCode::contract: return INGOT_ERROR_CONTRACT;
    case ErrorCode::verification: return INGOT_ERROR_VERIFICATION;
    case ErrorCode::io: return INGOT_ERROR_IO;
    case ErrorCode::limit: return INGOT_ERROR_LIMIT;
    case ErrorCode::deadline:
    case ErrorCode::unavailable: return INGOT_ERROR_UNAVAILABLE;
    default: return INGOT_ERROR_INTERNAL;
  }
}

}  // namespace

ingot_error* fail(ingot_error_code code, std::string message) { return new ingot_error{code, std::move(message), INGOT_TRAP_NONE, {}}; }
ingot_error* fail(const Error& error) { return fail(code_of(error.code), error.message); }

ingot_error* out_of_memory() noexcept {
  // Short enough to stand inside the string itself: making it asks for no memory either.
  static ingot_error error{INGOT_ERROR_LIMIT, "out of memory", INGOT_TRAP_NONE, {}};
  return &error;
}

}  // namespace ingot::embed

extern "C" {

ingot_error_code ingot_error_get_code(const ingot_error* error) { return error->code; }
const char* ingot_error_message(const ingot_error* error) { return error->message.c_str(); }
ingot_trap ingot_error_trap(const ingot_error* error) { return error->trap; }
const char* ingot_trap_name(ingot_trap trap) { return ingot::sandbox::trap_name(trap); }
size_t ingot_error_frame_count(const ingot_error* error) { return error->frames.size(); }
const char* ingot_error_frame(const ingot_error* error, size_t index) { return index < error->frames.size() ? error->frames[index].c_str() : nullptr; }
void ingot_error_free(ingot_error* error) {
  if (error != ingot::embed::out_of_memory()) delete error;
}

}  // extern "C"
