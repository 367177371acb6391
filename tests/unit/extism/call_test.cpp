// SPDX-License-Identifier: Apache-2.0
// A call: what goes in and comes out, how it fails, what stays until the next one.
#include "fixture.hpp"

#include <chrono>
#include <thread>

#include "sandbox/strand.hpp"

namespace ingot::test {
namespace {

using namespace std::chrono_literals;

TEST(PluginCall, Input_goes_in_and_output_comes_out) {
  const auto plugin = tour();
  for (const std::size_t bytes : {0u, 1u, 7u, 8u, 9u, 64u, 100'001u}) {
    std::string text(bytes, 'x');
    for (std::size_t at = 0; at < bytes; ++at) text[at] = static_cast<char>(at * 7);
    EXPECT_EQ(output_of(*plugin, "echo", text), text);
    EXPECT_EQ(output_of(*plugin, "copy", text), text);
    EXPECT_EQ(output_of(*plugin, "copy_void", text), text);
  }
  EXPECT_EQ(output_of(*plugin, "inner", "abcde"), "bcd");
}

TEST(PluginCall, Behind_the_shared_memory_nothing_is_read_or_written) {
  const auto plugin = make({{"", guest("edges")}});
  for (int turn = 0; turn < 3; ++turn) EXPECT_EQ(plugin->call("edges", "0123456789").code, 0);  // else the number of the check in edges.wat
}

TEST(PluginCall, Globals_stay_and_the_shared_memory_does_not) {
  const auto plugin = tour();
  for (std::uint64_t turn = 1; turn <= 3; ++turn) EXPECT_EQ(number_of(*plugin, "count"), turn);
  output_of(*plugin, "echo", std::string(100, 'x'));
  EXPECT_EQ(output_of(*plugin, "copy", ""), "");
  const auto other = tour();
  EXPECT_EQ(number_of(*other, "count"), 1u);
}

TEST(PluginCall, What_is_not_there_or_takes_numbers_cannot_be_called) {
  const auto plugin = tour();
  EXPECT_EQ(error_of(*plugin, "nowhere"), "Function not found: nowhere");
  EXPECT_EQ(error_of(*plugin, "memory"), "Function not found: memory");
  EXPECT_EQ(error_of(*plugin, "pair"), "Function pair has 2 results, expected 0 or 1");
  EXPECT_NE(error_of(*plugin, "takes"), "no error");
  EXPECT_EQ(plugin->call("nowhere", "").code, -1);
  EXPECT_TRUE(plugin->has_function("echo"));
  EXPECT_TRUE(plugin->has_function("copy_void"));
  EXPECT_FALSE(plugin->has_function("nowhere"));
  EXPECT_FALSE(plugin->has_function("takes"));
}

TEST(PluginCall, A_code_that_is_not_zero_is_a_failure) {
  const auto plugin = tour();
  const CallOutcome seven = plugin->call("seven", "");
  EXPECT_EQ(seven.code, 7);
  EXPECT_EQ(seven.error, "Returned non-zero exit code: 7");
  EXPECT_EQ(output_of(*plugin, "echo", "on we go"), "on we go");
}

TEST(PluginCall, An_error_that_was_set_is_a_failure_whatever_is_returned) {
  const auto plugin = tour();
  EXPECT_EQ(plugin->call("error_zero", "").error, "wrong");
  EXPECT_EQ(plugin->call("error_zero", "").code, 0);
  EXPECT_EQ(plugin->call("error_seven", "").error, "wrong");
  EXPECT_EQ(plugin->call("error_seven", "").code, 7);
  EXPECT_EQ(output_of(*plugin, "echo", "the next one is new"), "the next one is new");
  EXPECT_EQ(error_of(*plugin, "error_taken_back"), "no error");
  EXPECT_EQ(error_of(*plugin, "error_nowhere"), "no error");
  EXPECT_GT(output_of(*plugin, "error_get").size(), 0u);
}

TEST(PluginCall, A_trap_is_134_and_the_next_call_finds_the_plugin_as_new) {
  const auto plugin = tour();
  number_of(*plugin, "count");
  const CallOutcome trapped = plugin->call("trap", "");
  EXPECT_EQ(trapped.code, 134);
  ASSERT_TRUE(trapped.trap.has_value());
  EXPECT_EQ(trapped.trap->kind, INGOT_TRAP_UNREACHABLE);
  EXPECT_NE(trapped.error->find("unreachable"), std::string::npos) << *trapped.error;
  EXPECT_EQ(plugin->call("error_trap", "").error, "wrong");
  EXPECT_EQ(number_of(*plugin, "count"), 1u);
}

TEST(PluginCall, Initialisers_run_once_in_the_order_of_their_language) {
  // Digits: 1 _initialize, 2 __wasm_call_ctors, 3 hs_init.
  for (const auto& [name, order] : {std::pair{"hs", 13u}, {"constructors", 2u}, {"reactor", 1u}}) {
    const auto plugin = make({{"", guest(name)}});
    EXPECT_EQ(number_of(*plugin, "order"), order) << name;
    EXPECT_EQ(number_of(*plugin, "order"), order) << name;
  }
}

TEST(PluginCall, A_program_runs_once_and_then_is_new) {
  const auto plugin = program();
  for (int turn = 0; turn < 3; ++turn) EXPECT_EQ(number_of(*plugin, "_start"), 1u);
  EXPECT_EQ(number_of(*plugin, "again"), 1u);
  EXPECT_EQ(number_of(*plugin, "again"), 2u);
  EXPECT_EQ(number_of(*plugin, "_start"), 3u);
  EXPECT_EQ(number_of(*plugin, "again"), 1u);
}

TEST(PluginCall, Exit_codes_are_the_programs) {
  const auto plugin = program();
  EXPECT_EQ(number_of(*plugin, "exit_zero"), 5u);
  EXPECT_EQ(plugin->call("exit_three", "").code, 3);
  EXPECT_EQ(error_of(*plugin, "exit_three"), "Returned non-zero exit code: 3");
  EXPECT_EQ(error_of(*plugin, "exit_zero_with_error"), "!");
  EXPECT_EQ(number_of(*plugin, "again"), 1u);
}

TEST(PluginCall, A_deadline_ends_a_call_and_not_the_plugin) {
  PluginOptions options;
  options.timeout_ms = 50;
  const auto plugin = tour(std::move(options));
  for (const char* name : {"forever", "forever_asking"}) {
    const auto before = sandbox::Clock::now();
    const CallOutcome late = plugin->call(name, "");
    EXPECT_EQ(late.error, "timeout") << name;
    EXPECT_LT(sandbox::Clock::now() - before, 10s);
    EXPECT_EQ(output_of(*plugin, "echo", "next"), "next");
  }
}

TEST(PluginCall, Another_thread_can_end_a_call_and_no_later_one) {
  const auto plugin = tour();
  plugin->cancel();
  EXPECT_EQ(output_of(*plugin, "echo", "nothing ran"), "nothing ran");
  std::atomic<bool> over = false;
  std::thread canceller([&] {
    while (!over) {
      std::this_thread::sleep_for(5ms);
      plugin->cancel();
    }
  });
  const CallOutcome stopped = plugin->call("forever", "");
  over = true;
  canceller.join();
  EXPECT_EQ(stopped.error, "cancelled");
  EXPECT_EQ(output_of(*plugin, "echo", "next"), "next");
}

// Without a deadline nobody looks after a call before somebody asks for its end, mostly before its guest has been entered: that one request must not be lost.
TEST(PluginCall, One_request_ends_a_call_that_nobody_looked_after) {
  const auto plugin = tour();
  for (int round = 0; round < 20; ++round) {
    for (const char* name : {"forever", "forever_asking"}) {
      std::this_thread::sleep_for(15ms);  // the watchdog rests by then
      std::thread canceller([&] {
        while (!plugin->cancel()) std::this_thread::yield();
        // Once more would hide that the first was lost.
      });
      const CallOutcome stopped = plugin->call(name, "");
      canceller.join();
      ASSERT_EQ(stopped.error, "cancelled") << name;
    }
  }
}

TEST(PluginCall, A_plugin_is_not_called_while_it_is_called) {
  PluginOptions options;
  options.functions = own_functions();
  Plugin* inner = nullptr;
  std::string said;
  options.functions[0].body = [&](PluginHost&, ingot_slot* slots) {
    said = inner->call("echo", "again").error.value_or("no error");
    slots[0].i64 = 0;
    return INGOT_TRAP_NONE;
  };
  const auto plugin = tour(std::move(options));
  inner = plugin.get();
  EXPECT_EQ(output_of(*plugin, "twice", "x"), "");
  EXPECT_EQ(said, "cannot make reentrant calls into plugin");
}

TEST(PluginCall, Another_plugin_is_called_while_one_is) {
  PluginOptions options;
  options.functions = own_functions();
  const auto other = tour();
  std::string said;
  options.functions[0].body = [&](PluginHost&, ingot_slot* slots) {
    said = other->call("forever_not", "").error.value_or("no error") + "; " + std::string((other->call("echo", "inner"), other->output()));
    slots[0].i64 = 0;
    return INGOT_TRAP_NONE;
  };
  const auto plugin = tour(std::move(options));
  output_of(*plugin, "twice", "x");
  EXPECT_EQ(said, "Function not found: forever_not; inner");
}

TEST(PluginCall, Reset_takes_the_output_away) {
  const auto plugin = tour();
  output_of(*plugin, "echo", "text");
  plugin->reset();
  EXPECT_EQ(plugin->output(), "");
}

TEST(PluginCall, Offsets_and_lengths_that_make_no_sense_reach_nothing) {
  const auto plugin = tour();
  EXPECT_EQ(number_of(*plugin, "far", "some input"), 0u);
  EXPECT_EQ(number_of(*plugin, "reset", "some input"), 0u);
  EXPECT_EQ(number_of(*plugin, "output_where", "abc"), 2u);
  EXPECT_EQ(number_of(*plugin, "alloc_number", eight_bytes(0)), 0u);
  EXPECT_EQ(number_of(*plugin, "alloc_number", eight_bytes(~std::uint64_t{0})), 0u);
  EXPECT_EQ(number_of(*plugin, "memory_bytes"), 65'536u);
}

TEST(PluginMemory, Has_a_limit_for_all_of_it_together) {
  // 65,536 bytes are there at first: the input needs none more, the block for the output one page, the guest's memory the rest.
  const auto grows = [](std::uint32_t pages_max, std::uint64_t by) {
    PluginOptions options;
    options.memory_pages_max = pages_max;
    const auto plugin = tour(std::move(options));
    return error_of(*plugin, "grow", eight_bytes(by));
  };
  EXPECT_EQ(grows(4, 4), "no error");
  EXPECT_EQ(grows(4, 5), "oom");
  EXPECT_EQ(grows(4, 60'000), "oom");
}

TEST(PluginMemory, The_limit_counts_what_the_host_holds_for_it) {
  const auto copies = [](std::uint32_t pages_max, std::size_t bytes) {
    PluginOptions options;
    options.memory_pages_max = pages_max;
    const auto plugin = tour(std::move(options));
    const std::string said = error_of(*plugin, "copy", std::string(bytes, 'x'));
    // Its next call is not worse off.
    EXPECT_EQ(error_of(*plugin, "echo", "small"), "no error");
    return said;
  };
  EXPECT_EQ(copies(3, 131'072), "no error");  // 4 pages, of which the first is free
  EXPECT_EQ(copies(2, 131'072), "oom");
  EXPECT_EQ(copies(1, 1'000'000), "oom");  // the input alone
  PluginOptions options;
  options.memory_pages_max = 100;
  const auto plugin = tour(std::move(options));
  EXPECT_EQ(error_of(*plugin, "alloc_much"), "oom");
}

TEST(PluginMemory, Without_a_limit_there_is_a_quota_and_no_trap) {
  PluginOptions options;
  options.memory_bytes_max = 4 * limits::MiB;
  const auto plugin = tour(std::move(options));
  EXPECT_EQ(number_of(*plugin, "grow", eight_bytes(1000)), ~std::uint64_t{0});
  EXPECT_EQ(number_of(*plugin, "grow", eight_bytes(10)), 1u);
  EXPECT_EQ(error_of(*plugin, "alloc_much"), "no error");
}

}  // namespace
}  // namespace ingot::test
