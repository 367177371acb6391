// SPDX-License-Identifier: Apache-2.0
// WASI through ingot.h: nothing unless it is granted, exit codes apart from traps, and each start with a world of its own. Numbers of errno are the specification's.
#include <sys/mman.h>
#include <unistd.h>

#include <filesystem>

#include "embed/fixture.hpp"
#include "embed/wasi_in_c.h"

namespace ingot::test {
namespace {

constexpr std::int32_t success = 0, badf = 8, rofs = 69;

/// A file in memory that a guest writes to.
struct Output {
  Output() : file(memfd_create("output", MFD_CLOEXEC)) {}
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  ~Output() { close(file); }
  std::string text() const {
    std::string bytes(4096, '\0');
    const ssize_t count = pread(file, bytes.data(), bytes.size(), 0);
    bytes.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return bytes;
  }
  int file;
};

Instance start(const WasiConfig& config) {
  Linker linker;
  linker.define_wasi(config);
  return Instance(load("program"), linker);
}
std::int32_t errno_of(const Instance& guest, const std::string& function) { return guest.function<std::int32_t()>(function)(); }

TEST(Wasi, Is_refused_unless_it_was_defined) {
  EXPECT_EQ(failure_of([] { Instance(load("program"), Linker()); }).code(), INGOT_ERROR_CONTRACT);
}

TEST(Wasi, Grants_nothing_by_itself) {
  const Instance guest = start(WasiConfig());
  EXPECT_EQ(errno_of(guest, "read"), badf);
  EXPECT_EQ(errno_of(guest, "write"), badf);
  EXPECT_EQ(errno_of(guest, "directory"), badf);
  EXPECT_EQ(errno_of(guest, "make"), badf);
  EXPECT_EQ(guest.run(), 0u);  // no argument: it returns
}

TEST(Wasi, A_program_in_c_finds_what_was_granted_and_its_exit_code_comes_out) {
  const Output output;
  const Module program = load("program");
  EXPECT_EQ(run_in_c(program.get(), output.file, "in,", 3), 2);
  EXPECT_EQ(output.text(), "in,lastLANG=C");
}

TEST(Wasi, Each_start_reads_its_input_from_the_beginning) {
  const Output output;
  WasiConfig config;
  config.argument("x").input_bytes("abc").stream(1, output.file);
  const Instance guest = start(config);
  config.argument("later");  // of no linker
  EXPECT_EQ(guest.run(), 1u);
  EXPECT_EQ(output.text(), "abcx");
  guest.reset();
  EXPECT_EQ(guest.run(), 1u);
  EXPECT_EQ(output.text(), "abcxabcx");
}

TEST(Wasi, A_program_runs_once_until_it_is_reset) {
  const Output output;
  WasiConfig config;
  config.input_bytes("in").stream(1, output.file);
  const std::string ended = "the program of this instance has ended; reset the instance before it is run or called again";
  const auto refuses_everything = [&](const Instance& guest) {
    for (int turn = 0; turn < 2; ++turn) {
      const Failure again = failure_of([&] { (void)guest.run(); });
      EXPECT_EQ(again.code(), INGOT_ERROR_ARGUMENT);
      EXPECT_NE(std::string(again.what()).find(ended), std::string::npos) << again.what();
      ingot_value result{};
      EXPECT_EQ(failure_of([&] { check(ingot_instance_call(guest.get(), "write", nullptr, 0, &result, 1)); }).what(), ended);
      EXPECT_EQ(failure_of([&] { (void)errno_of(guest, "write"); }).what(), ended);
    }
  };
  const Instance returns = start(config);
  EXPECT_EQ(returns.run(), 0u);
  refuses_everything(returns);
  const Instance exits = start(config.argument("x"));
  EXPECT_EQ(exits.run(), 1u);
  refuses_everything(exits);
  EXPECT_EQ(output.text(), "ininx");
  returns.reset();
  exits.reset();
  EXPECT_EQ(returns.run(), 0u);
  EXPECT_EQ(exits.run(), 1u);
  EXPECT_EQ(output.text(), "ininxininx");
  // A trap is another thing.
  exits.reset();
  EXPECT_EQ(failure_of([&] { exits.function<void()>("trap")(); }).trap(), INGOT_TRAP_UNREACHABLE);
  EXPECT_EQ(std::string(failure_of([&] { (void)exits.run(); }).what()), "this instance trapped; reset it before the next call");
}

TEST(Wasi, An_exit_is_no_trap_and_a_trap_is_no_exit) {
  WasiConfig config;
  config.argument("one").argument("two").argument("three");
  const Instance guest = start(config);
  EXPECT_EQ(guest.run(), 3u);
  EXPECT_EQ(failure_of([&] { (void)guest.run(); }).code(), INGOT_ERROR_ARGUMENT);  // at its end until it is reset
  guest.reset();
  const Failure trapped = failure_of([&] { guest.function<void()>("trap")(); });
  EXPECT_EQ(trapped.code(), INGOT_ERROR_TRAP);
  EXPECT_EQ(trapped.trap(), INGOT_TRAP_UNREACHABLE);
  guest.reset();
  // Called like any other function, its exit is a trap of its own kind.
  EXPECT_EQ(failure_of([&] { guest.function<void()>("_start")(); }).trap(), INGOT_TRAP_EXIT);
}

TEST(Wasi, A_directory_is_as_it_was_granted) {
  const std::string folder = guest_path("granted");
  std::filesystem::remove_all(folder);
  std::filesystem::create_directory(folder);
  const Instance reader = start(WasiConfig().directory(folder, "/data", true));
  EXPECT_EQ(errno_of(reader, "directory"), success);
  EXPECT_EQ(errno_of(reader, "make"), rofs);
  EXPECT_FALSE(std::filesystem::exists(folder + "/made"));
  const Instance writer = start(WasiConfig().directory(folder, "/data"));
  EXPECT_EQ(errno_of(writer, "make"), success);
  EXPECT_TRUE(std::filesystem::is_directory(folder + "/made"));
  EXPECT_EQ(failure_of([&] { start(WasiConfig().directory(folder + "/nowhere", "/data")); }).code(), INGOT_ERROR_IO);
}

TEST(Wasi, A_pool_gives_each_borrower_a_world_of_its_own) {
  const Output output;
  Linker linker;
  linker.define_wasi(WasiConfig().argument("x").input_bytes("in").stream(1, output.file));
  const Module program = load("program");
  ingot_pool* pool = nullptr;
  check(ingot_pool_new(program.get(), linker.get(), nullptr, 1, &pool));
  for (int turn = 0; turn < 3; ++turn) {
    ingot_instance* guest = nullptr;
    std::uint32_t code = 0;
    check(ingot_pool_acquire(pool, 1'000'000'000, &guest));
    check(ingot_instance_run(guest, &code));
    EXPECT_EQ(code, 1u);
    ingot_pool_release(guest);
  }
  ingot_pool_free(pool);
  EXPECT_EQ(output.text(), "inxinxinx");
}

TEST(Wasi, What_makes_no_sense_is_refused) {
  const auto code = [](auto&& body) { return failure_of(body).code(); };
  WasiConfig config;
  EXPECT_EQ(code([&] { config.variable("", "x"); }), INGOT_ERROR_ARGUMENT);
  EXPECT_EQ(code([&] { config.variable("A=B", "x"); }), INGOT_ERROR_ARGUMENT);
  EXPECT_EQ(code([&] { config.stream(3, 0); }), INGOT_ERROR_ARGUMENT);
  EXPECT_EQ(code([&] { config.stream(1, 1'000'000); }), INGOT_ERROR_ARGUMENT);
  EXPECT_EQ(code([&] { config.directory("", "/data"); }), INGOT_ERROR_ARGUMENT);
  EXPECT_EQ(code([&] { check(ingot_wasi_config_argument(config.get(), nullptr)); }), INGOT_ERROR_ARGUMENT);
  Linker linker;
  linker.define_wasi(config);
  EXPECT_EQ(code([&] { linker.define_wasi(config); }), INGOT_ERROR_ARGUMENT);
  EXPECT_EQ(code([&] { check(ingot_linker_define_wasi(Linker().get(), nullptr)); }), INGOT_ERROR_ARGUMENT);
  EXPECT_EQ(code([] { (void)Instance(load("one"), Linker()).run(); }), INGOT_ERROR_ARGUMENT);  // no _start
  ingot_wasi_config_free(nullptr);
}

}  // namespace
}  // namespace ingot::test
