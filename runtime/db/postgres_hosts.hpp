// SPDX-License-Identifier: Apache-2.0
#pragma once
// The servers of one PostgreSQL cluster, as a configuration writes them: "pg1,pg2" and "5432" or "5432,5433". Pure; knows no libpq.

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "db/connection.hpp"

namespace ingot::db {

/// Where one server listens.
struct PostgresHost {
  std::string name;  ///< a name, an address, or the folder of a socket
  std::string port;
};

inline constexpr std::size_t postgres_hosts_max = 16;

/// `ports`: one for all hosts, or as many as there are hosts. Blanks around names are ignored.
/// Errors: config: an empty name or port, more than postgres_hosts_max, or numbers of hosts and ports that do not fit.
Result<std::vector<PostgresHost>> parse_postgres_hosts(std::string_view hosts, std::string_view ports);

/// How long one server may take to answer: the time that is left, shared with the servers that are tried after it, and no more than `longest`. So one that is silent takes no
/// other's time. `tried_after`: how many those are.
Deadline host_deadline(Deadline now, Deadline whole, std::chrono::seconds longest, std::size_t tried_after);

}  // namespace ingot::db
