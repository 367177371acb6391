// SPDX-License-Identifier: Apache-2.0
// Requests of plugins to servers of the loopback interface: what may go where, and what comes back.
#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "fixture.hpp"
#include "host/extism/host_pattern.hpp"
#include "http_server.hpp"

namespace ingot::test {
namespace {

using namespace std::chrono_literals;
using host::extism::host_matches;
using nlohmann::json;

std::unique_ptr<Plugin> client(std::vector<std::string> hosts, PluginOptions options = {}) {
  options.settings.allowed_hosts = std::move(hosts);
  return tour(std::move(options));
}
std::string get(const std::string& url) { return json{{"url", url}}.dump(); }

TEST(HostPattern, Stars_marks_and_sets_are_read) {
  const std::tuple<const char*, const char*, bool> cases[] = {
      {"example.com", "example.com", true},      {"example.com", "EXAMPLE.com", true},         {"Example.com", "example.com", true},
      {"example.com", "example.co", false},      {"example.com", "example.com.evil.org", false}, {"*.example.com", "api.example.com", true},
      {"*.example.com", "a.b.example.com", true}, {"*.example.com", "example.com", false},     {"*", "anything.at.all", true},
      {"*", "", true},                           {"", "", true},                               {"", "a", false},
      {"a?c", "abc", true},                      {"a?c", "ac", false},                         {"host[0-9]", "host7", true},
      {"host[0-9]", "hosta", false},             {"host[!0-9]", "hosta", true},                {"host[!0-9]", "host1", false},
      {"[abc]x", "bx", true},                    {"*a*b*c", "xaxxbxxc", true},                 {"*a*b*c", "xaxxbxx", false},
      {"a**b", "axyzb", true},                   {"[]]x", "]x", true},                         {"127.0.0.*", "127.0.0.1", true},
      // These cannot be read as patterns.
      {"a***", "abc", false},                    {"a***", "a***", true},                       {"host[0", "host0", false},
      {"host[0", "host[0", true},
  };
  for (const auto& [pattern, host, expected] : cases) EXPECT_EQ(host_matches(pattern, host), expected) << pattern << " " << host;
}

TEST(PluginHttp, Asks_with_method_headers_and_body_and_gets_the_body) {
  std::string seen;
  HttpServer server([&](const std::string& request) {
    seen = request;
    return HttpServer::response("the answer");
  });
  const auto plugin = client({"127.0.0.1"});
  EXPECT_EQ(output_of(*plugin, "http", get(server.url("/path?q=1"))), "the answer");
  EXPECT_TRUE(seen.starts_with("GET /path?q=1 HTTP/1.1\r\n")) << seen;
  EXPECT_EQ(seen.find("Content-"), std::string::npos) << seen;
  const json post{{"url", server.url("/post")}, {"method", "put"}, {"headers", {{"X-One", "1"}, {"X-Empty", ""}, {"Content-Type", "text/plain"}}}};
  EXPECT_EQ(output_of(*plugin, "http_with_body", post.dump()), "the answer");
  EXPECT_TRUE(seen.starts_with("PUT /post HTTP/1.1\r\n")) << seen;
  for (const char* part : {"X-One: 1\r\n", "X-Empty:", "Content-Type: text/plain\r\n", "Content-Length: 5\r\n", "\r\n\r\nwrong"}) EXPECT_NE(seen.find(part), std::string::npos) << seen;
}

TEST(PluginHttp, Any_status_is_an_answer) {
  HttpServer server([](const std::string&) { return HttpServer::response("not here", "404 Not Found"); });
  const auto plugin = client({"127.*"});
  EXPECT_EQ(number_of(*plugin, "http_status", get(server.url())), 404u);
  EXPECT_EQ(output_of(*plugin, "http", get(server.url())), "not here");
}

TEST(PluginHttp, An_empty_body_is_no_handle) {
  HttpServer server([](const std::string&) { return HttpServer::response("", "204 No Content"); });
  EXPECT_EQ(output_of(*client({"*"}), "http", get(server.url())), "");
}

TEST(PluginHttp, Nothing_is_sent_where_it_may_not_go) {
  HttpServer server([](const std::string&) { return HttpServer::response("secret"); });
  for (const auto& hosts : {std::vector<std::string>{}, {"localhost"}, {"127.0.0.2", "*.0.0"}, {"127.0.0.1:*"}}) {
    EXPECT_EQ(error_of(*client(hosts), "http", get(server.url())), "HTTP request to " + server.url() + " is not allowed");
  }
  const auto plugin = client({"*"});
  for (const std::string url : {"file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/", "http://user@127.0.0.1/", "http://user:word@127.0.0.1/", "http://", "nonsense"}) {
    EXPECT_NE(error_of(*plugin, "http", get(url)).find("is not allowed"), std::string::npos) << url;
  }
  EXPECT_EQ(server.requests(), 0);
}

TEST(PluginHttp, A_host_is_the_one_that_is_connected_to) {
  HttpServer server([](const std::string&) { return HttpServer::response("secret"); });
  const std::string port = server.url().substr(server.url().rfind(':'));
  const auto plugin = client({"allowed.example"});
  // Names in places where careless readers look for the host.
  for (const std::string& url : {"http://allowed.example@127.0.0.1" + port, "http://127.0.0.1" + port.substr(0, port.size() - 1) + "/allowed.example", "http://127.0.0.1" + port + "#@allowed.example/",
                                 "http://127.0.0.1" + port.substr(0, port.size() - 1) + "\\@allowed.example/"}) {
    EXPECT_NE(error_of(*plugin, "http", get(url)), "no error") << url;
  }
  EXPECT_EQ(server.requests(), 0);
}

TEST(PluginHttp, A_redirect_is_judged_like_a_request) {
  HttpServer other([](const std::string&) { return HttpServer::response("secret"); });
  std::string seen;
  HttpServer server([&](const std::string& request) {
    seen = request;
    if (request.find(" /away ") != std::string::npos) return HttpServer::response("", "302 Found", "Location: " + other.url("/", "localhost") + "\r\n");
    if (request.find(" /here ") != std::string::npos) return HttpServer::response("", "302 Found", "Location: /there\r\n");
    if (request.find(" /see ") != std::string::npos) return HttpServer::response("", "303 See Other", "Location: there\r\n");
    if (request.find(" /keep ") != std::string::npos) return HttpServer::response("", "307 Temporary Redirect", "Location: there\r\n");
    if (request.find(" /file ") != std::string::npos) return HttpServer::response("", "302 Found", "Location: file:///etc/passwd\r\n");
    if (request.find(" /round ") != std::string::npos) return HttpServer::response("", "302 Found", "Location: /round\r\n");
    return HttpServer::response("there");
  });
  const auto plugin = client({"127.0.0.1"});
  EXPECT_EQ(output_of(*plugin, "http", get(server.url("/here"))), "there");
  EXPECT_EQ(error_of(*plugin, "http", get(server.url("/away"))), "HTTP request to " + other.url("/", "localhost") + " is not allowed");
  EXPECT_EQ(other.requests(), 0);
  EXPECT_NE(error_of(*plugin, "http", get(server.url("/file"))).find("is not allowed"), std::string::npos);
  EXPECT_NE(error_of(*plugin, "http", get(server.url("/round"))).find("sent on too often"), std::string::npos);
  const auto put = [&](const char* path) { return json{{"url", server.url(path)}, {"method", "PUT"}}.dump(); };
  EXPECT_EQ(output_of(*plugin, "http_with_body", put("/keep")), "there");
  EXPECT_TRUE(seen.starts_with("PUT /there ") && seen.ends_with("wrong")) << seen;
  EXPECT_EQ(output_of(*plugin, "http_with_body", put("/see")), "there");
  EXPECT_TRUE(seen.starts_with("GET /there ") && seen.ends_with("\r\n\r\n")) << seen;
}

TEST(PluginHttp, Credentials_are_for_the_server_that_they_were_given_for) {
  std::string seen;
  HttpServer other([&](const std::string& request) {
    seen = request;
    return HttpServer::response("other");
  });
  HttpServer server([&](const std::string&) { return HttpServer::response("", "302 Found", "Location: " + other.url() + "\r\n"); });
  const json request{{"url", server.url()}, {"headers", {{"Authorization", "Bearer x"}, {"cookie", "a=b"}, {"X-Kept", "1"}}}};
  EXPECT_EQ(output_of(*client({"127.0.0.1"}), "http", request.dump()), "other");
  EXPECT_EQ(seen.find("Bearer"), std::string::npos) << seen;
  EXPECT_EQ(seen.find("a=b"), std::string::npos) << seen;
  EXPECT_NE(seen.find("X-Kept: 1"), std::string::npos) << seen;
}

TEST(PluginHttp, A_response_has_a_limit) {
  HttpServer server([](const std::string&) { return HttpServer::response(std::string(1001, 'x')); });
  PluginOptions options;
  options.settings.http_response_bytes_max = 1001;
  EXPECT_EQ(output_of(*client({"*"}, options), "http", get(server.url())), std::string(1001, 'x'));
  options.settings.http_response_bytes_max = 1000;
  EXPECT_EQ(error_of(*client({"*"}, options), "http", get(server.url())), "HTTP response exceeds the configured maximum number of bytes: 1000");
}

TEST(PluginHttp, Headers_are_seen_when_that_is_allowed) {
  HttpServer server([](const std::string&) { return HttpServer::response("x", "200 OK", "X-One: 1\r\nset-cookie: a\r\nSet-Cookie: b\r\n"); });
  EXPECT_EQ(output_of(*client({"*"}), "http_headers", get(server.url())), "");
  PluginOptions options;
  options.settings.http_response_headers = true;
  const json headers = json::parse(output_of(*client({"*"}, options), "http_headers", get(server.url())));
  EXPECT_EQ(headers, (json{{"x-one", "1"}, {"set-cookie", "a, b"}, {"content-length", "1"}, {"connection", "close"}}));
}

TEST(PluginHttp, A_request_that_cannot_be_read_goes_nowhere) {
  HttpServer server([](const std::string&) { return HttpServer::response("x"); });
  const auto plugin = client({"*"});
  const std::string url = server.url();
  for (const json& request : {json{{"url", url}, {"metod", "GET"}}, json{{"url", 1}}, json{{"method", "GET"}}, json{{"url", url}, {"method", "GET / HTTP/1.1\r\nX: y"}},
                              json{{"url", url}, {"headers", {{"X", "1\r\nY: 2"}}}}, json{{"url", url}, {"headers", {{"X: 1\r\nY", "2"}}}}, json{{"url", url}, {"headers", {{"X", 1}}}}, json::array({url})}) {
    EXPECT_NE(error_of(*plugin, "http", request.dump()).find("cannot be read"), std::string::npos) << request;
  }
  EXPECT_NE(error_of(*plugin, "http", json{{"url", url}, {"headers", {{"X", std::string(1 << 20, 'x')}}}}.dump()).find("longer than 1048576 bytes"), std::string::npos);
  EXPECT_NE(error_of(*plugin, "http", "{"), "no error");
  EXPECT_NE(error_of(*plugin, "http", ""), "no error");
  EXPECT_EQ(server.requests(), 0);
}

TEST(PluginHttp, What_says_where_a_message_ends_is_the_hosts) {
  std::string seen;
  HttpServer server([&](const std::string& request) {
    seen = request;
    return HttpServer::response("x");
  });
  const json request{{"url", server.url()}, {"headers", {{"Host", "another.example"}, {"Content-Length", "100"}, {"Transfer-Encoding", "chunked"}}}};
  EXPECT_EQ(output_of(*client({"127.0.0.1"}), "http", request.dump()), "x");
  for (const char* part : {"another.example", "Content-Length", "chunked"}) EXPECT_EQ(seen.find(part), std::string::npos) << seen;
}

TEST(PluginHttp, A_server_that_never_answers_holds_nobody_up) {
  HttpServer server([](const std::string&) { return std::nullopt; });
  PluginOptions options;
  options.timeout_ms = 100;
  const auto late = client({"*"}, options);
  const auto before = sandbox::Clock::now();
  EXPECT_EQ(error_of(*late, "http", get(server.url())), "timeout");
  EXPECT_LT(sandbox::Clock::now() - before, 10s);
  const auto cancelled = client({"*"});
  std::thread canceller([&] {
    while (server.requests() < 2) std::this_thread::sleep_for(1ms);
    cancelled->cancel();
  });
  EXPECT_EQ(error_of(*cancelled, "http", get(server.url())), "cancelled");
  canceller.join();
}

TEST(PluginHttp, Nobody_there_is_a_failure_that_says_so) {
  std::string url;
  { url = HttpServer([](const std::string&) { return std::nullopt; }).url(); }
  const std::string said = error_of(*client({"*"}), "http", get(url));
  EXPECT_NE(said.find("HTTP request to " + url + " failed"), std::string::npos) << said;
}

}  // namespace
}  // namespace ingot::test
