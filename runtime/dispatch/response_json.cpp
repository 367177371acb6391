// SPDX-License-Identifier: Apache-2.0
#include "dispatch/response_json.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <utility>

#include "dispatch/json_text.hpp"
#include "limits.hpp"

namespace ingot::dispatch {
namespace {

constexpr std::size_t headers_max = 64;
constexpr std::size_t header_bytes_max = limits::request_header_bytes_max;  // clients have the same kind of limit

bool is_hosts_own(std::string_view name) {
  return is_connection_field(name) || name == "content-type" || name == "content-encoding" || name == "date" || name == "x-request-id";
}

/// Reads the answer member by member; `fault_` says what is wrong with it, in words of ours alone.
class AnswerReader {
 public:
  std::variant<ModuleResponse, Refusal> read(std::string_view text) {
    answer_.body = "null";
    if (!is_json(text)) {
      fault_ = "is not valid JSON";
    } else if (!for_each_member(text, [this](auto name, auto value) { return take(name, value); }) && fault_.empty()) {
      fault_ = "is not a JSON object";
    }
    if (!fault_.empty()) return Refusal{500, "BAD_RESPONSE", "The module's response " + std::string(fault_) + "."};
    return std::move(answer_);
  }

 private:
  static constexpr std::array<std::string_view, 3> members = {"status", "headers", "body"};

  bool fail(std::string_view fault) {
    fault_ = fault;
    return false;
  }

  bool take(std::string_view name, std::string_view value) {
    const auto member = std::find(members.begin(), members.end(), name);
    if (member == members.end()) return true;
    if (std::exchange(seen_.at(static_cast<std::size_t>(member - members.begin())), true)) {
      return fail("names status, headers or body twice");
    }
    if (name == "status") return take_status(value);
    if (name == "headers") return take_headers(value);
    answer_.body = value;
    return true;
  }

  bool take_status(std::string_view value) {
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), answer_.status);
    const bool whole = error == std::errc() && end == value.data() + value.size();
    if (!whole || answer_.status < 200 || answer_.status > 599) return fail("has a status that is no integer of 200 to 599");
    return true;
  }

  bool take_headers(std::string_view value) {
    if (!value.starts_with('{')) return fail("has headers that are no object");
    return for_each_member(value, [this](auto name, auto text) { return take_header(name, text); });
  }

  bool take_header(std::string_view raw_name, std::string_view literal) {
    if (!literal.starts_with('"')) return fail("has a header that is no string");
    if (!is_token(raw_name)) return fail("has a header with an invalid name");
    Header header{to_lower(raw_name), json_string_value(literal)};
    if (!is_field_value(header.value)) return fail("has a header with an invalid value");
    if (is_hosts_own(header.name)) return true;
    const auto same = [&header](const Header& other) { return other.name == header.name; };
    if (std::any_of(answer_.headers.begin(), answer_.headers.end(), same)) return fail("has a header twice");
    header_bytes_ += header.name.size() + header.value.size();
    answer_.headers.push_back(std::move(header));
    if (answer_.headers.size() > headers_max || header_bytes_ > header_bytes_max) return fail("has too many headers");
    return true;
  }

  ModuleResponse answer_;
  std::string_view fault_;
  std::array<bool, members.size()> seen_{};
  std::size_t header_bytes_ = 0;
};

}  // namespace

std::variant<ModuleResponse, Refusal> parse_module_response(std::string_view text) { return AnswerReader().read(text); }

}  // namespace ingot::dispatch
