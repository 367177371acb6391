// SPDX-License-Identifier: Apache-2.0
#pragma once
// An instance as it was right after its start, so that the next caller need not wait for another one.
//
// A start that asked the host for nothing comes out the same each time: the language is deterministic but for what comes from outside (core specification 2.0,
// "Non-determinism" apart from NaN payloads, which one processor gives alike). So the instances of a module share one image of the memory after the start. One
// that has called the host may hold a random number, the time, or what it was told of its caller: nothing of it is kept, and each caller gets a start of its own.
//
// The struct and the tables hold addresses, which differ from one instance to the next. Which of their words those are is learned from two starts at different
// places: a word that differs by as much as the places do points into the instance, one that differs as a table's array does points to that array, and a start
// in which anything else differs is never copied.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "ingot/abi.h"
#include "limits.hpp"
#include "sandbox/memory_image.hpp"
#include "sandbox/services.hpp"
#include "sandbox/slot_shelf.hpp"

namespace ingot::instance {

/// One instance right after its start.
struct StartRecord {
  std::uintptr_t guest = 0;                   ///< where its struct stands
  std::vector<std::uint8_t> block;            ///< the struct
  sandbox::TablesContent tables;
  std::optional<std::size_t> linear_memory;   ///< where in the struct its memory's is; none: it has no memory
  std::shared_ptr<const sandbox::MemoryImage> image;  ///< of its memory; null: it has none, or an empty one
  std::uint64_t memory_quota_bytes = 0;       ///< stands in the struct too
};

/// What every start of a module leaves, wherever the instance lies. Immutable.
class StartTemplate final {
 public:
  /// From two starts. Nothing when they differ in what is no address, or lie so that addresses cannot be told apart.
  static std::optional<StartTemplate> learn(const StartRecord& one, const StartRecord& other);

  const StartRecord& record() const { return record_; }
  /// What the struct holds that stands at `guest`, of an instance whose tables are `arrays`, in order; `to` has room for it. REQUIRES: as many tables as record() has.
  void write_struct(std::uint8_t* to, std::uintptr_t guest, const std::vector<void*>& arrays) const;
  /// What that instance's table holds; `to` has room for it.
  void write_table(std::size_t table, std::uint8_t* to, std::uintptr_t guest) const;

 private:
  /// A word that is an address.
  struct Address {
    std::size_t at;
    std::optional<std::size_t> array;  ///< of this table; none: into the instance
  };
  StartRecord record_;
  std::vector<Address> in_block_;
  std::vector<std::vector<std::size_t>> in_tables_;  ///< for each table, the words that point into the instance
};

/// What the instances of one module share of their start. Thread-safe.
class SharedStart final {
 public:
  /// What its instances leave is kept from the start behind the first `passed` ones on: whoever makes one instance and no more does not wait for a copy of it. At most
  /// `idle_slots` slots wait for the next instance, with the pages that the last one wrote to.
  explicit SharedStart(int passed = 0, std::size_t idle_slots = limits::idle_slots_max) : to_pass_(passed), shelf_(idle_slots) {}
  /// Is what this start leaves to be kept? To be asked once for each.
  bool wants() {
    return to_pass_.load(std::memory_order_relaxed) <= 0 || to_pass_.fetch_sub(1, std::memory_order_relaxed) <= 0;
  }
  /// The image of the first instance that asks; later ones get it too if they hold the same. Null when they do not, or no memory is left.
  std::shared_ptr<const sandbox::MemoryImage> image_of(const std::uint8_t* memory, std::uint64_t bytes);
  /// After a start whose image (or that it has none) is the shared one: the second such record makes the template.
  void learn(StartRecord record);
  /// Null as long as there is none for this quota. Lives as long as this SharedStart. Takes no lock: every thread asks at every instance.
  const StartTemplate* known(std::uint64_t memory_quota_bytes) const {
    const StartTemplate* const learned = learned_.load(std::memory_order_acquire);
    return learned != nullptr && learned->record().memory_quota_bytes == memory_quota_bytes ? learned : nullptr;
  }
  /// Slots whose memory holds the shared image.
  sandbox::SlotShelf& shelf() { return shelf_; }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const sandbox::MemoryImage> image_;
  std::optional<StartRecord> first_;
  std::unique_ptr<const StartTemplate> template_;
  std::atomic<const StartTemplate*> learned_{nullptr};  ///< template_, once there is one; it never changes afterwards
  unsigned attempts_left_ = 8;  ///< to learn: each copies what it compares
  std::atomic<int> to_pass_;
  sandbox::SlotShelf shelf_;
};

/// What one instance keeps for itself: addresses of its own stand in it.
struct KeptStart {
  std::vector<std::uint8_t> block;  ///< header and generated struct
  sandbox::TablesContent tables;
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
