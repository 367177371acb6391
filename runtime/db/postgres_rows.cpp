// SPDX-License-Identifier: Apache-2.0
#include "db/postgres_rows.hpp"

#include <charconv>
#include <string_view>

#include "db/postgres_values.hpp"
#include "db/values.hpp"

namespace ingot::db {

std::string trimmed_message(const char* message) {
  std::string text = message == nullptr ? "" : message;
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text;
}

PostgresFailure failure_of(const PGresult* result) {
  const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const char* primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  return {state == nullptr ? "" : state, primary == nullptr ? trimmed_message(PQresultErrorMessage(result)) : primary, false};
}

bool is_success(const PGresult* result) {
  const ExecStatusType status = PQresultStatus(result);
  return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_SINGLE_TUPLE;
}

bool RowWriter::add(const PGresult* result) {
  const int columns = PQnfields(result);
  if (keys_.empty()) {
    for (int i = 0; i < columns; ++i) {
      keys_.emplace_back(i == 0 ? "{" : ",");
      append_json_string(keys_.back(), PQfname(result, i));
      keys_.back() += ':';
    }
  }
  for (int row = 0; row < PQntuples(result); ++row) {
    if (json_.size() > 1) json_ += ',';
    if (columns == 0) json_ += '{';
    for (int i = 0; i < columns; ++i) {
      // Before it is copied: a value may be larger than the whole result.
      if (json_.size() + static_cast<std::size_t>(PQgetlength(result, row, i)) > bytes_max_) return false;
      add_value(result, row, i);
    }
    json_ += '}';
    if (json_.size() >= bytes_max_) return false;
  }
  return true;
}

void RowWriter::add_value(const PGresult* result, int row, int column) {
  const auto index = static_cast<std::size_t>(column);
  json_ += keys_[index];
  if (PQgetisnull(result, row, column) != 0) {
    json_ += "null";
    return;
  }
  const std::string_view text(PQgetvalue(result, row, column), static_cast<std::size_t>(PQgetlength(result, row, column)));
  const bool known = index < vetted_.outputs.size();
  append_postgres(json_, text, PQftype(result, column), known ? vetted_.outputs[index].type : std::nullopt);
}

bool RunningStatement::take(const PGresult* result) {
  if (!is_success(result)) {
    fail(failure_of(result));
    return true;
  }
  too_large_ = !writer_.add(result);
  const std::string_view count = PQcmdTuples(const_cast<PGresult*>(result));  // libpq's older signature; it is not changed
  rows_.writes = writes_;
  if (writes_ && !count.empty()) std::from_chars(count.data(), count.data() + count.size(), rows_.rows_affected);
  return !too_large_;
}

}  // namespace ingot::db
