// SPDX-License-Identifier: Apache-2.0
#pragma once
// Guests of this folder, cast by run.mjs, through the C interface.

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "ingot.hpp"

namespace ingot::test {

inline std::string guest_path(const std::string& name) {
  const char* folder = std::getenv("INGOT_EMBED_GUESTS");
  if (folder == nullptr) throw std::runtime_error("INGOT_EMBED_GUESTS is not set: run this through run.mjs");
  return std::string(folder) + "/" + name;
}

inline Engine make_engine() {
  Trust trust;
  trust.add_key_file(guest_path("test.pub"));
  return Engine(trust);
}

/// One for all tests of the process.
inline Engine& engine() {
  static Engine* const instance = new Engine(make_engine());
  return *instance;
}

inline Module load(const std::string& name) { return engine().load_file(guest_path(name + ".ingot")); }

/// What worker.wat imports, doing nothing much.
inline void define_worker_imports(Linker& linker) {
  linker.define("env", "twice", [](std::int32_t number) { return static_cast<std::int32_t>(2u * static_cast<std::uint32_t>(number)); });
  linker.define("env", "say", [](Caller caller, std::uint32_t address, std::uint32_t bytes) { (void)caller.text(address, bytes); });
  linker.define("env", "wait", [] {});
}

/// A worker with plain imports.
struct Worker {
  Worker() : module(load("worker")) { define_worker_imports(linker); }
  Instance start(const ingot_limits& limits = ingot_limits_default()) { return Instance(module, linker, limits); }
  Module module;
  Linker linker;
};

/// The failure that `body` throws; the test fails when it throws none.
template <typename Body>
Failure failure_of(Body&& body) {
  try {
    body();
  } catch (const Failure& failure) {
    return failure;
  }
  ADD_FAILURE() << "nothing failed";
  throw std::runtime_error("nothing failed");
}

}  // namespace ingot::test
