// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the sandbox keeps for each thread that runs guests: an alternate signal stack, and the state word through which a
// watchdog or another thread asks it to stop. Made on a thread's first entry, freed when the thread ends.
//
// The state word holds (sequence << 8) | requested trap kind. The thread starts a call by storing a new sequence with kind 0;
// whoever wants the call stopped swaps in the kind only if the sequence is still the one it saw. So a late request can never
// hit the next call on the thread.

#include <pthread.h>

#include <atomic>
#include <cstdint>

#include "ingot/abi.h"

namespace ingot::sandbox {

/// Rounding and exceptions of floating-point arithmetic, which a thread's code shares (System V ABI: a callee keeps them).
struct FloatingModes {
  std::uint32_t mxcsr = 0x1f80;   ///< the ABI's at process start
  std::uint16_t x87 = 0x037f;

  static FloatingModes now();
  void restore() const;
};

struct ThreadRecord {
  std::atomic<std::uint64_t> state{0};        ///< (sequence << 8) | requested ingot_trap
  std::atomic<std::int64_t> deadline_ns{0};   ///< steady clock; 0 = none armed
  pthread_t thread{};
  int depth = 0;                              ///< nesting of call scopes; this thread only
  FloatingModes modes;                        ///< when the outermost call scope began; this thread only

  static constexpr std::uint64_t request_mask = 0xff;
  static std::uint64_t sequence_of(std::uint64_t state) { return state >> 8; }
  static ingot_trap request_of(std::uint64_t state) { return static_cast<ingot_trap>(state & request_mask); }
  ingot_trap requested() const { return request_of(state.load(std::memory_order_relaxed)); }
};

/// This thread's record; made (with its alternate signal stack) on first use. Aborts when the signal stack cannot be made.
ThreadRecord& this_thread();

/// What this_thread_if_any() reads. The model makes that one load in a shared library too.
extern constinit thread_local ThreadRecord* current_record __attribute__((tls_model("initial-exec")));

/// The record when this thread has one, else null. Async-signal-safe.
inline ThreadRecord* this_thread_if_any() { return current_record; }

/// Calls `visit` for every live record while holding the registry's lock, which also keeps their threads from ending.
void for_each_thread(void (*visit)(ThreadRecord&, void*), void* context);

}  // namespace ingot::sandbox
