// SPDX-License-Identifier: Apache-2.0
#pragma once
// The OpenAPI 3.1 document of everything that a server serves: the host's own routes and the declared ones of modules, with what the host adds to every answer: the envelope of a success and of a
// refusal (abi/EERP.md), the answers that it gives in a module's stead, who may call. Pure; any thread.

#include <string>
#include <vector>

#include "openapi/declaration.hpp"

namespace ingot::openapi {

/// A module's routes and what it says of them. What is in only one of the two is left out.
struct Described {
  struct Route {
    std::string method, path;  ///< as registered: "/contacts/{id}"
    std::string permission;    ///< empty: none is asked
  };
  std::string name, title, summary;  ///< "crm", "CRM", one sentence or nothing
  std::vector<Route> routes;
  const Declaration* declaration = nullptr;  ///< not owned; never null
  struct File {
    std::string path, content_type;  ///< "/ui/index.html", "text/html; charset=utf-8"
  };
  std::vector<File> files{};       ///< handed out as they are
  std::string files_permission{};  ///< empty: none is asked
};

struct Facts {
  std::string version;                 ///< of the server
  bool tokens = false;                 ///< bearers' tokens are believed, so a wrong one is refused; else nobody reads them
  std::vector<std::string> anonymous;  ///< permissions that everybody has
};

/// The document as JSON text.
std::string write_document(const std::vector<Described>& modules, const Facts& facts);

}  // namespace ingot::openapi
