// SPDX-License-Identifier: Apache-2.0
#pragma once
// The keys of an operation of a migration text, read with the same words of refusal wherever they stand. What is absent and needed,
// or of another kind, is an error of code migration. Pure.

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/result.hpp"
#include "db/model.hpp"

namespace ingot::db {

/// A string. REQUIRES (here and below): node is an object.
Result<std::string> text_of(const nlohmann::json& node, const char* key);
/// A name that a table or a column may have.
Result<std::string> name_of(const nlohmann::json& node, const char* key);
/// One or more different names: a list under `list_key`, or else one under `single_key`.
Result<std::vector<std::string>> names_of(const nlohmann::json& node, const char* list_key, const char* single_key);
/// true or false; `absent` when the key is not there.
Result<bool> flag_of(const nlohmann::json& node, const char* key, bool absent);
/// A list of 1 to 1000 texts and whole numbers; empty when the key is absent or null.
Result<std::vector<Scalar>> scalars_of(const nlohmann::json& node, const char* key);
/// {table, column="id"}
Result<Reference> reference_of(const nlohmann::json& value);

}  // namespace ingot::db
