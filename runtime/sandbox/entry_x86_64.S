// SPDX-License-Identifier: Apache-2.0
//
// Leaving a guest other than by returning, on x86-64 (System V ABI). Entering one is cross_over() in enter.hpp: these two and fiber_x86_64.S are the only code that
// changes the stack pointer.
//
//   ingot_sandbox_land    the landing pad: from anywhere on the guest's stack back into cross_over(), which finds the trap's kind in
//                         the activation. Reached from ingot_sandbox_trap, or by the fault handler editing a
//                         saved context (rip = land, rdi = activation, esi = kind). Needs no stack of its own.
//   ingot_sandbox_trap    raises a trap from the guest's thread; uses no stack, so it works at the very end of one.
//   ingot_sandbox_on_host_stack
//                         runs a host function on the thread's own stack, below where the current entry left it, and comes back.
//   ingot_rt_*            doors of the runtime table: each looks whether the guest's stack still has room for host code, then
//                         jumps to its C++ body with all arguments in place.
//
// Nothing with a destructor may stand between cross_over() and a landing.

        .text

        .globl  ingot_sandbox_land
        .type   ingot_sandbox_land, @function
        .p2align 4
ingot_sandbox_land:
        movq    (%rdi), %rsp
        movq    8(%rdi), %rbp
        movq    16(%rdi), %r12
        movq    24(%rdi), %r13
        movq    32(%rdi), %r14
        movq    40(%rdi), %r15
        movl    %esi, 96(%rdi)
        cld
        jmp     *48(%rdi)
        .size   ingot_sandbox_land, .-ingot_sandbox_land

        .globl  ingot_sandbox_trap
        .type   ingot_sandbox_trap, @function
        .p2align 4
// [[noreturn]] void ingot_sandbox_trap(uint32_t kind edi)
ingot_sandbox_trap:
        movl    %edi, %esi
        movq    ingot_current_activation@gottpoff(%rip), %rax
        movq    %fs:(%rax), %rdi
        movq    %rsp, 80(%rdi)          # for the backtrace: the return address stands here
        movq    %rbp, 88(%rdi)
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
        movq    (%rdi), %rsp            # everything below, but for a red zone, belongs to nobody while the guest runs
        subq    $128, %rsp
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
        movq    %rsp, 64(%rax)          # for the backtrace of a trap that the body raises
        movq    %rbp, 72(%rax)
        cmpq    56(%rax), %rsp
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
