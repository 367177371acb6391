// SPDX-License-Identifier: Apache-2.0
#pragma once
// wasmtime through its C interface, for comparison: the quickest road that the interface offers for each thing measured. The library comes from the Python
// package that scripts/bench installs; it brings no headers, so what is used of it is declared in wasmtime.cpp.

#include <cstdint>
#include <memory>
#include <string>

namespace ingot::bench {

/// One engine with epoch interruption (its way to stop runaway guests), pooled and copy-on-write memories, and one module of empty.wat in it.
class Wasmtime final {
 public:
  /// Null, with a word to stderr, when the library is not there. `wasm` is the module's path; `compiled` a path for its compiled form.
  static std::unique_ptr<Wasmtime> open(const std::string& library, const std::string& wasm, const std::string& compiled);
  ~Wasmtime();
  Wasmtime(const Wasmtime&) = delete;
  Wasmtime& operator=(const Wasmtime&) = delete;

  /// Calls the export "nothing" of one instance so often.
  void call_nothing(std::uint32_t times);
  /// Calls "ask", which calls the host so often.
  void ask(std::uint32_t times);
  /// A store, an instance in it, one call of "nothing", and away with both.
  void fresh_instance();
  /// From the compiled file to the first answer, and away with it.
  void file_to_answer();

 private:
  struct Parts;
  explicit Wasmtime(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace ingot::bench
