/* One stub for each of the 256 vectors, and the common way in and out. Interrupts run on the interrupted stack, exceptions on theirs;
   what ends ring 3 goes on in user/entry.S. */
#include "arch/registers.h"

    .section .text.vectors, "ax"

    .altmacro
    .macro stub vector
    .align 16
    .if (\vector == 8) || ((\vector >= 10) && (\vector <= 14)) || (\vector == 17) || (\vector == 21) || (\vector == 29) || (\vector == 30)
    .else
    pushq $0                            /* no error code: keep the frame's shape */
    .endif
    pushq $\vector
    jmp common
    .endm

    .globl vector_stubs
    .align 16
vector_stubs:
    .set n, 0
    .rept 256
    stub %n
    .set n, n + 1
    .endr

    .type common, @function
common:
    push_registers
    testb $3, 18 * 8(%rsp)              /* the interrupted code's CS */
    jnz user_interrupted
    cld
    movq %rsp, %rdi                     /* 22 words below an aligned stack: aligned again */
    call interrupt_dispatch
    pop_registers
    addq $16, %rsp
    iretq
    .size common, . - common

    .section .note.GNU-stack, "", @progbits
