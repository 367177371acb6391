// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a loop of guest code does to linear memory, and what must be checked before it for that to be simple.

#include <cstdint>
#include <optional>
#include <vector>

#include <llvm/ADT/DenseMap.h>
#include <llvm/Analysis/LoopInfo.h>
#include <llvm/Analysis/ScalarEvolution.h>
#include <llvm/IR/Instructions.h>

namespace ingot::compiler::native::backend {

/// One load or store of the loop. In iteration i it touches `bytes` bytes of guest memory from
/// ranges[range].start + offset + i * stride, provided that every Unwrapped of the loop holds.
struct Access {
  llvm::Instruction* instruction;
  llvm::Type* type;  ///< what is loaded or stored
  bool store;
  std::int64_t bytes;
  unsigned range;
  std::int64_t offset;
};

/// Accesses with one stride whose distances from each other are known.
struct Range {
  const llvm::SCEV* start;  ///< 64 bits, does not vary in the loop: an offset in guest memory
  std::int64_t stride;      ///< bytes per iteration, never negative
  std::int64_t low;         ///< the least offset of its accesses
  std::int64_t high;        ///< the greatest offset + bytes
  bool stored;              ///< one of the accesses is a store
};

/// 32-bit indices {start + step * i + d, 0 <= d <= reach}: the accesses are as described if, in iteration `count` of the backedge,
/// zext(start) + reach + step * count is below 2^32.
struct Unwrapped {
  const llvm::SCEV* start;  ///< 32 bits
  std::uint64_t step;
  std::uint64_t reach;
};

struct Accesses {
  std::vector<Access> all;  ///< in the order of the program
  std::vector<Range> ranges;
  std::vector<Unwrapped> unwrapped;
  llvm::DenseMap<const llvm::Instruction*, unsigned> index;  ///< into `all`

  const Access& of(const llvm::Instruction* instruction) const { return all[index.lookup(instruction)]; }
  std::int64_t stride(const Access& access) const { return ranges[access.range].stride; }
  /// Where `access` begins in iteration `turn`, against its range's start.
  std::int64_t at(const Access& access, unsigned turn) const { return access.offset + static_cast<std::int64_t>(turn) * stride(access); }
};

/// All accesses of the loop, which has one block; or nothing if one of them is not to the memory that begins `distance` bytes behind
/// `instance`, or does not advance by a constant.
std::optional<Accesses> accesses_of(const llvm::Loop& loop, llvm::ScalarEvolution& evolution, const llvm::Argument& instance,
                                    std::uint64_t distance);

}  // namespace ingot::compiler::native::backend
