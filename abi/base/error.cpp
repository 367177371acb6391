// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"

namespace ingot {

const char* error_code_name(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_argument: return "invalid_argument";
    case ErrorCode::invalid_wasm: return "invalid_wasm";
    case ErrorCode::unsupported_wasm: return "unsupported_wasm";
    case ErrorCode::contract: return "contract";
    case ErrorCode::toolchain: return "toolchain";
    case ErrorCode::audit: return "audit";
    case ErrorCode::verification: return "verification";
    case ErrorCode::migration: return "migration";
    case ErrorCode::database: return "database";
    case ErrorCode::config: return "config";
    case ErrorCode::io: return "io";
    case ErrorCode::limit: return "limit";
    case ErrorCode::deadline: return "deadline";
    case ErrorCode::unavailable: return "unavailable";
    case ErrorCode::not_found: return "not_found";
    case ErrorCode::internal: return "internal";
  }
  return "internal";
}

int exit_code_for(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_argument: return 2;
    case ErrorCode::invalid_wasm:
    case ErrorCode::unsupported_wasm:
    case ErrorCode::contract: return 3;
    case ErrorCode::toolchain:
    case ErrorCode::audit: return 4;
    case ErrorCode::verification: return 5;
    case ErrorCode::migration: return 6;
    case ErrorCode::limit:
    case ErrorCode::deadline: return 8;
    default: return 1;
  }
}

}  // namespace ingot
