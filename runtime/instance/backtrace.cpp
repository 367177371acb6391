// SPDX-License-Identifier: Apache-2.0
//
// The frames of a trapped guest are abandoned, not overwritten: between the landing and this walk nothing runs on the guest's stack. The
// signal handler and the trap's entry only note three registers; everything else is done here, in ordinary code.
//
// The guest may have written what it likes into its own frames through no road that we know of (its C stack is in linear memory), and the
// symbols may be anybody's. So the walk trusts neither: a canonical frame address must rise from frame to frame and stay inside the stack,
// a return address must lie in the module's text, and there is an upper bound.

#include "instance/backtrace.hpp"

#include <cstring>
#include <optional>

#include "format/symbols.hpp"
#include "limits.hpp"

namespace ingot::instance {
namespace {

using format::UnwindRow;

struct Registers {
  std::uintptr_t pc = 0, sp = 0, bp = 0, r11 = 0;
  bool pc_is_instruction = false;  ///< of a fault or an interrupt; else it is a return address, and the call stands before it
};

class Walk {
 public:
  Walk(const load::LoadedModule& module, const sandbox::Activation& activation, const format::SymbolsView& symbols)
      : activation_(activation), symbols_(symbols), text_(module.text()), target_(static_cast<std::uint32_t>(module.bundle().object_index())) {}

  sandbox::Backtrace run() {
    auto registers = begin();
    while (registers) {
      const std::uint64_t offset = registers->pc - text_.begin - (registers->pc_is_instruction ? 0 : 1);
      if (!show(offset)) break;
      registers = caller(*registers, symbols_.unwind(target_, offset));
    }
    return std::move(result_);
  }

 private:
  std::optional<std::uintptr_t> read(std::uintptr_t address) const {
    const sandbox::Range& stack = activation_.stack;
    if (address % 8 != 0 || address < stack.begin || address > stack.end - 8) return std::nullopt;
    std::uintptr_t value = 0;
    std::memcpy(&value, reinterpret_cast<const void*>(address), sizeof value);
    return value;
  }

  /// The frame behind a return address, which stands at `sp`.
  std::optional<Registers> returned(std::uintptr_t sp, std::uintptr_t bp) const {
    const auto pc = read(sp);
    if (!pc || *pc <= text_.begin || *pc > text_.end) return std::nullopt;
    return Registers{*pc, sp + 8, bp, 0, false};
  }

  std::optional<Registers> begin() const {
    const sandbox::Activation& a = activation_;
    if (a.trap_pc != 0) {
      if (!text_.contains(a.trap_pc)) return std::nullopt;
      return Registers{a.trap_pc, a.trap_sp, a.trap_bp, a.trap_r11, true};
    }
    // Raised by a call: the guest's own, or one from a service that the guest reached through a door.
    if (auto direct = returned(a.trap_sp, a.trap_bp)) return direct;
    return returned(a.guest_sp, a.guest_bp);
  }

  std::optional<Registers> caller(const Registers& now, const UnwindRow& row) const {
    std::uintptr_t base = 0;
    switch (row.base) {
      case UnwindRow::Base::rsp: base = now.sp; break;
      case UnwindRow::Base::rbp: base = now.bp; break;
      case UnwindRow::Base::r11: base = now.r11; break;
      case UnwindRow::Base::unknown: return std::nullopt;
    }
    const std::uintptr_t cfa = base + static_cast<std::uintptr_t>(static_cast<std::intptr_t>(row.cfa_offset));
    if (cfa <= now.sp || cfa > activation_.stack.end) return std::nullopt;
    std::uintptr_t bp = now.bp;
    if (row.rbp_below != 0) {
      const auto saved = read(cfa - row.rbp_below);
      if (!saved) return std::nullopt;
      bp = *saved;
    }
    return returned(cfa - 8, bp);
  }

  /// False when there is no room for more.
  bool show(std::uint64_t offset) {
    for (const format::Location& place : symbols_.locations(target_, offset, limits::backtrace_frames_max)) {
      if (result_.frames.size() == limits::backtrace_frames_max) {
        result_.more = true;
        return false;
      }
      sandbox::TrapFrame frame;
      frame.function = place.function;
      frame.name = printable(symbols_.function_name(place.function));
      frame.file = printable(symbols_.file_name(place.file));
      frame.line = frame.file.empty() ? 0 : place.line;
      result_.frames.push_back(std::move(frame));
    }
    // Frames that show nothing count too, so that the walk is bounded.
    return ++walked_ < 4 * limits::backtrace_frames_max;
  }

  /// Names come from the guest's author: no control character of theirs reaches a terminal.
  static std::string printable(std::string_view text) {
    std::string copy(text.substr(0, limits::backtrace_name_bytes_max));
    for (char& c : copy) {
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
    }
    return copy;
  }

  const sandbox::Activation& activation_;
  const format::SymbolsView& symbols_;
  sandbox::Range text_;
  std::uint32_t target_;
  std::size_t walked_ = 0;
  sandbox::Backtrace result_;
};

}  // namespace

sandbox::Backtrace backtrace(const load::LoadedModule& module, const sandbox::Activation& activation) {
  const auto symbols = format::SymbolsView::parse(module.bundle().symbols());
  if (!symbols.ok()) return {};
  return Walk(module, activation, *symbols).run();
}

}  // namespace ingot::instance
