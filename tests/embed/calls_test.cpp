// SPDX-License-Identifier: Apache-2.0
// Loading, linking, calling by name, with bytes and quickly; what is refused, and that everything goes on afterwards.
#include <atomic>
#include <cstring>
#include <fstream>
#include <iterator>
#include <mutex>
#include <optional>
#include <thread>

#include "embed/fixture.hpp"

namespace ingot::test {
namespace {

using ::testing::Test;

ingot_value value_of(std::int32_t number) {
  ingot_value value{};
  value.type = INGOT_TYPE_I32;
  value.of.i32 = number;
  return value;
}

std::string bytes_of(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(stream), {});
}

TEST(Version, IsTheHeaders) {
  EXPECT_EQ(ingot_version(), std::to_string(INGOT_VERSION_MAJOR) + "." + std::to_string(INGOT_VERSION_MINOR) + "." + std::to_string(INGOT_VERSION_PATCH));
}

TEST(Trust, NobodyIsBelievedByDefault) {
  const Trust nobody;
  Engine engine(nobody);
  EXPECT_EQ(failure_of([&] { (void)engine.load_file(guest_path("one.ingot")); }).code(), INGOT_ERROR_VERIFICATION);
  EXPECT_EQ(engine.metrics().modules_refused, 1u);
  EXPECT_EQ(engine.metrics().modules_loaded, 0u);
}

TEST(Trust, UnsignedBundlesAreForThoseWhoSaySo) {
  Trust trust;
  EXPECT_EQ(failure_of([&] { (void)Engine(trust).load_file(guest_path("unsigned/one.ingot")); }).code(), INGOT_ERROR_VERIFICATION);
  trust.allow_unsigned();
  EXPECT_EQ(Engine(trust).load_file(guest_path("unsigned/one.ingot")).name(), "one");
}

TEST(Trust, ARevokedBundleIsRefused) {
  Trust trust;
  trust.add_key_file(guest_path("test.pub"));
  const std::string digest = Engine(trust).load_file(guest_path("one.ingot")).digest();
  EXPECT_EQ(digest.size(), 64u);
  trust.revoke(digest);
  EXPECT_EQ(failure_of([&] { (void)Engine(trust).load_file(guest_path("one.ingot")); }).code(), INGOT_ERROR_VERIFICATION);
}

TEST(Trust, NonsenseIsRefused) {
  Trust trust;
  EXPECT_EQ(failure_of([&] { trust.add_key("no key"); }).code(), INGOT_ERROR_ARGUMENT);
  EXPECT_EQ(failure_of([&] { trust.add_key_file(guest_path("missing.pub")); }).code(), INGOT_ERROR_IO);
  EXPECT_EQ(failure_of([&] { trust.revoke("not hex"); }).code(), INGOT_ERROR_ARGUMENT);
  EXPECT_EQ(failure_of([&] { trust.require(0); }).code(), INGOT_ERROR_ARGUMENT);
  EXPECT_EQ(failure_of([&] { trust.require(17); }).code(), INGOT_ERROR_ARGUMENT);
  ingot_error* const error = ingot_trust_add_key(trust.get(), nullptr, 0);
  ASSERT_NE(error, nullptr);
  EXPECT_EQ(ingot_error_get_code(error), INGOT_ERROR_ARGUMENT);
  ingot_error_free(error);
}

TEST(Load, FromMemoryAndDamaged) {
  std::string bundle = bytes_of(guest_path("one.ingot"));
  EXPECT_EQ(engine().load(bundle).name(), "one");
  bundle[bundle.size() / 2] = static_cast<char>(bundle[bundle.size() / 2] ^ 1);
  const Failure damaged = failure_of([&] { (void)engine().load(bundle, "mail attachment"); });
  EXPECT_EQ(damaged.code(), INGOT_ERROR_VERIFICATION);
  EXPECT_NE(std::string(damaged.what()).find("mail attachment"), std::string::npos) << damaged.what();
  EXPECT_EQ(failure_of([&] { (void)engine().load(""); }).code(), INGOT_ERROR_VERIFICATION);
  EXPECT_EQ(failure_of([&] { (void)engine().load_file(guest_path("missing.ingot")); }).code(), INGOT_ERROR_IO);
}

TEST(Load, ItemsAreWhatTheTextOfTheGuestSays) {
  const Module worker = load("worker");
  const auto imports = worker.imports();
  ASSERT_EQ(imports.size(), 3u);
  EXPECT_EQ(std::string(imports[0].module, imports[0].module_bytes), "env");
  EXPECT_EQ(std::string(imports[0].name, imports[0].name_bytes), "twice");
  ASSERT_EQ(imports[0].parameter_count, 1u);
  EXPECT_EQ(imports[0].parameters[0], INGOT_TYPE_I32);
  ASSERT_EQ(imports[0].result_count, 1u);
  const auto exports = worker.exports();
  EXPECT_STREQ(exports[0].name, "memory");
  EXPECT_EQ(exports[0].kind, static_cast<std::uint32_t>(INGOT_KIND_MEMORY));
  EXPECT_STREQ(exports[1].name, "mix");
  EXPECT_EQ(exports[1].parameter_count, 4u);
  ingot_item item;
  EXPECT_FALSE(ingot_module_export(worker.get(), exports.size(), &item));
}

TEST(Link, MissingAndMistypedImportsAreNamed) {
  const Module module = load("worker");
  Linker linker;
  const Failure missing = failure_of([&] { Instance(module, linker); });
  EXPECT_EQ(missing.code(), INGOT_ERROR_CONTRACT);
  EXPECT_NE(std::string(missing.what()).find("env.twice"), std::string::npos) << missing.what();
  linker.define("env", "twice", [](float number) { return number; });
  const Failure mistyped = failure_of([&] { Instance(module, linker); });
  EXPECT_EQ(mistyped.code(), INGOT_ERROR_CONTRACT);
  EXPECT_NE(std::string(mistyped.what()).find("(f32) -> (f32)"), std::string::npos) << mistyped.what();
  EXPECT_EQ(failure_of([&] { linker.define("env", "twice", [] {}); }).code(), INGOT_ERROR_ARGUMENT);
}

TEST(Link, TypesThatCannotBeRead) {
  Linker linker;
  const auto nothing = [](const ingot_host_call*, ingot_slot*) -> std::uint32_t { return 0; };
  for (const char* type : {"", "()", "() ->", "(i32", "(i33) -> ()", "(i32) -> () x", "(i32,) -> ()", "i32 -> i32"}) {
    ingot_error* const error = ingot_linker_define(linker.get(), "env", type, type, nothing, nullptr, nullptr, 0);
    ASSERT_NE(error, nullptr) << type;
    EXPECT_EQ(ingot_error_get_code(error), INGOT_ERROR_ARGUMENT);
    ingot_error_free(error);
  }
  for (const char* type : {"()->()", "( i32 , v128 ) -> ( funcref )", "(externref, f32, f64) -> (i64, i64)"}) {
    ingot_error* const error = ingot_linker_define(linker.get(), "env", type, type, nothing, nullptr, nullptr, 0);
    EXPECT_EQ(error, nullptr) << ingot_error_message(error);
  }
  ingot_error* const error = ingot_linker_define(linker.get(), "env", "flags", nullptr, nothing, nullptr, nullptr, 64);
  ASSERT_NE(error, nullptr);
  ingot_error_free(error);
}

TEST(Link, AFinalizerRunsOnceWhenTheLastHolderIsGone) {
  int finalized = 0;
  const auto answer = [](const ingot_host_call*, ingot_slot* slots) -> std::uint32_t {
    slots[0].i64 = 7;
    return 0;
  };
  const auto finalizer = [](void* user) { ++*static_cast<int*>(user); };
  {
    const Module module = load("asks_at_start");
    auto linker = std::make_unique<Linker>();
    check(ingot_linker_define(linker->get(), "env", "twice", "(i32) -> (i32)", answer, &finalized, finalizer, 0));
    const Instance guest(module, *linker);
    linker.reset();
    EXPECT_EQ(finalized, 0);
    EXPECT_EQ(guest.function<std::int32_t()>("told")(), 7);
  }
  EXPECT_EQ(finalized, 1);
  // One that was refused is not.
  const Linker linker;
  ingot_error* const error = ingot_linker_define(linker.get(), "env", "twice", "nonsense", answer, &finalized, finalizer, 0);
  ingot_error_free(error);
  EXPECT_EQ(finalized, 1);
}

TEST(Call, ValuesOfEveryType) {
  Worker worker;
  const Instance guest = worker.start();
  EXPECT_EQ((guest.function<double(std::int32_t, std::int64_t, float, double)>("mix")(-1, 1ll << 40, 0.5f, 0.25)), static_cast<double>(1ll << 40) - 0.25);

  ingot_value arguments[2] = {value_of(-2), {}};
  arguments[1].type = INGOT_TYPE_I64;
  arguments[1].of.i64 = INT64_MIN;
  ingot_value results[2];
  check(ingot_instance_call(guest.get(), "swap", arguments, 2, results, 2));
  EXPECT_EQ(results[0].type, static_cast<std::uint32_t>(INGOT_TYPE_I64));
  EXPECT_EQ(results[0].of.i64, INT64_MIN);
  EXPECT_EQ(results[1].of.i32, -2);

  ingot_value vector[2] = {{}, value_of(3)};
  vector[0].type = INGOT_TYPE_V128;
  for (std::uint8_t index = 0; index < 16; ++index) vector[0].of.v128[index] = index;
  ingot_value sum;
  check(ingot_instance_call(guest.get(), "wide", vector, 2, &sum, 1));
  for (std::uint8_t index = 0; index < 16; ++index) EXPECT_EQ(sum.of.v128[index], index + (index % 4 == 0 ? 3 : 0)) << int{index};
}

TEST(Call, WhatDoesNotFitIsRefusedAndHarmsNothing) {
  Worker worker;
  const Instance guest = worker.start();
  const ingot_value one = value_of(1);
  ingot_value result{};
  const auto code = [&](const char* name, const ingot_value* arguments, std::size_t count, std::size_t results) {
    return failure_of([&] { check(ingot_instance_call(guest.get(), name, arguments, count, &result, results)); }).code();
  };
  EXPECT_EQ(code("missing", &one, 1, 1), INGOT_ERROR_ARGUMENT);
  EXPECT_EQ(code("memory", &one, 1, 1), INGOT_ERROR_ARGUMENT);
  EXPECT_EQ(code("ask", &one, 0, 1), INGOT_ERROR_ARGUMENT);
  EXPECT_EQ(code("ask", &one, 1, 0), INGOT_ERROR_ARGUMENT);
  ingot_value wrong = one;
  wrong.type = INGOT_TYPE_F32;
  EXPECT_EQ(code("ask", &wrong, 1, 1), INGOT_ERROR_ARGUMENT);
  wrong.type = 12345;
  EXPECT_EQ(code("ask", &wrong, 1, 1), INGOT_ERROR_ARGUMENT);
  EXPECT_EQ(code("ask", nullptr, 1, 1), INGOT_ERROR_ARGUMENT);
  EXPECT_EQ(failure_of([&] { check(ingot_instance_call(guest.get(), "ask", &one, 1, nullptr, 1)); }).code(), INGOT_ERROR_ARGUMENT);
  char* bytes = nullptr;
  std::size_t count = 0;
  EXPECT_EQ(failure_of([&] { check(ingot_instance_call_bytes(guest.get(), "shift", nullptr, 5, &bytes, &count)); }).code(), INGOT_ERROR_ARGUMENT);
  EXPECT_EQ(failure_of([&] { (void)guest.function<float()>("ask"); }).code(), INGOT_ERROR_CONTRACT);
  EXPECT_EQ(guest.metrics().calls, 0u);
  EXPECT_EQ(guest.function<std::int32_t(std::int32_t)>("ask")(21), 42);
}

TEST(Call, BytesInBytesOut) {
  Worker worker;
  const Instance guest = worker.start();
  EXPECT_EQ(guest.call_bytes("shift", "HAL"), "IBM");
  EXPECT_EQ(guest.call_bytes("shift", ""), "");
  EXPECT_EQ(guest.call_bytes("shift", std::string(3, '\0')), "\1\1\1");
  EXPECT_EQ(failure_of([&] { (void)guest.call_bytes("answer_outside", "x"); }).code(), INGOT_ERROR_CONTRACT);
  EXPECT_EQ(failure_of([&] { (void)guest.call_bytes("mix", "x"); }).code(), INGOT_ERROR_CONTRACT);
  EXPECT_EQ(failure_of([&] { (void)guest.call_bytes("shift", std::string(100'000, 'x')); }).code(), INGOT_ERROR_CONTRACT);  // more than the guest has room for
  ingot_limits narrow = ingot_limits_default();
  narrow.output_bytes = 3;
  const Instance tight = worker.start(narrow);
  EXPECT_EQ(tight.call_bytes("shift", "HAL"), "IBM");
  EXPECT_EQ(failure_of([&] { (void)tight.call_bytes("shift", "four"); }).code(), INGOT_ERROR_CONTRACT);
}

TEST(Trap, IsAValueWithItsReasonAndTheGuestsFunctions) {
  Worker worker;
  const Instance guest = worker.start();
  const auto divide = guest.function<std::int32_t(std::int32_t, std::int32_t)>("divide");
  const Failure trap = failure_of([&] { (void)divide(1, 0); });
  EXPECT_EQ(trap.code(), INGOT_ERROR_TRAP);
  EXPECT_EQ(trap.trap(), INGOT_TRAP_DIVIDE_BY_ZERO);
  ASSERT_FALSE(trap.frames().empty());
  EXPECT_EQ(trap.frames().front(), "divide");
  // Nothing more until it is reset; and then as it was.
  EXPECT_EQ(failure_of([&] { (void)divide(4, 2); }).code(), INGOT_ERROR_ARGUMENT);
  guest.reset();
  EXPECT_EQ(divide(4, 2), 2);
  EXPECT_EQ(guest.metrics().traps, 1u);
}

TEST(Trap, AQuickCallSaysTheRestOnce) {
  Worker worker;
  const Instance guest = worker.start();
  ingot_function divide;
  check(ingot_instance_function(guest.get(), "divide", nullptr, &divide));
  EXPECT_EQ(ingot_instance_last_error(guest.get()), nullptr);
  ingot_slot slots[2] = {};
  slots[0].i32 = 0x80000000u;
  slots[1].i64 = 0xffffffffu;
  EXPECT_EQ(ingot_function_call(&divide, slots), INGOT_TRAP_INTEGER_OVERFLOW);
  ingot_error* const error = ingot_instance_last_error(guest.get());
  ASSERT_NE(error, nullptr);
  EXPECT_EQ(ingot_error_trap(error), INGOT_TRAP_INTEGER_OVERFLOW);
  ingot_error_free(error);
  EXPECT_EQ(ingot_instance_last_error(guest.get()), nullptr);
  EXPECT_EQ(ingot_function_call(&divide, slots), INGOT_TRAP_HOST);  // not reset
  ingot_error* const refused = ingot_instance_last_error(guest.get());
  ASSERT_NE(refused, nullptr);
  EXPECT_EQ(ingot_error_get_code(refused), INGOT_ERROR_ARGUMENT);
  ingot_error_free(refused);
}

TEST(Trap, WhileStarting) {
  const Module module = load("bad_start");
  const Linker linker;
  const Failure trap = failure_of([&] { Instance(module, linker); });
  EXPECT_EQ(trap.trap(), INGOT_TRAP_UNREACHABLE);
  EXPECT_NE(std::string(trap.what()).find("start"), std::string::npos) << trap.what();
}

TEST(HostFunction, ReasonsReachTheCaller) {
  Worker plain;
  const Module& module = plain.module;
  Linker linker;
  linker.define("env", "twice", [](std::int32_t) -> std::int32_t { throw Stop(INGOT_TRAP_EXIT, "enough of this"); });
  linker.define("env", "say", [](Caller caller, std::uint32_t address, std::uint32_t bytes) { (void)caller.text(address, bytes); });
  linker.define("env", "wait", [] {});
  const Instance guest(module, linker);
  const Failure stopped = failure_of([&] { (void)guest.function<std::int32_t(std::int32_t)>("ask")(1); });
  EXPECT_EQ(stopped.trap(), INGOT_TRAP_EXIT);
  EXPECT_NE(std::string(stopped.what()).find("enough of this"), std::string::npos) << stopped.what();
  guest.reset();
  guest.function<void()>("say")();
  const Failure outside = failure_of([&] { guest.function<void()>("say_outside")(); });
  EXPECT_EQ(outside.trap(), INGOT_TRAP_HOST);
  EXPECT_NE(std::string(outside.what()).find("outside"), std::string::npos) << outside.what();
}

TEST(HostFunction, AReturnedNumberThatIsNoTrapIsOne) {
  const Module module = load("asks_at_start");
  for (const std::uint32_t returned : {99u, 0xffffffffu, static_cast<std::uint32_t>(INGOT_TRAP_COUNT)}) {
    Linker linker;
    std::uint32_t number = returned;
    check(ingot_linker_define(linker.get(), "env", "twice", nullptr, [](const ingot_host_call* call, ingot_slot*) { return *static_cast<std::uint32_t*>(call->user); },
                              &number, nullptr, 0));
    EXPECT_EQ(failure_of([&] { Instance(module, linker); }).trap(), INGOT_TRAP_HOST);
  }
}

TEST(HostFunction, WhatItIgnoredIsNotWhatItsGuestEndedWith) {
  Worker plain;
  Linker linker;
  linker.define("env", "twice", [](Caller caller, std::int32_t number) {
    ingot_function count;
    check(ingot_instance_function(caller.get(), "count", nullptr, &count));
    ingot_slot slot{};
    EXPECT_EQ(ingot_function_call(&count, &slot), INGOT_TRAP_HOST);  // refused, and nobody asks why
    return number;
  });
  linker.define("env", "say", [](Caller caller, std::uint32_t address, std::uint32_t bytes) {
    ingot_function count;
    check(ingot_instance_function(caller.get(), "count", nullptr, &count));
    ingot_slot slot{};
    EXPECT_EQ(ingot_function_call(&count, &slot), INGOT_TRAP_HOST);
    (void)caller.text(address, bytes);
  });
  linker.define("env", "wait", [] {});
  const Instance guest(plain.module, linker);
  const Scope scope(1'000'000'000);
  EXPECT_EQ(failure_of([&] { guest.function<void()>("say_outside")(); }).trap(), INGOT_TRAP_HOST);
}

TEST(HostFunction, CannotCallItsCallerButAnotherGuest) {
  Worker plain;
  const Instance other = plain.start();
  Linker linker;
  std::string refusal;
  linker.define("env", "twice", [&](Caller caller, std::int32_t number) {
    ingot_value value = value_of(1), result;
    ingot_error* const error = ingot_instance_call(caller.get(), "ask", &value, 1, &result, 1);
    refusal = error != nullptr ? ingot_error_message(error) : "";
    ingot_error_free(error);
    ingot_error* const reset = ingot_instance_reset(caller.get());
    EXPECT_NE(reset, nullptr);
    ingot_error_free(reset);
    return other.function<std::int32_t(std::int32_t)>("ask")(number) + 1;
  });
  linker.define("env", "say", [](std::uint32_t, std::uint32_t) {});
  linker.define("env", "wait", [] {});
  const Instance guest(plain.module, linker);
  EXPECT_EQ(guest.function<std::int32_t(std::int32_t)>("ask")(20), 41);
  EXPECT_NE(refusal.find("is running"), std::string::npos) << refusal;
}

TEST(HostFunction, ALeafAndAnOrdinaryOneAreTheSame) {
  Worker plain;
  for (const std::uint32_t flags : {0u, static_cast<std::uint32_t>(INGOT_LEAF)}) {
    Linker linker;
    linker.define("env", "twice", [](std::int32_t number) { return number * 2; }, flags);
    linker.define("env", "say", [](std::uint32_t, std::uint32_t) {});
    linker.define("env", "wait", [] {});
    const Instance guest(plain.module, linker);
    EXPECT_EQ(guest.function<std::int32_t(std::int32_t)>("ask_often")(1000), 1000 * 1001);
    EXPECT_EQ(guest.metrics().host_calls, flags == INGOT_LEAF ? 0u : 1000u);
  }
}

TEST(HostFunction, AGuestAtTheEndOfItsStackNeverHurtsTheHost) {
  Worker plain;
  Linker linker;
  // Needs a quarter of a megabyte: far more than a guest's stack has left, so it has to run on the thread's.
  linker.define("env", "twice", [](std::int32_t number) {
    volatile char room[256 * 1024];
    room[0] = static_cast<char>(number);
    room[sizeof room - 1] = static_cast<char>(number);
    return static_cast<std::int32_t>(room[0]);
  });
  linker.define("env", "say", [](std::uint32_t, std::uint32_t) {});
  linker.define("env", "wait", [] {});
  const Instance guest(plain.module, linker);
  const auto below = guest.function<std::int32_t(std::int32_t)>("below");
  bool exhausted = false;
  for (std::int32_t depth = 1; depth < (1 << 24); depth *= 2) {
    std::int32_t result = -1;
    const ingot_trap trap = below.call(&result, depth);
    if (trap == INGOT_TRAP_NONE) {
      EXPECT_EQ(result, depth);
      continue;
    }
    EXPECT_EQ(trap, INGOT_TRAP_STACK_EXHAUSTED);
    exhausted = true;
    guest.reset();
  }
  EXPECT_TRUE(exhausted);
}

TEST(Reset, LeavesNothingOfTheLastCaller) {
  Worker worker;
  const Instance guest = worker.start();
  const auto count = guest.function<std::int32_t()>("count"), counted = guest.function<std::int32_t()>("counted");
  EXPECT_EQ(count(), 1);
  EXPECT_EQ(count(), 2);
  EXPECT_EQ(counted(), 2);
  EXPECT_EQ(guest.function<std::int32_t(std::int32_t)>("grow")(2), 1);
  EXPECT_EQ(guest.metrics().memory_bytes, 3u * 65536);
  guest.reset();
  EXPECT_EQ(guest.metrics().memory_bytes, 65536u);
  EXPECT_EQ(counted(), 0);
  EXPECT_EQ(count(), 1);
}

// A reset trusts that a thread without a new page fault has written to no new page. Whoever else wrote must be noticed.
TEST(Reset, LeavesNothingOfAnotherThread) {
  Worker worker;
  const Instance guest = worker.start();
  const auto count = guest.function<std::int32_t()>("count"), counted = guest.function<std::int32_t()>("counted");
  const auto byte_at = [&](std::uint32_t address) {
    std::uint8_t byte = 0xff;
    EXPECT_TRUE(ingot_instance_read(guest.get(), address, &byte, 1));
    return byte;
  };
  for (std::uint32_t page = 1; page < 14; ++page) {
    for (int quick = 0; quick < 3; ++quick) {
      EXPECT_EQ(count(), 1);
      guest.reset();
    }
    const std::uint32_t address = page * 4096 + 5;
    std::thread([&] {
      if (page % 2 == 0) EXPECT_EQ(count(), 1);
      EXPECT_TRUE(ingot_instance_write(guest.get(), address, "x", 1));
    }).join();
    EXPECT_EQ(byte_at(address), 'x');
    if (page % 3 == 0) (void)count();
    guest.reset();
    EXPECT_EQ(byte_at(address), 0) << page;
    EXPECT_EQ(counted(), 0);
  }
}

// The same for address space that the next instance gets.
TEST(Reset, AnInstanceBeginsCleanWhereAnotherThreadsHasEnded) {
  Worker worker;
  for (std::uint32_t page = 1; page < 14; ++page) {
    for (int quick = 0; quick < 3; ++quick) EXPECT_EQ(worker.start().function<std::int32_t()>("count")(), 1);
    const std::uint32_t address = page * 4096 + 5;
    std::thread([&] {
      const Instance guest = worker.start();
      EXPECT_TRUE(ingot_instance_write(guest.get(), address, "x", 1));
    }).join();
    const Instance guest = worker.start();
    std::uint8_t byte = 0xff;
    EXPECT_TRUE(ingot_instance_read(guest.get(), address, &byte, 1));
    EXPECT_EQ(byte, 0) << page;
  }
}

TEST(Reset, AStartThatAskedTheHostAsksAgain) {
  const Module module = load("asks_at_start");
  Linker linker;
  std::int32_t asked = 0;
  linker.define("env", "twice", [&](std::int32_t) { return ++asked; });
  const Instance guest(module, linker);
  const auto told = guest.function<std::int32_t()>("told");
  EXPECT_EQ(told(), 1);
  guest.reset();
  EXPECT_EQ(told(), 2);
  EXPECT_EQ(guest.metrics().calls, 2u);
}

TEST(Memory, OnlyWhatIsInside) {
  Worker worker;
  const Instance guest = worker.start();
  char text[6] = {};
  EXPECT_TRUE(ingot_instance_read(guest.get(), 16, text, 5));
  EXPECT_STREQ(text, "hello");
  EXPECT_EQ(ingot_instance_memory_bytes(guest.get()), 65536u);
  EXPECT_TRUE(ingot_instance_read(guest.get(), 65531, text, 5));
  EXPECT_FALSE(ingot_instance_read(guest.get(), 65532, text, 5));
  EXPECT_FALSE(ingot_instance_read(guest.get(), 0xffffffffu, text, 2));
  EXPECT_FALSE(ingot_instance_read(guest.get(), 0, text, std::size_t{1} << 32));
  EXPECT_TRUE(ingot_instance_read(guest.get(), 65536, text, 0));
  EXPECT_TRUE(ingot_instance_write(guest.get(), 65535, "x", 1));
  EXPECT_FALSE(ingot_instance_write(guest.get(), 65535, "xy", 2));
  EXPECT_TRUE(ingot_instance_read(guest.get(), 65535, text, 1));
  EXPECT_EQ(text[0], 'x');
}

TEST(Metrics, CountWhatLives) {
  Engine own = make_engine();
  {
    Module module = own.load_file(guest_path("one.ingot"));
    const Linker linker;
    const Instance first(module, linker), second(module, linker);
    EXPECT_EQ(own.metrics().instances_alive, 2u);
    EXPECT_EQ(own.metrics().modules_alive, 1u);
    {
      const Module gone = std::move(module);  // freed before its instances
    }
    EXPECT_EQ(own.metrics().modules_alive, 1u);
    EXPECT_EQ(first.function<std::int32_t()>("version")(), 1);
  }
  EXPECT_EQ(own.metrics().instances_alive, 0u);
  EXPECT_EQ(own.metrics().modules_alive, 0u);
  EXPECT_EQ(own.metrics().modules_loaded, 1u);
}

TEST(Threads, AnInstanceMayBeHandedOn) {
  Worker worker;
  const Instance guest = worker.start();
  const auto count = guest.function<std::int32_t()>("count");
  for (std::int32_t turn = 1; turn <= 8; ++turn) {
    std::thread([&] { EXPECT_EQ(count(), turn); }).join();
  }
}

// Quick calls are for the thread that called last; whoever is another must be noticed each time, inside a scope or not.
TEST(Threads, TwoMayTakeTurns) {
  Worker worker;
  const Instance guest = worker.start();
  const auto count = guest.function<std::int32_t()>("count");
  std::mutex turn;
  std::atomic<std::int32_t> counted{0};
  const auto take_turns = [&](bool in_scope) {
    std::optional<Scope> scope;
    if (in_scope) scope.emplace(60'000'000'000);
    for (int round = 0; round < 2000; ++round) {
      const std::scoped_lock lock(turn);
      ASSERT_EQ(count(), ++counted);
    }
  };
  std::thread other(take_turns, false), third(take_turns, true);
  take_turns(true);
  other.join();
  third.join();
  guest.reset();
  EXPECT_EQ(count(), 1);
}

}  // namespace
}  // namespace ingot::test
