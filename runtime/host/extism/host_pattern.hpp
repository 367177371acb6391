// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which hosts a plugin may reach, as its manifest says: names in which * stands for anything, ? for one character, and [ab], [a-z], [!a] for one of a set.

#include <string_view>

namespace ingot::host::extism {

/// Letters are compared without their case, as names of hosts are. A pattern that cannot be read (a set without an end, three stars in a row) is compared as it stands.
bool host_matches(std::string_view pattern, std::string_view host);

}  // namespace ingot::host::extism
