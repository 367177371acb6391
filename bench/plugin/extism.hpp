// SPDX-License-Identifier: Apache-2.0
#pragma once
// Extism's own native host through its C interface. The library comes from the Python package that scripts/bench installs; it brings no header, so what is used of it is declared in extism.cpp.

#include <memory>
#include <string>
#include <string_view>

namespace ingot::bench {

class ExtismPlugin {
 public:
  virtual ~ExtismPlugin() = default;
  /// Ends the benchmark with the plugin's error when the call fails. What it gives is valid until the next call.
  virtual std::string_view call(const char* function, std::string_view input) = 0;
};

/// Of one module, with WASI and nothing else allowed.
class Extism final {
 public:
  /// Ends the benchmark when the library is not there. Afterwards nothing is cached on disk unless cache() says so.
  explicit Extism(const std::string& library);
  ~Extism();
  Extism(const Extism&) = delete;
  Extism& operator=(const Extism&) = delete;

  std::string version() const;
  /// Does the engine keep compiled code in a folder? `config` is the file that says so; empty: no.
  void cache(const std::string& config);
  /// Reads, compiles, makes.
  std::unique_ptr<ExtismPlugin> from_wasm(const std::string& wasm);
  /// Compiles for from_compiled(), which then shares the code; quickest of its roads to one more plugin.
  void compile(const std::string& wasm);
  std::unique_ptr<ExtismPlugin> from_compiled();

 private:
  struct Library;
  std::unique_ptr<Library> library_;
};

}  // namespace ingot::bench
