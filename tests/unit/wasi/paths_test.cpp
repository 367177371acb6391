// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <signal.h>
#include <sys/fsuid.h>
#include <sys/wait.h>
#include <unistd.h>

#include <map>

#include "guest.hpp"

namespace ingot::test {
namespace {

class Paths : public WasiTest {
 protected:
  void SetUp() override {
    fs::create_directories(folder / "dir/sub");
    write_file(folder / "file", "content");
    write_file(folder / "dir/inner", "inner");
    fs::create_symlink("file", folder / "link");
    fs::create_symlink("dir", folder / "dirlink");
    fs::create_symlink("nowhere", folder / "dangling");
    fs::create_symlink("circle", folder / "circle");
  }
  int open(const std::string& path, const Guest::Open& how = {}) {
    std::uint32_t fd = 0;
    const int error = guest.open(3, path, fd, how);
    if (error == ok) {
      EXPECT_EQ(guest.call("fd_close", fd), ok);
    }
    return error;
  }
};

constexpr std::uint32_t follow = 1, create = 1, directory = 2, exclusive = 4, truncate_it = 8;

TEST_F(Paths, Opening_walks_like_the_host_inside_the_directory) {
  EXPECT_EQ(open("file"), ok);
  EXPECT_EQ(open("dir/inner"), ok);
  EXPECT_EQ(open("dir/.//sub/../../dir/sub/.././inner"), ok);
  EXPECT_EQ(open("dirlink/inner"), ok) << "a link on the way is followed";
  EXPECT_EQ(open("missing"), noent);
  EXPECT_EQ(open("missing/inner"), noent);
  EXPECT_EQ(open("file/inner"), notdir);
  EXPECT_EQ(open("file/"), notdir);
  EXPECT_EQ(open("file///"), notdir);
  EXPECT_EQ(open(""), noent);
  EXPECT_EQ(open("."), isdir) << "for writing";
  EXPECT_EQ(open(".", {.base = right(14)}), ok);
  EXPECT_EQ(open("dir/", {.base = 0}), ok);
}

TEST_F(Paths, Links_at_the_end_are_followed_when_asked) {
  EXPECT_EQ(open("link"), loop);
  EXPECT_EQ(open("link", {.lookup = follow}), ok);
  EXPECT_EQ(open("dangling", {.lookup = follow}), noent);
  EXPECT_EQ(open("circle", {.lookup = follow}), loop);
  EXPECT_EQ(open("circle/x"), loop);
  EXPECT_EQ(open("dangling", {.lookup = follow, .oflags = create}), ok);
  EXPECT_TRUE(fs::is_regular_file(folder / "nowhere"));
  EXPECT_EQ(open("link", {.lookup = 2}), inval);
}

TEST_F(Paths, Oflags_are_the_hosts) {
  EXPECT_EQ(open("new", {.oflags = create}), ok);
  EXPECT_TRUE(fs::exists(folder / "new"));
  EXPECT_EQ(open("new", {.oflags = create | exclusive}), exist);
  EXPECT_EQ(open("link", {.lookup = follow, .oflags = create | exclusive}), exist);
  EXPECT_EQ(open("file", {.oflags = directory}), notdir);
  EXPECT_EQ(open("dir", {.oflags = directory}), ok);
  EXPECT_EQ(open("dir", {.oflags = create | directory}), inval);
  EXPECT_EQ(open("dir", {.oflags = create}), isdir);
  EXPECT_EQ(open("file", {.oflags = 16}), inval);
  EXPECT_EQ(open("file", {.fdflags = 32}), inval);
  EXPECT_EQ(open("new/", {.oflags = create}), isdir);
  EXPECT_EQ(open("file", {.oflags = truncate_it}), ok);
  EXPECT_EQ(fs::file_size(folder / "file"), 0u);
}

TEST_F(Paths, Fdflags_take_effect_and_are_remembered) {
  std::uint32_t fd = 0;
  for (const std::uint32_t flags : {1u, 2u, 4u, 8u, 16u, 31u}) {
    ASSERT_EQ(guest.open(3, "file", fd, {.fdflags = flags}), ok);
    const std::uint32_t out = guest.room(24);
    ASSERT_EQ(guest.call("fd_fdstat_get", fd, out), ok);
    EXPECT_EQ(guest.at<std::uint16_t>(out + 2), flags);
  }
  ASSERT_EQ(guest.write(fd, "!"), ok);
  EXPECT_EQ(file_text(folder / "file"), "content!");
}

TEST_F(Paths, A_file_has_the_rights_that_were_asked_for_and_make_sense) {
  std::uint32_t fd = 0;
  const std::uint32_t out = guest.room(24);
  std::string text;
  ASSERT_EQ(guest.open(3, "file", fd, {.base = right(1) | right(9), .inheriting = right(1)}), ok);
  ASSERT_EQ(guest.call("fd_fdstat_get", fd, out), ok);
  EXPECT_EQ(guest.at<std::uint64_t>(out + 8), right(1));
  EXPECT_EQ(guest.at<std::uint64_t>(out + 16), 0u);
  ASSERT_EQ(guest.open(3, "file", fd, {.base = 0}), ok);
  EXPECT_EQ(guest.read(fd, text), badf);
  ASSERT_EQ(guest.open(3, "file", fd, {.base = right(6)}), ok);
  EXPECT_EQ(guest.read(fd, text), badf);
  EXPECT_EQ(guest.write(fd, "C"), ok);
  ASSERT_EQ(guest.open(3, "dir", fd, {.oflags = directory, .base = right(13) | right(1), .inheriting = right(1)}), ok);
  ASSERT_EQ(guest.call("fd_fdstat_get", fd, out), ok);
  EXPECT_EQ(guest.at<std::uint64_t>(out + 8), right(13));
  std::uint32_t inner = 0;
  EXPECT_EQ(guest.open(fd, "inner", inner, {.base = right(1) | right(6)}), notcapable) << "more than it may hand on";
  EXPECT_EQ(guest.open(fd, "inner", inner, {.base = right(1), .inheriting = right(6)}), notcapable);
  EXPECT_EQ(guest.open(fd, "inner", inner, {.base = right(1)}), ok);
  EXPECT_EQ(guest.open(3, "file", fd, {.base = right(1) | right(30)}), notcapable) << "a right that there is not";
}

TEST_F(Paths, A_file_that_is_no_directory_has_nothing_beneath_it) {
  std::uint32_t fd = 0;
  ASSERT_EQ(guest.open(3, "file", fd), ok);
  std::uint32_t other = 0;
  EXPECT_EQ(guest.open(fd, ".", other), notdir);
  EXPECT_EQ(guest.path("path_create_directory", fd, "x"), notdir);
  EXPECT_EQ(guest.path("path_unlink_file", fd, "x"), notdir);
  EXPECT_EQ(guest.path("path_readlink", fd, "x", 64, 1, 96), notdir);
  EXPECT_EQ(guest.call("path_filestat_get", fd, 0, guest.put("x"), 1, 128), notdir);
  EXPECT_EQ(guest.link(0, "file", "x", fd), notdir);
  EXPECT_EQ(guest.rename("file", "x", fd), notdir);
  EXPECT_EQ(guest.call("fd_readdir", fd, 128, 1, 0, 96), notdir);
}

TEST_F(Paths, Names_have_the_hosts_lengths) {
  const std::string longest(255, 'n');
  EXPECT_EQ(open(longest, {.oflags = create}), ok);
  EXPECT_EQ(open(longest + "n", {.oflags = create}), nametoolong);
  std::string deep;
  while (deep.size() + 2 <= 4094) deep += "./";
  EXPECT_EQ(open(deep + "file"), deep.size() + 4 <= 4095 ? ok : nametoolong);
  EXPECT_EQ(open(std::string(4091, '/').replace(0, 1, ".") + "file"), ok) << "4095 bytes";
  EXPECT_EQ(open(std::string(4092, '/').replace(0, 1, ".") + "file"), nametoolong);
  EXPECT_EQ(open(std::string(100'000, 'x')), nametoolong);
}

TEST_F(Paths, Names_are_bytes_without_NUL) {
  const std::string odd = "\xff\xfe caf\xe9 \n\\";
  EXPECT_EQ(open(odd, {.oflags = create}), ok);
  EXPECT_TRUE(fs::exists(folder / odd));
  EXPECT_EQ(open(std::string("file\0", 5)), inval);
  EXPECT_EQ(open(std::string("\0", 1)), inval);
  EXPECT_EQ(open(std::string("fi\0le", 5), {.oflags = create}), inval);
}

TEST_F(Paths, Directories_are_made_and_removed) {
  const auto make = [&](const std::string& name) { return guest.path("path_create_directory", 3, name); };
  const auto remove = [&](const std::string& name) { return guest.path("path_remove_directory", 3, name); };
  EXPECT_EQ(make("new"), ok);
  EXPECT_TRUE(fs::is_directory(folder / "new"));
  EXPECT_EQ(make("new"), exist);
  EXPECT_EQ(make("file"), exist);
  EXPECT_EQ(make("dangling"), exist);
  EXPECT_EQ(make("missing/new"), noent);
  EXPECT_EQ(make("file/new"), notdir);
  EXPECT_EQ(make("slash//"), ok);
  EXPECT_EQ(make("dirlink/through"), ok);
  EXPECT_TRUE(fs::is_directory(folder / "dir/through"));
  EXPECT_EQ(make("."), exist);
  EXPECT_EQ(make("dir/.."), exist);
  EXPECT_EQ(make(""), noent);
  EXPECT_EQ(remove("new"), ok);
  EXPECT_EQ(remove("slash/"), ok);
  EXPECT_EQ(remove("new"), noent);
  EXPECT_EQ(remove("dir"), notempty);
  EXPECT_EQ(remove("file"), notdir);
  EXPECT_EQ(remove("dirlink"), notdir) << "a link";
  EXPECT_EQ(remove("dir/."), inval);
  EXPECT_EQ(remove("dir/.."), notempty);
}

TEST_F(Paths, Files_are_unlinked_and_links_themselves) {
  const auto unlink = [&](const std::string& name) { return guest.path("path_unlink_file", 3, name); };
  EXPECT_EQ(unlink("link"), ok);
  EXPECT_TRUE(fs::exists(folder / "file"));
  EXPECT_EQ(unlink("file/"), notdir);
  EXPECT_EQ(unlink("file"), ok);
  EXPECT_EQ(unlink("file"), noent);
  EXPECT_EQ(unlink("dir"), isdir);
  EXPECT_EQ(unlink("dir/"), isdir);
  EXPECT_EQ(unlink("."), isdir);
  EXPECT_EQ(unlink("dir/inner/x"), notdir);
  EXPECT_EQ(unlink("dirlink"), ok);
  EXPECT_TRUE(fs::exists(folder / "dir"));
}

TEST_F(Paths, Renaming_replaces_what_may_be_replaced) {
  EXPECT_EQ(guest.rename("file", "moved"), ok);
  EXPECT_EQ(file_text(folder / "moved"), "content");
  EXPECT_EQ(guest.rename("file", "x"), noent);
  EXPECT_EQ(guest.rename("moved", "dir"), isdir);
  EXPECT_EQ(guest.rename("dir", "moved"), notdir);
  EXPECT_EQ(guest.rename("moved", "moved/"), notdir);
  EXPECT_EQ(guest.rename("moved/", "x"), notdir);
  EXPECT_EQ(guest.rename("dir", "dir/sub/x"), inval) << "into itself";
  ASSERT_EQ(guest.path("path_create_directory", 3, "other"), ok);
  EXPECT_EQ(guest.rename("other", "dir"), notempty);
  EXPECT_EQ(guest.rename("dir", "other"), ok);
  EXPECT_TRUE(fs::exists(folder / "other/inner"));
  EXPECT_EQ(guest.rename("other/inner", "moved"), ok);
  EXPECT_EQ(file_text(folder / "moved"), "inner");
  EXPECT_EQ(guest.rename("link", "link2"), ok);
  EXPECT_TRUE(fs::is_symlink(folder / "link2"));
  EXPECT_EQ(guest.rename(".", "x"), busy);
  EXPECT_EQ(guest.rename("moved", "other/.."), busy);
}

TEST_F(Paths, Hard_links_are_second_names_of_files) {
  EXPECT_EQ(guest.link(0, "file", "dir/second"), ok);
  EXPECT_EQ(fs::hard_link_count(folder / "file"), 2u);
  EXPECT_EQ(guest.link(0, "file", "file"), exist);
  EXPECT_EQ(guest.link(0, "file", "dir"), exist);
  EXPECT_EQ(guest.link(0, "file", "dangling"), exist);
  EXPECT_EQ(guest.link(0, "dir", "x"), perm);
  EXPECT_EQ(guest.link(0, "dir/", "x"), perm);
  EXPECT_EQ(guest.link(0, ".", "x"), perm);
  EXPECT_EQ(guest.link(0, "file/", "x"), notdir);
  EXPECT_EQ(guest.link(0, "missing", "x"), noent);
  EXPECT_EQ(guest.link(0, "file", "x/"), noent);
  EXPECT_EQ(guest.link(0, "file", "."), exist);
  EXPECT_EQ(guest.link(2, "file", "x"), inval);
  EXPECT_EQ(guest.link(0, "dangling", "dangling2"), ok);
  EXPECT_TRUE(fs::is_symlink(folder / "dangling2"));
  EXPECT_EQ(guest.link(follow, "dangling", "x"), noent);
  EXPECT_EQ(guest.link(follow, "link", "x"), ok);
  EXPECT_FALSE(fs::is_symlink(folder / "x"));
  EXPECT_EQ(file_text(folder / "x"), "content");
}

TEST_F(Paths, Symbolic_links_hold_what_they_were_given) {
  EXPECT_EQ(guest.symlink("some/where", "dir/new"), ok);
  EXPECT_EQ(fs::read_symlink(folder / "dir/new"), "some/where");
  EXPECT_EQ(guest.symlink("x", "file"), exist);
  EXPECT_EQ(guest.symlink("x", "dangling"), exist);
  EXPECT_EQ(guest.symlink("x", "missing/new"), noent);
  EXPECT_EQ(guest.symlink("x", "new/"), noent);
  EXPECT_EQ(guest.symlink("x", "dir/"), exist);
  EXPECT_EQ(guest.symlink("x", "file/"), notdir);
  EXPECT_EQ(guest.symlink("", "new"), noent);
  EXPECT_EQ(guest.symlink("x", "."), exist);
  EXPECT_EQ(guest.symlink("/etc", "new"), perm);
  EXPECT_EQ(guest.symlink(std::string("x\0y", 3), "new"), inval);
}

TEST_F(Paths, Reading_a_link_gives_as_much_as_there_is_room_for) {
  const std::uint32_t buffer = guest.room(16), used = guest.room(4);
  const auto readlink = [&](const std::string& name, std::uint32_t bytes) { return guest.path("path_readlink", 3, name, buffer, bytes, used); };
  ASSERT_EQ(readlink("link", 16), ok);
  EXPECT_EQ(guest.text(buffer, guest.at<std::uint32_t>(used)), "file");
  ASSERT_EQ(readlink("dangling", 3), ok);
  EXPECT_EQ(guest.at<std::uint32_t>(used), 3u);
  EXPECT_EQ(guest.text(buffer, 4), "nowe") << "the fourth byte is the last one's";
  ASSERT_EQ(readlink("link", 0), ok);
  EXPECT_EQ(guest.at<std::uint32_t>(used), 0u);
  EXPECT_EQ(readlink("file", 16), inval);
  EXPECT_EQ(readlink("dir", 16), inval);
  EXPECT_EQ(readlink("missing", 16), noent);
  EXPECT_EQ(readlink("link/", 16), notdir);
  EXPECT_EQ(readlink("dirlink/", 16), inval);
  EXPECT_EQ(readlink(".", 16), inval);
}

TEST_F(Paths, Filestat_is_of_the_link_or_of_what_it_leads_to) {
  std::uint32_t out = 0;
  ASSERT_EQ(guest.stat("link", out), ok);
  EXPECT_EQ(guest.at<std::uint8_t>(out + 16), 7u);
  EXPECT_EQ(guest.at<std::uint64_t>(out + 32), 4u);
  ASSERT_EQ(guest.stat("link", out, follow), ok);
  EXPECT_EQ(guest.at<std::uint8_t>(out + 16), 4u);
  EXPECT_EQ(guest.at<std::uint64_t>(out + 32), 7u);
  ASSERT_EQ(guest.stat("dir", out), ok);
  EXPECT_EQ(guest.at<std::uint8_t>(out + 16), 3u);
  struct stat host {};
  ASSERT_EQ(::stat((folder / "dir").c_str(), &host), 0);
  EXPECT_EQ(guest.at<std::uint64_t>(out + 8), host.st_ino);
  EXPECT_EQ(guest.stat(".", out), ok);
  EXPECT_EQ(guest.stat("dir/..", out), ok);
  EXPECT_EQ(guest.stat("dangling", out, follow), noent);
  EXPECT_EQ(guest.stat("circle", out, follow), loop);
  EXPECT_EQ(guest.stat("circle", out), ok);
  EXPECT_EQ(guest.stat("file/", out), notdir);
  EXPECT_EQ(guest.stat("", out), noent);
  EXPECT_EQ(guest.stat("file", out, 2), inval);
}

TEST_F(Paths, Times_are_set_of_the_link_or_of_what_it_leads_to) {
  const auto set = [&](const std::string& name, std::uint32_t lookup, std::uint64_t mtim, std::uint32_t flags) {
    return guest.call("path_filestat_set_times", 3, lookup, guest.put(name), name.size(), 0, mtim, flags);
  };
  struct stat host {};
  ASSERT_EQ(set("link", 0, 3'000'000'001, 4), ok);
  ASSERT_EQ(lstat((folder / "link").c_str(), &host), 0);
  EXPECT_EQ(host.st_mtim.tv_sec, 3);
  ASSERT_EQ(set("link", follow, 4'000'000'001, 4), ok);
  ASSERT_EQ(::stat((folder / "file").c_str(), &host), 0);
  EXPECT_EQ(host.st_mtim.tv_sec, 4);
  EXPECT_EQ(host.st_mtim.tv_nsec, 1);
  EXPECT_EQ(set("missing", 0, 0, 4), noent);
  EXPECT_EQ(set("file", 0, 0, 12), inval);
  EXPECT_EQ(set("file", 2, 0, 4), inval);
}

TEST_F(Paths, What_the_hosts_user_may_not_do_the_guest_may_not_either) {
  if (geteuid() != 0) GTEST_SKIP() << "needs another user to become";
  fs::permissions(folder.path(), fs::perms::all);
  fs::permissions(folder / "file", fs::perms::owner_all);
  fs::permissions(folder / "dir", fs::perms::owner_all);
  setfsuid(65534);  // of this thread, for files only
  std::uint32_t out = 0;
  EXPECT_EQ(open("file"), acces);
  EXPECT_EQ(open("dir/inner"), acces);
  EXPECT_EQ(guest.stat("dir/inner", out), acces);
  EXPECT_EQ(guest.path("path_unlink_file", 3, "dir/inner"), acces);
  EXPECT_EQ(guest.call("path_filestat_set_times", 3, 0, guest.put("file"), 4, 0, 5, 4), perm);
  setfsuid(0);
  EXPECT_EQ(open("file"), ok);
}

TEST_F(Paths, A_program_that_runs_is_not_written_to) {
  fs::copy_file("/bin/sleep", folder / "sleep");
  const std::string program = (folder / "sleep").string();
  const pid_t child = fork();
  if (child == 0) {
    execl(program.c_str(), program.c_str(), "20", nullptr);
    _exit(1);
  }
  int error = ok;
  for (int i = 0; i < 2000 && error == ok; ++i) {  // until it has been started
    error = open("sleep", {.base = right(6)});
    usleep(1000);
    guest.forget();
  }
  EXPECT_EQ(error, txtbsy);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
}

// ---- entries of a directory ----

struct Entry {
  std::uint64_t next, inode;
  std::uint8_t type;
  std::string name;
};

class Readdir : public Paths {
 protected:
  /// All entries that fit into so many bytes at a time, as a C library reads them.
  std::vector<Entry> list(std::uint32_t fd, std::uint32_t bytes) {
    std::vector<Entry> entries;
    const std::uint32_t buffer = guest.room(bytes), used_at = guest.room(4);
    std::uint64_t cookie = 0;
    for (int calls = 0; calls < 10'000; ++calls) {
      EXPECT_EQ(guest.call("fd_readdir", fd, buffer, bytes, cookie, used_at), ok);
      const auto used = guest.at<std::uint32_t>(used_at);
      const std::size_t before = entries.size();
      for (std::uint32_t at = 0; at + 24 <= used;) {
        const auto name_bytes = guest.at<std::uint32_t>(buffer + at + 16);
        if (at + 24 + name_bytes > used) break;
        entries.push_back({guest.at<std::uint64_t>(buffer + at), guest.at<std::uint64_t>(buffer + at + 8), guest.at<std::uint8_t>(buffer + at + 20),
                           guest.text(buffer + at + 24, name_bytes)});
        cookie = entries.back().next;
        at += 24 + name_bytes;
      }
      if (used < bytes) return entries;
      if (entries.size() == before) return {};  // not one fits
    }
    ADD_FAILURE() << "no end";
    return entries;
  }
};

TEST_F(Readdir, Every_entry_comes_once_whatever_the_size_of_the_buffer) {
  std::map<std::string, std::uint64_t> expected;
  for (int i = 0; i < 300; ++i) write_file(folder / ("dir/sub/" + std::string(static_cast<std::size_t>(i % 60), 'x') + std::to_string(i)), "");
  for (const auto& entry : fs::directory_iterator(folder / "dir/sub")) {
    struct stat host {};
    lstat(entry.path().c_str(), &host);
    expected[entry.path().filename()] = host.st_ino;
  }
  std::uint32_t fd = 0;
  ASSERT_EQ(guest.open_directory(3, "dir/sub", fd), ok);
  for (const std::uint32_t bytes : {90u, 128u, 1000u, 4096u, 65'536u}) {
    std::map<std::string, std::uint64_t> seen;
    for (const Entry& entry : list(fd, bytes)) {
      if (entry.name == "." || entry.name == "..") {
        EXPECT_EQ(entry.type, 3u);
        continue;
      }
      EXPECT_EQ(entry.type, 4u);
      EXPECT_TRUE(seen.emplace(entry.name, entry.inode).second) << entry.name << " twice";
    }
    EXPECT_EQ(seen, expected) << bytes;
  }
}

TEST_F(Readdir, Kinds_are_told_and_the_outside_is_not) {
  std::map<std::string, Entry> entries;
  for (const Entry& entry : list(3, 4096)) entries[entry.name] = entry;
  EXPECT_EQ(entries.at("file").type, 4u);
  EXPECT_EQ(entries.at("dir").type, 3u);
  EXPECT_EQ(entries.at("link").type, 7u);
  struct stat host {};
  ASSERT_EQ(::stat(folder.path().c_str(), &host), 0);
  EXPECT_EQ(entries.at(".").inode, host.st_ino);
  EXPECT_EQ(entries.at("..").inode, 0u);
}

TEST_F(Readdir, What_does_not_fit_is_cut_and_the_cookie_goes_on_from_any_entry) {
  const auto all = list(3, 4096);
  const std::uint32_t buffer = guest.room(4096), used = guest.room(4);
  for (const std::uint32_t bytes : {0u, 1u, 23u, 24u, 25u}) {
    ASSERT_EQ(guest.call("fd_readdir", 3, buffer, bytes, 0, used), ok);
    EXPECT_EQ(guest.at<std::uint32_t>(used), bytes);
  }
  for (std::size_t i = 0; i + 1 < all.size(); ++i) {
    ASSERT_EQ(guest.call("fd_readdir", 3, buffer, 4096, all[i].next, used), ok);
    const auto name_bytes = guest.at<std::uint32_t>(buffer + 16);
    EXPECT_EQ(guest.text(buffer + 24, name_bytes), all[i + 1].name);
  }
  ASSERT_EQ(guest.call("fd_readdir", 3, buffer, 4096, all.back().next, used), ok);
  EXPECT_EQ(guest.at<std::uint32_t>(used), 0u);
  EXPECT_EQ(guest.call("fd_readdir", 3, buffer, 4096, ~std::uint64_t{0}, used), inval);
}

}  // namespace
}  // namespace ingot::test
