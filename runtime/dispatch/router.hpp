// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which route serves a request: a trie over path segments, filled by a RouterBuilder while modules load and never
// changed after. A Router is safe from any number of threads. It knows names and numbers only: calling a handler is not
// its work.
//
// At each level a literal segment wins over a parameter; when the literal's subtree has no route for the path and the
// method, the parameter's is tried. A subtree is entered at most once per request, so the work is bounded by the table.

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "dispatch/route_pattern.hpp"

namespace ingot::dispatch {

/// Where a request goes.
struct RouteTarget {
  std::string module;
  std::uint32_t handler_id = 0;
  std::string pattern;     ///< As the module registered it ("/contacts/{id}"): the request's "route".
  std::string permission;  ///< "module:resource:action", or empty when none was asked for.
  std::optional<std::size_t> file{};  ///< Of the module's static files, in place of a handler.
  bool plugin = false;                ///< `module` is a plugin of the server's, and handler_id the number of its route.
};

struct PathParam {
  std::string name;
  std::string value;  ///< Percent-decoded, UTF-8, no NUL; may hold a '/' that the client encoded.
};

/// A route was found.
struct Match {
  const RouteTarget* target = nullptr;  ///< Lives as long as the Router.
  std::string_view method;              ///< The route's: "GET" when a HEAD was asked for. Static text.
  std::vector<PathParam> params;        ///< In the order of the pattern.
};

/// The path exists, the method does not: 405.
struct MethodNotAllowed {
  std::vector<std::string> allow;  ///< For the Allow field; HEAD stands beside GET. Never empty.
};

struct NotFound {};

/// The path is malformed (see split_path): 400.
struct BadPath {};

using RouteResult = std::variant<Match, MethodNotAllowed, NotFound, BadPath>;

class Router final {
 public:
  Router();

  /// `path` is the raw path of the request, without the query.
  RouteResult find(std::string_view method, std::string_view path) const;

  std::size_t route_count() const { return routes_.size(); }

 private:
  friend class RouterBuilder;

  using RouteSlots = std::array<std::optional<std::size_t>, method_count>;
  struct Node {
    std::map<std::string, std::size_t, std::less<>> literals;  ///< segment -> index in nodes_
    std::optional<std::size_t> parameter;                      ///< index in nodes_
    RouteSlots routes;                                         ///< by method: index in routes_
  };
  struct Route {
    RouteTarget target;
    std::string full_pattern;
    std::vector<std::string> param_names;
  };
  struct Search;

  void walk(Search& search, std::size_t node_index, std::size_t depth) const;

  std::vector<Node> nodes_;  ///< [0] is the root
  std::vector<Route> routes_;
};

/// Fills a Router. One thread at a time; a failed add changes nothing.
class RouterBuilder final {
 public:
  /// `full_pattern` is the whole path ("/api/crm/contacts/{id}"). Errors: contract, for a bad method or pattern (see
  /// check_route) or when the same method and path stand already, whatever the parameters' names; the message names
  /// both.
  Result<void> add(std::string_view method, std::string_view full_pattern, RouteTarget target);

  Router build() &&;

 private:
  Router router_;
};

}  // namespace ingot::dispatch
