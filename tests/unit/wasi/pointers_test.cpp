// SPDX-License-Identifier: Apache-2.0
// Every descriptor that is not open, every right that is missing, and every pointer that leads out of memory: one row for each function and argument.
#include <functional>

#include "guest.hpp"

namespace ingot::test {
namespace {

using Pointers = WasiTest;
constexpr std::uint32_t out_of = Guest::beyond;

struct Row {
  const char* function;
  int result;
  std::function<int(Guest&)> call;
};

/// Every function that takes a descriptor, with one that is not open.
std::vector<Row> closed(std::uint32_t fd) {
  const auto plain = [fd](const char* name, auto... rest) { return Row{name, badf, [=](Guest& guest) { return guest.call(name, fd, rest...); }}; };
  const auto with_path = [fd](const char* name, auto... rest) { return Row{name, badf, [=](Guest& guest) { return guest.path(name, fd, "x", rest...); }}; };
  return {plain("fd_advise", 0, 0, 0), plain("fd_allocate", 0, 1), plain("fd_close"), plain("fd_datasync"), plain("fd_fdstat_get", 64), plain("fd_fdstat_set_flags", 0),
          plain("fd_fdstat_set_rights", 0, 0), plain("fd_filestat_get", 64), plain("fd_filestat_set_size", 0), plain("fd_filestat_set_times", 0, 0, 0),
          plain("fd_pread", 64, 0, 0, 96), plain("fd_prestat_get", 64), plain("fd_prestat_dir_name", 64, 10), plain("fd_pwrite", 64, 0, 0, 96), plain("fd_read", 64, 0, 96),
          plain("fd_readdir", 64, 10, 0, 96), plain("fd_renumber", 3), plain("fd_seek", 0, 0, 64), plain("fd_sync"), plain("fd_tell", 64), plain("fd_write", 64, 0, 96),
          with_path("path_create_directory"), plain("path_filestat_get", 0, 64, 1, 96), plain("path_filestat_set_times", 0, 64, 1, 0, 0, 0),
          plain("path_link", 0, 64, 1, 3, 64, 1), plain("path_open", 0, 64, 1, 0, 0, 0, 0, 96), with_path("path_readlink", 96, 10, 128), with_path("path_remove_directory"),
          plain("path_rename", 64, 1, 3, 64, 1), with_path("path_unlink_file"), plain("sock_accept", 0, 64), plain("sock_recv", 64, 0, 0, 96, 100), plain("sock_send", 64, 0, 0, 96),
          plain("sock_shutdown", 3),
          {"path_link to", badf, [fd](Guest& guest) { return guest.link(0, "x", "y", fd); }},
          {"path_rename to", badf, [fd](Guest& guest) { return guest.rename("x", "y", fd); }},
          {"path_symlink", badf, [fd](Guest& guest) { return guest.call("path_symlink", guest.put("t"), 1, fd, guest.put("n"), 1); }},
          {"fd_renumber to", badf, [fd](Guest& guest) { return guest.call("fd_renumber", 3, fd); }}};
}

TEST_F(Pointers, A_descriptor_that_is_not_open_is_bad) {
  for (const std::uint32_t fd : {0u, 2u, 4u, 1023u, 1024u, 0x7fffffffu, 0xffffffffu}) {
    for (const Row& row : closed(fd)) EXPECT_EQ(row.call(guest), row.result) << row.function << " " << fd;
  }
}

TEST_F(Pointers, A_right_that_was_given_up_is_missed) {
  write_file(folder / "x", "text");
  struct Case {
    const char* name;
    int bit;
    int result;
    std::function<int(Guest&, std::uint32_t)> call;
  };
  // On a file.
  const Case files[] = {
      {"fd_datasync", 0, notcapable, [](Guest& g, std::uint32_t fd) { return g.call("fd_datasync", fd); }},
      {"fd_read", 1, badf, [](Guest& g, std::uint32_t fd) { return g.call("fd_read", fd, 64, 0, 96); }},
      {"fd_pread", 1, badf, [](Guest& g, std::uint32_t fd) { return g.call("fd_pread", fd, 64, 0, 0, 96); }},
      {"fd_seek", 2, notcapable, [](Guest& g, std::uint32_t fd) { return g.call("fd_seek", fd, 1, 0, 64); }},
      {"fd_fdstat_set_flags", 3, notcapable, [](Guest& g, std::uint32_t fd) { return g.call("fd_fdstat_set_flags", fd, 0); }},
      {"fd_sync", 4, notcapable, [](Guest& g, std::uint32_t fd) { return g.call("fd_sync", fd); }},
      {"fd_tell", 5, notcapable, [](Guest& g, std::uint32_t fd) { return g.call("fd_tell", fd, 64); }},
      {"fd_write", 6, badf, [](Guest& g, std::uint32_t fd) { return g.call("fd_write", fd, 64, 0, 96); }},
      {"fd_pwrite", 6, badf, [](Guest& g, std::uint32_t fd) { return g.call("fd_pwrite", fd, 64, 0, 0, 96); }},
      {"fd_advise", 7, notcapable, [](Guest& g, std::uint32_t fd) { return g.call("fd_advise", fd, 0, 0, 0); }},
      {"fd_allocate", 8, notcapable, [](Guest& g, std::uint32_t fd) { return g.call("fd_allocate", fd, 0, 1); }},
      {"fd_filestat_get", 21, notcapable, [](Guest& g, std::uint32_t fd) { return g.call("fd_filestat_get", fd, 128); }},
      {"fd_filestat_set_size", 22, notcapable, [](Guest& g, std::uint32_t fd) { return g.call("fd_filestat_set_size", fd, 4); }},
      {"fd_filestat_set_times", 23, notcapable, [](Guest& g, std::uint32_t fd) { return g.call("fd_filestat_set_times", fd, 0, 0, 0); }}};
  for (const Case& one : files) {
    std::uint32_t fd = 0;
    ASSERT_EQ(guest.open(3, "x", fd), ok);
    EXPECT_EQ(one.call(guest, fd), ok) << one.name;
    guest.drop(fd, right(one.bit));
    EXPECT_EQ(one.call(guest, fd), one.result) << one.name;
    EXPECT_EQ(guest.call("fd_close", fd), ok);
  }
  // On a directory.
  const auto path = [](const char* name, auto... rest) { return [=](Guest& g, std::uint32_t fd) { return g.path(name, fd, "x", rest...); }; };
  const Case directories[] = {
      {"path_create_directory", 9, notcapable, path("path_create_directory")},
      {"path_open creating", 10, notcapable, [](Guest& g, std::uint32_t fd) { return g.open(fd, "y", fd, {.oflags = 1}); }},
      {"path_link from", 11, notcapable, [](Guest& g, std::uint32_t fd) { return g.call("path_link", fd, 0, g.put("x"), 1, 3, g.put("y"), 1); }},
      {"path_link to", 12, notcapable, [](Guest& g, std::uint32_t fd) { return g.link(0, "x", "y", fd); }},
      {"path_open", 13, notcapable, [](Guest& g, std::uint32_t fd) { return g.open(fd, "x", fd); }},
      {"fd_readdir", 14, notcapable, [](Guest& g, std::uint32_t fd) { return g.call("fd_readdir", fd, 256, 100, 0, 96); }},
      {"path_readlink", 15, notcapable, path("path_readlink", 256, 10, 96)},
      {"path_rename from", 16, notcapable, [](Guest& g, std::uint32_t fd) { return g.call("path_rename", fd, g.put("x"), 1, 3, g.put("y"), 1); }},
      {"path_rename to", 17, notcapable, [](Guest& g, std::uint32_t fd) { return g.rename("x", "y", fd); }},
      {"path_filestat_get", 18, notcapable, [](Guest& g, std::uint32_t fd) { return g.call("path_filestat_get", fd, 0, g.put("x"), 1, 256); }},
      {"path_open truncating", 19, notcapable, [](Guest& g, std::uint32_t fd) { return g.open(fd, "x", fd, {.oflags = 8}); }},
      {"path_filestat_set_times", 20, notcapable, [](Guest& g, std::uint32_t fd) { return g.call("path_filestat_set_times", fd, 0, g.put("x"), 1, 0, 0, 0); }},
      {"path_symlink", 24, notcapable, [](Guest& g, std::uint32_t fd) { return g.call("path_symlink", g.put("x"), 1, fd, g.put("s"), 1); }},
      {"path_remove_directory", 25, notcapable, path("path_remove_directory")},
      {"path_unlink_file", 26, notcapable, path("path_unlink_file")}};
  for (const Case& one : directories) {
    std::uint32_t fd = 0;
    ASSERT_EQ(guest.open_directory(3, ".", fd), ok) << one.name;
    guest.drop(fd, right(one.bit));
    EXPECT_EQ(one.call(guest, fd), one.result) << one.name;
    EXPECT_EQ(guest.call("fd_close", fd), ok);
    guest.forget();
  }
  EXPECT_EQ(file_text(folder / "x"), "text");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()), 1);
}

TEST_F(Pointers, A_pointer_out_of_memory_is_a_fault_and_nothing_happens) {
  write_file(folder / "x", "text");
  fs::create_symlink("x", folder / "s");
  std::uint32_t fd = 0, directory = 0;
  ASSERT_EQ(guest.open(3, "x", fd), ok);
  ASSERT_EQ(guest.open_directory(3, ".", directory), ok);
  const std::uint32_t name = guest.put("x"), link = guest.put("s"), fresh = guest.put("new"), buffer = guest.room(16), out = guest.room(64);
  const std::uint32_t good = guest.vector(buffer, 16), bad = guest.vector(out_of - 8, 9), wraps = guest.vector(0xffffffff, 0xffffffff);
  const std::uint32_t clock = guest.room(48);
  struct Call {
    const char* what;
    int result;
  };
  const Call calls[] = {
      {"args_sizes_get", guest.call("args_sizes_get", out_of, out)}, {"args_sizes_get 2", guest.call("args_sizes_get", out, out_of - 3)},
      {"environ_sizes_get", guest.call("environ_sizes_get", 0xffffffff, out)}, {"environ_sizes_get 2", guest.call("environ_sizes_get", out, out_of)},
      {"clock_res_get", guest.call("clock_res_get", 0, out_of - 7)}, {"clock_time_get", guest.call("clock_time_get", 0, 0, 0xfffffffc)},
      {"fd_fdstat_get", guest.call("fd_fdstat_get", fd, out_of - 23)}, {"fd_filestat_get", guest.call("fd_filestat_get", fd, out_of - 63)},
      {"fd_pread list", guest.call("fd_pread", fd, out_of - 7, 1, 0, out)}, {"fd_pread buffer", guest.call("fd_pread", fd, bad, 1, 0, out)},
      {"fd_pread wraps", guest.call("fd_pread", fd, wraps, 1, 0, out)}, {"fd_pread count", guest.call("fd_pread", fd, good, 1, 0, out_of - 3)},
      {"fd_pread huge list", guest.call("fd_pread", fd, out_of - 16, 1024, 0, out)},
      {"fd_prestat_get", guest.call("fd_prestat_get", 3, out_of - 7)}, {"fd_prestat_dir_name", guest.call("fd_prestat_dir_name", 3, out_of - 4, 5)},
      {"fd_pwrite list", guest.call("fd_pwrite", fd, out_of, 1, 0, out)}, {"fd_pwrite buffer", guest.call("fd_pwrite", fd, bad, 1, 0, out)},
      {"fd_pwrite count", guest.call("fd_pwrite", fd, good, 1, 0, out_of)}, {"fd_read list", guest.call("fd_read", fd, 0xfffffff8, 1, out)},
      {"fd_read buffer", guest.call("fd_read", fd, wraps, 1, out)}, {"fd_read count", guest.call("fd_read", fd, good, 1, out_of - 3)},
      {"fd_readdir buffer", guest.call("fd_readdir", directory, out_of - 10, 11, 0, out)}, {"fd_readdir huge", guest.call("fd_readdir", directory, 0, 0xffffffff, 0, out)},
      {"fd_readdir count", guest.call("fd_readdir", directory, buffer, 16, 0, out_of)}, {"fd_seek", guest.call("fd_seek", fd, 1, 0, out_of - 7)},
      {"fd_tell", guest.call("fd_tell", fd, 0xffffffff)}, {"fd_write list", guest.call("fd_write", fd, out_of - 7, 1, out)}, {"fd_write buffer", guest.call("fd_write", fd, bad, 1, out)},
      {"fd_write count", guest.call("fd_write", fd, good, 1, out_of - 3)}, {"path_create_directory", guest.call("path_create_directory", 3, out_of - 1, 2)},
      {"path_create_directory wraps", guest.call("path_create_directory", 3, 0xffffffff, 0xffffffff)},
      {"path_filestat_get name", guest.call("path_filestat_get", 3, 0, out_of, 1, out)}, {"path_filestat_get", guest.call("path_filestat_get", 3, 0, name, 1, out_of - 63)},
      {"path_filestat_set_times", guest.call("path_filestat_set_times", 3, 0, out_of, 1, 0, 0, 5)}, {"path_link from", guest.call("path_link", 3, 0, out_of, 1, 3, fresh, 3)},
      {"path_link to", guest.call("path_link", 3, 0, name, 1, 3, out_of, 3)}, {"path_open name", guest.call("path_open", 3, 0, out_of, 1, 1, 0, 0, 0, out)},
      {"path_open fd", guest.call("path_open", 3, 0, fresh, 3, 1, 0, 0, 0, out_of - 3)}, {"path_readlink name", guest.call("path_readlink", 3, out_of, 1, buffer, 16, out)},
      {"path_readlink buffer", guest.call("path_readlink", 3, link, 1, out_of - 1, 2, out)}, {"path_readlink count", guest.call("path_readlink", 3, link, 1, buffer, 16, out_of)},
      {"path_remove_directory", guest.call("path_remove_directory", 3, out_of, 1)}, {"path_rename from", guest.call("path_rename", 3, out_of, 1, 3, fresh, 3)},
      {"path_rename to", guest.call("path_rename", 3, name, 1, 3, out_of, 1)}, {"path_symlink target", guest.call("path_symlink", out_of, 1, 3, fresh, 3)},
      {"path_symlink name", guest.call("path_symlink", name, 1, 3, out_of, 1)}, {"path_unlink_file", guest.call("path_unlink_file", 3, out_of, 1)},
      {"poll_oneoff in", guest.call("poll_oneoff", out_of - 47, out, 1, buffer)}, {"poll_oneoff out", guest.call("poll_oneoff", clock, out_of - 31, 1, buffer)},
      {"poll_oneoff count", guest.call("poll_oneoff", clock, out, 1, out_of - 3)}, {"poll_oneoff many", guest.call("poll_oneoff", out_of - 48, out, 4096, buffer)},
      {"random_get", guest.call("random_get", out_of - 3, 4)}};
  for (const Call& one : calls) EXPECT_EQ(one.result, fault) << one.what;
  EXPECT_EQ(file_text(folder / "x"), "text");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()), 2);
  // No position moved, and no descriptor was opened.
  ASSERT_EQ(guest.call("fd_tell", fd, out), ok);
  EXPECT_EQ(guest.at<std::uint64_t>(out), 0u);
  EXPECT_EQ(guest.call("fd_fdstat_get", directory + 1, out), badf);
}

TEST_F(Pointers, Arguments_behind_the_end_of_memory_are_a_fault) {
  host::wasi::Grants grants;
  grants.arguments = {"name"};
  grants.environment = {"A=B"};
  Guest other(std::move(grants));
  const std::uint32_t out = other.room(64);
  for (const char* name : {"args_get", "environ_get"}) {
    EXPECT_EQ(other.call(name, out_of - 3, out), fault);
    EXPECT_EQ(other.call(name, out, out_of - 3), fault);
    EXPECT_EQ(other.at<std::uint32_t>(out), 0u) << "nothing is written when not all can be";
  }
}

TEST_F(Pointers, An_empty_buffer_may_point_anywhere) {
  write_file(folder / "x", "text");
  std::uint32_t fd = 0;
  ASSERT_EQ(guest.open(3, "x", fd), ok);
  const std::uint32_t list = guest.vector(0xffffffff, 0), out = guest.room(4);
  EXPECT_EQ(guest.call("fd_read", fd, list, 1, out), ok);
  EXPECT_EQ(guest.call("fd_write", fd, list, 1, out), ok);
  EXPECT_EQ(guest.at<std::uint32_t>(out), 0u);
}

TEST_F(Pointers, More_buffers_than_the_system_takes_are_refused) {
  write_file(folder / "x", "text");
  std::uint32_t fd = 0;
  ASSERT_EQ(guest.open(3, "x", fd), ok);
  const std::uint32_t list = guest.room(1025 * 8), out = guest.room(4);
  EXPECT_EQ(guest.call("fd_read", fd, list, 1024, out), ok);
  EXPECT_EQ(guest.call("fd_read", fd, list, 1025, out), inval);
  EXPECT_EQ(guest.call("fd_write", fd, list, 0xffffffff, out), inval);
  EXPECT_EQ(guest.call("fd_pread", fd, list, 0x20000001, 0, out), inval) << "times eight it is eight";
}

}  // namespace
}  // namespace ingot::test
