// SPDX-License-Identifier: Apache-2.0
// greet_cpp BUNDLE KEY NAME: what greet.c does, in C++.
#include <cstdio>
#include <ingot.hpp>

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("usage: greet_cpp BUNDLE KEY NAME\n", stderr);
    return 2;
  }
  try {
    ingot::Trust trust;
    trust.add_key_file(argv[2]);
    ingot::Engine engine(trust);
    const ingot::Module module = engine.load_file(argv[1]);
    ingot::Linker linker;
    linker.define("clock", "hour", [now = 9] { return std::int32_t{now}; });
    ingot_limits limits = ingot_limits_default();
    limits.memory_bytes = 1024 * 1024;
    const ingot::Instance guest(module, linker, limits);

    const auto add = guest.function<std::int32_t(std::int32_t, std::int32_t)>("add");
    std::printf("add: %d\n", add(40, 2));
    std::printf("greet: %s\n", guest.call_bytes("greet", argv[3]).c_str());

    std::int32_t total = 0;
    {
      const ingot::Scope scope(1'000'000'000);
      for (std::int32_t step = 1; step <= 1000; ++step) total = add(total, step);
    }
    std::printf("total: %d\n", total);

    try {
      guest.function<std::int32_t(std::int32_t, std::int32_t)>("divide")(1, 0);
      std::printf("divide: no error\n");
    } catch (const ingot::Failure& failure) {
      std::printf("divide: %s\n", ingot_trap_name(failure.trap()));
    }
    guest.reset();
    std::printf("after: %d\n", add(40, 2));
  } catch (const std::exception& exception) {
    std::fprintf(stderr, "greet_cpp: %s\n", exception.what());
    return 1;
  }
  return 0;
}
