// SPDX-License-Identifier: Apache-2.0
#include "cli/state_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <utility>

namespace ingot::cli {
namespace {

constexpr std::uint64_t format_version = 1;

Error failure(const std::string& path, const char* what) {
  return Error{ErrorCode::io, std::string("cannot ") + what + " " + path + ": " + std::strerror(errno)};
}

Result<bundle::SeenVersions> parse(const std::string& text, const std::string& path) {
  const Error damaged{ErrorCode::config, path + " is not a file of rollback counters; whoever removes it allows every older version again"};
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object() || json.value("format", nlohmann::json()) != format_version || !json.contains("modules") || !json["modules"].is_object()) {
    return damaged;
  }
  bundle::SeenVersions seen;
  for (const auto& item : json["modules"].items()) {
    const nlohmann::json& value = item.value();
    if (!value.is_object() || !value.contains("counter") || !value["counter"].is_number_unsigned() || !value.contains("version") ||
        !value["version"].is_string()) {
      return damaged;
    }
    seen[item.key()] = {value["counter"].get<std::uint64_t>(), value["version"].get<std::string>()};
  }
  return seen;
}

/// The whole text, on disk.
Result<void> write_durably(const std::string& path, const std::string& text) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) return failure(path, "write");
  std::size_t done = 0;
  bool good = true;
  while (good && done < text.size()) {
    const ssize_t wrote = write(fd, text.data() + done, text.size() - done);
    if (wrote < 0 && errno == EINTR) continue;
    good = wrote > 0;
    if (good) done += static_cast<std::size_t>(wrote);
  }
  good = good && fsync(fd) == 0;
  const int reason = errno;
  close(fd);
  errno = reason;
  if (!good) return failure(path, "write");
  return {};
}

}  // namespace

Result<StateFolder> StateFolder::open(const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return Error{ErrorCode::io, "cannot make the state folder " + folder + ": " + error.message()};
  // The folder itself is the lock: nothing that is replaced or left behind.
  const int lock = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (lock < 0) return failure(folder, "open the state folder");
  StateFolder state(folder, lock);
  while (flock(lock, LOCK_EX) != 0) {
    if (errno != EINTR) return failure(folder, "lock the state folder");
  }
  const std::string path = folder + "/rollback.json";
  if (!std::filesystem::exists(path, error) && !error) return state;
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  if (!stream) return Error{ErrorCode::io, "cannot read " + path};
  INGOT_TRY(state.seen_, parse(text.str(), path));
  return state;
}

StateFolder::StateFolder(StateFolder&& other) noexcept
    : folder_(std::move(other.folder_)), lock_(std::exchange(other.lock_, -1)), seen_(std::move(other.seen_)) {}

StateFolder::~StateFolder() {
  if (lock_ >= 0) close(lock_);
}

Result<void> StateFolder::keep(const std::string& module, const bundle::SeenVersion& version, bool even_lower) {
  const auto kept = seen_.find(module);
  if (kept != seen_.end() && (kept->second.counter == version.counter || (kept->second.counter > version.counter && !even_lower))) return {};
  seen_[module] = version;
  nlohmann::json modules = nlohmann::json::object();
  for (const auto& [name, seen] : seen_) modules[name] = {{"counter", seen.counter}, {"version", seen.version}};
  const std::string text = nlohmann::json{{"format", format_version}, {"modules", modules}}.dump(2) + "\n";
  const std::string path = folder_ + "/rollback.json", fresh = path + ".new";
  INGOT_TRY_VOID(write_durably(fresh, text));
  if (std::rename(fresh.c_str(), path.c_str()) != 0 || fsync(lock_) != 0) return failure(path, "replace");
  return {};
}

}  // namespace ingot::cli
