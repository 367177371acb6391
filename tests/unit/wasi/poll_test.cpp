// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <optional>
#include <thread>

#include "guest.hpp"
#include "host/wasi/owned_fd.hpp"
#include "sandbox/fault_handler.hpp"
#include "sandbox/fiber_loop.hpp"
#include "sandbox/watchdog.hpp"

namespace ingot::test {
namespace {

using namespace std::chrono_literals;
using host::wasi::OwnedFd;
using Now = std::chrono::steady_clock;

struct Event {
  std::uint64_t userdata;
  int error;
  int type;
  std::uint64_t bytes;
  int flags;
};

class Poll : public testing::Test {
 protected:
  Poll() {
    sandbox::install_fault_handler().value();
    sandbox::start_watchdog().value();
    int ends[2];
    EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
    reader = OwnedFd(ends[0]);
    writer = OwnedFd(ends[1]);
    host::wasi::Grants grants;
    grants.standard_input = reader.get();
    grants.standard_output = writer.get();
    grants.directories.push_back({folder.path().string(), "/", false});
    guest.emplace(std::move(grants));
    in = guest->room(48 * 8);
    out = guest->room(32 * 8);
    count = guest->room(4);
  }
  void clock(std::uint64_t userdata, std::uint32_t id, std::uint64_t timeout, bool absolute = false) {
    const std::uint32_t at = next();
    guest->set(at, userdata);
    guest->set(at + 8, std::uint8_t{0});
    guest->set(at + 16, id);
    guest->set(at + 24, timeout);
    guest->set(at + 40, std::uint16_t{absolute});
  }
  void file(std::uint64_t userdata, std::uint8_t type, std::uint32_t fd) {
    const std::uint32_t at = next();
    guest->set(at, userdata);
    guest->set(at + 8, type);
    guest->set(at + 16, fd);
  }
  std::uint32_t next() { return in + 48 * asked++; }
  int poll() { return guest->call("poll_oneoff", in, out, asked, count); }
  std::vector<Event> events() {
    EXPECT_EQ(poll(), ok);
    std::vector<Event> list;
    for (std::uint32_t i = 0; i < guest->at<std::uint32_t>(count); ++i) {
      const std::uint32_t at = out + 32 * i;
      list.push_back({guest->at<std::uint64_t>(at), guest->at<std::uint16_t>(at + 8), guest->at<std::uint8_t>(at + 10), guest->at<std::uint64_t>(at + 16), guest->at<std::uint16_t>(at + 24)});
    }
    asked = 0;
    return list;
  }
  std::uint64_t clock_now(int id) {
    const std::uint32_t at = guest->room(8);
    EXPECT_EQ(guest->call("clock_time_get", id, 1, at), ok);
    return guest->at<std::uint64_t>(at);
  }

  Folder folder;
  OwnedFd reader, writer;
  std::optional<Guest> guest;
  std::uint32_t in = 0, out = 0, count = 0, asked = 0;
};

TEST_F(Poll, A_timer_runs_out_when_its_time_has_come) {
  for (const std::uint32_t id : {0u, 1u}) {
    for (const bool absolute : {false, true}) {
      const auto begin = Now::now();
      clock(77, id, 20'000'000 + (absolute ? clock_now(static_cast<int>(id)) : 0), absolute);
      const auto seen = events();
      ASSERT_EQ(seen.size(), 1u);
      EXPECT_EQ(seen[0].userdata, 77u);
      EXPECT_EQ(seen[0].error, 0);
      EXPECT_EQ(seen[0].type, 0);
      EXPECT_GE(Now::now() - begin, 19ms);
      EXPECT_LT(Now::now() - begin, 5s);
    }
  }
}

TEST_F(Poll, Of_two_timers_the_earlier_one_ends_the_wait) {
  clock(1, 1, 3'600'000'000'000);
  clock(2, 1, 10'000'000);
  clock(3, 1, ~std::uint64_t{0});
  clock(4, 0, 0, true);  // 1970 is over
  const auto seen = events();
  ASSERT_GE(seen.size(), 1u);
  EXPECT_EQ(seen.back().userdata, 4u);
}

TEST_F(Poll, What_cannot_be_waited_for_says_so_in_its_event) {
  write_file(folder / "file", "12345");
  std::uint32_t fd = 0, without = 0;
  ASSERT_EQ(guest->open(3, "file", fd), ok);
  ASSERT_EQ(guest->open(3, "file", without), ok);
  guest->drop(without, right(27));
  clock(1, 2, 0);
  clock(2, 9, 0);
  file(3, 1, 500);
  file(4, 1, 3);
  file(5, 1, without);
  file(6, 1, fd);
  file(7, 2, 0);
  file(8, 2, fd);
  const auto seen = events();
  ASSERT_EQ(seen.size(), 8u);
  const int errors[] = {notsup, inval, badf, badf, notcapable, ok, badf, ok};
  for (std::size_t i = 0; i < 8; ++i) {
    EXPECT_EQ(seen[i].userdata, i + 1);
    EXPECT_EQ(seen[i].error, errors[i]) << i + 1;
  }
  EXPECT_EQ(seen[5].bytes, 5u) << "of the file lie before it";
  EXPECT_EQ(seen[5].type, 1);
  EXPECT_EQ(seen[7].type, 2);
}

TEST_F(Poll, A_pipe_is_ready_when_something_is_in_it) {
  file(1, 1, 0);
  file(2, 2, 1);
  auto seen = events();
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].userdata, 2u) << "there is room";
  EXPECT_GT(seen[0].bytes, 0u);
  file(1, 1, 0);
  clock(9, 1, 5'000'000'000);
  std::thread other([&] {
    std::this_thread::sleep_for(20ms);
    EXPECT_EQ(::write(writer.get(), "abc", 3), 3);
  });
  seen = events();
  other.join();
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].userdata, 1u);
  EXPECT_EQ(seen[0].bytes, 3u);
  EXPECT_EQ(seen[0].flags, 0);
}

TEST_F(Poll, What_is_known_at_once_does_not_wait_for_the_rest) {
  file(1, 1, 0);  // nobody writes
  clock(2, 1, 3'600'000'000'000);
  clock(3, 2, 0);
  const auto begin = Now::now();
  const auto seen = events();
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].userdata, 3u);
  EXPECT_EQ(seen[0].error, notsup);
  EXPECT_LT(Now::now() - begin, 10s);
}

TEST_F(Poll, An_end_is_something_to_read) {
  ASSERT_EQ(guest->call("fd_close", 1), ok);
  writer = OwnedFd();
  file(1, 1, 0);
  file(2, 1, 0);
  const auto seen = events();
  ASSERT_EQ(seen.size(), 2u) << "the same file twice";
  EXPECT_EQ(seen[0].flags, 1);
  EXPECT_EQ(seen[0].bytes, 0u);
  EXPECT_EQ(seen[0].error, 0);
}

TEST_F(Poll, Nothing_and_nonsense_are_refused) {
  EXPECT_EQ(guest->call("poll_oneoff", in, out, 0, count), inval);
  EXPECT_EQ(guest->call("poll_oneoff", in, out, 4097, count), inval);
  EXPECT_EQ(guest->call("poll_oneoff", in, out, 0xffffffff, count), inval);
  clock(1, 1, 0);
  guest->set(in + 8, std::uint8_t{3});
  EXPECT_EQ(poll(), inval);
}

// ---- whoever waits is reached ----

/// Runs it in a call that ends after 50 ms; it must not have waited for much longer.
template <typename Wait>
ingot_trap reached(Guest& guest, const Wait& wait) {
  const auto begin = Now::now();
  {
    const sandbox::CallScope scope(begin + 50ms);
    wait();
  }
  EXPECT_LT(Now::now() - begin, 5s);
  EXPECT_GE(Now::now() - begin, 49ms);
  return guest.trap;
}

TEST_F(Poll, A_deadline_reaches_one_that_waits_for_a_timer) {
  EXPECT_EQ(reached(*guest, [&] {
              clock(1, 1, 3'600'000'000'000);
              poll();
            }),
            INGOT_TRAP_DEADLINE);
}

TEST_F(Poll, A_deadline_reaches_one_that_waits_for_a_pipe) {
  EXPECT_EQ(reached(*guest, [&] {
              file(1, 1, 0);
              poll();
            }),
            INGOT_TRAP_DEADLINE);
  std::string text;
  EXPECT_EQ(reached(*guest, [&] { guest->read(0, text); }), INGOT_TRAP_DEADLINE);
  EXPECT_EQ(reached(*guest, [&] { guest->write(1, std::string(200'000, 'x')); }), INGOT_TRAP_DEADLINE);
}

TEST_F(Poll, A_cancel_reaches_one_that_waits) {
  for (int round = 0; round < 20; ++round) {
    sandbox::CancelToken token;
    std::thread other([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(round));
      token.cancel();
    });
    const sandbox::CallScope scope(Now::now() + 60s, &token);
    std::string text;
    if (round % 2 == 0) {
      guest->read(0, text, 8);
    } else {
      asked = 0;
      clock(1, 1, 3'600'000'000'000);
      poll();
    }
    EXPECT_EQ(guest->trap, INGOT_TRAP_CANCELLED);
    other.join();
  }
}

TEST_F(Poll, Fibers_that_wait_leave_their_thread_to_others) {
  auto loop = sandbox::FiberLoop::create({}).value();
  int done = 0;
  for (int i = 0; i < 8; ++i) {
    loop->spawn([&, i] {
      const sandbox::CallScope scope(Now::now() + 30s);
      host::wasi::Grants grants;
      grants.standard_input = reader.get();
      Guest mine(std::move(grants));
      const std::uint32_t at = mine.room(48), to = mine.room(32), number = mine.room(4);
      if (i == 0) {
        std::string text;
        EXPECT_EQ(mine.read(0, text), ok);  // the last fiber writes it
        EXPECT_EQ(text, "x");
      } else {
        mine.set(at + 16, 1u);
        mine.set(at + 24, std::uint64_t{100'000'000});
        EXPECT_EQ(mine.call("poll_oneoff", at, to, 1, number), ok);
      }
      if (++done == 7) EXPECT_EQ(::write(writer.get(), "x", 1), 1);
      if (done == 8) loop->stop();
    }).value();
  }
  const auto begin = Now::now();
  loop->run();
  EXPECT_EQ(done, 8);
  EXPECT_LT(Now::now() - begin, 600ms * 6) << "one after the other they would take 700 ms; together 100";
}

// ---- sockets ----

class Sockets : public WasiTest {
 protected:
  Sockets() {
    int ends[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    other = OwnedFd(ends[1]);
    host::wasi::Grants grants;
    grants.sockets.emplace_back(ends[0]);
    connected.emplace(std::move(grants));
  }
  OwnedFd other;
  std::optional<Guest> connected;  ///< descriptor 3 is its socket
};

TEST_F(Sockets, Are_refused_where_there_is_none) {
  const std::uint32_t list = guest.vector(guest.room(8), 8), out = guest.room(8);
  write_file(folder / "file", "x");
  std::uint32_t file = 0;
  ASSERT_EQ(guest.open(3, "file", file), ok);
  for (const std::uint32_t fd : {3u, file}) {
    EXPECT_EQ(guest.call("sock_accept", fd, 0, out), notsock);
    EXPECT_EQ(guest.call("sock_recv", fd, list, 1, 0, out, out), notsock);
    EXPECT_EQ(guest.call("sock_send", fd, list, 1, 0, out), notsock);
    EXPECT_EQ(guest.call("sock_shutdown", fd, 3), notsock);
  }
}

TEST_F(Sockets, Carry_bytes_both_ways) {
  Guest& g = *connected;
  const std::uint32_t buffer = g.room(8), list = g.vector(buffer, 8), got = g.room(4), told = g.room(4);
  ASSERT_EQ(::write(other.get(), "hello", 5), 5);
  ASSERT_EQ(g.call("sock_recv", 3, list, 1, 1, got, told), ok);
  EXPECT_EQ(g.text(buffer, g.at<std::uint32_t>(got)), "hello") << "only looked at";
  ASSERT_EQ(g.call("sock_recv", 3, list, 1, 0, got, told), ok);
  EXPECT_EQ(g.text(buffer, g.at<std::uint32_t>(got)), "hello");
  EXPECT_EQ(g.at<std::uint16_t>(told), 0u);
  ASSERT_EQ(g.call("sock_send", 3, g.vector(g.put("answer"), 6), 1, 0, got), ok);
  EXPECT_EQ(g.at<std::uint32_t>(got), 6u);
  char text[8];
  EXPECT_EQ(::read(other.get(), text, 8), 6);
  EXPECT_EQ(g.write(3, "more"), ok);
  EXPECT_EQ(::read(other.get(), text, 8), 4);
  EXPECT_EQ(g.call("sock_recv", 3, list, 1, 4, got, told), inval);
  EXPECT_EQ(g.call("sock_send", 3, list, 1, 1, got), inval);
  EXPECT_EQ(g.call("sock_recv", 3, Guest::beyond, 1, 0, got, told), fault);
  EXPECT_EQ(g.call("sock_recv", 3, list, 1, 0, got, Guest::beyond - 1), fault);
  EXPECT_EQ(g.call("sock_send", 3, list, 1, 0, Guest::beyond), fault);
  EXPECT_EQ(g.call("sock_accept", 3, 0, got), notcapable) << "it does not listen";
}

TEST_F(Sockets, Wait_for_all_that_was_asked_for) {
  Guest& g = *connected;
  const std::uint32_t buffer = g.room(8), got = g.room(4), told = g.room(4), list = g.vector(buffer, 8);
  std::thread peer([&] {
    for (int i = 0; i < 4; ++i) {
      std::this_thread::sleep_for(5ms);
      EXPECT_EQ(::write(other.get(), "ab", 2), 2);
    }
  });
  ASSERT_EQ(g.call("sock_recv", 3, list, 1, 2, got, told), ok);
  peer.join();
  EXPECT_EQ(g.text(buffer, g.at<std::uint32_t>(got)), "abababab");
  ASSERT_EQ(g.call("fd_fdstat_set_flags", 3, 4), ok);
  EXPECT_EQ(g.call("sock_recv", 3, list, 1, 0, got, told), again);
}

TEST_F(Sockets, Are_shut_down_in_parts) {
  Guest& g = *connected;
  for (const std::uint32_t how : {0u, 4u, 0xffffffffu}) EXPECT_EQ(g.call("sock_shutdown", 3, how), inval);
  ASSERT_EQ(g.call("sock_shutdown", 3, 2), ok);
  char byte = 0;
  EXPECT_EQ(::read(other.get(), &byte, 1), 0);
  const std::uint32_t list = g.vector(g.room(8), 8), got = g.room(4);
  EXPECT_EQ(g.call("sock_send", 3, list, 1, 0, got), E::pipe);
  EXPECT_EQ(g.call("sock_shutdown", 3, 1), ok);
  g.drop(3, right(28));
  EXPECT_EQ(g.call("sock_shutdown", 3, 3), notcapable);
}

TEST_F(Sockets, A_listener_that_was_granted_takes_connections) {
  const OwnedFd listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t bytes = sizeof address;
  ASSERT_EQ(bind(listener.get(), reinterpret_cast<sockaddr*>(&address), bytes), 0);
  ASSERT_EQ(listen(listener.get(), 5), 0);
  ASSERT_EQ(getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &bytes), 0);
  host::wasi::Grants grants;
  grants.sockets.emplace_back(dup(listener.get()));
  Guest g(std::move(grants));
  const std::uint32_t out = g.room(24);
  ASSERT_EQ(g.call("fd_fdstat_get", 3, out), ok);
  EXPECT_EQ(g.at<std::uint8_t>(out), 6u);
  EXPECT_EQ(g.call("sock_accept", 3, 1, out), inval);
  EXPECT_EQ(g.call("sock_accept", 3, 0, Guest::beyond - 3), fault);
  ASSERT_EQ(g.call("fd_fdstat_set_flags", 3, 4), ok);
  EXPECT_EQ(g.call("sock_accept", 3, 0, out), again);
  ASSERT_EQ(g.call("fd_fdstat_set_flags", 3, 0), ok);
  std::thread peer([&] {
    std::this_thread::sleep_for(10ms);
    const OwnedFd client(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ASSERT_EQ(connect(client.get(), reinterpret_cast<sockaddr*>(&address), bytes), 0);
    EXPECT_EQ(::write(client.get(), "hi", 2), 2);
    char text[8];
    EXPECT_EQ(::read(client.get(), text, 8), 3);
  });
  ASSERT_EQ(g.call("sock_accept", 3, 0, out), ok);
  const auto fd = g.at<std::uint32_t>(out);
  std::string text;
  EXPECT_EQ(g.read(fd, text), ok);
  EXPECT_EQ(text, "hi");
  EXPECT_EQ(g.write(fd, "you"), ok);
  EXPECT_EQ(g.call("fd_close", fd), ok);
  peer.join();
  g.drop(3, right(29));
  EXPECT_EQ(g.call("sock_accept", 3, 0, out), notcapable);
}

}  // namespace
}  // namespace ingot::test
