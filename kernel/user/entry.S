/* The way into ring 3 and back. The processor and this file push what ring 3 leaves straight into its struct context, whose first member
   is a struct trap_frame; then user_enter returns to its caller, on the stack it was called on. So ring 3 never has a kernel stack beneath
   it, and whatever ended it is handled by ordinary C in a thread. Interrupts are off in all of this file; one processor is used, so plain
   variables serve. */
#include "arch/registers.h"
#include "boot/layout.h"

#define FRAME_SIZE (22 * 8)

    .text
    .globl user_enter, user_interrupted, syscall_entry
    .type user_enter, @function
    .type user_interrupted, @function
    .type syscall_entry, @function

user_enter:                             /* rdi: the frame, esi: by SYSRET (else IRETQ) */
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, kernel_stack(%rip)
    movq %rdi, user_frame(%rip)
    testl %esi, %esi                    /* POP keeps the flags */
    movq %rdi, %rsp
    pop_registers
    jnz 1f
    addq $16, %rsp                      /* vector and error code */
    iretq
1:  movq 40(%rsp), %rsp                 /* RCX is its RIP, R11 its flags: the caller has made sure */
    sysretq
    .size user_enter, . - user_enter

/* From `common` (arch/vectors.S): every register is on the stack, which is the frame in the context, or an exception's own stack. */
user_interrupted:
    movq user_frame(%rip), %rdi
    cld
    cmpq %rsp, %rdi
    je leave
    movq %rsp, %rsi
    movl $(FRAME_SIZE / 8), %ecx
    rep movsq
leave:
    movq kernel_stack(%rip), %rsp
    pushq $2                            /* none of ring 3's flags stays: an interrupt keeps AC, IOPL and more */
    popfq
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
    .size user_interrupted, . - user_interrupted

/* LSTAR. RCX is the RIP to return to, R11 the flags, RSP still ring 3's: an NMI here has a stack of its own. */
syscall_entry:
    movq %rsp, user_stack(%rip)
    movq user_frame(%rip), %rsp
    addq $FRAME_SIZE, %rsp
    pushq $SELECTOR_USER_DATA
    pushq user_stack(%rip)
    pushq %r11
    pushq $SELECTOR_USER_CODE
    pushq %rcx
    pushq $0
    pushq $256                          /* VECTOR_SYSCALL */
    push_registers
    jmp leave
    .size syscall_entry, . - syscall_entry

    .section .bss.user, "aw", @nobits
    .align 8
user_frame:
    .skip 8
user_stack:
    .skip 8
kernel_stack:
    .skip 8

    .section .note.GNU-stack, "", @progbits
