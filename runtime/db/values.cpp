// SPDX-License-Identifier: Apache-2.0
#include "db/values.hpp"

#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <limits>

#include <nlohmann/json.hpp>

#include "db/decimal.hpp"

namespace ingot::db {
namespace {

using Stored = std::variant<StoredValue, StatementError>;

constexpr std::string_view hex_digits = "0123456789abcdef";

StoredValue text_value(std::string text) {
  StoredValue value;
  value.kind = StoredValue::Kind::text;
  value.text = std::move(text);
  return value;
}

StoredValue integer_value(std::int64_t number) {
  StoredValue value;
  value.kind = StoredValue::Kind::integer;
  value.integer = number;
  return value;
}

StatementError not_a(const ColumnType& type) { return {"INVALID_PARAMS", "a value is not valid for the type " + type_text(type)}; }

StatementError out_of_range(const ColumnType& type) {
  return {"CHECK_VIOLATION", "a value is out of range for the type " + type_text(type)};
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view trimmed(std::string_view text) {
  const auto space = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
  while (!text.empty() && space(text.front())) text.remove_prefix(1);
  while (!text.empty() && space(text.back())) text.remove_suffix(1);
  return text;
}

/// Reads exactly `count` digits from the front, or nothing.
std::optional<int> take_digits(std::string_view& text, std::size_t count) {
  if (text.size() < count) return std::nullopt;
  int value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (!is_digit(text[i])) return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return value;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<std::chrono::sys_days> take_date(std::string_view& text) {
  const auto year = take_digits(text, 4);
  if (!year || !take(text, '-')) return std::nullopt;
  const auto month = take_digits(text, 2);
  if (!month || !take(text, '-')) return std::nullopt;
  const auto day = take_digits(text, 2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{*year}, std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok() || *year < 1) return std::nullopt;
  return std::chrono::sys_days{date};
}

/// hh:mm[:ss[.fraction]], rounded to milliseconds.
std::optional<std::chrono::milliseconds> take_time(std::string_view& text) {
  const auto hour = take_digits(text, 2);
  if (!hour || *hour > 23 || !take(text, ':')) return std::nullopt;
  const auto minute = take_digits(text, 2);
  if (!minute || *minute > 59) return std::nullopt;
  int second = 0;
  int fraction = 0;
  if (take(text, ':')) {
    const auto seconds = take_digits(text, 2);
    if (!seconds || *seconds > 59) return std::nullopt;
    second = *seconds;
    if (take(text, '.')) {
      int weight = 1000;
      if (text.empty() || !is_digit(text.front())) return std::nullopt;
      for (; !text.empty() && is_digit(text.front()); text.remove_prefix(1)) {
        if (weight > 1) {
          fraction += (text.front() - '0') * (weight / 10);
          weight /= 10;
        } else if (weight == 1) {
          if (text.front() >= '5') ++fraction;
          weight = 0;
        }
      }
    }
  }
  return std::chrono::hours(*hour) + std::chrono::minutes(*minute) + std::chrono::seconds(second) + std::chrono::milliseconds(fraction);
}

/// Z, +hh, +hhmm or +hh:mm; nothing when what stands there is no zone. An absent zone is UTC.
std::optional<std::chrono::minutes> take_zone(std::string_view& text) {
  if (text.empty() || take(text, 'Z') || take(text, 'z')) return std::chrono::minutes(0);
  const bool west = text.front() == '-';
  if (!west && text.front() != '+') return std::nullopt;
  text.remove_prefix(1);
  const auto hours = take_digits(text, 2);
  if (!hours || *hours > 15) return std::nullopt;
  int minutes = 0;
  if (take(text, ':') || !text.empty()) {
    const auto part = take_digits(text, 2);
    if (!part || *part > 59) return std::nullopt;
    minutes = *part;
  }
  const std::chrono::minutes zone(*hours * 60 + minutes);
  return west ? -zone : zone;
}

std::string date_text(std::chrono::sys_days days) {
  const std::chrono::year_month_day date{days};
  char buffer[40];
  std::snprintf(buffer, sizeof buffer, "%04d-%02u-%02u", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()));
  return buffer;
}

std::string clock_text(std::chrono::milliseconds of_day) {
  const std::int64_t ms = of_day.count();
  char buffer[80];
  std::snprintf(buffer, sizeof buffer, "%02d:%02d:%02d.%03d", static_cast<int>(ms / 3'600'000), static_cast<int>(ms / 60'000 % 60),
                static_cast<int>(ms / 1000 % 60), static_cast<int>(ms % 1000));
  return buffer;
}

Stored store_boolean(std::string_view text, const ColumnType& type) {
  std::string lower;
  for (char c : trimmed(text)) lower += (c >= 'A' && c <= 'Z') ? static_cast<char>(c - 'A' + 'a') : c;
  const auto is_prefix_of = [&](std::string_view word, std::size_t bytes_min) {
    return lower.size() >= bytes_min && word.starts_with(lower);
  };
  if (is_prefix_of("true", 1) || is_prefix_of("yes", 1) || lower == "on" || lower == "1") return integer_value(1);
  if (is_prefix_of("false", 1) || is_prefix_of("no", 1) || is_prefix_of("off", 2) || lower == "0") return integer_value(0);
  return not_a(type);
}

Stored store_integer(std::string_view text, const ColumnType& type) {
  text = trimmed(text);
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (end != text.data() + text.size() || text.empty() || error == std::errc::invalid_argument) return not_a(type);
  if (error == std::errc::result_out_of_range) return out_of_range(type);
  const auto fits = [&](auto sample) {
    using Limits = std::numeric_limits<decltype(sample)>;
    return number >= Limits::min() && number <= Limits::max();
  };
  if (type.name == TypeName::smallint && !fits(std::int16_t{})) return out_of_range(type);
  if (type.name == TypeName::integer && !fits(std::int32_t{})) return out_of_range(type);
  return integer_value(number);
}

Stored store_real(std::string_view text, const ColumnType& type) {
  text = trimmed(text);
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  StoredValue value;
  value.kind = StoredValue::Kind::real;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value.real);
  if (error == std::errc::result_out_of_range) return out_of_range(type);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value.real)) return not_a(type);
  if (type.name == TypeName::real) {
    if (std::fabs(value.real) > static_cast<double>(std::numeric_limits<float>::max())) return out_of_range(type);
    value.real = static_cast<double>(static_cast<float>(value.real));
  }
  return value;
}

Stored store_numeric(std::string_view text, const ColumnType& type) {
  std::optional<Decimal> value = parse_decimal(trimmed(text));
  if (!value) return not_a(type);
  if (type.length) {
    *value = rounded(std::move(*value), type.scale.value_or(0));
    if (integer_digits(*value) > *type.length - type.scale.value_or(0)) return out_of_range(type);
  }
  return text_value(decimal_text(*value));
}

Stored store_uuid(std::string_view text, const ColumnType& type) {
  text = trimmed(text);
  if (text.size() >= 2 && text.front() == '{' && text.back() == '}') text = text.substr(1, text.size() - 2);
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool upper_hex = c >= 'A' && c <= 'F';
    if (c == '-') {
      if (out.size() != 8 && out.size() != 13 && out.size() != 18 && out.size() != 23) return not_a(type);
      continue;
    }
    if (!is_digit(c) && !(c >= 'a' && c <= 'f') && !upper_hex) return not_a(type);
    if (out.size() == 8 || out.size() == 13 || out.size() == 18 || out.size() == 23) out += '-';
    out += upper_hex ? static_cast<char>(c - 'A' + 'a') : c;
  }
  if (out.size() != 36 || text.back() == '-') return not_a(type);
  return text_value(std::move(out));
}

Stored store_date(std::string_view text, const ColumnType& type) {
  text = trimmed(text);
  const auto date = take_date(text);
  if (!date) return not_a(type);
  if (!text.empty()) {  // a full timestamp is cut to its date
    if (!take(text, 'T') && !take(text, ' ')) return not_a(type);
    if (!take_time(text) || !take_zone(text) || !text.empty()) return not_a(type);
  }
  return text_value(date_text(*date));
}

Stored store_time(std::string_view text, const ColumnType& type) {
  text = trimmed(text);
  const auto time = take_time(text);
  if (!time || !text.empty() || *time >= std::chrono::hours(24)) return not_a(type);
  std::string out = clock_text(*time);
  while (out.back() == '0') out.pop_back();
  if (out.back() == '.') out.pop_back();
  return text_value(std::move(out));
}

Stored store_bytes(std::string_view text, const ColumnType& type) {
  StoredValue value;
  value.kind = StoredValue::Kind::blob;
  if (!text.starts_with("\\x")) {
    if (text.find('\\') != std::string_view::npos) return not_a(type);
    value.text = text;
    return value;
  }
  text.remove_prefix(2);
  if (text.size() % 2 != 0) return not_a(type);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    unsigned byte = 0;
    const auto [end, error] = std::from_chars(text.data() + i, text.data() + i + 2, byte, 16);
    if (error != std::errc{} || end != text.data() + i + 2) return not_a(type);
    value.text += static_cast<char>(byte);
  }
  return value;
}

std::string real_text(double value) {
  // A whole number is written without a point, because PostgreSQL takes "2" for any number and "2.0" for no integer.
  constexpr double exact_max = 9007199254740992.0;  // 2^53
  char buffer[64];
  if (value == std::floor(value) && std::fabs(value) <= exact_max) {
    std::snprintf(buffer, sizeof buffer, "%.0f", value);
    return buffer;
  }
  const auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, value);
  return error == std::errc{} ? std::string(buffer, end) : std::string("NaN");
}

}  // namespace

std::string param_text(const Param& param) {
  switch (param.kind) {
    case Param::Kind::boolean:
      return param.boolean ? "true" : "false";
    case Param::Kind::integer:
      return std::to_string(param.integer);
    case Param::Kind::real:
      return real_text(param.real);
    case Param::Kind::null:
    case Param::Kind::text:
    case Param::Kind::json:
      break;
  }
  return param.text;
}

std::variant<StoredValue, StatementError> stored_value(const Param& param, const ColumnType& type) {
  if (param.kind == Param::Kind::null) return StoredValue{};
  std::string text = param_text(param);
  switch (type.name) {
    case TypeName::text:
    case TypeName::varchar:
    case TypeName::character:
      return text_value(std::move(text));
    case TypeName::boolean:
      return store_boolean(text, type);
    case TypeName::smallint:
    case TypeName::integer:
    case TypeName::bigint:
      return store_integer(text, type);
    case TypeName::real:
    case TypeName::double_precision:
      return store_real(text, type);
    case TypeName::numeric:
      return store_numeric(text, type);
    case TypeName::date:
      return store_date(text, type);
    case TypeName::time:
      return store_time(text, type);
    case TypeName::timestamp:
    case TypeName::timestamptz: {
      std::string canonical = canonical_timestamp(text, type.name == TypeName::timestamptz);
      if (canonical.empty()) return not_a(type);
      return text_value(std::move(canonical));
    }
    case TypeName::uuid:
      return store_uuid(text, type);
    case TypeName::jsonb:
    case TypeName::json:
      if (!is_json(text)) return not_a(type);
      return text_value(std::move(text));
    case TypeName::bytea:
      return store_bytes(text, type);
  }
  return not_a(type);
}

std::string canonical_timestamp(std::string_view text, bool with_zone) {
  text = trimmed(text);
  const auto date = take_date(text);
  if (!date) return {};
  std::chrono::milliseconds of_day{0};
  std::chrono::minutes zone{0};
  if (!text.empty()) {
    if (!take(text, 'T') && !take(text, ' ')) return {};
    const auto time = take_time(text);
    if (!time) return {};
    of_day = *time;
    if (take(text, ' ') && text.empty()) return {};
    const auto offset = take_zone(text);
    if (!offset || !text.empty()) return {};
    if (with_zone) zone = *offset;
  }
  const std::chrono::sys_time<std::chrono::milliseconds> moment = *date + of_day - zone;
  const auto day = std::chrono::floor<std::chrono::days>(moment);
  const int year = static_cast<int>(std::chrono::year_month_day{day}.year());
  if (year < 1 || year > 9999) return {};
  return date_text(day) + 'T' + clock_text(moment - day) + (with_zone ? "Z" : "");
}

void append_json_real(std::string& out, double value) {
  if (!std::isfinite(value)) {
    out += std::isnan(value) ? "\"NaN\"" : value > 0 ? "\"Infinity\"" : "\"-Infinity\"";
    return;
  }
  char buffer[64];
  const auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, value);
  if (error == std::errc{}) out.append(buffer, end);
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (c == '\r') {
      out += "\\r";
    } else if (byte < 0x20) {
      out += "\\u00";
      out += hex_digits[byte >> 4];
      out += hex_digits[byte & 0xF];
    } else {
      out += c;
    }
  }
  out += '"';
}

bool is_json(std::string_view text) { return nlohmann::json::accept(text); }

void append_json_value(std::string& out, std::string_view text) {
  if (is_json(text)) {
    out += text;
  } else {
    append_json_string(out, text);
  }
}

namespace {

void append_blob(std::string& out, std::string_view bytes) {
  out += "\"\\\\x";
  for (char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += hex_digits[byte >> 4];
    out += hex_digits[byte & 0xF];
  }
  out += '"';
}

/// NUMERIC is text, with the column's count of digits after the point.
void append_numeric(std::string& out, const StoredValue& value, const ColumnType& type) {
  std::string text = value.text;
  if (value.kind == StoredValue::Kind::integer) text = std::to_string(value.integer);
  if (value.kind == StoredValue::Kind::real) text = real_text(value.real);
  if (type.scale) {
    if (std::optional<Decimal> decimal = parse_decimal(text)) text = decimal_text(rounded(std::move(*decimal), *type.scale));
  }
  append_json_string(out, text);
}

}  // namespace

void append_stored(std::string& out, const StoredValue& value, const std::optional<ColumnType>& type) {
  using Kind = StoredValue::Kind;
  if (value.kind == Kind::null) {
    out += "null";
    return;
  }
  if (type && type->name == TypeName::numeric && value.kind != Kind::blob) return append_numeric(out, value, *type);
  switch (value.kind) {
    case Kind::null:
      break;
    case Kind::integer:
      if (type && type->name == TypeName::boolean) {
        out += value.integer != 0 ? "true" : "false";
      } else {
        out += std::to_string(value.integer);
      }
      break;
    case Kind::real:
      if (type && type->name == TypeName::real) {
        char buffer[64];
        const auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, static_cast<float>(value.real));
        if (error == std::errc{}) out.append(buffer, end);
      } else {
        append_json_real(out, value.real);
      }
      break;
    case Kind::text:
      if (type && (type->name == TypeName::json || type->name == TypeName::jsonb)) {
        append_json_value(out, value.text);
      } else {
        append_json_string(out, value.text);
      }
      break;
    case Kind::blob:
      append_blob(out, value.text);
      break;
  }
}

}  // namespace ingot::db
