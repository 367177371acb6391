// SPDX-License-Identifier: Apache-2.0
#pragma once
// A guest as WASI's functions see it: memory, and a world in which it has been granted a private folder of the real file system. The test is the guest: it puts bytes into its
// memory and calls by name. Numbers of errnos, rights and layouts stand here once more, as the specification has them.

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "host/wasi/functions.hpp"

namespace ingot::test {

namespace fs = std::filesystem;
using host::wasi::Dialect;

/// errno's numbers, of typenames.witx.
enum E : int {
  ok = 0, acces = 2, again = 6, badf = 8, busy = 10, exist = 20, fault = 21, fbig = 22, intr = 27, inval = 28, isdir = 31, loop = 32, mfile = 33, nametoolong = 37,
  noent = 44, nospc = 51, notconn = 53, notdir = 54, notempty = 55, notsock = 57, notsup = 58, nxio = 60, perm = 63, pipe = 64, rofs = 69, spipe = 70, txtbsy = 74, xdev = 75,
  notcapable = 76
};

inline constexpr std::uint64_t right(int bit) { return std::uint64_t{1} << bit; }
inline constexpr std::uint64_t rights_of_files = 0x8e001ffull, rights_of_directories = 0xfbffe99ull;

/// A private folder that goes away with the test.
class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "ingot-wasi-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const fs::path& path() const { return path_; }
  fs::path operator/(const std::string& name) const { return path_ / name; }

 private:
  fs::path path_;
};

inline void write_file(const fs::path& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }
inline std::string file_text(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

class Guest {
 public:
  static constexpr std::uint32_t memory_bytes = 512 * 1024;
  static constexpr std::uint32_t beyond = memory_bytes;  ///< the first address that is not the guest's

  explicit Guest(host::wasi::Grants grants, const host::wasi::Resolver* resolver = nullptr, Dialect dialect = Dialect::preview1)
      : bytes_(memory_bytes), dialect_(dialect) {
    linear_.data = bytes_.data();
    linear_.size = bytes_.size();
    auto made = host::wasi::World::create(std::move(grants), resolver);
    EXPECT_TRUE(made.ok()) << (made.ok() ? "" : made.error().message);
    world_ = std::move(made).value();
  }

  /// Calls by name; gives the errno.
  template <typename... Arguments>
  int call(const char* name, Arguments... arguments) {
    std::array<ingot_slot, 12> slots{};
    std::size_t next = 0;
    ((slots[next++].i64 = static_cast<std::uint64_t>(arguments)), ...);
    trap = host::wasi::invoke(name, dialect_, instance::GuestMemory(&linear_), *world_, slots.data());
    return static_cast<int>(slots[0].i64);
  }

  /// Addresses of fresh memory; a test uses little.
  std::uint32_t room(std::size_t bytes) {
    const std::uint32_t at = next_;
    next_ += (static_cast<std::uint32_t>(bytes) + 15u) & ~15u;
    EXPECT_LE(next_, memory_bytes);
    return at;
  }
  std::uint32_t put(const std::string& text) {
    const std::uint32_t at = room(text.size());
    if (!text.empty()) std::memcpy(bytes_.data() + at, text.data(), text.size());
    return at;
  }
  std::string text(std::uint32_t at, std::size_t bytes) const { return {reinterpret_cast<const char*>(bytes_.data()) + at, bytes}; }
  template <typename Number>
  Number at(std::uint32_t address) const {
    Number number;
    std::memcpy(&number, bytes_.data() + address, sizeof number);
    return number;
  }
  template <typename Number>
  void set(std::uint32_t address, Number number) {
    std::memcpy(bytes_.data() + address, &number, sizeof number);
  }
  /// Everything that was put there is forgotten.
  void forget() { next_ = 64; }
  /// A list of one buffer.
  std::uint32_t vector(std::uint32_t address, std::uint32_t bytes) {
    const std::uint32_t list = room(8);
    set(list, address);
    set(list + 4, bytes);
    return list;
  }

  // What tests do all the time.
  struct Open {
    std::uint32_t lookup = 0, oflags = 0;
    std::uint64_t base = rights_of_files | right(14), inheriting = 0;
    std::uint32_t fdflags = 0;
  };
  int open(std::uint32_t directory, const std::string& path, std::uint32_t& fd, const Open& how) {
    const std::uint32_t out = room(4);
    const int error = call("path_open", directory, how.lookup, put(path), path.size(), how.oflags, how.base, how.inheriting, how.fdflags, out);
    fd = at<std::uint32_t>(out);
    return error;
  }
  int open(std::uint32_t directory, const std::string& path, std::uint32_t& fd) { return open(directory, path, fd, Open{}); }
  /// A directory that can do everything.
  int open_directory(std::uint32_t directory, const std::string& path, std::uint32_t& fd) {
    return open(directory, path, fd, {.oflags = 2, .base = rights_of_directories, .inheriting = rights_of_directories | rights_of_files});
  }
  template <typename... Rest>
  int path(const char* name, std::uint32_t directory, const std::string& path, Rest... rest) {
    return call(name, directory, put(path), path.size(), rest...);
  }
  int link(std::uint32_t flags, const std::string& from, const std::string& to, std::uint32_t to_directory = 3) {
    return call("path_link", 3, flags, put(from), from.size(), to_directory, put(to), to.size());
  }
  int rename(const std::string& from, const std::string& to, std::uint32_t to_directory = 3) {
    return call("path_rename", 3, put(from), from.size(), to_directory, put(to), to.size());
  }
  int symlink(const std::string& target, const std::string& name) { return call("path_symlink", put(target), target.size(), 3, put(name), name.size()); }
  int stat(const std::string& name, std::uint32_t& out, std::uint32_t lookup = 0) {
    out = room(64);
    return call("path_filestat_get", 3, lookup, put(name), name.size(), out);
  }
  int read(std::uint32_t fd, std::string& text, std::uint32_t bytes = 100) {
    const std::uint32_t buffer = room(bytes), count = room(4);
    const int error = call("fd_read", fd, vector(buffer, bytes), 1, count);
    text = error == ok ? this->text(buffer, at<std::uint32_t>(count)) : "";
    return error;
  }
  int write(std::uint32_t fd, const std::string& text, std::uint32_t* written = nullptr) {
    const std::uint32_t count = room(4);
    const int error = call("fd_write", fd, vector(put(text), static_cast<std::uint32_t>(text.size())), 1, count);
    if (written != nullptr) *written = at<std::uint32_t>(count);
    return error;
  }
  /// Gives one of its rights up.
  void drop(std::uint32_t fd, std::uint64_t which) {
    const std::uint32_t out = room(24);
    ASSERT_EQ(call("fd_fdstat_get", fd, out), ok);
    ASSERT_EQ(call("fd_fdstat_set_rights", fd, at<std::uint64_t>(out + 8) & ~which, at<std::uint64_t>(out + 16)), ok);
  }

  host::wasi::World& world() { return *world_; }
  ingot_trap trap = INGOT_TRAP_NONE;

 private:
  std::vector<std::uint8_t> bytes_;
  wasm_rt_memory_t linear_{};
  std::unique_ptr<host::wasi::World> world_;
  Dialect dialect_;
  std::uint32_t next_ = 64;
};

/// A guest with one folder, as descriptor 3.
class WasiTest : public testing::Test {
 protected:
  static host::wasi::Grants granted(const fs::path& path, bool read_only = false) {
    host::wasi::Grants grants;
    grants.directories.push_back({path.string(), "/work", read_only});
    return grants;
  }
  Folder folder;
  Guest guest{granted(folder.path())};
};

}  // namespace ingot::test
