// SPDX-License-Identifier: Apache-2.0
#include "db/postgres_hosts.hpp"

#include <algorithm>

namespace ingot::db {
namespace {

/// The parts between commas, without the blanks around them. There is always one.
std::vector<std::string> parts_of(std::string_view list) {
  std::vector<std::string> parts;
  for (;;) {
    const std::size_t end = std::min(list.find(','), list.size());
    std::string_view part = list.substr(0, end);
    part.remove_prefix(std::min(part.find_first_not_of(' '), part.size()));
    part = part.substr(0, part.find_last_not_of(' ') + 1);  // npos + 1 is 0
    parts.emplace_back(part);
    if (end == list.size()) return parts;
    list.remove_prefix(end + 1);
  }
}

}  // namespace

Result<std::vector<PostgresHost>> parse_postgres_hosts(std::string_view hosts, std::string_view ports) {
  const std::vector<std::string> names = parts_of(hosts), numbers = parts_of(ports);
  if (names.size() > postgres_hosts_max) return Error{ErrorCode::config, "more than " + std::to_string(postgres_hosts_max) + " hosts"};
  const auto is_empty = [](const std::string& part) { return part.empty(); };
  if (std::ranges::any_of(names, is_empty) || std::ranges::any_of(numbers, is_empty)) {
    return Error{ErrorCode::config, "a host or port between two commas is missing"};
  }
  if (numbers.size() != 1 && numbers.size() != names.size()) {
    return Error{ErrorCode::config, std::to_string(names.size()) + " hosts and " + std::to_string(numbers.size()) + " ports: give one port for all hosts, or one for each"};
  }
  std::vector<PostgresHost> list;
  for (std::size_t i = 0; i < names.size(); ++i) list.push_back({names[i], numbers.size() == 1 ? numbers[0] : numbers[i]});
  return list;
}

Deadline host_deadline(Deadline now, Deadline whole, std::chrono::seconds longest, std::size_t tried_after) {
  if (whole == Deadline::max()) return now + longest;
  const auto share = std::max(whole - now, Deadline::duration::zero()) / static_cast<Deadline::rep>(tried_after + 1);
  return now + std::min<Deadline::duration>(share, longest);
}

}  // namespace ingot::db
