// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>

#include <cerrno>
#include <filesystem>
#include <optional>
#include <set>

#include "backup/databases.hpp"
#include "db/sqlite_copy.hpp"

namespace ingot::backup {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds open_patience{10};
constexpr const char* pending_infix = "restore";

/// A folder beside `path` that goes with the object.
class Scratch {
 public:
  static Result<std::unique_ptr<Scratch>> create(const std::string& path) {
    std::string name = path + ".tmp-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) return file_error(path);
    return std::unique_ptr<Scratch>(new Scratch(name));
  }
  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const std::string& folder() const { return folder_; }

 private:
  explicit Scratch(std::string folder) : folder_(std::move(folder)) {}
  std::string folder_;
};

/// Goes through every page and every index, and counts.
Result<std::vector<db::TableRows>> examine(const std::string& path) {
  INGOT_TRY(const auto database, db::open_sqlite({path}));
  INGOT_TRY(const auto connection, database->connect(db::Clock::now() + open_patience));
  INGOT_TRY_VOID(connection->begin(db::Deadline::max()));
  INGOT_TRY(const auto verdict, connection->run({"PRAGMA integrity_check(1)"}));
  const std::string said = verdict.empty() ? "" : verdict[0].at(0).value_or("");
  if (said != "ok") return Error{ErrorCode::verification, "the database is damaged: PRAGMA integrity_check says: " + said};
  return db::ModuleData(*database).all_tables(*connection);
}

/// Every table of the database, ours or not. Nothing: it cannot be read.
std::optional<std::vector<db::TableRows>> contents(const std::string& path) {
  const auto read = [&]() -> Result<std::vector<db::TableRows>> {
    INGOT_TRY(const auto database, db::open_sqlite({path}));
    INGOT_TRY(const auto connection, database->connect(db::Clock::now() + open_patience));
    INGOT_TRY_VOID(connection->begin(db::Deadline::max()));
    INGOT_TRY(auto list, db::ModuleData(*database).all_tables(*connection));
    std::set<std::string> known;
    for (const db::TableRows& table : list) known.insert(table.module.empty() ? "ingot_" + table.table : table.table);
    INGOT_TRY(const auto names, connection->run({"SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!' ORDER BY name"}));
    for (const db::HostRow& row : names) {
      const std::string name = row.at(0).value_or("");
      if (known.contains(name)) continue;
      INGOT_TRY(const auto counted, connection->run({"SELECT CAST(count(*) AS TEXT) FROM " + database->quote_identifier(name)}));
      list.push_back({"?", name, std::stoull(counted.at(0).at(0).value_or("0"))});
    }
    return list;
  };
  auto list = read();
  if (!list.ok()) return std::nullopt;
  return std::move(list).value();
}

bool exists(const std::string& path) {
  std::error_code ignored;
  return fs::exists(path, ignored) && fs::file_size(path, ignored) > 0;
}

/// Removes what restores that were killed have left, and at its end what this one has.
class Sweep {
 public:
  explicit Sweep(const std::string& path) : file_(path) { sweep(); }
  ~Sweep() { sweep(); }
  Sweep(const Sweep&) = delete;
  Sweep& operator=(const Sweep&) = delete;

 private:
  void sweep() const {
    std::error_code ignored;
    const std::string start = file_.filename().string() + "." + pending_infix + "-";
    for (const auto& entry : fs::directory_iterator(file_.parent_path().empty() ? "." : file_.parent_path(), ignored)) {
      if (entry.path().filename().string().starts_with(start)) fs::remove(entry.path(), ignored);
    }
  }
  fs::path file_;
};

}  // namespace

Result<Made> back_up_sqlite(const std::string& database_path, Header header, const std::string& file, const Watch& watch) {
  if (!exists(database_path)) return Error{ErrorCode::not_found, "there is nothing to back up: no server has made " + database_path + " yet"};
  header.kind = db::Kind::sqlite;
  INGOT_TRY(const auto scratch, Scratch::create(file));
  const std::string copy = scratch->folder() + "/copy.db";
  INGOT_TRY_VOID(db::copy_sqlite(database_path, copy, [&](std::uint64_t done, std::uint64_t total) { return watch.step("copying", done, total).ok(); }));
  INGOT_TRY_VOID(watch.step("checking the copy", 0, 0));
  auto tables = examine(copy);
  if (!tables.ok()) return std::move(tables).error().with_context(database_path);
  header.tables = std::move(tables).value();
  INGOT_TRY_VOID(watch.step("checking the copy", 0, 0));
  INGOT_TRY(const db::Settled settled, db::settle_sqlite(copy));
  if (settled != db::Settled::alone) return Error{ErrorCode::internal, copy + " is in use, but it is ours"};

  INGOT_TRY(ArchiveWriter writer, ArchiveWriter::create(file, header));
  INGOT_TRY_VOID(read_file(copy, watch, "writing", [&](std::string_view piece) { return writer.add(piece); }));
  INGOT_TRY(const std::uint64_t bytes, writer.finish());
  return Made{std::move(header), bytes};
}

Result<void> restore_sqlite(const ArchiveReader& reader, const std::string& database_path, const Consent& consent, const Watch& watch) {
  const Sweep sweep(database_path);  // nobody else restores meanwhile
  const bool there = exists(database_path);
  if (there) {
    const auto list = contents(database_path);
    if (!list || !list->empty()) INGOT_TRY_VOID(consent(list.value_or(std::vector<db::TableRows>{{"?", "(the database cannot be read)", 0}})));
  }
  INGOT_TRY(PendingFile pending, PendingFile::create(database_path, pending_infix));
  INGOT_TRY_VOID(reader.read(watch, "unpacking", [&](std::string_view piece) { return pending.write(piece); }));
  INGOT_TRY_VOID(watch.step("checking the database", 0, 0));
  auto tables = examine(pending.name());
  if (!tables.ok()) {
    const bool content = tables.error().code == ErrorCode::database;  // SQLite does not even open it
    return Error{content ? ErrorCode::verification : tables.error().code, "what the backup holds: " + tables.error().message + ". Nothing was changed; use another backup"};
  }
  INGOT_TRY_VOID(compare_tables(reader.header().tables, *tables));
  INGOT_TRY(const db::Settled fresh, db::settle_sqlite(pending.name()));
  if (fresh != db::Settled::alone) return Error{ErrorCode::internal, pending.name() + " is in use, but it is ours"};
  INGOT_TRY_VOID(pending.sync());
  INGOT_TRY_VOID(watch.step("replacing the database", 0, 0));

  // The old database's log must not be taken for the new one's. A file that stands alone is still the old database, whole: whoever dies here has lost nothing.
  if (there) {
    INGOT_TRY(const db::Settled settled, db::settle_sqlite(database_path));
    if (settled == db::Settled::in_use) return Error{ErrorCode::unavailable, database_path + " is open in another program: close that, then try again"};
  }
  std::error_code error;
  for (const char* suffix : {"-wal", "-shm", "-journal"}) {  // of a file that is damaged, or was taken away without them
    if (!fs::remove(database_path + suffix, error) && error) return Error{ErrorCode::io, database_path + suffix + ": " + error.message()};
  }
  return pending.keep();
}

}  // namespace ingot::backup
