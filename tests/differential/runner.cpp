// SPDX-License-Identifier: Apache-2.0
//
// Calls every exported function of each bundle that is named on standard input, and prints what came of it; run.mjs asks V8 the same of the module.
//
//   differential_runner < "BUNDLE\tSEED" a line, or "BUNDLE\tplain"
//
// Each bundle's lines: "NAME TYPE:BITS..." or "NAME trap KIND", in the order of the exports, with "log TYPE:BITS..." for each import called, then "memory HASH"
// and "end". Bits are hexadecimal, a NaN is "nan", numbers of arguments come from the seed by the rule in run.mjs. A call that traps is not the last: the
// instance goes on, as the specification has it. "plain" calls the functions without parameters only, as wabt's interpreter does.

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "bundle/verify.hpp"
#include "instance/instance.hpp"
#include "ingot/island/wasm-rt.h"
#include "limits.hpp"
#include "load/module.hpp"
#include "sandbox/watchdog.hpp"

namespace {

using ingot::instance::Instance;
namespace format = ingot::format;
namespace limits = ingot::limits;

/// What the generator's modules import: one function for each type, which logs its argument.
struct Logger {
  format::FunctionType type;
};

void print_value(std::uint8_t type, const ingot_slot* slot) {
  switch (type) {
    case INGOT_TYPE_I32: std::printf(" i32:%x", slot->i32); break;
    case INGOT_TYPE_I64: std::printf(" i64:%llx", static_cast<unsigned long long>(slot->i64)); break;
    case INGOT_TYPE_F32:
      if (std::isnan(slot->f32)) std::printf(" f32:nan");
      else std::printf(" f32:%x", std::bit_cast<std::uint32_t>(slot->f32));
      break;
    case INGOT_TYPE_F64:
      if (std::isnan(slot->f64)) std::printf(" f64:nan");
      else std::printf(" f64:%llx", static_cast<unsigned long long>(std::bit_cast<std::uint64_t>(slot->f64)));
      break;
    case INGOT_TYPE_V128: std::printf(" v128:%llx,%llx", static_cast<unsigned long long>(slot[0].i64), static_cast<unsigned long long>(slot[1].i64)); break;
    default: std::printf(" reference"); break;
  }
}

void print_values(const std::vector<std::uint8_t>& types, const ingot_slot* slots) {
  for (const std::uint8_t type : types) {
    print_value(type, slots);
    slots += format::slot_count({type});
  }
}

std::uint32_t log_values(void* context, ingot_slot* slots) {
  std::printf("log");
  print_values(static_cast<const Logger*>(context)->type.params, slots);
  std::printf("\n");
  return INGOT_TRAP_NONE;
}

/// Numbers for arguments: xorshift, the same as in run.mjs.
class Numbers {
 public:
  explicit Numbers(std::uint32_t seed) : state_(seed | 1u) {}
  std::uint32_t next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 17;
    state_ ^= state_ << 5;
    return state_;
  }

 private:
  std::uint32_t state_;
};

bool callable(const format::FunctionType& type) {
  const auto number = [](std::uint8_t each) { return each >= INGOT_TYPE_F64; };
  return std::ranges::all_of(type.params, number) && std::ranges::all_of(type.results, number);
}

void call(Instance& guest, int index, Numbers& numbers, bool quiet) {
  const auto& exported = guest.module().manifest().exports[static_cast<std::size_t>(index)];
  std::vector<ingot_slot> slots(std::max({format::slot_count(exported.type.params), format::slot_count(exported.type.results), 1u}));
  for (std::size_t at = 0; at < exported.type.params.size(); ++at) {
    const std::uint32_t number = numbers.next();
    slots[at].i64 = 0;
    switch (exported.type.params[at]) {
      case INGOT_TYPE_I32: slots[at].i32 = number; break;
      case INGOT_TYPE_I64: slots[at].i64 = static_cast<std::uint64_t>(static_cast<std::int64_t>(static_cast<std::int32_t>(number))); break;
      case INGOT_TYPE_F32: slots[at].f32 = static_cast<float>(static_cast<std::int32_t>(number)) / 64; break;
      default: slots[at].f64 = static_cast<double>(static_cast<std::int32_t>(number)) / 64; break;
    }
  }
  const ingot::sandbox::CallScope scope(std::chrono::steady_clock::now() + std::chrono::seconds(20));
  const auto trap = guest.call(index, slots);
  if (quiet) return;
  std::printf("%s", exported.name.c_str());
  if (trap) std::printf(" trap %s", ingot::sandbox::trap_name(trap->kind));
  else print_values(exported.type.results, slots.data());
  std::printf("\n");
}

void print_memory(Instance& guest) {
  const auto& exports = guest.module().manifest().exports;
  std::uint64_t hash = 0xcbf29ce484222325u;  // FNV-1a
  for (std::size_t index = 0; index < exports.size(); ++index) {
    if (exports[index].kind != format::ExternKind::memory) continue;
    const auto* memory = static_cast<const wasm_rt_memory_t*>(guest.export_address(static_cast<int>(index)));
    for (std::uint64_t at = 0; at < memory->size; ++at) hash = (hash ^ memory->data[at]) * 0x100000001b3u;
    std::printf("memory %llx %llx\n", static_cast<unsigned long long>(memory->size), static_cast<unsigned long long>(hash));
  }
}

void run(const std::string& path, std::optional<std::uint32_t> seed) {
  ingot::bundle::TrustPolicy trust;
  trust.allow_unsigned = true;
  const auto module = ingot::load::load(ingot::bundle::open_and_verify(path, trust).value()).value();
  const format::Manifest& manifest = module->manifest();
  std::vector<Logger> loggers;
  loggers.reserve(manifest.imports.size());
  std::vector<ingot::instance::Extern> given;
  for (const format::Import& import : manifest.imports) {
    loggers.push_back({import.type});
    given.push_back({.function = log_values, .context = &loggers.back()});
  }
  const auto guest = Instance::create(module, given, {.memory_bytes_max = limits::memory_quota_bytes_default, .survives_traps = true}, nullptr).value();
  {
    const ingot::sandbox::CallScope scope(std::chrono::steady_clock::now() + std::chrono::seconds(20));
    if (const auto trap = guest->start()) {
      std::printf("start trap %s\n", ingot::sandbox::trap_name(trap->kind));
      return;
    }
  }
  Numbers numbers(seed.value_or(0));
  const int reset_limit = module->find_function("hangLimitInitializer");
  for (std::size_t index = 0; index < manifest.exports.size(); ++index) {
    const format::Export& exported = manifest.exports[index];
    if (exported.kind != format::ExternKind::function) continue;
    if (!seed) {
      if (exported.type.params.empty()) call(*guest, static_cast<int>(index), numbers, false);
      continue;
    }
    if (!callable(exported.type) || static_cast<int>(index) == reset_limit) continue;
    if (reset_limit >= 0) call(*guest, reset_limit, numbers, true);
    call(*guest, static_cast<int>(index), numbers, false);
  }
  print_memory(*guest);
}

}  // namespace

int main() {
  ingot::sandbox::start_watchdog().value();
  for (std::string line; std::getline(std::cin, line);) {
    const std::size_t tab = line.find('\t');
    if (tab == std::string::npos) return 2;
    const std::string seed = line.substr(tab + 1);
    run(line.substr(0, tab), seed == "plain" ? std::nullopt : std::optional(static_cast<std::uint32_t>(std::stoul(seed))));
    std::printf("end\n");
    std::fflush(stdout);
  }
  return 0;
}
