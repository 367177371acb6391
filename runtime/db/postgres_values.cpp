// SPDX-License-Identifier: Apache-2.0
#include "db/postgres_values.hpp"

#include <charconv>
#include <cstdint>

#include "db/values.hpp"

namespace ingot::db {
namespace {

// pg_type.dat; fixed for ever, as clients rely on them.
enum Oid : unsigned {
  oid_bool = 16,
  oid_bytea = 17,
  oid_int8 = 20,
  oid_int2 = 21,
  oid_int4 = 23,
  oid_text = 25,
  oid_json = 114,
  oid_float4 = 700,
  oid_float8 = 701,
  oid_date = 1082,
  oid_time = 1083,
  oid_timestamp = 1114,
  oid_timestamptz = 1184,
  oid_numeric = 1700,
  oid_uuid = 2950,
  oid_jsonb = 3802,
};

/// 2026-01-31 12:00:00.5+00 -> 2026-01-31T12:00:00.500Z. The session's time zone is UTC. Infinity and BC stay as they are.
void append_timestamp(std::string& out, std::string_view text, bool with_zone) {
  constexpr std::size_t seconds_end = 19;  // of 2026-01-31 12:00:00
  const std::size_t space = text.find(' ');
  const std::size_t zone = text.find('+');
  if (space != 10 || text.size() < seconds_end || text.find(" BC") != std::string_view::npos ||
      (with_zone && zone == std::string_view::npos)) {
    return append_json_string(out, text);
  }
  std::string_view fraction = text.substr(seconds_end, with_zone ? zone - seconds_end : std::string_view::npos);
  if (!fraction.empty()) fraction.remove_prefix(1);  // the point
  std::string ms(fraction.substr(0, 3));
  ms.resize(3, '0');
  out += '"';
  out += text.substr(0, space);
  out += 'T';
  out += text.substr(space + 1, seconds_end - space - 1);
  out += '.' + ms + (with_zone ? "Z\"" : "\"");
}

bool fits_int64(std::string_view digits) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return error == std::errc{} && end == digits.data() + digits.size();
}

void append_numeric(std::string& out, std::string_view text, const std::optional<ColumnType>& type) {
  if (type && type->name == TypeName::double_precision) {
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc{} && end == text.data() + text.size()) return append_json_real(out, number);
  }
  if (type && type->name == TypeName::bigint && fits_int64(text)) {
    out += text;
    return;
  }
  append_json_string(out, text);
}

}  // namespace

unsigned oid_of(TypeName type) {
  switch (type) {
    case TypeName::text:
    case TypeName::varchar:
    case TypeName::character:
      return oid_text;
    case TypeName::boolean:
      return oid_bool;
    case TypeName::smallint:
      return oid_int2;
    case TypeName::integer:
      return oid_int4;
    case TypeName::bigint:
      return oid_int8;
    case TypeName::real:
      return oid_float4;
    case TypeName::double_precision:
      return oid_float8;
    case TypeName::numeric:
      return oid_numeric;
    case TypeName::date:
      return oid_date;
    case TypeName::time:
      return oid_time;
    case TypeName::timestamp:
      return oid_timestamp;
    case TypeName::timestamptz:
      return oid_timestamptz;
    case TypeName::uuid:
      return oid_uuid;
    case TypeName::jsonb:
      return oid_jsonb;
    case TypeName::json:
      return oid_json;
    case TypeName::bytea:
      return oid_bytea;
  }
  return 0;
}

std::string_view code_of_sqlstate(std::string_view sqlstate) {
  if (sqlstate == "23505") return "UNIQUE_VIOLATION";
  if (sqlstate == "23503" || sqlstate == "23001") return "FOREIGN_KEY_VIOLATION";
  if (sqlstate == "23502") return "NOT_NULL_VIOLATION";
  // Too long a text and too large a number are CHECKs on SQLite.
  if (sqlstate == "23514" || sqlstate == "22001" || sqlstate == "22003") return "CHECK_VIOLATION";
  if (sqlstate == "25P02") return "TRANSACTION_ABORTED";
  if (sqlstate == "55P03" || sqlstate == "40001" || sqlstate == "40P01") return "BUSY";
  if (sqlstate == "57014") return "DEADLINE";
  if (sqlstate == "42501") return "NOT_ALLOWED";
  if (sqlstate == "54000" || sqlstate == "54001" || sqlstate == "54011" || sqlstate == "54023" || sqlstate == "53200") return "LIMIT";
  if (sqlstate.starts_with("42") || sqlstate == "21000") return "INVALID_SQL";
  if (sqlstate.starts_with("22")) return "INVALID_PARAMS";
  if (sqlstate.starts_with("08") || sqlstate.starts_with("57P") || sqlstate == "53300") return "UNAVAILABLE";
  return "DATABASE_ERROR";
}

bool sqlstate_breaks(std::string_view sqlstate) { return sqlstate.starts_with("08") || sqlstate.starts_with("57P"); }

void append_postgres(std::string& out, std::string_view text, unsigned oid, const std::optional<ColumnType>& type) {
  switch (oid) {
    case oid_bool:
      out += text == "t" ? "true" : "false";
      return;
    case oid_int2:
    case oid_int4:
    case oid_int8:
      out += text;
      return;
    case oid_float4:
    case oid_float8:
      if (text == "NaN" || text == "Infinity" || text == "-Infinity") return append_json_string(out, text);
      out += text;
      return;
    case oid_json:
    case oid_jsonb:
      return append_json_value(out, text);
    case oid_timestamp:
      return append_timestamp(out, text, false);
    case oid_timestamptz:
      return append_timestamp(out, text, true);
    case oid_numeric:
      return append_numeric(out, text, type);
    default:
      return append_json_string(out, text);
  }
}

}  // namespace ingot::db
