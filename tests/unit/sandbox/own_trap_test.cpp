// SPDX-License-Identifier: Apache-2.0
// Whose trap it is: each thread's own, and only what a guest's own instruction did. What else goes wrong in the process is for the handler that was there before.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <thread>
#include <vector>

#include "sandbox/thread.hpp"
#include "support/fake_guest.hpp"

namespace {

using ingot::test::FakeGuest;
namespace sandbox = ingot::sandbox;
namespace limits = ingot::limits;

const ingot_runtime* volatile table = nullptr;
GUEST void raises(void*, ingot_slot* slots) { table->trap(slots[0].i32); }
GUEST void reads_at(void* guest, ingot_slot* slots) {
  slots[1].i64 = *reinterpret_cast<volatile std::uint8_t*>(static_cast<FakeGuest*>(guest)->memory.base() + slots[0].i64);
}
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Winfinite-recursion"
GUEST void recurses(void* guest, ingot_slot* slots) {
  volatile char frame[2048];
  frame[0] = 1;
  recurses(guest, slots);
  frame[1] = frame[0];
}
#pragma clang diagnostic pop
std::atomic<bool> spinning{false};
GUEST void spins(void*, ingot_slot*) {
  spinning = true;
  for (;;) __asm__ volatile("");
}

// Each thread traps in all ways, none of them the one that loaded anything first.
TEST(OwnTrap, Leads_back_into_the_call_of_its_own_thread) {
  table = &sandbox::runtime_table();
  constexpr std::uint32_t thread_count = 4, rounds = 120;
  const FakeGuest first;
  std::atomic<std::uint32_t> right{0};
  std::vector<std::thread> threads;
  for (std::uint32_t index = 0; index < thread_count; ++index) {
    threads.emplace_back([&right, index] {
      FakeGuest own;
      for (std::uint32_t round = 0; round < rounds; ++round) {
        const std::uint32_t kind = 1 + (round + index) % (INGOT_TRAP_COUNT - 1), offset = (index * rounds + round) * 4096;
        own.slots[0].i64 = kind;
        const bool raised = own.run(raises) == kind && own.slots[0].i64 == kind;
        own.slots[0].i64 = offset;
        const bool faulted = own.run(reads_at) == INGOT_TRAP_OUT_OF_BOUNDS && own.activation.fault_address == reinterpret_cast<std::uintptr_t>(own.memory.base()) + offset;
        const bool overflowed = own.run(recurses) == INGOT_TRAP_STACK_EXHAUSTED && own.activation.stack_guard.contains(own.activation.fault_address);
        if (raised && faulted && overflowed) ++right;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right.load(), thread_count * rounds);
}

// What the kernel does with the handlers, by its own account. libc's would be a sanitizer's in some builds.
struct KernelAction {
  void* handler;
  unsigned long flags;
  void* restorer;
  std::uint64_t mask;
};
KernelAction action_of(int signal_number) {
  KernelAction action{};
  EXPECT_EQ(syscall(SYS_rt_sigaction, signal_number, nullptr, &action, 8), 0);
  return action;
}

TEST(OwnTrap, No_request_comes_between_a_fault_and_its_landing) {
  const FakeGuest guest;
  for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL}) {
    EXPECT_NE(action_of(fault).flags & SA_ONSTACK, 0u) << "a full stack has no room for a handler";
    EXPECT_NE(action_of(fault).mask >> (sandbox::interrupt_signal - 1) & 1, 0u) << fault;
  }
  EXPECT_NE(action_of(sandbox::interrupt_signal).flags & SA_ONSTACK, 0u);
  EXPECT_NE(action_of(sandbox::interrupt_signal).flags & SA_RESTART, 0u) << "the host's system calls go on";
}

TEST(OwnTrap, Every_thread_has_a_signal_stack_that_the_processors_state_fits_on) {
  std::thread([] {
    (void)sandbox::this_thread();
    stack_t now{};
    ASSERT_EQ(sigaltstack(nullptr, &now), 0);
    EXPECT_EQ(now.ss_flags & SS_DISABLE, 0);
    EXPECT_GE(now.ss_size, getauxval(AT_MINSIGSTKSZ) + 16 * limits::KiB);
  }).join();
}

// ---- what is no guest's trap ----

class OwnTrapDeathTest : public testing::Test {
 protected:
  void SetUp() override { testing::FLAGS_gtest_death_test_style = "threadsafe"; }  // each is a process of its own, in which no handler is installed yet
};

volatile std::uint8_t* nowhere = nullptr;
void touches_nothing() { (void)*nowhere; }
void (*volatile host_fault)() = &touches_nothing;
GUEST void calls_a_faulting_host(void*, ingot_slot*) { host_fault(); }

void make_nowhere() {
  nowhere = static_cast<std::uint8_t*>(mmap(nullptr, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
}
void with_information(int, siginfo_t* info, void*) { _exit(info->si_addr == const_cast<std::uint8_t*>(nowhere) ? 42 : 43); }
void plain(int number) { _exit(number == SIGSEGV ? 44 : 45); }

TEST_F(OwnTrapDeathTest, The_handler_that_was_there_before_gets_the_hosts_faults) {
  EXPECT_EXIT(
      {
        make_nowhere();
        struct sigaction action {};
        action.sa_sigaction = with_information;
        action.sa_flags = SA_SIGINFO;
        sigaction(SIGSEGV, &action, nullptr);
        FakeGuest().run(calls_a_faulting_host);
      },
      testing::ExitedWithCode(42), "");
  EXPECT_EXIT(
      {
        make_nowhere();
        signal(SIGSEGV, plain);
        FakeGuest().run(calls_a_faulting_host);
      },
      testing::ExitedWithCode(44), "");
}

// The address is the guest's, the instruction is the host's: only the program counter tells.
TEST_F(OwnTrapDeathTest, A_host_function_that_faults_in_its_callers_memory_is_not_its_caller) {
  EXPECT_DEATH(
      {
        FakeGuest guest;
        nowhere = guest.memory.base();
        guest.run(calls_a_faulting_host);
      },
      "");
}

TEST_F(OwnTrapDeathTest, A_signal_that_somebody_sent_is_no_fault_although_a_guest_runs) {
  EXPECT_DEATH(
      {
        FakeGuest guest;
        const pthread_t self = pthread_self();
        std::thread([self] {
          while (!spinning) {
          }
          pthread_kill(self, SIGFPE);
        }).detach();
        guest.run(spins);
      },
      "");
}

}  // namespace
