// SPDX-License-Identifier: Apache-2.0
//
// Modules of extreme size, each through the compiler in a process of its own: it must end in time, within memory, with an exit code for
// modules or for tools, and leave nothing behind. Numbers that end in _max of abi/limits.hpp are tried at the limit and one above.
//
// Where a limit is not ours alone it is that of the WebAssembly JavaScript interface, section "Implementation-defined Limits":
// 1,000,000 types, functions and globals, 100,000 data segments, 10,000,000 elements of a table, 50,000 locals, 1,000 parameters and
// results, 7,654,321 bytes of one function, 65,536 pages of memory.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <filesystem>
#include <functional>

#include "limits.hpp"
#include "pipeline.hpp"
#include "process/files.hpp"

namespace ingot::compiler {
namespace {

namespace fs = std::filesystem;
using format::Bytes;
constexpr unsigned seconds_max = 900;               // of one module, on a busy machine
constexpr long resident_kib_max = 3L * 1024 * 1024;  // of the largest process: a compiler reading a million functions

Bytes number(std::uint64_t value) {
  Bytes bytes;
  for (; value >= 0x80; value >>= 7) bytes.push_back(static_cast<std::uint8_t>(value | 0x80));
  bytes.push_back(static_cast<std::uint8_t>(value));
  return bytes;
}

Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

Bytes times(std::size_t count, const Bytes& bytes) {
  Bytes all;
  all.reserve(count * bytes.size());
  for (std::size_t i = 0; i < count; ++i) all.insert(all.end(), bytes.begin(), bytes.end());
  return all;
}

Bytes sized(const Bytes& content) { return number(content.size()) + content; }
Bytes section(std::uint8_t id, const Bytes& content) { return Bytes{id} + sized(content); }
Bytes name(const std::string& text) { return sized(Bytes(text.begin(), text.end())); }
Bytes list(std::uint8_t id, std::uint64_t count, const Bytes& entries) { return section(id, number(count) + entries); }
const Bytes header{0, 'a', 's', 'm', 1, 0, 0, 0};
const Bytes void_type = list(1, 1, {0x60, 0, 0});

/// One function of type () -> () with this body (locals and code with the last end).
Bytes with_body(const Bytes& body) { return header + void_type + list(3, 1, {0}) + list(10, 1, sized(body)); }
Bytes with_code(const Bytes& code) { return with_body(Bytes{0} + code + Bytes{0x0b}); }

Bytes functions(std::size_t count) { return header + void_type + list(3, count, Bytes(count, 0)) + list(10, count, times(count, {2, 0, 0x0b})); }
Bytes memory(std::uint64_t pages) { return header + section(5, Bytes{1, 0} + number(pages)); }
Bytes table(std::uint64_t elements) { return header + section(4, Bytes{1, 0x70, 0} + number(elements)); }
Bytes locals(std::uint64_t count) { return with_body(Bytes{1} + number(count) + Bytes{0x7e, 0x0b}); }
Bytes nesting(std::size_t depth) { return with_code(times(depth, {0x02, 0x40}) + Bytes(depth, 0x0b)); }
Bytes branch_table(std::size_t targets) { return with_code(Bytes{0x41, 0, 0x0e} + number(targets) + Bytes(targets + 1, 0)); }
Bytes body_of(std::size_t bytes) { return with_body(Bytes{0} + Bytes(bytes - 2, 0x01) + Bytes{0x0b}); }
Bytes parameters(std::size_t count) { return header + section(1, Bytes{1, 0x60} + number(count) + Bytes(count, 0x7f) + Bytes{0}); }
Bytes results(std::size_t count) { return header + section(1, Bytes{1, 0x60, 0} + number(count) + Bytes(count, 0x7f)); }
Bytes data_segments(std::size_t count) { return header + list(5, 1, {0, 1}) + list(11, count, times(count, {0, 0x41, 0, 0x0b, 1, 'x'})); }
Bytes element_segments(std::size_t count) {
  return header + void_type + list(3, 1, {0}) + list(4, 1, {0x70, 0, 1}) + list(9, count, times(count, {0, 0x41, 0, 0x0b, 1, 0})) + list(10, 1, {2, 0, 0x0b});
}
Bytes types(std::size_t count) { return header + list(1, count, times(count, {0x60, 0, 0})); }
Bytes globals(std::size_t count) { return header + list(6, count, times(count, {0x7f, 1, 0x41, 0, 0x0b})); }
Bytes memories(std::size_t count) { return header + list(5, count, times(count, {0, 1})); }
Bytes exports(std::size_t count) {
  Bytes entries;
  for (std::size_t i = 0; i < count; ++i) entries = std::move(entries) + name("e" + std::to_string(i)) + Bytes{0, 0};
  return header + void_type + list(3, 1, {0}) + list(7, count, entries) + list(10, 1, {2, 0, 0x0b});
}
Bytes exported_as(const std::string& text) { return header + void_type + list(3, 1, {0}) + list(7, 1, name(text) + Bytes{0, 0}) + list(10, 1, {2, 0, 0x0b}); }
Bytes imported_as(const std::string& text) { return header + void_type + list(2, 1, name(text) + name(text) + Bytes{0, 0}); }
/// A name section that calls function 0 so.
Bytes named(const std::string& text) { return functions(1) + section(0, name("name") + section(1, Bytes{1, 0} + name(text))); }

struct Ending {
  int exit_code = -1;  ///< 0: built
  std::string message;
  long resident_kib = 0;
  bool left_files = false;
};

/// Builds in a process of its own. `check` stops when the C compiler has read the translation.
Ending end_of(const Bytes& wasm, bool check) {
  char folder[] = "/tmp/ingot-sizes-XXXXXX";
  EXPECT_NE(::mkdtemp(folder), nullptr);
  const std::string root = folder;
  fs::create_directory(root + "/tmp");
  EXPECT_TRUE(process::write_scratch(root + "/input.wasm", wasm).ok());
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::alarm(seconds_max);
    ::setenv("TMPDIR", (root + "/tmp").c_str(), 1);
    Request request;
    request.input = root + "/input.wasm";
    request.contract = ContractChoice::none;
    request.targets = {"x86-64-v2"};
    request.optimisation = Optimisation::dev;
    request.check_only = check;
    int code = 0;
    {
      const auto built = build(request);
      if (!built.ok()) {
        code = exit_code_for(built.error().code);
        (void)process::write_scratch(root + "/message", process::bytes_of(built.error().message));
      }
    }
    std::_Exit(code);
  }
  int status = 0;
  rusage usage{};
  ::wait4(pid, &status, 0, &usage);
  Ending ending;
  ending.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  ending.resident_kib = usage.ru_maxrss;  // the largest of it and its children
  ending.left_files = !fs::is_empty(root + "/tmp");
  if (const auto text = process::read_file(root + "/message", limits::MiB); text.ok()) ending.message = process::text_of(*text);
  fs::remove_all(root);
  return ending;
}

struct Case {
  const char* title;
  std::function<Bytes()> make;
  int exit_code;       ///< what must come out
  const char* reason;  ///< part of the message of a refusal
  bool check = true;   ///< as far as the C compiler's front end; else to a bundle
  bool heavy = false;  ///< takes minutes: only with INGOT_TEST_HEAVY=1; built, or refused (4) because a tool met its limits of time or memory
};

void PrintTo(const Case& value, std::ostream* out) { *out << value.title; }

class Size : public testing::TestWithParam<Case> {};

TEST_P(Size, Ends_cleanly) {
  const Case& now = GetParam();
  if (now.heavy && std::getenv("INGOT_TEST_HEAVY") == nullptr) GTEST_SKIP() << "takes minutes; INGOT_TEST_HEAVY=1 runs it";
  const auto begin = std::chrono::steady_clock::now();
  const Ending ending = end_of(now.make(), now.check);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  std::printf("%s: exit code %d, %.1f s, %ld MiB %s\n", now.title, ending.exit_code, seconds, ending.resident_kib / 1024, ending.message.substr(0, 200).c_str());
  if (!now.heavy || ending.exit_code != 4) EXPECT_EQ(ending.exit_code, now.exit_code) << ending.message;
  EXPECT_NE(ending.message.find(now.reason), std::string::npos) << ending.message;
  EXPECT_LT(ending.resident_kib, resident_kib_max);
  EXPECT_FALSE(ending.left_files);
}

constexpr std::uint64_t u32_max = 0xffffffff;

const std::vector<Case> cases{
    {"no functions", [] { return header; }, 0, "", false},
    {"functions at the limit", [] { return functions(limits::module_functions_max); }, 0, "", true, true},
    {"many functions", [] { return functions(50'000); }, 0, ""},
    {"functions above", [] { return functions(limits::module_functions_max + 1); }, 3, "too many functions"},
    {"a list that claims 4 billion functions", [] { return header + void_type + section(3, number(u32_max)); }, 3, "too many functions"},
    {"types at the limit", [] { return types(limits::module_types_max); }, 0, "", true, true},
    {"many types", [] { return types(20'000); }, 0, ""},
    {"types above", [] { return types(limits::module_types_max + 1); }, 3, "too many types"},
    {"globals at the limit", [] { return globals(limits::module_globals_max); }, 0, "", true, true},
    {"many globals", [] { return globals(100'000); }, 0, ""},
    {"globals above", [] { return globals(limits::module_globals_max + 1); }, 3, "too many globals"},
    {"exports at the limit", [] { return exports(limits::module_exports_max); }, 0, "", true, true},
    {"many exports", [] { return exports(10'000); }, 0, ""},
    {"exports above", [] { return exports(limits::module_exports_max + 1); }, 3, "too many exports"},
    {"10,000 memories", [] { return memories(10'000); }, 3, "multi-memory"},
    {"parameters at the limit", [] { return parameters(limits::function_params_max); }, 0, ""},
    {"parameters above", [] { return parameters(limits::function_params_max + 1); }, 3, "too many parameters"},
    {"results at the limit", [] { return results(limits::function_results_max); }, 0, ""},
    {"results above", [] { return results(limits::function_results_max + 1); }, 3, "too many results"},
    {"locals at the limit", [] { return locals(limits::function_locals_max); }, 0, "", false},
    {"locals above", [] { return locals(limits::function_locals_max + 1); }, 3, "more than the 50000"},
    {"4 billion locals", [] { return locals(u32_max); }, 3, "more than the 50000"},
    {"locals whose sum wraps", [] { return with_body(Bytes{2} + number(u32_max) + Bytes{0x7f} + number(2) + Bytes{0x7f, 0x0b}); }, 3, "more than the 50000"},
    {"2 GiB of memory", [] { return memory(32'768); }, 0, "", false},
    {"4 GiB of memory", [] { return memory(limits::wasm32_pages_max); }, 0, "", false},
    {"more than 4 GiB", [] { return memory(limits::wasm32_pages_max + 1); }, 3, "larger than 65536 pages"},
    {"a table at the limit", [] { return table(limits::table_elements_max); }, 0, "", false},
    {"a table above", [] { return table(limits::table_elements_max + 1); }, 3, "larger than the 10000000"},
    {"a table of 4 billion", [] { return table(u32_max); }, 3, "larger than the 10000000"},
    {"data segments at the limit", [] { return data_segments(limits::module_segments_max); }, 0, "", true, true},
    {"many data segments", [] { return data_segments(5'000); }, 0, "", false},
    {"data segments above", [] { return data_segments(limits::module_segments_max + 1); }, 3, "too many data segments"},
    {"element segments at the limit", [] { return element_segments(limits::module_segments_max); }, 0, "", true, true},
    {"many element segments", [] { return element_segments(5'000); }, 0, ""},
    {"element segments above", [] { return element_segments(limits::module_segments_max + 1); }, 3, "too many element segments"},
    {"a branch table of a million", [] { return branch_table(1'000'000); }, 0, "", true, true},
    {"a large branch table", [] { return branch_table(20'000); }, 0, ""},
    {"a branch table above", [] { return branch_table(1'000'001); }, 3, "too many targets"},
    {"nesting at the limit", [] { return nesting(limits::nesting_depth_max - 1); }, 0, "", false},
    {"nesting above", [] { return nesting(limits::nesting_depth_max); }, 3, "nest deeper"},
    {"nesting of 100,000", [] { return nesting(100'000); }, 3, "nest deeper"},
    {"a function at the limit", [] { return body_of(limits::function_bytes_max); }, 0, "", false},
    {"a function above", [] { return body_of(limits::function_bytes_max + 1); }, 3, "too many bytes in a function"},
    {"a section of 4 GiB", [] { return header + Bytes{1} + number(u32_max); }, 3, "unexpected end"},
    {"a number of eleven bytes", [] { return header + Bytes{1} + Bytes(10, 0x80) + Bytes{0}; }, 3, "malformed number"},
    {"a name at the limit", [] { return exported_as(std::string(limits::name_bytes_max, 'x')); }, 0, "", false},
    {"a name above", [] { return exported_as(std::string(limits::name_bytes_max + 1, 'x')); }, 3, "too many bytes in a name"},
    {"a name of 1 MiB in the name section", [] { return named(std::string(limits::MiB, 'x')); }, 0, "", false},
};

std::string title_of(const testing::TestParamInfo<Case>& info) {
  std::string title;
  for (const char c : std::string(info.param.title)) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) title += c;
    else if (c == ' ') title += '_';
  }
  return title;
}

INSTANTIATE_TEST_SUITE_P(Hostile, Size, testing::ValuesIn(cases), title_of);

// What must never reach the C that is compiled, or does so as a number only: all of these build, as export, as import and as debug name.
TEST(Names, Of_every_kind_build) {
  using namespace std::string_literals;
  const std::vector<std::string> names{"int", "main", "memcpy", "ingot_descriptor_v1", "w2c_m", "*/", "/*", "//", "a\nb", "?\?/", "?\?/\n#error", "\"", "\\", "\0x"s,
                                       "\x1b[2J", "%s%n", "#include \"/etc/passwd\"", "*/ __asm__(\"syscall\"); /*", "../../../x", "", " ", "\xe2\x80\xae", std::string(99'999, '*')};
  Bytes entries;
  for (const std::string& text : names) entries = std::move(entries) + name(text) + Bytes{0, 0};
  const Bytes all = header + void_type + list(3, 1, {0}) + list(7, names.size(), entries) + list(10, 1, {2, 0, 0x0b});
  EXPECT_EQ(end_of(all, false).exit_code, 0);
  for (const std::string& text : {names[5], names[9], names[13], names[14], names.back()}) {
    const Ending imported = end_of(imported_as(text), false);
    EXPECT_EQ(imported.exit_code, 0) << imported.message;
    const Ending debug = end_of(named(text), false);
    EXPECT_EQ(debug.exit_code, 0) << debug.message;
  }
}

TEST(Names, That_are_not_UTF_8_are_refused_where_they_matter) {
  for (const char* text : {"\xff", "a\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80"}) {
    const Ending exported = end_of(exported_as(text), false);
    EXPECT_EQ(exported.exit_code, 3);
    EXPECT_NE(exported.message.find("not UTF-8"), std::string::npos) << exported.message;
    EXPECT_EQ(end_of(named(text), false).exit_code, 0);  // a debug name is nobody's contract
  }
}

}  // namespace
}  // namespace ingot::compiler
