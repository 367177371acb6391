// SPDX-License-Identifier: Apache-2.0
// `ingot backup` and `ingot restore`.
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "backup/databases.hpp"
#include "base/utc.hpp"
#include "bundle/verify.hpp"
#include "cli/commands.hpp"
#include "cli/consent.hpp"
#include "config.hpp"
#include "modules/discovery.hpp"
#include "open_database.hpp"
#include "version.hpp"

namespace ingot::cli {
namespace {

/// What is installed beside the database. A module that cannot be read is no reason to have no backup.
std::vector<backup::ModuleRecord> installed_modules(const Config& config) {
  std::vector<backup::ModuleRecord> list;
  const auto found = modules::discover(config.module_roots);
  const auto trust = load_trust(config.trust);
  if (!found.ok()) {
    std::fprintf(stderr, "ingot: warning: the backup's list of modules is empty: %s\n", found.error().message.c_str());
    return list;
  }
  for (const modules::Found& module : *found) {
    backup::ModuleRecord record{module.description.name, module.description.version, ""};
    if (trust.ok() && !module.bundle_path.empty()) {
      if (const auto bundle = bundle::open_and_verify(module.bundle_path, *trust); bundle.ok()) record.digest = bundle->digest();
    }
    list.push_back(std::move(record));
  }
  return list;
}

nlohmann::ordered_json header_json(const backup::Header& header) {
  return nlohmann::ordered_json::parse(backup::header_text(header));
}

Result<backup::Made> make_backup(const BackupOptions& options) {
  INGOT_TRY(const Config config, load_config(options.config));
  if (options.file.empty() || options.file.ends_with('/')) return Error{ErrorCode::invalid_argument, "--out names a file"};
  const backup::Watch watch = watch_on_terminal();
  if (!config.use_postgres && !std::filesystem::exists(config.sqlite_path)) return Error{ErrorCode::not_found, "there is nothing to back up: no server has made " + config.sqlite_path + " yet"};
  INGOT_TRY(const db::UseLock use, share_database(config));
  backup::Header header;
  header.created_at = utc_text(utc_now());
  header.made_by = std::string("ingot ") + version;
  header.modules = installed_modules(config);
  if (config.use_postgres) return backup::back_up_postgres(postgres_options(config), std::move(header), options.file, watch);
  return backup::back_up_sqlite(config.sqlite_path, std::move(header), options.file, watch);
}

/// Modules that differ from those beside which the backup was made: no reason to refuse, since a restore is what one does when things have gone wrong.
void warn_of_modules(const backup::Header& header, const Config& config) {
  const auto now = installed_modules(config);
  for (const backup::ModuleRecord& module : header.modules) {
    const auto same = std::ranges::find_if(now, [&](const backup::ModuleRecord& item) { return item.name == module.name; });
    if (same != now.end() && same->version == module.version) continue;
    const std::string here = same == now.end() ? "is not installed here" : "is here in version " + same->version;
    std::fprintf(stderr, "ingot: warning: the backup was made beside %s %s, which %s\n", module.name.c_str(), module.version.c_str(), here.c_str());
  }
}

struct Restored {
  backup::Header header;
  std::vector<db::TableRows> dropped;
};

Result<Restored> restore_backup(const RestoreOptions& options) {
  INGOT_TRY(const Config config, load_config(options.config));
  const backup::Watch watch = watch_on_terminal();
  INGOT_TRY(const backup::ArchiveReader reader, backup::ArchiveReader::open(options.file));
  Restored restored{reader.header(), {}};
  if (options.check_only) {
    INGOT_TRY_VOID(reader.read(watch, "verifying", [](std::string_view) -> Result<void> { return {}; }));
    return restored;
  }
  const db::Kind kind = config.use_postgres ? db::Kind::postgresql : db::Kind::sqlite;
  if (restored.header.kind != kind) {
    return Error{ErrorCode::config, options.file + " is a backup of a database of kind " + backup::kind_name(restored.header.kind) + ", and " + options.config + " names one of kind " +
                                        backup::kind_name(kind) + ": restore it with a configuration whose \"db_host\" is " +
                                        (restored.header.kind == db::Kind::sqlite ? "absent" : "set")};
  }
  INGOT_TRY(const db::UseLock use, lock_database(config));
  const std::string place = config.use_postgres ? "the database " + config.db_name + " at " + config.db_host : config.sqlite_path;
  const backup::Consent consent = [&](const std::vector<db::TableRows>& lost) -> Result<void> {
    const std::string summary = place + " is not empty: " + std::to_string(lost.size()) + " tables with " + std::to_string(row_count(lost)) + " rows";
    if (!options.replace) return Error{ErrorCode::invalid_argument, summary + ". Back it up first if they matter; --replace drops them. Nothing was changed"};
    restored.dropped = lost;
    end_progress();
    if (options.yes) return {};
    std::fprintf(stderr, "%s, which will be dropped:\n", summary.c_str());
    print_tables(lost);
    return ask_for("In their place comes the backup of " + restored.header.created_at + ".", "replace", "--yes");
  };
  if (config.use_postgres) {
    INGOT_TRY_VOID(backup::restore_postgres(reader, postgres_options(config), consent, watch));
  } else {
    INGOT_TRY_VOID(backup::restore_sqlite(reader, config.sqlite_path, consent, watch));
  }
  end_progress();
  warn_of_modules(restored.header, config);
  return restored;
}

}  // namespace

int back_up(const BackupOptions& options) {
  const auto made = make_backup(options);
  end_progress();
  if (!made.ok()) return report(made.error(), options.json);
  if (options.json) {
    nlohmann::ordered_json out{{"file", options.file}, {"bytes", made->bytes}};
    out.update(header_json(made->header));
    std::printf("%s\n", out.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace).c_str());
  } else {
    std::printf("%s: %llu bytes, %zu tables with %llu rows, as of %s\n", options.file.c_str(), static_cast<unsigned long long>(made->bytes), made->header.tables.size(),
                static_cast<unsigned long long>(row_count(made->header.tables)), made->header.created_at.c_str());
  }
  return 0;
}

int restore(const RestoreOptions& options) {
  const auto restored = restore_backup(options);
  end_progress();
  if (!restored.ok()) return report(restored.error(), options.json);
  const backup::Header& header = restored->header;
  if (options.json) {
    nlohmann::ordered_json dropped = nlohmann::ordered_json::array();
    for (const db::TableRows& table : restored->dropped) dropped.push_back({{"module", table.module}, {"table", table.table}, {"rows", table.rows}});
    nlohmann::ordered_json out{{"file", options.file}, {"restored", !options.check_only}, {"dropped", std::move(dropped)}};
    out.update(header_json(header));
    std::printf("%s\n", out.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace).c_str());
  } else {
    std::printf("%s: %s, %zu tables with %llu rows, made by %s at %s\n", options.file.c_str(), options.check_only ? "good" : "restored", header.tables.size(),
                static_cast<unsigned long long>(row_count(header.tables)), header.made_by.c_str(), header.created_at.c_str());
  }
  return 0;
}

}  // namespace ingot::cli
