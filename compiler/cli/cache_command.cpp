// SPDX-License-Identifier: Apache-2.0
#include "cli/cache_command.hpp"

#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/console.hpp"

namespace ingot::compiler::cli {
namespace {

Result<cache::Store> open_usable(const std::string& chosen, std::uint64_t bytes_max, bool make) {
  INGOT_TRY(const std::string path, cache::place(chosen));
  INGOT_TRY(cache::Folder folder, cache::Folder::open(path, make));
  return cache::Store(std::move(folder), bytes_max, print_note);
}

}  // namespace

std::optional<cache::Store> open_cache(const std::string& folder) {
  const auto limit = cache::bytes_max();
  if (limit.ok() && *limit == 0) return std::nullopt;
  auto store = limit.ok() ? open_usable(folder, *limit, true) : limit.error();
  if (store.ok()) return std::move(store).value();
  print_note(store.error().message + ". Building without a cache");
  return std::nullopt;
}

Result<void> cache(const CacheArguments& arguments) {
  INGOT_TRY(const std::uint64_t bytes_max, cache::bytes_max());
  INGOT_TRY(const std::string path, cache::place(arguments.folder));
  cache::Usage usage;
  if (auto store = open_usable(path, bytes_max, false); store.ok()) {
    usage = arguments.clear ? store->clear() : store->usage();
  } else if (store.error().code != ErrorCode::not_found) {
    return std::move(store).error();
  }
  if (!arguments.json) {
    std::printf("%s: %s%zu %s, %llu bytes%s\n", path.c_str(), arguments.clear ? "removed " : "", usage.entries, usage.entries == 1 ? "bundle" : "bundles",
                static_cast<unsigned long long>(usage.bytes), arguments.clear ? "" : (" of at most " + std::to_string(bytes_max)).c_str());
    return {};
  }
  nlohmann::json json{{"folder", path}, {arguments.clear ? "removed_entries" : "entries", usage.entries},
                      {arguments.clear ? "removed_bytes" : "bytes", usage.bytes}};
  if (!arguments.clear) json["bytes_max"] = bytes_max;
  std::printf("%s\n", json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
  return {};
}

}  // namespace ingot::compiler::cli
