// SPDX-License-Identifier: Apache-2.0
#include "sandbox/thread.hpp"

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <mutex>
#include <vector>

#include "base/check.hpp"
#include "sandbox/fault_handler.hpp"

namespace ingot::sandbox {

constinit thread_local ThreadRecord* current_record = nullptr;
constinit thread_local std::uint64_t active_serial = 0;

namespace {

// AVX-512 state alone is about 2.7 KiB; the handler itself is shallow. 64 KiB leaves room for a sanitizer's frames.
constexpr std::size_t signal_stack_bytes = 64 * 1024;
constexpr std::size_t guard_bytes = 4096;

struct Registry {
  std::mutex mutex;
  std::vector<ThreadRecord*> records;
};
// Never destroyed: threads may end after static destructors have run.
Registry& registry() {
  static Registry* const instance = new Registry;
  return *instance;
}

class ThreadResources {
 public:
  ThreadResources() {
    void* base = mmap(nullptr, guard_bytes + signal_stack_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    INGOT_CHECK(base != MAP_FAILED);
    base_ = static_cast<char*>(base);
    INGOT_CHECK(mprotect(base_ + guard_bytes, signal_stack_bytes, PROT_READ | PROT_WRITE) == 0);
    stack_t stack{};
    stack.ss_sp = base_ + guard_bytes;
    stack.ss_size = signal_stack_bytes;
    INGOT_CHECK(sigaltstack(&stack, &previous_) == 0);
    // A blocked fault kills the process instead of the guest, and a blocked interrupt is none.
    sigset_t needed;
    sigemptyset(&needed);
    for (const int number : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, interrupt_signal}) sigaddset(&needed, number);
    INGOT_CHECK(pthread_sigmask(SIG_UNBLOCK, &needed, nullptr) == 0);
    static std::atomic<std::uint64_t> threads{0};
    record_.serial = threads.fetch_add(1, std::memory_order_relaxed) + 1;
    record_.thread = pthread_self();
    record_.strand = &strand_;
    const std::scoped_lock lock(registry().mutex);
    registry().records.push_back(&record_);
    current_record = &record_;
  }
  ~ThreadResources() {
    {
      const std::scoped_lock lock(registry().mutex);
      std::erase(registry().records, &record_);
      current_record = nullptr;
    }
    sigaltstack(&previous_, nullptr);
    munmap(base_, guard_bytes + signal_stack_bytes);
  }
  ThreadResources(const ThreadResources&) = delete;
  ThreadResources& operator=(const ThreadResources&) = delete;
  ThreadRecord& record() { return record_; }

 private:
  ThreadRecord record_;
  ThreadStrand strand_{record_};
  stack_t previous_{};
  char* base_ = nullptr;
};

}  // namespace

ThreadRecord& this_thread() {
  if (ThreadRecord* const record = current_record) return *record;
  static thread_local ThreadResources resources;
  return resources.record();
}

void for_each_thread(void (*visit)(ThreadRecord&, void*), void* context) {
  const std::scoped_lock lock(registry().mutex);
  for (ThreadRecord* record : registry().records) visit(*record, context);
}

}  // namespace ingot::sandbox
