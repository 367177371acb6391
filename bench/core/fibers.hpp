// SPDX-License-Identifier: Apache-2.0
#pragma once
// What guests cost while they wait in a host call, and what a guest that never ends costs those beside it.

#include <string>

#include "core/measure.hpp"

namespace ingot::bench {

struct Fibers {
  std::size_t suspended = 0, threads = 0;
  double mappings_each = 0;      ///< lines of /proc/self/maps, of the guest and its fiber
  double resident_kib_each = 0;  ///< VmRSS and VmPTE
  double begin_us = 0;           ///< of one: spawn, instance, call, wait; wall time over the guests of one thread
  double end_us = 0;             ///< of one: woken, answer, free
  double switch_ns = 0;          ///< from one fiber to the next: two that do nothing but give way
  Samples late{"a neighbour's sleep of 1 ms ends late by"};   ///< beside a guest that never ends, on one thread
  Samples alone{"the same without that guest"};
};

/// `bundle` is empty.wat, cast and signed with the key in the file `key`.
Fibers measure_fibers(const std::string& bundle, const std::string& key, std::size_t suspended);

}  // namespace ingot::bench
