/* Four-level page tables (SDM 3A, 4.5). Kernel space only; built once, then extended by mmio_map and by thread stacks. */
#include "arch/cpu.h"
#include "boot/boot.h"
#include "boot/layout.h"
#include "kernel.h"
#include "mm/mm.h"

#define LARGE_SIZE   0x200000ull
#define LOW_MEMORY_END 0x100000ull

static uint64_t *pml4 = NULL;
static bool has_nx;
static uint64_t next_mmio = MMIO_BASE;

void *phys_to_virt(uint64_t phys)
{
    return (void *)(phys + DIRECT_BASE);
}

uint64_t virt_to_phys(const void *virt)
{
    uint64_t address = (uint64_t)virt;
    if (address >= KERNEL_BASE)
        return address - KERNEL_BASE;
    if (address >= DIRECT_BASE && address < MMIO_BASE)
        return address - DIRECT_BASE;
    return (page_entry(address) & ADDRESS_MASK) | (address % PAGE_SIZE);
}

uint64_t paging_root(void)
{
    return virt_to_phys(pml4);
}

bool paging_has_nx(void)
{
    return has_nx;
}

static unsigned index_at(uint64_t virt, unsigned level)
{
    return virt >> (12 + 9 * level) & 511;
}

/* The table below `entry`, made if absent; NULL without memory. Rights are given by the last level alone. */
static uint64_t *table_below(uint64_t *entry)
{
    if (!(*entry & PAGE_PRESENT)) {
        uint64_t frame = frame_alloc_run(1);
        if (frame == 0)
            return NULL;
        uint64_t *table = phys_to_virt(frame);
        for (unsigned i = 0; i < 512; i++)
            table[i] = 0;
        *entry = frame | PAGE_PRESENT | PAGE_WRITABLE;
    }
    return phys_to_virt(*entry & ADDRESS_MASK);
}

/* Level 0 maps 4 KiB, level 1 maps 2 MiB. */
static bool map(uint64_t virt, uint64_t phys, uint64_t flags, unsigned level)
{
    uint64_t *table = pml4;
    for (unsigned at = 3; at > level; at--) {
        uint64_t *entry = &table[index_at(virt, at)];
        if ((*entry & PAGE_PRESENT) && (*entry & PAGE_LARGE))
            return true;                /* firmware's regions overlap: the large page is there already */
        table = table_below(entry);
        if (table == NULL)
            return false;
    }
    if (!has_nx)
        flags &= ~PAGE_NX;
    table[index_at(virt, level)] = phys | flags | PAGE_PRESENT | (level ? PAGE_LARGE : 0);
    invlpg(virt);
    return true;
}

bool page_map(uint64_t virt, uint64_t phys, uint64_t flags)
{
    return map(virt, phys, flags, 0);
}

uint64_t page_entry(uint64_t virt)
{
    uint64_t *table = pml4;
    for (unsigned level = 3;; level--) {
        uint64_t entry = table[index_at(virt, level)];
        if (!(entry & PAGE_PRESENT))
            return 0;
        if (level == 0 || (entry & PAGE_LARGE))
            return entry;
        table = phys_to_virt(entry & ADDRESS_MASK);
    }
}

static void map_image(const char *start, const char *end, uint64_t flags)
{
    for (uint64_t virt = (uint64_t)start; virt < (uint64_t)end; virt += PAGE_SIZE)
        if (!map(virt, virt - KERNEL_BASE, flags, 0))
            panic("paging_init: no memory for page tables");
}

/* The direct map is no way round the image's protection: its text and constants are read-only there too. */
static uint64_t direct_flags(uint64_t phys)
{
    bool constant = phys >= (uint64_t)text_start - KERNEL_BASE && phys < (uint64_t)rodata_end - KERNEL_BASE;
    return constant ? PAGE_NX : PAGE_NX | PAGE_WRITABLE;
}

static void map_direct(uint64_t start, uint64_t end)
{
    uint64_t image_end = ((uint64_t)kernel_end - KERNEL_BASE + LARGE_SIZE - 1) / LARGE_SIZE * LARGE_SIZE;
    for (uint64_t at = start / PAGE_SIZE * PAGE_SIZE; at < end;) {
        bool large = at >= image_end && at % LARGE_SIZE == 0 && at + LARGE_SIZE <= end;
        if (!map(DIRECT_BASE + at, at, direct_flags(at), large))
            panic("paging_init: no memory for page tables");
        at += large ? LARGE_SIZE : PAGE_SIZE;
    }
}

static void enable_nx(void)
{
    has_nx = cpuid(0x80000000, 0).eax >= 0x80000001 && (cpuid(0x80000001, 0).edx & (1u << 20));
    if (has_nx)
        wrmsr(IA32_EFER, rdmsr(IA32_EFER) | EFER_NXE);
}

void paging_init(void)
{
    enable_nx();
    uint64_t root = frame_alloc_run(1);
    if (root == 0)
        panic("paging_init: no memory for page tables");
    pml4 = phys_to_virt(root);
    for (unsigned i = 0; i < 512; i++)
        pml4[i] = 0;
    map_image(text_start, text_end, 0);
    map_image(text_end, rodata_end, PAGE_NX);
    map_image(rodata_end, kernel_end, PAGE_NX | PAGE_WRITABLE);
    map_direct(0, LOW_MEMORY_END);
    for (unsigned i = 0; i < boot_info.region_count; i++) {
        const struct memory_region *region = &boot_info.regions[i];
        if (region->type == MEMORY_USABLE || region->type == MEMORY_ACPI || region->type == MEMORY_NVS)
            map_direct(region->start, region->start + region->length);
    }
    /* What is mapped later comes below these: address spaces copy the upper half of the top level. */
    if (!table_below(&pml4[index_at(MMIO_BASE, 3)]) || !table_below(&pml4[index_at(STACK_BASE, 3)]))
        panic("paging_init: no memory for page tables");
    write_cr3(root);
}

volatile void *mmio_map(uint64_t phys, size_t size)
{
    uint64_t offset = phys % PAGE_SIZE;
    uint64_t pages = (offset + size + PAGE_SIZE - 1) / PAGE_SIZE;
    uint64_t virt = next_mmio;
    for (uint64_t i = 0; i < pages; i++)
        if (!page_map(virt + i * PAGE_SIZE, phys - offset + i * PAGE_SIZE, PAGE_WRITABLE | PAGE_UNCACHED | PAGE_NX))
            panic("mmio_map: no memory for page tables");
    next_mmio += (pages + 1) * PAGE_SIZE;       /* an unmapped page between any two */
    return (volatile void *)(virt + offset);
}
