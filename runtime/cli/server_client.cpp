// SPDX-License-Identifier: Apache-2.0
#include "cli/server_client.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string_view>
#include <utility>

#include "cli/interrupt.hpp"

namespace ingot::cli {
namespace {

constexpr std::size_t token_bytes_max = 16 * 1024;
constexpr std::size_t answer_bytes_max = 32 * 1024 * 1024;
constexpr long connect_patience_ms = 10'000, answer_patience_ms = 60'000;

template <auto release>
struct Release {
  template <typename T>
  void operator()(T* object) const {
    release(object);
  }
};
using Easy = std::unique_ptr<CURL, Release<curl_easy_cleanup>>;
using List = std::unique_ptr<curl_slist, Release<curl_slist_free_all>>;
using Url = std::unique_ptr<CURLU, Release<curl_url_cleanup>>;

/// Once in the process.
bool curl_is_ready() {
  static const bool ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  return ready;
}

std::string part_of(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK || text == nullptr) return {};
  const std::unique_ptr<char, Release<curl_free>> owned(text);
  return text;
}

bool is_loopback(const std::string& host) { return host == "localhost" || host == "[::1]" || host.starts_with("127."); }

/// The URL without a slash at its end.
Result<std::string> checked_url(const std::string& text, bool with_token) {
  const Url url(curl_url());
  const auto wrong = [&text](const char* why) { return Error{ErrorCode::invalid_argument, "--url " + text + " " + why + "; it looks like http://127.0.0.1:8080"}; };
  if (url == nullptr || curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK) return wrong("is no URL");
  const std::string scheme = part_of(url.get(), CURLUPART_SCHEME);
  if (scheme != "http" && scheme != "https") return wrong("is neither http nor https");
  // A password on the command line is everybody's on this machine.
  if (!part_of(url.get(), CURLUPART_USER).empty() || !part_of(url.get(), CURLUPART_QUERY).empty() || !part_of(url.get(), CURLUPART_FRAGMENT).empty()) {
    return wrong("has a user, a query or a fragment");
  }
  if (with_token && scheme == "http" && !is_loopback(part_of(url.get(), CURLUPART_HOST))) {
    std::fprintf(stderr, "ingot: warning: the token goes over the network in the open; use https\n");
  }
  std::string base = text;
  while (base.ends_with('/')) base.pop_back();
  return base;
}

Result<std::string> read_token(const std::string& file) {
  std::string token, from = "INGOT_TOKEN";
  if (!file.empty()) {
    from = file;
    std::ifstream stream(file, std::ios::binary);
    token.resize(token_bytes_max + 1);
    stream.read(token.data(), static_cast<std::streamsize>(token.size()));
    if (!stream.is_open() || stream.bad()) return Error{ErrorCode::io, "cannot read the token in " + file};
    token.resize(static_cast<std::size_t>(stream.gcount()));
  } else if (const char* value = std::getenv("INGOT_TOKEN"); value != nullptr) {
    token = value;
  }
  while (!token.empty() && (token.back() == '\n' || token.back() == '\r' || token.back() == ' ')) token.pop_back();
  const auto of_a_token = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || std::string_view("-._~+/=").find(c) != std::string_view::npos; };  // RFC 6750
  if (token.size() > token_bytes_max || !std::ranges::all_of(token, of_a_token) || (token.empty() && !file.empty())) {
    return Error{ErrorCode::invalid_argument, from + " holds no token; `ingot token` prints one"};
  }
  return token;
}

std::size_t take_body(char* bytes, std::size_t size, std::size_t count, void* user) noexcept {
  auto& body = *static_cast<std::string*>(user);
  const std::size_t all = size * count;
  if (all > answer_bytes_max - body.size()) return 0;
  try {
    body.append(bytes, all);
  } catch (const std::bad_alloc&) {
    return 0;
  }
  return all;
}

int look_at_interrupt(void*, curl_off_t, curl_off_t, curl_off_t, curl_off_t) noexcept { return interrupted() ? 1 : 0; }

}  // namespace

struct ServerClient::State {
  Easy easy;
  List headers;
  std::string base;
  std::array<char, CURL_ERROR_SIZE> problem{};
};

ServerClient::ServerClient(std::unique_ptr<State> state) : state_(std::move(state)) {}
ServerClient::ServerClient(ServerClient&&) noexcept = default;
ServerClient::~ServerClient() = default;

Result<ServerClient> ServerClient::make(const ServerOptions& options) {
  INGOT_TRY(const std::string token, read_token(options.token_file));
  auto state = std::make_unique<State>();
  INGOT_TRY(state->base, checked_url(options.url, !token.empty()));
  if (curl_is_ready()) state->easy.reset(curl_easy_init());
  CURL* easy = state->easy.get();
  if (easy == nullptr) return Error{ErrorCode::unavailable, "libcurl cannot be used"};
  if (!token.empty()) {
    state->headers.reset(curl_slist_append(nullptr, ("Authorization: Bearer " + token).c_str()));
    if (state->headers == nullptr) return Error{ErrorCode::unavailable, "no memory"};
  }
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, state->headers.get());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);  // the token is for this server
  curl_easy_setopt(easy, CURLOPT_PROXY, "");
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, connect_patience_ms);
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, answer_patience_ms);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &take_body);
  curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, &look_at_interrupt);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, state->problem.data());
  if (!options.ca_file.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, options.ca_file.c_str());
  return ServerClient(std::move(state));
}

Result<std::optional<ServerAnswer>> ServerClient::get(const std::string& path) {
  CURL* easy = state_->easy.get();
  ServerAnswer answer;
  state_->problem[0] = '\0';
  curl_easy_setopt(easy, CURLOPT_URL, (state_->base + path).c_str());
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &answer.body);
  const CURLcode code = curl_easy_perform(easy);
  if (interrupted()) return std::optional<ServerAnswer>();
  if (code == CURLE_WRITE_ERROR) return Error{ErrorCode::limit, state_->base + " gave more than 32 MiB"};
  if (code != CURLE_OK) {
    const std::string why = state_->problem[0] != '\0' ? state_->problem.data() : curl_easy_strerror(code);
    return Error{ErrorCode::unavailable, "no answer from " + state_->base + ": " + why};
  }
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &answer.status);
  return std::optional(std::move(answer));
}

std::string percent_encoded(const std::string& text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string result;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || std::string_view("-._~").find(c) != std::string_view::npos) {
      result += c;
    } else {
      result += {'%', digits[byte >> 4U], digits[byte & 15U]};
    }
  }
  return result;
}

}  // namespace ingot::cli
