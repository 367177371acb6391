// SPDX-License-Identifier: Apache-2.0
#include "db/sqlite_copy.hpp"

#include <sqlite3.h>

#include <memory>

namespace ingot::db {
namespace {

constexpr int pages_at_once = 1024;
constexpr int busy_patience_ms = 5000;

struct Closer {
  void operator()(sqlite3* database) const { sqlite3_close(database); }
  void operator()(sqlite3_backup* backup) const { sqlite3_backup_finish(backup); }
};
using Handle = std::unique_ptr<sqlite3, Closer>;

Error failure(sqlite3* database, const std::string& what) {
  const int code = sqlite3_errcode(database) & 0xFF;
  const bool file = code == SQLITE_FULL || code == SQLITE_IOERR || code == SQLITE_CANTOPEN;
  return Error{file ? ErrorCode::io : ErrorCode::database, what + ": " + sqlite3_errmsg(database) + (code == SQLITE_FULL || code == SQLITE_IOERR ? " (is there room on the disk?)" : "")};
}

Result<Handle> open(const std::string& path, int flags) {
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &raw, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE, nullptr);
  Handle handle(raw);
  if (code != SQLITE_OK) return failure(raw, "cannot open " + path);
  sqlite3_busy_timeout(raw, busy_patience_ms);
  return handle;
}

bool run(sqlite3* database, const char* sql) { return sqlite3_exec(database, sql, nullptr, nullptr, nullptr) == SQLITE_OK; }

}  // namespace

Result<void> copy_sqlite(const std::string& from, const std::string& to, const std::function<bool(std::uint64_t, std::uint64_t)>& step) {
  INGOT_TRY(const Handle source, open(from, SQLITE_OPEN_READWRITE));  // a log that nobody has read yet needs a writer
  INGOT_TRY(const Handle target, open(to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE));
  if (!run(target.get(), "PRAGMA journal_mode=OFF") || !run(target.get(), "PRAGMA synchronous=OFF")) return failure(target.get(), "cannot write " + to);
  // The transaction is the moment: without it each step would begin one of its own, and every commit of another process would make the copy begin anew.
  if (!run(source.get(), "BEGIN") || !run(source.get(), "SELECT count(*) FROM sqlite_schema")) return failure(source.get(), "cannot read " + from);
  const std::unique_ptr<sqlite3_backup, Closer> backup(sqlite3_backup_init(target.get(), "main", source.get(), "main"));
  if (backup == nullptr) return failure(target.get(), "cannot copy " + from);
  constexpr std::uint64_t page_bytes = 4096;  // SQLite's own choice, which nobody here changes; only the progress needs it
  for (;;) {
    const int code = sqlite3_backup_step(backup.get(), pages_at_once);
    if (code != SQLITE_OK && code != SQLITE_DONE) {
      const int kind = code & 0xFF;
      const bool room = kind == SQLITE_FULL || kind == SQLITE_IOERR;
      return Error{room ? ErrorCode::io : ErrorCode::database, "while " + from + " was copied to " + to + ": " + sqlite3_errstr(code) + (room ? " (is there room on the disk?)" : "")};
    }
    const auto total = static_cast<std::uint64_t>(sqlite3_backup_pagecount(backup.get())), left = static_cast<std::uint64_t>(sqlite3_backup_remaining(backup.get()));
    if (!step((total - left) * page_bytes, total * page_bytes)) return Error{ErrorCode::unavailable, "interrupted"};
    if (code == SQLITE_DONE) return {};
  }
}

Result<Settled> settle_sqlite(const std::string& path) {
  INGOT_TRY(const Handle file, open(path, SQLITE_OPEN_READWRITE));
  const auto verdict = [&]() -> Result<Settled> {
    switch (sqlite3_errcode(file.get()) & 0xFF) {
      case SQLITE_BUSY:
      case SQLITE_LOCKED: return Settled::in_use;
      case SQLITE_NOTADB:
      case SQLITE_CORRUPT: return Settled::damaged;
      default: return failure(file.get(), "cannot end the log of " + path);
    }
  };
  sqlite3_stmt* raw = nullptr;
  if (sqlite3_prepare_v2(file.get(), "PRAGMA journal_mode=DELETE", -1, &raw, nullptr) != SQLITE_OK) return verdict();
  const std::unique_ptr<sqlite3_stmt, decltype(&sqlite3_finalize)> statement(raw, &sqlite3_finalize);
  if (sqlite3_step(raw) != SQLITE_ROW) return verdict();
  const auto* mode = reinterpret_cast<const char*>(sqlite3_column_text(raw, 0));
  return mode != nullptr && std::string(mode) == "delete" ? Settled::alone : Settled::in_use;
}

}  // namespace ingot::db
