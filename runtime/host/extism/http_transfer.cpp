// SPDX-License-Identifier: Apache-2.0
#include "host/extism/http_transfer.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <vector>

#include "host/wasi/wait.hpp"
#include "limits.hpp"
#include "sandbox/watchdog.hpp"

namespace ingot::host::extism {
namespace {

using sandbox::Clock;

template <auto release>
struct Release {
  template <typename T>
  void operator()(T* object) const {
    release(object);
  }
};
using Easy = std::unique_ptr<CURL, Release<curl_easy_cleanup>>;
using Multi = std::unique_ptr<CURLM, Release<curl_multi_cleanup>>;
using List = std::unique_ptr<curl_slist, Release<curl_slist_free_all>>;
using Url = std::unique_ptr<CURLU, Release<curl_url_cleanup>>;

/// Once in the process.
bool curl_is_ready() {
  static const bool ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  return ready;
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](char letter) { return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + ('a' - 'A')) : letter; });
  return result;
}

/// A part of a URL; empty when it has none.
std::string part_of(CURLU* url, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, flags) != CURLUE_OK || text == nullptr) return {};
  const std::unique_ptr<char, Release<curl_free>> owned(text);
  return text;
}

Url parse(const std::string& text) {
  Url url(curl_url());
  if (url == nullptr || curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK) return nullptr;
  return url;
}

/// What libcurl waits for, and what came.
struct Exchange {
  std::vector<pollfd> sockets;
  std::optional<Clock::time_point> timer;
  HttpResponse* response = nullptr;
  std::uint64_t body_bytes_max = 0, header_bytes = 0;
  bool too_large = false, out_of_memory = false;
};

int note_socket(CURL*, curl_socket_t socket, int what, void* user, void*) noexcept {
  auto& exchange = *static_cast<Exchange*>(user);
  std::erase_if(exchange.sockets, [socket](const pollfd& known) { return known.fd == socket; });
  const auto events = static_cast<short>((what & CURL_POLL_IN ? POLLIN : 0) | (what & CURL_POLL_OUT ? POLLOUT : 0));
  if (what == CURL_POLL_REMOVE || events == 0) return 0;
  try {
    exchange.sockets.push_back({socket, events, 0});
  } catch (const std::bad_alloc&) {
    return -1;
  }
  return 0;
}

int note_timer(CURLM*, long milliseconds, void* user) noexcept {
  auto& exchange = *static_cast<Exchange*>(user);
  exchange.timer.reset();
  if (milliseconds >= 0) exchange.timer = Clock::now() + std::chrono::milliseconds(milliseconds);
  return 0;
}

std::size_t take_body(char* bytes, std::size_t size, std::size_t count, void* user) noexcept {
  auto& exchange = *static_cast<Exchange*>(user);
  const std::size_t all = size * count;
  exchange.too_large = exchange.too_large || all > exchange.body_bytes_max - exchange.response->body.size();
  if (exchange.too_large) return 0;
  try {
    exchange.response->body.append(bytes, all);
  } catch (const std::bad_alloc&) {
    exchange.out_of_memory = true;
    return 0;
  }
  return all;
}

std::size_t take_header(char* bytes, std::size_t size, std::size_t count, void* user) noexcept {
  auto& exchange = *static_cast<Exchange*>(user);
  std::string_view line(bytes, size * count);
  const std::size_t all = line.size();
  exchange.header_bytes += all;
  if (exchange.header_bytes > limits::extism_http_header_bytes_max) return 0;
  while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.remove_suffix(1);
  try {
    if (line.starts_with("HTTP/")) exchange.response->headers.clear();  // whatever came before was not the answer
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || line.starts_with("HTTP/")) return all;
    std::string_view value = line.substr(colon + 1);
    value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
    const auto [at, is_new] = exchange.response->headers.try_emplace(lower(line.substr(0, colon)), value);
    if (!is_new) at->second.append(", ").append(value);
  } catch (const std::bad_alloc&) {
    exchange.out_of_memory = true;
    return 0;
  }
  return all;
}

/// Null when there is no memory.
List headers_of(const HttpRequest& request) {
  List list;
  const auto add = [&list](const std::string& line) {
    curl_slist* longer = curl_slist_append(list.get(), line.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    list.release();
    list.reset(longer);
  };
  bool has_type = false;
  for (const auto& [name, value] : request.headers) {
    has_type = has_type || lower(name) == "content-type";
    // Without a value there must be a semicolon, or the header is left out.
    add(value.empty() ? name + ";" : name + ": " + value);
  }
  // What libcurl would say by itself.
  if (!has_type) add("Content-Type:");
  add("Expect:");
  return list;
}

void set_up(CURL* easy, CURLU* url, const HttpRequest& request, curl_slist* headers, Exchange& exchange, char* error) {
  curl_easy_setopt(easy, CURLOPT_CURLU, url);
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_PROXY, "");
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);  // a name that is being looked up holds nobody up
  curl_easy_setopt(easy, CURLOPT_USERAGENT, "ingot");
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, error);
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &exchange);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &exchange);
  const bool sends = !request.body.empty() || request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
  if (sends) {
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.empty() ? "" : request.body.data());
  }
  if (request.method == "HEAD") curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

/// Until it is over, or the call should stop.
ingot_trap drive(CURLM* multi, Exchange& exchange) {
  int running = 0;
  curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running);
  while (running > 0) {
    std::vector<pollfd> waiting = exchange.sockets;
    const auto woken = wasi::wait_for(waiting, exchange.timer.value_or(Clock::time_point::max()));
    if (woken == sandbox::Woken::stopped) return sandbox::CallScope::requested();
    if (exchange.timer && Clock::now() >= *exchange.timer) {
      exchange.timer.reset();
      curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running);
    }
    for (const pollfd& socket : waiting) {
      if (socket.revents == 0) continue;
      const int what = (socket.revents & POLLIN ? CURL_CSELECT_IN : 0) | (socket.revents & POLLOUT ? CURL_CSELECT_OUT : 0) |
                       (socket.revents & (POLLERR | POLLHUP | POLLNVAL) ? CURL_CSELECT_ERR : 0);
      curl_multi_socket_action(multi, socket.fd, what, &running);
    }
  }
  return INGOT_TRAP_NONE;
}

CURLcode result_of(CURLM* multi) {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi, &left)) {
    if (message->msg == CURLMSG_DONE) return message->data.result;
  }
  return CURLE_RECV_ERROR;
}

}  // namespace

bool read_target(const std::string& text, HttpTarget& target) {
  const Url url = curl_is_ready() ? parse(text) : nullptr;
  if (url == nullptr || !part_of(url.get(), CURLUPART_USER).empty() || !part_of(url.get(), CURLUPART_PASSWORD).empty()) return false;
  target.scheme = lower(part_of(url.get(), CURLUPART_SCHEME));
  target.host = lower(part_of(url.get(), CURLUPART_HOST));
  target.port = part_of(url.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT);
  return !target.host.empty() && (target.scheme == "http" || target.scheme == "https");
}

HttpOutcome exchange(const HttpRequest& request, std::uint64_t response_bytes_max, HttpResponse& response) {
  const Url url = parse(request.url);
  const Easy easy(curl_easy_init());
  const Multi multi(curl_multi_init());
  if (url == nullptr || easy == nullptr || multi == nullptr) throw std::bad_alloc();
  const List headers = headers_of(request);
  Exchange state;
  state.response = &response;
  state.body_bytes_max = response_bytes_max;
  char error[CURL_ERROR_SIZE] = "";
  set_up(easy.get(), url.get(), request, headers.get(), state, error);
  curl_multi_setopt(multi.get(), CURLMOPT_SOCKETFUNCTION, note_socket);
  curl_multi_setopt(multi.get(), CURLMOPT_SOCKETDATA, &state);
  curl_multi_setopt(multi.get(), CURLMOPT_TIMERFUNCTION, note_timer);
  curl_multi_setopt(multi.get(), CURLMOPT_TIMERDATA, &state);
  curl_multi_add_handle(multi.get(), easy.get());
  HttpOutcome outcome;
  outcome.trap = drive(multi.get(), state);
  const CURLcode result = outcome.trap == INGOT_TRAP_NONE ? result_of(multi.get()) : CURLE_OK;
  long status = 0;
  char* redirect = nullptr;
  curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(easy.get(), CURLINFO_REDIRECT_URL, &redirect);
  if (redirect != nullptr) response.redirect = redirect;
  response.status = static_cast<std::int32_t>(status);
  curl_multi_remove_handle(multi.get(), easy.get());
  if (state.out_of_memory) throw std::bad_alloc();
  if (state.too_large) {
    outcome.failure = "HTTP response exceeds the configured maximum number of bytes: " + std::to_string(response_bytes_max);
  } else if (result != CURLE_OK) {
    outcome.failure = "HTTP request to " + request.url + " failed: " + (error[0] != '\0' ? error : curl_easy_strerror(result));
  }
  return outcome;
}

}  // namespace ingot::host::extism
