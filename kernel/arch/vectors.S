/* One stub for each of the 256 vectors, and the common way in and out. Interrupts run on the interrupted stack, exceptions on theirs;
   what ends ring 3 goes on in user/entry.S. */
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
    pushq %rax
    pushq %rbx
    pushq %rcx
    pushq %rdx
    pushq %rsi
    pushq %rdi
    pushq %rbp
    pushq %r8
    pushq %r9
    pushq %r10
    pushq %r11
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    testb $3, 18 * 8(%rsp)              /* the interrupted code's CS */
    jnz user_interrupted
    cld
    movq %rsp, %rdi                     /* 22 words below an aligned stack: aligned again */
    call interrupt_dispatch
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %r11
    popq %r10
    popq %r9
    popq %r8
    popq %rbp
    popq %rdi
    popq %rsi
    popq %rdx
    popq %rcx
    popq %rbx
    popq %rax
    addq $16, %rsp
    iretq
    .size common, . - common

    .section .note.GNU-stack, "", @progbits
