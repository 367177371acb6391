// SPDX-License-Identifier: Apache-2.0
#pragma once
// Result<T>: a value or an Error. INGOT_TRY unwraps or returns the error to the caller.
// Not for guest traps, and not for programmer errors (those abort through INGOT_CHECK).

#include <optional>
#include <utility>
#include <variant>

#include "base/check.hpp"
#include "base/error.hpp"

namespace ingot {

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT: implicit by design
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: same

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  /// REQUIRES: ok().
  T& value() & { INGOT_CHECK(ok()); return std::get<0>(state_); }
  const T& value() const& { INGOT_CHECK(ok()); return std::get<0>(state_); }
  T&& value() && { INGOT_CHECK(ok()); return std::get<0>(std::move(state_)); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }

  /// REQUIRES: !ok().
  Error& error() & { INGOT_CHECK(!ok()); return std::get<1>(state_); }
  const Error& error() const& { INGOT_CHECK(!ok()); return std::get<1>(state_); }
  Error&& error() && { INGOT_CHECK(!ok()); return std::get<1>(std::move(state_)); }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT: implicit by design

  bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  void value() const { INGOT_CHECK(ok()); }
  /// REQUIRES: !ok().
  Error& error() & { INGOT_CHECK(!ok()); return *error_; }
  const Error& error() const& { INGOT_CHECK(!ok()); return *error_; }
  Error&& error() && { INGOT_CHECK(!ok()); return std::move(*error_); }

 private:
  std::optional<Error> error_;
};

}  // namespace ingot

#define INGOT_CONCAT_INNER(a, b) a##b
#define INGOT_CONCAT(a, b) INGOT_CONCAT_INNER(a, b)

/// INGOT_TRY(auto x, expression): declares x from the expression's value, or returns its Error.
#define INGOT_TRY(declaration, expression) \
  INGOT_TRY_NAMED(INGOT_CONCAT(ingot_try_, __COUNTER__), declaration, expression)
#define INGOT_TRY_NAMED(name, declaration, expression)  \
  auto name = (expression);                             \
  if (!name.ok()) return std::move(name).error();       \
  declaration = std::move(name).value()

/// INGOT_TRY_VOID(expression): returns the Error of a Result<void>, if there is one.
#define INGOT_TRY_VOID(expression)                                     \
  do {                                                                 \
    auto ingot_try_result = (expression);                              \
    if (!ingot_try_result.ok()) return std::move(ingot_try_result).error(); \
  } while (false)
