// SPDX-License-Identifier: Apache-2.0
#include "dispatch/response_head.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "dispatch/digits.hpp"

namespace ingot::dispatch {
namespace {

/// Phrases for people who read traces; clients ignore them (RFC 9112 4).
std::string_view reason_phrase(int status) {
  struct Phrase {
    int status;
    std::string_view text;
  };
  static constexpr std::array<Phrase, 36> phrases = {{{200, "OK"},
                                                      {201, "Created"},
                                                      {202, "Accepted"},
                                                      {204, "No Content"},
                                                      {206, "Partial Content"},
                                                      {301, "Moved Permanently"},
                                                      {302, "Found"},
                                                      {303, "See Other"},
                                                      {304, "Not Modified"},
                                                      {307, "Temporary Redirect"},
                                                      {308, "Permanent Redirect"},
                                                      {400, "Bad Request"},
                                                      {401, "Unauthorized"},
                                                      {402, "Payment Required"},
                                                      {403, "Forbidden"},
                                                      {404, "Not Found"},
                                                      {405, "Method Not Allowed"},
                                                      {406, "Not Acceptable"},
                                                      {408, "Request Timeout"},
                                                      {409, "Conflict"},
                                                      {410, "Gone"},
                                                      {412, "Precondition Failed"},
                                                      {413, "Content Too Large"},
                                                      {414, "URI Too Long"},
                                                      {415, "Unsupported Media Type"},
                                                      {417, "Expectation Failed"},
                                                      {422, "Unprocessable Content"},
                                                      {428, "Precondition Required"},
                                                      {429, "Too Many Requests"},
                                                      {431, "Request Header Fields Too Large"},
                                                      {500, "Internal Server Error"},
                                                      {501, "Not Implemented"},
                                                      {502, "Bad Gateway"},
                                                      {503, "Service Unavailable"},
                                                      {504, "Gateway Timeout"},
                                                      {505, "HTTP Version Not Supported"}}};
  const auto found = std::find_if(phrases.begin(), phrases.end(), [status](const Phrase& p) { return p.status == status; });
  return found == phrases.end() ? std::string_view() : found->text;
}

// With a status line, a date, an id as this server makes them, a type and a length.
constexpr std::size_t usual_head_bytes = 256;

void append_field(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += ": ";
  out += value;
  out += "\r\n";
}

/// The present date, made once a second by each thread.
const std::string& date_field(std::chrono::system_clock::time_point now) {
  struct Kept {
    std::chrono::sys_seconds second;
    std::string text;
  };
  static thread_local Kept kept;
  const auto second = std::chrono::floor<std::chrono::seconds>(now);
  if (kept.text.empty() || kept.second != second) kept = {second, http_date(now)};
  return kept.text;
}

bool is_servers_own(std::string_view name) {
  return is_connection_field(name) || name == "date" || name == "x-request-id" || name == "content-type";
}

}  // namespace

bool is_sendable(const HttpResponse& response) {
  const auto clean = [](const Header& header) { return is_token(header.name) && is_field_value(header.value); };
  return response.status >= 200 && response.status <= 599 && is_field_value(response.content_type) &&
         std::all_of(response.headers.begin(), response.headers.end(), clean);
}

bool sends_body(int status, bool answers_head) { return !answers_head && status != 204 && status != 304; }

std::string response_head(const HttpResponse& response, const ResponseFraming& framing) {
  const bool has_content = response.status != 204 && response.status != 304;
  std::string out;
  std::size_t bytes = usual_head_bytes;
  for (const Header& header : response.headers) bytes += header.name.size() + header.value.size() + std::string_view(": \r\n").size();
  out.reserve(bytes + (response.body.size() <= copied_body_bytes_max ? response.body.size() : 0));
  out += "HTTP/1.1 ";
  out += std::to_string(response.status);
  out += ' ';
  out += reason_phrase(response.status);
  out += "\r\n";
  append_field(out, "date", date_field(framing.now));
  append_field(out, "x-request-id", framing.request_id);
  if (has_content) {
    if (!response.content_type.empty()) append_field(out, "content-type", response.content_type);
    append_field(out, "content-length", std::to_string(response.body.size()));
  }
  if (!framing.keep_alive) {
    append_field(out, "connection", "close");
  } else if (framing.answers_1_0) {
    append_field(out, "connection", "keep-alive");
  }
  for (const Header& header : response.headers) {
    if (!is_servers_own(to_lower(header.name))) append_field(out, header.name, header.value);
  }
  out += "\r\n";
  return out;
}

std::string http_date(std::chrono::system_clock::time_point time) {
  using namespace std::chrono;
  static constexpr std::string_view weekdays = "SunMonTueWedThuFriSat", months = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const auto second = floor<seconds>(time);
  const auto day = floor<days>(second);
  const year_month_day date(day);
  const hh_mm_ss clock(second - day);
  std::string text = "Day, 00 Mon 0000 00:00:00 GMT";
  text.replace(0, 3, weekdays.substr(3 * weekday(day).c_encoding(), 3));
  put_digits(&text[5], 2, unsigned(date.day()));
  text.replace(8, 3, months.substr(3 * (unsigned(date.month()) - 1), 3));
  put_digits(&text[12], 4, static_cast<unsigned>(int(date.year())));
  put_digits(&text[17], 2, static_cast<unsigned>(clock.hours().count()));
  put_digits(&text[20], 2, static_cast<unsigned>(clock.minutes().count()));
  put_digits(&text[23], 2, static_cast<unsigned>(clock.seconds().count()));
  return text;
}

}  // namespace ingot::dispatch
