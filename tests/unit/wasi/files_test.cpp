// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "guest.hpp"

namespace ingot::test {
namespace {

class Files : public WasiTest {
 protected:
  void SetUp() override {
    write_file(folder / "file", "0123456789");
    ASSERT_EQ(guest.open(3, "file", fd), ok);
  }
  std::uint64_t position() {
    const std::uint32_t out = guest.room(8);
    EXPECT_EQ(guest.call("fd_tell", fd, out), ok);
    return guest.at<std::uint64_t>(out);
  }
  std::uint32_t fd = 0;
};

TEST_F(Files, Numbers_are_the_lowest_free_ones) {
  EXPECT_EQ(fd, 0u);
  std::uint32_t next = 0;
  ASSERT_EQ(guest.open(3, "file", next), ok);
  EXPECT_EQ(next, 1u);
  EXPECT_EQ(guest.call("fd_close", 0), ok);
  EXPECT_EQ(guest.call("fd_close", 0), badf);
  ASSERT_EQ(guest.open(3, "file", next), ok);
  EXPECT_EQ(next, 0u);
}

TEST_F(Files, A_guest_has_so_many_descriptors_and_no_more) {
  // The process's own limit may be lower; either way the guest is told that it has too many.
  int error = ok;
  std::uint32_t opened = 0;
  for (std::uint32_t last = 0; error == ok && opened < 5000; ++opened) {
    error = guest.open(3, "file", last);
    guest.forget();
  }
  EXPECT_EQ(error, mfile);
  EXPECT_LE(opened, 1024u);
  EXPECT_EQ(guest.call("fd_close", 0), ok);
  EXPECT_EQ(guest.open(3, "file", fd), ok);
}

TEST_F(Files, Granted_directories_are_found_by_asking) {
  const std::uint32_t out = guest.room(8), name = guest.room(8);
  ASSERT_EQ(guest.call("fd_prestat_get", 3, out), ok);
  EXPECT_EQ(guest.at<std::uint32_t>(out), 0u);
  EXPECT_EQ(guest.at<std::uint32_t>(out + 4), 5u);
  EXPECT_EQ(guest.call("fd_prestat_dir_name", 3, name, 4), nametoolong);
  ASSERT_EQ(guest.call("fd_prestat_dir_name", 3, name, 5), ok);
  EXPECT_EQ(guest.text(name, 8), std::string("/work\0\0\0", 8)) << "no NUL of ours behind it";
  EXPECT_EQ(guest.call("fd_prestat_dir_name", 3, name, 8), ok);
  EXPECT_EQ(guest.call("fd_prestat_get", 4, out), badf);
  EXPECT_EQ(guest.call("fd_prestat_get", fd, out), badf) << "open, but not granted";
  EXPECT_EQ(guest.call("fd_prestat_dir_name", fd, name, 8), badf);
}

TEST_F(Files, Fdstat_has_the_specified_layout) {
  const std::uint32_t out = guest.room(24);
  ASSERT_EQ(guest.call("fd_fdstat_get", fd, out), ok);
  EXPECT_EQ(guest.at<std::uint8_t>(out), 4u);
  EXPECT_EQ(guest.at<std::uint16_t>(out + 2), 0u);
  EXPECT_EQ(guest.at<std::uint64_t>(out + 8), rights_of_files);
  EXPECT_EQ(guest.at<std::uint64_t>(out + 16), 0u);
  ASSERT_EQ(guest.call("fd_fdstat_get", 3, out), ok);
  EXPECT_EQ(guest.at<std::uint8_t>(out), 3u);
  EXPECT_EQ(guest.at<std::uint64_t>(out + 8), rights_of_directories);
  EXPECT_EQ(guest.at<std::uint64_t>(out + 16), rights_of_directories | rights_of_files);
}

TEST_F(Files, Rights_only_become_fewer) {
  const std::uint32_t out = guest.room(24);
  ASSERT_EQ(guest.call("fd_fdstat_set_rights", fd, right(1) | right(5), 0), ok);
  ASSERT_EQ(guest.call("fd_fdstat_get", fd, out), ok);
  EXPECT_EQ(guest.at<std::uint64_t>(out + 8), right(1) | right(5));
  EXPECT_EQ(guest.call("fd_fdstat_set_rights", fd, right(1) | right(6), 0), notcapable);
  EXPECT_EQ(guest.call("fd_fdstat_set_rights", fd, right(1), right(1)), notcapable);
  EXPECT_EQ(guest.call("fd_fdstat_set_rights", fd, right(63), 0), notcapable);
  ASSERT_EQ(guest.call("fd_fdstat_get", fd, out), ok);
  EXPECT_EQ(guest.at<std::uint64_t>(out + 8), right(1) | right(5));
}

TEST_F(Files, Flags_that_can_change_do_and_others_are_refused) {
  const std::uint32_t out = guest.room(24);
  ASSERT_EQ(guest.call("fd_fdstat_set_flags", fd, 1 | 4), ok);
  ASSERT_EQ(guest.call("fd_fdstat_get", fd, out), ok);
  EXPECT_EQ(guest.at<std::uint16_t>(out + 2), 5u);
  ASSERT_EQ(guest.write(fd, "ab"), ok);
  EXPECT_EQ(file_text(folder / "file"), "0123456789ab");
  ASSERT_EQ(guest.call("fd_fdstat_set_flags", fd, 0), ok);
  ASSERT_EQ(guest.call("fd_seek", fd, 0, 0, out), ok);
  ASSERT_EQ(guest.write(fd, "xy"), ok);
  EXPECT_EQ(file_text(folder / "file"), "xy23456789ab");
  for (const std::uint32_t flags : {2u, 8u, 16u, 32u, 0x80000000u}) EXPECT_EQ(guest.call("fd_fdstat_set_flags", fd, flags), inval) << flags;
}

TEST_F(Files, Filestat_is_what_the_host_says) {
  const std::uint32_t out = guest.room(64);
  ASSERT_EQ(guest.call("fd_filestat_get", fd, out), ok);
  struct stat host {};
  ASSERT_EQ(::stat((folder / "file").c_str(), &host), 0);
  const auto ns = [](const timespec& time) { return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(time.tv_nsec); };
  EXPECT_EQ(guest.at<std::uint64_t>(out), host.st_dev);
  EXPECT_EQ(guest.at<std::uint64_t>(out + 8), host.st_ino);
  EXPECT_EQ(guest.at<std::uint64_t>(out + 16), 4u);
  EXPECT_EQ(guest.at<std::uint64_t>(out + 24), 1u);
  EXPECT_EQ(guest.at<std::uint64_t>(out + 32), 10u);
  EXPECT_EQ(guest.at<std::uint64_t>(out + 40), ns(host.st_atim));
  EXPECT_EQ(guest.at<std::uint64_t>(out + 48), ns(host.st_mtim));
  EXPECT_EQ(guest.at<std::uint64_t>(out + 56), ns(host.st_ctim));
}

TEST_F(Files, Size_can_be_set) {
  ASSERT_EQ(guest.call("fd_filestat_set_size", fd, 3), ok);
  EXPECT_EQ(file_text(folder / "file"), "012");
  ASSERT_EQ(guest.call("fd_filestat_set_size", fd, 5), ok);
  EXPECT_EQ(file_text(folder / "file"), std::string("012\0\0", 5));
  EXPECT_EQ(guest.call("fd_filestat_set_size", fd, ~std::uint64_t{0}), inval);
  const int too_large = guest.call("fd_filestat_set_size", fd, INT64_MAX);
  EXPECT_TRUE(too_large == fbig || too_large == inval) << too_large;
  EXPECT_EQ(fs::file_size(folder / "file"), 5u);
}

TEST_F(Files, Space_can_be_allocated) {
  const int error = guest.call("fd_allocate", fd, 5, 20);
  if (error != notsup) {
    EXPECT_EQ(error, ok);
    EXPECT_EQ(fs::file_size(folder / "file"), 25u);
  }
  EXPECT_EQ(guest.call("fd_allocate", fd, 0, 0), inval);
  EXPECT_EQ(guest.call("fd_allocate", fd, ~std::uint64_t{0}, 1), inval);
  EXPECT_EQ(guest.call("fd_allocate", fd, 0, ~std::uint64_t{0}), inval);
  if (error != notsup) {
    EXPECT_EQ(guest.call("fd_allocate", fd, INT64_MAX, INT64_MAX), fbig);
  }
}

TEST_F(Files, Times_can_be_set_to_the_nanosecond) {
  const auto times = [&] {
    struct stat host {};
    ::stat((folder / "file").c_str(), &host);
    return std::pair{host.st_atim, host.st_mtim};
  };
  ASSERT_EQ(guest.call("fd_filestat_set_times", fd, 1'000'000'007, 2'500'000'009, 1 | 4), ok);
  EXPECT_EQ(times().first.tv_sec, 1);
  EXPECT_EQ(times().first.tv_nsec, 7);
  EXPECT_EQ(times().second.tv_sec, 2);
  EXPECT_EQ(times().second.tv_nsec, 500'000'009);
  ASSERT_EQ(guest.call("fd_filestat_set_times", fd, 5, 9, 4), ok);
  EXPECT_EQ(times().first.tv_nsec, 7) << "not asked for";
  EXPECT_EQ(times().second.tv_nsec, 9);
  ASSERT_EQ(guest.call("fd_filestat_set_times", fd, 0, 0, 2 | 8), ok);
  EXPECT_NEAR(static_cast<double>(times().first.tv_sec), static_cast<double>(time(nullptr)), 60);
  EXPECT_NEAR(static_cast<double>(times().second.tv_sec), static_cast<double>(time(nullptr)), 60);
  for (const std::uint32_t flags : {3u, 12u, 15u, 16u, 0x80000001u}) EXPECT_EQ(guest.call("fd_filestat_set_times", fd, 0, 0, flags), inval) << flags;
}

TEST_F(Files, Advice_is_taken_or_refused_by_its_words) {
  for (std::uint32_t advice = 0; advice < 6; ++advice) EXPECT_EQ(guest.call("fd_advise", fd, 0, 10, advice), ok) << advice;
  EXPECT_EQ(guest.call("fd_advise", fd, 0, 10, 6), inval);
  EXPECT_EQ(guest.call("fd_advise", fd, INT64_MAX, 1, 0), inval);
  EXPECT_EQ(guest.call("fd_advise", fd, ~std::uint64_t{0}, 0, 0), inval);
  EXPECT_EQ(guest.call("fd_advise", fd, 1, ~std::uint64_t{0}, 0), inval);
  EXPECT_EQ(guest.call("fd_advise", 3, 0, 0, 0), badf) << "a directory";
}

TEST_F(Files, Sync_reaches_files_and_directories) {
  EXPECT_EQ(guest.call("fd_sync", fd), ok);
  EXPECT_EQ(guest.call("fd_datasync", fd), ok);
  EXPECT_EQ(guest.call("fd_sync", 3), ok);
  EXPECT_EQ(guest.call("fd_datasync", 3), ok);
}

TEST_F(Files, Seek_counts_from_the_beginning_the_position_and_the_end) {
  const std::uint32_t out = guest.room(8);
  const auto seek = [&](std::int64_t offset, std::uint32_t whence) { return guest.call("fd_seek", fd, offset, whence, out); };
  ASSERT_EQ(seek(4, 0), ok);
  EXPECT_EQ(guest.at<std::uint64_t>(out), 4u);
  ASSERT_EQ(seek(-1, 1), ok);
  EXPECT_EQ(position(), 3u);
  ASSERT_EQ(seek(-2, 2), ok);
  EXPECT_EQ(position(), 8u);
  ASSERT_EQ(seek(100, 2), ok);
  EXPECT_EQ(position(), 110u) << "behind the end is allowed";
  EXPECT_EQ(seek(-1, 0), inval);
  EXPECT_EQ(seek(-11, 2), inval);
  EXPECT_EQ(seek(0, 3), inval);
  EXPECT_EQ(seek(0, 0xffffffff), inval);
  EXPECT_EQ(position(), 110u);
}

TEST_F(Files, To_ask_where_one_stands_needs_only_the_right_to_tell) {
  const std::uint32_t out = guest.room(8);
  guest.drop(fd, right(2));
  EXPECT_EQ(guest.call("fd_seek", fd, 0, 1, out), ok);
  EXPECT_EQ(guest.call("fd_seek", fd, 1, 1, out), notcapable);
  EXPECT_EQ(guest.call("fd_seek", 3, 0, 1, out), notcapable) << "a directory has no position";
}

TEST_F(Files, Renumber_moves_a_descriptor_over_another) {
  std::uint32_t other = 0;
  write_file(folder / "other", "other");
  ASSERT_EQ(guest.open(3, "other", other), ok);
  std::string text;
  ASSERT_EQ(guest.call("fd_renumber", other, fd), ok);
  EXPECT_EQ(guest.read(other, text), badf);
  ASSERT_EQ(guest.read(fd, text), ok);
  EXPECT_EQ(text, "other");
  EXPECT_EQ(guest.call("fd_renumber", fd, fd), ok);
  EXPECT_EQ(guest.call("fd_renumber", fd, 500), badf);
  EXPECT_EQ(guest.call("fd_renumber", 500, fd), badf);
}

TEST_F(Files, A_granted_directory_can_be_closed_and_then_nothing_is_left) {
  ASSERT_EQ(guest.call("fd_close", 3), ok);
  EXPECT_EQ(guest.open(3, "file", fd), badf);
  const std::uint32_t out = guest.room(8);
  EXPECT_EQ(guest.call("fd_prestat_get", 3, out), badf);
}

TEST_F(Files, Of_a_read_only_directory_can_be_read_and_not_changed) {
  Guest reader(granted(folder.path(), true));
  std::uint32_t file = 0;
  std::string text;
  ASSERT_EQ(reader.open(3, "file", file, {.base = right(1) | right(21) | right(23) | right(8)}), rofs);
  ASSERT_EQ(reader.open(3, "file", file, {.base = right(1) | right(21) | right(23)}), ok);
  ASSERT_EQ(reader.read(file, text), ok);
  EXPECT_EQ(text, "0123456789");
  EXPECT_EQ(reader.call("fd_filestat_set_times", file, 0, 0, 1), rofs);
  EXPECT_EQ(reader.call("fd_filestat_set_times", 3, 0, 0, 1), rofs);
  EXPECT_EQ(reader.open(3, "file", file, {.base = right(6)}), rofs);
  EXPECT_EQ(reader.open(3, "file", file, {.oflags = 8, .base = right(1)}), rofs);
  EXPECT_EQ(reader.open(3, "new", file, {.oflags = 1, .base = right(1)}), rofs);
  EXPECT_EQ(reader.open(3, "file", file, {.oflags = 1, .base = right(1)}), ok) << "it is there already";
  EXPECT_EQ(reader.open(3, "file", file, {.oflags = 5, .base = right(1)}), exist);
  EXPECT_EQ(reader.path("path_create_directory", 3, "d"), rofs);
  EXPECT_EQ(reader.path("path_remove_directory", 3, "d"), rofs);
  EXPECT_EQ(reader.path("path_unlink_file", 3, "file"), rofs);
  EXPECT_EQ(reader.rename("file", "other"), rofs);
  EXPECT_EQ(reader.link(0, "file", "other"), rofs);
  EXPECT_EQ(reader.symlink("file", "other"), rofs);
  EXPECT_EQ(reader.call("path_filestat_set_times", 3, 0, reader.put("file"), 4, 0, 0, 1), rofs);
  std::uint32_t directory = 0;
  ASSERT_EQ(reader.open_directory(3, ".", directory), ok);
  EXPECT_EQ(reader.path("path_unlink_file", directory, "file"), rofs) << "what is beneath it is as it is";
  EXPECT_EQ(file_text(folder / "file"), "0123456789");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()), 1);
}

TEST_F(Files, Nothing_leads_from_a_read_only_directory_into_one_that_can_be_written) {
  host::wasi::Grants grants;
  Folder open_folder;
  grants.directories = {{folder.path().string(), "/ro", true}, {open_folder.path().string(), "/rw", false}};
  Guest both(std::move(grants));
  EXPECT_EQ(both.link(0, "file", "mine", 4), rofs);
  EXPECT_EQ(both.rename("file", "mine", 4), rofs);
  EXPECT_EQ(both.call("path_rename", 4, both.put("x"), 1, 3, both.put("y"), 1), rofs);
  EXPECT_TRUE(fs::is_empty(open_folder.path()));
  std::uint32_t directory = 0;
  EXPECT_EQ(both.open_directory(4, ".", directory), ok);
}

}  // namespace
}  // namespace ingot::test
