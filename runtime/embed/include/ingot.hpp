// SPDX-License-Identifier: Apache-2.0
#ifndef INGOT_HPP
#define INGOT_HPP
// libingot for C++20: ingot.h with owners, exceptions and types. Every rule of ingot.h about threads, ownership and signals holds here.
//
//     ingot::Trust trust;
//     trust.add_key_file("release.pub");
//     ingot::Engine engine(trust);
//     ingot::Module module = engine.load_file("greet.ingot");
//     ingot::Linker linker;
//     linker.define("env", "twice", [](std::int32_t number) { return number * 2; });
//     ingot::Instance guest(module, linker);
//     auto add = guest.function<std::int32_t(std::int32_t, std::int32_t)>("add");
//     std::int32_t sum = add(40, 2);

#include <array>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "ingot.h"

namespace ingot {
// The library's own C++ has names of its own in ::ingot; these are others.
inline namespace embedding {

/// What an ingot_error says.
class Failure : public std::runtime_error {
 public:
  /// Frees it. REQUIRES: not null.
  explicit Failure(ingot_error* error) : Failure(std::unique_ptr<ingot_error, void (*)(ingot_error*)>(error, ingot_error_free)) {}
  ingot_error_code code() const { return code_; }
  /// INGOT_TRAP_NONE unless the code is INGOT_ERROR_TRAP.
  ingot_trap trap() const { return trap_; }
  /// Innermost first.
  const std::vector<std::string>& frames() const { return frames_; }

 private:
  explicit Failure(const std::unique_ptr<ingot_error, void (*)(ingot_error*)>& error)
      : std::runtime_error(ingot_error_message(error.get())), code_(ingot_error_get_code(error.get())), trap_(ingot_error_trap(error.get())) {
    for (std::size_t index = 0; index < ingot_error_frame_count(error.get()); ++index) frames_.emplace_back(ingot_error_frame(error.get(), index));
  }
  ingot_error_code code_;
  ingot_trap trap_;
  std::vector<std::string> frames_;
};

/// Throws a Failure if there is an error.
inline void check(ingot_error* error) {
  if (error != nullptr) throw Failure(error);
}

namespace detail {

template <auto release>
struct Free {
  template <typename Object>
  void operator()(Object* object) const {
    release(object);
  }
};
template <typename Object, auto release>
using Owner = std::unique_ptr<Object, Free<release>>;

template <typename Object>
Object* made(Object* object) {
  if (object == nullptr) throw std::bad_alloc();
  return object;
}

/// WebAssembly's number types as C++ has them.
template <typename T>
concept Number = std::same_as<T, std::int32_t> || std::same_as<T, std::uint32_t> || std::same_as<T, std::int64_t> || std::same_as<T, std::uint64_t> ||
                 std::same_as<T, float> || std::same_as<T, double>;

template <Number T>
constexpr const char* type_name() {
  if constexpr (std::same_as<T, float>) return "f32";
  if constexpr (std::same_as<T, double>) return "f64";
  return sizeof(T) == 4 ? "i32" : "i64";
}

template <typename Returned, Number... Arguments>
std::string type_text() {
  std::string text = "(";
  ((text += (text.size() > 1 ? ", " : ""), text += type_name<Arguments>()), ...);
  text += ") -> (";
  if constexpr (!std::is_void_v<Returned>) text += type_name<Returned>();
  return text + ")";
}

template <Number T>
T get(const ingot_slot& slot) {
  T value;
  std::memcpy(&value, &slot, sizeof value);
  return value;
}
template <Number T>
void put(ingot_slot& slot, T value) {
  slot.i64 = 0;
  std::memcpy(&slot, &value, sizeof value);
}

}  // namespace detail

class Trust {
 public:
  Trust() : trust_(detail::made(ingot_trust_new())) {}
  void add_key(std::string_view pem) { check(ingot_trust_add_key(get(), pem.data(), pem.size())); }
  void add_key_file(const std::string& path) { check(ingot_trust_add_key_file(get(), path.c_str())); }
  void revoke(const std::string& key_id_or_digest) { check(ingot_trust_revoke(get(), key_id_or_digest.c_str())); }
  void require(std::uint32_t signatures) { check(ingot_trust_require(get(), signatures)); }
  void allow_unsigned(bool allow = true) { ingot_trust_allow_unsigned(get(), allow); }
  ingot_trust* get() const { return trust_.get(); }

 private:
  detail::Owner<ingot_trust, ingot_trust_free> trust_;
};

class Module {
 public:
  explicit Module(ingot_module* module) : module_(module) {}
  std::string name() const { return ingot_module_name(get()); }
  std::string version() const { return ingot_module_version(get()); }
  std::string digest() const { return ingot_module_digest(get()); }
  std::uint64_t rollback_counter() const { return ingot_module_rollback_counter(get()); }
  std::vector<ingot_item> imports() const { return items(ingot_module_import_count(get()), ingot_module_import); }
  std::vector<ingot_item> exports() const { return items(ingot_module_export_count(get()), ingot_module_export); }
  ingot_module* get() const { return module_.get(); }

 private:
  std::vector<ingot_item> items(std::size_t count, bool (*item)(const ingot_module*, std::size_t, ingot_item*)) const {
    std::vector<ingot_item> list(count);
    for (std::size_t index = 0; index < count; ++index) item(get(), index, &list[index]);
    return list;
  }
  detail::Owner<ingot_module, ingot_module_free> module_;
};

class Engine {
 public:
  explicit Engine(const Trust& trust) {
    ingot_engine* engine = nullptr;
    check(ingot_engine_new(trust.get(), &engine));
    engine_.reset(engine);
  }
  Module load_file(const std::string& path) {
    ingot_module* module = nullptr;
    check(ingot_module_load_file(get(), path.c_str(), &module));
    return Module(module);
  }
  Module load(std::string_view bundle, const std::string& origin = "bundle") {
    ingot_module* module = nullptr;
    check(ingot_module_load(get(), bundle.data(), bundle.size(), origin.c_str(), &module));
    return Module(module);
  }
  ingot_engine_metrics metrics() const {
    ingot_engine_metrics metrics;
    ingot_engine_get_metrics(get(), &metrics);
    return metrics;
  }
  ingot_engine* get() const { return engine_.get(); }

 private:
  detail::Owner<ingot_engine, ingot_engine_free> engine_;
};

/// The guest that calls a host function: a first parameter of this type gets it.
class Caller {
 public:
  explicit Caller(ingot_instance* instance) : instance_(instance) {}
  /// Copies of guest memory; throws when not all of it is inside, which stops the guest.
  std::string text(std::uint32_t address, std::uint32_t bytes) const {
    // Judged before room is made for it.
    if (std::uint64_t{address} + bytes > ingot_instance_memory_bytes(instance_)) throw std::out_of_range("an address outside the guest's memory");
    std::string copy(bytes, '\0');
    if (!ingot_instance_read(instance_, address, copy.data(), bytes)) throw std::out_of_range("an address outside the guest's memory");
    return copy;
  }
  void write(std::uint32_t address, std::string_view bytes) const {
    if (!ingot_instance_write(instance_, address, bytes.data(), bytes.size())) throw std::out_of_range("an address outside the guest's memory");
  }
  ingot_instance* get() const { return instance_; }

 private:
  ingot_instance* instance_;
};

/// Thrown by a host function: stops the guest with this trap and reason. Every other exception stops it with INGOT_TRAP_HOST.
class Stop : public std::runtime_error {
 public:
  Stop(ingot_trap trap, const std::string& reason) : std::runtime_error(reason), trap_(trap) {}
  ingot_trap trap() const { return trap_; }

 private:
  ingot_trap trap_;
};

namespace detail {

/// The shape of a callable: what it returns and takes, with or without a Caller in front.
template <typename T>
struct Shape : Shape<decltype(&T::operator())> {};
template <typename Returned, typename... Arguments>
struct Shape<Returned (*)(Arguments...)> {
  using returned = Returned;
  using arguments = std::tuple<Arguments...>;
};
template <typename Object, typename Returned, typename... Arguments>
struct Shape<Returned (Object::*)(Arguments...)> : Shape<Returned (*)(Arguments...)> {};
template <typename Object, typename Returned, typename... Arguments>
struct Shape<Returned (Object::*)(Arguments...) const> : Shape<Returned (*)(Arguments...)> {};

template <typename Arguments>
struct Split {
  static constexpr bool takes_caller = false;
  using numbers = Arguments;
};
template <typename... Rest>
struct Split<std::tuple<Caller, Rest...>> {
  static constexpr bool takes_caller = true;
  using numbers = std::tuple<Rest...>;
};

/// A callable behind the C interface.
template <typename Function, typename Returned, bool takes_caller, typename Numbers>
struct Adapter;
template <typename Function, typename Returned, bool takes_caller, Number... Arguments>
struct Adapter<Function, Returned, takes_caller, std::tuple<Arguments...>> {
  static std::string type() { return type_text<Returned, Arguments...>(); }
  static void release(void* user) { delete static_cast<Function*>(user); }
  static std::uint32_t call(const ingot_host_call* call, ingot_slot* slots) noexcept {
    ingot_instance* const caller = call->caller;
    try {
      return invoke(*static_cast<Function*>(call->user), caller, slots, std::index_sequence_for<Arguments...>());
    } catch (const Stop& stop) {
      ingot_instance_explain(caller, stop.what());
      return stop.trap();
    } catch (const std::exception& exception) {
      ingot_instance_explain(caller, exception.what());
    } catch (...) {
    }
    return INGOT_TRAP_HOST;
  }

 private:
  template <std::size_t... at>
  static std::uint32_t invoke(Function& function, [[maybe_unused]] ingot_instance* caller, [[maybe_unused]] ingot_slot* slots, std::index_sequence<at...>) {
    const auto run = [&] {
      if constexpr (takes_caller) return function(Caller(caller), get<Arguments>(slots[at])...);
      else return function(get<Arguments>(slots[at])...);
    };
    if constexpr (std::is_void_v<Returned>) run();
    else put<Returned>(slots[0], run());
    return INGOT_TRAP_NONE;
  }
};

}  // namespace detail

/// What a guest finds through WASI; nothing by itself but clocks and chance.
class WasiConfig {
 public:
  WasiConfig() : config_(detail::made(ingot_wasi_config_new())) {}
  WasiConfig& argument(const std::string& argument) { return done(ingot_wasi_config_argument(get(), argument.c_str())); }
  WasiConfig& variable(const std::string& name, const std::string& value) { return done(ingot_wasi_config_variable(get(), name.c_str(), value.c_str())); }
  WasiConfig& directory(const std::string& host, const std::string& guest, bool read_only = false) {
    return done(ingot_wasi_config_directory(get(), host.c_str(), guest.c_str(), read_only));
  }
  WasiConfig& input_bytes(std::string_view bytes) { return done(ingot_wasi_config_input_bytes(get(), bytes.data(), bytes.size())); }
  /// `descriptor` is duplicated.
  WasiConfig& stream(int stream, int descriptor) { return done(ingot_wasi_config_stream(get(), stream, descriptor)); }
  ingot_wasi_config* get() const { return config_.get(); }

 private:
  WasiConfig& done(ingot_error* error) {
    check(error);
    return *this;
  }
  detail::Owner<ingot_wasi_config, ingot_wasi_config_free> config_;
};

class Linker {
 public:
  Linker() : linker_(detail::made(ingot_linker_new())) {}
  /// `function` takes WebAssembly's number types, after a Caller if it wants one, and gives one or nothing; it is copied or moved in. Several threads may be
  /// inside it at once.
  template <typename Function>
  void define(const std::string& module, const std::string& name, Function function, std::uint32_t flags = 0) {
    using Shape = detail::Shape<Function>;
    using Split = detail::Split<typename Shape::arguments>;
    using Adapter = detail::Adapter<Function, typename Shape::returned, Split::takes_caller, typename Split::numbers>;
    auto kept = std::make_unique<Function>(std::move(function));
    check(ingot_linker_define(get(), module.c_str(), name.c_str(), Adapter::type().c_str(), Adapter::call, kept.get(), Adapter::release, flags));
    kept.release();
  }
  void define_wasi(const WasiConfig& config) { check(ingot_linker_define_wasi(get(), config.get())); }
  ingot_linker* get() const { return linker_.get(); }

 private:
  detail::Owner<ingot_linker, ingot_linker_free> linker_;
};

class Cancel {
 public:
  Cancel() : cancel_(detail::made(ingot_cancel_new())) {}
  void request() { ingot_cancel_request(get()); }
  ingot_cancel* get() const { return cancel_.get(); }

 private:
  detail::Owner<ingot_cancel, ingot_cancel_free> cancel_;
};

/// A call scope for as long as it lives, on the thread that made it.
class Scope {
 public:
  explicit Scope(std::uint64_t timeout_ns, const Cancel* cancel = nullptr) { check(ingot_scope_begin(timeout_ns, cancel != nullptr ? cancel->get() : nullptr)); }
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;
  ~Scope() { ingot_scope_end(); }
};

template <typename Signature>
class Function;

/// A copyable handle. Valid as long as its instance.
template <typename Returned, detail::Number... Arguments>
class Function<Returned(Arguments...)> {
 public:
  Function(ingot_instance* instance, const std::string& name) {
    check(ingot_instance_function(instance, name.c_str(), detail::type_text<Returned, Arguments...>().c_str(), &function_));
  }
  /// Throws a Failure when the guest traps.
  Returned operator()(Arguments... arguments) const {
    ingot_slot slots[most];
    if (run(slots, arguments...) != INGOT_TRAP_NONE) [[unlikely]] fail();
    if constexpr (!std::is_void_v<Returned>) return detail::get<Returned>(slots[0]);
  }
  /// The same without exceptions: `result` (anything for a function without one) is as it was when the guest traps.
  template <typename Result>
  ingot_trap call(Result* result, Arguments... arguments) const {
    ingot_slot slots[most];
    const ingot_trap trap = run(slots, arguments...);
    if constexpr (!std::is_void_v<Returned>) {
      if (trap == INGOT_TRAP_NONE) [[likely]] *result = detail::get<Returned>(slots[0]);
    }
    return trap;
  }

 private:
  static constexpr std::size_t most = sizeof...(Arguments) > 0 ? sizeof...(Arguments) : 1;
  [[noreturn, gnu::cold, gnu::noinline]] void fail() const {
    check(ingot_instance_last_error(function_.instance));
    throw std::logic_error("a call failed without a reason");
  }
  ingot_trap run(ingot_slot* slots, Arguments... arguments) const {
    [[maybe_unused]] std::size_t at = 0;
    (detail::put(slots[at++], arguments), ...);
    return ingot_function_call(&function_, slots);
  }
  ingot_function function_;
};

/// What can be done with an instance, whoever owns it.
class InstanceView {
 public:
  explicit InstanceView(ingot_instance* instance) : instance_(instance) {}

  template <typename Signature>
  Function<Signature> function(const std::string& name) const {
    return Function<Signature>(get(), name);
  }
  /// Bytes in, bytes out (ingot_instance_call_bytes).
  std::string call_bytes(const std::string& name, std::string_view input) const {
    char* bytes = nullptr;
    std::size_t count = 0;
    check(ingot_instance_call_bytes(get(), name.c_str(), input.data(), input.size(), &bytes, &count));
    const detail::Owner<char, ingot_bytes_free> owner(bytes);
    return std::string(bytes, count);
  }
  /// A program's exit code (ingot_instance_run).
  std::uint32_t run() const {
    std::uint32_t code = 0;
    check(ingot_instance_run(get(), &code));
    return code;
  }
  void reset() const { check(ingot_instance_reset(get())); }
  ingot_instance_metrics metrics() const {
    ingot_instance_metrics metrics;
    ingot_instance_get_metrics(get(), &metrics);
    return metrics;
  }
  ingot_instance* get() const { return instance_; }

 private:
  ingot_instance* instance_;
};

class Instance : public InstanceView {
 public:
  /// Starts it. `limits`: ingot_limits_default() with what should differ.
  Instance(const Module& module, const Linker& linker, const ingot_limits& limits = ingot_limits_default()) : InstanceView(make(module, linker, limits)), owner_(get()) {}

 private:
  static ingot_instance* make(const Module& module, const Linker& linker, const ingot_limits& limits) {
    ingot_instance* instance = nullptr;
    check(ingot_instance_new(module.get(), linker.get(), &limits, &instance));
    return instance;
  }
  detail::Owner<ingot_instance, ingot_instance_free> owner_;
};

/// Something that happens; those who wait in fibers leave their thread to others.
class Event {
 public:
  Event() : event_(detail::made(ingot_event_new())) {}
  void set() { ingot_event_set(get()); }
  void reset() { ingot_event_reset(get()); }
  [[nodiscard]] ingot_wait wait(std::uint64_t timeout_ns = UINT64_MAX) { return ingot_event_wait(get(), timeout_ns); }
  ingot_event* get() const { return event_.get(); }

 private:
  detail::Owner<ingot_event, ingot_event_free> event_;
};

/// Runs fibers on the thread that calls run().
class Loop {
 public:
  explicit Loop(const ingot_loop_options& options = ingot_loop_options_default()) {
    ingot_loop* loop = nullptr;
    check(ingot_loop_new(&options, &loop));
    loop_.reset(loop);
  }
  /// `body` is copied or moved in, and destroyed on its fiber. It must not throw.
  template <typename Body>
  void spawn(Body body) {
    auto kept = std::make_unique<Body>(std::move(body));
    const auto run = [](void* user) noexcept { (*std::unique_ptr<Body>(static_cast<Body*>(user)))(); };
    check(ingot_loop_spawn(get(), run, kept.get()));
    kept.release();
  }
  void run() { check(ingot_loop_run(get())); }
  void stop() { ingot_loop_stop(get()); }
  std::uint64_t fibers() const { return ingot_loop_fibers(get()); }
  ingot_loop* get() const { return loop_.get(); }

 private:
  detail::Owner<ingot_loop, ingot_loop_free> loop_;
};

/// An instance of a pool, given back when it goes.
class Lease : public InstanceView {
 public:
  explicit Lease(ingot_instance* instance) : InstanceView(instance), owner_(instance) {}

 private:
  detail::Owner<ingot_instance, ingot_pool_release> owner_;
};

class Pool {
 public:
  Pool(const Module& module, const Linker& linker, std::uint32_t instances_max, const ingot_limits& limits = ingot_limits_default()) {
    ingot_pool* pool = nullptr;
    check(ingot_pool_new(module.get(), linker.get(), &limits, instances_max, &pool));
    pool_.reset(pool);
  }
  Lease acquire(std::uint64_t timeout_ns) {
    ingot_instance* instance = nullptr;
    check(ingot_pool_acquire(get(), timeout_ns, &instance));
    return Lease(instance);
  }
  void replace(const Module& module) { check(ingot_pool_replace(get(), module.get(), nullptr, nullptr)); }
  /// `probe`: (InstanceView candidate) -> void; an exception keeps the present version.
  template <typename Probe>
  void replace(const Module& module, Probe probe) {
    const auto ask = [](void* user, ingot_instance* candidate) noexcept -> bool {
      try {
        (*static_cast<Probe*>(user))(InstanceView(candidate));
        return true;
      } catch (const std::exception& exception) {
        ingot_instance_explain(candidate, exception.what());
      } catch (...) {
      }
      return false;
    };
    check(ingot_pool_replace(get(), module.get(), ask, &probe));
  }
  ingot_pool_metrics metrics() const {
    ingot_pool_metrics metrics;
    ingot_pool_get_metrics(get(), &metrics);
    return metrics;
  }
  ingot_pool* get() const { return pool_.get(); }

 private:
  detail::Owner<ingot_pool, ingot_pool_free> pool_;
};

}  // namespace embedding
}  // namespace ingot

#endif  // INGOT_HPP
