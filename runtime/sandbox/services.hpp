// SPDX-License-Identifier: Apache-2.0
#pragma once
// What an island's runtime table acts on: the memory and tables of the instance that this thread is inside of.
// The table's functions find it through the current activation, so a guest cannot name another's.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ingot/island/wasm-rt.h"
#include "sandbox/slot.hpp"

namespace ingot::sandbox {

/// What the tables of one instance held at one moment: each array's address and bytes.
using TablesContent = std::vector<std::pair<void*, std::vector<std::uint8_t>>>;

/// What several memories may grow by altogether, beyond what they start with. Used by one thread at a time.
struct GrowthBudget {
  std::uint64_t bytes_left = ~std::uint64_t{0};
  bool exhausted = false;  ///< more was asked for than was left
  /// Is that much left? Whoever asks for more has had all that there is.
  bool allows(std::uint64_t bytes) {
    exhausted = exhausted || bytes > bytes_left;
    return !exhausted;
  }
  /// REQUIRES: allows(bytes).
  void take(std::uint64_t bytes) { bytes_left -= bytes; }
};

/// Belongs to one instance. Not copyable; used by one thread at a time.
class Services final {
 public:
  Services(Slot& slot, std::uint64_t memory_quota_bytes)
      : slot_(slot), memory_quota_bytes_(memory_quota_bytes) {}
  ~Services() { release_tables(); }
  Services(const Services&) = delete;
  Services& operator=(const Services&) = delete;

  /// Says whose memories and tables the guest may grow besides its own. Not owned; may name this one as well.
  void join(const std::vector<Services*>& peers) { peers_ = &peers; }

  /// From now on growing takes from that, and a guest that asks for more than is left traps (INGOT_TRAP_LIMIT) instead of being told no. Not owned.
  void limit_growth(GrowthBudget* budget) { growth_ = budget; }
  bool growth_is_exhausted() const { return growth_ != nullptr && growth_->exhausted; }

  /// The guest's linear memory struct (inside its instance), or null while it has none.
  wasm_rt_memory_t* linear_memory() const { return linear_memory_; }
  /// Why the last allocation was refused, for the trap's detail; empty when none was.
  const std::string& refusal() const { return refusal_; }

  ingot_trap allocate_memory(wasm_rt_memory_t* memory, std::uint64_t initial, std::uint64_t max, bool is64, std::uint32_t page_size);
  std::uint64_t grow_memory(wasm_rt_memory_t* memory, std::uint64_t delta);
  /// Element arrays come from here and are zero. Null when refused.
  void* allocate_elements(std::uint64_t count, std::size_t element_bytes);
  /// A larger array with the old content. Null when refused (the old one stays).
  void* grow_elements(void* old, std::uint64_t old_count, std::uint64_t new_count, std::size_t element_bytes);
  /// Has the system had too little memory for something that was asked for since release_tables()? Then another time may come out differently.
  bool was_short() const { return was_short_; }
  std::uint64_t memory_quota_bytes() const { return memory_quota_bytes_; }
  /// Bytes of all tables.
  std::uint64_t table_bytes() const { return array_bytes_; }
  /// What all tables hold, for restore_tables().
  TablesContent copy_tables() const;
  /// Makes tables of these sizes, for an instance that has none yet; their arrays, in order, are zero. Nothing when refused.
  std::optional<std::vector<void*>> make_tables(const TablesContent& content);
  /// Says where the guest's memory struct is, in place of allocate_memory(). REQUIRES: the slot's memory is what it says.
  void set_linear_memory(wasm_rt_memory_t* memory) { linear_memory_ = memory; }
  /// The tables hold that again. False, and nothing has changed, if one has grown or been made since: its array is another one then.
  bool restore_tables(const TablesContent& content);
  /// Frees every table and forgets the memory struct. The reservation is reset by its owner.
  void release_tables();

 private:
  std::uint64_t grow_own_memory(wasm_rt_memory_t* memory, std::uint64_t delta);
  Services* owner_of_array(const void* array);

  struct Array {
    void* elements;
    std::size_t bytes;
  };

  Slot& slot_;
  const std::vector<Services*>* peers_ = nullptr;
  GrowthBudget* growth_ = nullptr;
  std::uint64_t memory_quota_bytes_;
  wasm_rt_memory_t* linear_memory_ = nullptr;
  std::vector<Array> arrays_;
  std::uint64_t array_bytes_ = 0;
  bool was_short_ = false;
  std::string refusal_;
};

/// The table for every island's runtime_slot. Lives as long as the process.
const ingot_runtime& runtime_table();

}  // namespace ingot::sandbox
