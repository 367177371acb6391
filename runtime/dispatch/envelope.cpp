// SPDX-License-Identifier: Apache-2.0
#include "dispatch/envelope.hpp"

#include <algorithm>
#include <array>

#include "dispatch/digits.hpp"
#include "dispatch/json_text.hpp"

namespace ingot::dispatch {
namespace {

struct Default {
  int status;
  std::string_view code;
  std::string_view message;
};

constexpr Default bad_request = {400, "BAD_REQUEST", "The request is not valid."};
constexpr Default internal_error = {500, "INTERNAL_ERROR", "Something went wrong on the server."};

constexpr std::array<Default, 25> defaults = {{
    bad_request,
    {401, "UNAUTHENTICATED", "Credentials are missing or not valid."},
    {402, "PAYMENT_REQUIRED", "Payment is required."},
    {403, "FORBIDDEN", "This is not allowed."},
    {404, "NOT_FOUND", "There is nothing here."},
    {405, "METHOD_NOT_ALLOWED", "The method is not allowed here."},
    {406, "NOT_ACCEPTABLE", "No acceptable form of the answer exists."},
    {408, "REQUEST_TIMEOUT", "The request took too long to arrive."},
    {409, "CONFLICT", "The request conflicts with the present state."},
    {410, "GONE", "This is gone."},
    {412, "PRECONDITION_FAILED", "A precondition failed."},
    {413, "PAYLOAD_TOO_LARGE", "The body is too large."},
    {414, "URI_TOO_LONG", "The request target is too long."},
    {415, "UNSUPPORTED_MEDIA_TYPE", "The body's format is not supported."},
    {417, "EXPECTATION_FAILED", "The expectation cannot be met."},
    {422, "UNPROCESSABLE_ENTITY", "The request cannot be processed."},
    {428, "PRECONDITION_REQUIRED", "The request must be conditional."},
    {429, "TOO_MANY_REQUESTS", "Too many requests."},
    {431, "HEADERS_TOO_LARGE", "The request's headers are too large."},
    internal_error,
    {501, "NOT_IMPLEMENTED", "This is not implemented."},
    {502, "BAD_GATEWAY", "Another server gave no valid answer."},
    {503, "UNAVAILABLE", "Not available right now; try again later."},
    {504, "DEADLINE_EXCEEDED", "The time allowed ran out."},
    {505, "HTTP_VERSION_NOT_SUPPORTED", "The HTTP version is not supported."},
}};

const Default& default_of(int status) {
  const auto found = std::find_if(defaults.begin(), defaults.end(), [status](const Default& d) { return d.status == status; });
  if (found != defaults.end()) return *found;
  return status >= 400 && status < 500 ? bad_request : internal_error;
}

void append_member(std::string& out, std::string_view name, std::string_view text) {
  append_json_key(out, name);
  append_json_text(out, text);
}

bool is_upper_snake(std::string_view text) {
  const auto allowed = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; };
  return !text.empty() && text.size() <= 64 && text.front() >= 'A' && text.front() <= 'Z' && std::all_of(text.begin(), text.end(), allowed);
}

}  // namespace

std::string_view default_error_code(int status) { return default_of(status).code; }
std::string_view default_error_message(int status) { return default_of(status).message; }

std::string success_envelope(std::string_view body_json, std::string_view request_id, std::chrono::system_clock::time_point now) {
  std::string out = "{\"data\":";
  out.reserve(body_json.size() + 128);
  out += body_json;
  out += ",\"meta\":{";
  append_member(out, "request_id", request_id);
  append_member(out, "timestamp", rfc3339_ms(now));
  out += "}}";
  return out;
}

std::string error_envelope(const Refusal& refusal, std::string_view request_id) {
  std::string out = "{\"error\":{";
  append_member(out, "code", refusal.code.empty() ? default_error_code(refusal.status) : refusal.code);
  append_member(out, "message", refusal.message.empty() ? default_error_message(refusal.status) : refusal.message);
  append_member(out, "request_id", request_id);
  out += "}}";
  return out;
}

std::string module_error_envelope(int status, std::string_view body_json, std::string_view request_id) {
  Refusal refusal{status, "", ""};
  for_each_member(body_json, [&refusal](std::string_view name, std::string_view value) {
    if (!value.starts_with('"')) return true;
    if (name == "code") refusal.code = json_string_value(value);
    if (name == "message") refusal.message = json_string_value(value);
    return true;
  });
  if (!is_upper_snake(refusal.code)) refusal.code.clear();
  return error_envelope(refusal, request_id);
}

std::string rfc3339_ms(std::chrono::system_clock::time_point time) {
  using namespace std::chrono;
  const auto ms = floor<milliseconds>(time);
  const auto day = floor<days>(ms);
  const year_month_day date(day);
  const hh_mm_ss clock(ms - day);
  std::string text = "0000-00-00T00:00:00.000Z";
  put_digits(&text[0], 4, static_cast<unsigned>(int(date.year())));
  put_digits(&text[5], 2, unsigned(date.month()));
  put_digits(&text[8], 2, unsigned(date.day()));
  put_digits(&text[11], 2, static_cast<unsigned>(clock.hours().count()));
  put_digits(&text[14], 2, static_cast<unsigned>(clock.minutes().count()));
  put_digits(&text[17], 2, static_cast<unsigned>(clock.seconds().count()));
  put_digits(&text[20], 3, static_cast<unsigned>(clock.subseconds().count()));
  return text;
}

}  // namespace ingot::dispatch
