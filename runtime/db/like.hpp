// SPDX-License-Identifier: Apache-2.0
#pragma once
// LIKE as PostgreSQL means it: case counts, '\' escapes. SQLite's own ignores the case of ASCII letters. Pure.

#include <functional>
#include <string_view>

namespace ingot::db {

enum class LikeResult { no, yes, bad_pattern /* ends with the escape character */, stopped };

/// `escape` is one character in UTF-8, or empty for none. `stop` is asked now and then, because a long text may take long.
LikeResult like(std::string_view pattern, std::string_view text, std::string_view escape, const std::function<bool()>& stop);

}  // namespace ingot::db
