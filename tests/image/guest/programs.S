/* Programs for ring 3, each from its label to the next; assemble.py makes a Python module of them. They run wherever they lie. */

    .macro program name
    .globl \name
\name:
    .endm

    .text

/* Whatever is in the registers, twice. */
program two_calls
    syscall
    syscall

/* System calls without end. */
program calls
1:  syscall
    jmp 1b

program endless
1:  jmp 1b

/* Counts at (%rdi), without end. */
program count
1:  incq (%rdi)
    jmp 1b

/* One byte read, written, run: at (%rdi). Then a system call. */
program read_byte
    movb (%rdi), %al
    syscall
program write_byte
    movb %sil, (%rdi)
    syscall
program jump
    jmp *%rdi
program push
    movq %rdi, %rsp
    pushq %rax
    syscall

/* The flags in %rdi, then a system call; then the flags as they are now, in %rdi, and a system call. */
program flags_call
    pushq %rdi
    popfq
    syscall
    pushfq
    popq %rdi
    syscall
program flags_fault
    pushq %rdi
    popfq
    ud2

/* All of x87, SSE and AVX filled from (%rdi), a system call, all stored at (%rsi), a system call. Without AVX: 16 bytes of each. */
program fill_sse
    fninit
    fldpi
    fld1
    movdqu 0(%rdi), %xmm0
    movdqu 32(%rdi), %xmm1
    movdqu 64(%rdi), %xmm2
    movdqu 224(%rdi), %xmm7
    movdqu 256(%rdi), %xmm8
    movdqu 480(%rdi), %xmm15
    syscall
    movdqu %xmm0, 0(%rsi)
    movdqu %xmm1, 32(%rsi)
    movdqu %xmm2, 64(%rsi)
    movdqu %xmm7, 224(%rsi)
    movdqu %xmm8, 256(%rsi)
    movdqu %xmm15, 480(%rsi)
    fstpt 512(%rsi)
    fstpt 528(%rsi)
    syscall
program fill_avx
    vmovdqu 0(%rdi), %ymm0
    vmovdqu 32(%rdi), %ymm1
    vmovdqu 224(%rdi), %ymm7
    vmovdqu 256(%rdi), %ymm8
    vmovdqu 480(%rdi), %ymm15
    syscall
    vmovdqu %ymm0, 0(%rsi)
    vmovdqu %ymm1, 32(%rsi)
    vmovdqu %ymm7, 224(%rsi)
    vmovdqu %ymm8, 256(%rsi)
    vmovdqu %ymm15, 480(%rsi)
    syscall

/* Until (%rdx) is not zero: xmm0 and the x87's top have to stay what they are, or it traps. */
program guard_vectors
    fninit
    fildq (%rdi)
    movdqu (%rdi), %xmm0
    movdqu (%rdi), %xmm15
1:  movdqu (%rdi), %xmm1
    pcmpeqb %xmm0, %xmm1
    pmovmskb %xmm1, %eax
    cmpl $0xffff, %eax
    jne 2f
    movdqu (%rdi), %xmm1
    pcmpeqb %xmm15, %xmm1
    pmovmskb %xmm1, %eax
    cmpl $0xffff, %eax
    jne 2f
    fld %st(0)
    fistpq 16(%rdi)
    movq (%rdi), %rax
    cmpq 16(%rdi), %rax
    jne 2f
    cmpq $0, (%rdx)
    je 1b
    syscall
2:  ud2

/* The highest leaf in RBP, EBX and ECX of leaf RAX in RDI and RDX. */
program cpuid
    movl %eax, %esi
    xorl %eax, %eax
    cpuid
    movl %eax, %ebp
    movl %esi, %eax
    xorl %ecx, %ecx
    cpuid
    movl %ebx, %edi
    movl %ecx, %edx
    syscall

/* Selector %rdi into FS, a system call, and the byte at FS:0 (which is where its base points). */
program selectors
    movl %edi, %fs
    syscall
    movb %fs:0, %al
    syscall
program read_fs_gs
    movq %fs:0, %rdi
    movq %gs:8, %rsi
    movl %fs, %edx
    syscall
    jmp read_fs_gs

/* Divide by zero, masked nowhere. */
program divide_error
    xorl %ecx, %ecx
    divl %ecx
program simd_error
    pushq $0
    ldmxcsr (%rsp)
    xorps %xmm0, %xmm0
    divss %xmm0, %xmm0
    ud2
program x87_error
    pushq $0x340
    fninit
    fldcw (%rsp)
    fldz
    fldz
    fdivp
    fwait
program undefined
    ud2
program breakpoint
    int3
program icebp
    .byte 0xf1
program step
    pushq $0x302
    popfq
    nop
    nop
program step_call
    pushq $0x302
    popfq
    syscall
program bad_ss
    xorl %eax, %eax
    movl %eax, %ss

/* What only ring 0 may do: each a general protection fault, or an invalid opcode (the names say so). */
program gp_cli
    cli
program gp_sti
    sti
program gp_hlt
    hlt
program gp_in
    inb $0x60, %al
program gp_out
    outb %al, $0x80
program gp_in_dx
    movw $0x3f8, %dx
    inl %dx, %eax
program gp_outs
    movw $0xf4, %dx
    movq %rsp, %rsi
    outsb
program gp_read_cr0
    movq %cr0, %rax
program gp_write_cr0
    movq %rax, %cr0
program gp_write_cr3
    movq %rax, %cr3
program gp_write_cr4
    movq %rax, %cr4
program gp_write_cr8
    movq %rax, %cr8
program gp_write_dr7
    movq %rax, %dr7
program gp_clts
    clts
program gp_lmsw
    lmsw %ax
program gp_wrmsr
    movl $0xc0000082, %ecx
    wrmsr
program gp_rdmsr
    movl $0xc0000082, %ecx
    rdmsr
program gp_rdpmc
    rdpmc
program gp_xsetbv
    xorl %ecx, %ecx
    xsetbv
program gp_lgdt
    lgdt (%rsp)
program gp_lidt
    lidt (%rsp)
program gp_lldt
    lldt %ax
program gp_ltr
    ltr %ax
program gp_invlpg
    invlpg (%rsp)
program gp_wbinvd
    wbinvd
program gp_invd
    invd
program gp_swapgs
    swapgs
program gp_sysret
    sysretq
program gp_sysexit
    sysexitl
program gp_sysenter
    sysenter
program gp_sgdt
    sgdt -64(%rsp)
program gp_sidt
    sidt -64(%rsp)
program gp_sldt
    sldt %ax
program gp_str
    str %ax
program gp_smsw
    smsw %ax
program gp_kernel_data
    movl $0x10, %eax
    movl %eax, %ds
program gp_kernel_code
    pushq $0x08
    leaq 1f(%rip), %rax
    pushq %rax
    lretq
1:  nop
program gp_tss_half
    pushq $0x23
    leaq 1f(%rip), %rax
    pushq %rax
    lretq
1:  nop
program gp_iret_ring0
    movq %rsp, %rax
    pushq $0x10
    pushq %rax
    pushq $0x202
    pushq $0x08
    leaq 1f(%rip), %rax
    pushq %rax
    iretq
1:  nop
program ud_stac
    stac
program ud_clac
    clac
program ud_rdfsbase
    rdfsbase %rax
program ud_into
    .byte 0xce

program end
