// SPDX-License-Identifier: Apache-2.0
#include "data/service.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/check.hpp"
#include "data/find.hpp"
#include "data/slices.hpp"
#include "data/statement.hpp"
#include "data/write.hpp"
#include "db/values.hpp"
#include "observe/time.hpp"

namespace ingot::data {
namespace {

using db::StatementError;
using Answer = std::variant<std::string, StatementError>;
using Rows = std::variant<std::vector<std::string>, StatementError>;

StatementError invalid(const Error& error) { return {"INVALID_PARAMS", error.message}; }

StatementError of_database(const Error& error) {
  if (error.code == ErrorCode::deadline) return {"DEADLINE", error.message};
  return {error.code == ErrorCode::unavailable ? "UNAVAILABLE" : "DATABASE_ERROR", error.message};
}

std::string id_of(std::string_view row) {
  for (const Member& member : members(row)) {
    if (member.name == "id" && is_string(member.value)) return text_of(member.value);
  }
  return {};
}

/// One request being answered.
class Service {
 public:
  Service(Store& store, const Rights& rights, const Caller& caller, std::size_t& savepoints) : store_(store), rights_(rights), caller_(caller), savepoints_(savepoints) {}

  Answer perform(Slice request, bool in_batch);

 private:
  struct Operation {
    std::string_view name;
    Answer (Service::*work)(Slice request);
    std::array<std::string_view, 2> actions;  ///< what the caller needs, where it is declared
    bool in_batch = true;
  };
  static const std::array<Operation, 14> operations;

  Answer find(Slice request);
  Answer get(Slice request);
  Answer count(Slice request);
  Answer history(Slice request);
  Answer create(Slice request);
  Answer update(Slice request);
  Answer upsert(Slice request);
  Answer erase(Slice request) { return mark(request, true); }
  Answer restore(Slice request) { return mark(request, false); }
  Answer hard_delete(Slice request);
  Answer batch(Slice request);
  Answer savepoint(Slice request);
  Answer release(Slice request) { return end_savepoint(request, "'release'", true); }
  Answer roll_back(Slice request) { return end_savepoint(request, "'rollback'", false); }

  Answer mark(Slice request, bool deleted);
  Answer end_savepoint(Slice request, const char* what, bool keep);

  /// Of the table that a request names: may this caller do that, and has it a tenant if the table asks for one?
  std::optional<StatementError> refuse(const Operation& operation, Slice request) const;
  Result<Target> target(const Keys& keys) const;
  /// A table, and the id that a request names; nothing when no row can have it.
  struct Named {
    Target target;
    std::optional<Slice> id;
  };
  Result<Named> row_named(const Keys& keys) const {
    INGOT_TRY(const Target of, target(keys));
    INGOT_TRY(const std::optional<Slice> which, id(keys));
    return Named{of, which};
  }
  static Result<std::optional<Slice>> id(const Keys& keys);

  std::variant<std::string, StatementError> rows_text(const Statement& statement);
  /// The rows that a statement gives, each whole.
  Rows rows(const Statement& statement);
  /// A number that a statement gives as n.
  std::variant<std::int64_t, StatementError> number(const Statement& statement);
  /// Do all references among the values mean rows of this tenant?
  std::optional<StatementError> check_references(const Values& values);
  std::optional<StatementError> note(const Target& target, std::string_view action, const std::string& row_id, std::string_view detail);
  /// {"row":...} of the one row changed, noted.
  Answer changed(const Target& target, std::string_view action, const std::string& row, std::string_view detail);
  StatementError not_found(const Target& target) const { return {"NOT_FOUND", "table '" + target.table->name + "' has no such row"}; }

  Store& store_;
  const Rights& rights_;
  const Caller& caller_;
  std::size_t& savepoints_;
};

const std::array<Service::Operation, 14> Service::operations{{
    {"find", &Service::find, {"read", ""}},
    {"get", &Service::get, {"read", ""}},
    {"count", &Service::count, {"read", ""}},
    {"history", &Service::history, {"read", ""}},
    {"create", &Service::create, {"create", ""}},
    {"update", &Service::update, {"update", ""}},
    {"upsert", &Service::upsert, {"create", "update"}},
    {"delete", &Service::erase, {"delete", ""}},
    {"restore", &Service::restore, {"delete", ""}},
    {"hard_delete", &Service::hard_delete, {"hard_delete", ""}},
    {"batch", &Service::batch, {"", ""}, false},
    {"savepoint", &Service::savepoint, {"", ""}, false},
    {"release", &Service::release, {"", ""}, false},
    {"rollback", &Service::roll_back, {"", ""}, false},
}};

Answer Service::perform(Slice request, bool in_batch) {
  if (!is_object(request)) return invalid(wrong("a request must be an object"));
  std::string name;
  for (const Member& member : members(request)) {
    if (member.name == "op" && is_string(member.value)) name = text_of(member.value);
  }
  const auto operation = std::ranges::find(operations, name, &Operation::name);
  if (operation == operations.end()) {
    std::string known;
    for (const Operation& each : operations) known += (known.empty() ? "" : " ") + std::string(each.name);
    return invalid(wrong("'op' must be one of: " + known));
  }
  if (in_batch && !operation->in_batch) return invalid(wrong("'" + name + "' does not stand in a batch"));
  if (!operation->actions.front().empty()) {
    if (auto refused = refuse(*operation, request)) return std::move(*refused);
  }
  return (this->*operation->work)(request);
}

std::optional<StatementError> Service::refuse(const Operation& operation, Slice request) const {
  std::string table;
  for (const Member& member : members(request)) {
    if (member.name == "table" && is_string(member.value)) table = text_of(member.value);
  }
  const auto target = target_of(*rights_.authority->schema, table);
  if (!target.ok()) return invalid(target.error());
  if (target->has_tenant && caller_.tenant.empty()) return StatementError{"NOT_ALLOWED", "each row of table '" + table + "' belongs to a tenant, and the caller has none"};
  for (const std::string_view action : operation.actions) {
    if (action.empty()) continue;
    const std::string permission = rights_.authority->module + ":" + table + ":" + std::string(action);
    const bool always = action == "hard_delete";
    const bool declared = std::ranges::find(*rights_.permissions, permission) != rights_.permissions->end();
    if (!always && (!declared || caller_.through_module)) continue;
    if (!caller_.may(permission)) return StatementError{"NOT_ALLOWED", "the caller lacks the permission " + permission};
  }
  return std::nullopt;
}

Result<Target> Service::target(const Keys& keys) const {
  INGOT_TRY(const std::string table, keys.text("table"));
  return target_of(*rights_.authority->schema, table);
}

Result<std::optional<Slice>> Service::id(const Keys& keys) {
  const Slice* const given = keys.find("id");
  if (given == nullptr || !is_string(*given)) return wrong("the request needs an 'id', a string");
  db::Param param;
  param.kind = db::Param::Kind::text;
  param.text = text_of(*given);
  const bool possible = std::holds_alternative<db::StoredValue>(db::stored_value(param, {.name = db::TypeName::uuid, .length = {}, .scale = {}}));
  return possible ? std::optional<Slice>(*given) : std::nullopt;
}

std::variant<std::string, StatementError> Service::rows_text(const Statement& statement) {
  auto outcome = store_.run(*rights_.authority, statement.sql, statement.params(), true);
  if (auto* error = std::get_if<StatementError>(&outcome)) return std::move(*error);
  return std::move(std::get<db::GuestRows>(outcome).rows_json);
}

Rows Service::rows(const Statement& statement) {
  auto text = rows_text(statement);
  if (auto* error = std::get_if<StatementError>(&text)) return std::move(*error);
  std::vector<std::string> all;
  for (const Slice row : elements(whole(std::get<std::string>(text)))) all.emplace_back(row);
  return all;
}

std::variant<std::int64_t, StatementError> Service::number(const Statement& statement) {
  auto found = rows(statement);
  if (auto* error = std::get_if<StatementError>(&found)) return std::move(*error);
  const auto& all = std::get<std::vector<std::string>>(found);
  const auto value = all.empty() ? std::nullopt : integer_of(members(all.front()).front().value);
  if (!value) return StatementError{"DATABASE_ERROR", "the database counted no number"};
  return *value;
}

std::optional<StatementError> Service::check_references(const Values& values) {
  for (const Values::Value& value : values.all) {
    if (!value.column->references || is_null(value.json)) continue;
    const db::Table* const other = rights_.authority->schema->find(value.column->references->table);
    if (other == nullptr || !is_of_tenants(*other)) continue;
    auto found = number(count_referred(*value.column->references, value.json, caller_.tenant));
    if (auto* error = std::get_if<StatementError>(&found)) return std::move(*error);
    if (std::get<std::int64_t>(found) == 0) {
      return StatementError{"FOREIGN_KEY_VIOLATION", "column '" + value.column->name + "' refers to no row of table '" + other->name + "' of this tenant"};
    }
  }
  return std::nullopt;
}

std::optional<StatementError> Service::note(const Target& target, std::string_view action, const std::string& row_id, std::string_view detail) {
  const auto noted = store_.note({observe::rfc3339_now(), rights_.authority->module, target.table->name, row_id, std::string(action), caller_.subject, caller_.tenant, caller_.request_id,
                                  std::string(detail)});
  if (!noted.ok()) return of_database(noted.error());
  return std::nullopt;
}

Answer Service::changed(const Target& target, std::string_view action, const std::string& row, std::string_view detail) {
  if (auto error = note(target, action, id_of(row), detail)) return std::move(*error);
  return R"({"row":)" + row + "}";
}

// ---- reading ----

Answer Service::find(Slice request) {
  const auto reading = read_find(request, *rights_.authority->schema, caller_.tenant);
  if (!reading.ok()) return invalid(reading.error());
  auto text = rows_text(reading->statement);
  if (auto* error = std::get_if<StatementError>(&text)) return std::move(*error);
  return page_json(*reading, std::get<std::string>(text));
}

Answer Service::get(Slice request) {
  const auto keys = Keys::read(request, "'get'", {"op", "table", "id", "fields", "deleted", "with"});
  if (!keys.ok()) return invalid(keys.error());
  const auto named = row_named(*keys);
  if (!named.ok()) return invalid(named.error());
  const auto& [of, which] = *named;
  if (!which) return not_found(of);
  const auto reading = read_get(request, *rights_.authority->schema, caller_.tenant);
  if (!reading.ok()) return invalid(reading.error());
  auto text = rows_text(reading->statement);
  if (auto* error = std::get_if<StatementError>(&text)) return std::move(*error);
  const auto row = row_json(*reading, std::get<std::string>(text));
  if (!row) return not_found(of);
  return R"({"row":)" + *row + "}";
}

Answer Service::count(Slice request) {
  const auto statement = read_count(request, *rights_.authority->schema, caller_.tenant);
  if (!statement.ok()) return invalid(statement.error());
  auto found = number(*statement);
  if (auto* error = std::get_if<StatementError>(&found)) return std::move(*error);
  return R"({"count":)" + std::to_string(std::get<std::int64_t>(found)) + "}";
}

Answer Service::history(Slice request) {
  const auto keys = Keys::read(request, "'history'", {"op", "table", "id"});
  if (!keys.ok()) return invalid(keys.error());
  const auto named = row_named(*keys);
  if (!named.ok()) return invalid(named.error());
  const auto& [of, which] = *named;
  if (!which) return std::string(R"({"entries":[]})");
  const auto entries = store_.noted(rights_.authority->module, of.table->name, text_of(*which), of.has_tenant ? caller_.tenant : "", history_entries_max);
  if (!entries.ok()) return of_database(entries.error());
  std::string text = R"({"entries":[)";
  for (const db::AuditEntry& entry : *entries) {
    if (text.back() != '[') text += ',';
    text += R"({"at":)";
    db::append_json_string(text, entry.at);
    text += R"(,"action":)";
    db::append_json_string(text, entry.action);
    text += R"(,"subject":)";
    db::append_json_string(text, entry.subject);
    text += R"(,"request_id":)";
    db::append_json_string(text, entry.request_id);
    text += R"(,"detail":)" + entry.detail + "}";
  }
  return text + "]}";
}

// ---- writing ----

Answer Service::create(Slice request) {
  const auto keys = Keys::read(request, "'create'", {"op", "table", "values", "rows"});
  if (!keys.ok()) return invalid(keys.error());
  const auto of = target(*keys);
  if (!of.ok()) return invalid(of.error());
  const Slice *const one = keys->find("values"), *const many = keys->find("rows");
  if ((one == nullptr) == (many == nullptr)) return invalid(wrong("'create' has 'values', an object, or 'rows', a list of them"));
  if (many != nullptr && !is_array(*many)) return invalid(wrong("'rows' must be a list of objects"));
  const std::vector<Slice> texts = one != nullptr ? std::vector<Slice>{*one} : elements(*many);
  if (texts.empty() || texts.size() > rows_max) return invalid(wrong("'rows' has 1 to " + std::to_string(rows_max) + " rows"));
  std::vector<Values> all;
  for (const Slice text : texts) {
    auto values = values_of(text, *of, true);
    if (!values.ok()) return invalid(values.error());
    if (auto error = check_references(*values)) return std::move(*error);
    all.push_back(std::move(values).value());
  }
  // Rows that set the same columns go in one statement.
  std::vector<std::string> made;
  constexpr std::size_t values_of_statement_max = 3000;
  for (std::size_t begin = 0; begin < all.size();) {
    std::size_t end = begin + 1;
    const std::size_t rows_of_statement_max = values_of_statement_max / all[begin].all.size();
    const auto same = [](const Values::Value& left, const Values::Value& right) { return left.column == right.column; };
    while (end < all.size() && end - begin < rows_of_statement_max && std::ranges::equal(all[begin].all, all[end].all, same)) ++end;
    auto rows_made = rows(insert_rows(*of, {all.begin() + static_cast<std::ptrdiff_t>(begin), all.begin() + static_cast<std::ptrdiff_t>(end)}, caller_.tenant));
    if (auto* error = std::get_if<StatementError>(&rows_made)) return std::move(*error);
    for (std::string& row : std::get<std::vector<std::string>>(rows_made)) {
      if (auto error = note(*of, "create", id_of(row), texts[made.size()])) return std::move(*error);
      made.push_back(std::move(row));
    }
    begin = end;
  }
  if (one != nullptr) return R"({"row":)" + made.front() + "}";
  std::string text = R"({"rows":[)";
  for (const std::string& row : made) text += (text.back() == '[' ? "" : ",") + row;
  return text + "]}";
}

Answer Service::update(Slice request) {
  const auto keys = Keys::read(request, "'update'", {"op", "table", "id", "set", "version"});
  if (!keys.ok()) return invalid(keys.error());
  const auto named = row_named(*keys);
  if (!named.ok()) return invalid(named.error());
  const auto& [of, which] = *named;
  const Slice* const set = keys->find("set");
  if (set == nullptr) return invalid(wrong("'update' needs 'set', an object"));
  const auto values = values_of(*set, of, false);
  if (!values.ok()) return invalid(values.error());
  std::optional<std::int64_t> version;
  if (const Slice* const given = keys->find("version")) {
    version = integer_of(*given);
    if (!version) return invalid(wrong("'version' must be a whole number"));
    if (!of.has_version) return invalid(wrong("table '" + of.table->name + "' has no column 'version' of a whole-number type"));
  }
  if (!which) return not_found(of);
  if (auto error = check_references(*values)) return std::move(*error);
  auto found = rows(update_row(of, *which, *values, version, caller_.tenant));
  if (auto* error = std::get_if<StatementError>(&found)) return std::move(*error);
  if (const auto& all = std::get<std::vector<std::string>>(found); !all.empty()) return changed(of, "update", all.front(), *set);
  if (!version) return not_found(of);
  auto there = rows(look_at_row(of, *which, caller_.tenant));
  if (auto* error = std::get_if<StatementError>(&there)) return std::move(*error);
  const auto& row = std::get<std::vector<std::string>>(there);
  if (row.empty()) return not_found(of);
  const std::vector<Member> fields = members(row.front());
  if (!is_null(fields.at(0).value)) return not_found(of);
  return StatementError{"CONFLICT", "the row is at version " + std::string(fields.at(1).value) + " by now"};
}

Answer Service::upsert(Slice request) {
  const auto keys = Keys::read(request, "'upsert'", {"op", "table", "key", "values"});
  if (!keys.ok()) return invalid(keys.error());
  const auto of = target(*keys);
  if (!of.ok()) return invalid(of.error());
  const Slice *const key = keys->find("key"), *const given = keys->find("values");
  if (key == nullptr || given == nullptr) return invalid(wrong("'upsert' needs 'key', a list of columns, and 'values', an object"));
  const auto values = values_of(*given, *of, true);
  if (!values.ok()) return invalid(values.error());
  const auto statement = insert_or_update(*of, *values, *key, caller_.tenant);
  if (!statement.ok()) return invalid(statement.error());
  if (auto error = check_references(*values)) return std::move(*error);
  auto found = rows(*statement);
  if (auto* error = std::get_if<StatementError>(&found)) return std::move(*error);
  const auto& all = std::get<std::vector<std::string>>(found);
  if (all.empty()) return StatementError{"CONFLICT", "the id is another row's already"};
  return changed(*of, "upsert", all.front(), *given);
}

Answer Service::mark(Slice request, bool deleted) {
  const auto keys = Keys::read(request, deleted ? "'delete'" : "'restore'", {"op", "table", "id"});
  if (!keys.ok()) return invalid(keys.error());
  const auto named = row_named(*keys);
  if (!named.ok()) return invalid(named.error());
  const auto& [of, which] = *named;
  if (!which) return not_found(of);
  auto found = rows(mark_deleted(of, *which, deleted, caller_.tenant));
  if (auto* error = std::get_if<StatementError>(&found)) return std::move(*error);
  const auto& all = std::get<std::vector<std::string>>(found);
  if (all.empty()) return not_found(of);
  return changed(of, deleted ? "delete" : "restore", all.front(), "{}");
}

Answer Service::hard_delete(Slice request) {
  const auto keys = Keys::read(request, "'hard_delete'", {"op", "table", "id"});
  if (!keys.ok()) return invalid(keys.error());
  const auto named = row_named(*keys);
  if (!named.ok()) return invalid(named.error());
  const auto& [of, which] = *named;
  if (!which) return not_found(of);
  auto found = rows(remove_row(of, *which, caller_.tenant));
  if (auto* error = std::get_if<StatementError>(&found)) return std::move(*error);
  const auto& all = std::get<std::vector<std::string>>(found);
  if (all.empty()) return not_found(of);
  return changed(of, "hard_delete", all.front(), all.front());
}

// ---- several at once ----

Answer Service::batch(Slice request) {
  const auto keys = Keys::read(request, "'batch'", {"op", "steps"});
  if (!keys.ok()) return invalid(keys.error());
  const Slice* const steps = keys->find("steps");
  if (steps == nullptr || !is_array(*steps)) return invalid(wrong("'batch' needs 'steps', a list of requests"));
  const std::vector<Slice> all = elements(*steps);
  if (all.empty() || all.size() > batch_steps_max) return invalid(wrong("'steps' has 1 to " + std::to_string(batch_steps_max) + " requests"));
  if (const auto opened = store_.open_part(); !opened.ok()) return of_database(opened.error());
  std::string text = R"({"results":[)";
  for (std::size_t at = 0; at < all.size(); ++at) {
    Answer answer = perform(all[at], true);
    if (auto* error = std::get_if<StatementError>(&answer)) {
      if (const auto undone = store_.close_part(false); !undone.ok()) return of_database(undone.error());
      error->message = "step " + std::to_string(at + 1) + ": " + error->message;
      return std::move(*error);
    }
    text += (at == 0 ? "" : ",") + std::get<std::string>(answer);
  }
  if (const auto kept = store_.close_part(true); !kept.ok()) return of_database(kept.error());
  return text + "]}";
}

Answer Service::savepoint(Slice request) {
  if (const auto keys = Keys::read(request, "'savepoint'", {"op"}); !keys.ok()) return invalid(keys.error());
  if (savepoints_ >= savepoints_max) return StatementError{"LIMIT", "there are " + std::to_string(savepoints_max) + " savepoints already"};
  if (const auto opened = store_.open_part(); !opened.ok()) return of_database(opened.error());
  ++savepoints_;
  return std::string("{}");
}

Answer Service::end_savepoint(Slice request, const char* what, bool keep) {
  if (const auto keys = Keys::read(request, what, {"op"}); !keys.ok()) return invalid(keys.error());
  if (savepoints_ == 0) return invalid(wrong("there is no savepoint"));
  --savepoints_;
  if (const auto closed = store_.close_part(keep); !closed.ok()) return StatementError{"TRANSACTION_ABORTED", closed.error().message};
  return std::string("{}");
}

}  // namespace

Answer perform(Store& store, const Rights& rights, const Caller& caller, std::size_t& savepoints, std::string_view request) {
  INGOT_CHECK(rights.authority != nullptr && rights.permissions != nullptr && caller.may);
  if (!acceptable(request, nesting_max)) return StatementError{"INVALID_PARAMS", "the request is not JSON, or nested more than " + std::to_string(nesting_max) + " deep"};
  return Service(store, rights, caller, savepoints).perform(whole(request), false);
}

}  // namespace ingot::data
