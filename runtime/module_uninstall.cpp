// SPDX-License-Identifier: Apache-2.0
#include "module_uninstall.hpp"

#include <chrono>
#include <nlohmann/json.hpp>

#include "dispatch/envelope.hpp"
#include "observe/log.hpp"

namespace ingot {

Result<UninstallPreview> look_for_uninstall(const Config& config, const std::string& name) {
  return preview_uninstall(config, name, db::Clock::now() + std::chrono::milliseconds(config.call_deadline_ms));
}

nlohmann::json report_uninstall(const std::string& name, const UninstallPreview& preview, bool uninstalled) {
  nlohmann::json dependants = nlohmann::json::array(), tables = nlohmann::json::array();
  for (const Dependant& item : preview.dependants) dependants.push_back({{"name", item.name}, {"active", item.active}});
  for (const db::TableRows& table : preview.tables) tables.push_back({{"table", table.table}, {"rows", table.rows}});
  return {{"module", name}, {"version", preview.found ? preview.found->description.version : ""}, {"dependants", std::move(dependants)}, {"tables", std::move(tables)},
          {"files", preview.files}, {"files_kept", preview.other_files}, {"uninstalled", uninstalled}};
}

dispatch::HttpResponse refuse_uninstall(const Error& error, const dispatch::HttpRequest& request) {
  const auto refuse = [&](int status, const char* code, std::string message) { return dispatch::refusal_response({status, code, std::move(message)}, request.request_id); };
  if (error.code == ErrorCode::not_found || error.code == ErrorCode::invalid_argument) return refuse(404, "NOT_FOUND", "there is no such module");
  if (error.code == ErrorCode::config) return refuse(409, "NOT_CHANGED", error.message);
  observe::log(observe::Level::error, "what a module has could not be counted", {{"request_id", request.request_id}, {"reason", error.message}});
  return refuse(503, "DATABASE_UNAVAILABLE", "the database did not say in time what the module has in it; nothing was changed");
}

dispatch::HttpResponse answer_uninstall_preview(const Config& config, const std::string& name, const dispatch::HttpRequest& request) {
  const auto preview = look_for_uninstall(config, name);
  if (!preview.ok()) return refuse_uninstall(preview.error(), request);
  dispatch::HttpResponse response;
  const std::string data = report_uninstall(name, *preview, false).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  response.body = dispatch::success_envelope(data, request.request_id, std::chrono::system_clock::now());
  response.headers.push_back({"Cache-Control", "no-store"});
  return response;
}

}  // namespace ingot
