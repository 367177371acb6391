// SPDX-License-Identifier: Apache-2.0
#pragma once
// The symbols section of a bundle: what turns addresses of native code into functions and lines of the guest, and what lets a stack of
// native frames be walked. Pure bytes <-> structure. Every byte is described in FORMAT.md.
//
// Nobody reads it before something has gone wrong, so it is laid out to be searched in place: opening a view costs a look at its header,
// and each question is a binary search. Every read is checked, since a bundle may come from anybody: wrong content gives wrong names, or
// none, and never a read outside the bytes or a loop without an end.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "format/bundle.hpp"

namespace ingot::format {

inline constexpr std::uint32_t no_symbol = 0xffffffff;

/// Where a caller's frame lies: the canonical frame address (CFA) is the value of a register plus an offset, and the return address stands
/// in the 8 bytes below the CFA.
struct UnwindRow {
  enum class Base : std::uint8_t { unknown = 0, rsp = 1, rbp = 2, r11 = 3 };
  std::uint32_t text_offset = 0;       ///< the row holds from here to the next one; bytes from the start of the text segment
  std::int32_t cfa_offset = 0;         ///< bytes
  std::uint16_t rbp_below = 0;         ///< the caller's rbp is saved so many bytes below the CFA; 0: rbp is still the caller's
  Base base = Base::unknown;           ///< unknown: the walk ends here
  friend bool operator==(const UnwindRow&, const UnwindRow&) = default;
};

/// What runs at an address. `location` is an index into Target::locations, or no_symbol for code that is no guest function.
struct LineRow {
  std::uint32_t text_offset = 0;       ///< the row holds from here to the next one
  std::uint32_t location = no_symbol;
  friend bool operator==(const LineRow&, const LineRow&) = default;
};

/// A place in a guest function. One native address may be in several, the inner ones inlined into the outer ones.
struct Location {
  std::uint32_t function = no_symbol;  ///< WebAssembly function index, imports first
  std::uint32_t file = no_symbol;      ///< index into Symbols::files
  std::uint32_t line = 0;              ///< from 1; 0: not known
  std::uint32_t caller = no_symbol;    ///< the location that this one was inlined into: an index below its own, or no_symbol
  friend auto operator<=>(const Location&, const Location&) = default;
};

struct Symbols {
  struct Target {
    std::vector<UnwindRow> unwind;     ///< by rising text_offset
    std::vector<LineRow> lines;        ///< by rising text_offset
    std::vector<Location> locations;
  };
  std::vector<std::string> functions;  ///< by WebAssembly function index; empty: no name
  std::vector<std::string> files;
  std::vector<Target> targets;         ///< in the order of manifest.targets
};

/// Deterministic.
Bytes write_symbols(const Symbols& symbols);

/// A section as it lies in a bundle. Views the bytes that it was parsed from. Every function may be asked anything.
class SymbolsView {
 public:
  /// Looks at the header only. Errors: verification.
  static Result<SymbolsView> parse(ByteView section);

  std::uint32_t function_count() const { return function_count_; }
  std::uint32_t target_count() const { return static_cast<std::uint32_t>(targets_.size()); }
  /// Empty when there is no such function or it has no name. May hold any bytes.
  std::string_view function_name(std::uint32_t function) const;
  std::string_view file_name(std::uint32_t file) const;
  /// The row that holds at `text_offset`. Its base is unknown when there is none.
  UnwindRow unwind(std::uint32_t target, std::uint64_t text_offset) const;
  /// The rows of the line table, to go through all of them; 0 for a target that is not there.
  std::uint32_t line_count(std::uint32_t target) const;
  /// Where a row begins. In a section that is not ours the numbers need not rise. REQUIRES: row < line_count(target).
  std::uint32_t line_offset(std::uint32_t target, std::uint32_t row) const;
  /// The innermost place at `text_offset` first, then its callers. At most `most`.
  std::vector<Location> locations(std::uint32_t target, std::uint64_t text_offset, std::size_t most) const;

 private:
  struct Place {
    std::uint64_t unwind = 0, lines = 0, locations = 0;  ///< where each table begins
    std::uint32_t unwind_count = 0, line_count = 0, location_count = 0;
  };
  std::string_view string(std::uint64_t index) const;

  ByteView bytes_;
  std::uint32_t function_count_ = 0, file_count_ = 0;
  std::uint64_t strings_ = 0, blob_ = 0, blob_bytes_ = 0;
  std::vector<Place> targets_;
};

}  // namespace ingot::format
