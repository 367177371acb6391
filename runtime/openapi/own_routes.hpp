// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the host's own routes ask for and answer, in the form in which modules declare theirs (abi/OPENAPI.md). Who changes one of those routes changes this text.

#include <string_view>
#include <vector>

#include "openapi/declaration.hpp"

namespace ingot::openapi {

struct OwnRoute {
  std::string_view method, path;  ///< the whole path: "/api/modules/{name}"
  std::string_view permission;    ///< empty: none is asked
};

/// Every route that no module serves, in the order of the document.
const std::vector<OwnRoute>& own_routes();

/// Their declaration. Parsed at the first call; any thread.
const Declaration& own_declaration();

}  // namespace ingot::openapi
