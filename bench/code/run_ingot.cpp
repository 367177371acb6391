// SPDX-License-Identifier: Apache-2.0
//
// Times one kernel as a bundle.
//
//   run_ingot BUNDLE ROUNDS [--nobody-watches]      prints CHECKSUM NANOSECONDS

#include <chrono>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "instance/instance.hpp"
#include "limits.hpp"
#include "sandbox/watchdog.hpp"

namespace {

template <typename T>
T must(ingot::Result<T> result) {
  if (result.ok()) return std::move(result).value();
  std::fprintf(stderr, "run_ingot: %s\n", result.error().message.c_str());
  std::exit(1);
}

}  // namespace

int main(int argc, char** argv) {
  const bool watched = argc == 3;
  if (!watched && (argc != 4 || std::strcmp(argv[3], "--nobody-watches") != 0)) return 2;
  ingot::bundle::TrustPolicy trust;
  trust.allow_unsigned = true;
  const auto module = must(ingot::load::load(must(ingot::bundle::open_and_verify(argv[1], trust))));
  if (watched) must(ingot::sandbox::start_watchdog());
  const auto guest = must(ingot::instance::Instance::create(module, {}, {1 * ingot::limits::GiB}));
  const ingot::sandbox::CallScope scope(std::chrono::steady_clock::now() + std::chrono::minutes(2));
  const int run = module->find_function("kernel_run");
  if (run < 0 || guest->start()) return 1;
  ingot_slot slot{};
  const auto call = [&] {
    slot.i64 = std::strtoul(argv[2], nullptr, 10);
    if (guest->call(run, {&slot, 1})) std::exit(1);
  };
  call();
  const auto begin = std::chrono::steady_clock::now();
  call();
  const std::chrono::nanoseconds spent = std::chrono::steady_clock::now() - begin;
  std::printf("%016" PRIx64 " %lld\n", slot.i64, static_cast<long long>(spent.count()));
  return 0;
}
