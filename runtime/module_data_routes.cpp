// SPDX-License-Identifier: Apache-2.0
#include "module_data_routes.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <thread>

#include "dispatch/envelope.hpp"
#include "dispatch/request_json.hpp"
#include "limits.hpp"
#include "module_rows.hpp"
#include "module_uninstall.hpp"
#include "observe/log.hpp"

namespace ingot {
namespace {

constexpr std::size_t export_bytes_max = std::size_t{64} << 20;  // an answer is whole in memory
constexpr std::chrono::milliseconds poll_interval{50};

dispatch::HttpResponse refuse(const dispatch::HttpRequest& request, int status, const char* code, std::string message) {
  return dispatch::refusal_response({status, code, std::move(message)}, request.request_id);
}

/// A message of the database is for the log.
dispatch::HttpResponse refuse_error(const dispatch::HttpRequest& request, const std::string& name, const Error& error, const char* what) {
  observe::log(observe::Level::error, what, {{"module", name}, {"request_id", request.request_id}, {"reason", error.message}});
  if (error.code == ErrorCode::limit || error.code == ErrorCode::unavailable) return refuse(request, 409, "NOT_CHANGED", error.message);
  if (error.code == ErrorCode::migration) return refuse(request, 409, "NOT_CHANGED", "the database's records of the module do not fit its tables: `ingot migrate check` says more");
  return refuse(request, 503, "DATABASE_UNAVAILABLE", std::string(what) + ": the log says why");
}

/// Nobody may still use what is dropped: not another server, and no request of ours that began when the module was there.
Result<void> wait_until_unused(Application& application, db::Deadline deadline) {
  for (;;) {
    INGOT_TRY(const bool only, application.is_only_user());
    if (only) return {};
    if (db::Clock::now() + poll_interval > deadline) {
      return Error{ErrorCode::unavailable, "another server, another verb of ingot, or a request that has not ended yet uses this database: nothing was dropped; try again without them"};
    }
    std::this_thread::sleep_for(poll_interval);
  }
}

/// The name in a body {"confirm": NAME}, of the form that names have; nothing for any other body.
std::optional<std::string> confirmed_name(const dispatch::HttpRequest& request) {
  const auto body = nlohmann::json::parse(request.body, nullptr, false);
  const bool good = dispatch::is_json_media_type(dispatch::find_header(request.headers, "content-type")) && body.is_object() && body.size() == 1 && body.contains("confirm") && body["confirm"].is_string();
  if (!good) return std::nullopt;
  const auto name = body["confirm"].get<std::string>();
  const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
  const auto is_part = [&](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '_'; };
  if (name.empty() || name.size() > limits::module_name_bytes_max || !is_letter(name[0]) || !std::ranges::all_of(name, is_part)) return std::nullopt;
  return name;
}

}  // namespace

dispatch::HttpResponse answer_export(const Config& config, const std::string& name, const dispatch::HttpRequest& request) {
  const auto preview = look_for_uninstall(config, name);
  if (!preview.ok()) return refuse_uninstall(preview.error(), request);
  dispatch::HttpResponse response;
  const auto written = export_rows(config, name, db::Clock::now() + std::chrono::milliseconds(config.call_deadline_ms), [&](std::string_view line) -> Result<void> {
    if (response.body.size() + line.size() > export_bytes_max) return Error{ErrorCode::limit, "its rows are more than 64 MiB: `ingot uninstall --export FILE` or `ingot backup` write them on the server"};
    response.body += line;
    return {};
  });
  if (!written.ok()) return refuse_error(request, name, written.error(), "the rows of a module could not be written out");
  response.content_type = "application/x-ndjson";
  response.headers.push_back({"Cache-Control", "no-store"});
  response.headers.push_back({"Content-Disposition", "attachment; filename=\"" + name + ".ndjson\""});  // a module's name: letters, digits and _
  return response;
}

dispatch::HttpResponse answer_purge(Application& application, const std::string& name, const dispatch::HttpRequest& request, const std::string& subject) {
  const Config& config = application.config();
  const auto preview = look_for_uninstall(config, name);
  if (!preview.ok()) return refuse_uninstall(preview.error(), request);
  if (preview->found || application.entry(name) != nullptr) return refuse(request, 409, "NOT_CHANGED", "the module is installed: DELETE /api/modules/" + name + " first");
  const std::string expected = "what is dropped is gone: the body must be {\"confirm\":\"" + name + "\"}, as application/json";
  const auto confirmed = confirmed_name(request);
  if (!confirmed) return refuse(request, 400, "BAD_REQUEST", expected);
  if (*confirmed != name) return refuse(request, 409, "NOT_CHANGED", expected);

  const db::Deadline deadline = db::Clock::now() + std::chrono::milliseconds(config.call_deadline_ms);
  // Asked twice: with patience before anything is locked, and once no migration can begin, so that a server that starts meanwhile is seen or waits.
  if (const auto unused = wait_until_unused(application, deadline); !unused.ok()) return refuse_error(request, name, unused.error(), "the rows of a module could not be dropped");
  const auto purged = purge_rows(config, name, deadline, [&] { return wait_until_unused(application, db::Clock::now()); });
  if (!purged.ok()) {
    if (purged.error().code != ErrorCode::database) return refuse_error(request, name, purged.error(), "the rows of a module could not be dropped");
    observe::log(observe::Level::error, "the rows of a module could not be dropped", {{"module", name}, {"request_id", request.request_id}, {"reason", purged.error().message}});
    return refuse(request, 409, "NOT_CHANGED", "the database refused, so nothing was dropped; mostly since tables of others refer to these. The log has its words");
  }
  observe::log(observe::Level::warn, "the rows of an uninstalled module were dropped", {{"module", name}, {"request_id", request.request_id}, {"subject", subject}});

  nlohmann::json tables = nlohmann::json::array();
  for (const db::TableRows& table : preview->tables) tables.push_back({{"table", table.table}, {"rows", table.rows}});
  const nlohmann::json data{{"module", name}, {"tables", std::move(tables)}, {"purged", true}, {"schema_kept", purged->schema_kept}};
  dispatch::HttpResponse response;
  response.body = dispatch::success_envelope(data.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace), request.request_id, std::chrono::system_clock::now());
  return response;
}

}  // namespace ingot
