// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>

#include "backup/child.hpp"
#include "backup/databases.hpp"
#include "backup/script.hpp"
#include "db/postgres_load.hpp"
#include "db/snapshot.hpp"
#include "db/sql_text.hpp"

namespace ingot::backup {
namespace {

constexpr std::chrono::seconds migration_patience{60};

db::Deadline soon(const db::PostgresOptions& options) { return db::Clock::now() + std::chrono::seconds(options.connect_timeout_s); }

/// libpq's own names: nothing of this stands on a command line.
std::vector<std::pair<std::string, std::string>> environment_of(const db::PostgresOptions& options) {
  std::vector<std::pair<std::string, std::string>> list{{"PGHOST", options.host}, {"PGPORT", options.port}, {"PGDATABASE", options.name}, {"PGUSER", options.user},
                                                        {"PGCONNECT_TIMEOUT", std::to_string(options.connect_timeout_s)}, {"PGAPPNAME", "ingot backup"}, {"LC_ALL", "C"}};
  if (!options.password.empty()) list.emplace_back("PGPASSWORD", options.password);
  return list;
}

/// What a restore would drop.
struct Present {
  int server_major = 0;
  std::vector<std::string> schemas;
  std::vector<db::TableRows> tables;
};

Result<Present> look(const db::PostgresOptions& options, const Header& header) {
  INGOT_TRY(const auto database, db::open_postgres(options));
  INGOT_TRY(const auto connection, database->connect(soon(options)));
  Present present;
  INGOT_TRY(present.server_major, db::postgres_major(*connection));
  INGOT_TRY_VOID(connection->begin(db::Deadline::max()));
  db::ModuleData data(*database);
  INGOT_TRY(const auto known, data.modules(*connection));
  INGOT_TRY(present.tables, data.all_tables(*connection));
  std::set<std::string> names{"ingot"};
  names.insert(known.begin(), known.end());
  for (const ModuleRecord& module : header.modules) names.insert(module.name);
  for (const db::TableRows& table : header.tables) names.insert(table.module.empty() ? "ingot" : table.module);
  for (const std::string& name : names) {
    const std::string literal = db::quoted_literal(name);
    INGOT_TRY(const auto found, connection->run({"SELECT relname FROM pg_namespace n LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relkind IN ('r', 'p', 'v', 'm', 'f') WHERE nspname = " + literal + " ORDER BY 1"}));
    if (found.empty()) continue;
    present.schemas.push_back(name);
    for (const db::HostRow& row : found) {
      const std::string module = name == "ingot" ? "" : name, table = row.at(0).value_or("(nothing yet)");
      const bool counted = std::ranges::any_of(present.tables, [&](const db::TableRows& item) { return item.module == module && item.table == table; });
      if (!counted) present.tables.push_back({module, table, 0});
    }
  }
  return present;
}

/// Counts what the header counts, inside the restoring transaction.
Result<std::vector<db::TableRows>> count(db::PostgresLoad& load, const std::vector<db::TableRows>& tables) {
  std::vector<db::TableRows> found;
  for (const db::TableRows& table : tables) {
    const std::string name = db::quoted_identifier(table.module.empty() ? "ingot" : table.module) + "." + db::quoted_identifier(table.table);
    INGOT_TRY(const auto rows, load.query("SELECT count(*) FROM " + name));
    found.push_back({table.module, table.table, std::stoull(rows.at(0).at(0).value_or("0"))});
  }
  return found;
}

}  // namespace

Result<void> compare_tables(const std::vector<db::TableRows>& expected, const std::vector<db::TableRows>& found) {
  for (const db::TableRows& table : expected) {
    const auto there = std::ranges::find_if(found, [&](const db::TableRows& item) { return item.module == table.module && item.table == table.table; });
    const std::string name = (table.module.empty() ? "ingot" : table.module) + "." + table.table;
    if (there == found.end()) return Error{ErrorCode::verification, "the backup holds no table " + name + ", which its header counts; nothing was changed"};
    if (there->rows == table.rows) continue;
    return Error{ErrorCode::verification, "the backup holds " + std::to_string(there->rows) + " rows of " + name + ", and its header says " + std::to_string(table.rows) + "; nothing was changed"};
  }
  return {};
}

Result<Made> back_up_postgres(const db::PostgresOptions& options, Header header, const std::string& file, const Watch& watch) {
  header.kind = db::Kind::postgresql;
  INGOT_TRY(const auto database, db::open_postgres(options));
  Program dump;
  {
    INGOT_TRY(const auto connection, database->connect(soon(options)));
    INGOT_TRY(const int server_major, db::postgres_major(*connection));
    INGOT_TRY(dump, find_program("pg_dump", server_major));
  }
  INGOT_TRY(const db::Snapshot snapshot, db::Snapshot::take(*database, db::Clock::now() + migration_patience));
  header.postgres_major = dump.major;
  header.tables = snapshot.tables();
  Command command{.words = {dump.path, "--format=custom", "--no-owner", "--no-privileges", "--no-password", "--strict-names", "--snapshot=" + snapshot.id()}, .environment = environment_of(options)};
  for (const std::string& schema : snapshot.schemas()) command.words.push_back("--schema=" + db::quoted_identifier(schema));

  INGOT_TRY(ArchiveWriter writer, ArchiveWriter::create(file, header));
  std::uint64_t done = 0;
  INGOT_TRY_VOID(run(command, watch, [&](std::string_view piece) -> Result<void> {
    done += piece.size();
    watch.progress("writing", done, 0);
    return writer.add(piece);
  }));
  INGOT_TRY(const std::uint64_t bytes, writer.finish());
  return Made{std::move(header), bytes};
}

// One transaction of one session: what is there is dropped, what the archive holds is made and filled, and counted. pg_restore only reads the archive for it.
Result<void> restore_postgres(const ArchiveReader& reader, const db::PostgresOptions& options, const Consent& consent, const Watch& watch) {
  const Header& header = reader.header();
  INGOT_TRY_VOID(reader.read(watch, "verifying", [](std::string_view) -> Result<void> { return {}; }));
  INGOT_TRY(const Program restore, find_program("pg_restore", header.postgres_major));
  INGOT_TRY(const Present present, look(options, header));
  if (!present.schemas.empty()) INGOT_TRY_VOID(consent(present.tables));

  INGOT_TRY(db::PostgresLoad load, db::PostgresLoad::begin(options));
  for (const std::string& schema : present.schemas) INGOT_TRY_VOID(load.run("DROP SCHEMA " + db::quoted_identifier(schema) + " CASCADE"));
  const ScriptTarget target{.run = [&](const std::string& text) { return load.run(text); },
                            .copy_begin = [&](const std::string& text) { return load.copy_begin(text); },
                            .copy_bytes = [&](std::string_view bytes) { return load.copy_bytes(bytes); },
                            .copy_end = [&] { return load.copy_end(); }};
  for (const char* const section : {"pre-data", "data", "post-data"}) {
    const bool rows = std::string_view(section) == "data";
    Script script(rows ? Script::Section::rows : Script::Section::statements, present.server_major, target);
    INGOT_TRY(const int input, reader.payload_descriptor());
    const Command command{.words = {restore.path, "--no-owner", "--no-privileges", "--file=-", std::string("--section=") + section}, .environment = {{"LC_ALL", "C"}}, .standard_input = input};
    std::uint64_t done = 0;
    INGOT_TRY_VOID(run(command, watch, [&](std::string_view piece) {
      done += piece.size();
      watch.progress(rows ? "loading rows" : "making tables", done, 0);
      return script.add(piece);
    }));
    INGOT_TRY_VOID(script.finish());
  }
  INGOT_TRY_VOID(watch.step("counting", 0, 0));
  INGOT_TRY(const auto found, count(load, header.tables));
  INGOT_TRY_VOID(compare_tables(header.tables, found));
  INGOT_TRY_VOID(watch.step("committing", 0, 0));
  INGOT_TRY_VOID(load.commit());
  // Without it the server plans for empty tables until its own housekeeping comes. It is no part of the restore: a failure is as good as having waited.
  for (const db::TableRows& table : header.tables) {
    (void)load.run("ANALYZE " + db::quoted_identifier(table.module.empty() ? "ingot" : table.module) + "." + db::quoted_identifier(table.table)).ok();
  }
  return {};
}

}  // namespace ingot::backup
