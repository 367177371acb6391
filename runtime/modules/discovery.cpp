// SPDX-License-Identifier: Apache-2.0
#include "modules/discovery.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "limits.hpp"

namespace ingot::modules {
namespace {

namespace fs = std::filesystem;

Result<std::string> read_text(const fs::path& path, std::uint64_t bytes_max) {
  std::error_code failed;
  const auto size = fs::file_size(path, failed);
  if (failed) return Error{ErrorCode::io, "cannot read " + path.string() + ": " + failed.message()};
  if (size > bytes_max) return Error{ErrorCode::config, path.string() + " is larger than " + std::to_string(bytes_max) + " bytes"};
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream content;
  content << stream.rdbuf();
  if (!stream) return Error{ErrorCode::io, "cannot read " + path.string()};
  return content.str();
}

Found look_at(const fs::path& folder) {
  Found found;
  found.folder = folder;
  found.description.name = folder.filename();
  auto text = read_text(folder / "module.json", limits::module_json_bytes_max);
  if (!text.ok()) {
    found.problem = text.error().message;
    return found;
  }
  auto description = parse_description(*text);
  if (!description.ok()) {
    found.problem = description.error().message;
    return found;
  }
  found.description = std::move(description).value();
  if (found.description.name != folder.filename()) {
    found.problem = "module.json names it '" + found.description.name + "', but its folder is '" + folder.filename().string() + "'";
    found.description.name = folder.filename();
    return found;
  }
  std::vector<std::string> bundles;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    if (entry.path().extension() == ".ingot") bundles.push_back(entry.path());
  }
  if (bundles.size() == 1) {
    found.bundle_path = bundles[0];
  } else if (bundles.empty()) {
    found.problem = "there is no bundle in " + folder.string() + "; cast it with `ingotc build " + folder.string() + "`";
  } else {
    found.problem = "there are " + std::to_string(bundles.size()) + " bundles in " + folder.string() + "; leave one";
  }
  return found;
}

/// One cycle among `open` (modules that wait for each other), as "a -> b -> a".
std::string name_a_cycle(const std::vector<Found>& found, const std::map<std::string, std::size_t>& open, std::size_t start) {
  std::vector<std::size_t> walk;
  std::size_t at = start;
  while (std::ranges::find(walk, at) == walk.end()) {
    walk.push_back(at);
    for (const std::string& name : found[at].description.depends) {
      if (const auto next = open.find(name); next != open.end()) {
        at = next->second;
        break;
      }
    }
  }
  std::string text;
  for (auto step = std::ranges::find(walk, at); step != walk.end(); ++step) text += found[*step].description.name + " -> ";
  return text + found[at].description.name;
}

/// Why the one that is there is not what `asker` asks for; empty when it is.
std::string wrong_version(const Description& asker, const Description& there) {
  const auto range = asker.versions.find(there.name);
  if (range == asker.versions.end()) return {};
  const auto version = parse_version(there.version);
  const std::string asked = "depends on '" + there.name + "' " + range->second.text();
  if (!version) return asked + ", whose version '" + there.version + "' is no MAJOR.MINOR.PATCH";
  return range->second.holds(*version) ? "" : asked + ", but " + there.version + " is installed";
}

}  // namespace

Result<std::vector<Found>> discover(const std::vector<std::string>& roots) {
  std::map<std::string, Found> by_name;
  for (const std::string& root : roots) {
    std::error_code failed;
    fs::directory_iterator entries(root, failed);
    if (failed) return Error{ErrorCode::config, "module_root " + root + ": " + failed.message()};
    for (const auto& entry : entries) {
      std::error_code ignored;
      if (!entry.is_directory(ignored) || !fs::exists(entry.path() / "module.json", ignored)) continue;
      Found found = look_at(entry.path());
      const std::string name = found.description.name;
      const auto [place, fresh] = by_name.emplace(name, std::move(found));
      if (!fresh) {
        place->second.problem = "two modules are called '" + name + "': " + place->second.folder + " and " + entry.path().string();
      }
    }
  }
  std::vector<Found> list;
  list.reserve(by_name.size());
  for (auto& [name, found] : by_name) list.push_back(std::move(found));
  return list;
}

Order decide_order(const std::vector<Found>& found) {
  Order order;
  std::map<std::string, std::size_t> open;     // not placed yet
  std::map<std::string, std::string> refused;  // name -> reason
  std::map<std::string, bool> placed;
  std::map<std::string, const Description*> known;
  for (std::size_t index = 0; index < found.size(); ++index) {
    const Found& module = found[index];
    known[module.description.name] = &module.description;
    if (!module.problem.empty()) {
      refused[module.description.name] = module.problem;
      order.left_out.emplace_back(index, module.problem);
    } else if (!module.description.active) {
      refused[module.description.name] = "inactive";
      order.left_out.emplace_back(index, "inactive");
    } else {
      open[module.description.name] = index;
    }
  }
  while (!open.empty()) {
    std::vector<std::size_t> level;
    bool changed = false;
    for (auto at = open.begin(); at != open.end();) {
      const std::size_t index = at->second;
      std::string reason;
      bool waits = false;
      for (const std::string& name : found[index].description.depends) {
        if (const auto bad = refused.find(name); bad != refused.end()) {
          reason = "depends on '" + name + "', which is not available: " + bad->second;
        } else if (open.contains(name)) {
          waits = true;
        } else if (!placed.contains(name)) {
          reason = "depends on '" + name + "', which is not installed";
        }
        if (reason.empty()) reason = wrong_version(found[index].description, *known.at(name));
        if (!reason.empty()) break;
      }
      if (!reason.empty()) {
        refused[at->first] = reason;
        order.left_out.emplace_back(index, reason);
        at = open.erase(at);
        changed = true;
        continue;
      }
      if (!waits) level.push_back(index);
      ++at;
    }
    for (const std::size_t index : level) {
      placed[found[index].description.name] = true;
      open.erase(found[index].description.name);
    }
    if (!level.empty()) order.levels.push_back(std::move(level));
    else if (!changed) {
      // Everything left waits for something left: at least one cycle. Name it; its members and those behind them are refused.
      const std::string cycle = name_a_cycle(found, open, open.begin()->second);
      const std::string first = cycle.substr(0, cycle.find(' '));
      std::vector<std::string> members;
      std::istringstream words(cycle);
      for (std::string word; words >> word;) {
        if (word != "->" && std::ranges::find(members, word) == members.end()) members.push_back(word);
      }
      for (const std::string& member : members) {
        refused[member] = "dependency cycle: " + cycle;
        order.left_out.emplace_back(open[member], "dependency cycle: " + cycle);
        open.erase(member);
      }
    }
  }
  return order;
}

}  // namespace ingot::modules
