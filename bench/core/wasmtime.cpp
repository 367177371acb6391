// SPDX-License-Identifier: Apache-2.0
//
// Names, types and layouts are those of wasmtime's C interface, version 50 (docs.wasmtime.dev/c-api).
#include "core/wasmtime.hpp"

#include <dlfcn.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <vector>

#include "core/measure.hpp"

namespace ingot::bench {
namespace {

struct Config;
struct Engine;
struct Module;
struct Store;
struct Context;
struct Linker;
struct Prepared;
struct Problem;
struct TrapObject;
struct Caller;
struct ValueType;
struct FunctionType;
struct PoolingConfig;

struct ByteVector {
  std::size_t size;
  char* data;
};
struct TypeVector {
  std::size_t size;
  ValueType** data;
};
struct Instance {
  std::uint64_t store;
  std::size_t index;
};
struct Function {
  std::uint64_t store;
  void* function;
};
struct alignas(8) External {
  std::uint8_t kind;
  union {
    Function function;
    std::uint8_t room[32];
  } of;
};
union alignas(16) RawValue {
  std::int32_t i32;
  std::uint8_t bytes[16];
};
using Callback = TrapObject* (*)(void*, Caller*, RawValue*, std::size_t);

/// What is used of the library.
struct Interface {
  Config* (*config_new)();
  void (*epoch_interruption_set)(Config*, bool);
  PoolingConfig* (*pooling_new)();
  void (*pooling_strategy_set)(Config*, PoolingConfig*);
  Engine* (*engine_new)(Config*);
  Problem* (*module_new)(Engine*, const std::uint8_t*, std::size_t, Module**);
  Problem* (*module_serialize)(Module*, ByteVector*);
  Problem* (*module_deserialize_file)(Engine*, const char*, Module**);
  void (*module_delete)(Module*);
  Store* (*store_new)(Engine*, void*, void (*)(void*));
  Context* (*store_context)(Store*);
  void (*store_delete)(Store*);
  void (*set_epoch_deadline)(Context*, std::uint64_t);
  Linker* (*linker_new)(Engine*);
  Problem* (*linker_define)(Linker*, const char*, std::size_t, const char*, std::size_t, const FunctionType*, Callback, void*, void (*)(void*));
  Problem* (*linker_prepare)(Linker*, Module*, Prepared**);
  Problem* (*prepared_instantiate)(Prepared*, Context*, Instance*, TrapObject**);
  void (*prepared_delete)(Prepared*);
  bool (*export_get)(Context*, const Instance*, const char*, std::size_t, External*);
  Problem* (*call)(Context*, const Function*, RawValue*, std::size_t, TrapObject**);
  void (*problem_message)(Problem*, ByteVector*);
  FunctionType* (*function_type_new)(TypeVector*, TypeVector*);
  ValueType* (*value_type_new)(std::uint8_t);
  void (*types_new)(TypeVector*, std::size_t, ValueType* const*);
};

template <typename Pointer>
bool find(void* library, const char* name, Pointer& pointer) {
  pointer = reinterpret_cast<Pointer>(dlsym(library, name));
  if (pointer == nullptr) std::fprintf(stderr, "wasmtime's library has no %s\n", name);
  return pointer != nullptr;
}

bool find_all(void* library, Interface& api) {
  return find(library, "wasm_config_new", api.config_new) && find(library, "wasmtime_config_epoch_interruption_set", api.epoch_interruption_set) &&
         find(library, "wasmtime_pooling_allocation_config_new", api.pooling_new) && find(library, "wasmtime_pooling_allocation_strategy_set", api.pooling_strategy_set) &&
         find(library, "wasm_engine_new_with_config", api.engine_new) && find(library, "wasmtime_module_new", api.module_new) &&
         find(library, "wasmtime_module_serialize", api.module_serialize) && find(library, "wasmtime_module_deserialize_file", api.module_deserialize_file) &&
         find(library, "wasmtime_module_delete", api.module_delete) && find(library, "wasmtime_store_new", api.store_new) &&
         find(library, "wasmtime_store_context", api.store_context) && find(library, "wasmtime_store_delete", api.store_delete) &&
         find(library, "wasmtime_context_set_epoch_deadline", api.set_epoch_deadline) && find(library, "wasmtime_linker_new", api.linker_new) &&
         find(library, "wasmtime_linker_define_func_unchecked", api.linker_define) && find(library, "wasmtime_linker_instantiate_pre", api.linker_prepare) &&
         find(library, "wasmtime_instance_pre_instantiate", api.prepared_instantiate) && find(library, "wasmtime_instance_pre_delete", api.prepared_delete) &&
         find(library, "wasmtime_instance_export_get", api.export_get) && find(library, "wasmtime_func_call_unchecked", api.call) &&
         find(library, "wasmtime_error_message", api.problem_message) && find(library, "wasm_functype_new", api.function_type_new) &&
         find(library, "wasm_valtype_new", api.value_type_new) && find(library, "wasm_valtype_vec_new", api.types_new);
}

TrapObject* do_nothing(void*, Caller*, RawValue*, std::size_t) { return nullptr; }
TrapObject* add(void*, Caller*, RawValue* values, std::size_t) {
  values[0].i32 += values[1].i32;
  return nullptr;
}

}  // namespace

struct Wasmtime::Parts {
  Interface api{};
  Engine* engine = nullptr;
  Module* module = nullptr;
  Linker* linker = nullptr;
  Prepared* prepared = nullptr;
  Store* store = nullptr;
  Context* context = nullptr;
  Function nothing{}, ask{};
  std::string compiled;

  void must(Problem* problem) const {
    if (problem == nullptr) return;
    ByteVector message{};
    api.problem_message(problem, &message);
    fail("wasmtime: " + std::string(message.data, message.size));
  }
  Function function(Context* in, const Instance& instance, const std::string& name) const {
    External found{};
    if (!api.export_get(in, &instance, name.data(), name.size(), &found)) fail("wasmtime: no export " + name);
    return found.of.function;
  }
  void run(Context* in, const Function& function, std::int32_t argument) const {
    RawValue value{};
    value.i32 = argument;
    TrapObject* trap = nullptr;
    must(api.call(in, &function, &value, 1, &trap));
    if (trap != nullptr) fail("wasmtime: the guest trapped");
  }
  Instance instantiate(Prepared* what, Context* in) const {
    api.set_epoch_deadline(in, 1'000'000);
    Instance instance{};
    TrapObject* trap = nullptr;
    must(api.prepared_instantiate(what, in, &instance, &trap));
    if (trap != nullptr) fail("wasmtime: the guest trapped while starting");
    return instance;
  }
  void define(const char* name, std::size_t parameters, std::size_t results, Callback callback) const {
    std::vector<ValueType*> types;
    const auto list = [&](std::size_t count) {
      types.clear();
      for (std::size_t index = 0; index < count; ++index) types.push_back(api.value_type_new(0));  // i32
      TypeVector vector{};
      api.types_new(&vector, count, types.data());
      return vector;
    };
    TypeVector in = list(parameters), out = list(results);
    must(api.linker_define(linker, "bench", 5, name, std::string_view(name).size(), api.function_type_new(&in, &out), callback, nullptr, nullptr));
  }
};

Wasmtime::Wasmtime(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Wasmtime::~Wasmtime() { parts_->api.store_delete(parts_->store); }

std::unique_ptr<Wasmtime> Wasmtime::open(const std::string& library, const std::string& wasm, const std::string& compiled) {
  void* const handle = dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    std::fprintf(stderr, "absent: wasmtime: %s\n", dlerror());
    return nullptr;
  }
  auto parts = std::make_unique<Parts>();
  Interface& api = parts->api;
  if (!find_all(handle, api)) return nullptr;
  Config* const config = api.config_new();
  api.epoch_interruption_set(config, true);
  api.pooling_strategy_set(config, api.pooling_new());
  parts->engine = api.engine_new(config);
  std::ifstream stream(wasm, std::ios::binary);
  const std::string bytes(std::istreambuf_iterator<char>(stream), {});
  parts->must(api.module_new(parts->engine, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size(), &parts->module));
  ByteVector serialized{};
  parts->must(api.module_serialize(parts->module, &serialized));
  parts->compiled = compiled;
  std::ofstream(compiled, std::ios::binary).write(serialized.data, static_cast<std::streamsize>(serialized.size));
  parts->linker = api.linker_new(parts->engine);
  parts->define("nothing", 0, 0, do_nothing);
  parts->define("add", 2, 1, add);
  parts->must(api.linker_prepare(parts->linker, parts->module, &parts->prepared));
  parts->store = api.store_new(parts->engine, nullptr, nullptr);
  parts->context = api.store_context(parts->store);
  const Instance instance = parts->instantiate(parts->prepared, parts->context);
  parts->nothing = parts->function(parts->context, instance, "nothing");
  parts->ask = parts->function(parts->context, instance, "ask");
  return std::unique_ptr<Wasmtime>(new Wasmtime(std::move(parts)));
}

void Wasmtime::call_nothing(std::uint32_t times) {
  for (std::uint32_t at = 0; at < times; ++at) parts_->run(parts_->context, parts_->nothing, 0);
}

void Wasmtime::ask(std::uint32_t times) { parts_->run(parts_->context, parts_->ask, static_cast<std::int32_t>(times)); }

void Wasmtime::fresh_instance() {
  Store* const store = parts_->api.store_new(parts_->engine, nullptr, nullptr);
  Context* const context = parts_->api.store_context(store);
  const Instance instance = parts_->instantiate(parts_->prepared, context);
  parts_->run(context, parts_->function(context, instance, "nothing"), 0);
  parts_->api.store_delete(store);
}

void Wasmtime::file_to_answer() {
  Module* module = nullptr;
  parts_->must(parts_->api.module_deserialize_file(parts_->engine, parts_->compiled.c_str(), &module));
  Prepared* prepared = nullptr;
  parts_->must(parts_->api.linker_prepare(parts_->linker, module, &prepared));
  Store* const store = parts_->api.store_new(parts_->engine, nullptr, nullptr);
  Context* const context = parts_->api.store_context(store);
  const Instance instance = parts_->instantiate(prepared, context);
  parts_->run(context, parts_->function(context, instance, "nothing"), 0);
  parts_->api.store_delete(store);
  parts_->api.prepared_delete(prepared);
  parts_->api.module_delete(module);
}

}  // namespace ingot::bench
