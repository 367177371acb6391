// SPDX-License-Identifier: Apache-2.0
// PostgreSQL behind the Connection interface. Beside it only postgres_rows, postgres_values.cpp and postgres_load.cpp include libpq-fe.h.
//
// libpq is driven without blocking: send, then poll() on the socket until the answer or the deadline. At the deadline the server
// is asked to cancel, and what it still sends is read away; a connection that does not come back from that is broken.
#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cerrno>

#include "base/check.hpp"
#include "db/connection.hpp"
#include "db/lru.hpp"
#include "db/postgres_hosts.hpp"
#include "db/postgres_rows.hpp"
#include "db/postgres_values.hpp"
#include "db/sql_rewrite.hpp"
#include "db/sql_text.hpp"
#include "db/transaction.hpp"
#include "db/values.hpp"
#include "db/vet.hpp"

namespace ingot::db {
namespace {

constexpr std::size_t cached_statements_max = 128;
constexpr std::size_t cached_sql_bytes_max = std::size_t{16} << 10;
constexpr std::chrono::seconds cancel_patience{5};
constexpr std::chrono::seconds commit_patience{60};  // a commit is waited for, whatever the request's deadline says

using GuestResult = std::variant<GuestRows, StatementError>;

struct Closer {
  void operator()(PGconn* session) const { PQfinish(session); }
  void operator()(PGresult* result) const { PQclear(result); }
  void operator()(PGcancel* cancel) const { PQfreeCancel(cancel); }
};
using Session = std::unique_ptr<PGconn, Closer>;
using Answer = std::unique_ptr<PGresult, Closer>;

using Failure = PostgresFailure;

/// Waits until the socket is ready. False at the deadline.
bool wait_for(int socket, short events, Deadline deadline) {
  for (;;) {
    int timeout_ms = -1;
    if (deadline != Deadline::max()) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
      if (left <= 0) return false;
      constexpr std::int64_t longest_ms = 60'000;
      timeout_ms = static_cast<int>(std::min<std::int64_t>(left, longest_ms));
    }
    pollfd entry{.fd = socket, .events = events, .revents = 0};
    const int ready = poll(&entry, 1, timeout_ms);
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return true;  // libpq will find out what is wrong
  }
}

/// Parameters in the form that libpq takes. The texts are owned here.
class Values {
 public:
  explicit Values(std::span<const Param> params) {
    texts_.reserve(params.size());
    for (const Param& param : params) texts_.push_back(param.kind == Param::Kind::null ? std::string() : param_text(param));
    for (std::size_t i = 0; i < params.size(); ++i) {
      pointers_.push_back(params[i].kind == Param::Kind::null ? nullptr : texts_[i].c_str());
    }
  }
  int count() const { return static_cast<int>(pointers_.size()); }
  const char* const* data() const { return pointers_.data(); }

 private:
  std::vector<std::string> texts_;
  std::vector<const char*> pointers_;
};

/// What a session's cache knows a statement by.
std::string key_of(const Authority& authority, std::string_view sql) {
  std::string key;
  key.reserve(authority.module.size() + 1 + sql.size());
  key += authority.module;
  key += '\0';
  key += sql;
  return key;
}

struct CachedStatement {
  VettedStatement vetted;
  std::string name;  ///< of the prepared statement; empty until the second use
};

/// Unqualified names mean the module's tables. pg_temp is named last, since PostgreSQL would look there first otherwise.
std::string search_path_of(const std::string& module) { return quoted_identifier(module) + ", pg_temp"; }

/// The types that the server is told; 0 where it infers one itself, which `$1 IS NULL` alone gives it no way to.
std::vector<Oid> told_types(const VettedStatement& vetted) {
  std::vector<Oid> types(vetted.param_types.size(), 0);
  for (std::size_t index : vetted.null_tested)
    types[index] = oid_of(vetted.param_types[index] ? vetted.param_types[index]->name : TypeName::text);
  return types;
}

class PostgresConnection final : public Connection {
 public:
  /// Connects to one server. `writable`: one that takes writes, so no standby.
  static Result<std::unique_ptr<Connection>> open(const PostgresOptions& options, const PostgresHost& host, bool writable, Deadline deadline);
  ~PostgresConnection() override = default;

  Result<void> begin(Deadline deadline) override;
  Result<void> begin_write(Deadline deadline) override { return begin(deadline); }
  Result<void> begin_rebuild(Deadline deadline) override { return begin(deadline); }
  Result<void> commit() override;
  void rollback() override;
  Result<void> savepoint() override;
  Result<void> release_savepoint() override;
  Result<void> rollback_to_savepoint() override;

  Result<std::vector<HostRow>> run(const SqlText& sql, std::span<const Param> params) override;
  GuestResult run_guest(const Authority& authority, GuestSql sql, std::span<const Param> params, const StatementLimits& limits,
                        bool must_return_rows) override;
  std::optional<Progress> start_guest(const Authority& authority, GuestSql sql, std::span<const Param> params, const StatementLimits& limits, bool must_return_rows) override;
  Progress advance_guest() override;
  GuestResult finish_guest() override;
  int socket() const override { return PQsocket(session_.get()); }
  bool broken() const override { return broken_; }
  bool untouched() const override { return transaction_.open() && !begun_ && (broken_ || forgotten_.empty()); }
  bool alive() override;

 private:
  explicit PostgresConnection(Session session) : session_(std::move(session)) {}

  /// The answers of one statement that was sent (`sent` is libpq's word), each handed to `take`, which says whether to go on.
  /// Nothing when all went well.
  template <typename Take>
  std::optional<Failure> collect(int sent, Deadline deadline, Take take);
  /// The same of a guest's statement; what it found is in there afterwards.
  void collect(int sent, RunningStatement& running);
  /// What the guest is told of it. What failed is forgotten: its plan may be what failed.
  GuestResult outcome_of(RunningStatement& running);
  std::optional<Failure> collect(int sent, Deadline deadline) {
    return collect(sent, deadline, [](Answer) { return true; });
  }
  bool send_out(Deadline deadline);
  bool next_answer(Deadline deadline, Answer& answer, bool& late);
  /// Stops the running statement. True when the session is idle again.
  bool cancel();
  Failure lost();
  StatementError guest_failure(const Failure& failure);
  Error host_failure(const Failure& failure);

  GuestResult run_vetted(const Authority& authority, std::string_view sql, std::span<const Param> params, const StatementLimits& limits,
                         bool must_return_rows);
  /// The server's transaction, with the module's schema as search path if one is named; nothing to do when it has begun.
  std::optional<Failure> begin_now(const std::string* module, Deadline deadline);
  /// What holds for the session, in one round trip, or none when it holds already. REQUIRES: no transaction of the server's.
  std::optional<Failure> set_session(const std::string* module, Deadline deadline);
  std::optional<Failure> enter_schema(const std::string& module, Deadline deadline);
  /// The transaction is over, and with it what was set for its length.
  void ended();
  std::optional<Failure> prepare(CachedStatement& cached, const std::string& sql, Deadline deadline);
  void forget(CachedStatement& cached);
  void drop_forgotten();

  Session session_;
  TransactionState transaction_;
  Lru<CachedStatement> cache_{cached_statements_max};
  std::optional<RunningStatement> running_;  // between start_guest() and finish_guest()
  std::vector<std::string> forgotten_;  // prepared statements to drop when the session is idle
  // PostgreSQL's default isolation level gives each statement its own snapshot, so statements that only read are the same inside a transaction of the server's and outside. It
  // begins with the first statement that does more.
  bool begun_ = false;
  std::int64_t timeout_ms_ = 0;         // what this transaction's statements should be given by the server
  std::optional<std::int64_t> session_timeout_ms_;  // what the session gives them, if known
  std::optional<std::string> module_;   // whose schema the search_path names now, if known
  std::optional<std::string> session_module_;       // and outside a transaction of the server's
  std::uint64_t prepared_count_ = 0;
  bool broken_ = false;
};

Result<std::unique_ptr<Connection>> PostgresConnection::open(const PostgresOptions& options, const PostgresHost& host, bool writable,
                                                             Deadline deadline) {
  const std::string place = "PostgreSQL at " + host.name + " port " + host.port;
  // A server that falls silent is given up after some seconds, by the kernel too: PQcancel() waits for the server without a bound of
  // its own, and takes these settings for its connection.
  const std::array<const char*, 16> keys{"host",
                                         "port",
                                         "dbname",
                                         "user",
                                         "password",
                                         "client_encoding",
                                         "application_name",
                                         "options",
                                         "connect_timeout",
                                         "tcp_user_timeout",
                                         "keepalives",
                                         "keepalives_idle",
                                         "keepalives_interval",
                                         "keepalives_count",
                                         "target_session_attrs",
                                         nullptr};
  const std::string connect_timeout = std::to_string(options.connect_timeout_s);
  // The texts that the result's JSON is made from must not depend on the server's configuration.
  constexpr const char* settings =
      "-c TimeZone=UTC -c DateStyle=ISO -c standard_conforming_strings=on -c bytea_output=hex -c extra_float_digits=1 "
      "-c default_transaction_isolation=read\\ committed -c search_path=pg_catalog";
  const std::array<const char*, 16> values{host.name.c_str(),
                                           host.port.c_str(),
                                           options.name.c_str(),
                                           options.user.c_str(),
                                           options.password.empty() ? nullptr : options.password.c_str(),
                                           "UTF8",
                                           "ingot",
                                           settings,
                                           connect_timeout.c_str(),
                                           "5000",
                                           "1",
                                           "5",
                                           "2",
                                           "3",
                                           writable ? "read-write" : "any",
                                           nullptr};
  Session session(PQconnectStartParams(keys.data(), values.data(), 0));
  if (session == nullptr) return Error{ErrorCode::database, place + ": out of memory"};
  const auto failed = [&] { return Error{ErrorCode::database, place + ": " + trimmed_message(PQerrorMessage(session.get()))}; };
  if (PQstatus(session.get()) == CONNECTION_BAD) return failed();
  for (PostgresPollingStatusType state = PGRES_POLLING_WRITING; state != PGRES_POLLING_OK; state = PQconnectPoll(session.get())) {
    if (state == PGRES_POLLING_FAILED) return failed();
    const short events = state == PGRES_POLLING_READING ? POLLIN : POLLOUT;
    if (!wait_for(PQsocket(session.get()), events, deadline)) return Error{ErrorCode::unavailable, place + ": no connection in time"};
  }
  if (PQsetnonblocking(session.get(), 1) != 0) return failed();
  PQsetNoticeProcessor(session.get(), [](void*, const char*) {}, nullptr);
  return std::unique_ptr<Connection>(new PostgresConnection(std::move(session)));
}

bool PostgresConnection::alive() {
  // An idle session hears nothing but its end, or of a changed setting, after which a new one is as good.
  pollfd entry{.fd = PQsocket(session_.get()), .events = POLLIN, .revents = 0};
  return !broken_ && entry.fd >= 0 && poll(&entry, 1, 0) <= 0;
}

Failure PostgresConnection::lost() {
  broken_ = true;
  return {"08006", trimmed_message(PQerrorMessage(session_.get())), false};
}

/// False at the deadline or when the connection is lost.
bool PostgresConnection::send_out(Deadline deadline) {
  for (;;) {
    const int left = PQflush(session_.get());
    if (left <= 0) return left == 0;
    if (!wait_for(PQsocket(session_.get()), POLLIN | POLLOUT, deadline)) return false;
    if (PQconsumeInput(session_.get()) == 0) return false;
  }
}

/// False at the deadline (`late`) or when the connection is lost. An empty answer is the end.
bool PostgresConnection::next_answer(Deadline deadline, Answer& answer, bool& late) {
  while (PQisBusy(session_.get()) != 0) {
    if (!wait_for(PQsocket(session_.get()), POLLIN, deadline)) {
      late = true;
      return false;
    }
    if (PQconsumeInput(session_.get()) == 0) return false;
  }
  answer.reset(PQgetResult(session_.get()));
  return true;
}

bool PostgresConnection::cancel() {
  const std::unique_ptr<PGcancel, Closer> handle(PQgetCancel(session_.get()));
  std::array<char, 256> problem{};
  if (handle == nullptr || PQcancel(handle.get(), problem.data(), static_cast<int>(problem.size())) == 0) return false;
  const Deadline deadline = Clock::now() + cancel_patience;
  Answer answer;
  bool late = false;
  if (!send_out(deadline)) return false;
  do {
    if (!next_answer(deadline, answer, late)) return false;
  } while (answer != nullptr);
  return true;
}

template <typename Take>
std::optional<Failure> PostgresConnection::collect(int sent, Deadline deadline, Take take) {
  if (sent == 0) {
    // Refused on this side (too many parameters, no memory) or the connection is gone.
    if (PQstatus(session_.get()) == CONNECTION_BAD) return lost();
    return Failure{"XX000", trimmed_message(PQerrorMessage(session_.get())), false};
  }
  bool late = false;
  std::optional<Failure> failure;
  if (!send_out(deadline)) {
    if (PQstatus(session_.get()) == CONNECTION_BAD) return lost();
    late = true;
  }
  Answer answer;
  while (!late && next_answer(deadline, answer, late)) {
    if (answer == nullptr) return failure;
    const bool good = is_success(answer.get());
    if (!good && !failure) failure = failure_of(answer.get());
    if (good && !take(std::move(answer))) {  // enough: the rest is not wanted
      if (!cancel()) broken_ = true;
      return failure;
    }
  }
  if (!late) return lost();
  if (!cancel()) broken_ = true;
  return Failure{"", "the time allowed ran out", true};
}

Error PostgresConnection::host_failure(const Failure& failure) {
  if (sqlstate_breaks(failure.sqlstate) || PQstatus(session_.get()) == CONNECTION_BAD) broken_ = true;
  const bool late = failure.late || failure.sqlstate == "57014";
  const bool locked = failure.sqlstate == "55P03";  // lock_timeout
  return Error{late ? ErrorCode::deadline : locked ? ErrorCode::unavailable : ErrorCode::database, failure.message};
}

StatementError PostgresConnection::guest_failure(const Failure& failure) {
  if (sqlstate_breaks(failure.sqlstate) || PQstatus(session_.get()) == CONNECTION_BAD) broken_ = true;
  if (failure.late) return {"DEADLINE", failure.message};
  return {std::string(code_of_sqlstate(failure.sqlstate)), failure.message};
}

Result<void> PostgresConnection::begin(Deadline deadline) {
  if (transaction_.open()) return Error{ErrorCode::database, "a transaction is open already"};
  timeout_ms_ = 0;
  if (deadline != Deadline::max()) {
    // Should this process stop or its cancel request get lost, the server ends the statement itself; later, so that it is normally not the one, and in steps of powers of two,
    // so that the session's need not be set for each transaction.
    constexpr std::int64_t grace_ms = 1000;
    constexpr std::int64_t longest_ms = std::int64_t{1} << 30;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    timeout_ms_ = static_cast<std::int64_t>(std::bit_ceil(static_cast<std::uint64_t>(std::clamp(left + grace_ms, grace_ms, longest_ms))));
  }
  transaction_.began(deadline);
  return {};
}

std::optional<Failure> PostgresConnection::set_session(const std::string* module, Deadline deadline) {
  std::string sql;
  if (session_timeout_ms_ != timeout_ms_) sql += "SET statement_timeout = " + std::to_string(timeout_ms_) + ";";
  if (module != nullptr && session_module_ != *module) sql += "SET search_path TO " + search_path_of(*module) + ";";
  if (sql.empty()) return std::nullopt;
  auto failure = collect(PQsendQuery(session_.get(), sql.c_str()), deadline);
  if (failure) {
    session_timeout_ms_.reset();
    session_module_.reset();
  } else {
    session_timeout_ms_ = timeout_ms_;
    if (module != nullptr) session_module_ = *module;
  }
  module_ = session_module_;
  return failure;
}

std::optional<Failure> PostgresConnection::begin_now(const std::string* module, Deadline deadline) {
  if (begun_) return std::nullopt;
  if (auto failure = set_session(nullptr, deadline)) return failure;
  std::string sql = "BEGIN";
  const bool enters = module != nullptr && module_ != *module;
  if (enters) sql += "; SET LOCAL search_path TO " + search_path_of(*module);
  if (auto failure = collect(PQsendQuery(session_.get(), sql.c_str()), deadline)) {
    const PGTransactionStatusType status = PQtransactionStatus(session_.get());
    begun_ = status == PQTRANS_INTRANS || status == PQTRANS_INERROR;
    return failure;
  }
  begun_ = true;
  if (enters) module_ = *module;
  return std::nullopt;
}

void PostgresConnection::ended() {
  transaction_.ended();
  begun_ = false;
  module_ = session_module_;
}

Result<void> PostgresConnection::commit() {
  if (!transaction_.open()) return Error{ErrorCode::database, "there is no transaction to commit"};
  if (transaction_.failed()) {
    rollback();
    return transaction_aborted();
  }
  if (untouched()) {
    ended();
    return {};
  }
  if (!begun_) {
    ended();
    drop_forgotten();
    return {};
  }
  std::string tag;
  // A commit has no timeout: one that waits for a standby server would end early, and the standby would lack what was acknowledged.
  const char* const sql = transaction_.deadline() == Deadline::max() ? "COMMIT" : "SET LOCAL statement_timeout = 0; COMMIT";
  const auto failure = collect(PQsendQuery(session_.get(), sql), Clock::now() + commit_patience, [&](Answer answer) {
    tag = PQcmdStatus(answer.get());
    return true;
  });
  ended();
  if (!failure) {
    drop_forgotten();
    return tag == "COMMIT" ? Result<void>() : Result<void>(transaction_aborted());
  }
  Error error = host_failure(*failure);
  if (failure->late || broken_) {
    broken_ = true;
    error.message = std::string(commit_unknown_message) + ": " + error.message;
  }
  rollback();
  return error;
}

void PostgresConnection::rollback() {
  const bool idle = PQtransactionStatus(session_.get()) == PQTRANS_IDLE;
  ended();
  if (broken_ || idle) return;
  if (collect(PQsendQuery(session_.get(), "ROLLBACK"), Clock::now() + cancel_patience)) broken_ = true;
  if (PQtransactionStatus(session_.get()) != PQTRANS_IDLE) broken_ = true;
  drop_forgotten();
}

Result<void> PostgresConnection::savepoint() {
  if (!transaction_.open()) return Error{ErrorCode::database, "there is no open transaction"};
  if (transaction_.failed()) return transaction_aborted();
  if (auto failure = begin_now(nullptr, transaction_.deadline())) {
    transaction_.fail();
    return host_failure(*failure);
  }
  const std::string sql = "SAVEPOINT " + savepoint_name(transaction_.parts() + 1);
  if (auto failure = collect(PQsendQuery(session_.get(), sql.c_str()), transaction_.deadline())) {
    transaction_.fail();
    return host_failure(*failure);
  }
  transaction_.part_opened();
  return {};
}

Result<void> PostgresConnection::release_savepoint() {
  if (transaction_.parts() == 0) return Error{ErrorCode::database, "there is no savepoint"};
  if (transaction_.failed()) {
    INGOT_TRY_VOID(rollback_to_savepoint());
    return part_aborted();
  }
  const std::string sql = "RELEASE SAVEPOINT " + savepoint_name(transaction_.parts());
  if (auto failure = collect(PQsendQuery(session_.get(), sql.c_str()), transaction_.deadline())) {
    Error error = host_failure(*failure);
    INGOT_TRY_VOID(rollback_to_savepoint());
    return error;
  }
  transaction_.part_kept();
  return {};
}

Result<void> PostgresConnection::rollback_to_savepoint() {
  if (transaction_.parts() == 0) return Error{ErrorCode::database, "there is no savepoint"};
  module_.reset();  // SET LOCAL is undone with the part
  const std::string name = savepoint_name(transaction_.parts());
  for (const std::string& sql : {"ROLLBACK TO SAVEPOINT " + name, "RELEASE SAVEPOINT " + name}) {
    if (auto failure = collect(PQsendQuery(session_.get(), sql.c_str()), Clock::now() + cancel_patience)) {
      transaction_.part_lost();
      return host_failure(*failure);
    }
  }
  transaction_.part_undone();
  return {};
}

Result<std::vector<HostRow>> PostgresConnection::run(const SqlText& sql, std::span<const Param> params) {
  if (transaction_.failed()) return transaction_aborted();
  if (transaction_.open()) {
    if (auto failure = begin_now(nullptr, transaction_.deadline())) {
      transaction_.fail();
      return host_failure(*failure);
    }
  } else if (session_timeout_ms_) {  // that was for transactions
    if (auto failure = collect(PQsendQuery(session_.get(), "SET statement_timeout TO DEFAULT"), transaction_.deadline())) return host_failure(*failure);
    session_timeout_ms_.reset();
  }
  const Values values(params);
  std::vector<HostRow> rows;
  const int sent = PQsendQueryParams(session_.get(), sql.text.c_str(), values.count(), nullptr, values.data(), nullptr, nullptr, 0);
  const auto failure = collect(sent, transaction_.deadline(), [&](Answer answer) {
    for (int row = 0; row < PQntuples(answer.get()); ++row) {
      HostRow& out = rows.emplace_back();
      for (int i = 0; i < PQnfields(answer.get()); ++i) {
        const bool null = PQgetisnull(answer.get(), row, i) != 0;
        out.push_back(null ? std::nullopt : std::optional<std::string>(PQgetvalue(answer.get(), row, i)));
      }
    }
    return true;
  });
  if (!failure) return rows;
  transaction_.fail();
  return host_failure(*failure);
}

GuestResult PostgresConnection::run_guest(const Authority& authority, GuestSql sql, std::span<const Param> params,
                                          const StatementLimits& limits, bool must_return_rows) {
  if (auto error = check_transaction(transaction_)) return std::move(*error);
  GuestResult result = run_vetted(authority, sql.text, params, limits, must_return_rows);
  if (std::holds_alternative<StatementError>(result)) transaction_.fail();
  return result;
}

GuestResult PostgresConnection::run_vetted(const Authority& authority, std::string_view sql, std::span<const Param> params,
                                           const StatementLimits& limits, bool must_return_rows) {
  const Deadline deadline = std::min(limits.deadline, transaction_.deadline());
  if (Clock::now() >= deadline) return StatementError{"DEADLINE", "the time allowed ran out"};
  const std::string key = key_of(authority, sql);
  CachedStatement* cached = cache_.find(key);
  if (cached != nullptr && !cached->vetted.holds_for(*authority.schema)) {
    cache_.erase(key, [this](CachedStatement& old) { forget(old); });
    cached = nullptr;
  }
  const bool again = cached != nullptr;
  CachedStatement fresh;
  if (!again) {
    auto vetted = vet(authority, sql);
    if (auto* error = std::get_if<StatementError>(&vetted)) return std::move(*error);
    fresh.vetted = std::move(std::get<VettedStatement>(vetted));
    cached = &fresh;
    if (sql.size() <= cached_sql_bytes_max) cached = cache_.put(key, std::move(fresh), [this](CachedStatement& old) { forget(old); });
  }
  if (auto error = check_call(cached->vetted, params, must_return_rows)) return std::move(*error);
  const auto rewritten = postgres_text(sql, cached->vetted);
  if (const auto* error = std::get_if<StatementError>(&rewritten)) return *error;
  const std::string& text = std::get<std::string>(rewritten);
  if (auto failure = begun_ || !cached->vetted.does_more_than_read() ? enter_schema(authority.module, deadline) : begin_now(&authority.module, deadline)) return guest_failure(*failure);
  if (again) {
    if (auto failure = prepare(*cached, text, deadline)) return guest_failure(*failure);
  }

  const Values values(params);
  PGconn* const session = session_.get();
  const std::vector<Oid> types = told_types(cached->vetted);
  const int sent = cached->name.empty()
                       ? PQsendQueryParams(session, text.c_str(), values.count(), types.data(), values.data(), nullptr, nullptr, 0)
                       : PQsendQueryPrepared(session, cached->name.c_str(), values.count(), values.data(), nullptr, nullptr, 0);
  if (sent != 0) PQsetSingleRowMode(session);
  RunningStatement running(key, cached->vetted, limits, deadline);
  collect(sent, running);
  return outcome_of(running);
}

void PostgresConnection::collect(int sent, RunningStatement& running) {
  auto failure = collect(sent, running.deadline(), [&running](const Answer& answer) { return running.take(answer.get()); });
  if (failure) running.fail(std::move(*failure));
  running.complete();
}

GuestResult PostgresConnection::outcome_of(RunningStatement& running) {
  if (running.too_large()) return StatementError{"LIMIT", "the result is too large"};
  if (running.failure()) {
    cache_.erase(running.key(), [this](CachedStatement& old) { forget(old); });
    return guest_failure(*running.failure());
  }
  return running.rows();
}

// A statement that this session knows, where nothing has to be said first: the rest may need several answers, and takes the other road.
std::optional<Connection::Progress> PostgresConnection::start_guest(const Authority& authority, GuestSql sql, std::span<const Param> params, const StatementLimits& limits,
                                                                     bool must_return_rows) {
  if (broken_ || running_ || check_transaction(transaction_)) return std::nullopt;
  const Deadline deadline = std::min(limits.deadline, transaction_.deadline());
  if (Clock::now() >= deadline) return std::nullopt;
  std::string key = key_of(authority, sql.text);
  const CachedStatement* const cached = cache_.find(key);
  if (cached == nullptr || cached->name.empty() || !cached->vetted.holds_for(*authority.schema) || check_call(cached->vetted, params, must_return_rows)) return std::nullopt;
  const bool session_fits = session_timeout_ms_ == timeout_ms_ && session_module_ == authority.module;
  if (begun_ ? module_ != authority.module : cached->vetted.does_more_than_read() || !session_fits) return std::nullopt;

  const Values values(params);
  PGconn* const session = session_.get();
  if (PQsendQueryPrepared(session, cached->name.c_str(), values.count(), values.data(), nullptr, nullptr, 0) == 0) return std::nullopt;  // nothing was sent
  PQsetSingleRowMode(session);
  running_.emplace(std::move(key), cached->vetted, limits, deadline);
  return PQflush(session) == 0 ? Progress::waits : Progress::blocks;  // parameters that the socket did not take at once, or the end of it
}

Connection::Progress PostgresConnection::advance_guest() {
  INGOT_CHECK(running_);
  PGconn* const session = session_.get();
  if (PQconsumeInput(session) == 0) return Progress::blocks;
  while (PQisBusy(session) == 0) {
    const Answer answer(PQgetResult(session));
    if (answer == nullptr) {
      running_->complete();
      return Progress::over;
    }
    if (!running_->take(answer.get())) return Progress::blocks;  // the server has to be told
  }
  return Progress::waits;
}

GuestResult PostgresConnection::finish_guest() {
  INGOT_CHECK(running_);
  if (!running_->is_complete() && running_->too_large()) {
    if (!cancel()) broken_ = true;
  } else if (!running_->is_complete()) {
    collect(1, *running_);
  }
  GuestResult result = outcome_of(*running_);
  running_.reset();
  if (std::holds_alternative<StatementError>(result)) transaction_.fail();
  return result;
}

std::optional<Failure> PostgresConnection::enter_schema(const std::string& module, Deadline deadline) {
  if (!begun_) return set_session(&module, deadline);
  if (module_ == module) return std::nullopt;
  const std::string sql = "SET LOCAL search_path TO " + search_path_of(module);
  if (auto failure = collect(PQsendQuery(session_.get(), sql.c_str()), deadline)) return failure;
  module_ = module;
  return std::nullopt;
}

std::optional<Failure> PostgresConnection::prepare(CachedStatement& cached, const std::string& sql, Deadline deadline) {
  if (!cached.name.empty()) return std::nullopt;
  const std::string name = "ingot_" + std::to_string(++prepared_count_);
  const std::vector<Oid> types = told_types(cached.vetted);
  auto failure = collect(PQsendPrepare(session_.get(), name.c_str(), sql.c_str(), static_cast<int>(types.size()), types.data()), deadline);
  if (!failure) cached.name = name;
  return failure;
}

void PostgresConnection::forget(CachedStatement& cached) {
  if (!cached.name.empty()) forgotten_.push_back(std::move(cached.name));
}

/// The cache gave these up while a transaction was running, which may have been a failed one.
void PostgresConnection::drop_forgotten() {
  for (const std::string& name : std::exchange(forgotten_, {})) {
    if (broken_) return;
    const std::string sql = "DEALLOCATE " + quoted_identifier(name);
    if (collect(PQsendQuery(session_.get(), sql.c_str()), Clock::now() + cancel_patience)) broken_ = true;
  }
}

class PostgresDatabase final : public Database {
 public:
  PostgresDatabase(PostgresOptions options, std::vector<PostgresHost> hosts) : options_(std::move(options)), hosts_(std::move(hosts)) {}
  Kind kind() const override { return Kind::postgresql; }
  Result<std::unique_ptr<Connection>> connect(Deadline deadline) override;
  std::string quote_identifier(std::string_view name) const override { return quoted_identifier(name); }
  std::string table_name(std::string_view module, std::string_view table) const override {
    return quoted_identifier(module) + "." + quoted_identifier(table);
  }

 private:
  const PostgresOptions options_;
  const std::vector<PostgresHost> hosts_;
  std::atomic<std::size_t> last_good_ = 0;  ///< where a connection was made last: no new one waits for a dead server in front of it
};

// libpq takes such lists too, but its connect_timeout does not bound a connection that is made without blocking, so the first silent server would take the time of all.
Result<std::unique_ptr<Connection>> PostgresDatabase::connect(Deadline deadline) {
  const std::chrono::seconds timeout(options_.connect_timeout_s);
  const std::size_t count = hosts_.size(), first = last_good_.load(std::memory_order_relaxed);
  std::string reasons;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t index = (first + i) % count;
    auto opened = PostgresConnection::open(options_, hosts_[index], count > 1, host_deadline(Clock::now(), deadline, timeout, count - 1 - i));
    if (opened.ok()) last_good_.store(index, std::memory_order_relaxed);
    if (opened.ok() || count == 1) return opened;
    reasons += (reasons.empty() ? "" : "; ") + opened.error().message;
  }
  return Error{ErrorCode::database, "none of the " + std::to_string(count) + " servers takes writes: " + reasons};
}

}  // namespace

Result<std::unique_ptr<Database>> open_postgres(const PostgresOptions& options) {
  INGOT_TRY(std::vector<PostgresHost> hosts, parse_postgres_hosts(options.host, options.port));
  return std::unique_ptr<Database>(std::make_unique<PostgresDatabase>(options, std::move(hosts)));
}

}  // namespace ingot::db
