// SPDX-License-Identifier: Apache-2.0
#include "process/interrupt.hpp"

#include <atomic>
#include <csignal>

namespace ingot::compiler::process {
namespace {

std::atomic<int> pending_signal{0};
static_assert(std::atomic<int>::is_always_lock_free, "the handler may only touch lock-free atomics");

void remember(int signal) { pending_signal.store(signal, std::memory_order_relaxed); }

}  // namespace

void catch_interrupts() {
  struct sigaction action {};
  action.sa_handler = remember;  // no SA_RESTART: a wait must return
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

int interrupted() { return pending_signal.load(std::memory_order_relaxed); }

Error interrupted_error() { return {ErrorCode::internal, "interrupted"}; }

}  // namespace ingot::compiler::process
