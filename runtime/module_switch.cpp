// SPDX-License-Identifier: Apache-2.0
#include "module_switch.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

namespace ingot {
namespace {

Error io_error(const std::string& path) { return Error{ErrorCode::io, path + ": " + std::strerror(errno)}; }

std::string path_in(const std::string& folder) { return folder + "/module.json"; }

}  // namespace

Result<std::string> write_active(const std::string& folder, bool active) {
  std::ifstream stream(path_in(folder), std::ios::binary);
  std::ostringstream content;
  if (!stream || !(content << stream.rdbuf())) return io_error(path_in(folder));
  std::string before = std::move(content).str();
  auto file = nlohmann::ordered_json::parse(before, nullptr, false);
  if (file.is_discarded() || !file.is_object()) return Error{ErrorCode::config, path_in(folder) + ": not a JSON object"};
  file["active"] = active;
  INGOT_TRY_VOID(write_module_json(folder, file.dump(2) + "\n"));
  return before;
}

// A sibling, synchronised and renamed: whoever reads the file sees the old text or the new one, also after a power cut.
Result<void> write_module_json(const std::string& folder, const std::string& text) {
  const std::string path = path_in(folder);
  std::string sibling = path + ".tmp-XXXXXX";
  const int file = ::mkostemp(sibling.data(), O_CLOEXEC);
  if (file < 0) return io_error(path);
  struct stat status {};
  const mode_t mode = ::stat(path.c_str(), &status) == 0 ? status.st_mode & 07777 : 0644;
  std::size_t written = 0;
  while (written < text.size()) {
    const ssize_t step = ::write(file, text.data() + written, text.size() - written);
    if (step < 0 && errno == EINTR) continue;
    if (step < 0) break;
    written += static_cast<std::size_t>(step);
  }
  const bool complete = written == text.size() && ::fchmod(file, mode) == 0 && ::fsync(file) == 0;
  const bool closed = ::close(file) == 0;
  if (complete && closed && ::rename(sibling.c_str(), path.c_str()) == 0) return {};
  Error error = io_error(path);
  ::unlink(sibling.c_str());
  return error;
}

}  // namespace ingot
