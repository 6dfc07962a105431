/* Cooperative switch: what the ABI lets a call destroy needs no saving; MXCSR and the x87 control word are kept, as the ABI asks. */
    .text
    .globl context_switch, thread_start
    .type context_switch, @function
    .type thread_start, @function

context_switch:                         /* rdi: where to put the old rsp; rsi: the new rsp */
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    subq $8, %rsp
    stmxcsr (%rsp)
    fnstcw 4(%rsp)
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    ldmxcsr (%rsp)
    fldcw 4(%rsp)
    addq $8, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
    .size context_switch, . - context_switch

thread_start:                           /* r12: entry, r13: its argument (thread_create put them there) */
    xorl %ebp, %ebp
    sti
    movq %r13, %rdi
    call *%r12
    call thread_exit
    .size thread_start, . - thread_start

    .section .note.GNU-stack, "", @progbits
