// SPDX-License-Identifier: Apache-2.0
// SQLite behind the Connection interface. Only sqlite_copy.cpp, which copies whole files, includes sqlite3.h beside it.
//
// A guest's statement passes: vet() (what it names), sqlite_text() (what it means here), and then, while SQLite compiles it, the
// authorizer, which lets it see the module's tables and nothing else. The authorizer is set once and asks authority_, because
// setting it anew would make SQLite forget every compiled statement; it is also asked when SQLite compiles one again by itself.
#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <thread>

#include "db/connection.hpp"
#include "db/ddl.hpp"
#include "db/decimal.hpp"
#include "db/exact_sum.hpp"
#include "db/like.hpp"
#include "db/lru.hpp"
#include "db/sql_rewrite.hpp"
#include "db/sql_scan.hpp"
#include "db/sql_text.hpp"
#include "db/sqlite_policy.hpp"
#include "db/transaction.hpp"
#include "db/values.hpp"
#include "db/vet.hpp"

namespace ingot::db {
namespace {

constexpr std::size_t cached_statements_max = 128;
constexpr std::size_t cached_sql_bytes_max = std::size_t{16} << 10;
constexpr int progress_interval_ops = 100;                      // each may copy a value of value_bytes_max
constexpr std::int64_t heap_bytes_max = std::int64_t{1} << 30;  // of all connections of the process
constexpr std::size_t like_pattern_bytes_max = 4096;

using GuestResult = std::variant<GuestRows, StatementError>;

struct StatementDeleter {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Statement = std::unique_ptr<sqlite3_stmt, StatementDeleter>;

struct DatabaseCloser {
  void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
};

struct CachedStatement {
  VettedStatement vetted;
  Statement statement;
};

std::string_view text_of(sqlite3_value* value) {
  const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(value));
  return text == nullptr ? std::string_view() : std::string_view(text, static_cast<std::size_t>(sqlite3_value_bytes(value)));
}

StoredValue stored(sqlite3_value* value) {
  StoredValue out;
  switch (sqlite3_value_type(value)) {
    case SQLITE_INTEGER:
      out.kind = StoredValue::Kind::integer;
      out.integer = sqlite3_value_int64(value);
      break;
    case SQLITE_FLOAT:
      out.kind = StoredValue::Kind::real;
      out.real = sqlite3_value_double(value);
      break;
    case SQLITE_TEXT:
      out.kind = StoredValue::Kind::text;
      out.text = text_of(value);
      break;
    case SQLITE_BLOB: {
      out.kind = StoredValue::Kind::blob;
      const auto* bytes = static_cast<const char*>(sqlite3_value_blob(value));
      if (bytes != nullptr) out.text.assign(bytes, static_cast<std::size_t>(sqlite3_value_bytes(value)));
      break;
    }
    default:
      break;
  }
  return out;
}

void give(sqlite3_context* context, const StoredValue& value) {
  switch (value.kind) {
    case StoredValue::Kind::integer:
      return sqlite3_result_int64(context, value.integer);
    case StoredValue::Kind::real:
      return sqlite3_result_double(context, value.real);
    case StoredValue::Kind::text:
      return sqlite3_result_text(context, value.text.data(), static_cast<int>(value.text.size()), SQLITE_TRANSIENT);
    case StoredValue::Kind::null:
    case StoredValue::Kind::blob:
      return sqlite3_result_null(context);
  }
}

/// One aggregate's state: SQLite keeps a pointer, zero at first.
ExactSum*& sum_state(sqlite3_context* context) {
  static thread_local ExactSum* none = nullptr;
  auto* place = static_cast<ExactSum**>(sqlite3_aggregate_context(context, sizeof(ExactSum*)));
  if (place == nullptr) {
    none = nullptr;
    return none;
  }
  return *place;
}

void sum_step(sqlite3_context* context, int, sqlite3_value** arguments) {
  ExactSum*& sum = sum_state(context);
  if (sum == nullptr) sum = new ExactSum();
  sum->add(stored(arguments[0]));
}

void sum_inverse(sqlite3_context* context, int, sqlite3_value** arguments) {
  if (ExactSum* sum = sum_state(context)) sum->remove(stored(arguments[0]));
}

void sum_value(sqlite3_context* context) {
  const ExactSum* sum = sum_state(context);
  give(context, sum == nullptr ? StoredValue{} : sum->value());
}

void sum_final(sqlite3_context* context) {
  ExactSum*& sum = sum_state(context);
  give(context, sum == nullptr ? StoredValue{} : sum->value());
  delete sum;
  sum = nullptr;
}

/// SQLite's own json_valid() may not stand in a CHECK while the schema is not trusted, so it is replaced by ours.
void json_valid(sqlite3_context* context, int, sqlite3_value** arguments) {
  if (sqlite3_value_type(arguments[0]) == SQLITE_NULL) return sqlite3_result_null(context);
  sqlite3_result_int(context, is_json(text_of(arguments[0])) ? 1 : 0);
}

int collate_numeric(void*, int left_bytes, const void* left, int right_bytes, const void* right) {
  return compare_numeric_text({static_cast<const char*>(left), static_cast<std::size_t>(left_bytes)},
                              {static_cast<const char*>(right), static_cast<std::size_t>(right_bytes)});
}

/// A table that was made behind the host's back has no say in what a guest may do.
bool names_column(const Authority& authority, const char* table, const char* column) {
  const Table* found = table == nullptr ? nullptr : authority.schema->find(table);
  if (found == nullptr) return false;
  return column == nullptr || *column == '\0' || found->find(column) != nullptr;
}

class SqliteConnection final : public Connection {
 public:
  static Result<std::unique_ptr<Connection>> open(const std::string& path, Deadline deadline) {
    auto connection = std::unique_ptr<SqliteConnection>(new SqliteConnection());
    INGOT_TRY_VOID(connection->open_file(path, deadline));
    return std::unique_ptr<Connection>(std::move(connection));
  }
  ~SqliteConnection() override {
    SqliteConnection::rollback();
    cache_.clear([](CachedStatement&) {});
  }

  Result<void> begin(Deadline deadline) override { return start("BEGIN", deadline); }
  Result<void> begin_write(Deadline deadline) override { return start("BEGIN IMMEDIATE", deadline); }
  Result<void> begin_rebuild(Deadline deadline) override {
    if (!transaction_.open()) enforce_foreign_keys(false);
    auto begun = begin_write(deadline);
    if (!begun) enforce_foreign_keys(true);
    return begun;
  }

  Result<void> commit() override {
    if (!transaction_.open()) return Error{ErrorCode::database, "there is no transaction to commit"};
    if (transaction_.failed() || sqlite3_get_autocommit(database_.get()) != 0) {
      rollback();
      return transaction_aborted();
    }
    until_ = Deadline::max();  // a commit is never interrupted: it takes as long as the disk takes
    const int code = execute("COMMIT");
    if (code == SQLITE_OK) {
      transaction_.ended();
      enforce_foreign_keys(true);
      return {};
    }
    Error error = failure("the commit failed");
    rollback();
    return error;
  }

  void rollback() override {
    until_ = Deadline::max();
    if (database_ != nullptr && sqlite3_get_autocommit(database_.get()) == 0 && execute("ROLLBACK") != SQLITE_OK) broken_ = true;
    transaction_.ended();
    if (database_ != nullptr) enforce_foreign_keys(true);
  }

  Result<void> savepoint() override;
  Result<void> release_savepoint() override;
  Result<void> rollback_to_savepoint() override;

  Result<std::vector<HostRow>> run(const SqlText& sql, std::span<const Param> params) override;
  GuestResult run_guest(const Authority& authority, GuestSql sql, std::span<const Param> params, const StatementLimits& limits,
                        bool must_return_rows) override;
  bool broken() const override { return broken_; }
  bool alive() override { return !broken_; }

 private:
  SqliteConnection() = default;

  Result<void> open_file(const std::string& path, Deadline deadline);
  void register_functions();
  void bound_limits();
  /// Unlike the PRAGMA this works whenever it is asked, and cannot fail.
  void enforce_foreign_keys(bool on) { sqlite3_db_config(database_.get(), SQLITE_DBCONFIG_ENABLE_FKEY, on ? 1 : 0, nullptr); }
  Result<void> start(const char* sql, Deadline deadline);
  int execute(const char* sql) { return sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr); }
  Error failure(const std::string& context) const;
  StatementError guest_failure(int code) const;

  GuestResult run_vetted(const Authority& authority, std::string_view sql, std::span<const Param> params, const StatementLimits& limits,
                         bool must_return_rows);
  std::variant<CachedStatement, StatementError> compile(const Authority& authority, std::string_view sql);
  GuestResult step_all(const CachedStatement& cached, std::span<const Param> params, const StatementLimits& limits);
  std::optional<StatementError> bind_guest(const CachedStatement& cached, std::span<const Param> params);
  int bind(sqlite3_stmt* statement, int index, const StoredValue& value);

  static int authorize(void* self, int action, const char* a, const char* b, const char* database, const char* trigger);
  static int on_progress(void* self) { return static_cast<SqliteConnection*>(self)->late() ? 1 : 0; }
  static int on_busy(void* self, int attempt);
  static void now_function(sqlite3_context* context, int, sqlite3_value**);
  static void like_function(sqlite3_context* context, int count, sqlite3_value** arguments);
  bool late() const { return until_ != Deadline::max() && Clock::now() >= until_; }

  std::unique_ptr<sqlite3, DatabaseCloser> database_;
  Lru<CachedStatement> cache_{cached_statements_max};
  TransactionState transaction_;
  Deadline until_ = Deadline::max();      // of the running statement
  const Authority* authority_ = nullptr;  // set while a guest's statement is compiled or run, and with it:
  const VettedStatement* vetted_ = nullptr;
  std::string now_;                       // the transaction's time, once asked for
  const char* function_error_ = nullptr;  // the code that a function of ours failed with
  bool broken_ = false;
};

Result<void> SqliteConnection::open_file(const std::string& path, Deadline deadline) {
  static const std::int64_t heap = sqlite3_hard_heap_limit64(heap_bytes_max);  // once per process: NOMEM beyond it
  (void)heap;
  sqlite3* raw = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE;
  const int code = sqlite3_open_v2(path.c_str(), &raw, flags, nullptr);
  database_.reset(raw);
  if (code != SQLITE_OK) return failure("cannot open the database file '" + path + "'");
  sqlite3_busy_handler(raw, &on_busy, this);
  sqlite3_progress_handler(raw, progress_interval_ops, &on_progress, this);
  constexpr std::array switches_off{SQLITE_DBCONFIG_TRUSTED_SCHEMA, SQLITE_DBCONFIG_DQS_DML, SQLITE_DBCONFIG_DQS_DDL,
                                    SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER};
  for (int option : switches_off) sqlite3_db_config(raw, option, 0, nullptr);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  enforce_foreign_keys(true);
  bound_limits();
  register_functions();  // before anything reads the schema, whose checks name some of them
  until_ = deadline;
  for (const char* sql : {"PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "PRAGMA cell_size_check=ON"}) {
    // Two who switch a new file to WAL at once do not wait for each other inside SQLite: one is told BUSY at once.
    int result = execute(sql);
    for (int attempt = 0; (result & 0xFF) == SQLITE_BUSY && on_busy(this, attempt) != 0; ++attempt) result = execute(sql);
    if (result != SQLITE_OK) return failure("cannot use the database file '" + path + "'");
  }
  until_ = Deadline::max();
  sqlite3_set_authorizer(raw, &authorize, this);
  return {};
}

void SqliteConnection::bound_limits() {
  struct Bound {
    int limit;
    int value;
  };
  constexpr std::array bounds{
      Bound{SQLITE_LIMIT_LENGTH, value_bytes_max},
      Bound{SQLITE_LIMIT_SQL_LENGTH, 4 << 20},
      Bound{SQLITE_LIMIT_COLUMN, static_cast<int>(guest_columns_max)},
      Bound{SQLITE_LIMIT_EXPR_DEPTH, 500},
      Bound{SQLITE_LIMIT_COMPOUND_SELECT, 100},
      Bound{SQLITE_LIMIT_VDBE_OP, 1'000'000},
      Bound{SQLITE_LIMIT_FUNCTION_ARG, 20},
      Bound{SQLITE_LIMIT_ATTACHED, 0},
      Bound{SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 4096},
      Bound{SQLITE_LIMIT_VARIABLE_NUMBER, 32'766},
      Bound{SQLITE_LIMIT_TRIGGER_DEPTH, 10},
      Bound{SQLITE_LIMIT_WORKER_THREADS, 0},
  };
  for (const Bound& bound : bounds) sqlite3_limit(database_.get(), bound.limit, bound.value);
}

void SqliteConnection::register_functions() {
  sqlite3* const raw = database_.get();
  constexpr int pure = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
  sqlite3_create_function_v2(raw, sqlite_now_function.data(), 0, SQLITE_UTF8, this, &now_function, nullptr, nullptr, nullptr);
  sqlite3_create_function_v2(raw, "like", 2, pure, this, &like_function, nullptr, nullptr, nullptr);
  sqlite3_create_function_v2(raw, "like", 3, pure, this, &like_function, nullptr, nullptr, nullptr);
  sqlite3_create_function_v2(raw, "json_valid", 1, pure, nullptr, &json_valid, nullptr, nullptr, nullptr);
  sqlite3_create_window_function(raw, "sum", 1, pure, nullptr, &sum_step, &sum_final, &sum_value, &sum_inverse, nullptr);
  sqlite3_create_collation_v2(raw, sqlite_numeric_collation.data(), SQLITE_UTF8, nullptr, &collate_numeric, nullptr);
}

int SqliteConnection::on_busy(void* self, int attempt) {
  if (static_cast<SqliteConnection*>(self)->late()) return 0;
  constexpr int longest_ms = 10;
  std::this_thread::sleep_for(std::chrono::milliseconds(attempt < longest_ms ? attempt + 1 : longest_ms));
  return 1;
}

int SqliteConnection::authorize(void* self, int action, const char* a, const char* b, const char* database, const char*) {
  const Authority* authority = static_cast<SqliteConnection*>(self)->authority_;
  const VettedStatement* vetted = static_cast<SqliteConnection*>(self)->vetted_;
  if (authority == nullptr) return SQLITE_OK;  // the host's own SQL
  const bool in_main = database == nullptr || std::strcmp(database, "main") == 0;
  bool allowed = false;
  switch (action) {
    case SQLITE_SELECT:
    case SQLITE_RECURSIVE:
      allowed = true;
      break;
    case SQLITE_READ:
      allowed = in_main && names_column(*authority, a, b);
      if (!allowed && database == nullptr && b != nullptr && *b == '\0') {
        // A source of which no column is read, as in count(*): a subquery (without a name) or a WITH query.
        allowed = a == nullptr || (vetted != nullptr && vetted->with_names.contains(a));
      }
      break;
    case SQLITE_UPDATE:
      allowed = in_main && names_column(*authority, a, b);
      break;
    case SQLITE_INSERT:
    case SQLITE_DELETE:
      allowed = in_main && names_column(*authority, a, nullptr);
      break;
    case SQLITE_FUNCTION:
      allowed = b != nullptr && sqlite_function_allowed(b);
      break;
    default:
      break;
  }
  return allowed ? SQLITE_OK : SQLITE_DENY;
}

void SqliteConnection::now_function(sqlite3_context* context, int, sqlite3_value**) {
  auto* self = static_cast<SqliteConnection*>(sqlite3_user_data(context));
  if (self->now_.empty()) {
    // As PostgreSQL has it: one time for the whole transaction.
    const auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    const auto day = std::chrono::floor<std::chrono::days>(now);
    const std::chrono::year_month_day date{day};
    const std::int64_t ms = (now - day).count();
    char text[64];
    std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), static_cast<int>(ms / 3'600'000),
                  static_cast<int>(ms / 60'000 % 60), static_cast<int>(ms / 1000 % 60), static_cast<int>(ms % 1000));
    self->now_ = text;
  }
  sqlite3_result_text(context, self->now_.data(), static_cast<int>(self->now_.size()), SQLITE_TRANSIENT);
}

void SqliteConnection::like_function(sqlite3_context* context, int count, sqlite3_value** arguments) {
  auto* self = static_cast<SqliteConnection*>(sqlite3_user_data(context));
  for (int i = 0; i < count; ++i) {
    if (sqlite3_value_type(arguments[i]) == SQLITE_NULL) return sqlite3_result_null(context);
  }
  const std::string_view pattern = text_of(arguments[0]);
  if (pattern.size() > like_pattern_bytes_max) {
    self->function_error_ = "LIMIT";
    return sqlite3_result_error(context, "the pattern of LIKE is too long", -1);
  }
  const std::string_view escape = count == 3 ? text_of(arguments[2]) : std::string_view("\\");
  switch (like(pattern, text_of(arguments[1]), escape, [self] { return self->late(); })) {
    case LikeResult::no:
      return sqlite3_result_int(context, 0);
    case LikeResult::yes:
      return sqlite3_result_int(context, 1);
    case LikeResult::bad_pattern:
      self->function_error_ = "INVALID_PARAMS";
      return sqlite3_result_error(context, "the pattern of LIKE ends with the escape character", -1);
    case LikeResult::stopped:
      return sqlite3_result_error_code(context, SQLITE_INTERRUPT);
  }
}

Error SqliteConnection::failure(const std::string& context) const {
  const int code = sqlite3_extended_errcode(database_.get()) & 0xFF;
  const std::string message = context + ": " + sqlite3_errmsg(database_.get());
  const bool waited = code == SQLITE_INTERRUPT || ((code == SQLITE_BUSY || code == SQLITE_LOCKED) && late());
  return Error{waited ? ErrorCode::deadline : ErrorCode::database, message};
}

Result<void> SqliteConnection::start(const char* sql, Deadline deadline) {
  if (transaction_.open()) return Error{ErrorCode::database, "a transaction is open already"};
  until_ = deadline;
  now_.clear();
  if (execute(sql) != SQLITE_OK) return failure("the transaction could not begin");
  transaction_.began(deadline);
  return {};
}

Result<void> SqliteConnection::savepoint() {
  if (!transaction_.open()) return Error{ErrorCode::database, "there is no open transaction"};
  if (transaction_.failed()) return transaction_aborted();
  until_ = transaction_.deadline();
  if (execute(("SAVEPOINT " + savepoint_name(transaction_.parts() + 1)).c_str()) != SQLITE_OK) return failure("no savepoint");
  transaction_.part_opened();
  return {};
}

Result<void> SqliteConnection::release_savepoint() {
  if (transaction_.parts() == 0) return Error{ErrorCode::database, "there is no savepoint"};
  if (transaction_.failed()) {
    INGOT_TRY_VOID(rollback_to_savepoint());
    return part_aborted();
  }
  until_ = transaction_.deadline();
  if (execute(("RELEASE " + savepoint_name(transaction_.parts())).c_str()) != SQLITE_OK) {
    Error error = failure("the part could not be kept");
    INGOT_TRY_VOID(rollback_to_savepoint());
    return error;
  }
  transaction_.part_kept();
  return {};
}

Result<void> SqliteConnection::rollback_to_savepoint() {
  if (transaction_.parts() == 0) return Error{ErrorCode::database, "there is no savepoint"};
  until_ = Deadline::max();
  const std::string name = savepoint_name(transaction_.parts());
  // After some failures (an interrupted write, a full disk) SQLite has undone the whole transaction: then there is no part left.
  if (execute(("ROLLBACK TO " + name).c_str()) != SQLITE_OK || execute(("RELEASE " + name).c_str()) != SQLITE_OK) {
    transaction_.part_lost();
    return failure("the part could not be undone alone");
  }
  transaction_.part_undone();
  return {};
}

int SqliteConnection::bind(sqlite3_stmt* statement, int index, const StoredValue& value) {
  switch (value.kind) {
    case StoredValue::Kind::integer:
      return sqlite3_bind_int64(statement, index, value.integer);
    case StoredValue::Kind::real:
      return sqlite3_bind_double(statement, index, value.real);
    case StoredValue::Kind::text:
      return sqlite3_bind_text64(statement, index, value.text.data(), value.text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
    case StoredValue::Kind::blob:
      return sqlite3_bind_blob64(statement, index, value.text.data(), value.text.size(), SQLITE_TRANSIENT);
    case StoredValue::Kind::null:
      break;
  }
  return sqlite3_bind_null(statement, index);
}

/// A parameter whose place tells no type: as SQLite would have it.
StoredValue untyped(const Param& param) {
  StoredValue value;
  switch (param.kind) {
    case Param::Kind::null:
      break;
    case Param::Kind::boolean:
      value.kind = StoredValue::Kind::integer;
      value.integer = param.boolean ? 1 : 0;
      break;
    case Param::Kind::integer:
      value.kind = StoredValue::Kind::integer;
      value.integer = param.integer;
      break;
    case Param::Kind::real:
      value.kind = StoredValue::Kind::real;
      value.real = param.real;
      break;
    case Param::Kind::text:
    case Param::Kind::json:
      value.kind = StoredValue::Kind::text;
      value.text = param.text;
      break;
  }
  return value;
}

/// n of the parameter's name "$n"; 0 when it has another.
std::size_t parameter_number(sqlite3_stmt* statement, int index) {
  const char* name = sqlite3_bind_parameter_name(statement, index);
  if (name == nullptr || *name != '$') return 0;
  const std::string_view digits(name + 1);
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return error == std::errc{} && end == digits.data() + digits.size() ? number : 0;
}

Result<std::vector<HostRow>> SqliteConnection::run(const SqlText& sql, std::span<const Param> params) {
  if (transaction_.failed()) return transaction_aborted();
  until_ = transaction_.deadline();
  sqlite3_stmt* raw = nullptr;
  const int prepared = sqlite3_prepare_v3(database_.get(), sql.text.data(), static_cast<int>(sql.text.size()), 0, &raw, nullptr);
  const Statement statement(raw);
  const auto failed = [&] {
    transaction_.fail();
    return failure("a statement failed");
  };
  if (prepared != SQLITE_OK) return failed();
  for (int i = 1; i <= sqlite3_bind_parameter_count(raw); ++i) {
    const std::size_t number = parameter_number(raw, i);
    INGOT_CHECK(number >= 1 && number <= params.size());
    if (bind(raw, i, untyped(params[number - 1])) != SQLITE_OK) return failed();
  }
  std::vector<HostRow> rows;
  int code = sqlite3_step(raw);
  for (; code == SQLITE_ROW; code = sqlite3_step(raw)) {
    HostRow& row = rows.emplace_back();
    for (int i = 0; i < sqlite3_column_count(raw); ++i) {
      const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(raw, i));
      const auto bytes = static_cast<std::size_t>(sqlite3_column_bytes(raw, i));
      row.push_back(text == nullptr ? std::nullopt : std::optional(std::string(text, bytes)));
    }
  }
  if (code != SQLITE_DONE) return failed();
  return rows;
}

StatementError SqliteConnection::guest_failure(int code) const {
  const std::string message = sqlite3_errmsg(database_.get());
  if (function_error_ != nullptr) return {function_error_, message};
  switch (code) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
      return {"UNIQUE_VIOLATION", message};
    case SQLITE_CONSTRAINT_FOREIGNKEY:
      return {"FOREIGN_KEY_VIOLATION", message};
    case SQLITE_CONSTRAINT_NOTNULL:
      return {"NOT_NULL_VIOLATION", message};
    case SQLITE_CONSTRAINT_CHECK:
      return {"CHECK_VIOLATION", message};
    case SQLITE_CONSTRAINT_DATATYPE:
      return {"INVALID_PARAMS", message};
    default:
      break;
  }
  switch (code & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {"BUSY", "the database is being written by another request"};
    case SQLITE_INTERRUPT:
      return {"DEADLINE", "the time allowed ran out"};
    case SQLITE_AUTH:
      return {"NOT_ALLOWED", message};
    case SQLITE_TOOBIG:
    case SQLITE_NOMEM:
      return {"LIMIT", message};
    case SQLITE_MISMATCH:
    case SQLITE_RANGE:
      return {"INVALID_PARAMS", message};
    case SQLITE_ERROR:
      return {"INVALID_SQL", message};
    default:
      return {"DATABASE_ERROR", message};
  }
}

GuestResult SqliteConnection::run_guest(const Authority& authority, GuestSql sql, std::span<const Param> params,
                                        const StatementLimits& limits, bool must_return_rows) {
  if (auto error = check_transaction(transaction_)) return std::move(*error);
  until_ = std::min(limits.deadline, transaction_.deadline());
  authority_ = &authority;
  function_error_ = nullptr;
  // However this ends, nobody is let in on this authority afterwards, and what began and did not finish cannot be committed.
  struct End {
    SqliteConnection& self;
    bool returned = false;
    ~End() {
      self.authority_ = nullptr;
      self.vetted_ = nullptr;
      self.until_ = Deadline::max();
      if (!returned) self.transaction_.fail();
    }
  } end{*this};
  GuestResult result = run_vetted(authority, sql.text, params, limits, must_return_rows);
  end.returned = true;
  if (std::holds_alternative<StatementError>(result)) transaction_.fail();
  return result;
}

GuestResult SqliteConnection::run_vetted(const Authority& authority, std::string_view sql, std::span<const Param> params,
                                         const StatementLimits& limits, bool must_return_rows) {
  if (late()) return StatementError{"DEADLINE", "the time allowed ran out"};
  const std::string key = authority.module + '\0' + std::string(sql);
  CachedStatement* cached = cache_.find(key);
  if (cached != nullptr && !cached->vetted.holds_for(*authority.schema)) {
    cache_.erase(key, [](CachedStatement&) {});
    cached = nullptr;
  }
  std::optional<CachedStatement> fresh;
  if (cached == nullptr) {
    auto compiled = compile(authority, sql);
    if (auto* error = std::get_if<StatementError>(&compiled)) return std::move(*error);
    fresh = std::move(std::get<CachedStatement>(compiled));
    cached = &*fresh;
  }
  if (auto error = check_call(cached->vetted, params, must_return_rows)) return std::move(*error);
  vetted_ = &cached->vetted;
  GuestResult result;
  {
    struct Rewind {
      sqlite3_stmt* statement;
      ~Rewind() {
        sqlite3_reset(statement);
        sqlite3_clear_bindings(statement);
      }
    } const rewind{cached->statement.get()};
    result = step_all(*cached, params, limits);
  }
  if (fresh && sql.size() <= cached_sql_bytes_max) cache_.put(key, std::move(*fresh), [](CachedStatement&) {});
  return result;
}

std::variant<CachedStatement, StatementError> SqliteConnection::compile(const Authority& authority, std::string_view sql) {
  auto vetted = vet(authority, sql);
  if (auto* error = std::get_if<StatementError>(&vetted)) return std::move(*error);
  CachedStatement cached{.vetted = std::move(std::get<VettedStatement>(vetted)), .statement = nullptr};
  vetted_ = &cached.vetted;
  auto rewritten = sqlite_text(sql, cached.vetted);
  if (auto* error = std::get_if<StatementError>(&rewritten)) return std::move(*error);
  const std::string& text = std::get<std::string>(rewritten);
  sqlite3_stmt* raw = nullptr;
  const char* tail = nullptr;
  const int code = sqlite3_prepare_v3(database_.get(), text.data(), static_cast<int>(text.size()), SQLITE_PREPARE_PERSISTENT, &raw, &tail);
  cached.statement.reset(raw);
  if (code != SQLITE_OK) return guest_failure(sqlite3_extended_errcode(database_.get()));
  const std::string_view rest(tail, static_cast<std::size_t>(text.data() + text.size() - tail));
  auto left = scan_sql(rest);
  const auto* tokens = std::get_if<std::vector<SqlToken>>(&left);
  const bool more =
      tokens == nullptr || std::ranges::any_of(*tokens, [](const SqlToken& token) { return token.kind != SqlToken::Kind::semicolon; });
  if (raw == nullptr || more) return StatementError{"NOT_ALLOWED", "exactly one statement is allowed"};
  if (static_cast<std::size_t>(sqlite3_column_count(raw)) != cached.vetted.outputs.size()) {
    return StatementError{"DATABASE_ERROR", "the statement gives other columns than it names"};
  }
  return cached;
}

std::optional<StatementError> SqliteConnection::bind_guest(const CachedStatement& cached, std::span<const Param> params) {
  sqlite3_stmt* const raw = cached.statement.get();
  for (int i = 1; i <= sqlite3_bind_parameter_count(raw); ++i) {
    const std::size_t number = parameter_number(raw, i);
    if (number == 0 || number > params.size()) return StatementError{"INVALID_PARAMS", "parameters are $1, $2, ..."};
    StoredValue value = untyped(params[number - 1]);
    if (const auto& type = cached.vetted.param_types[number - 1]) {
      auto typed = stored_value(params[number - 1], *type);
      if (auto* error = std::get_if<StatementError>(&typed)) return std::move(*error);
      value = std::move(std::get<StoredValue>(typed));
    }
    if (const int code = bind(raw, i, value); code != SQLITE_OK) return guest_failure(code);
  }
  return std::nullopt;
}

GuestResult SqliteConnection::step_all(const CachedStatement& cached, std::span<const Param> params, const StatementLimits& limits) {
  if (auto error = bind_guest(cached, params)) return std::move(*error);
  sqlite3_stmt* const raw = cached.statement.get();
  const std::vector<OutputColumn>& outputs = cached.vetted.outputs;
  std::vector<std::string> keys;
  for (const OutputColumn& output : outputs) {
    keys.emplace_back(keys.empty() ? "{" : ",");
    append_json_string(keys.back(), output.name);
    keys.back() += ':';
  }
  GuestRows rows;
  rows.rows_json = "[";
  int code = sqlite3_step(raw);
  for (; code == SQLITE_ROW; code = sqlite3_step(raw)) {
    if (rows.rows_json.size() > 1) rows.rows_json += ',';
    for (std::size_t i = 0; i < keys.size(); ++i) {
      rows.rows_json += keys[i];
      const int column = static_cast<int>(i);
      const int type = sqlite3_column_type(raw, column);
      // Before it is copied: a value may be larger than the whole result.
      const bool sized = type == SQLITE_TEXT || type == SQLITE_BLOB;
      const std::size_t bytes = sized ? static_cast<std::size_t>(sqlite3_column_bytes(raw, column)) : 0;
      if (rows.rows_json.size() + bytes > limits.result_bytes_max) return StatementError{"LIMIT", "the result is too large"};
      append_stored(rows.rows_json, stored(sqlite3_column_value(raw, column)), outputs[i].type);
      if (rows.rows_json.size() > limits.result_bytes_max) return StatementError{"LIMIT", "the result is too large"};
    }
    rows.rows_json += '}';
  }
  if (code != SQLITE_DONE) return guest_failure(code);
  rows.rows_json += ']';
  if (rows.rows_json.size() > limits.result_bytes_max) return StatementError{"LIMIT", "the result is too large"};
  rows.writes = cached.vetted.writes;
  if (cached.vetted.writes) rows.rows_affected = sqlite3_changes64(database_.get());
  return rows;
}

class SqliteDatabase final : public Database {
 public:
  explicit SqliteDatabase(std::string path) : path_(std::move(path)) {}
  Kind kind() const override { return Kind::sqlite; }
  Result<std::unique_ptr<Connection>> connect(Deadline deadline) override { return SqliteConnection::open(path_, deadline); }
  std::string quote_identifier(std::string_view name) const override { return quoted_identifier(name); }
  std::string table_name(std::string_view, std::string_view table) const override { return quoted_identifier(table); }

 private:
  std::string path_;
};

}  // namespace

Result<std::unique_ptr<Database>> open_sqlite(const SqliteOptions& options) {
  if (options.path.empty() || options.path.find('\0') != std::string::npos) {
    return Error{ErrorCode::invalid_argument, "the database file's path is empty or holds a NUL"};
  }
  constexpr std::chrono::seconds patience{10};
  // Opened once here, so that a wrong path is told at start and not by the first request.
  INGOT_TRY(const auto probe, SqliteConnection::open(options.path, Clock::now() + patience));
  return std::unique_ptr<Database>(std::make_unique<SqliteDatabase>(options.path));
}

}  // namespace ingot::db
