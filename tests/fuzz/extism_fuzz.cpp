// SPDX-License-Identifier: Apache-2.0
// The memory between a plugin and its host, by whatever calls a plugin makes with whatever numbers, against a model that knows what abi/EXTISM.md says: which handles live, what
// each byte holds, which bytes are input and output. The four functions that load and store, and the two that load of the input, are tried as the host's and as the plugin's own code
// does them through ingot_shared_memory. Where blocks lie is the kernel's to choose: the model only asks that they are apart and inside.
#include <map>
#include <optional>
#include <vector>

#include "fuzz/input.hpp"
#include "host/extism/kernel.hpp"
#include "host/extism/kernel_functions.hpp"
#include "limits.hpp"
#include "sandbox/services.hpp"

namespace {

using ingot::fuzz::Input;
using ingot::fuzz::require;
using ingot::host::extism::Kernel;
namespace limits = ingot::limits;
using Wide = unsigned __int128;

constexpr std::uint64_t bytes_max = 1 * limits::MiB;
constexpr std::uint64_t first = 64;     // what the shared memory's window begins with
constexpr std::uint64_t granule = 16;   // blocks are that long, or multiples

/// Are `bytes` from `offset` on all of the `have` bytes from `first` on?
bool inside(std::uint64_t have, std::uint64_t offset, std::uint64_t bytes) { return offset >= first && Wide{offset} + bytes <= Wide{first} + have; }

struct Model {
  std::map<std::uint64_t, std::uint64_t> blocks;  ///< those that live: handle and length
  std::vector<std::uint8_t> bytes;                ///< from `first` on: all that was a block since the last reset
  std::uint64_t input_offset = 0, input_length = 0, output_offset = 0, output_length = 0, error = 0;

  std::uint64_t load(std::uint64_t offset, std::uint64_t count) const {
    if (!inside(bytes.size(), offset, count)) return 0;
    std::uint64_t value = 0;
    std::memcpy(&value, bytes.data() + (offset - first), count);
    return value;
  }
  void store(std::uint64_t offset, std::uint64_t value, std::uint64_t count) {
    if (inside(bytes.size(), offset, count)) std::memcpy(bytes.data() + (offset - first), &value, count);
  }
  std::uint64_t input_load(std::uint64_t index, std::uint64_t count) const { return Wide{index} + count > input_length ? 0 : load(input_offset + index, count); }
  /// May `offset` and `length` be the input or the output?
  bool is_there(std::uint64_t offset, std::uint64_t length) const { return (offset == 0 && length == 0) || inside(bytes.size(), offset, length); }
};

class Trial {
 public:
  explicit Trial(std::uint64_t pages) : limited_(pages < 8), allowed_(pages * limits::wasm_page_bytes) {
    budget_.bytes_left = allowed_;
    if (limited_) kernel_.limit_growth(&budget_);
  }

  void step(Input& input) {
    const std::uint32_t what = input.below(24);
    switch (what) {
      case 0: case 1: case 2: case 3: return alloc(length_of(input));
      case 4: case 5: return free(some_offset(input));
      case 6: return length(some_offset(input));
      case 7: case 8: return load(some_offset(input), input.below(2) == 0, input.below(2) == 0);
      case 9: case 10: return store(some_offset(input), input.number(8), input.below(2) == 0, input.below(2) == 0);
      case 11: case 12: return set("input_set", some_offset(input), length_of(input), model_.input_offset, model_.input_length);
      case 13: case 14: return set("output_set", some_offset(input), length_of(input), model_.output_offset, model_.output_length);
      case 15: case 16: return input_load(input.below(4) == 0 ? input.number(8) : input.below(512), input.below(2) == 0, input.below(2) == 0);
      case 17: return error_set(some_offset(input));
      case 18: if (input.below(8) == 0) reset(); return;
      default: return ask();
    }
  }
  /// All of it at once.
  void compare() {
    ask();
    for (const auto& [handle, length] : model_.blocks) require(call("length", handle) == length, "a block has its length");
    const ingot_shared_memory& shared = kernel_.shared();
    require(shared.all.bytes == model_.bytes.size() && (shared.all.bytes == 0 || shared.all.first == first), "the plugin's own code sees what was a block and nothing else");
    require(shared.all.words == (shared.all.bytes < 8 ? 0 : shared.all.bytes - 7), "eight bytes at a time stay inside");
    require(model_.bytes.empty() || std::memcmp(shared.all.data, model_.bytes.data(), model_.bytes.size()) == 0, "every byte is what was stored there");
    require(shared.input.first == 0 && shared.input.bytes == model_.input_length, "the plugin's own code sees the input and nothing else");
    require(shared.input.words == (shared.input.bytes < 8 ? 0 : shared.input.bytes - 7), "eight bytes of the input stay inside");
    require(model_.input_length == 0 || std::memcmp(shared.input.data, model_.bytes.data() + (model_.input_offset - first), model_.input_length) == 0, "the input is the bytes that were set");
    require(kernel_.output().size() == model_.output_length, "the host sees the whole output");
    require(model_.output_length == 0 || std::memcmp(kernel_.output().data(), model_.bytes.data() + (model_.output_offset - first), model_.output_length) == 0, "the output is the bytes that were set");
  }

 private:
  std::uint64_t call(const char* name, std::uint64_t one = 0, std::uint64_t two = 0, ingot_trap expected = INGOT_TRAP_NONE) {
    ingot_slot slots[2]{};
    slots[0].i64 = one;
    slots[1].i64 = two;
    const std::uint32_t trap = ingot::host::extism::kernel_function(name)(&kernel_, slots);
    require(trap == expected, "nothing but alloc ends a plugin");
    return slots[0].i64;
  }
  std::uint64_t length_of(Input& input) {
    switch (input.below(8)) {
      case 0: return input.number(8);
      case 1: return input.number(3);
      case 2: return 0;
      default: return input.number(1);
    }
  }
  /// A block's handle, something near one, near the end, or any number.
  std::uint64_t some_offset(Input& input) {
    const std::uint32_t kind = input.below(8);
    if (kind == 0) return input.number(8);
    if (kind == 1) return input.below(2) == 0 ? 0 : first + model_.bytes.size() + 12 - input.below(24);
    if (model_.blocks.empty()) return first + input.below(256);
    auto block = model_.blocks.lower_bound(first + input.number(3) % (model_.bytes.size() + 1));
    if (block == model_.blocks.end()) block = model_.blocks.begin();
    return kind < 5 ? block->first : block->first + input.below(64) - 16;
  }

  void alloc(std::uint64_t bytes) {
    ingot_slot slots[1]{};
    slots[0].i64 = bytes;
    const std::uint32_t trap = ingot::host::extism::kernel_function("alloc")(&kernel_, slots);
    const std::uint64_t handle = slots[0].i64;
    require(trap == (handle == 0 && budget_.exhausted ? INGOT_TRAP_LIMIT : INGOT_TRAP_NONE), "a plugin ends at its limit and not before");
    require(limited_ || !budget_.exhausted, "where there is no limit nobody reaches it");
    const Wide rounded = (Wide{bytes} + granule - 1) / granule * granule;
    if (handle == 0) {
      require(bytes == 0 || model_.bytes.size() + rounded > bytes_max || budget_.exhausted, "there is room until there is none");
      return;
    }
    require(bytes != 0 && inside(kernel_.memory_bytes(), handle, bytes) && handle % granule == 0, "a block is inside");
    const auto next = model_.blocks.lower_bound(handle);
    require(next == model_.blocks.end() || next->first >= handle + bytes, "a block is before the next one");
    require(next == model_.blocks.begin() || std::prev(next)->first + std::prev(next)->second <= handle, "a block is behind the last one");
    model_.blocks.emplace(handle, bytes);
    const std::uint64_t end = handle - first + static_cast<std::uint64_t>(rounded);
    if (end > model_.bytes.size()) model_.bytes.resize(end);
  }
  void free(std::uint64_t handle) {
    call("free", handle);
    if (model_.blocks.erase(handle) != 0 && handle == model_.input_offset) model_.input_length = 0;
  }
  void length(std::uint64_t handle) {
    const auto found = model_.blocks.find(handle);
    const std::uint64_t expected = found == model_.blocks.end() ? 0 : found->second;
    require(call("length", handle) == expected && call("length_unsafe", handle) == expected, "a block has a length, and nothing else has");
  }
  /// As the plugin's own code does it; null: not inside.
  static std::uint8_t* through(const ingot_window& window, std::uint64_t offset, bool word) {
    return offset - window.first < (word ? window.words : window.bytes) ? window.data + (offset - window.first) : nullptr;
  }
  static std::uint64_t peek(const ingot_window& window, std::uint64_t offset, bool word) {
    std::uint64_t value = 0;
    if (const std::uint8_t* at = through(window, offset, word); at != nullptr) std::memcpy(&value, at, word ? 8 : 1);
    return value;
  }
  void load(std::uint64_t offset, bool word, bool own) {
    const std::uint64_t found = own ? peek(kernel_.shared().all, offset, word) : call(word ? "load_u64" : "load_u8", offset);
    require(found == model_.load(offset, word ? 8 : 1), "what is loaded was stored");
  }
  void store(std::uint64_t offset, std::uint64_t value, bool word, bool own) {
    if (!own) {
      call(word ? "store_u64" : "store_u8", offset, value);
    } else if (std::uint8_t* at = through(kernel_.shared().all, offset, word); at != nullptr) {
      std::memcpy(at, &value, word ? 8 : 1);
    }
    model_.store(offset, value, word ? 8 : 1);
    load(offset, word, !own);
  }
  void input_load(std::uint64_t index, bool word, bool own) {
    const std::uint64_t found = own ? peek(kernel_.shared().input, index, word) : call(word ? "input_load_u64" : "input_load_u8", index);
    require(found == model_.input_load(index, word ? 8 : 1), "what is loaded is the input's");
  }
  void set(const char* name, std::uint64_t offset, std::uint64_t length, std::uint64_t& its_offset, std::uint64_t& its_length) {
    call(name, offset, length);
    if (!model_.is_there(offset, length)) return;
    its_offset = offset;
    its_length = length;
  }
  void error_set(std::uint64_t handle) {
    call("error_set", handle);
    if (handle == 0 || inside(model_.bytes.size(), handle, 1)) model_.error = handle;
  }
  void reset() {
    const std::uint64_t before = kernel_.memory_bytes();
    call("reset");
    model_ = Model();
    require(kernel_.memory_bytes() == before, "a reset gives no memory back");
  }
  void ask() {
    require(call("input_offset") == model_.input_offset && call("input_length") == model_.input_length, "the input is where it was set");
    require(call("output_offset") == model_.output_offset && call("output_length") == model_.output_length, "the output is where it was set");
    require(call("error_get") == model_.error, "the error is the last that was set");
    const std::uint64_t bytes = call("memory_bytes");
    require(bytes % limits::wasm_page_bytes == 0 && bytes >= model_.bytes.size() && bytes <= bytes_max, "the memory is whole pages, and bounded");
    require(!limited_ || bytes <= allowed_ + limits::wasm_page_bytes, "it grows by what is allowed and no more");
  }

  bool limited_;
  std::uint64_t allowed_;
  ingot::sandbox::GrowthBudget budget_;
  Kernel kernel_{bytes_max};
  Model model_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  Input input(bytes, size);
  Trial trial(input.number(1) % 16);  // from 8 on: no limit
  for (int step = 0; !input.empty(); ++step) {
    trial.step(input);
    if (step % 16 == 0) trial.compare();
  }
  trial.compare();
  return 0;
}
