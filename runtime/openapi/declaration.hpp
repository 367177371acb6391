// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a module says of its routes (abi/OPENAPI.md): read, checked to the last key, and its components renamed so that those of several modules can stand in one document.
// The text is a guest's, so nothing in it is believed. Pure; any thread.

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "openapi/schema.hpp"

namespace ingot::openapi {

/// What a route may answer with a status of 400 or more.
struct Refusals {
  std::string description;         ///< empty: the status speaks for itself
  std::vector<std::string> codes;  ///< UPPER_SNAKE, without repeats; empty: any
};

/// One route. References in it lead to names of the document.
struct Operation {
  std::string method;                 ///< "GET"
  std::string path;                   ///< as the module registers it: "/contacts/{id}"
  Json said = Json::object();         ///< summary, description, parameters and requestBody, as far as they were given; parameters of the path item are among them
  Json answers = Json::object();      ///< by status below 400: {"description", "headers", "content"}, bodies without an envelope
  std::map<int, Refusals> refusals;   ///< by status from 400 on
};

/// Names of components of the host's own begin with this. No module has that name.
inline constexpr std::string_view own_prefix = "ingot";

struct Declaration {
  std::vector<Operation> operations;   ///< in the order of the text; method and path once each
  Json components = Json::object();    ///< {"schemas": {"crm.Contact": ...}, "parameters": ..., "headers": ...}; no empty parts
};

/// `prefix` and a dot go before the names of components. An empty text declares nothing. Errors: contract, naming the place and what belongs there.
Result<Declaration> parse_declaration(std::string_view prefix, std::string_view text);

/// A module's declaration beside what it registers: "GET /contacts" each, in the order of the arguments.
struct Difference {
  std::vector<std::string> undeclared;    ///< served, and not in the document
  std::vector<std::string> unregistered;  ///< declared, and not served: not in the document either
};
/// `routes`: "METHOD /path", as registered. Parameters' names count.
Difference compare(const Declaration& declaration, const std::vector<std::string>& routes);

}  // namespace ingot::openapi
