/* The general registers on the stack, in the order of struct trap_frame (arch.h); for assembler. */
#ifndef REGISTERS_H
#define REGISTERS_H

    .macro push_registers
    .irp name, rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15
    pushq %\name
    .endr
    .endm

    .macro pop_registers
    .irp name, r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, rcx, rbx, rax
    popq %\name
    .endr
    .endm

#endif
