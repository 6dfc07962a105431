/* Segments and the task state segment: flat 64-bit code and data, and an own stack for each exception that may find none. */
#include "arch/arch.h"
#include "boot/layout.h"

struct tss {
    uint32_t reserved0;
    uint64_t rsp[3];
    uint64_t reserved1;
    uint64_t ist[7];
    uint64_t reserved2;
    uint16_t reserved3, io_map_base;
} __attribute__((packed));

_Static_assert(sizeof(struct tss) == 104, "SDM 3A, 8.7");

static struct tss tss;
static uint8_t ist_stacks[IST_COUNT][IST_STACK_SIZE] __attribute__((aligned(16)));

static uint64_t gdt[7] = {
    [SELECTOR_CODE / 8] = 0x00af9b000000ffff,
    [SELECTOR_DATA / 8] = 0x00cf93000000ffff,
    [SELECTOR_USER_DATA / 8] = 0x00cff3000000ffff,
    [SELECTOR_USER_CODE / 8] = 0x00affb000000ffff,
};

struct table_pointer {
    uint16_t limit;
    uint64_t base;
} __attribute__((packed));

/* A TSS descriptor is two entries wide (SDM 3A, figure 8-4). */
static void set_tss_descriptor(void)
{
    uint64_t base = (uint64_t)&tss;
    gdt[SELECTOR_TSS / 8] = (sizeof tss - 1) | ((base & 0xffffff) << 16) | (0x89ull << 40) | ((base >> 24 & 0xff) << 56);
    gdt[SELECTOR_TSS / 8 + 1] = base >> 32;
}

void gdt_init(void)
{
    for (unsigned i = 1; i < IST_COUNT; i++)
        tss.ist[i - 1] = (uint64_t)ist_stacks[i] + IST_STACK_SIZE;
    tss.io_map_base = sizeof tss;
    set_tss_descriptor();
    struct table_pointer pointer = {sizeof gdt - 1, (uint64_t)gdt};
    __asm__ volatile("lgdt %0" : : "m"(pointer) : "memory");
    /* Reload CS by a far return, then the data segments and the task register. */
    __asm__ volatile("pushq %0; leaq 1f(%%rip), %%rax; pushq %%rax; lretq; 1:" : : "i"(SELECTOR_CODE) : "rax", "memory");
    __asm__ volatile("movl %0, %%ds; movl %0, %%es; movl %0, %%ss" : : "r"(SELECTOR_DATA) : "memory");
    __asm__ volatile("ltr %0" : : "r"((uint16_t)SELECTOR_TSS) : "memory");
    __asm__ volatile("lldt %0" : : "r"((uint16_t)0) : "memory");
}

void tss_set_stack(void *top)
{
    tss.rsp[0] = (uint64_t)top;
}
