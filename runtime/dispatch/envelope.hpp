// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a client receives around a body: {"data":...,"meta":{...}} below status 400, {"error":{...}} from 400 on
// (abi/EERP.md). Text in, text out; pure functions.

#include <chrono>
#include <string>
#include <string_view>

#include "dispatch/refusal.hpp"

namespace ingot::dispatch {

/// {"data":<body_json>,"meta":{"request_id":..,"timestamp":..}}. REQUIRES: is_json(body_json).
std::string success_envelope(std::string_view body_json, std::string_view request_id, std::chrono::system_clock::time_point now);

/// {"error":{"code":..,"message":..,"request_id":..}}. Empty code or message: the default of the status.
std::string error_envelope(const Refusal& refusal, std::string_view request_id);

/// The error envelope of a module that answered `status`, 400 or above, with `body_json`. `code` is taken when it is 1
/// to 64 characters of UPPER_SNAKE, `message` when it is a string that is not empty; else, and for a body that is no
/// object, the defaults of the status stand in. Other members are not passed on. REQUIRES: is_json(body_json).
std::string module_error_envelope(int status, std::string_view body_json, std::string_view request_id);

/// "NOT_FOUND" for 404 and so on; an unlisted status falls to its class: BAD_REQUEST or INTERNAL_ERROR.
std::string_view default_error_code(int status);
/// One sentence to go with it.
std::string_view default_error_message(int status);

/// 2026-01-31T12:00:00.000Z: RFC 3339, UTC, milliseconds.
std::string rfc3339_ms(std::chrono::system_clock::time_point time);

}  // namespace ingot::dispatch
