// SPDX-License-Identifier: Apache-2.0
#include "module_logs.hpp"

#include <charconv>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <variant>

#include "dispatch/envelope.hpp"
#include "dispatch/request_json.hpp"
#include "observe/module_log.hpp"

namespace ingot {
namespace {

constexpr std::uint64_t limit_default = 100;
constexpr std::uint64_t after_max = 0x1f'ffff'ffff'ffff;  // what a JSON reader with doubles keeps

struct Question {
  observe::Level level = observe::Level::trace;
  std::optional<std::uint64_t> after;
  std::uint64_t limit = limit_default;
};

std::optional<std::uint64_t> number(const std::string& text, std::uint64_t most) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value > most) return std::nullopt;
  return value;
}

std::variant<Question, dispatch::Refusal> read(const std::string& query) {
  const auto wrong = [](const char* message) { return dispatch::Refusal{400, "BAD_REQUEST", message}; };
  auto fields = dispatch::parse_query(query);
  if (auto* refusal = std::get_if<dispatch::Refusal>(&fields)) return std::move(*refusal);
  Question question;
  for (const auto& [name, value] : std::get<std::map<std::string, std::string>>(fields)) {
    if (name == "level") {
      const auto level = observe::parse_level(value);
      if (!level.ok()) return wrong("level must be trace, debug, info, warn or error");
      question.level = *level;
    } else if (name == "after") {
      question.after = number(value, after_max);
      if (!question.after) return wrong("after must be the number of a line, or the \"next\" of an answer");
    } else if (name == "limit") {
      const auto limit = number(value, observe::module_log_lines_max);
      if (!limit || *limit == 0) return wrong("limit must be a number from 1 to 1000");
      question.limit = *limit;
    } else {
      return wrong("the query knows level, after and limit");
    }
  }
  return question;
}

}  // namespace

dispatch::HttpResponse answer_module_logs(const std::string& module, const dispatch::HttpRequest& request) {
  const auto read_query = read(request.query);
  if (const auto* refusal = std::get_if<dispatch::Refusal>(&read_query)) return dispatch::refusal_response(*refusal, request.request_id);
  const auto& question = std::get<Question>(read_query);
  const observe::LogPage page = observe::module_lines(module, question.level, question.after.value_or(0), !question.after, question.limit);
  nlohmann::json lines = nlohmann::json::array();
  for (const observe::LogLine& line : page.lines) {
    nlohmann::json& one = lines.emplace_back(nlohmann::json{{"number", line.number}, {"time", line.time}, {"level", observe::level_text(line.level)}, {"message", line.message}});
    for (const auto& [name, value] : {std::pair{"request_id", &line.request_id}, {"tenant", &line.tenant}, {"reason", &line.reason}, {"backtrace", &line.backtrace}}) {
      if (!value->empty()) one[name] = *value;
    }
  }
  const nlohmann::json data{{"lines", std::move(lines)}, {"next", page.next}, {"lost", page.lost}};
  dispatch::HttpResponse response;
  // What a module wrote need not be UTF-8.
  response.body = dispatch::success_envelope(data.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace), request.request_id, std::chrono::system_clock::now());
  response.headers.push_back({"Cache-Control", "no-store"});
  return response;
}

}  // namespace ingot
