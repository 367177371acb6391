// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the sandbox keeps for each thread that runs guests: an alternate signal stack, and the state word through which a
// watchdog or another thread asks it to stop. Made on a thread's first entry, freed when the thread ends.
//
// The state word holds (sequence << 8) | requested trap kind. The thread starts a call by storing a new sequence with kind 0;
// whoever wants the call stopped swaps in the kind only if the sequence is still the one it saw. So a late request can never
// hit the next call on the thread. A loop that runs fibers (fiber_loop.hpp) does the same whenever it changes from one to another.

#include <pthread.h>

#include <atomic>
#include <chrono>
#include <cstdint>

#include "ingot/abi.h"
#include "sandbox/sanitizers.hpp"
#include "sandbox/strand.hpp"

namespace ingot::sandbox {

/// Rounding and exceptions of floating-point arithmetic, which a thread's code shares (System V ABI: a callee keeps them).
struct FloatingModes {
  std::uint32_t mxcsr = 0x1f80;   ///< the ABI's at process start
  std::uint16_t x87 = 0x037f;

  /// Makes these the thread's present ones, where they stand: what is returned would be read as a whole right behind two narrower stores, which costs more than they do.
  void note() { __asm__ volatile("stmxcsr %0\n\tfnstcw %1" : "=m"(mxcsr), "=m"(x87)); }
  /// Makes the thread's present ones these.
  void restore() const { __asm__ volatile("ldmxcsr %0\n\tfldcw %1" : : "m"(mxcsr), "m"(x87)); }
};

/// What one strand knows of the calls that it is inside of.
struct CallState {
  int depth = 0;                              ///< nesting of call scopes
  FloatingModes modes;                        ///< when the outermost call scope began
  void* scopes = nullptr;                     ///< those that libingot's users began
};

struct ThreadRecord {
  std::atomic<std::uint64_t> state{0};        ///< (sequence << 8) | requested ingot_trap
  std::atomic<std::int64_t> deadline_ns{0};   ///< steady clock; 0 = none armed
  pthread_t thread{};
  std::uint64_t serial = 0;                   ///< no other thread of this process has had it; from 1
  Strand* strand = nullptr;                   ///< what this thread runs now: itself, or a fiber; this thread only
  CallState call;                             ///< of that strand; this thread only

  // A fiber that computes for longer than its slice gives way to others. A slice has a number that never comes again; 0: no fiber runs.
  std::atomic<std::uint64_t> slice{0};
  std::atomic<std::int64_t> slice_end_ns{0};  ///< steady clock
  std::atomic<std::uint64_t> slice_over{0};   ///< the number of the last one that the watchdog saw end
  std::uint64_t slices = 0;                   ///< how many there were; this thread only
  std::uintptr_t fiber_stack_begin = 0;       ///< of the fiber that runs, 0 for none; this thread only

  static constexpr std::uint64_t request_mask = 0xff;
  static std::uint64_t sequence_of(std::uint64_t state) { return state >> 8; }
  static ingot_trap request_of(std::uint64_t state) { return static_cast<ingot_trap>(state & request_mask); }
  ingot_trap requested() const { return request_of(state.load(std::memory_order_relaxed)); }
  /// Has the fiber that runs computed for longer than its slice? Async-signal-safe.
  INGOT_NO_INSTRUMENTATION bool slice_is_over() const {
    const std::uint64_t number = slice.load(std::memory_order_relaxed);
    return number != 0 && slice_over.load(std::memory_order_relaxed) == number;
  }
  /// Asks for the end of the present call scope unless something did before. REQUIRES: the scope does not end meanwhile.
  void request(ingot_trap kind) {
    std::uint64_t seen = state.load(std::memory_order_acquire);
    while (request_of(seen) == INGOT_TRAP_NONE && !state.compare_exchange_weak(seen, seen | kind, std::memory_order_acq_rel)) {
    }
  }
  /// Of the present call scope; the end of time when there is none.
  Clock::time_point deadline() const {
    const std::int64_t at = deadline_ns.load(std::memory_order_relaxed);
    return at == 0 ? Clock::time_point::max() : Clock::time_point(std::chrono::nanoseconds(at));
  }
  /// A new sequence, with `requested` in it.
  void begin_sequence(ingot_trap requested) {
    state.store((sequence_of(state.load(std::memory_order_relaxed)) + 1) << 8 | requested, std::memory_order_release);
  }
};

/// This thread's record; made (with its alternate signal stack) on first use. Aborts when the signal stack cannot be made.
ThreadRecord& this_thread();

/// What this_thread_if_any() reads. The model makes that one load in a shared library too.
extern constinit thread_local ThreadRecord* current_record __attribute__((tls_model("initial-exec")));

/// The serial of this thread's record while what it runs is inside a call scope, else 0: one load answers two questions of every call.
extern constinit thread_local std::uint64_t active_serial __attribute__((tls_model("initial-exec")));

/// The record when this thread has one, else null. Async-signal-safe.
inline ThreadRecord* this_thread_if_any() { return current_record; }

/// Calls `visit` for every live record while holding the registry's lock, which also keeps their threads from ending.
void for_each_thread(void (*visit)(ThreadRecord&, void*), void* context);

}  // namespace ingot::sandbox
