// SPDX-License-Identifier: Apache-2.0
#include "dispatch/request_json.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "dispatch/json_text.hpp"
#include "dispatch/percent.hpp"
#include "dispatch/utf8.hpp"

namespace ingot::dispatch {
namespace {

using Fields = std::map<std::string, std::string>;

struct Field {
  std::string name, value;
  std::size_t place;  ///< in the order of arrival
};

/// Sorted by name, each of which is there once.
using SortedFields = std::vector<Field>;

/// Lower-case names, values joined, withheld fields left out.
SortedFields visible_fields(std::span<const Header> headers) {
  SortedFields fields;
  fields.reserve(headers.size());
  for (const Header& header : headers) {
    std::string name = to_lower(header.name);
    if (!is_token(name) || is_connection_field(name)) continue;
    if (name == "authorization" || name == "proxy-authorization" || name == "cookie") continue;
    fields.push_back({std::move(name), is_utf8(header.value) ? header.value : to_utf8(header.value), fields.size()});
  }
  std::ranges::sort(fields, {}, [](const Field& field) { return std::tie(field.name, field.place); });
  std::size_t kept = 0;
  for (std::size_t i = 1; i < fields.size(); ++i) {
    if (fields[i].name == fields[kept].name) {
      fields[kept].value.append(", ").append(fields[i].value);
    } else if (++kept != i) {
      fields[kept] = std::move(fields[i]);
    }
  }
  if (!fields.empty()) fields.erase(fields.begin() + static_cast<std::ptrdiff_t>(kept) + 1, fields.end());
  return fields;
}

std::string_view field_or_empty(const SortedFields& fields, std::string_view name) {
  const auto found = std::ranges::lower_bound(fields, name, {}, [](const Field& field) { return std::string_view(field.name); });
  return found == fields.end() || found->name != name ? std::string_view() : std::string_view(found->value);
}

std::pair<std::string_view, std::string_view> name_and_value(const Field& field) { return {field.name, field.value}; }
std::pair<std::string_view, std::string_view> name_and_value(const Fields::value_type& field) { return field; }

void append_object(std::string& out, const auto& fields) {
  out += '{';
  bool first = true;
  for (const auto& field : fields) {
    const auto [name, value] = name_and_value(field);
    if (!std::exchange(first, false)) out += ',';
    append_json_string(out, name);
    out += ':';
    append_json_string(out, value);
  }
  out += '}';
}

void append_member(std::string& out, std::string_view name, std::string_view text) {
  append_json_key(out, name);
  append_json_text(out, text);
}

std::optional<Refusal> append_body(std::string& out, const SortedFields& fields, std::string_view body) {
  const std::string_view encoding = field_or_empty(fields, "content-encoding");
  if (body.empty()) {
    out += "null";
  } else if (!encoding.empty() && !equals_ignoring_case(encoding, "identity")) {
    return Refusal{415, "", "The body's content-encoding is not supported."};
  } else if (is_json_media_type(field_or_empty(fields, "content-type"))) {
    if (!is_json(body)) return Refusal{400, "INVALID_JSON", "The body is not valid JSON."};
    out += body;
  } else if (!is_utf8(body)) {
    return Refusal{415, "", "The body is neither JSON nor UTF-8 text."};
  } else {
    append_json_string(out, body);
  }
  return std::nullopt;
}

}  // namespace

bool is_json_media_type(std::string_view content_type) {
  const std::string type = to_lower(trim(content_type.substr(0, content_type.find(';'))));
  return type == "application/json" || (type.size() > 5 && type.ends_with("+json"));
}

std::variant<Fields, Refusal> parse_query(std::string_view query) {
  Fields values;
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view piece = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (piece.empty()) continue;
    const std::size_t equals = std::min(piece.find('='), piece.size());
    auto name = percent_decode(piece.substr(0, equals), Plus::space);
    auto value = percent_decode(piece.substr(std::min(equals + 1, piece.size())), Plus::space);
    if (!name || !value) return Refusal{400, "", "The query string is malformed."};
    values.insert_or_assign(*std::move(name), *std::move(value));
  }
  return values;
}

std::variant<std::string, Refusal> build_request_json(const RequestParts& parts) {
  auto query = parse_query(parts.query);
  if (auto* refusal = std::get_if<Refusal>(&query)) return std::move(*refusal);
  const SortedFields fields = visible_fields(parts.headers);

  std::string out;
  out.reserve(parts.body.size() + 1024);
  out += '{';
  append_member(out, "method", parts.method);
  append_member(out, "path", parts.path);
  append_member(out, "route", parts.route);
  append_json_key(out, "params");
  out += '{';
  for (const PathParam& param : parts.params) append_member(out, param.name, param.value);
  out += '}';
  append_json_key(out, "query");
  append_object(out, std::get<Fields>(query));
  append_json_key(out, "headers");
  append_object(out, fields);
  append_member(out, "request_id", parts.request_id);
  append_json_key(out, "identity");
  out += parts.identity;
  append_json_key(out, "body");
  if (auto refusal = append_body(out, fields, parts.body)) return *std::move(refusal);
  out += '}';
  return out;
}

}  // namespace ingot::dispatch
