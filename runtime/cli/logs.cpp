// SPDX-License-Identifier: Apache-2.0
// `ingot logs`: the last lines of the log about a module, of a server that runs; with --follow also those that come.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "cli/commands.hpp"
#include "cli/interrupt.hpp"
#include "cli/server_client.hpp"

namespace ingot::cli {
namespace {

using nlohmann::json;

constexpr std::chrono::milliseconds period{1000}, nap{50};
constexpr std::size_t page_lines_max = 1000;

/// Text of a guest's for a terminal: no control character reaches it (a guest must not move a cursor, set a title or clear what was said before).
std::string shown(const std::string& text) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const auto escape = [&](unsigned char what) { result += {'\\', 'x', digits[what >> 4U], digits[what & 15U]}; };
    if (byte < 0x20 || byte == 0x7f) {
      escape(byte);
    } else if (byte == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0) {
      escape(static_cast<unsigned char>(text[++i]));  // U+0080 to U+009F
    } else {
      result += text[i];
    }
  }
  return result;
}

std::string member(const json& line, const char* name) {
  const auto found = line.find(name);
  return found != line.end() && found->is_string() ? shown(found->get<std::string>()) : std::string();
}

void print_line(const json& line, bool as_json) {
  if (as_json) {
    std::printf("%s\n", line.dump(-1, ' ', true, json::error_handler_t::replace).c_str());
    return;
  }
  std::string text = member(line, "time") + " " + member(line, "level") + " " + member(line, "message");
  for (const char* name : {"reason", "request_id", "tenant"}) {
    if (const std::string value = member(line, name); !value.empty()) text += std::string(" ") + name + "=" + value;
  }
  if (const auto backtrace = line.find("backtrace"); backtrace != line.end() && backtrace->is_string()) {
    const auto whole = backtrace->get<std::string>();
    for (std::size_t from = 0; from < whole.size();) {
      const std::size_t end = std::min(whole.find('\n', from), whole.size());
      text += "\n    " + shown(whole.substr(from, end - from));
      from = end + 1;
    }
  }
  std::printf("%s\n", text.c_str());
}

struct Page {
  json lines;
  std::uint64_t next = 0, lost = 0;
};

/// What the server said, or why it did not.
Result<Page> read_page(const ServerAnswer& answer, const LogsOptions& options) {
  const json body = json::parse(answer.body, nullptr, false);
  if (answer.status != 200) {
    std::string message;
    if (body.is_object() && body.contains("error") && body["error"].is_object()) message = member(body["error"], "message");
    const std::string said = message.empty() ? "status " + std::to_string(answer.status) : message;
    if (answer.status == 401) return Error{ErrorCode::config, "the server wants another token (" + said + "): put one with ingot:admin:read into --token-file FILE or INGOT_TOKEN"};
    if (answer.status == 403) return Error{ErrorCode::config, "the token does not grant ingot:admin:read (" + said + ")"};
    if (answer.status == 404) return Error{ErrorCode::not_found, "module " + options.module + ": " + said};
    return Error{answer.status >= 500 ? ErrorCode::unavailable : ErrorCode::config, "the server refuses: " + said};
  }
  const auto is_count = [](const json& value) { return value.is_number_unsigned(); };
  if (!body.is_object() || !body.contains("data") || !body["data"].is_object()) return Error{ErrorCode::config, "what answers there is no Ingot: its answer has no lines"};
  const json& data = body["data"];
  const bool good = data.contains("lines") && data["lines"].is_array() && std::ranges::all_of(data["lines"], [](const json& line) { return line.is_object(); }) && data.contains("next") &&
                    is_count(data["next"]) && data.contains("lost") && is_count(data["lost"]);
  if (!good) return Error{ErrorCode::config, "what answers there is no Ingot: its answer has no lines"};
  return Page{data["lines"], data["next"].get<std::uint64_t>(), data["lost"].get<std::uint64_t>()};
}

void wait_a_period() {
  const auto until = std::chrono::steady_clock::now() + period;
  while (!interrupted() && std::chrono::steady_clock::now() < until) std::this_thread::sleep_for(nap);
}

/// Prints page after page. Ends when there is no more, and with --follow when somebody interrupts it, or the server refuses.
Result<void> show(const LogsOptions& options) {
  INGOT_TRY(ServerClient client, ServerClient::make(options.server));
  const std::string path = "/api/modules/" + percent_encoded(options.module) + "/logs?level=" + percent_encoded(options.level);
  std::optional<std::uint64_t> after;
  bool silent = false;  // the server did not answer the last time, and that was said
  while (!interrupted()) {
    const std::string rest = after ? "&after=" + std::to_string(*after) + "&limit=" + std::to_string(page_lines_max) : "&limit=" + std::to_string(options.lines);
    auto answer = client.get(path + rest);
    // A server that is started anew is not there for a moment.
    const bool gone = !answer.ok() ? answer.error().code == ErrorCode::unavailable : answer->has_value() && (*answer)->status >= 500;
    if (gone && after) {
      if (!silent) std::fprintf(stderr, "ingot: %s; asking again\n", answer.ok() ? "the server is not ready" : answer.error().message.c_str());
      silent = true;
      wait_a_period();
      continue;
    }
    if (!answer.ok()) return std::move(answer).error();
    if (!answer->has_value()) return {};
    silent = false;
    INGOT_TRY(const Page page, read_page(**answer, options));
    if (after && page.next < *after) {  // it counts from 1 again
      std::fprintf(stderr, "ingot: the server was started anew\n");
      after = 0;
      continue;
    }
    if (page.lost > 0 && after) std::fprintf(stderr, "ingot: %llu lines were pushed out before they could be read\n", static_cast<unsigned long long>(page.lost));
    for (const json& line : page.lines) print_line(line, options.json);
    if (std::fflush(stdout) != 0) return Error{ErrorCode::io, "cannot write to standard output"};
    const bool more = after && page.lines.size() == page_lines_max && page.next > *after;
    after = page.next;
    if (!options.follow) return {};
    if (!more) wait_a_period();
  }
  return {};
}

}  // namespace

int logs(const LogsOptions& options) {
  catch_interrupts();
  const auto done = show(options);
  return done.ok() ? 0 : report(done.error());
}

}  // namespace ingot::cli
