// SPDX-License-Identifier: Apache-2.0
#include "admin/page.hpp"

#include <string>

#include "base/check.hpp"
#include "format/signature.hpp"
#include "base/base64url.hpp"

namespace ingot::admin {
namespace {

// #embed is C23's; clang has it in C++ too.
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wc23-extensions"
constexpr unsigned char html[] = {
#embed "page/admin.html"
};
constexpr unsigned char css[] = {
#embed "page/admin.css"
};
constexpr unsigned char js[] = {
#embed "page/admin.js"
};
#pragma clang diagnostic pop

template <std::size_t size>
std::string text_of(const unsigned char (&bytes)[size]) {
  return {reinterpret_cast<const char*>(bytes), size};
}

/// 'sha256-...' of Content Security Policy Level 3: of exactly what stands between the tags, in ordinary base64.
std::string source_of(const std::string& text) {
  const format::Digest digest = format::sha256({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  std::string base64 = to_base64url({reinterpret_cast<const char*>(digest.data()), digest.size()});
  for (char& c : base64) c = c == '-' ? '+' : c == '_' ? '/' : c;
  return "'sha256-" + base64 + "='";  // 32 bytes are 43 characters and one of padding
}

void put(std::string& document, std::string_view place, const std::string& text) {
  const std::size_t at = document.find(place);
  INGOT_CHECK(at != std::string::npos);
  document.replace(at, place.size(), text);
}

struct Page {
  std::string document, policy;
};

Page make() {
  const std::string style = text_of(css), script = text_of(js);
  Page page{text_of(html), {}};
  put(page.document, "{{admin.css}}", style);
  put(page.document, "{{admin.js}}", script);
  page.policy = "default-src 'none'; script-src " + source_of(script) + "; style-src " + source_of(style) +
                "; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";
  return page;
}

}  // namespace

bool is_page_path(std::string_view path) { return path == "/admin" || path == "/admin/"; }

dispatch::HttpResponse page_response() {
  static const Page page = make();
  dispatch::HttpResponse response;
  response.content_type = "text/html; charset=utf-8";
  response.headers = {{"Content-Security-Policy", page.policy}, {"X-Frame-Options", "DENY"},          {"X-Content-Type-Options", "nosniff"},
                      {"Referrer-Policy", "no-referrer"},       {"Cache-Control", "no-cache"},        {"Cross-Origin-Opener-Policy", "same-origin"},
                      {"Cross-Origin-Resource-Policy", "same-origin"}};
  response.body = page.document;
  return response;
}

}  // namespace ingot::admin
