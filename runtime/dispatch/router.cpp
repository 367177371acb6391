// SPDX-License-Identifier: Apache-2.0
#include "dispatch/router.hpp"

#include <utility>

namespace ingot::dispatch {

/// What one find() looks for and what it has met so far.
struct Router::Search {
  std::optional<std::size_t> method;  ///< index; nothing for a method that no route can have
  const std::vector<std::string>& segments;
  std::vector<std::size_t> captured{};  ///< indexes of the segments that parameters took on the way here
  std::array<bool, method_count> allowed{};
  std::optional<std::size_t> found{};  ///< index in routes_; `captured` belongs to it
};

Router::Router() : nodes_(1) {}

RouteResult Router::find(std::string_view method, std::string_view path) const {
  auto segments = split_path(path);
  if (!segments) return BadPath{};
  Search search{.method = method_index(method == "HEAD" ? "GET" : method), .segments = *segments};
  walk(search, 0, 0);

  if (search.found && search.method) {
    const Route& route = routes_[*search.found];
    Match match{&route.target, method_name(*search.method), {}};
    for (std::size_t i = 0; i < search.captured.size(); ++i) {
      match.params.push_back({route.param_names[i], std::move((*segments)[search.captured[i]])});
    }
    return match;
  }
  MethodNotAllowed refused;
  for (std::size_t i = 0; i < method_count; ++i) {
    if (!search.allowed[i]) continue;
    refused.allow.emplace_back(method_name(i));
    if (method_name(i) == "GET") refused.allow.emplace_back("HEAD");
  }
  if (refused.allow.empty()) return NotFound{};
  return refused;
}

// Recursion goes no deeper than the longest pattern.
void Router::walk(Search& search, std::size_t node_index, std::size_t depth) const {
  const Node& node = nodes_[node_index];
  if (depth == search.segments.size()) {
    for (std::size_t i = 0; i < method_count; ++i) search.allowed[i] |= node.routes[i].has_value();
    if (search.method) search.found = node.routes[*search.method];
    return;
  }
  const std::string& segment = search.segments[depth];
  if (const auto literal = node.literals.find(segment); literal != node.literals.end()) {
    walk(search, literal->second, depth + 1);
    if (search.found) return;
  }
  if (!node.parameter || segment.empty()) return;
  search.captured.push_back(depth);
  walk(search, *node.parameter, depth + 1);
  if (!search.found) search.captured.pop_back();
}

Result<void> RouterBuilder::add(std::string_view method, std::string_view full_pattern, RouteTarget target) {
  INGOT_TRY_VOID(check_route(method, full_pattern));
  INGOT_TRY(auto segments, parse_pattern(full_pattern));
  const std::size_t method_at = method_index(method).value_or(0);  // checked above
  auto& nodes = router_.nodes_;
  auto& routes = router_.routes_;

  // Nodes made here for a route that turns out to be a duplicate do not exist: a duplicate's path has all its nodes.
  std::vector<std::string> names;
  std::size_t at = 0;
  for (PatternSegment& segment : segments) {
    std::optional<std::size_t> next;
    if (segment.parameter) {
      next = nodes[at].parameter;
    } else if (const auto found = nodes[at].literals.find(segment.text); found != nodes[at].literals.end()) {
      next = found->second;
    }
    if (!next) {
      next = nodes.size();
      nodes.emplace_back();
      if (segment.parameter) {
        nodes[at].parameter = next;
      } else {
        nodes[at].literals.emplace(segment.text, *next);
      }
    }
    if (segment.parameter) names.push_back(std::move(segment.text));
    at = *next;
  }

  std::optional<std::size_t>& slot = nodes[at].routes[method_at];
  if (slot) {
    const Router::Route& standing = routes[*slot];
    return Error{ErrorCode::contract, "route " + std::string(method) + " " + std::string(full_pattern) + " of module " + target.module +
                                          " is already served as " + standing.full_pattern + " by module " + standing.target.module};
  }
  slot = routes.size();
  routes.push_back({std::move(target), std::string(full_pattern), std::move(names)});
  return {};
}

Router RouterBuilder::build() && { return std::move(router_); }

}  // namespace ingot::dispatch
