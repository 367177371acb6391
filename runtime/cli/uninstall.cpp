// SPDX-License-Identifier: Apache-2.0
// `ingot uninstall`: what a module is, who needs it and what it has in the database; then, when asked, out with it.
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/commands.hpp"
#include "cli/consent.hpp"
#include "config.hpp"
#include "module_rows.hpp"
#include "open_database.hpp"
#include "uninstall.hpp"

namespace ingot::cli {
namespace {

struct Done {
  bool uninstalled = false, purged = false;
  std::optional<std::uint64_t> exported_rows;
  db::Purged purge;
};

void print(const UninstallPreview& preview, const UninstallOptions& options) {
  const std::string version = preview.found ? preview.found->description.version : "(its folder is gone; its data are here)";
  std::printf("%s %s\n", options.module.c_str(), version.c_str());
  for (const Dependant& item : preview.dependants) std::printf("  needed by  %-24s %s\n", item.name.c_str(), item.active ? "active" : "switched off");
  const char* const fate = options.purge ? "dropped" : "kept";
  for (const db::TableRows& table : preview.tables) std::printf("  %-9s  %-24s %llu rows\n", fate, table.table.c_str(), static_cast<unsigned long long>(table.rows));
  if (preview.known_to_database) std::printf("  %-9s  its record of applied migrations\n", options.purge ? "dropped" : "kept");
  std::printf("  kept       its rollback counter: an older version stays refused\n");
  if (!preview.found) return;
  for (const std::string& file : preview.files) std::printf("  removed    %s/%s\n", preview.found->folder.c_str(), file.c_str());
  for (const std::string& file : preview.other_files) std::printf("  kept       %s/%s\n", preview.found->folder.c_str(), file.c_str());
}

nlohmann::ordered_json json_of(const UninstallPreview& preview, const UninstallOptions& options, const Done& done) {
  nlohmann::ordered_json dependants = nlohmann::ordered_json::array(), tables = nlohmann::ordered_json::array();
  for (const Dependant& item : preview.dependants) dependants.push_back({{"name", item.name}, {"active", item.active}});
  for (const db::TableRows& table : preview.tables) tables.push_back({{"table", table.table}, {"rows", table.rows}});
  nlohmann::ordered_json out{{"module", options.module}, {"installed", preview.found.has_value()}};
  if (preview.found) out.update({{"version", preview.found->description.version}, {"folder", preview.found->folder}, {"files", preview.files}, {"files_kept", preview.other_files}});
  out.update({{"dependants", std::move(dependants)}, {"tables", std::move(tables)}, {"uninstalled", done.uninstalled}, {"purged", done.purged}});
  if (done.exported_rows) out["exported"] = {{"file", options.export_file}, {"rows", *done.exported_rows}};
  if (done.purged) out["schema_kept"] = done.purge.schema_kept;
  return out;
}

/// Every row of the module as one line of JSON.
Result<std::uint64_t> write_export(const Config& config, const UninstallOptions& options) {
  const backup::Watch watch = watch_on_terminal();
  INGOT_TRY(auto file, backup::PendingFile::create(options.export_file, "tmp"));
  std::uint64_t rows = 0, bytes = 0;
  std::string buffer;
  constexpr std::size_t buffer_bytes = std::size_t{1} << 20;
  INGOT_TRY_VOID(export_rows(config, options.module, db::Deadline::max(), [&](std::string_view line) -> Result<void> {
    buffer += line;
    bytes += line.size();
    ++rows;
    if (buffer.size() < buffer_bytes) return {};
    INGOT_TRY_VOID(watch.step("exporting", bytes, 0));
    return file.write(std::exchange(buffer, {}));
  }));
  INGOT_TRY_VOID(file.write(buffer));
  INGOT_TRY_VOID(file.sync());
  INGOT_TRY_VOID(file.keep());
  end_progress();
  return rows;
}

Result<Done> carry_out(const Config& config, const UninstallPreview& preview, const UninstallOptions& options) {
  Done done;
  std::optional<db::UseLock> use;
  if (options.purge) {
    INGOT_TRY(use, lock_database(config));
  } else if (preview.known_to_database) {
    INGOT_TRY(use, share_database(config));
  }
  if (!options.export_file.empty()) {
    INGOT_TRY(done.exported_rows, write_export(config, options));
  }
  INGOT_TRY_VOID(remove_module_files(preview));
  done.uninstalled = true;
  if (!options.purge) return done;
  if (preview.known_to_database) {
    auto purged = purge_rows(config, options.module, db::Deadline::max(), [] { return Result<void>(); });  // `use` keeps others out
    if (!purged.ok()) return std::move(purged).error().with_context("the module is uninstalled, but its data are still there (the same command drops them)");
    done.purge = std::move(purged).value();
  }
  done.purged = true;
  return done;
}

Result<void> run(const UninstallOptions& options) {
  INGOT_TRY(const Config config, load_config(options.config));
  INGOT_TRY(const UninstallPreview preview, preview_uninstall(config, options.module, db::Deadline::max()));
  if (!options.json) print(preview, options);
  Done done;
  const bool asked = options.yes || options.keep_data || options.purge || !options.export_file.empty();
  const std::string active = preview.needed_by();
  if (asked && !active.empty()) return Error{ErrorCode::config, "module '" + options.module + "' is needed by " + active + ": uninstall those first, or switch them off. Nothing was changed"};
  if (asked) {
    const std::string question = options.purge ? std::to_string(preview.tables.size()) + " tables with " + std::to_string(row_count(preview.tables)) + " rows will be lost." : "The module goes, its data stay.";
    if (!options.yes) INGOT_TRY_VOID(ask_for(question, options.module, "--yes"));
    INGOT_TRY(done, carry_out(config, preview, options));
  }
  if (options.json) {
    std::printf("%s\n", json_of(preview, options, done).dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace).c_str());
    return {};
  }
  if (!asked) {
    std::printf(active.empty() ? "nothing was changed: --yes uninstalls and keeps the data, --purge drops them too\n" : "nothing was changed: modules that are active need it\n");
    return {};
  }
  if (done.exported_rows) std::printf("%llu rows written to %s\n", static_cast<unsigned long long>(*done.exported_rows), options.export_file.c_str());
  std::printf("%s is uninstalled%s\n", options.module.c_str(), done.purged ? ", and its data are gone" : "; its data are kept. A server that runs drops it at its next reload (SIGHUP)");
  if (done.purge.schema_kept) std::printf("its schema holds other things, so it was kept\n");
  return {};
}

}  // namespace

int uninstall(const UninstallOptions& options) {
  const auto done = run(options);
  end_progress();
  return done.ok() ? 0 : report(done.error(), options.json);
}

}  // namespace ingot::cli
