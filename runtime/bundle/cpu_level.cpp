// SPDX-License-Identifier: Apache-2.0
#include "bundle/cpu_level.hpp"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include <vector>

namespace ingot::bundle {
namespace {

struct Feature {
  const char* name;
  int level;
  bool present;
};

#if defined(__x86_64__)
bool has_cmpxchg16b() {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  return __get_cpuid(1, &eax, &ebx, &ecx, &edx) != 0 && (ecx & bit_CMPXCHG16B) != 0;
}
#endif

std::vector<Feature> ask_for_features() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  // __builtin_cpu_supports also asks the kernel (XGETBV) whether the wide registers are saved.
  return {
      {"cx16", 2, has_cmpxchg16b()}, {"popcnt", 2, __builtin_cpu_supports("popcnt") != 0},
      {"sse3", 2, __builtin_cpu_supports("sse3") != 0},       {"ssse3", 2, __builtin_cpu_supports("ssse3") != 0},
      {"sse4.1", 2, __builtin_cpu_supports("sse4.1") != 0},   {"sse4.2", 2, __builtin_cpu_supports("sse4.2") != 0},
      {"avx", 3, __builtin_cpu_supports("avx") != 0},         {"avx2", 3, __builtin_cpu_supports("avx2") != 0},
      {"bmi1", 3, __builtin_cpu_supports("bmi") != 0},        {"bmi2", 3, __builtin_cpu_supports("bmi2") != 0},
      {"fma", 3, __builtin_cpu_supports("fma") != 0},         {"lzcnt", 3, __builtin_cpu_supports("lzcnt") != 0},
      {"movbe", 3, __builtin_cpu_supports("movbe") != 0},     {"f16c", 3, __builtin_cpu_supports("f16c") != 0},
      {"avx512f", 4, __builtin_cpu_supports("avx512f") != 0}, {"avx512bw", 4, __builtin_cpu_supports("avx512bw") != 0},
      {"avx512cd", 4, __builtin_cpu_supports("avx512cd") != 0}, {"avx512dq", 4, __builtin_cpu_supports("avx512dq") != 0},
      {"avx512vl", 4, __builtin_cpu_supports("avx512vl") != 0},
  };
#else
  return {};
#endif
}

/// Asked for once: in a virtual machine CPUID goes to the hypervisor, which takes some twenty microseconds.
const std::vector<Feature>& features() {
  static const std::vector<Feature> known = ask_for_features();
  return known;
}

}  // namespace

std::optional<int> parse_level(std::string_view name) {
  if (name == "x86-64") return 1;
  if (name == "x86-64-v2") return 2;
  if (name == "x86-64-v3") return 3;
  if (name == "x86-64-v4") return 4;
  return std::nullopt;
}

int cpu_level() {
#if defined(__x86_64__)
  int level = 4;
  for (const Feature& feature : features()) {
    if (!feature.present && feature.level <= level) level = feature.level - 1;
  }
  return level;
#else
  return 0;
#endif
}

std::string missing_features(int level) {
  std::string missing;
  for (const Feature& feature : features()) {
    if (feature.level > level || feature.present) continue;
    if (!missing.empty()) missing += ", ";
    missing += feature.name;
  }
  return missing;
}

}  // namespace ingot::bundle
