// SPDX-License-Identifier: Apache-2.0
//
// Names and types are those of Extism's C interface, version 1 (extism.org/docs, runtime/extism.h).
#include "plugin/extism.hpp"

#include <dlfcn.h>

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "core/measure.hpp"

namespace ingot::bench {
namespace {

struct Plugin;
struct Compiled;
struct Function;

std::string content(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  std::string bytes(std::istreambuf_iterator<char>(stream), {});
  if (bytes.empty()) fail("cannot read " + path);
  return bytes;
}

}  // namespace

struct Extism::Library {
  void* handle = nullptr;
  Plugin* (*plugin_new)(const std::uint8_t*, std::uint64_t, const Function**, std::uint64_t, bool, char**) = nullptr;
  Compiled* (*compiled_new)(const std::uint8_t*, std::uint64_t, const Function**, std::uint64_t, bool, char**) = nullptr;
  Plugin* (*from_compiled)(const Compiled*, char**) = nullptr;
  void (*compiled_free)(Compiled*) = nullptr;
  void (*plugin_free)(Plugin*) = nullptr;
  std::int32_t (*call)(Plugin*, const char*, const std::uint8_t*, std::uint64_t) = nullptr;
  const char* (*error)(Plugin*) = nullptr;
  std::uint64_t (*output_length)(Plugin*) = nullptr;
  const std::uint8_t* (*output_data)(Plugin*) = nullptr;
  const char* (*version)() = nullptr;
  Compiled* compiled = nullptr;

  template <typename F>
  void find(F*& function, const char* name) {
    function = reinterpret_cast<F*>(dlsym(handle, name));
    if (function == nullptr) fail(std::string("Extism's library has no ") + name);
  }
};

namespace {

template <typename Library>
class Loaded final : public ExtismPlugin {
 public:
  Loaded(Library& library, Plugin* plugin) : library_(library), plugin_(plugin) {}
  ~Loaded() override { library_.plugin_free(plugin_); }

  std::string_view call(const char* function, std::string_view input) override {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(input.data());
    if (library_.call(plugin_, function, bytes, input.size()) != 0) {
      const char* error = library_.error(plugin_);
      fail(std::string("Extism: ") + (error != nullptr ? error : "no text"));
    }
    return {reinterpret_cast<const char*>(library_.output_data(plugin_)), library_.output_length(plugin_)};
  }

 private:
  Library& library_;
  Plugin* plugin_;
};

}  // namespace

Extism::Extism(const std::string& library) : library_(std::make_unique<Library>()) {
  Library& of = *library_;
  of.handle = dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (of.handle == nullptr) fail(std::string("Extism's library: ") + dlerror());
  of.find(of.plugin_new, "extism_plugin_new");
  of.find(of.compiled_new, "extism_compiled_plugin_new");
  of.find(of.from_compiled, "extism_plugin_new_from_compiled");
  of.find(of.compiled_free, "extism_compiled_plugin_free");
  of.find(of.plugin_free, "extism_plugin_free");
  of.find(of.call, "extism_plugin_call");
  of.find(of.error, "extism_plugin_error");
  of.find(of.output_length, "extism_plugin_output_length");
  of.find(of.output_data, "extism_plugin_output_data");
  of.find(of.version, "extism_version");
  cache("");
}

Extism::~Extism() {
  if (library_->compiled != nullptr) library_->compiled_free(library_->compiled);
}

std::string Extism::version() const { return library_->version(); }

void Extism::cache(const std::string& config) { setenv("EXTISM_CACHE_CONFIG", config.c_str(), 1); }

std::unique_ptr<ExtismPlugin> Extism::from_wasm(const std::string& wasm) {
  const std::string bytes = content(wasm);
  char* error = nullptr;
  Plugin* plugin = library_->plugin_new(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size(), nullptr, 0, true, &error);
  if (plugin == nullptr) fail(std::string("Extism: ") + error);
  return std::make_unique<Loaded<Library>>(*library_, plugin);
}

void Extism::compile(const std::string& wasm) {
  const std::string bytes = content(wasm);
  char* error = nullptr;
  if (library_->compiled != nullptr) library_->compiled_free(library_->compiled);
  library_->compiled = library_->compiled_new(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size(), nullptr, 0, true, &error);
  if (library_->compiled == nullptr) fail(std::string("Extism: ") + error);
}

std::unique_ptr<ExtismPlugin> Extism::from_compiled() {
  char* error = nullptr;
  Plugin* plugin = library_->from_compiled(library_->compiled, &error);
  if (plugin == nullptr) fail(std::string("Extism: ") + error);
  return std::make_unique<Loaded<Library>>(*library_, plugin);
}

}  // namespace ingot::bench
