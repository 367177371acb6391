// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <thread>

#include "guest.hpp"
#include "host/wasi/owned_fd.hpp"

namespace ingot::test {
namespace {

using host::wasi::OwnedFd;

class Transfer : public WasiTest {
 protected:
  /// Two buffers in one list: of 3 and of 5 bytes.
  std::uint32_t two_buffers(std::uint32_t first, std::uint32_t second) {
    const std::uint32_t list = guest.room(16);
    guest.set(list, first);
    guest.set(list + 4, 3u);
    guest.set(list + 8, second);
    guest.set(list + 12, 5u);
    return list;
  }
};

TEST_F(Transfer, Reads_fill_the_buffers_in_order) {
  write_file(folder / "file", "abcdefghijk");
  std::uint32_t fd = 0;
  ASSERT_EQ(guest.open(3, "file", fd), ok);
  const std::uint32_t first = guest.room(3), second = guest.room(5), count = guest.room(4);
  const std::uint32_t list = two_buffers(first, second);
  ASSERT_EQ(guest.call("fd_read", fd, list, 2, count), ok);
  EXPECT_EQ(guest.at<std::uint32_t>(count), 8u);
  EXPECT_EQ(guest.text(first, 3) + guest.text(second, 5), "abcdefgh");
  ASSERT_EQ(guest.call("fd_read", fd, list, 2, count), ok);
  EXPECT_EQ(guest.at<std::uint32_t>(count), 3u);
  EXPECT_EQ(guest.text(first, 3), "ijk");
  ASSERT_EQ(guest.call("fd_read", fd, list, 2, count), ok);
  EXPECT_EQ(guest.at<std::uint32_t>(count), 0u) << "the end";
  ASSERT_EQ(guest.call("fd_pread", fd, list, 2, 9, count), ok);
  EXPECT_EQ(guest.at<std::uint32_t>(count), 2u);
  EXPECT_EQ(guest.text(first, 2), "jk");
  ASSERT_EQ(guest.call("fd_pread", fd, list, 2, 11, count), ok);
  EXPECT_EQ(guest.at<std::uint32_t>(count), 0u);
  EXPECT_EQ(guest.call("fd_pread", fd, list, 2, ~std::uint64_t{0}, count), inval);
}

TEST_F(Transfer, Writes_take_the_buffers_in_order) {
  std::uint32_t fd = 0;
  ASSERT_EQ(guest.open(3, "file", fd, {.oflags = 1}), ok);
  const std::uint32_t count = guest.room(4);
  const std::uint32_t list = two_buffers(guest.put("abc"), guest.put("defgh"));
  ASSERT_EQ(guest.call("fd_write", fd, list, 2, count), ok);
  EXPECT_EQ(guest.at<std::uint32_t>(count), 8u);
  EXPECT_EQ(file_text(folder / "file"), "abcdefgh");
  ASSERT_EQ(guest.call("fd_pwrite", fd, list, 2, 10, count), ok);
  EXPECT_EQ(file_text(folder / "file"), std::string("abcdefgh\0\0abcdefgh", 18));
  EXPECT_EQ(guest.call("fd_pwrite", fd, list, 2, ~std::uint64_t{0}, count), inval);
  ASSERT_EQ(guest.write(fd, "!"), ok);
  EXPECT_EQ(file_text(folder / "file"), std::string("abcdefgh!\0abcdefgh", 18)) << "pwrite moved no position";
}

TEST_F(Transfer, Directories_have_no_content) {
  const std::uint32_t list = guest.vector(guest.room(8), 8), count = guest.room(4);
  EXPECT_EQ(guest.call("fd_read", 3, list, 1, count), isdir);
  EXPECT_EQ(guest.call("fd_pread", 3, list, 1, 0, count), isdir);
  EXPECT_EQ(guest.call("fd_write", 3, list, 1, count), isdir);
  EXPECT_EQ(guest.call("fd_pwrite", 3, list, 1, 0, count), isdir);
}

TEST_F(Transfer, A_file_grows_no_further_than_its_offset_can_count) {
  std::uint32_t fd = 0;
  ASSERT_EQ(guest.open(3, "file", fd, {.oflags = 1}), ok);
  const std::uint32_t list = guest.vector(guest.put("x"), 1), count = guest.room(4);
  const int error = guest.call("fd_pwrite", fd, list, 1, INT64_MAX, count);
  EXPECT_TRUE(error == fbig || error == inval) << error;
}

// ---- streams: what the guest's standard streams are most of the time ----

struct Pipe {
  Pipe() {
    int ends[2];
    EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
    reader = OwnedFd(ends[0]);
    writer = OwnedFd(ends[1]);
  }
  OwnedFd reader, writer;
};

host::wasi::Grants streams(int in, int out) {
  host::wasi::Grants grants;
  grants.standard_input = in;
  grants.standard_output = out;
  return grants;
}

TEST(Streams, What_was_not_granted_is_closed) {
  Guest guest(streams(-1, -1));
  std::string text;
  EXPECT_EQ(guest.read(0, text), badf);
  EXPECT_EQ(guest.write(1, "x"), badf);
  EXPECT_EQ(guest.write(2, "x"), badf);
}

TEST(Streams, A_pipe_gives_what_there_is_and_then_its_end) {
  Pipe pipe;
  Guest guest(streams(pipe.reader.get(), -1));
  ASSERT_EQ(::write(pipe.writer.get(), "hello", 5), 5);
  std::string text;
  ASSERT_EQ(guest.read(0, text), ok);
  EXPECT_EQ(text, "hello");
  pipe.writer = OwnedFd();
  ASSERT_EQ(guest.read(0, text), ok);
  EXPECT_EQ(text, "");
  const std::uint32_t out = guest.room(64), list = guest.vector(guest.room(8), 8);
  EXPECT_EQ(guest.call("fd_seek", 0, 1, 0, out), spipe);
  EXPECT_EQ(guest.call("fd_tell", 0, out), spipe);
  EXPECT_EQ(guest.call("fd_pread", 0, list, 1, 0, out), spipe);
  EXPECT_EQ(guest.write(0, "x"), badf) << "standard input is for reading";
  EXPECT_EQ(guest.call("fd_fdstat_set_flags", 0, 1), notsup) << "the pipe's other users would notice";
}

TEST(Streams, A_read_waits_for_the_other_side) {
  Pipe pipe;
  Guest guest(streams(pipe.reader.get(), -1));
  std::thread other([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    EXPECT_EQ(::write(pipe.writer.get(), "late", 4), 4);
  });
  std::string text;
  EXPECT_EQ(guest.read(0, text), ok);
  EXPECT_EQ(text, "late");
  other.join();
}

TEST(Streams, One_that_shall_not_wait_says_again) {
  Pipe in, out;
  Guest guest(streams(in.reader.get(), out.writer.get()));
  ASSERT_EQ(guest.call("fd_fdstat_set_flags", 0, 4), ok);
  ASSERT_EQ(guest.call("fd_fdstat_set_flags", 1, 4), ok);
  EXPECT_EQ(fcntl(in.reader.get(), F_GETFL) & O_NONBLOCK, 0) << "ours alone";
  std::string text;
  EXPECT_EQ(guest.read(0, text), again);
  std::uint32_t written = 0;
  ASSERT_EQ(guest.write(1, std::string(200'000, 'x'), &written), ok);
  EXPECT_GT(written, 0u);
  EXPECT_LT(written, 200'000u);
  guest.forget();
  EXPECT_EQ(guest.write(1, std::string(100'000, 'x')), again);
}

TEST(Streams, A_write_waits_until_all_of_it_is_taken) {
  Pipe pipe;
  Guest guest(streams(-1, pipe.writer.get()));
  std::string taken;
  std::thread other([&] {
    char buffer[10'000];
    while (taken.size() < 300'000) {
      const ssize_t got = ::read(pipe.reader.get(), buffer, sizeof buffer);
      if (got <= 0) break;
      taken.append(buffer, static_cast<std::size_t>(got));
    }
  });
  std::string text(300'000, '\0');
  for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(i * 7);
  std::uint32_t written = 0;
  EXPECT_EQ(guest.write(1, text, &written), ok);
  EXPECT_EQ(written, 300'000u);
  other.join();
  EXPECT_EQ(taken, text);
}

TEST(Streams, A_pipe_that_nobody_reads_is_broken) {
  signal(SIGPIPE, SIG_IGN);  // as every program of ours does
  Pipe pipe;
  Guest guest(streams(-1, pipe.writer.get()));
  pipe.reader = OwnedFd();
  EXPECT_EQ(guest.write(1, "x"), E::pipe);
}

TEST(Streams, A_full_device_says_so) {
  const OwnedFd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  ASSERT_TRUE(full.valid());
  Guest guest(streams(-1, full.get()));
  EXPECT_EQ(guest.write(1, "x"), nospc);
}

TEST(Streams, Only_a_terminal_is_taken_for_one) {
  const OwnedFd terminal(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  ASSERT_TRUE(terminal.valid() && grantpt(terminal.get()) == 0 && unlockpt(terminal.get()) == 0);
  const OwnedFd other(::open(ptsname(terminal.get()), O_RDWR | O_NOCTTY | O_CLOEXEC));
  const OwnedFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  Guest guest(streams(other.get(), null.get()));
  const std::uint32_t out = guest.room(24);
  // wasi-libc: a character device that can neither seek nor tell.
  ASSERT_EQ(guest.call("fd_fdstat_get", 0, out), ok);
  EXPECT_EQ(guest.at<std::uint8_t>(out), 2u);
  EXPECT_EQ(guest.at<std::uint64_t>(out + 8) & (right(2) | right(5)), 0u);
  ASSERT_EQ(guest.call("fd_fdstat_get", 1, out), ok);
  EXPECT_EQ(guest.at<std::uint8_t>(out), 2u);
  EXPECT_NE(guest.at<std::uint64_t>(out + 8) & (right(2) | right(5)), 0u);
  ASSERT_EQ(::write(terminal.get(), "typed\n", 6), 6);
  std::string text;
  EXPECT_EQ(guest.read(0, text), ok);
  EXPECT_EQ(text, "typed\n");
}

TEST_F(Transfer, A_named_pipe_holds_nobody_up_when_it_is_opened) {
  ASSERT_EQ(mkfifo((folder / "fifo").c_str(), 0600), 0);
  std::uint32_t fd = 0;
  EXPECT_EQ(guest.open(3, "fifo", fd, {.base = right(6)}), nxio) << "nobody reads";
  ASSERT_EQ(guest.open(3, "fifo", fd, {.base = right(1) | right(3)}), ok);
  std::string text;
  ASSERT_EQ(guest.read(fd, text), ok);
  EXPECT_EQ(text, "") << "nobody writes";
  const OwnedFd writer(::open((folder / "fifo").c_str(), O_WRONLY | O_CLOEXEC));
  ASSERT_EQ(guest.call("fd_fdstat_set_flags", fd, 4), ok);
  EXPECT_EQ(guest.read(fd, text), again);
  ASSERT_EQ(::write(writer.get(), "x", 1), 1);
  ASSERT_EQ(guest.read(fd, text), ok);
  EXPECT_EQ(text, "x");
}

}  // namespace
}  // namespace ingot::test
