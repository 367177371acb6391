// SPDX-License-Identifier: Apache-2.0
#include <time.h>

#include <set>

#include "guest.hpp"
#include "host/wasi/errno.hpp"

namespace ingot::test {
namespace {

using Process = WasiTest;

host::wasi::Grants words() {
  host::wasi::Grants grants;
  grants.arguments = {"program", "", "two words"};
  grants.environment = {"A=1", "EMPTY="};
  return grants;
}

TEST(Errno, Is_the_hosts_by_name) {
  using host::wasi::errno_of;
  const std::pair<int, int> pairs[] = {{0, 0}, {E2BIG, 1}, {EACCES, 2}, {EAGAIN, 6}, {EBADF, 8}, {EBUSY, 10}, {EDQUOT, 19}, {EEXIST, 20}, {EFAULT, 21}, {EFBIG, 22}, {EILSEQ, 25},
                                       {EINTR, 27}, {EINVAL, 28}, {EIO, 29}, {EISDIR, 31}, {ELOOP, 32}, {EMFILE, 33}, {EMLINK, 34}, {ENAMETOOLONG, 37}, {ENFILE, 41}, {ENODEV, 43},
                                       {ENOENT, 44}, {ENOMEM, 48}, {ENOSPC, 51}, {ENOSYS, 52}, {ENOTCONN, 53}, {ENOTDIR, 54}, {ENOTEMPTY, 55}, {ENOTSOCK, 57}, {EOPNOTSUPP, 58},
                                       {ENOTTY, 59}, {ENXIO, 60}, {EOVERFLOW, 61}, {EPERM, 63}, {EPIPE, 64}, {ERANGE, 68}, {EROFS, 69}, {ESPIPE, 70}, {ESTALE, 72},
                                       {ETIMEDOUT, 73}, {ETXTBSY, 74}, {EXDEV, 75}};
  for (const auto& [host, wasi] : pairs) EXPECT_EQ(static_cast<int>(errno_of(host)), wasi) << strerror(host);
  EXPECT_EQ(static_cast<int>(errno_of(100'000)), 29);
}

TEST(Arguments, Stand_in_memory_with_their_addresses) {
  Guest guest(words());
  const std::uint32_t count = guest.room(4), bytes = guest.room(4);
  ASSERT_EQ(guest.call("args_sizes_get", count, bytes), ok);
  ASSERT_EQ(guest.at<std::uint32_t>(count), 3u);
  ASSERT_EQ(guest.at<std::uint32_t>(bytes), 8u + 1 + 10);
  const std::uint32_t list = guest.room(12), buffer = guest.room(32);
  ASSERT_EQ(guest.call("args_get", list, buffer), ok);
  EXPECT_EQ(guest.text(buffer, 19), std::string("program\0\0two words\0", 19));
  EXPECT_EQ(guest.at<std::uint32_t>(list), buffer);
  EXPECT_EQ(guest.at<std::uint32_t>(list + 4), buffer + 8);
  EXPECT_EQ(guest.at<std::uint32_t>(list + 8), buffer + 9);
}

TEST(Environment, Is_what_was_granted_and_nothing_else) {
  Guest guest(words());
  const std::uint32_t count = guest.room(4), bytes = guest.room(4), list = guest.room(8), buffer = guest.room(32);
  ASSERT_EQ(guest.call("environ_sizes_get", count, bytes), ok);
  EXPECT_EQ(guest.at<std::uint32_t>(count), 2u);
  EXPECT_EQ(guest.at<std::uint32_t>(bytes), 11u);
  ASSERT_EQ(guest.call("environ_get", list, buffer), ok);
  EXPECT_EQ(guest.text(buffer, 11), std::string("A=1\0EMPTY=\0", 11));
}

TEST_F(Process, Has_no_arguments_and_no_environment_unless_granted) {
  for (const char* name : {"args_sizes_get", "environ_sizes_get"}) {
    const std::uint32_t count = guest.room(4), bytes = guest.room(4);
    guest.set(count, 7u);
    ASSERT_EQ(guest.call(name, count, bytes), ok);
    EXPECT_EQ(guest.at<std::uint32_t>(count), 0u);
    EXPECT_EQ(guest.at<std::uint32_t>(bytes), 0u);
  }
}

TEST(Grants, Refuse_what_no_guest_could_be_given) {
  const auto refused = [](host::wasi::Grants grants) {
    const auto world = host::wasi::World::create(std::move(grants));
    return world.ok() ? ErrorCode::internal : world.error().code;
  };
  EXPECT_EQ(refused({.arguments = {std::string("a\0b", 3)}}), ErrorCode::invalid_argument);
  EXPECT_EQ(refused({.environment = {"NO_VALUE"}}), ErrorCode::invalid_argument);
  EXPECT_EQ(refused({.environment = {"=x"}}), ErrorCode::invalid_argument);
  EXPECT_EQ(refused({.directories = {{"/nowhere/at/all", "/", false}}}), ErrorCode::io);
  EXPECT_EQ(refused({.directories = {{"/proc", "/", false}}}), ErrorCode::invalid_argument);
  EXPECT_EQ(refused({.directories = {{"/proc/self", "/", true}}}), ErrorCode::invalid_argument);
  EXPECT_EQ(refused({.directories = {{"/", "", false}}}), ErrorCode::invalid_argument);
}

TEST_F(Process, Clocks_are_the_hosts) {
  const std::uint32_t out = guest.room(8);
  for (const auto& [id, clock] : {std::pair{0, CLOCK_REALTIME}, {1, CLOCK_MONOTONIC}}) {
    timespec before{}, after{}, resolution{};
    clock_gettime(clock, &before);
    ASSERT_EQ(guest.call("clock_time_get", id, 1, out), ok);
    clock_gettime(clock, &after);
    const auto ns = [](const timespec& time) { return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(time.tv_nsec); };
    EXPECT_GE(guest.at<std::uint64_t>(out), ns(before));
    EXPECT_LE(guest.at<std::uint64_t>(out), ns(after));
    clock_getres(clock, &resolution);
    ASSERT_EQ(guest.call("clock_res_get", id, out), ok);
    EXPECT_EQ(guest.at<std::uint64_t>(out), ns(resolution));
  }
}

TEST_F(Process, Processor_clocks_begin_with_the_guest_and_advance) {
  for (const int id : {2, 3}) {
    const std::uint32_t out = guest.room(8);
    ASSERT_EQ(guest.call("clock_time_get", id, 1, out), ok);
    const auto first = guest.at<std::uint64_t>(out);
    EXPECT_LT(first, 60'000'000'000u);
    volatile std::uint64_t work = 0;
    for (int i = 0; i < 3'000'000; ++i) work = work + 1;
    ASSERT_EQ(guest.call("clock_time_get", id, 1, out), ok);
    EXPECT_GT(guest.at<std::uint64_t>(out), first);
    EXPECT_EQ(guest.call("clock_res_get", id, out), ok);
  }
}

TEST_F(Process, There_are_four_clocks) {
  const std::uint32_t out = guest.room(8);
  for (const std::uint32_t id : {4u, 0xffffffffu}) {
    EXPECT_EQ(guest.call("clock_time_get", id, 1, out), inval);
    EXPECT_EQ(guest.call("clock_res_get", id, out), inval);
  }
}

TEST_F(Process, Random_bytes_fill_what_was_asked_for_and_no_more) {
  std::set<std::string> seen;
  for (int i = 0; i < 20; ++i) {
    const std::uint32_t at = guest.room(34);
    ASSERT_EQ(guest.call("random_get", at, 32), ok);
    seen.insert(guest.text(at, 32));
    EXPECT_EQ(guest.text(at + 32, 2), std::string(2, '\0'));
  }
  EXPECT_EQ(seen.size(), 20u);
  EXPECT_EQ(guest.call("random_get", 0, Guest::memory_bytes), ok);
  EXPECT_EQ(guest.call("random_get", Guest::beyond, 0), ok);
  EXPECT_EQ(guest.call("random_get", 1, Guest::memory_bytes), fault);
}

TEST_F(Process, Exit_ends_the_guest_with_its_code) {
  for (const std::uint32_t code : {0u, 7u, 0xffffffffu}) {
    guest.call("proc_exit", code);
    EXPECT_EQ(guest.trap, INGOT_TRAP_EXIT);
    EXPECT_EQ(guest.world().exit_code, code);
  }
}

TEST_F(Process, Signals_cannot_be_sent) {
  EXPECT_EQ(guest.call("proc_raise", 0), ok);
  for (const std::uint32_t signal : {1u, 9u, 15u, 30u}) EXPECT_EQ(guest.call("proc_raise", signal), notsup) << signal;
  EXPECT_EQ(guest.call("proc_raise", 31), inval);
  EXPECT_EQ(guest.trap, INGOT_TRAP_NONE);
}

TEST_F(Process, Yielding_succeeds) { EXPECT_EQ(guest.call("sched_yield"), ok); }

}  // namespace
}  // namespace ingot::test
