// SPDX-License-Identifier: Apache-2.0
// Thousands of random operations of a guest on a real folder, beside a model of a file system that knows nothing of the code under test: every answer is foreseen, and now and then what
// the guest sees, what the host sees and what the model says are compared whole.
#include <map>
#include <memory>
#include <optional>
#include <random>

#include "guest.hpp"

namespace ingot::test {
namespace {

struct Node {
  bool is_directory = false;
  std::string content;
  std::map<std::string, std::shared_ptr<Node>> entries;
};
using NodePtr = std::shared_ptr<Node>;

/// Files and directories without links; POSIX's rules for them.
class Model {
 public:
  NodePtr root = make(true);

  static NodePtr make(bool is_directory) {
    auto node = std::make_shared<Node>();
    node->is_directory = is_directory;
    return node;
  }
  /// The directory of the last step and its name; else why not.
  int walk(const std::string& path, NodePtr& folder, std::string& name) const {
    folder = root;
    std::size_t at = 0;
    for (std::size_t slash; (slash = path.find('/', at)) != std::string::npos; at = slash + 1) {
      const auto found = folder->entries.find(path.substr(at, slash - at));
      if (found == folder->entries.end()) return noent;
      if (!found->second->is_directory) return notdir;
      folder = found->second;
    }
    name = path.substr(at);
    return ok;
  }
  NodePtr find(const std::string& path) const {
    NodePtr folder;
    std::string name;
    if (walk(path, folder, name) != ok) return nullptr;
    const auto found = folder->entries.find(name);
    return found == folder->entries.end() ? nullptr : found->second;
  }
  int make_directory(const std::string& path) {
    NodePtr folder;
    std::string name;
    if (const int error = walk(path, folder, name); error != ok) return error;
    return folder->entries.emplace(name, make(true)).second ? ok : exist;
  }
  int remove(const std::string& path, bool directory) {
    NodePtr folder;
    std::string name;
    if (const int error = walk(path, folder, name); error != ok) return error;
    const auto found = folder->entries.find(name);
    if (found == folder->entries.end()) return noent;
    if (found->second->is_directory != directory) return directory ? notdir : isdir;
    if (directory && !found->second->entries.empty()) return notempty;
    folder->entries.erase(found);
    return ok;
  }
  int rename(const std::string& from, const std::string& to) {
    NodePtr from_folder, to_folder;
    std::string from_name, to_name;
    if (const int error = walk(from, from_folder, from_name); error != ok) return error;
    if (const int error = walk(to, to_folder, to_name); error != ok) return error;
    const auto source = from_folder->entries.find(from_name);
    if (source == from_folder->entries.end()) return noent;
    if ((to + "/").starts_with(from + "/") && to != from) return inval;
    // Onto a directory that holds the source: Linux says so before it compares the kinds.
    if ((from + "/").starts_with(to + "/") && to != from) return notempty;
    const auto target = to_folder->entries.find(to_name);
    if (target != to_folder->entries.end()) {
      if (target->second == source->second) return ok;
      if (source->second->is_directory && !target->second->is_directory) return notdir;
      if (!source->second->is_directory && target->second->is_directory) return isdir;
      if (!target->second->entries.empty()) return notempty;
    }
    const NodePtr moved = source->second;
    from_folder->entries.erase(source);
    to_folder->entries[to_name] = moved;
    return ok;
  }
  int link(const std::string& from, const std::string& to) {
    NodePtr from_folder, to_folder;
    std::string from_name, to_name;
    if (const int error = walk(from, from_folder, from_name); error != ok) return error;
    if (const int error = walk(to, to_folder, to_name); error != ok) return error;
    const auto source = from_folder->entries.find(from_name);
    if (source == from_folder->entries.end()) return noent;
    if (to_folder->entries.contains(to_name)) return exist;
    if (source->second->is_directory) return perm;
    to_folder->entries[to_name] = source->second;
    return ok;
  }
  int open(const std::string& path, std::uint32_t oflags, NodePtr& node) {
    NodePtr folder;
    std::string name;
    if (const int error = walk(path, folder, name); error != ok) return error;
    const auto found = folder->entries.find(name);
    if (found == folder->entries.end()) {
      if ((oflags & 1) == 0) return noent;
      node = folder->entries[name] = make(false);
      return ok;
    }
    if ((oflags & 5) == 5) return exist;
    if (found->second->is_directory) return isdir;
    node = found->second;
    if ((oflags & 8) != 0) node->content.clear();
    return ok;
  }
};

/// An open file of the guest's, as the model has it.
struct OpenFile {
  NodePtr node;
  std::uint64_t position = 0;
  bool append = false;
};

class Walk {
 public:
  Walk(const fs::path& path, std::uint64_t seed) : path_(path), random_(seed) {
    host::wasi::Grants grants;
    grants.directories.push_back({path.string(), "/", false});
    guest_.emplace(std::move(grants));
  }

  void step() {
    guest_->forget();
    switch (below(16)) {
      case 0: return check(guest_->path("path_create_directory", 3, remember(name())), model_.make_directory(last_));
      case 1: return check(guest_->path("path_remove_directory", 3, remember(name())), model_.remove(last_, true));
      case 2: return check(guest_->path("path_unlink_file", 3, remember(name())), model_.remove(last_, false));
      case 3: {
        const std::string from = name(), to = name();
        said_ = "rename " + from + " " + to;
        return check(guest_->rename(from, to), model_.rename(from, to));
      }
      case 4: {
        const std::string from = name(), to = name();
        said_ = "link " + from + " " + to;
        return check(guest_->link(0, from, to), model_.link(from, to));
      }
      case 5:
      case 6: return open();
      case 7: return close();
      case 8:
      case 9: return write();
      case 10:
      case 11: return read();
      case 12: return seek();
      case 13: return resize();
      case 14: return stat();
      default: return renumber();
    }
  }
  void compare() {
    said_ = "compare";
    compare_host(path_, *model_.root);
    compare_guest("", *model_.root);
  }
  std::map<int, int> seen;  ///< errnos, and how often

 private:
  std::uint32_t below(std::uint32_t bound) { return std::uniform_int_distribution<std::uint32_t>(0, bound - 1)(random_); }
  /// One of few, so that they meet.
  std::string name() {
    std::string path(1, static_cast<char>('a' + below(4)));
    while (below(3) != 0 && path.size() < 6) path += std::string("/") + static_cast<char>('a' + below(4));
    return path;
  }
  const std::string& remember(std::string path) {
    said_ = path;
    return last_ = std::move(path);
  }
  void check(int got, int expected) {
    ++seen[got];
    EXPECT_EQ(got, expected) << said_;
  }
  std::uint32_t some_fd() {
    if (open_.empty() || below(20) == 0) return 900 + below(10);
    return std::next(open_.begin(), below(static_cast<std::uint32_t>(open_.size())))->first;
  }
  OpenFile* file(std::uint32_t fd) {
    const auto found = open_.find(fd);
    return found == open_.end() ? nullptr : &found->second;
  }
  void open() {
    const std::string path = name();
    constexpr std::array<std::uint32_t, 5> choices{0, 1, 5, 8, 9};
    const std::uint32_t oflags = choices[below(5)], fdflags = below(3) == 0 ? 1 : 0;
    said_ = "open " + path + " " + std::to_string(oflags);
    if (open_.size() >= 20) return;
    NodePtr node;
    std::uint32_t fd = 0;
    const int got = guest_->open(3, path, fd, {.oflags = oflags, .fdflags = fdflags});
    check(got, model_.open(path, oflags, node));
    if (got != ok) return;
    // The lowest number that was free.
    std::uint32_t lowest = 0;
    while (lowest == 3 || open_.contains(lowest)) ++lowest;
    EXPECT_EQ(fd, lowest);
    open_[fd] = {node, 0, fdflags == 1};
  }
  void close() {
    const std::uint32_t fd = some_fd();
    said_ = "close " + std::to_string(fd);
    check(guest_->call("fd_close", fd), file(fd) != nullptr ? ok : badf);
    open_.erase(fd);
  }
  void renumber() {
    const std::uint32_t from = some_fd(), to = some_fd();
    said_ = "renumber " + std::to_string(from) + " " + std::to_string(to);
    const bool both = file(from) != nullptr && file(to) != nullptr;
    check(guest_->call("fd_renumber", from, to), both ? ok : badf);
    if (!both || from == to) return;
    open_[to] = open_[from];
    open_.erase(from);
  }
  void write() {
    const std::uint32_t fd = some_fd();
    std::string text(below(50), '\0');
    for (char& c : text) c = static_cast<char>(below(256));
    OpenFile* it = file(fd);
    const bool at_offset = below(3) == 0;
    const std::uint64_t offset = below(200);
    said_ = (at_offset ? "pwrite " : "write ") + std::to_string(fd);
    const std::uint32_t count = guest_->room(4), list = guest_->vector(guest_->put(text), static_cast<std::uint32_t>(text.size()));
    check(at_offset ? guest_->call("fd_pwrite", fd, list, 1, offset, count) : guest_->call("fd_write", fd, list, 1, count), it != nullptr ? ok : badf);
    if (it == nullptr) return;
    EXPECT_EQ(guest_->at<std::uint32_t>(count), text.size());
    std::string& content = it->node->content;
    // Linux appends wherever a pwrite on such a file asks to go (pwrite(2), BUGS).
    const std::uint64_t at = it->append ? content.size() : at_offset ? offset : it->position;
    if (!at_offset) it->position = text.empty() ? it->position : at + text.size();
    if (text.empty()) return;
    if (content.size() < at + text.size()) content.resize(at + text.size(), '\0');
    content.replace(at, text.size(), text);
  }
  void read() {
    const std::uint32_t fd = some_fd(), bytes = below(80);
    OpenFile* it = file(fd);
    const bool at_offset = below(3) == 0;
    const std::uint64_t offset = at_offset || it == nullptr ? below(200) : it->position;
    said_ = (at_offset ? "pread " : "read ") + std::to_string(fd);
    const std::uint32_t count = guest_->room(4), buffer = guest_->room(bytes), list = guest_->vector(buffer, bytes);
    check(at_offset ? guest_->call("fd_pread", fd, list, 1, offset, count) : guest_->call("fd_read", fd, list, 1, count), it != nullptr ? ok : badf);
    if (it == nullptr) return;
    const std::string& content = it->node->content;
    const std::string expected = offset < content.size() ? content.substr(offset, bytes) : "";
    EXPECT_EQ(guest_->text(buffer, guest_->at<std::uint32_t>(count)), expected) << said_;
    if (!at_offset) it->position += expected.size();
  }
  void seek() {
    const std::uint32_t fd = some_fd(), whence = below(3);
    const std::int64_t offset = static_cast<std::int64_t>(below(300)) - 100;
    OpenFile* it = file(fd);
    said_ = "seek " + std::to_string(fd);
    const std::uint32_t out = guest_->room(8);
    const int got = guest_->call("fd_seek", fd, offset, whence, out);
    if (it == nullptr) return check(got, badf);
    const auto from = static_cast<std::int64_t>(whence == 0 ? 0 : whence == 1 ? it->position : it->node->content.size());
    check(got, from + offset < 0 ? inval : ok);
    if (got != ok) return;
    it->position = static_cast<std::uint64_t>(from + offset);
    EXPECT_EQ(guest_->at<std::uint64_t>(out), it->position);
  }
  void resize() {
    const std::uint32_t fd = some_fd(), size = below(200);
    said_ = "resize " + std::to_string(fd);
    check(guest_->call("fd_filestat_set_size", fd, size), file(fd) != nullptr ? ok : badf);
    if (OpenFile* it = file(fd)) it->node->content.resize(size, '\0');
  }
  void stat() {
    const std::string path = name();
    said_ = "stat " + path;
    std::uint32_t out = 0;
    NodePtr folder;
    std::string last;
    const int expected = model_.walk(path, folder, last);
    const NodePtr node = model_.find(path);
    check(guest_->stat(path, out), expected != ok ? expected : node == nullptr ? noent : ok);
    if (node == nullptr) return;
    EXPECT_EQ(guest_->at<std::uint8_t>(out + 16), node->is_directory ? 3u : 4u);
    if (!node->is_directory) {
      EXPECT_EQ(guest_->at<std::uint64_t>(out + 32), node->content.size());
    }
  }
  void compare_host(const fs::path& at, const Node& node) {
    std::map<std::string, bool> names;
    for (const auto& entry : fs::directory_iterator(at)) names[entry.path().filename()] = entry.is_directory();
    ASSERT_EQ(names.size(), node.entries.size()) << at;
    for (const auto& [name, child] : node.entries) {
      ASSERT_TRUE(names.contains(name));
      ASSERT_EQ(names[name], child->is_directory);
      if (child->is_directory) {
        compare_host(at / name, *child);
      } else {
        ASSERT_EQ(file_text(at / name), child->content) << at / name;
      }
    }
  }
  void compare_guest(const std::string& at, const Node& node) {
    guest_->forget();
    std::uint32_t fd = 0;
    ASSERT_EQ(guest_->open_directory(3, at.empty() ? "." : at, fd), ok) << at;
    const std::uint32_t buffer = guest_->room(4096), used = guest_->room(4);
    ASSERT_EQ(guest_->call("fd_readdir", fd, buffer, 4096, 0, used), ok);
    ASSERT_EQ(guest_->call("fd_close", fd), ok);
    std::map<std::string, int> names;
    for (std::uint32_t entry = buffer; entry < buffer + guest_->at<std::uint32_t>(used);) {
      const auto name_bytes = guest_->at<std::uint32_t>(entry + 16);
      names[guest_->text(entry + 24, name_bytes)] = guest_->at<std::uint8_t>(entry + 20);
      entry += 24 + name_bytes;
    }
    names.erase(".");
    names.erase("..");
    ASSERT_EQ(names.size(), node.entries.size()) << at;
    for (const auto& [name, child] : node.entries) {
      ASSERT_EQ(names[name], child->is_directory ? 3 : 4) << name;
      if (child->is_directory) compare_guest(at.empty() ? name : at + "/" + name, *child);
    }
  }

  fs::path path_;
  std::mt19937_64 random_;
  std::optional<Guest> guest_;
  Model model_;
  std::map<std::uint32_t, OpenFile> open_;
  std::string said_, last_;
};

TEST(Random, Operations_come_out_as_a_model_foresees) {
  std::map<int, int> seen;
  for (const std::uint64_t seed : {1u, 2u, 3u, 4u, 5u, 6u, 7u, 8u}) {
    Folder folder;
    Walk walk(folder.path(), seed);
    for (int step = 0; step < 2500 && !testing::Test::HasFailure(); ++step) {
      walk.step();
      if (step % 50 == 49) walk.compare();
    }
    ASSERT_FALSE(testing::Test::HasFailure()) << "seed " << seed;
    for (const auto& [error, times] : walk.seen) seen[error] += times;
  }
  // The steps went everywhere.
  for (const int error : {ok, badf, exist, inval, isdir, noent, notdir, notempty, perm}) EXPECT_GT(seen[error], 10) << error;
}

}  // namespace
}  // namespace ingot::test
