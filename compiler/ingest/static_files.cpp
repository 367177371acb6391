// SPDX-License-Identifier: Apache-2.0
#include "ingest/static_files.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "format/static_files.hpp"
#include "limits.hpp"

namespace ingot::compiler::ingest {
namespace {

Error wrong(const std::string& what) { return {ErrorCode::contract, "module.json: static_files " + what}; }

class Descriptor final {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  const int fd_;
};

/// The paths that the key names, sorted. Errors: contract.
Result<std::vector<std::string>> named_paths(std::string_view module_json) {
  const auto json = nlohmann::json::parse(module_json, nullptr, false);
  std::vector<std::string> paths;
  const auto folders = json.is_object() ? json.find("static_files") : json.end();
  if (!json.is_object() || folders == json.end() || folders->is_null()) return paths;
  const Error form = wrong(R"(must be folders with the files in them: {"ui": ["index.html", "css/all.css"]})");
  if (!folders->is_object()) return form;
  std::map<std::string, bool> unique;
  for (const auto& [folder, files] : folders->items()) {
    if (!files.is_array()) return form;
    for (const auto& file : files) {
      if (!file.is_string()) return form;
      const std::string path = folder + "/" + file.get<std::string>();
      if (!format::is_static_path(path)) {
        return wrong("names '" + path + "': a path has at most 8 names of letters, digits, '.', '_', '~' and '-', none of which begins with a dot, and at most 255 bytes");
      }
      if (!unique.emplace(path, true).second) return wrong("names '" + path + "' twice");
    }
  }
  if (unique.size() > limits::static_files_max) return wrong("names " + std::to_string(unique.size()) + " files; a module may have " + std::to_string(limits::static_files_max));
  for (const auto& [path, named] : unique) paths.push_back(path);
  return paths;
}

Result<format::Bytes> read_beneath(int folder, const std::string& path) {
  open_how how{};
  how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
  const Descriptor file(static_cast<int>(::syscall(SYS_openat2, folder, path.c_str(), &how, sizeof how)));
  if (file.get() < 0 && errno == ELOOP) return wrong("names '" + path + "', which leads through a symbolic link; put the file itself into the module's folder");
  if (file.get() < 0) return wrong("names '" + path + "': " + std::strerror(errno));
  struct stat status {};
  if (::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return wrong("names '" + path + "', which is not a file");
  // One byte more than may be: whoever grows while being read is too large as well.
  format::Bytes bytes(limits::static_file_bytes_max + 1);
  std::size_t have = 0;
  while (have < bytes.size()) {
    const ssize_t got = ::read(file.get(), bytes.data() + have, bytes.size() - have);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Error{ErrorCode::io, path + ": " + std::strerror(errno)};
    if (got == 0) break;
    have += static_cast<std::size_t>(got);
  }
  if (have > limits::static_file_bytes_max) return Error{ErrorCode::limit, "module.json: static_files names '" + path + "', which has more than 4 MiB"};
  bytes.resize(have);
  return bytes;
}

}  // namespace

Result<format::Bytes> read_static_files(const std::string& folder, std::string_view module_json) {
  INGOT_TRY(const std::vector<std::string> paths, named_paths(module_json));
  if (paths.empty()) return format::Bytes();
  const Descriptor root(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (root.get() < 0) return Error{ErrorCode::io, folder + ": " + std::strerror(errno)};
  std::vector<format::Bytes> contents;
  std::vector<format::StaticFile> files;
  std::uint64_t sum = 0;
  contents.reserve(paths.size());  // views point into them
  for (const std::string& path : paths) {
    INGOT_TRY(format::Bytes bytes, read_beneath(root.get(), path));
    sum += bytes.size();
    if (sum > limits::static_files_bytes_max) return Error{ErrorCode::limit, "module.json: the static_files have more than 32 MiB together"};
    contents.push_back(std::move(bytes));
    files.push_back({path, contents.back()});
  }
  return format::write_static_files(files);
}

}  // namespace ingot::compiler::ingest
