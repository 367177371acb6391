// SPDX-License-Identifier: Apache-2.0
// All functions of WASI, in any order with any arguments, by a guest that was granted one directory to write to and one to read. What must hold whatever it does: what lies beside
// and in the read-only directory stays as it is and is never read from (a secret that the guest cannot guess never stands in its memory), an errno is one of preview1's, only proc_exit
// ends the guest, only its deadline interrupts it, and what it had opened is closed when it goes. Accesses beside its memory meet the sanitizer.
//
// On a real file system: one in memory, which is quicker, where there is one; else below the folder for temporary files.
#include <dirent.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/input.hpp"
#include "host/wasi/functions.hpp"
#include "ingot/island/wasm-rt.h"
#include "sandbox/watchdog.hpp"
#include "wasi_functions.hpp"

namespace {

namespace fs = std::filesystem;
namespace wasi = ingot::host::wasi;
using ingot::fuzz::Input;
using ingot::fuzz::require;

constexpr std::uint32_t memory_bytes = 64 * 1024;
constexpr std::uint32_t errno_most = 76;  // notcapable, the last of typenames.witx
constexpr std::string_view secret = "\x8e\x1f\xc3\x5a\x07\xd9\x64\xb2\x3c\xf1\x98\x2d\xe7\x46\xab\x70";

/// What makes sense as a path, once in the guest's memory each.
constexpr std::array<std::string_view, 28> names{
    "a", "b", "d", "d/a", "d/e", "d/e/f", "a/", ".", "..", "", "/", "/a", "../outside/secret", "../outside", "d/../../outside/secret", "d/../a", "out", "out/secret", "out/new",
    "absolute", "absolute/secret", "deep", "deep/../outside/secret", "loop", "/etc/passwd", "/proc/self/mem", "d/./a", std::string_view("a\0b", 3)};

/// Where a function's arguments are descriptors, and where paths, of which the length stands behind the address.
struct Shape {
  std::string_view prefix;
  std::vector<int> descriptors, paths;
};
const Shape shapes[] = {{"path_link", {0, 4}, {2, 5}},   {"path_rename", {0, 3}, {1, 4}},     {"path_symlink", {2}, {0, 3}},   {"path_open", {0}, {2}}, {"path_filestat_", {0}, {2}},
                        {"path_", {0}, {1}},             {"fd_renumber", {0, 1}, {}},         {"fd_", {0}, {}},                {"sock_", {0}, {}},      {"", {}, {}}};
const Shape& shape_of(std::string_view name) {
  for (const Shape& shape : shapes) {
    if (name.starts_with(shape.prefix)) return shape;
  }
  std::abort();
}

/// What a tree looks like to its owner: each entry with kind, links, rights, size, time of its last change, and content.
void describe(const fs::path& path, std::string& text) {
  struct stat found{};
  require(lstat(path.c_str(), &found) == 0, "it can be looked at");
  text += path.string() + " " + std::to_string(found.st_mode) + " " + std::to_string(found.st_nlink) + " " + std::to_string(found.st_size) + " " + std::to_string(found.st_mtim.tv_sec) + "." +
          std::to_string(found.st_mtim.tv_nsec) + "\n";
  if (S_ISREG(found.st_mode)) {
    std::ifstream stream(path, std::ios::binary);
    text.append(std::istreambuf_iterator<char>(stream), {});
  }
  if (!S_ISDIR(found.st_mode)) return;
  std::vector<fs::path> entries{fs::directory_iterator(path), {}};
  std::ranges::sort(entries);
  for (const fs::path& entry : entries) describe(entry, text);
}

std::size_t open_descriptors() {
  std::size_t count = 0;
  DIR* const folder = opendir("/proc/self/fd");
  require(folder != nullptr, "descriptors can be counted");
  while (readdir(folder) != nullptr) ++count;
  closedir(folder);
  return count;
}

/// The folders of all inputs; `work` is made anew for each.
struct Ground {
  Ground() {
    // A file of a guest's is small, so that no disk is filled.
    const rlimit small{1 << 20, 1 << 20};
    require(setrlimit(RLIMIT_FSIZE, &small) == 0 && signal(SIGXFSZ, SIG_IGN) != SIG_ERR, "files are bounded");
    ingot::sandbox::start_watchdog().value();
    const fs::path in_memory = "/dev/shm";
    std::string name = ((access(in_memory.c_str(), W_OK) == 0 ? in_memory : fs::temp_directory_path()) / "ingot-wasi-fuzz-XXXXXX").string();
    require(mkdtemp(name.data()) != nullptr, "there is a folder");
    root = name;
    for (const char* folder : {"outside", "readable"}) {
      fs::create_directory(root / folder);
      std::ofstream(root / folder / "secret", std::ios::binary) << (folder == std::string_view("outside") ? secret : "known");
    }
    fs::create_symlink("../outside/secret", root / "readable/out");
  }
  ~Ground() { fs::remove_all(root); }
  void make_work() const {
    fs::remove_all(root / "work");
    fs::create_directories(root / "work/d/e");
    std::ofstream(root / "work/a") << "some text";
    std::ofstream(root / "work/d/a") << "more text";
    fs::create_symlink("../outside", root / "work/out");
    fs::create_symlink(root / "outside", root / "work/absolute");
    fs::create_symlink("d/e/../..", root / "work/deep");
    fs::create_symlink("loop", root / "work/loop");
  }
  std::string untouchable() const {
    std::string text;
    describe(root / "outside", text);
    describe(root / "readable", text);
    return text;
  }
  fs::path root;
};
Ground& ground() {
  static Ground instance;
  return instance;
}

class Trial {
 public:
  explicit Trial(wasi::Dialect dialect) : bytes_(new std::uint8_t[memory_bytes]()), dialect_(dialect) {
    linear_.data = bytes_.get();
    linear_.size = memory_bytes;
    wasi::Grants grants;
    grants.arguments = {"program", "argument"};
    grants.environment = {"NAME=value"};
    grants.directories = {{(ground().root / "work").string(), "/work", false}, {(ground().root / "readable").string(), "/readable", true}};
    world_ = wasi::World::create(std::move(grants)).value();
    std::uint32_t at = 256;
    for (std::size_t index = 0; index < names.size(); ++index) {
      places_[index] = at;
      std::memcpy(bytes_.get() + at, names[index].data(), names[index].size());
      at += 32;
    }
    // Lists of two buffers, and a subscription to a clock that is over at once.
    for (const auto& [list, buffer] : {std::pair{2048u, 8192u}, {2056u, 12288u}}) {
      put(list, buffer, 4);
      put(list + 4, 1000, 4);
    }
    put(2048 + 512, 7, 8);
  }

  void write(std::uint32_t address, std::uint64_t value) { put(address % (memory_bytes - 8), value, 8); }

  /// False: it is over.
  bool call(Input& input) {
    const auto& function = ingot::wasi::functions[input.number(1) % ingot::wasi::functions.size()];
    const Shape& shape = shape_of(function.name);
    ingot_slot slots[12]{};
    for (std::size_t at = 0; at < function.params.size(); ++at) {
      const int place = static_cast<int>(at);
      if (std::ranges::count(shape.descriptors, place) != 0) {
        slots[at].i64 = descriptor(input);
      } else if (std::ranges::count(shape.paths, place) != 0 && input.below(8) != 0) {
        const std::uint32_t name = input.below(static_cast<std::uint32_t>(names.size()));
        slots[at].i64 = places_[name];
        slots[at + 1].i64 = names[name].size();
        ++at;
      } else {
        slots[at].i64 = function.params[at] == 'I' ? wide(input) : narrow(input);
      }
    }
    const ingot::sandbox::CallScope scope(ingot::sandbox::Clock::now() + std::chrono::milliseconds(5));
    const ingot_trap trap = wasi::invoke(function.name, dialect_, ingot::instance::GuestMemory(&linear_), *world_, slots);
    if (function.name == "proc_exit") {
      require(trap == INGOT_TRAP_EXIT && world_->exit_code.has_value(), "who exits has a code");
      return false;
    }
    require(!world_->exit_code.has_value(), "nothing else exits");
    if (trap != INGOT_TRAP_NONE) {
      require(trap == INGOT_TRAP_DEADLINE, "nothing else ends a guest");
      return false;
    }
    require(slots[0].i64 <= errno_most, "an errno is one of preview1's");
    require(std::string_view(reinterpret_cast<const char*>(bytes_.get()), memory_bytes).find(secret) == std::string_view::npos, "what lies outside is never read");
    return true;
  }

 private:
  void put(std::uint32_t address, std::uint64_t value, std::size_t count) { std::memcpy(bytes_.get() + address, &value, count); }
  static std::uint64_t descriptor(Input& input) {
    const std::uint32_t kind = input.below(16);
    return kind == 0 ? input.number(4) : kind < 8 ? 3 : kind < 10 ? 4 : input.below(12);
  }
  static std::uint64_t wide(Input& input) {
    switch (input.below(4)) {
      case 0: return input.number(8);
      case 1: return ~std::uint64_t{0} >> input.below(64);
      case 2: return 0x0fffffff;  // all rights
      default: return input.number(1);
    }
  }
  static std::uint64_t narrow(Input& input) {
    switch (input.below(8)) {
      case 0: return input.number(4);
      case 1: return memory_bytes + 8 - input.below(64);
      case 2: return 2048;
      case 3: return 16384 + 8 * input.below(1024);
      case 4: return std::uint64_t{1} << input.below(8);
      default: return input.below(8);
    }
  }

  std::unique_ptr<std::uint8_t[]> bytes_;
  wasm_rt_memory_t linear_{};
  std::unique_ptr<wasi::World> world_;
  wasi::Dialect dialect_;
  std::array<std::uint32_t, names.size()> places_{};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const Ground& around = ground();
  static const std::string untouched = around.untouchable();
  around.make_work();
  const std::size_t opened = open_descriptors();
  Input input(bytes, size);
  {
    Trial trial(input.number(1) % 4 == 0 ? wasi::Dialect::unstable : wasi::Dialect::preview1);
    for (int step = 0; !input.empty() && step < 200; ++step) {
      if (input.below(8) == 0) {
        const auto address = static_cast<std::uint32_t>(input.number(2));
        trial.write(address, input.number(8));
      } else if (!trial.call(input)) {
        break;
      }
    }
  }
  require(open_descriptors() == opened, "what a guest opened is closed when it goes");
  require(around.untouchable() == untouched, "nothing outside and nothing that is read-only has changed");
  return 0;
}
