// SPDX-License-Identifier: Apache-2.0
#include "dispatch/compress.hpp"

#include <zlib.h>

#include <algorithm>
#include <optional>
#include <string>

namespace ingot::dispatch {
namespace {

constexpr int level = 4;         // most of what 9 saves, at a third of its time
constexpr int gzip_window = 15 + 16;  // 32 KiB, with gzip's header and not zlib's
constexpr int memory_level = 8;

/// "0", "0.", "0.000": the only weights that mean no.
bool is_zero_weight(std::string_view parameter) {
  parameter = trim(parameter);
  if (parameter.size() < 3 || (parameter[0] != 'q' && parameter[0] != 'Q') || parameter[1] != '=') return false;
  const std::string_view value = parameter.substr(2);
  return value[0] == '0' && value.find_first_not_of("0.") == std::string_view::npos;
}

bool is_text(std::string_view content_type) {
  const std::string type = to_lower(trim(content_type.substr(0, content_type.find(';'))));
  return type.starts_with("text/") || type == "application/json" || type.ends_with("+json") || type == "application/javascript" || type.ends_with("+xml");
}

bool has_field(const HttpResponse& response, std::string_view name) {
  return std::ranges::any_of(response.headers, [&](const Header& header) { return equals_ignoring_case(header.name, name); });
}

std::optional<std::string> gzip(const std::string& body) {
  z_stream stream{};
  if (::deflateInit2(&stream, level, Z_DEFLATED, gzip_window, memory_level, Z_DEFAULT_STRATEGY) != Z_OK) return std::nullopt;
  std::string made(::deflateBound(&stream, static_cast<uLong>(body.size())), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body.data()));  // zlib reads only; its type is older than const
  stream.avail_in = static_cast<uInt>(body.size());
  stream.next_out = reinterpret_cast<Bytef*>(made.data());
  stream.avail_out = static_cast<uInt>(made.size());
  const int outcome = ::deflate(&stream, Z_FINISH);
  made.resize(stream.total_out);
  ::deflateEnd(&stream);
  return outcome == Z_STREAM_END ? std::optional<std::string>(std::move(made)) : std::nullopt;
}

}  // namespace

bool accepts_gzip(std::string_view accept_encoding) {
  std::optional<bool> named, any;
  while (!accept_encoding.empty()) {
    const std::size_t end = std::min(accept_encoding.find(','), accept_encoding.size());
    const std::string_view item = accept_encoding.substr(0, end);
    accept_encoding.remove_prefix(std::min(end + 1, accept_encoding.size()));
    const std::size_t semicolon = item.find(';');
    const std::string coding = to_lower(trim(item.substr(0, semicolon)));
    const bool wanted = semicolon == std::string_view::npos || !is_zero_weight(item.substr(semicolon + 1));
    if (coding == "gzip" || coding == "x-gzip") named = wanted;
    if (coding == "*") any = wanted;
  }
  return named.value_or(any.value_or(false));
}

void compress(HttpResponse& response, std::string_view accept_encoding) {
  if (response.body.size() < compress_bytes_min || response.body.size() > UINT32_MAX / 2 || !is_text(response.content_type)) return;
  if (has_field(response, "content-encoding") || has_field(response, "set-cookie") || has_field(response, "cache-control") || has_field(response, "content-range")) return;
  response.headers.push_back({"Vary", "Accept-Encoding"});
  if (!accepts_gzip(accept_encoding)) return;
  auto made = gzip(response.body);
  if (!made || made->size() >= response.body.size()) return;
  response.body = std::move(*made);
  response.headers.push_back({"Content-Encoding", "gzip"});
}

}  // namespace ingot::dispatch
