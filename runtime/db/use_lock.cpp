// SPDX-License-Identifier: Apache-2.0
#include "db/use_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <functional>
#include <thread>
#include <utility>

#include "db/host_statement.hpp"

namespace ingot::db {
namespace {

constexpr std::chrono::milliseconds poll_interval{50};
constexpr std::int64_t lock_key = 0x494E474F55;  // beside that of migrations, 0x494E474F54

/// Asks until the answer is true or the deadline has come.
Result<bool> ask_until(Deadline deadline, const std::function<Result<bool>()>& ask) {
  for (;;) {
    INGOT_TRY(const bool got, ask());
    if (got) return true;
    if (Clock::now() + poll_interval > deadline) return false;
    std::this_thread::sleep_for(poll_interval);
  }
}

Error io_error(const std::string& path) { return Error{ErrorCode::io, "cannot lock the database: " + path + ": " + std::strerror(errno)}; }

Error refusal(bool alone) {
  if (alone) return Error{ErrorCode::unavailable, "this database is in use: stop the server that runs on it (and wait for other verbs of ingot to end), then try again"};
  return Error{ErrorCode::unavailable, "this database is being replaced by another process (`ingot restore` or `ingot uninstall --purge`): try again when that has ended"};
}

struct flock first_byte(short kind) {
  struct flock lock{};
  lock.l_type = kind;
  lock.l_whence = SEEK_SET;
  lock.l_len = 1;
  return lock;
}

Result<bool> is_true(Connection& session, const std::string& question, const std::vector<Param>& params) {
  INGOT_TRY(const auto rows, session.run({question}, params));
  return !rows.empty() && rows[0].at(0) == "true";
}

}  // namespace

UseLock::UseLock(UseLock&& other) noexcept : session_(std::move(other.session_)), file_(std::exchange(other.file_, -1)) {}

UseLock& UseLock::operator=(UseLock&& other) noexcept {
  std::swap(session_, other.session_);
  std::swap(file_, other.file_);
  return *this;
}

UseLock::~UseLock() {
  if (file_ >= 0) ::close(file_);  // a session's lock ends with the session
}

Result<UseLock> UseLock::take(const std::string& sqlite_path, Deadline deadline, bool alone) {
  UseLock lock;
  const std::string path = sqlite_path + "-lock";
  lock.file_ = ::open(path.c_str(), O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
  if (lock.file_ < 0) return io_error(path);
  INGOT_TRY(const bool got, ask_until(deadline, [&]() -> Result<bool> {
    if (::flock(lock.file_, (alone ? LOCK_EX : LOCK_SH) | LOCK_NB) == 0) return true;
    if (errno == EWOULDBLOCK || errno == EINTR) return false;
    return io_error(path);
  }));
  if (!got) return refusal(alone);
  if (!alone) {
    struct flock byte = first_byte(F_RDLCK);
    if (::fcntl(lock.file_, F_OFD_SETLK, &byte) != 0) return io_error(path);
  }
  return lock;
}

Result<UseLock> UseLock::take(Database& postgres, Deadline deadline, bool alone) {
  UseLock lock;
  INGOT_TRY(lock.session_, postgres.connect(deadline));
  Connection& session = *lock.session_;
  // It says nothing for as long as the server runs.
  INGOT_TRY_VOID(session.run({"SELECT set_config('idle_session_timeout', '0', false) FROM pg_settings WHERE name = 'idle_session_timeout'"}));
  const std::string question = std::string("SELECT pg_try_advisory_lock") + (alone ? "" : "_shared") + "($1::bigint)::text";
  INGOT_TRY(const bool got, ask_until(deadline, [&] { return is_true(session, question, {integer_param(lock_key)}); }));
  if (!got) return refusal(alone);
  if (!alone) return lock;
  // A server whose lock went with a restart of PostgreSQL's still has its other sessions.
  const std::string nobody = "SELECT (count(*) = 0)::text FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'ingot' AND pid <> pg_backend_pid()";
  INGOT_TRY(const bool only, ask_until(deadline, [&] { return is_true(session, nobody, {}); }));
  if (!only) return refusal(alone);
  return lock;
}

Result<bool> UseLock::is_the_only_one() {
  if (session_) {
    // A key of 64 bits stands in two columns of 32.
    const std::string question =
        "SELECT (count(*) FILTER (WHERE pid <> pg_backend_pid()) = 0 AND count(*) FILTER (WHERE pid = pg_backend_pid()) = 1)::text FROM pg_locks WHERE locktype = 'advisory' AND granted "
        "AND objsubid = 1 AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND (classid::bigint << 32) + objid::bigint = $1::bigint";
    return is_true(*session_, question, {integer_param(lock_key)});
  }
  struct flock byte = first_byte(F_WRLCK);
  if (::fcntl(file_, F_OFD_GETLK, &byte) != 0) return Error{ErrorCode::database, std::string("cannot ask who uses the database: ") + std::strerror(errno)};
  return byte.l_type == F_UNLCK;
}

Result<UseLock> UseLock::share(const std::string& sqlite_path, Deadline deadline) { return take(sqlite_path, deadline, false); }
Result<UseLock> UseLock::share(Database& postgres, Deadline deadline) { return take(postgres, deadline, false); }
Result<UseLock> UseLock::alone(const std::string& sqlite_path, Deadline deadline) { return take(sqlite_path, deadline, true); }
Result<UseLock> UseLock::alone(Database& postgres, Deadline deadline) { return take(postgres, deadline, true); }

}  // namespace ingot::db
