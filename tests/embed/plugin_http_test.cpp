// SPDX-License-Identifier: Apache-2.0
// Plugins that ask servers of the loopback interface, through ingot_plugin.h: what a manifest allows, what comes back, and who waits meanwhile. What a request may say is tried by
// unit/extism/http_test.cpp.
#include <atomic>
#include <chrono>
#include <functional>
#include <thread>
#include <vector>

#include "embed/plugin_source.hpp"
#include "unit/extism/http_server.hpp"

namespace ingot::test {
namespace {

using namespace std::chrono_literals;

std::string request(const std::string& url) { return R"({"url": ")" + url + "\"}"; }
/// A tour that may ask these hosts (a JSON array) and has ten seconds, so that nothing here hangs.
Plugin client(const std::string& hosts, const std::string& more = R"(, "timeout_ms": 10000)") { return tour(R"(, "allowed_hosts": )" + hosts + more); }
/// Until it is so; false: it was not within ten seconds.
bool wait_until(const std::function<bool()>& holds) {
  for (const auto end = std::chrono::steady_clock::now() + 10s; !holds();) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(1ms);
  }
  return true;
}

TEST(PluginHttpInC, Asks_allowed_hosts_and_gets_status_and_body) {
  std::string seen;
  HttpServer server([&](const std::string& text) {
    seen = text;
    return text.starts_with("GET /lost ") ? HttpServer::response("not here", "404 Not Found") : HttpServer::response("the answer");
  });
  Plugin plugin = client(R"(["127.0.0.1"])");
  EXPECT_EQ(plugin.call("http", request(server.url("/path?q=1"))), "the answer");
  EXPECT_TRUE(seen.starts_with("GET /path?q=1 HTTP/1.1\r\n")) << seen;
  EXPECT_EQ(plugin.call("http_status", request(server.url("/lost"))), number_text(404));
  EXPECT_EQ(plugin.call("http", request(server.url("/lost"))), "not here");
  EXPECT_EQ(plugin.call("http_with_body", R"({"url": ")" + server.url("/put") + R"(", "method": "PUT", "headers": {"X-One": "1"}})"), "the answer");
  EXPECT_TRUE(seen.starts_with("PUT /put HTTP/1.1\r\n") && contains(seen, "X-One: 1\r\n") && seen.ends_with("\r\n\r\nwrong")) << seen;
}

TEST(PluginHttpInC, Reaches_no_other_host) {
  HttpServer server([](const std::string&) { return HttpServer::response("secret"); });
  const std::string refused = "134: HTTP request to " + server.url() + " is not allowed";
  for (const char* hosts : {"[]", R"(["localhost"])", R"(["127.0.0.2", "*.0.0"])"}) {
    Plugin plugin = client(hosts);
    EXPECT_EQ(failure(plugin, "http", request(server.url())), refused) << hosts;
  }
  Plugin nobody = tour();  // a bundle by itself
  EXPECT_EQ(failure(nobody, "http", request(server.url())), refused);
  EXPECT_EQ(server.requests(), 0);
  Plugin matching = client(R"(["127.*.?.[0-9]"])");
  EXPECT_EQ(matching.call("http", request(server.url())), "secret");
}

TEST(PluginHttpInC, A_redirect_goes_to_allowed_hosts_only) {
  HttpServer other([](const std::string&) { return HttpServer::response("other"); });
  HttpServer server([&](const std::string& text) {
    return text.starts_with("GET /away ") ? HttpServer::response("", "302 Found", "Location: " + other.url("/", "localhost") + "\r\n")
         : text.starts_with("GET /here ") ? HttpServer::response("", "302 Found", "Location: /there\r\n")
                                          : HttpServer::response("there");
  });
  Plugin plugin = client(R"(["127.0.0.1"])");
  EXPECT_EQ(plugin.call("http", request(server.url("/here"))), "there");
  EXPECT_EQ(failure(plugin, "http", request(server.url("/away"))), "134: HTTP request to " + other.url("/", "localhost") + " is not allowed");
  EXPECT_EQ(other.requests(), 0);
  EXPECT_EQ(plugin.call("http", request(server.url("/here"))), "there");  // it goes on
  Plugin both = client(R"(["127.0.0.1", "localhost"])");
  EXPECT_EQ(both.call("http", request(server.url("/away"))), "other");
}

TEST(PluginHttpInC, Headers_of_a_response_are_seen_once_that_is_allowed) {
  HttpServer server([](const std::string&) { return HttpServer::response("x", "200 OK", "X-One: 1\r\n"); });
  Plugin plugin = client(R"(["*"])");
  EXPECT_EQ(plugin.call("http_headers", request(server.url())), "");
  plugin.allow_http_response_headers();
  EXPECT_EQ(plugin.call("http_headers", request(server.url())), R"({"connection":"close","content-length":"1","x-one":"1"})");
  Plugin another = client(R"(["*"])");
  EXPECT_EQ(another.call("http_headers", request(server.url())), "");
}

TEST(PluginHttpInC, Waits_as_long_as_the_call_may_take_or_until_it_is_cancelled) {
  HttpServer server([](const std::string&) { return std::nullopt; });
  Plugin late = client(R"(["*"])", R"(, "timeout_ms": 100)");
  EXPECT_EQ(failure(late, "http", request(server.url())), "134: timeout");
  Plugin cancelled = client(R"(["*"])");
  std::thread canceller([&] {
    EXPECT_TRUE(wait_until([&] { return server.requests() == 2; }));
    EXPECT_TRUE(cancelled.cancel());
  });
  EXPECT_EQ(failure(cancelled, "http", request(server.url())), "134: cancelled");
  canceller.join();
  EXPECT_EQ(cancelled.call("echo", "next"), "next");
}

TEST(PluginHttpInC, A_request_on_a_fiber_leaves_its_thread_to_others) {
  std::atomic<bool> arrived{false}, others_are_done{false};
  HttpServer slow([&](const std::string&) {
    arrived = true;
    return HttpServer::response(wait_until([&] { return others_are_done.load(); }) ? "late" : "nobody else ran");
  });
  Plugin waiting = client(R"(["127.0.0.1"])"), working = client("[]");
  std::vector<std::string> ended;
  Loop loop;
  loop.spawn([&] { ended.push_back(waiting.call("http", request(slow.url()))); });
  loop.spawn([&] {
    // Computes until the other one's request is at the server, which answers only after this.
    EXPECT_TRUE(wait_until([&] {
      EXPECT_EQ(working.call("echo", "on we go"), "on we go");
      ingot_yield();
      return arrived.load();
    }));
    for (int turn = 0; turn < 100; ++turn) EXPECT_EQ(working.call("copy", std::to_string(turn)), std::to_string(turn));
    ended.push_back("worked");
    others_are_done = true;
  });
  loop.stop();
  loop.run();
  EXPECT_EQ(ended, (std::vector<std::string>{"worked", "late"}));
}

TEST(PluginHttpInC, Requests_of_several_fibers_are_under_way_at_once) {
  constexpr int count = 4;
  std::atomic<int> arrived{0};
  // None is answered before all have come.
  const auto answer = [&](const std::string&) {
    ++arrived;
    return HttpServer::response(wait_until([&] { return arrived.load() == count; }) ? "all at once" : "one after the other");
  };
  HttpServer servers[count]{HttpServer(answer), HttpServer(answer), HttpServer(answer), HttpServer(answer)};
  std::vector<Plugin> plugins;
  for (int index = 0; index < count; ++index) plugins.push_back(client(R"(["127.0.0.1"])", R"(, "timeout_ms": 30000)"));
  std::vector<std::string> answers;
  Loop loop;
  for (int index = 0; index < count; ++index) {
    loop.spawn([&, index] { answers.push_back(plugins[static_cast<std::size_t>(index)].call("http", request(servers[index].url()))); });
  }
  loop.stop();
  loop.run();
  EXPECT_EQ(answers, std::vector<std::string>(count, "all at once"));
}

TEST(PluginHttpInC, A_request_on_a_fiber_ends_with_its_time_or_a_cancel) {
  HttpServer server([](const std::string&) { return std::nullopt; });
  Plugin late = client(R"(["*"])", R"(, "timeout_ms": 100)"), cancelled = client(R"(["*"])");
  std::string of_late, of_cancelled;
  Loop loop;
  loop.spawn([&] { of_late = failure(late, "http", request(server.url())); });
  loop.spawn([&] { of_cancelled = failure(cancelled, "http", request(server.url())); });
  loop.spawn([&] {
    while (server.requests() < 2) EXPECT_EQ(ingot_sleep(1'000'000), INGOT_WAIT_DONE);
    EXPECT_TRUE(cancelled.cancel());
  });
  loop.stop();
  loop.run();
  EXPECT_EQ(of_late, "134: timeout");
  EXPECT_EQ(of_cancelled, "134: cancelled");
}

}  // namespace
}  // namespace ingot::test
