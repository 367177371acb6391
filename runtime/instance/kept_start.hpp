// SPDX-License-Identifier: Apache-2.0
#pragma once
// An instance as it was right after its start, so that the next caller need not wait for another one.
//
// A start that asked the host for nothing comes out the same each time: the language is deterministic but for what comes from outside (core specification 2.0,
// "Non-determinism" apart from NaN payloads, which one processor gives alike). So the instances of a module share one image of the memory after the start. One
// that has called the host may hold a random number, the time, or what it was told of its caller: nothing of it is kept, and each caller gets a start of its own.

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "ingot/abi.h"
#include "sandbox/memory_image.hpp"
#include "sandbox/services.hpp"

namespace ingot::instance {

/// What the instances of one module share of their start. Thread-safe.
class SharedStart final {
 public:
  /// The image of the first instance that asks; later ones get it too if they hold the same. Null when they do not, or no memory is left.
  std::shared_ptr<const sandbox::MemoryImage> image_of(const std::uint8_t* memory, std::uint64_t bytes);

 private:
  std::mutex mutex_;
  std::shared_ptr<const sandbox::MemoryImage> image_;
};

/// What one instance keeps for itself: addresses of its own stand in it.
struct KeptStart {
  std::vector<std::uint8_t> block;  ///< header and generated struct
  sandbox::TablesContent tables;
  bool has_memory = false;
};

/// Stands in front of an instance's imports while it starts, and notes whether one is called. Must outlive the start.
class WatchedImports final {
 public:
  explicit WatchedImports(const std::vector<ingot_host_import>& imports);
  WatchedImports(const WatchedImports&) = delete;
  WatchedImports& operator=(const WatchedImports&) = delete;

  const ingot_host_import* data() const { return watching_.data(); }
  bool called() const { return called_; }

 private:
  struct Watched {
    ingot_host_import real;
    bool* called;
  };
  static std::uint32_t pass_on(void* context, ingot_slot* slots);

  std::vector<Watched> watched_;
  std::vector<ingot_host_import> watching_;
  bool called_ = false;
};

}  // namespace ingot::instance
