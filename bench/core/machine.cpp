// SPDX-License-Identifier: Apache-2.0
#include "core/machine.hpp"

#include <sys/utsname.h>

#include <cstdlib>
#include <fstream>
#include <thread>

namespace ingot::bench {
namespace {

double kib_of(const std::string& field, const char* file = "/proc/self/status") {
  std::ifstream status(file);
  for (std::string word; status >> word;) {
    double kib = 0;
    if (word == field + ":" && status >> kib) return kib;
  }
  return 0;
}

}  // namespace

double mapping_count() {
  std::ifstream maps("/proc/self/maps");
  double lines = 0;
  for (std::string line; std::getline(maps, line);) ++lines;
  return lines;
}

double resident_kib() { return kib_of("VmRSS") + kib_of("VmPTE"); }

double proportional_kib() { return kib_of("Pss", "/proc/self/smaps_rollup") + kib_of("VmPTE"); }

Machine this_machine() {
  Machine machine;
  std::ifstream cpuinfo("/proc/cpuinfo");
  for (std::string line; std::getline(cpuinfo, line);) {
    const auto colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) {
      machine.cpu = line.substr(colon + 2);
      break;
    }
  }
  utsname names{};
  if (uname(&names) == 0) machine.kernel = std::string(names.sysname) + " " + names.release;
  machine.cores = std::thread::hardware_concurrency();
  if (getloadavg(&machine.load, 1) != 1) machine.load = 0;
  return machine;
}

}  // namespace ingot::bench
