/* Where things live in the 64-bit address space. Included by C, assembly and the linker script. */
#ifndef LAYOUT_H
#define LAYOUT_H

#define KERNEL_PHYS   0x100000
#define KERNEL_BASE   0xffffffff80000000    /* image: physical address + KERNEL_BASE (the top 2 GiB of -mcmodel=kernel) */
#define DIRECT_BASE   0xffff800000000000    /* all RAM: physical address + DIRECT_BASE */
#define MMIO_BASE     0xffffc00000000000    /* device registers, handed out upwards, uncached */
#define STACK_BASE    0xffffd00000000000    /* thread stacks, one slot each, the guard page first */

#define BOOT_STACK_SIZE 16384

#define SELECTOR_CODE 0x08
#define SELECTOR_DATA 0x10
#define SELECTOR_TSS  0x18
/* Ring 3's, with its privilege level: Linux's numbers, in the order that SYSRET wants (SDM 2B: STAR + 8 is SS, STAR + 16 is CS). */
#define SELECTOR_SYSRET    0x23
#define SELECTOR_USER_DATA 0x2b
#define SELECTOR_USER_CODE 0x33

/* How the loader entered us; entry.S passes it on. */
#define BOOT_MULTIBOOT1 1
#define BOOT_MULTIBOOT2 2
#define BOOT_PVH        3

#endif
