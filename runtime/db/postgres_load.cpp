// SPDX-License-Identifier: Apache-2.0
#include "db/postgres_load.hpp"

#include <libpq-fe.h>

#include <array>
#include <climits>

namespace ingot::db {
namespace {

struct Closer {
  void operator()(PGconn* session) const { PQfinish(session); }
  void operator()(PGresult* result) const { PQclear(result); }
};
using Answer = std::unique_ptr<PGresult, Closer>;

std::string trimmed(const char* message) {
  std::string text = message == nullptr ? "" : message;
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text;
}

}  // namespace

struct PostgresLoad::Session {
  std::unique_ptr<PGconn, Closer> connection;

  Error failure() const { return Error{ErrorCode::database, trimmed(PQerrorMessage(connection.get()))}; }

  /// Reads all answers; the last good one, or the first failure.
  Result<Answer> answers(int sent) {
    if (sent == 0) return failure();
    Answer last;
    std::optional<Error> failed;
    while (Answer answer{PQgetResult(connection.get())}) {
      const ExecStatusType status = PQresultStatus(answer.get());
      const bool good = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_COPY_IN || status == PGRES_EMPTY_QUERY;
      if (!good && !failed) failed = Error{ErrorCode::database, trimmed(PQresultErrorMessage(answer.get()))};
      last = std::move(answer);
      if (status == PGRES_COPY_IN) break;
    }
    if (failed) return *failed;
    if (last == nullptr) return failure();
    return last;
  }
};

PostgresLoad::PostgresLoad(std::unique_ptr<Session> session) : session_(std::move(session)) {}
PostgresLoad::PostgresLoad(PostgresLoad&&) noexcept = default;
PostgresLoad::~PostgresLoad() = default;

Result<PostgresLoad> PostgresLoad::begin(const PostgresOptions& options) {
  const std::string timeout = std::to_string(options.connect_timeout_s);
  const std::array<const char*, 9> keys{"host", "port", "dbname", "user", "password", "client_encoding", "application_name", "connect_timeout", nullptr};
  const std::array<const char*, 9> values{options.host.c_str(), options.port.c_str(), options.name.c_str(), options.user.c_str(),
                                          options.password.empty() ? nullptr : options.password.c_str(), "UTF8", "ingot", timeout.c_str(), nullptr};
  auto session = std::make_unique<Session>();
  session->connection.reset(PQconnectdbParams(keys.data(), values.data(), 0));
  if (PQstatus(session->connection.get()) != CONNECTION_OK) return session->failure();
  PQsetNoticeProcessor(session->connection.get(), [](void*, const char*) {}, nullptr);
  PostgresLoad load(std::move(session));
  INGOT_TRY_VOID(load.run("BEGIN"));
  return load;
}

Result<void> PostgresLoad::run(const std::string& script) {
  INGOT_TRY(const Answer answer, session_->answers(PQsendQuery(session_->connection.get(), script.c_str())));
  if (PQresultStatus(answer.get()) == PGRES_COPY_IN) return Error{ErrorCode::database, "the script wants rows where it should have none"};
  return {};
}

Result<std::vector<HostRow>> PostgresLoad::query(const std::string& sql) {
  INGOT_TRY(const Answer answer, session_->answers(PQsendQuery(session_->connection.get(), sql.c_str())));
  std::vector<HostRow> rows;
  for (int row = 0; row < PQntuples(answer.get()); ++row) {
    HostRow& out = rows.emplace_back();
    for (int i = 0; i < PQnfields(answer.get()); ++i) {
      const bool null = PQgetisnull(answer.get(), row, i) != 0;
      out.push_back(null ? std::nullopt : std::optional<std::string>(PQgetvalue(answer.get(), row, i)));
    }
  }
  return rows;
}

Result<void> PostgresLoad::copy_begin(const std::string& statement) {
  INGOT_TRY(const Answer answer, session_->answers(PQsendQuery(session_->connection.get(), statement.c_str())));
  if (PQresultStatus(answer.get()) != PGRES_COPY_IN) return Error{ErrorCode::database, "this does not take rows: " + statement};
  return {};
}

Result<void> PostgresLoad::copy_bytes(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::string_view part = bytes.substr(0, INT_MAX);
    if (PQputCopyData(session_->connection.get(), part.data(), static_cast<int>(part.size())) != 1) return session_->failure();
    bytes.remove_prefix(part.size());
  }
  return {};
}

Result<void> PostgresLoad::copy_end() {
  INGOT_TRY_VOID(session_->answers(PQputCopyEnd(session_->connection.get(), nullptr) == 1 ? 1 : 0));
  return {};
}

Result<void> PostgresLoad::commit() {
  INGOT_TRY(const Answer answer, session_->answers(PQsendQuery(session_->connection.get(), "COMMIT")));
  if (std::string_view(PQcmdStatus(answer.get())) != "COMMIT") return Error{ErrorCode::database, "the transaction had failed: nothing was kept"};
  return {};
}

}  // namespace ingot::db
