// SPDX-License-Identifier: Apache-2.0
#pragma once
// Reading JSON in which nothing may be missing and nothing may be left over. For the format's own files; needs nlohmann-json, so no
// header that others see includes it.

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace ingot::format {

/// Takes the members of one object by name; what is wrong or left over becomes the first error. Reading goes on after an error with
/// zero values, so that the callers stay straight lines; the result is thrown away.
///
/// A Fields of an inner object refers to the outer one, which must outlive it: the path in a message is only put together when there is one.
class Fields final {
 public:
  using Json = nlohmann::json;

  /// The whole text. `error` takes the first problem.
  Fields(const Json& json, std::string& error);
  Fields(const Fields&) = delete;
  Fields& operator=(const Fields&) = delete;

  std::string text(const char* key, std::size_t bytes_max);
  std::string digest(const char* key);
  std::optional<std::string> digest_or_null(const char* key);
  std::uint64_t number(const char* key);
  std::optional<std::uint64_t> number_or_null(const char* key);
  bool boolean(const char* key);
  std::vector<std::string> texts(const char* key, std::size_t count_max);

  /// Calls `read(std::string_view)` with each string of an array.
  template <typename Read>
  void each_text(const char* key, std::size_t count_max, Read read) {
    for (const Json& value : array(key, count_max)) {
      if (!value.is_string()) return fail(key, "holds something that is not a string");
      read(std::string_view(value.get_ref<const std::string&>()));
    }
  }
  /// Calls `read(Fields&)` with the object.
  template <typename Read>
  void object(const char* key, Read read) {
    read_inside(key, take(key), std::nullopt, read);
  }
  /// The same; false, and no call, for null.
  template <typename Read>
  bool object_or_null(const char* key, Read read) {
    const Json& value = take(key);
    if (value.is_null()) return false;
    read_inside(key, value, std::nullopt, read);
    return true;
  }
  /// Calls `read(Fields&)` with each object of an array.
  template <typename Read>
  void list(const char* key, std::size_t count_max, Read read) {
    std::size_t index = 0;
    for (const Json& value : array(key, count_max)) read_inside(key, value, index++, read);
  }

  /// Notes that `key` (or this object itself, when empty) `what`, unless something was wrong before.
  void fail(const char* key, const char* what);
  /// Every key that nobody took is one too many.
  void done();

 private:
  /// The object under `key` of `parent`, or the element `index` of the array there.
  Fields(Fields& parent, const char* key, const Json& json, std::optional<std::size_t> index);
  template <typename Read>
  void read_inside(const char* key, const Json& json, std::optional<std::size_t> index, Read& read) {
    Fields inner(*this, key, json, index);
    read(inner);
    inner.done();
  }
  const Json& take(const char* key);
  const Json& array(const char* key, std::size_t count_max);
  std::string path() const;

  const Json& json_;
  const Fields* parent_ = nullptr;
  const char* key_ = "$";
  std::optional<std::size_t> index_;
  std::string& error_;
  std::vector<std::string_view> taken_;  ///< literals of the callers
};

namespace strict_json {

/// Errors: verification ("WHAT: not JSON", "nested too deeply", "not in canonical form").
Result<nlohmann::json> parse(std::string_view text, const char* what);
/// The one text that a value has: keys sorted, no spaces.
std::string canonical(const nlohmann::json& json);

/// Parses `text` with `read(Fields&)`, which takes every member. Errors: verification, each beginning with `what`.
template <typename Value>
Result<Value> read(std::string_view text, const char* what, Value (*read_value)(Fields&)) {
  INGOT_TRY(const nlohmann::json json, parse(text, what));
  std::string error;
  Fields fields(json, error);
  Value value = read_value(fields);
  fields.done();
  if (!error.empty()) return Error{ErrorCode::verification, std::string(what) + ": " + error};
  return value;
}

}  // namespace strict_json
}  // namespace ingot::format
