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
  /// The object under `key` of `parent`, or the element `index` of the array there.
  Fields(Fields& parent, const char* key, const Json& json, std::optional<std::size_t> index = std::nullopt);
  Fields(const Fields&) = delete;
  Fields& operator=(const Fields&) = delete;

  const Json& take(const char* key);
  std::string text(const char* key, std::size_t bytes_max);
  std::string digest(const char* key);
  std::uint64_t number(const char* key);
  bool boolean(const char* key);
  const Json& array(const char* key, std::size_t count_max);
  std::vector<std::string> texts(const char* key, std::size_t count_max);

  /// Notes that `key` (or this object itself, when empty) `what`, unless something was wrong before.
  void fail(const char* key, const char* what);
  /// Every key that nobody took is one too many.
  void done();

 private:
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
