// SPDX-License-Identifier: Apache-2.0
#pragma once
// What `ingotc build` was asked to do: plain values, filled by cli/, read by the pipeline.

#include <functional>
#include <string>
#include <vector>

#include "features.hpp"
#include "format/signature.hpp"
#include "process/budget.hpp"

namespace ingot::compiler {
namespace native {
class Toolchain;
}
namespace cache {
class Store;
}

enum class ContractChoice { automatic, eerp, none, wasi, extism };
enum class Optimisation { release, dev, debug };

/// As it stands in a bundle: "release", "dev" or "debug".
constexpr const char* name_of(Optimisation optimisation) {
  switch (optimisation) {
    case Optimisation::release: return "release";
    case Optimisation::dev: return "dev";
    case Optimisation::debug: return "debug";
  }
  return "";
}

/// Is clang told that there is one rounding mode, the usual one? There is no other at run time either; but where clang knows, it makes simpler code
/// and takes x * 1.0 for x, by which a signalling NaN stays one (lower/nest keeps it from that). Where it does not optimise, the simpler code is
/// quicker to make.
constexpr bool rounds_one_way(Optimisation optimisation) { return optimisation == Optimisation::dev; }

/// A named phase begins, or has `done` of `total` parts finished.
using Progress = std::function<void(const char* phase, std::size_t done, std::size_t total)>;

struct Request {
  std::string input;                 ///< a .wasm file or a module folder
  ContractChoice contract = ContractChoice::automatic;
  std::vector<std::string> targets;  ///< ISA levels, in the order of the bundle
  Features features;                 ///< what the module may use beyond core 2.0
  Optimisation optimisation = Optimisation::release;
  const format::PrivateKey* key = nullptr;  ///< nullptr: leave the bundle unsigned
  std::uint64_t rollback = 0;
  std::vector<std::string> nonconforming;  ///< names of switches that give up some of WebAssembly's semantics; recorded in the bundle
  std::uint32_t jobs = 0;            ///< compilers at a time at most; 0: as many as there are cores
  process::Budget budget;            ///< time and memory of the whole build; begins when it is made
  bool check_only = false;           ///< stop when the C compiler has read the translation: no code is generated, no bundle made
  std::string object_cache;          ///< a trusted folder for objects that clang made before (native/object_cache); empty: none
  const native::Toolchain* toolchain = nullptr;  ///< the programs to use, found before (for many builds in one process); nullptr: find them
  cache::Store* cache = nullptr;     ///< where bundles that were packed before are looked up and fresh ones kept; nullptr: neither
  Progress progress;
};

}  // namespace ingot::compiler
