// SPDX-License-Identifier: Apache-2.0
// A table of ways out of a granted directory, none of which may lead anywhere; and the same table with a resolver that asks the kernel for nothing special, with which the ways
// that rest on the resolver do lead out: so the table would notice.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <thread>

#include "guest.hpp"
#include "host/wasi/resolver.hpp"

namespace ingot::test {
namespace {

using host::wasi::Errno;
using host::wasi::Opened;
using host::wasi::OwnedFd;

/// What a runtime does that joins paths and trusts them.
class WeakResolver final : public host::wasi::Resolver {
 public:
  Opened open(int directory, const char* path, std::uint64_t flags, std::uint32_t mode) const override {
    const int fd = openat(directory, path, static_cast<int>(flags) | O_CLOEXEC, mode);
    return fd < 0 ? Opened{host::wasi::last_errno(), {}} : Opened{Errno::success, OwnedFd(fd)};
  }
};
const WeakResolver weak;

constexpr const char* secret = "what nobody granted";

/// A folder "inside", which is granted, in one "outside", which is not.
class Scene {
 public:
  Scene() {
    fs::create_directories(root / "inside/dir/sub");
    fs::create_directories(root / "outside/empty");
    write_file(root / "outside/secret", secret);
    write_file(root / "inside/file", "mine");
    fs::create_symlink("outside/secret", root / "link_in");
    fs::create_symlink("../outside", root / "inside/up");
    fs::create_symlink("../outside/secret", root / "inside/secret_link");
    fs::create_symlink("dir/../../outside/secret", root / "inside/winding");
    fs::create_symlink("up/secret", root / "inside/chain");
    fs::create_symlink((root / "outside").string(), root / "inside/absolute");
    fs::create_symlink((root / "inside/file").string(), root / "inside/absolute_inside");
    fs::create_symlink("../outside/made", root / "inside/dangling_out");
    fs::create_symlink("..", root / "inside/parent");
    fs::create_symlink("../..", root / "inside/dir/grandparent");
    fs::create_symlink("/proc/self/root", root / "inside/magic_root");
    fs::create_symlink("/proc/self/cwd", root / "inside/magic_cwd");
  }
  /// Is everything outside as it was? Says what is not.
  std::string damage() const {
    std::string text;
    if (file_text(root / "outside/secret") != secret) text += " the secret changed;";
    struct stat about {};
    if (::stat((root / "outside/secret").c_str(), &about) != 0 || about.st_nlink != 1) text += " the secret has another name;";
    if (about.st_mtim.tv_sec < 1'000'000'000) text += " the secret's times changed;";
    for (const auto& entry : fs::directory_iterator(root / "outside")) {
      if (entry.path().filename() != "secret" && entry.path().filename() != "empty") text += " outside/" + entry.path().filename().string() + " was made;";
    }
    if (!fs::is_directory(root / "outside/empty")) text += " outside/empty is gone;";
    for (const auto& entry : fs::directory_iterator(root.path())) {
      const auto name = entry.path().filename();
      if (name != "inside" && name != "outside" && name != "link_in") text += " " + name.string() + " was made;";
    }
    return text;
  }
  Folder root;
};

struct Way {
  const char* name;
  bool rests_on_resolver;
  /// True when the guest got something that it must not have. What it changed outside, damage() finds.
  std::function<bool(Guest&, Scene&)> attempt;
};

bool reads_secret(Guest& guest, std::uint32_t directory, const std::string& path, std::uint32_t lookup = 1) {
  std::uint32_t fd = 0;
  std::string text;
  return guest.open(directory, path, fd, {.lookup = lookup, .base = right(1)}) == ok && guest.read(fd, text) == ok && text == secret;
}
Way reading(const char* name, std::string path, bool rests_on_resolver = true) {
  return {name, rests_on_resolver, [path](Guest& guest, Scene&) { return reads_secret(guest, 3, path); }};
}
/// Whether it worked, damage() tells.
Way doing(const char* name, bool rests_on_resolver, std::function<void(Guest&, Scene&)> what) {
  return {name, rests_on_resolver, [what](Guest& guest, Scene& scene) {
            what(guest, scene);
            return false;
          }};
}
bool enters(Guest& guest, const std::string& path) {
  std::uint32_t fd = 0;
  return guest.open(3, path, fd, {.lookup = 1, .oflags = 2, .base = right(14)}) == ok;
}
bool looks(Guest& guest, const Scene& scene, const std::string& path, const std::string& at, std::uint32_t lookup = 1) {
  std::uint32_t out = 0;
  struct stat about {};
  return guest.stat(path, out, lookup) == ok && ::stat((scene.root / at).c_str(), &about) == 0 && guest.at<std::uint64_t>(out + 8) == about.st_ino;
}

std::vector<Way> ways() {
  return {
      reading("..", "../outside/secret"),
      reading("many ..", "../../../../../../../../../../etc/../" + std::string("x")),
      reading(".. behind a directory", "dir/../../outside/secret"),
      reading(".. behind a link", "parent/outside/secret"),
      reading(".. twice behind a link", "dir/grandparent/outside/secret"),
      reading("slashes and dots", ".//.././/outside//./secret"),
      reading("a link to a directory outside", "up/secret"),
      reading("a link to a file outside", "secret_link"),
      reading("a link that winds", "winding"),
      reading("a link behind a link", "chain"),
      reading("an absolute link", "absolute/secret"),
      {"an absolute path", false, [](Guest& g, Scene& s) { return reads_secret(g, 3, (s.root / "outside/secret").string()); }},
      {"an absolute path behind slashes", false, [](Guest& g, Scene& s) { return reads_secret(g, 3, "//" + (s.root / "outside/secret").string()); }},
      {"an absolute link to the inside", true, [](Guest& g, Scene&) { std::uint32_t fd = 0; return g.open(3, "absolute_inside", fd, {.lookup = 1, .base = right(1)}) == ok; }},
      {"a magic link of procfs to the root", true, [](Guest& g, Scene& s) { return reads_secret(g, 3, "magic_root" + (s.root / "outside/secret").string()); }},
      {"a magic link of procfs to the working folder", true, [](Guest& g, Scene&) { return enters(g, "magic_cwd"); }},
      reading("a NUL that ends the path early", std::string("secret_link\0.txt", 16), false),
      reading("a NUL behind ..", std::string("..\0/outside/secret", 18), false),
      reading("an over-long way round", [] {
        std::string path;
        while (path.size() < 5000) path += "dir/../";
        return path + "../outside/secret";
      }(), false),
      reading("the longest way round", [] {
        std::string path;
        while (path.size() < 4000) path += "dir/../";
        return path + "../outside/secret";
      }()),
      {"entering the parent", true, [](Guest& g, Scene&) { return enters(g, ".."); }},
      {"entering the parent with a slash", true, [](Guest& g, Scene&) { return enters(g, "../"); }},
      {"entering a link outside", true, [](Guest& g, Scene&) { return enters(g, "up"); }},
      {"entering a link outside with slashes", true, [](Guest& g, Scene&) { return enters(g, "up///"); }},
      {"the slash that makes nofollow follow", true, [](Guest& g, Scene&) { std::uint32_t fd = 0; return g.open(3, "up/", fd, {.oflags = 2, .base = right(14)}) == ok; }},
      {"the parent of a directory of one's own", true, [](Guest& g, Scene&) {
         std::uint32_t fd = 0;
         return g.open_directory(3, "dir", fd) == ok && (reads_secret(g, fd, "../../outside/secret") || reads_secret(g, fd, "../file"));
       }},
      {"looking at the parent", true, [](Guest& g, Scene& s) { return looks(g, s, "..", "."); }},
      {"looking at the secret", true, [](Guest& g, Scene& s) { return looks(g, s, "../outside/secret", "outside/secret"); }},
      {"looking through a link", true, [](Guest& g, Scene& s) { return looks(g, s, "secret_link", "outside/secret"); }},
      {"looking through a link by a slash", true, [](Guest& g, Scene& s) { return looks(g, s, "up/", "outside", 0); }},
      {"asking whether a file outside exists", true, [](Guest& g, Scene&) {
         const std::uint32_t at = g.room(64);
         return g.path("path_readlink", 3, "../outside/secret", at, 16, at + 32) == inval;  // "it is no link"
       }},
      {"asking with a slash whether a directory outside exists", true, [](Guest& g, Scene&) {
         const std::uint32_t at = g.room(64);
         return g.path("path_readlink", 3, "up/", at, 16, at + 32) == inval;
       }},
      {"reading a link outside", true, [](Guest& g, Scene&) {
         const std::uint32_t at = g.room(64);
         return g.path("path_readlink", 3, "../link_in", at, 30, at + 32) == ok;
       }},
      doing("making a file outside", true, [](Guest& g, Scene&) { std::uint32_t fd = 0; g.open(3, "../outside/new", fd, {.oflags = 1}); }),
      doing("making a file through a dangling link", true, [](Guest& g, Scene&) { std::uint32_t fd = 0; g.open(3, "dangling_out", fd, {.lookup = 1, .oflags = 1}); }),
      doing("truncating the secret", true, [](Guest& g, Scene&) { std::uint32_t fd = 0; g.open(3, "secret_link", fd, {.lookup = 1, .oflags = 8}); }),
      doing("writing to the secret", true, [](Guest& g, Scene&) { std::uint32_t fd = 0; if (g.open(3, "up/secret", fd) == ok) g.write(fd, "mine now"); }),
      doing("making a directory outside", true, [](Guest& g, Scene&) { g.path("path_create_directory", 3, "../outside/new"); }),
      doing("making a directory through a link", true, [](Guest& g, Scene&) { g.path("path_create_directory", 3, "up/new"); }),
      doing("removing a directory outside", true, [](Guest& g, Scene&) { g.path("path_remove_directory", 3, "up/empty"); }),
      doing("unlinking the secret", true, [](Guest& g, Scene&) { g.path("path_unlink_file", 3, "../outside/secret"); }),
      doing("unlinking through a link", true, [](Guest& g, Scene&) { g.path("path_unlink_file", 3, "up/secret"); }),
      doing("taking the secret in by renaming", true, [](Guest& g, Scene&) { g.rename("../outside/secret", "mine"); }),
      doing("putting a file out by renaming", true, [](Guest& g, Scene&) { g.rename("file", "../outside/secret"); }),
      doing("renaming through links", true, [](Guest& g, Scene&) { g.rename("up/secret", "parent/stolen"); }),
      {"taking the secret in by a hard link", true, [](Guest& g, Scene&) { return g.link(0, "../outside/secret", "mine") == ok && reads_secret(g, 3, "mine"); }},
      {"taking the secret in by a hard link that follows", true, [](Guest& g, Scene&) { return g.link(1, "secret_link", "mine") == ok && reads_secret(g, 3, "mine"); }},
      doing("putting a hard link out", true, [](Guest& g, Scene&) { g.link(0, "file", "../outside/new"); }),
      doing("putting a link out", true, [](Guest& g, Scene&) { g.symlink("x", "up/new"); }),
      {"a link of one's own to the outside", true, [](Guest& g, Scene&) { return g.symlink("../outside/secret", "own") == ok && reads_secret(g, 3, "own"); }},
      {"a link of one's own, by way of a directory", true, [](Guest& g, Scene&) { return g.symlink("../../outside", "dir/own") == ok && reads_secret(g, 3, "dir/own/secret"); }},
      {"an absolute link of one's own", false, [](Guest& g, Scene& s) { return g.symlink((s.root / "outside/secret").string(), "own") == ok; }},
      {"a link moved to where it leads out", true, [](Guest& g, Scene&) {
         // "dir/sub/l" -> "../../x" stays inside; one floor higher it does not.
         return g.symlink("../../outside/secret", "dir/sub/l") == ok && g.rename("dir/sub/l", "dir/l") == ok && reads_secret(g, 3, "dir/l");
       }},
      {"a directory moved up while one is inside", true, [](Guest& g, Scene&) {
         std::uint32_t fd = 0;
         return g.open_directory(3, "dir/sub", fd) == ok && g.rename("dir/sub", "sub") == ok && reads_secret(g, fd, "../../outside/secret");
       }},
      doing("changing times of the secret", true, [](Guest& g, Scene&) { g.call("path_filestat_set_times", 3, 1, g.put("secret_link"), 11, 5, 5, 5); }),
      doing("changing times behind ..", true, [](Guest& g, Scene&) { g.call("path_filestat_set_times", 3, 0, g.put("../outside/secret"), 17, 5, 5, 5); }),
      {"listing the parent", true, [](Guest& g, Scene&) {
         std::uint32_t fd = 0;
         const std::uint32_t buffer = g.room(4096), used = g.room(4);
         return g.open(3, "..", fd, {.oflags = 2, .base = right(14)}) == ok && g.call("fd_readdir", fd, buffer, 4096, 0, used) == ok;
       }},
      // What has nothing to do with paths.
      {"renumbering a granted directory over another", false, [](Guest& g, Scene&) {
         std::uint32_t fd = 0;
         return g.open_directory(3, "dir", fd) == ok && g.call("fd_renumber", fd, 3) == ok && reads_secret(g, 3, "../../outside/secret", 0);
       }},
      {"numbers of the host's own files", false, [](Guest& g, Scene& s) {
         const OwnedFd host(::open((s.root / "outside/secret").c_str(), O_RDONLY | O_CLOEXEC));
         std::string text;
         bool got = false;
         for (std::uint32_t fd = 0; fd < 2000; ++fd) {
           got = got || g.read(fd, text, 32) == ok;
           g.forget();
         }
         return got;
       }},
      {"a descriptor of another guest", false, [](Guest& g, Scene& s) {
         host::wasi::Grants grants;
         grants.directories = {{(s.root / "outside").string(), "/", false}};
         Guest other(std::move(grants));
         std::uint32_t fd = 0;
         EXPECT_EQ(other.open(3, "secret", fd), ok);
         std::string text;
         return g.read(fd, text) == ok || reads_secret(g, 3, "secret");
       }},
      {"more rights than were granted", false, [](Guest& g, Scene&) {
         std::uint32_t dir = 0, fd = 0;
         if (g.open(3, ".", dir, {.oflags = 2, .base = rights_of_directories, .inheriting = right(1)}) != ok) return true;
         return g.open(dir, "file", fd, {.base = rights_of_files}) == ok || g.call("fd_fdstat_set_rights", dir, rights_of_directories, rights_of_files) == ok;
       }},
      {"a list of buffers beyond memory", false, [](Guest& g, Scene&) {
         std::uint32_t fd = 0;
         const std::uint32_t out = g.room(4);
         return g.open(3, "file", fd) == ok && (g.call("fd_write", fd, g.vector(Guest::beyond - 4, 64), 1, out) != fault || g.call("fd_write", fd, g.vector(0xfffffff0, 0x20), 1, out) != fault ||
                                                g.call("fd_read", fd, g.vector(Guest::beyond, 1), 1, out) != fault);
       }},
      {"a huge list of buffers", false, [](Guest& g, Scene&) {
         std::uint32_t fd = 0;
         const std::uint32_t out = g.room(4);
         return g.open(3, "file", fd) == ok && (g.call("fd_write", fd, 64, 0x20000000, out) == ok || g.call("fd_read", fd, 0, 0xffffffff, out) == ok);
       }},
      {"a path beyond memory", false, [](Guest& g, Scene&) { return g.call("path_unlink_file", 3, Guest::beyond - 1, 0xffffffff) != fault; }},
      {"a result beyond memory", false, [](Guest& g, Scene&) { return g.call("path_filestat_get", 3, 0, g.put("file"), 4, Guest::beyond - 8) != fault; }},
  };
}

/// The names of the ways by which something was got or changed.
std::vector<std::string> successes(const host::wasi::Resolver* resolver, bool only_resolvers) {
  std::vector<std::string> list;
  for (const Way& way : ways()) {
    if (only_resolvers && !way.rests_on_resolver) continue;
    Scene scene;
    host::wasi::Grants grants;
    grants.directories = {{(scene.root / "inside").string(), "/", false}};
    Guest guest(std::move(grants), resolver);
    const bool got = way.attempt(guest, scene);
    const std::string damage = scene.damage();
    if (got || !damage.empty()) list.push_back(way.name + (damage.empty() ? "" : ":" + damage));
  }
  return list;
}

TEST(Escape, No_way_leads_out) {
  EXPECT_GE(ways().size(), 40u);
  EXPECT_EQ(successes(nullptr, false), std::vector<std::string>{});
}

TEST(Escape, The_same_ways_lead_out_when_the_resolver_is_weak) {
  std::size_t resting = 0;
  for (const Way& way : ways()) resting += way.rests_on_resolver ? 1 : 0;
  // "many .." has nowhere to go, and is in the table for its length.
  const auto found = successes(&weak, true);
  EXPECT_GE(found.size() + 1, resting) << testing::PrintToString(found);
  EXPECT_GE(found.size(), 40u);
}

// Somebody on the host renames while the guest walks: a directory becomes a link to the outside and back, and the directory that ".." is taken from moves away.
class Race {
 public:
  Race() {
    threads_[0] = std::thread([this] { exchange("inside/dir", "inside/up"); });
    threads_[1] = std::thread([this] { move("inside/deep/er", "outside/er"); });
  }
  ~Race() {
    over_ = true;
    for (std::thread& thread : threads_) thread.join();
  }
  static Scene& prepare(Scene& scene) {
    fs::create_directories(scene.root / "inside/deep/er/est");
    write_file(scene.root / "inside/dir/secret", "harmless");
    return scene;
  }
  Scene scene;

 private:
  void exchange(const std::string& one, const std::string& other) {
    while (!over_) renameat2(AT_FDCWD, (prepared_.root / one).c_str(), AT_FDCWD, (prepared_.root / other).c_str(), RENAME_EXCHANGE);
  }
  void move(const std::string& in, const std::string& out) {
    while (!over_) {
      ::rename((prepared_.root / in).c_str(), (prepared_.root / out).c_str());
      ::rename((prepared_.root / out).c_str(), (prepared_.root / in).c_str());
    }
  }
  Scene& prepared_ = prepare(scene);
  std::atomic<bool> over_{false};
  std::thread threads_[2];
};

struct Tally {
  int secrets = 0, opened = 0, made_outside = 0;
};

/// Walks for so long, or until something was got.
Tally walk_during_race(const host::wasi::Resolver* resolver, std::chrono::milliseconds time) {
  Race race;
  host::wasi::Grants grants;
  grants.directories = {{(race.scene.root / "inside").string(), "/", false}};
  Guest guest(std::move(grants), resolver);
  Tally tally;
  const auto end = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < end && tally.secrets + tally.made_outside == 0) {
    guest.forget();
    for (const char* path : {"dir/secret", "deep/er/est/../../../outside/secret", "deep/er/../../dir/secret"}) {
      std::uint32_t fd = 0;
      std::string text;
      if (guest.open(3, path, fd, {.base = right(1)}) != ok) continue;
      ++tally.opened;
      if (guest.read(fd, text) == ok && text == secret) ++tally.secrets;
      guest.call("fd_close", fd);
    }
    guest.path("path_create_directory", 3, "dir/made");
    guest.link(0, "file", "dir/made_link");
    guest.rename("file", "dir/made_file");
    guest.rename("dir/made_file", "file");
    if (fs::exists(race.scene.root / "outside/made") || fs::exists(race.scene.root / "outside/made_link") || fs::exists(race.scene.root / "outside/made_file")) ++tally.made_outside;
    guest.path("path_remove_directory", 3, "dir/made");
    guest.path("path_unlink_file", 3, "dir/made_link");
  }
  return tally;
}

TEST(Escape, Renames_in_flight_open_no_way_out) {
  const Tally tally = walk_during_race(nullptr, std::chrono::seconds(4));
  EXPECT_EQ(tally.secrets, 0);
  EXPECT_EQ(tally.made_outside, 0);
  EXPECT_GT(tally.opened, 0) << "nothing was ever reached: the race tried nothing";
}

TEST(Escape, The_same_renames_open_one_when_the_resolver_is_weak) {
  const Tally tally = walk_during_race(&weak, std::chrono::seconds(20));
  EXPECT_GT(tally.secrets + tally.made_outside, 0);
}

TEST(Escape, A_granted_root_does_not_hand_out_this_process) {
  host::wasi::Grants grants;
  grants.directories = {{"/", "/", true}};
  Guest guest(std::move(grants));
  std::uint32_t fd = 0;
  for (const char* path : {"proc/self/mem", "proc/self/maps", "proc/1/mem", "proc", "proc/self/environ", "proc/self/fd/0", "proc/self/root/etc", "dev/fd/0", "dev/stdin"}) {
    const int error = guest.open(3, path, fd, {.lookup = 1, .base = right(1)});
    EXPECT_TRUE(error == perm || error == loop || error == noent || error == acces) << path << " " << error;
  }
  const std::uint32_t at = guest.room(128);
  EXPECT_NE(guest.path("path_readlink", 3, "proc/self/exe", at, 100, at + 100), ok);
  EXPECT_EQ(guest.open(3, "etc/passwd", fd, {.base = right(1)}), ok) << "that was granted";
}

}  // namespace
}  // namespace ingot::test
