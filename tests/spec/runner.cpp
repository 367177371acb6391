// SPDX-License-Identifier: Apache-2.0
//
// Runs one script of the WebAssembly specification, as wast2json wrote it, on bundles that spec_cast made, and prints one JSON object.
//
//   spec_runner SCRIPT.json CASTS.json STORE SPECTEST.ingot LEVEL
//
// CASTS.json: {"FILE.wasm": result of spec_cast}. LEVEL: 2 or 3, the variant to use.
// Result: {"level":N, "passed":{KIND:N}, "failed":{KIND:N}, "not_applicable":{KIND:N}, "failures":["line N: ..."]}. KIND is the command's type,
// for assert_malformed with "_binary" or "_text" behind it. Exit: 0 whatever passed, 1 when the script could not be run, 77 without such a CPU.

#include <cstdio>
#include <fstream>
#include <set>

#include "bundle/cpu_level.hpp"
#include "machine.hpp"
#include "sandbox/watchdog.hpp"
#include "values.hpp"

namespace ingot::spec {
namespace {

using instance::Instance;

constexpr int exit_skipped = 77;
constexpr auto command_time_max = std::chrono::minutes(5);
constexpr std::size_t failures_listed_max = 40;

/// A failed assertion: why.
struct Failure {
  std::string what;
};

[[noreturn]] void fail(const std::string& what) { throw Failure{what}; }

/// The trap that the scripts' words stand for. They name the cause, and sometimes more than a runtime tells apart.
ingot_trap trap_of(const std::string& text) {
  static const std::map<std::string, ingot_trap> kinds{
      {"out of bounds memory access", INGOT_TRAP_OUT_OF_BOUNDS},  {"out of bounds table access", INGOT_TRAP_OUT_OF_BOUNDS},
      {"integer overflow", INGOT_TRAP_INTEGER_OVERFLOW},          {"integer divide by zero", INGOT_TRAP_DIVIDE_BY_ZERO},
      {"invalid conversion to integer", INGOT_TRAP_INVALID_CONVERSION}, {"unreachable", INGOT_TRAP_UNREACHABLE},
      {"undefined element", INGOT_TRAP_CALL_INDIRECT},            {"uninitialized element", INGOT_TRAP_CALL_INDIRECT},
      {"uninitialized element 2", INGOT_TRAP_CALL_INDIRECT},      {"indirect call type mismatch", INGOT_TRAP_CALL_INDIRECT},
      {"call stack exhausted", INGOT_TRAP_STACK_EXHAUSTED}};
  const auto found = kinds.find(text);
  if (found == kinds.end()) throw BadScript{"trap message " + text};
  return found->second;
}

struct Called {
  std::optional<sandbox::Trap> trap;
  format::FunctionType type;
  std::vector<ingot_slot> slots;
};

class Script final {
 public:
  Script(Json casts, std::string store, int level) : casts_(std::move(casts)), store_(std::move(store)), machine_(level) {}

  void add_spectest(const std::string& bundle) {
    auto made = machine_.instantiate(bundle);
    if (!std::holds_alternative<Instance*>(made)) throw BadScript{"spectest cannot be instantiated"};
    machine_.register_as("spectest", std::get<Instance*>(made));
  }

  void run(const Json& command) {
    std::string kind = command.at("type");
    const bool is_text = command.value("module_type", "binary") != "binary";
    if (kind == "assert_malformed") kind += is_text ? "_text" : "_binary";
    if (is_text) {  // text is wast2json's to refuse, not ours
      if (kind != "assert_malformed_text") throw BadScript{kind + " of a text module"};
      ++not_applicable[kind];
      return;
    }
    try {
      const sandbox::CallScope scope(std::chrono::steady_clock::now() + command_time_max);
      dispatch(kind, command);
      ++passed[kind];
    } catch (const Failure& failure) {
      ++failed[kind];
      if (failures.size() < failures_listed_max) failures.push_back("line " + std::to_string(command.at("line").get<int>()) + ": " + kind + ": " + failure.what);
    }
  }

  std::map<std::string, int> passed, failed, not_applicable;
  std::vector<std::string> failures;

 private:
  void dispatch(const std::string& kind, const Json& command) {
    if (kind == "module") return module(command);
    if (kind == "register") return machine_.register_as(command.at("as"), named(command));
    if (kind == "action") return plain_action(command);
    if (kind == "assert_return") return assert_return(command);
    if (kind == "assert_trap" || kind == "assert_exhaustion") return assert_trap(command, trap_of(command.at("text")));
    if (kind == "assert_exception") return assert_trap(command, INGOT_TRAP_UNCAUGHT_EXCEPTION);
    if (kind == "assert_invalid" || kind == "assert_malformed_binary") return assert_refused(command);
    if (kind == "assert_unlinkable") return assert_unlinkable(command);
    if (kind == "assert_uninstantiable") return assert_uninstantiable(command);
    throw BadScript{"command " + kind};
  }

  /// The bundle of a command's module. A module that could not be cast is a failure of ours here.
  std::string bundle_of(const Json& command) {
    const Json& cast = casts_.at(command.at("filename").get<std::string>());
    if (!cast.at("ok").get<bool>()) fail("not cast: " + cast.at("message").get<std::string>());
    return store_ + "/" + cast.at("key").get<std::string>() + ".ingot";
  }

  Instance* named(const Json& place) const {
    Instance* instance = current_;
    if (place.contains("module") || place.contains("name")) {
      const auto found = names_.find(place.contains("module") ? place.at("module") : place.at("name"));
      instance = found == names_.end() ? nullptr : found->second;
    }
    if (instance == nullptr) fail("the module it needs was not instantiated");
    return instance;
  }

  void module(const Json& command) {
    current_ = nullptr;
    if (command.contains("name")) names_.erase(command.at("name"));
    auto made = machine_.instantiate(bundle_of(command));
    if (const auto* trap = std::get_if<sandbox::Trap>(&made)) fail(std::string("instantiation trapped: ") + sandbox::trap_name(trap->kind) + " " + trap->detail);
    if (const auto* error = std::get_if<Error>(&made)) fail("not linked: " + error->message);
    current_ = std::get<Instance*>(made);
    if (command.contains("name")) names_[command.at("name")] = current_;
  }

  Called act(const Json& action) {
    Instance* instance = named(action);
    const std::string field = action.at("field");
    if (action.at("type") == "get") return get(*instance, field);
    if (action.at("type") != "invoke") throw BadScript{"action " + action.at("type").dump()};
    const auto index = Machine::find(*instance, field, format::ExternKind::function);
    if (!index) fail("no exported function " + field);
    Called called;
    called.type = instance->module().manifest().exports[*index].type;
    const Json& arguments = action.at("args");
    if (arguments.size() != called.type.params.size()) fail("wrong number of arguments for " + field);
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      if (type_of(arguments[i]) != called.type.params[i]) fail("wrong type of an argument for " + field);
      append_value(called.slots, arguments[i]);
    }
    called.slots.resize(std::max<std::size_t>({called.slots.size(), format::slot_count(called.type.results), 1}));
    called.trap = instance->call(static_cast<int>(*index), called.slots);
    return called;
  }

  static Called get(Instance& instance, const std::string& field) {
    const auto index = Machine::find(instance, field, format::ExternKind::global);
    if (!index) fail("no exported global " + field);
    const std::uint8_t type = instance.module().manifest().exports[*index].value_type;
    Called called;
    called.type.results = {type};
    called.slots.resize(4);
    // The cell has the type's own width; the rest of the slot stays zero.
    const bool narrow = type == INGOT_TYPE_I32 || type == INGOT_TYPE_F32;
    const std::size_t bytes = type == INGOT_TYPE_FUNCREF ? 32 : type == INGOT_TYPE_V128 ? 16 : narrow ? 4 : 8;
    std::memcpy(called.slots.data(), instance.export_address(static_cast<int>(*index)), bytes);
    return called;
  }

  Called act_without_trap(const Json& command) {
    Called called = act(command.at("action"));
    if (called.trap) fail(std::string("trapped: ") + sandbox::trap_name(called.trap->kind) + " " + called.trap->detail);
    return called;
  }

  void plain_action(const Json& command) {
    const Called called = act_without_trap(command);
    const Json& expected = command.at("expected");
    if (expected.size() != called.type.results.size()) fail("wrong number of results");
  }

  static bool fits(const Called& called, const Json& expected) {
    if (expected.size() != called.type.results.size()) return false;
    std::size_t slot = 0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      if (type_of(expected[i]) != called.type.results[i] || !matches(called.slots, slot, expected[i])) return false;
      slot += format::slot_count({called.type.results[i]});
    }
    return true;
  }

  void assert_return(const Json& command) {
    const Called called = act_without_trap(command);
    bool good = false;
    if (command.contains("either")) {  // one result, several of which are right
      for (const Json& expected : command.at("either")) good = good || fits(called, Json::array({expected}));
    } else {
      good = fits(called, command.at("expected"));
    }
    if (good) return;
    std::string got;
    std::size_t slot = 0;
    for (const std::uint8_t type : called.type.results) {
      got += " " + format::value_type_text(type) + ":" + show(called.slots, slot, type);
      slot += format::slot_count({type});
    }
    fail(command.at("action").dump() + " gave" + got + ", expected " + (command.contains("either") ? command.at("either") : command.at("expected")).dump());
  }

  void assert_trap(const Json& command, ingot_trap kind) {
    const Called called = act(command.at("action"));
    if (!called.trap) fail(command.at("action").dump() + " did not trap");
    if (called.trap->kind != kind) fail(command.at("action").dump() + std::string(" trapped with ") + sandbox::trap_name(called.trap->kind) + ", not " + sandbox::trap_name(kind));
  }

  /// The compiler must have refused the module as a module (exit code 3), not stumbled over it.
  void assert_refused(const Json& command) {
    const Json& cast = casts_.at(command.at("filename").get<std::string>());
    if (cast.at("ok").get<bool>()) fail("accepted: " + command.at("filename").get<std::string>() + " (" + command.at("text").get<std::string>() + ")");
    const std::string code = cast.at("code");
    if (cast.at("exit") != 3 || (code != "invalid_wasm" && code != "unsupported_wasm")) fail("refused as " + code + ": " + cast.at("message").get<std::string>());
  }

  void assert_unlinkable(const Json& command) {
    const auto made = machine_.instantiate(bundle_of(command));
    const std::string text = command.at("text");
    if (text != "unknown import" && text != "incompatible import type") throw BadScript{"link message " + text};
    const auto* error = std::get_if<Error>(&made);
    if (error == nullptr) fail("was linked, expected: " + text);
    if (error->message.find(text) == std::string::npos) fail("refused for another reason: " + error->message + ", expected: " + text);
  }

  void assert_uninstantiable(const Json& command) {
    const auto made = machine_.instantiate(bundle_of(command));
    const ingot_trap kind = trap_of(command.at("text"));
    if (const auto* error = std::get_if<Error>(&made)) fail("not linked: " + error->message);
    const auto* trap = std::get_if<sandbox::Trap>(&made);
    if (trap == nullptr) fail("was instantiated");
    if (trap->kind != kind) fail(std::string("trapped with ") + sandbox::trap_name(trap->kind) + ", not " + sandbox::trap_name(kind));
  }

  Json casts_;
  std::string store_;
  Machine machine_;
  std::map<std::string, Instance*> names_;
  Instance* current_ = nullptr;
};

int run(char** argv) {
  const int level = std::atoi(argv[5]);
  if (level > bundle::cpu_level()) {
    std::fprintf(stderr, "spec_runner: this CPU is below x86-64-v%d: it lacks %s\n", level, bundle::missing_features(level).c_str());
    return exit_skipped;
  }
  std::ifstream script_file(argv[1]), casts_file(argv[2]);
  const Json commands = Json::parse(script_file).at("commands");
  if (!sandbox::start_watchdog().ok()) throw BadScript{"no watchdog"};
  Script script(Json::parse(casts_file), argv[3], level);
  {
    const sandbox::CallScope scope(std::chrono::steady_clock::now() + command_time_max);
    script.add_spectest(argv[4]);
  }
  for (const Json& command : commands) script.run(command);
  const Json result{{"level", level}, {"passed", script.passed}, {"failed", script.failed}, {"not_applicable", script.not_applicable}, {"failures", script.failures}};
  std::printf("%s\n", result.dump(-1, ' ', false, Json::error_handler_t::replace).c_str());
  return 0;
}

}  // namespace
}  // namespace ingot::spec

int main(int argc, char** argv) {
  if (argc != 6) {
    std::fprintf(stderr, "usage: spec_runner SCRIPT.json CASTS.json STORE SPECTEST.ingot LEVEL\n");
    return 2;
  }
  try {
    return ingot::spec::run(argv);
  } catch (const ingot::spec::BadScript& bad) {
    std::fprintf(stderr, "spec_runner: %s: %s\n", argv[1], bad.what.c_str());
  } catch (const std::exception& bad) {
    std::fprintf(stderr, "spec_runner: %s: %s\n", argv[1], bad.what());
  }
  return 1;
}
