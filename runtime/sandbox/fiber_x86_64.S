// SPDX-License-Identifier: Apache-2.0
//
// Changing from one stack to another within a thread, on x86-64 (System V ABI).
//
//   ingot_sandbox_switch  saves what the ABI asks a callee to save, the rounding modes included, leaves this stack where it is and goes on where another
//                         one was left the same way.
//   ingot_sandbox_fiber_begin
//                         what a new fiber's first switch returns to.
//   ingot_sandbox_preempt is reached from the interrupt's handler alone (fault_handler.cpp), with every register as it was in the guest but for rip and
//                         rsp: rsp points at what iretq needs to go back, on the fiber's own stack. Saves all registers, lets other fibers run, and
//                         goes back to the very instruction.

        .text

        .globl  ingot_sandbox_switch
        .type   ingot_sandbox_switch, @function
        .p2align 4
// void ingot_sandbox_switch(void** leave rdi, void* enter rsi)
ingot_sandbox_switch:
        pushq   %rbp
        pushq   %rbx
        pushq   %r12
        pushq   %r13
        pushq   %r14
        pushq   %r15
        subq    $8, %rsp
        stmxcsr (%rsp)
        fnstcw  4(%rsp)
        movq    %rsp, (%rdi)
        movq    %rsi, %rsp
        ldmxcsr (%rsp)
        fldcw   4(%rsp)
        addq    $8, %rsp
        popq    %r15
        popq    %r14
        popq    %r13
        popq    %r12
        popq    %rbx
        popq    %rbp
        ret
        .size   ingot_sandbox_switch, .-ingot_sandbox_switch

        .globl  ingot_sandbox_fiber_begin
        .type   ingot_sandbox_fiber_begin, @function
        .p2align 4
ingot_sandbox_fiber_begin:
        .cfi_startproc
        .cfi_undefined %rip             # nothing called it: debuggers end here
        movq    %r12, %rdi
        call    ingot_sandbox_fiber_main
        ud2
        .cfi_endproc
        .size   ingot_sandbox_fiber_begin, .-ingot_sandbox_fiber_begin

        .globl  ingot_sandbox_preempt
        .type   ingot_sandbox_preempt, @function
        .p2align 4
ingot_sandbox_preempt:
        pushq   %rax
        pushq   %rcx
        pushq   %rdx
        pushq   %rbx
        pushq   %rbp
        pushq   %rsi
        pushq   %rdi
        pushq   %r8
        pushq   %r9
        pushq   %r10
        pushq   %r11
        pushq   %r12
        pushq   %r13
        pushq   %r14
        pushq   %r15
        cld
        movq    %rsp, %rbx
        movq    ingot_sandbox_xsave_bytes(%rip), %r12
        testq   %r12, %r12
        jz      .Lold_processor
        subq    %r12, %rsp
        andq    $-64, %rsp
        xorl    %eax, %eax              # of the area's header all must be zero at first
        movq    %rax, 512(%rsp)
        movq    %rax, 520(%rsp)
        movq    %rax, 528(%rsp)
        movq    %rax, 536(%rsp)
        movq    %rax, 544(%rsp)
        movq    %rax, 552(%rsp)
        movq    %rax, 560(%rsp)
        movq    %rax, 568(%rsp)
        movl    $-1, %eax
        movl    $-1, %edx
        xsave64 (%rsp)
        call    ingot_sandbox_yield_preempted
        movl    $-1, %eax
        movl    $-1, %edx
        xrstor64 (%rsp)
        jmp     .Lgo_back
.Lold_processor:                        # without XSAVE there is nothing but the registers of SSE and x87
        subq    $512, %rsp
        andq    $-64, %rsp
        fxsave64 (%rsp)
        call    ingot_sandbox_yield_preempted
        fxrstor64 (%rsp)
.Lgo_back:
        movq    %rbx, %rsp
        popq    %r15
        popq    %r14
        popq    %r13
        popq    %r12
        popq    %r11
        popq    %r10
        popq    %r9
        popq    %r8
        popq    %rdi
        popq    %rsi
        popq    %rbp
        popq    %rbx
        popq    %rdx
        popq    %rcx
        popq    %rax
        iretq
        .size   ingot_sandbox_preempt, .-ingot_sandbox_preempt

        .section .note.GNU-stack,"",@progbits
