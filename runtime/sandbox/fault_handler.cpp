// SPDX-License-Identifier: Apache-2.0
//
// A fault is a guest's trap only if three questions are all answered with yes:
//   1. Is this thread inside a guest (is there an activation)?
//   2. Does the program counter lie in registered guest text? Host code that faults on a guest's behalf is a bug of ours.
//   3. Does the address lie in the memory reservation (or a linked instance's) or the stack guard of this very activation?
// Everything else goes to the handler that was there before us: usually the process dies with a core dump, as it should.
// On yes, the handler edits the saved context so that the thread resumes at the landing pad. It never jumps out of itself, so
// the kernel restores the signal mask as usual.
//
// The interrupt signal asks questions 1 and 2 only: guest text may be left at any instruction. Anywhere else the request stays in the thread's state word,
// which the end of most host calls reads, and no stack is deep enough any more for the thunk of the next one: so a guest that only ever calls short host
// functions, which do not read it, is stopped at the first of them.
// The same signal tells that a fiber's slice is over. Then the guest is not diverted but preempted: it goes on, later, at the very instruction.

#include "sandbox/fault_handler.hpp"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include <mutex>

#include "ingot/abi.h"
#include "limits.hpp"
#include "sandbox/activation.hpp"
#include "sandbox/sanitizers.hpp"
#include "sandbox/text_ranges.hpp"
#include "sandbox/thread.hpp"

#if !defined(__x86_64__)
#error "the fault handler edits an x86-64 context; write the counterpart for this architecture beside it"
#endif

extern "C" void ingot_sandbox_land();
extern "C" void ingot_sandbox_preempt();
constinit thread_local ingot::sandbox::Activation* ingot_current_activation = nullptr;

namespace ingot::sandbox {

const int interrupt_signal = SIGURG;

namespace {

struct sigaction previous_segv;
struct sigaction previous_bus;
struct sigaction previous_fpe;
struct sigaction previous_ill;

const struct sigaction& previous_of(int signal_number) {
  switch (signal_number) {
    case SIGBUS: return previous_bus;
    case SIGFPE: return previous_fpe;
    case SIGILL: return previous_ill;
    default: return previous_segv;
  }
}

INGOT_NO_INSTRUMENTATION
inline const void* no_stack_is_deep_enough() { return reinterpret_cast<const void*>(~std::uintptr_t{0}); }

INGOT_NO_INSTRUMENTATION
bool in_linked_memory(const Activation& activation, std::uintptr_t address) {
  if (activation.linked_memories == nullptr) return false;
  const RangeList& memories = *activation.linked_memories;
  for (std::size_t i = 0; i < memories.count; ++i) {
    if (address >= memories.first[i].begin && address < memories.first[i].end) return true;
  }
  return false;
}

INGOT_NO_INSTRUMENTATION
void divert(ucontext_t* context, Activation* activation, ingot_trap kind) {
  auto& registers = context->uc_mcontext.gregs;
  activation->trap_pc = static_cast<std::uintptr_t>(registers[REG_RIP]);
  activation->trap_sp = static_cast<std::uintptr_t>(registers[REG_RSP]);
  activation->trap_bp = static_cast<std::uintptr_t>(registers[REG_RBP]);
  activation->trap_r11 = static_cast<std::uintptr_t>(registers[REG_R11]);
  registers[REG_RIP] = reinterpret_cast<greg_t>(&ingot_sandbox_land);
  registers[REG_RDI] = reinterpret_cast<greg_t>(activation);
  registers[REG_RSI] = static_cast<greg_t>(kind);
}

/// What iretq takes from the stack.
struct ReturnFrame {
  std::uint64_t rip, cs, rflags, rsp, ss;
};

/// The thread goes on at ingot_sandbox_preempt, on the fiber's own stack: below where the guest was entered from it belongs to nobody. The guest's stack is not
/// touched, since what stands below its stack pointer may be the guest's (System V ABI 3.2.2, the red zone), and it may be full.
INGOT_NO_INSTRUMENTATION
void preempt(ucontext_t* context, const Activation& activation, const ThreadRecord& record) {
  const auto top = (reinterpret_cast<std::uintptr_t>(activation.host_rsp) - red_zone_bytes) & ~std::uintptr_t{15};
  if (top < record.fiber_stack_begin + limits::preempted_state_bytes) return;
  auto& registers = context->uc_mcontext.gregs;
  auto* const frame = reinterpret_cast<ReturnFrame*>(top - sizeof(ReturnFrame));
  std::uint16_t cs = 0;
  std::uint16_t ss = 0;
  __asm__("movw %%cs, %0\n\tmovw %%ss, %1" : "=r"(cs), "=r"(ss));
  frame->rip = static_cast<std::uint64_t>(registers[REG_RIP]);
  frame->cs = cs;
  frame->rflags = static_cast<std::uint64_t>(registers[REG_EFL]);
  frame->rsp = static_cast<std::uint64_t>(registers[REG_RSP]);
  frame->ss = ss;
  registers[REG_RIP] = reinterpret_cast<greg_t>(&ingot_sandbox_preempt);
  registers[REG_RSP] = reinterpret_cast<greg_t>(frame);
}

INGOT_NO_INSTRUMENTATION
void to_previous_handler(int signal_number, siginfo_t* info, void* context) {
  const struct sigaction& previous = previous_of(signal_number);
  if ((previous.sa_flags & SA_SIGINFO) != 0 && previous.sa_sigaction != nullptr) {
    previous.sa_sigaction(signal_number, info, context);
    return;
  }
  if (previous.sa_handler != SIG_DFL && previous.sa_handler != SIG_IGN) {
    previous.sa_handler(signal_number);
    return;
  }
  // Give the signal its default action and return: the faulting instruction runs again and the process dies with a core dump
  // that shows the fault, not this handler. A signal sent by kill(2) is sent again.
  struct sigaction standard {};
  standard.sa_handler = SIG_DFL;
  sigaction(signal_number, &standard, nullptr);
  if (info->si_code <= 0) raise(signal_number);
}

INGOT_NO_INSTRUMENTATION
void on_fault(int signal_number, siginfo_t* info, void* raw_context) {
  const int saved_errno = errno;
  auto* context = static_cast<ucontext_t*>(raw_context);
  Activation* activation = ingot_current_activation;
  const auto pc = static_cast<std::uintptr_t>(context->uc_mcontext.gregs[REG_RIP]);
  if (activation != nullptr && info->si_code > 0 && in_guest_text(pc)) {
    // The generated code checks divisors and has no invalid instruction; should it ever be wrong, only the guest pays.
    if (signal_number == SIGFPE || signal_number == SIGILL) {
      divert(context, activation, signal_number == SIGFPE ? INGOT_TRAP_DIVIDE_BY_ZERO : INGOT_TRAP_UNREACHABLE);
      errno = saved_errno;
      return;
    }
    const auto address = reinterpret_cast<std::uintptr_t>(info->si_addr);
    if (activation->memory.contains(address) || in_linked_memory(*activation, address)) {
      activation->fault_address = address;
      divert(context, activation, INGOT_TRAP_OUT_OF_BOUNDS);
      errno = saved_errno;
      return;
    }
    if (activation->stack_guard.contains(address)) {
      activation->fault_address = address;
      divert(context, activation, INGOT_TRAP_STACK_EXHAUSTED);
      errno = saved_errno;
      return;
    }
  }
  to_previous_handler(signal_number, info, raw_context);
  errno = saved_errno;
}

INGOT_NO_INSTRUMENTATION
void on_interrupt(int, siginfo_t*, void* raw_context) {
  const ThreadRecord* const record = current_record;
  if (record == nullptr) return;
  const auto request = static_cast<ingot_trap>(record->state.load(std::memory_order_relaxed) & ThreadRecord::request_mask);
  if (request == INGOT_TRAP_NONE && !record->slice_is_over()) return;
  Activation* activation = ingot_current_activation;
  if (activation == nullptr) return;
  auto* context = static_cast<ucontext_t*>(raw_context);
  if (request == INGOT_TRAP_NONE) {
    if (in_guest_text(static_cast<std::uintptr_t>(context->uc_mcontext.gregs[REG_RIP]))) preempt(context, *activation, *record);
    return;
  }
  if (!in_guest_text(static_cast<std::uintptr_t>(context->uc_mcontext.gregs[REG_RIP]))) {
    if (activation->import_stack_limit != nullptr) *activation->import_stack_limit = no_stack_is_deep_enough();
    activation->untidy = true;
    return;
  }
  divert(context, activation, request);
}

// ThreadSanitizer delays signals to points of its own choosing and hands over a copy of the context, so that an edit would
// be lost. The kernel's own system call goes around it.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define INGOT_RAW_SIGACTION 1
#endif
#endif

#if defined(INGOT_RAW_SIGACTION)
extern "C" __attribute__((naked)) void ingot_signal_return() { __asm__("movl $15, %eax\n\tsyscall"); }  // rt_sigreturn

struct KernelSigaction {
  void (*handler)(int, siginfo_t*, void*);
  unsigned long flags;
  void (*restorer)();
  std::uint64_t mask;
};
bool install(int signal_number, void (*handler)(int, siginfo_t*, void*), int flags, struct sigaction* previous) {
  if (previous != nullptr) sigaction(signal_number, nullptr, previous);
  KernelSigaction action{handler, static_cast<unsigned long>(flags) | 0x04000000ul, &ingot_signal_return, 0};
  action.mask = 1ull << (interrupt_signal - 1);
  return syscall(SYS_rt_sigaction, signal_number, &action, nullptr, 8) == 0;
}
#else
bool install(int signal_number, void (*handler)(int, siginfo_t*, void*), int flags, struct sigaction* previous) {
  struct sigaction action {};
  action.sa_sigaction = handler;
  action.sa_flags = flags;
  sigemptyset(&action.sa_mask);
  sigaddset(&action.sa_mask, interrupt_signal);  // a fault is never interrupted half way
  return sigaction(signal_number, &action, previous) == 0;
}
#endif

}  // namespace

bool import_calls_were_stopped(const Activation& activation) {
  return activation.import_stack_limit != nullptr && *activation.import_stack_limit == no_stack_is_deep_enough();
}

Result<void> install_fault_handler() {
  static std::once_flag once;
  static bool installed = false;
  std::call_once(once, [] {
    installed = install(SIGSEGV, on_fault, SA_SIGINFO | SA_ONSTACK, &previous_segv) &&
                install(SIGBUS, on_fault, SA_SIGINFO | SA_ONSTACK, &previous_bus) &&
                install(SIGFPE, on_fault, SA_SIGINFO | SA_ONSTACK, &previous_fpe) &&
                install(SIGILL, on_fault, SA_SIGINFO | SA_ONSTACK, &previous_ill) &&
                install(interrupt_signal, on_interrupt, SA_SIGINFO | SA_ONSTACK | SA_RESTART, nullptr);
  });
  if (!installed) {
    return Error{ErrorCode::internal, std::string("cannot install the fault handler: ") + strerror(errno)};
  }
  return {};
}

}  // namespace ingot::sandbox
