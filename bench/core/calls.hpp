// SPDX-License-Identifier: Apache-2.0
#pragma once
// Crossing the border in both directions, resets and instances, through libingot as its users have it, beside wasmtime where it is here.

#include <string>
#include <vector>

#include "core/measure.hpp"
#include "core/wasmtime.hpp"

namespace ingot::bench {

/// `bundle` is empty.wat, cast and signed with the key in the file `key`. `wasmtime` may be null. Rounds of all rows are interleaved.
std::vector<Samples> measure_calls(const std::string& bundle, const std::string& key, std::size_t rounds, Wasmtime* wasmtime);

/// How much faster two threads are than one, and what many instances at once take.
struct Crowd {
  struct Scaling {
    std::string name;
    double one_us = 0, two_us = 0;  ///< medians, of one operation
    double factor() const { return 2 * one_us / two_us; }
  };
  std::vector<Scaling> scaling;
  std::size_t instances = 0;
  double mappings_each = 0;        ///< lines of /proc/self/maps
  double resident_kib_each = 0;    ///< VmRSS and VmPTE, each called once
  double resident_kib_dirty = 0;   ///< of that, pages that the guest wrote
  double create_us = 0;            ///< median
};
Crowd measure_crowd(const std::string& bundle, const std::string& key, std::size_t rounds, std::size_t instances);

}  // namespace ingot::bench
