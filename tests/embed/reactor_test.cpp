// SPDX-License-Identifier: Apache-2.0
// WASI reactors through ingot.h: `_initialize` before anything else, then exported functions, each start with a world of its own. Numbers of errno are the specification's.
#include <sys/mman.h>
#include <unistd.h>

#include <filesystem>

#include "embed/fixture.hpp"

namespace ingot::test {
namespace {

constexpr std::int32_t success = 0, badf = 8, noent = 44;

std::string fresh_folder(const std::string& name) {
  const std::string folder = guest_path(name);
  std::filesystem::remove_all(folder);
  std::filesystem::create_directory(folder);
  return folder;
}
Instance start(const std::string& name, const WasiConfig& config = {}) {
  Linker linker;
  linker.define_wasi(config);
  return Instance(load(name), linker);
}
std::int32_t call(const InstanceView& guest, const std::string& function) { return guest.function<std::int32_t()>(function)(); }
/// The same by name.
std::int32_t call_by_name(const InstanceView& guest, const char* function) {
  ingot_value result{};
  check(ingot_instance_call(guest.get(), function, nullptr, 0, &result, 1));
  return result.of.i32;
}

/// How many bytes a guest wrote to a file in memory.
struct Output {
  Output() : file(memfd_create("output", MFD_CLOEXEC)) {}
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  ~Output() { close(file); }
  std::int64_t bytes() const { return lseek(file, 0, SEEK_END); }
  int file;
};

TEST(Reactor, Is_initialised_once_before_its_functions) {
  const Instance guest = start("reactor");
  EXPECT_EQ(call(guest, "next"), 101);
  EXPECT_EQ(call(guest, "next"), 102);
  guest.reset();
  EXPECT_EQ(call(guest, "next"), 101);
  EXPECT_EQ(call(start("reactor"), "next"), 101);  // the second and third start may be copies of the first
  EXPECT_EQ(call(start("reactor"), "next"), 101);
}

TEST(Reactor, Is_no_program) {
  const Instance guest = start("reactor");
  const Failure refused = failure_of([&] { (void)guest.run(); });
  EXPECT_EQ(refused.code(), INGOT_ERROR_ARGUMENT);
  EXPECT_NE(std::string(refused.what()).find("exports no _start"), std::string::npos) << refused.what();
  EXPECT_EQ(call(guest, "next"), 101);
}

TEST(Reactor, Finds_what_was_granted_after_every_reset) {
  const Output output;
  const Instance guest = start("reactor", WasiConfig().stream(1, output.file).directory(fresh_folder("reactor_reset"), "/data"));
  for (int turn = 1; turn <= 4; ++turn) {
    EXPECT_EQ(call(guest, "say"), success);
    EXPECT_EQ(call(guest, "directory"), success);
    EXPECT_EQ(output.bytes(), 4 * turn);
    guest.reset();
  }
  for (int turn = 5; turn <= 8; ++turn) {
    EXPECT_EQ(call_by_name(guest, "say"), success);
    EXPECT_EQ(output.bytes(), 4 * turn);
    guest.reset();
    const Scope scope(5'000'000'000);  // calls inside one ask fewer questions
    EXPECT_EQ(call(guest, "directory"), success);
    EXPECT_EQ(call(guest, "directory"), success);
  }
}

TEST(Reactor, What_it_opened_is_closed_by_a_reset) {
  const std::string folder = fresh_folder("reactor_opens");
  const Instance guest = start("reactor", WasiConfig().directory(folder, "/data"));
  const std::int32_t first = call(guest, "open");
  EXPECT_GE(first, 0);
  const std::int32_t second = call(guest, "open");
  EXPECT_GE(second, 0);
  EXPECT_NE(first, second);
  for (int turn = 0; turn < 3; ++turn) {
    guest.reset();
    EXPECT_EQ(call(guest, "open"), first);
  }
  EXPECT_TRUE(std::filesystem::exists(folder + "/made"));
}

TEST(Reactor, A_directory_that_has_gone_is_said_by_the_next_start) {
  const std::string folder = fresh_folder("reactor_gone");
  const Instance guest = start("reactor", WasiConfig().directory(folder, "/data"));
  EXPECT_EQ(call(guest, "next"), 101);
  guest.reset();
  std::filesystem::remove_all(folder);
  for (int turn = 0; turn < 2; ++turn) EXPECT_EQ(failure_of([&] { call_by_name(guest, "next"); }).code(), INGOT_ERROR_IO);
  std::filesystem::create_directory(folder);
  EXPECT_EQ(call(guest, "next"), 101);
  std::filesystem::remove_all(folder);
  EXPECT_EQ(call(guest, "open"), -noent);  // it holds the old one open
}

TEST(Reactor, Its_initialiser_may_use_what_was_granted) {
  EXPECT_EQ(call(start("reactor_asks"), "errno_at_start"), badf);
  const Instance guest = start("reactor_asks", WasiConfig().directory(fresh_folder("reactor_asks"), "/data"));
  EXPECT_EQ(call(guest, "errno_at_start"), success);
  guest.reset();
  EXPECT_EQ(call(guest, "errno_at_start"), success);
}

TEST(Reactor, An_exit_ends_it_until_it_is_reset) {
  const Failure at_start = failure_of([] { start("reactor_asks", WasiConfig().argument("x")); });
  EXPECT_EQ(at_start.code(), INGOT_ERROR_TRAP);
  EXPECT_EQ(at_start.trap(), INGOT_TRAP_EXIT);
  const Instance guest = start("reactor");
  EXPECT_EQ(failure_of([&] { guest.function<void()>("leave")(); }).trap(), INGOT_TRAP_EXIT);
  EXPECT_EQ(failure_of([&] { call_by_name(guest, "next"); }).code(), INGOT_ERROR_ARGUMENT);
  guest.reset();
  EXPECT_EQ(call(guest, "next"), 101);
  EXPECT_EQ(failure_of([&] { guest.function<void()>("trap")(); }).trap(), INGOT_TRAP_UNREACHABLE);
  guest.reset();
  EXPECT_EQ(call(guest, "next"), 101);
}

TEST(Reactor, A_pool_gives_each_borrower_one_as_it_was_initialised) {
  const Output output;
  Linker linker;
  linker.define_wasi(WasiConfig().stream(1, output.file).directory(fresh_folder("reactor_pool"), "/data"));
  const Module module = load("reactor");
  ingot_pool* pool = nullptr;
  check(ingot_pool_new(module.get(), linker.get(), nullptr, 1, &pool));
  for (int turn = 1; turn <= 4; ++turn) {
    ingot_instance* guest = nullptr;
    check(ingot_pool_acquire(pool, 1'000'000'000, &guest));
    const InstanceView view(guest);
    EXPECT_EQ(call(view, "next"), 101);
    EXPECT_EQ(call(view, "say"), success);
    EXPECT_EQ(call(view, "directory"), success);
    EXPECT_EQ(output.bytes(), 4 * turn);
    ingot_pool_release(guest);
  }
  ingot_pool_free(pool);
}

}  // namespace
}  // namespace ingot::test
