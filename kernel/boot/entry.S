/* From any of three loaders to 64-bit C. All of them enter in 32-bit protected mode without paging, at physical addresses. */
#include "layout.h"

#define MULTIBOOT1_MAGIC 0x1badb002
#define MULTIBOOT1_FLAGS 0x00010003             /* address fields, memory map, page-aligned modules */
#define MULTIBOOT2_MAGIC 0xe85250d6

    .section .boot.header, "ax"
    .align 8
multiboot1_header:                              /* within the first 8192 bytes of the file */
    .long MULTIBOOT1_MAGIC
    .long MULTIBOOT1_FLAGS
    .long -(MULTIBOOT1_MAGIC + MULTIBOOT1_FLAGS)
    .long multiboot1_header
    .long boot_start
    .long boot_load_end
    .long boot_bss_end
    .long boot_entry

    .align 8
multiboot2_header:                              /* within the first 32768 bytes */
    .long MULTIBOOT2_MAGIC
    .long 0                                     /* i386 protected mode */
    .long multiboot2_end - multiboot2_header
    .long -(MULTIBOOT2_MAGIC + 0 + (multiboot2_end - multiboot2_header))
    .short 4, 0                                 /* console: EGA text supported, none required */
    .long 12
    .long 2
    .align 8
    .short 5, 1                                 /* framebuffer, optional; any size and depth */
    .long 20
    .long 0, 0, 0
    .align 8
    .short 0, 0
    .long 8
multiboot2_end:

    .section .note.pvh, "a", @note
    .align 4
    .long 4, 4, 18                              /* XEN_ELFNOTE_PHYS32_ENTRY */
    .asciz "Xen"
    .long pvh_entry

    .section .boot.text, "ax"
    .code32
    .globl boot_entry, pvh_entry
pvh_entry:                                      /* EBX: hvm_start_info */
    movl $BOOT_PVH, %edi
    jmp start32
boot_entry:                                     /* EAX: the loader's magic, EBX: its information */
    movl $BOOT_MULTIBOOT2, %edi
    cmpl $0x36d76289, %eax
    je start32
    movl $BOOT_MULTIBOOT1, %edi

start32:
    cli
    cld
    movl %ebx, %esi
    movl $(boot_tables_phys), %esp              /* no stack is used before 64-bit mode; keep it sane */

    /* Clear the page tables: PML4, two PDPTs, four page directories. They may lie where bss is not yet zero. */
    movl $boot_tables_phys, %eax
    movl $(7 * 4096 / 4), %ecx
1:  movl $0, (%eax)
    addl $4, %eax
    loop 1b

    /* Four page directories: 4 GiB in 2 MiB pages, present and writable. */
    movl $(boot_tables_phys + 3 * 4096), %ebx
    movl $0x83, %eax
    movl $2048, %ecx
2:  movl %eax, (%ebx)
    addl $0x200000, %eax
    addl $8, %ebx
    loop 2b

    /* Low PDPT: the four directories; high PDPT: the first GiB at KERNEL_BASE. */
    movl $(boot_tables_phys + 3 * 4096 + 3), %eax
    movl %eax, boot_tables_phys + 0x1000
    movl %eax, boot_tables_phys + 0x2000 + 510 * 8
    addl $0x1000, %eax
    movl %eax, boot_tables_phys + 0x1000 + 8
    addl $0x1000, %eax
    movl %eax, boot_tables_phys + 0x1000 + 16
    addl $0x1000, %eax
    movl %eax, boot_tables_phys + 0x1000 + 24

    /* PML4: identity, direct map (entry 256), kernel (entry 511). */
    movl $(boot_tables_phys + 0x1000 + 3), %eax
    movl %eax, boot_tables_phys
    movl %eax, boot_tables_phys + 256 * 8
    movl $(boot_tables_phys + 0x2000 + 3), %eax
    movl %eax, boot_tables_phys + 511 * 8

    /* CR4: PAE, OSFXSR, OSXMMEXCPT. EFER: long mode. CR0: paging, write protection, FPU present and not emulated. */
    movl $0x620, %eax
    movl %eax, %cr4
    movl $boot_tables_phys, %eax
    movl %eax, %cr3
    movl $0xc0000080, %ecx
    rdmsr
    orl $0x100, %eax
    wrmsr
    movl %cr0, %eax
    andl $~0x0c, %eax                           /* EM, TS off */
    orl $0x80010023, %eax                       /* PG, WP, NE, MP, PE */
    movl %eax, %cr0
    lgdt boot_gdt_pointer
    ljmp $SELECTOR_CODE, $start64_low

    .code64
start64_low:
    movl $SELECTOR_DATA, %eax
    movl %eax, %ds
    movl %eax, %es
    movl %eax, %ss
    xorl %eax, %eax
    movl %eax, %fs
    movl %eax, %gs
    movl %edi, %edi                             /* zero-extend the two arguments */
    movl %esi, %esi
    movabsq $start64, %rax
    jmp *%rax

    .align 8
boot_gdt:
    .quad 0
    .quad 0x00af9b000000ffff                    /* 64-bit code */
    .quad 0x00cf93000000ffff                    /* data */
boot_gdt_end:
boot_gdt_pointer:
    .short boot_gdt_end - boot_gdt - 1
    .long boot_gdt, 0

    .section .text.vectors, "ax"
    .type start64, @function
start64:
    leaq boot_stack_end(%rip), %rsp
    fninit
    xorl %ebp, %ebp                             /* end of the frame-pointer chain */
    pushq $0
    pushq $0
    call kernel_main
1:  cli
    hlt
    jmp 1b
    .size start64, . - start64

    .section .bss.boot, "aw", @nobits
    .align 4096
boot_tables:
    .skip 7 * 4096
    .globl boot_stack, boot_stack_end
boot_stack:
    .skip BOOT_STACK_SIZE
boot_stack_end:
    .set boot_tables_phys, boot_tables - KERNEL_BASE

    .section .note.GNU-stack, "", @progbits
