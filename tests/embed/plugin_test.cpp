// SPDX-License-Identifier: Apache-2.0
// ingot_plugin.h, on the guests of unit/extism, cast and signed by run.mjs.
#include <algorithm>
#include <atomic>
#include <cstring>
#include <set>
#include <thread>
#include <vector>

#include "embed/plugin_source.hpp"

namespace ingot::test {
namespace {

std::string caller_and_library() { return manifest(module("caller") + ", " + module("library", "library")); }

std::string refusal(std::string_view source, bool with_wasi = false) {
  const Failure failed = failure_of([&] { Plugin(engine(), source, {}, with_wasi); });
  return std::to_string(failed.code()) + ": " + failed.what();
}

TEST(Plugin, Input_goes_in_and_output_comes_out) {
  Plugin plugin = tour();
  EXPECT_EQ(plugin.call("echo", "hello"), "hello");
  EXPECT_EQ(plugin.call("copy", std::string(100'001, 'x')), std::string(100'001, 'x'));
  EXPECT_EQ(plugin.call("copy"), "");
  EXPECT_EQ(plugin.call("count"), number_text(1));
  EXPECT_EQ(plugin.call("count"), number_text(2));
}

TEST(Plugin, Calls_that_fail_have_a_code_and_a_text) {
  Plugin plugin = tour();
  EXPECT_EQ(failure(plugin, "seven"), "7: Returned non-zero exit code: 7");
  EXPECT_EQ(failure(plugin, "error_seven"), "7: wrong");
  EXPECT_EQ(failure(plugin, "error_zero"), "-1: wrong");  // what returns 0 has failed all the same
  EXPECT_EQ(failure(plugin, "nowhere"), "-1: Function not found: nowhere");
  EXPECT_EQ(failure(plugin, "trap").substr(0, 5), "134: ");
  EXPECT_EQ(ingot_plugin_call(plugin.get(), nullptr, nullptr, 0), -1);
  EXPECT_EQ(ingot_plugin_call(plugin.get(), "echo", nullptr, 3), -1);
  EXPECT_STREQ(ingot_plugin_error(plugin.get()), "the input is NULL, and its length is 3");
  EXPECT_EQ(plugin.call("echo", "on we go"), "on we go");
  EXPECT_EQ(ingot_plugin_error(plugin.get()), nullptr);
}

TEST(Plugin, Functions_that_can_be_called_exist) {
  const Plugin plugin = tour();
  EXPECT_TRUE(plugin.function_exists("echo"));
  EXPECT_FALSE(plugin.function_exists("nowhere"));
  EXPECT_FALSE(plugin.function_exists("takes"));
  EXPECT_FALSE(plugin.function_exists("memory"));
  EXPECT_FALSE(ingot_plugin_function_exists(plugin.get(), nullptr));
}

TEST(Plugin, Settings_are_the_manifests_until_they_are_changed) {
  Plugin plugin = tour(R"(, "config": {"colour": "blue", "size": "9"})");
  EXPECT_EQ(plugin.call("config", "colour"), "blue");
  plugin.config(R"({"colour": "red", "size": null, "new": "text"})");
  EXPECT_EQ(plugin.call("config", "colour"), "red");
  EXPECT_EQ(plugin.call("config", "size"), "");
  EXPECT_EQ(plugin.call("config", "new"), "text");
  for (const char* wrong : {"", "[]", "{", R"({"colour": 1})", R"({"new": null, "colour": {}})", R"("colour")"}) {
    EXPECT_THROW(plugin.config(wrong), std::invalid_argument) << wrong;
  }
  EXPECT_EQ(plugin.call("config", "colour"), "red");
  EXPECT_EQ(plugin.call("config", "new"), "text");
}

TEST(Plugin, A_manifest_may_be_toml) {
  const Imports imports;
  Plugin plugin(engine(), "[config]\ncolour = \"green\"\n[[wasm]]\npath = \"" + plugin_path("tour.ingot") + "\"\n", {&imports.twice, &imports.mix});
  EXPECT_EQ(plugin.call("config", "colour"), "green");
}

TEST(Plugin, Several_modules_call_one_another) {
  Plugin plugin(engine(), caller_and_library());
  EXPECT_EQ(plugin.call("next"), number_text(101));  // the library's initialiser has set 100
  EXPECT_EQ(plugin.call("next"), number_text(102));
  EXPECT_EQ(failure(plugin, "stop").substr(0, 5), "134: ");
}

TEST(Plugin, Limits_of_the_manifest_hold) {
  Plugin late = tour(R"(, "timeout_ms": 50)");
  EXPECT_EQ(failure(late, "forever"), "134: timeout");
  EXPECT_EQ(late.call("echo", "next"), "next");
  Plugin small = tour(R"(, "memory": {"max_pages": 4})");
  EXPECT_EQ(failure(small, "alloc_much"), "134: oom");
}

TEST(Plugin, A_call_scope_around_it_holds) {
  Plugin plugin = tour();
  const Scope scope(20'000'000);
  EXPECT_EQ(failure(plugin, "forever"), "134: timeout");
}

TEST(Plugin, Reset_takes_the_output_and_leaves_the_rest) {
  Plugin plugin = tour();
  plugin.call("var_put", "kept");
  plugin.call("echo", "hello");
  EXPECT_EQ(ingot_plugin_output_length(plugin.get()), 5u);
  plugin.reset();
  EXPECT_EQ(ingot_plugin_output_length(plugin.get()), 0u);
  EXPECT_EQ(plugin.call("var_read"), "kept");
}

TEST(Plugin, Has_an_id_of_its_own) {
  std::set<std::array<std::uint8_t, 16>> ids;
  const Imports imports;
  const CompiledPlugin compiled(engine(), bundle("tour"), {&imports.twice, &imports.mix});
  for (int turn = 0; turn < 8; ++turn) {
    const auto id = Plugin(compiled).id();
    EXPECT_EQ(id[6] >> 4, 4);
    EXPECT_EQ(id[8] >> 6, 2);
    ids.insert(id);
  }
  EXPECT_EQ(ids.size(), 8u);
}

TEST(Plugin, Is_cancelled_from_another_thread) {
  Plugin plugin = tour();
  EXPECT_FALSE(plugin.cancel());  // nothing runs, and the next call is not touched
  EXPECT_EQ(plugin.call("echo", "hello"), "hello");
  std::atomic<bool> cancelled{false};
  std::thread other([&] {
    while (!cancelled.load()) cancelled.store(plugin.cancel());
  });
  EXPECT_EQ(failure(plugin, "forever"), "134: cancelled");
  other.join();
  EXPECT_EQ(plugin.call("echo", "next"), "next");
}

TEST(Plugin, Says_what_it_logs_from_a_level_on) {
  Plugin plugin = tour();
  std::vector<std::string> lines;
  const ingot_plugin_log keep = [](void* user, const char* level, const char* text, size_t bytes) { static_cast<std::vector<std::string>*>(user)->push_back(std::string(level) + " " + std::string(text, bytes)); };
  plugin.call("log_all", "silent");
  EXPECT_TRUE(ingot_plugin_log_to(plugin.get(), "warn", keep, &lines));
  plugin.call("log_all", "x");
  EXPECT_EQ(lines, (std::vector<std::string>{"warn x", "error x"}));
  EXPECT_FALSE(ingot_plugin_log_to(plugin.get(), "loud", keep, &lines));
  EXPECT_FALSE(ingot_plugin_log_to(plugin.get(), "info", nullptr, nullptr));
  EXPECT_TRUE(ingot_plugin_log_to(plugin.get(), "off", nullptr, nullptr));
  plugin.call("log_all", "y");
  EXPECT_EQ(lines.size(), 2u);
}

TEST(Plugin, Reaches_no_host_that_is_not_allowed) {
  Plugin plugin = tour();
  EXPECT_EQ(failure(plugin, "http", R"({"url": "http://127.0.0.1:1/"})"), "134: HTTP request to http://127.0.0.1:1/ is not allowed");
}

TEST(Plugin, Finds_wasi_only_where_it_is_granted) {
  EXPECT_TRUE(contains(refusal(bundle("program")), "WASI was not granted")) << refusal(bundle("program"));
  Plugin plain(engine(), bundle("program"), {}, true);
  EXPECT_EQ(failure(plain, "exit_three"), "3: Returned non-zero exit code: 3");
  EXPECT_EQ(plain.call("exit_zero"), number_text(5));
  EXPECT_EQ(plain.call("_start"), number_text(1));
  EXPECT_EQ(plain.call("_start"), number_text(1));
  EXPECT_EQ(plain.call("directory"), number_text(8));  // badf
  EXPECT_EQ(plain.call("print"), number_text(8));      // no stream to print to
  Plugin granted(engine(), manifest(module("program"), R"(, "allowed_paths": {"ro:/": "/root"})"), {}, true);
  EXPECT_EQ(granted.call("directory"), number_text(0));
}

TEST(PluginRefusal, Names_what_is_wrong_with_the_source) {
  const std::string argument = std::to_string(INGOT_ERROR_ARGUMENT) + ": ";
  for (const char* wrong : {"", " \n", "{", "[1]", R"({"wasm": [], "unknown": 1})", R"({"wasm": [{}]})", "wasm = 1", "[[wasm]]\nurl = 1\n"}) {
    EXPECT_EQ(refusal(wrong).substr(0, argument.size()), argument) << wrong << ": " << refusal(wrong);
  }
  EXPECT_TRUE(contains(refusal(manifest("")), "at least one module")) << refusal(manifest(""));
  EXPECT_TRUE(contains(refusal(manifest(R"({"path": "/nowhere/x.ingot"})")), "cannot read /nowhere/x.ingot"));
  EXPECT_TRUE(contains(refusal(manifest(R"({"url": "https://example.org/x.wasm"})")), "ingotc build plugin.json -o FOLDER"));
  EXPECT_TRUE(contains(refusal(bundle("tour")), "twice")) << refusal(bundle("tour"));  // an import that nobody offers
  ingot_plugin* none = nullptr;
  EXPECT_THROW(check(ingot_plugin_new(engine().get(), nullptr, 0, nullptr, 0, false, &none)), Failure);
  EXPECT_EQ(none, nullptr);
}

TEST(PluginRefusal, Of_a_webassembly_module_says_how_to_cast_it) {
  const std::string casts = "ingotc build plugin.wasm -o plugin.ingot";
  EXPECT_TRUE(contains(refusal(read(plugin_path("tour.wasm"))), casts)) << refusal(read(plugin_path("tour.wasm")));
  EXPECT_TRUE(contains(refusal("  (module (func))"), casts));
  const std::string named = refusal(manifest(R"({"path": ")" + plugin_path("tour.wasm") + "\"}"));
  EXPECT_TRUE(contains(named, "tour.wasm is a WebAssembly module") && contains(named, "ingotc build plugin.json -o FOLDER")) << named;
}

TEST(PluginRefusal, Of_what_nobody_trusted_has_signed) {
  Engine stranger{Trust()};
  const auto code = [](Engine& of, const std::string& source) {
    const auto before = of.metrics().modules_refused;
    const ingot_error_code found = failure_of([&] { CompiledPlugin(of, source); }).code();
    EXPECT_EQ(of.metrics().modules_refused, before + 1);
    return found;
  };
  EXPECT_EQ(code(stranger, bundle("library")), INGOT_ERROR_VERIFICATION);
  EXPECT_EQ(code(stranger, caller_and_library()), INGOT_ERROR_VERIFICATION);
  std::string damaged = bundle("library");
  damaged[damaged.size() / 2] = static_cast<char>(damaged[damaged.size() / 2] ^ 1);
  EXPECT_EQ(code(engine(), damaged), INGOT_ERROR_VERIFICATION);
  const std::string other(64, '0');
  EXPECT_EQ(code(engine(), manifest(R"({"path": ")" + plugin_path("library.ingot") + R"(", "hash": ")" + other + "\"}")), INGOT_ERROR_VERIFICATION);
}

TEST(PluginFunctions, Take_and_give_blocks_and_numbers) {
  Plugin plugin = tour();
  EXPECT_EQ(plugin.call("twice", "ab"), "abab");
  double sum = 0;
  std::memcpy(&sum, plugin.call("mix").data(), sizeof sum);
  EXPECT_EQ(sum, -3 + 4294967296.0 + 0.5 + 2.25);
}

TEST(PluginFunctions, Are_found_in_their_namespace_only) {
  Imports imports;
  imports.twice.set_namespace("elsewhere");
  EXPECT_EQ(failure_of([&] { Plugin(engine(), bundle("tour"), {&imports.twice, &imports.mix}); }).code(), INGOT_ERROR_CONTRACT);
  imports.twice.set_namespace("extism:host/user");
  EXPECT_EQ(Plugin(engine(), bundle("tour"), {&imports.twice, &imports.mix}).call("twice", "x"), "xx");
  EXPECT_EQ(failure_of([&] { Plugin(engine(), bundle("tour"), {&imports.twice, &imports.mix, &imports.twice}); }).code(), INGOT_ERROR_ARGUMENT);
}

TEST(PluginFunctions, Of_impossible_types_are_not_made) {
  const auto nothing = [](ingot_current_plugin*, const ingot_value*, size_t, ingot_value*, size_t, void*) {};
  const std::uint8_t vector = INGOT_TYPE_V128;
  EXPECT_EQ(ingot_function_new("f", &vector, 1, nullptr, 0, nothing, nullptr, nullptr), nullptr);
  EXPECT_EQ(ingot_function_new("f", nullptr, 1, nullptr, 0, nothing, nullptr, nullptr), nullptr);
  EXPECT_EQ(ingot_function_new(nullptr, nullptr, 0, nullptr, 0, nothing, nullptr, nullptr), nullptr);
  EXPECT_EQ(ingot_function_new("f", nullptr, 0, nullptr, 0, nullptr, nullptr, nullptr), nullptr);
}

/// A tour whose `twice` is something else.
Plugin tour_with(PluginFunction::Body body) {
  const Imports imports;
  const PluginFunction other("twice", {INGOT_TYPE_PTR}, {INGOT_TYPE_PTR}, std::move(body));
  return Plugin(engine(), bundle("tour"), {&other, &imports.mix});
}

TEST(PluginFunctions, Know_whose_call_it_is) {
  Plugin plugin = tour_with([](CurrentPlugin current, auto, std::span<ingot_value> out) {
    const auto* name = static_cast<const std::string*>(current.host_context());
    out[0].of.i64 = current.store(name == nullptr ? "nobody" : *name);
  });
  std::string name = "caller";
  EXPECT_EQ(plugin.call("twice", "x", &name), "caller");
  EXPECT_EQ(plugin.call("twice", "x"), "nobody");
}

TEST(PluginFunctions, Reach_blocks_and_nothing_else) {
  std::vector<std::uint64_t> lengths;
  Plugin plugin = tour_with([&](CurrentPlugin current, std::span<const ingot_value> in, std::span<ingot_value> out) {
    ingot_current_plugin* const its = current.get();
    const auto handle = static_cast<ingot_memory_handle>(in[0].of.i64);
    for (const ingot_memory_handle asked : {handle, handle + 1, ingot_memory_handle{0}, ingot_memory_handle{12'345'678}, UINT64_MAX}) {
      lengths.push_back(ingot_current_plugin_memory_length(its, asked));
    }
    ingot_current_plugin_memory_free(its, UINT64_MAX);
    ingot_current_plugin_memory_free(its, handle);
    lengths.push_back(ingot_current_plugin_memory_length(its, handle));
    EXPECT_EQ(ingot_current_plugin_memory_alloc(its, 0), 0u);
    EXPECT_EQ(ingot_current_plugin_memory_alloc(its, std::uint64_t{1} << 40), 0u);
    out[0].of.i64 = current.store("fresh");
  });
  EXPECT_EQ(plugin.call("twice", "12345"), "fresh");
  EXPECT_EQ(lengths, (std::vector<std::uint64_t>{5, 0, 0, 0, 0, 0}));
}

TEST(PluginFunctions, That_fail_end_the_call_with_what_they_say) {
  bool throws = true;
  Plugin plugin = tour_with([&](CurrentPlugin current, std::span<const ingot_value>, std::span<ingot_value>) {
    if (throws) throw std::runtime_error("no such patient");
    ingot_value strange{};
    strange.of.i64 = 99'999;
    (void)current.block(strange);
  });
  EXPECT_EQ(failure(plugin, "twice", "x"), "134: no such patient");
  throws = false;
  EXPECT_EQ(failure(plugin, "twice", "x"), "134: no block of the plugin has the handle 99999");
  Plugin typed = tour_with([](CurrentPlugin, auto, std::span<ingot_value> out) { out[0].type = INGOT_TYPE_F32; });
  EXPECT_TRUE(contains(failure(typed, "twice", "x"), "gave a result of another type"));
}

TEST(PluginFunctions, Cannot_use_the_plugin_that_calls_them) {
  Plugin* self = nullptr;
  std::vector<std::string> said;
  Plugin plugin = tour_with([&](CurrentPlugin current, auto, std::span<ingot_value> out) {
    said.push_back(failure(*self, "echo", "inner"));
    said.push_back(ingot_plugin_reset(self->get()) ? "reset" : ingot_plugin_error(self->get()));
    said.push_back(ingot_plugin_config(self->get(), "{}", 2) ? "changed" : ingot_plugin_error(self->get()));
    said.push_back(ingot_plugin_rest(self->get()) ? "rests" : ingot_plugin_error(self->get()));
    Plugin other = tour();
    out[0].of.i64 = current.store(other.call("echo", "another one may"));
  });
  self = &plugin;
  EXPECT_EQ(plugin.call("twice", "x"), "another one may");
  EXPECT_EQ(said, (std::vector<std::string>{"-1: cannot make reentrant calls into plugin", "a call of this plugin is running", "a call of this plugin is running", "a call of this plugin is running"}));
}

TEST(PluginRest, Keeps_what_the_plugin_is_and_not_its_output) {
  Plugin plugin = tour(), other = tour();
  const std::string first = plugin.call("count"), second = other.call("count");
  EXPECT_EQ(first, second);
  ASSERT_TRUE(plugin.rest());
  EXPECT_EQ(ingot_plugin_output_length(plugin.get()), 0u);
  EXPECT_EQ(plugin.call("count"), other.call("count")) << "it goes on counting";
  Plugin several(CompiledPlugin(engine(), caller_and_library()));
  EXPECT_FALSE(several.rest());
}

TEST(PluginFunctions, Free_their_user_data_once_when_the_last_is_gone) {
  int frees = 0;
  const auto count = [](void* user) { ++*static_cast<int*>(user); };
  const auto nothing = [](ingot_current_plugin*, const ingot_value*, size_t, ingot_value*, size_t, void*) {};
  {
    const std::uint8_t pointer = INGOT_TYPE_PTR;
    const Imports imports;
    ingot_plugin_function* const function = ingot_function_new("twice", &pointer, 1, &pointer, 1, nothing, &frees, count);
    ingot_plugin_function* const given[] = {function, imports.mix.get()};
    const std::string source = bundle("tour");
    ingot_plugin* plugin = nullptr;
    check(ingot_plugin_new(engine().get(), source.data(), source.size(), given, 2, false, &plugin));
    ingot_function_free(function);
    EXPECT_EQ(frees, 0);
    EXPECT_EQ(ingot_plugin_call(plugin, "twice", "x", 1), 0);
    ingot_plugin_free(plugin);
    EXPECT_EQ(frees, 1);
  }
  EXPECT_EQ(frees, 1);
  ingot_plugin_free(nullptr);
  ingot_compiled_plugin_free(nullptr);
  ingot_function_free(nullptr);
}

TEST(CompiledPlugin, Is_mapped_once_for_plugins_of_many_threads) {
  Engine own = make_engine();
  {
    auto compiled = std::make_unique<CompiledPlugin>(own, caller_and_library());
    std::vector<Plugin> plugins;
    for (int index = 0; index < 4; ++index) plugins.emplace_back(*compiled);
    compiled.reset();  // plugins go on
    EXPECT_EQ(own.metrics().modules_loaded, 2u);
    EXPECT_EQ(own.metrics().modules_alive, 2u);
    std::atomic<int> wrong{0};
    std::vector<std::thread> threads;
    for (Plugin& plugin : plugins) {
      threads.emplace_back([&plugin, &wrong] {
        for (std::uint64_t turn = 1; turn <= 50; ++turn) wrong += plugin.call("next") == number_text(100 + turn) ? 0 : 1;
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(wrong.load(), 0);
  }
  EXPECT_EQ(own.metrics().modules_alive, 0u);
}

TEST(CompiledPlugin, Is_made_into_plugins_on_many_threads_at_once) {
  const Imports imports;
  const CompiledPlugin compiled(engine(), manifest(module("tour"), R"(, "config": {"colour": "blue"})"), {&imports.twice, &imports.mix});
  std::atomic<int> right{0};
  std::vector<std::thread> threads;
  for (int index = 0; index < 4; ++index) {
    threads.emplace_back([&compiled, &right, index] {
      for (int turn = 0; turn < 10; ++turn) {
        Plugin plugin(compiled);
        const std::string colour = std::to_string(index);
        plugin.config(R"({"colour": ")" + colour + "\"}");
        right += plugin.call("config", "colour") == colour && plugin.call("twice", colour) == colour + colour ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right.load(), 40);
  EXPECT_EQ(Plugin(compiled).call("config", "colour"), "blue");
}

}  // namespace
}  // namespace ingot::test
