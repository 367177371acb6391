// SPDX-License-Identifier: Apache-2.0
#include "format/strict_json.hpp"

#include <algorithm>
#include <set>

namespace ingot::format {
namespace {

constexpr std::size_t nesting_max = 8;

/// Deeper than any text of ours: the JSON writer recurses, so hostile nesting must not reach it.
bool nests_too_deeply(std::string_view text) {
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > nesting_max) return true;
    } else if (c == '}' || c == ']') {
      if (depth > 0) --depth;
    }
  }
  return false;
}

/// The first key that an object has twice; empty when none has. Only asked when the text is refused anyway, for the reason.
std::string duplicate_key(std::string_view text) {
  using Event = nlohmann::json::parse_event_t;
  std::vector<std::set<std::string>> open;
  std::string duplicate;
  const auto look = [&](int, Event event, nlohmann::json& value) {
    if (event == Event::object_start) open.emplace_back();
    if (event == Event::object_end) open.pop_back();
    if (event == Event::key && !open.back().insert(value.get<std::string>()).second && duplicate.empty()) duplicate = value.get<std::string>();
    return true;
  };
  static_cast<void>(nlohmann::json::parse(text, look, false));
  return duplicate;
}

}  // namespace

Fields::Fields(const Json& json, std::string& error) : json_(json), error_(error) {
  if (!json_.is_object()) fail("", "is not an object");
}

Fields::Fields(Fields& parent, const char* key, const Json& json, std::optional<std::size_t> index)
    : json_(json), parent_(&parent), key_(key), index_(index), error_(parent.error_) {
  if (!json_.is_object()) fail("", "is not an object");
}

const Fields::Json& Fields::take(const char* key) {
  static const Json null;
  if (taken_.empty()) taken_.reserve(8);
  taken_.emplace_back(key);
  if (!json_.is_object()) return null;
  const auto found = json_.find(key);
  if (found != json_.end()) return *found;
  fail(key, "is missing");
  return null;
}

std::string Fields::text(const char* key, std::size_t bytes_max) {
  const Json& value = take(key);
  if (!value.is_string()) return fail(key, "is not a string"), std::string();
  if (value.get_ref<const std::string&>().size() > bytes_max) return fail(key, "is too long"), std::string();
  return value.get<std::string>();
}

std::string Fields::digest(const char* key) {
  std::string value = text(key, 64);
  if (value.size() != 64 || value.find_first_not_of("0123456789abcdef") != std::string::npos) fail(key, "is not a digest");
  return value;
}

std::optional<std::string> Fields::digest_or_null(const char* key) {
  if (json_.is_object() && json_.contains(key) && json_[key].is_null()) return take(key), std::nullopt;
  return digest(key);
}

std::uint64_t Fields::number(const char* key) {
  const Json& value = take(key);
  if (!value.is_number_unsigned()) return fail(key, "is not an unsigned integer"), 0;
  return value.get<std::uint64_t>();
}

std::optional<std::uint64_t> Fields::number_or_null(const char* key) {
  const Json& value = take(key);
  if (value.is_null()) return std::nullopt;
  if (!value.is_number_unsigned()) return fail(key, "is neither an unsigned integer nor null"), std::nullopt;
  return value.get<std::uint64_t>();
}

bool Fields::boolean(const char* key) {
  const Json& value = take(key);
  if (!value.is_boolean()) return fail(key, "is not true or false"), false;
  return value.get<bool>();
}

const Fields::Json& Fields::array(const char* key, std::size_t count_max) {
  static const Json empty = Json::array();
  const Json& value = take(key);
  if (!value.is_array()) return fail(key, "is not an array"), empty;
  if (value.size() > count_max) return fail(key, "has too many elements"), empty;
  return value;
}

std::vector<std::string> Fields::texts(const char* key, std::size_t count_max) {
  std::vector<std::string> list;
  each_text(key, count_max, [&](std::string_view value) { list.emplace_back(value); });
  return list;
}

std::string Fields::path() const {
  std::string text = parent_ != nullptr ? parent_->path() + "." + key_ : key_;
  if (index_) text += "[" + std::to_string(*index_) + "]";
  return text;
}

void Fields::fail(const char* key, const char* what) {
  if (error_.empty()) error_ = path() + (*key == '\0' ? "" : ".") + key + " " + what;
}

void Fields::done() {
  if (!json_.is_object()) return;
  for (const auto& [key, value] : json_.get_ref<const Json::object_t&>()) {
    if (std::find(taken_.begin(), taken_.end(), key) == taken_.end()) fail(key.c_str(), "is an unknown key");
  }
}

namespace strict_json {

Result<nlohmann::json> parse(std::string_view text, const char* what) {
  const auto refuse = [&](const std::string& reason) { return Error{ErrorCode::verification, std::string(what) + ": " + reason}; };
  if (nests_too_deeply(text)) return refuse("nested too deeply");
  try {
    nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
    if (json.is_discarded()) return refuse("not JSON");
    // One content, one text: this also catches a key that stands twice, which the parser would let pass.
    if (json.dump() == text) return json;
    const std::string duplicate = duplicate_key(text);
    return refuse(duplicate.empty() ? "not in canonical form" : "the key " + duplicate + " stands twice in one object");
  } catch (const std::exception& problem) {
    return refuse(problem.what());
  }
}

std::string canonical(const nlohmann::json& json) { return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace); }

}  // namespace strict_json
}  // namespace ingot::format
