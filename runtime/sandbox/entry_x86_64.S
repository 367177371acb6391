// SPDX-License-Identifier: Apache-2.0
//
// Entering and leaving a guest on x86-64 (System V ABI). The only code that changes the stack pointer.
//
//   ingot_sandbox_enter   saves what the ABI asks a callee to save, remembers the host's stack pointer in the activation,
//                         moves to the guest's stack and calls the guest. Not the rounding modes: no guest's code can change them
//                         (native/instruction_rules.cpp), and host code that a trap interrupts has them put back by enter().
//   ingot_sandbox_land    the landing pad: from anywhere on the guest's stack back to the caller of ingot_sandbox_enter, with a
//                         trap kind as its result. Reached from ingot_sandbox_trap, or by the fault handler editing a
//                         saved context (rip = land, rdi = activation, esi = kind). Needs no stack of its own.
//   ingot_sandbox_trap    raises a trap from the guest's thread; uses no stack, so it works at the very end of one.
//   ingot_sandbox_on_host_stack
//                         runs a host function on the thread's own stack, below where the current entry left it, and comes back.
//   ingot_rt_*            doors of the runtime table: each looks whether the guest's stack still has room for host code, then
//                         jumps to its C++ body with all arguments in place.
//
// Nothing with a destructor may stand between ingot_sandbox_enter and a landing.

        .text

        .globl  ingot_sandbox_enter
        .type   ingot_sandbox_enter, @function
        .p2align 4
// uint32_t ingot_sandbox_enter(Activation* rdi, void* stack_top rsi, void (*fn)(void*, ingot_slot*) rdx,
//                              void* instance rcx, ingot_slot* slots r8)
ingot_sandbox_enter:
        .cfi_startproc
        pushq   %rbp                    # all but rbx for a landing only: a guest that returns has kept them, as the ABI asks
        pushq   %rbx
        pushq   %r12
        pushq   %r13
        pushq   %r14
        pushq   %r15
        movq    %rsp, (%rdi)
        movq    %rsp, %rbx              # a register, for the way back: loading what was just stored takes as long as all the rest
        movq    %rsi, %rsp
        movq    %rcx, %rdi
        movq    %r8, %rsi
        call    *%rdx
        movq    %rbx, %rsp
        movq    32(%rsp), %rbx
        addq    $48, %rsp
        xorl    %eax, %eax
        ret
        .cfi_endproc
        .size   ingot_sandbox_enter, .-ingot_sandbox_enter

        .globl  ingot_sandbox_land
        .type   ingot_sandbox_land, @function
        .p2align 4
ingot_sandbox_land:
        movq    (%rdi), %rsp
        movl    %esi, %eax
        cld
        popq    %r15
        popq    %r14
        popq    %r13
        popq    %r12
        popq    %rbx
        popq    %rbp
        ret
        .size   ingot_sandbox_land, .-ingot_sandbox_land

        .globl  ingot_sandbox_trap
        .type   ingot_sandbox_trap, @function
        .p2align 4
// [[noreturn]] void ingot_sandbox_trap(uint32_t kind edi)
ingot_sandbox_trap:
        movl    %edi, %esi
        movq    ingot_current_activation@gottpoff(%rip), %rax
        movq    %fs:(%rax), %rdi
        movq    %rsp, 32(%rdi)          # for the backtrace: the return address stands here
        movq    %rbp, 40(%rdi)
        jmp     ingot_sandbox_land
        .size   ingot_sandbox_trap, .-ingot_sandbox_trap

        .globl  ingot_sandbox_on_host_stack
        .type   ingot_sandbox_on_host_stack, @function
        .p2align 4
// void ingot_sandbox_on_host_stack(const Activation* rdi, void (*function)(void*) rsi, void* argument rdx)
ingot_sandbox_on_host_stack:
        .cfi_startproc
        pushq   %rbp
        .cfi_def_cfa_offset 16
        .cfi_offset %rbp, -16
        movq    %rsp, %rbp
        .cfi_def_cfa_register %rbp
        movq    (%rdi), %rsp            # everything below belongs to nobody while the guest runs
        andq    $-16, %rsp
        movq    %rdx, %rdi
        call    *%rsi
        movq    %rbp, %rsp
        popq    %rbp
        .cfi_def_cfa %rsp, 8
        ret
        .cfi_endproc
        .size   ingot_sandbox_on_host_stack, .-ingot_sandbox_on_host_stack

        .macro  DOOR name
        .globl  ingot_rt_\name
        .type   ingot_rt_\name, @function
        .p2align 4
ingot_rt_\name:
        movq    ingot_current_activation@gottpoff(%rip), %rax
        movq    %fs:(%rax), %rax
        movq    %rsp, 16(%rax)          # for the backtrace of a trap that the body raises
        movq    %rbp, 24(%rax)
        cmpq    8(%rax), %rsp
        jb      .Lexhausted
        jmp     ingot_body_\name
        .size   ingot_rt_\name, .-ingot_rt_\name
        .endm

        DOOR allocate_memory
        DOOR grow_memory
        DOOR free_memory
        DOOR allocate_funcref_table
        DOOR grow_funcref_table
        DOOR free_funcref_table
        DOOR allocate_externref_table
        DOOR grow_externref_table
        DOOR free_externref_table

.Lexhausted:
        movl    $8, %edi                # INGOT_TRAP_STACK_EXHAUSTED, asserted in runtime_table.cpp
        jmp     ingot_sandbox_trap

        .section .note.GNU-stack,"",@progbits
