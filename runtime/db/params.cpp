// SPDX-License-Identifier: Apache-2.0
// The text is checked as a whole first and then cut at the commas of the outermost array, so that a nested array or object is
// kept byte for byte (key order and every digit included) instead of being built as values and printed again.
#include <charconv>

#include <nlohmann/json.hpp>

#include "db/connection.hpp"

namespace ingot::db {
namespace {

constexpr std::size_t param_count_max = 32'766;  // SQLite's default bound; PostgreSQL allows more
constexpr int nesting_max = 200;

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

Error refused(const std::string& why) { return Error{ErrorCode::invalid_argument, why}; }

/// The elements of a valid JSON array, as slices of it.
/// REQUIRES: `inside` is what stands between the brackets of valid JSON.
Result<std::vector<std::string_view>> elements(std::string_view inside) {
  std::vector<std::string_view> slices;
  if (trimmed(inside).empty()) return slices;
  int depth = 0;
  bool in_string = false;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < inside.size(); ++i) {
    const char c = inside[i];
    if (in_string) {
      if (c == '\\') {
        ++i;
      } else if (c == '"') {
        in_string = false;
      }
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > nesting_max) return refused("a parameter is nested too deeply");
    } else if (c == ']' || c == '}') {
      --depth;
    } else if (c == ',' && depth == 0) {
      slices.push_back(trimmed(inside.substr(begin, i - begin)));
      begin = i + 1;
      if (slices.size() >= param_count_max) return refused("too many parameters");
    }
  }
  slices.push_back(trimmed(inside.substr(begin)));
  return slices;
}

Result<Param> number(std::string_view digits) {
  Param param;
  const char* const end = digits.data() + digits.size();
  if (digits.find_first_of(".eE") != std::string_view::npos) {
    param.kind = Param::Kind::real;
    const auto [stop, error] = std::from_chars(digits.data(), end, param.real);
    if (error == std::errc{} && stop == end) return param;
    // Beyond the range of a double: the digits go on as text, and the column's type decides.
  } else {
    param.kind = Param::Kind::integer;
    const auto [stop, error] = std::from_chars(digits.data(), end, param.integer);
    if (error == std::errc{} && stop == end) return param;
  }
  param.kind = Param::Kind::text;
  param.text = digits;
  return param;
}

Result<Param> element(std::string_view slice) {
  Param param;
  switch (slice.front()) {
    case 'n':
      return param;
    case 't':
    case 'f':
      param.kind = Param::Kind::boolean;
      param.boolean = slice.front() == 't';
      return param;
    case '"':
      param.kind = Param::Kind::text;
      param.text = nlohmann::json::parse(slice).get<std::string>();
      if (param.text.find('\0') != std::string::npos) return refused("a text parameter holds a NUL character");
      return param;
    case '[':
    case '{':
      param.kind = Param::Kind::json;
      param.text = slice;
      return param;
    default:
      return number(slice);
  }
}

}  // namespace

Result<std::vector<Param>> parse_params(std::string_view json_array) {
  std::vector<Param> params;
  if (json_array.empty()) return params;
  try {
    if (!nlohmann::json::accept(json_array)) return refused("the parameters are not valid JSON");
    const std::string_view text = trimmed(json_array);
    if (text.front() != '[') return refused("the parameters must be a JSON array");
    INGOT_TRY(const std::vector<std::string_view> slices, elements(text.substr(1, text.size() - 2)));
    params.reserve(slices.size());
    for (std::string_view slice : slices) {
      INGOT_TRY(Param param, element(slice));
      params.push_back(std::move(param));
    }
  } catch (const std::exception& failure) {
    return refused(std::string("the parameters cannot be read: ") + failure.what());
  }
  return params;
}

}  // namespace ingot::db
