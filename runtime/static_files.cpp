// SPDX-License-Identifier: Apache-2.0
#include "static_files.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "dispatch/field_rules.hpp"
#include "format/signature.hpp"
#include "format/static_files.hpp"
#include "modules/description.hpp"

namespace ingot {
namespace {

constexpr std::size_t etag_digits = 32;  // of 64: 128 bits tell files apart

struct Type {
  std::string_view ending, content_type;
};
constexpr std::array<Type, 26> types{{{"avif", "image/avif"},
                                      {"css", "text/css; charset=utf-8"},
                                      {"csv", "text/csv; charset=utf-8"},
                                      {"gif", "image/gif"},
                                      {"htm", "text/html; charset=utf-8"},
                                      {"html", "text/html; charset=utf-8"},
                                      {"ico", "image/vnd.microsoft.icon"},
                                      {"jpeg", "image/jpeg"},
                                      {"jpg", "image/jpeg"},
                                      {"js", "text/javascript; charset=utf-8"},
                                      {"json", "application/json"},
                                      {"map", "application/json"},
                                      {"md", "text/markdown; charset=utf-8"},
                                      {"mjs", "text/javascript; charset=utf-8"},
                                      {"mp4", "video/mp4"},
                                      {"otf", "font/otf"},
                                      {"pdf", "application/pdf"},
                                      {"png", "image/png"},
                                      {"svg", "image/svg+xml"},
                                      {"ttf", "font/ttf"},
                                      {"txt", "text/plain; charset=utf-8"},
                                      {"wasm", "application/wasm"},
                                      {"webp", "image/webp"},
                                      {"woff", "font/woff"},
                                      {"woff2", "font/woff2"},
                                      {"xml", "application/xml"}}};

/// Whether a list of entity tags has this one; weak comparison (RFC 9110 8.8.3.2).
bool names(std::string_view list, std::string_view etag) {
  const auto opaque = [](std::string_view tag) { return tag.starts_with("W/") ? tag.substr(2) : tag; };
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(','), list.size());  // our own tags hold no comma
    const std::string_view tag = dispatch::trim(list.substr(0, end));
    if (tag == "*" || opaque(tag) == opaque(etag)) return true;
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return false;
}

}  // namespace

std::string_view content_type_of(std::string_view path) {
  const std::size_t dot = path.rfind('.');
  const std::string ending = dot == std::string_view::npos ? std::string() : dispatch::to_lower(path.substr(dot + 1));
  const auto found = std::ranges::find(types, std::string_view(ending), &Type::ending);
  return found == types.end() ? "application/octet-stream" : found->content_type;
}

Result<StaticFiles> static_files_of(const bundle::VerifiedBundle& bundle) {
  StaticFiles served;
  INGOT_TRY(const std::vector<format::StaticFile> files, format::parse_static_files(bundle.static_files()));
  if (files.empty()) return served;
  INGOT_TRY(const modules::Description description, modules::parse_description(bundle.manifest().module_json));
  const std::string permission = description.name + ":static_files:read";
  if (std::ranges::find(description.permissions, permission) != description.permissions.end()) served.permission = permission;
  for (const format::StaticFile& file : files) {
    const std::string digest = format::hex(format::sha256(file.bytes));
    served.files.push_back({file.path, content_type_of(file.path), "W/\"" + digest.substr(0, etag_digits) + "\"", file.bytes});
  }
  return served;
}

dispatch::HttpResponse answer_static_file(const ServedFile& file, const dispatch::HttpRequest& request) {
  dispatch::HttpResponse response;
  response.content_type = file.content_type;
  response.headers = {{"ETag", file.etag},
                      {"X-Content-Type-Options", "nosniff"},
                      // An origin that nobody else has: no cookies, no storage, no answers of this API, no frames around it.
                      {"Content-Security-Policy", "sandbox allow-scripts; frame-ancestors 'none'"}};
  if (names(dispatch::find_header(request.headers, "if-none-match"), file.etag)) {
    response.status = 304;
    return response;
  }
  response.body.assign(reinterpret_cast<const char*>(file.bytes.data()), file.bytes.size());
  return response;
}

}  // namespace ingot
