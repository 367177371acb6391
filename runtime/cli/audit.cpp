// SPDX-License-Identifier: Apache-2.0
// `ingot audit`: who changed what, and how long that is kept.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/utc.hpp"
#include "cli/commands.hpp"
#include "cli/consent.hpp"
#include "config.hpp"
#include "db/audit.hpp"
#include "db/host_statement.hpp"
#include "open_database.hpp"

namespace ingot::cli {
namespace {

constexpr std::uint64_t days_max = 36'500;
constexpr std::uint64_t seconds_a_day = 86'400;

/// "90d" is 90 days ago; else a time as entries have it, or a beginning of one down to the year. Errors: invalid_argument.
Result<std::string> moment(const char* option, const std::string& text) {
  if (text.empty()) return text;
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (const std::string_view days = std::string_view(text).substr(0, text.size() - 1); text.back() == 'd' && !days.empty() && days.size() <= 5 && std::ranges::all_of(days, is_digit)) {
    const std::uint64_t count = std::stoul(std::string(days));
    if (count <= days_max) return utc_text(utc_now() - count * seconds_a_day);
  }
  constexpr std::string_view pattern = "0000-00-00T00:00:00.000Z";
  std::string_view given = text;
  if (given.size() == pattern.size() - 4 && given.back() == 'Z') given.remove_suffix(1);  // without milliseconds
  bool fits = given.size() >= 4 && given.size() <= pattern.size();
  for (std::size_t i = 0; fits && i < given.size(); ++i) fits = pattern[i] == '0' ? is_digit(given[i]) : given[i] == pattern[i];
  if (fits) return std::string(given);
  return Error{ErrorCode::invalid_argument, std::string(option) + " '" + text + "' is no time: write 2026-11-23T08:00:00Z or a beginning of that (UTC), or 90d for 90 days ago"};
}

/// Control characters of what modules and clients wrote must not reach a terminal.
std::string shown(std::string_view text) {
  std::string out;
  for (const char c : text) out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  return out.empty() ? "-" : out;
}

void print(const db::AuditEntry& entry, bool json) {
  if (json) {
    auto detail = nlohmann::ordered_json::parse(entry.detail, nullptr, false);
    if (detail.is_discarded()) detail = entry.detail;
    const nlohmann::ordered_json line{{"at", entry.at}, {"module", entry.module}, {"table", entry.table}, {"row", entry.row_id}, {"action", entry.action},
                                      {"subject", entry.subject}, {"tenant", entry.tenant}, {"request_id", entry.request_id}, {"detail", std::move(detail)}};
    std::printf("%s\n", line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace).c_str());
    return;
  }
  std::printf("%s  %-11s %s %s  by %s (tenant %s, request %s)  %s\n", shown(entry.at).c_str(), shown(entry.action).c_str(),
              shown(entry.table.empty() ? entry.module : entry.module + "." + entry.table).c_str(), shown(entry.row_id).c_str(), shown(entry.subject).c_str(),
              shown(entry.tenant).c_str(), shown(entry.request_id).c_str(), shown(entry.detail).c_str());
}

Result<void> run_verb(AuditVerb verb, const AuditOptions& options) {
  INGOT_TRY(const Config config, load_config(options.config));
  db::AuditFilter filter{options.module, options.table, options.row, options.subject, options.request_id, {}, {}};
  INGOT_TRY(filter.since, moment("--since", options.since));
  INGOT_TRY(filter.before, moment("--before", options.before));
  std::optional<db::UseLock> use;
  if (verb == AuditVerb::prune) {
    INGOT_TRY(use, share_database(config));
  }
  INGOT_TRY(const auto database, open_database(config, verb == AuditVerb::list));
  INGOT_TRY(const auto connection, database->connect(db::Clock::now() + std::chrono::seconds(config.connect_timeout_s)));
  const db::AuditTable table(database->kind());
  INGOT_TRY(const bool there, table.exists(*connection));
  if (verb == AuditVerb::list) {
    if (!there) return {};
    INGOT_TRY(const auto entries, table.newest(*connection, filter, static_cast<int>(options.limit)));
    for (const db::AuditEntry& entry : entries) print(entry, options.json);
    return {};
  }

  std::uint64_t removed = 0;
  if (there) {
    INGOT_TRY(const std::uint64_t chosen, table.count(*connection, filter));
    if (chosen > 0 && !options.yes) INGOT_TRY_VOID(ask_for(std::to_string(chosen) + " entries from before " + filter.before + " will be lost.", "prune", "--yes"));
    INGOT_TRY_VOID(connection->begin_write(db::Deadline::max()));
    db::TransactionGuard transaction(*connection);
    INGOT_TRY(removed, table.remove(*connection, filter));
    INGOT_TRY_VOID(transaction.commit());
  }
  std::printf(options.json ? "{\"removed\":%llu}\n" : "%llu entries removed\n", static_cast<unsigned long long>(removed));
  return {};
}

}  // namespace

int audit(AuditVerb verb, const AuditOptions& options) {
  const auto done = run_verb(verb, options);
  return done.ok() ? 0 : report(done.error(), options.json);
}

}  // namespace ingot::cli
