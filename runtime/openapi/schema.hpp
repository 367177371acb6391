// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which JSON Schemas may stand in a description: those that say everything. A schema that lets anything through (`true`, `{}`, an object that does not say what becomes of other
// members, an array of anything) would make the description true whatever is answered. Pure functions; any thread.

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>

#include "base/result.hpp"

namespace ingot::openapi {

using Json = nlohmann::ordered_json;

/// How deep anything in a declaration may nest: what walks it recurses.
inline constexpr std::size_t depth_max = 48;

/// True when no value in `json` nests deeper than `depth_max`.
bool is_shallow(const Json& json);

/// A schema is one of: {"$ref": "#/components/schemas/NAME"}; an `enum` or a `const`; `anyOf` or `oneOf` of schemas; or a `type`, where "object" needs `additionalProperties`, false or
/// a schema, and "array" needs `items`. Keywords that are not known here are refused, `allOf` among them: closed objects cannot be added up. `where` begins the message. Whether the name of a
/// reference exists is not asked. REQUIRES: is_shallow(schema). Errors: contract, naming the place.
Result<void> check_schema(const Json& schema, const std::string& where);

}  // namespace ingot::openapi
