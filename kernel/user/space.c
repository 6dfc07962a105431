/* Address spaces: what mmap and its like ask of memory. Pages come when they are touched. */
#include "arch/cpu.h"
#include "boot/layout.h"
#include "kernel.h"
#include "mm/mm.h"
#include "user/user.h"

#define TOP_LEVEL_HALF 256u             /* entries of the top level table that are ring 3's */

struct space *space_new(uint64_t limit)
{
    struct space *space = kmalloc(sizeof *space);
    uint64_t root = space ? user_frame_new() : 0;
    if (root == 0) {
        kfree(space);
        return NULL;
    }
    *space = (struct space){.root = root, .limit = limit, .held = 1};
    uint64_t *table = phys_to_virt(root);
    const uint64_t *kernel = phys_to_virt(paging_root());
    for (unsigned i = TOP_LEVEL_HALF; i < 2 * TOP_LEVEL_HALF; i++)
        table[i] = kernel[i];
    return space;
}

void space_close(struct space *space)
{
    if ((read_cr3() & ADDRESS_MASK) == space->root)
        write_cr3(paging_root());
    pages_drop(space, 0, USER_HIGH);
    user_frame_drop(space->root);
    kfree(space->regions);
    kfree(space);
}

/* Rounds `length` up to pages; 0, or the errno for a range that cannot be. */
static int check_range(uint64_t address, uint64_t *length)
{
    if (address % PAGE_SIZE || *length == 0)
        return -EINVAL;
    if (*length > USER_HIGH || address < USER_LOW || address > USER_HIGH)
        return -ENOMEM;
    *length = (*length + PAGE_SIZE - 1) / PAGE_SIZE * PAGE_SIZE;
    return *length <= USER_HIGH - address ? 0 : -ENOMEM;
}

int space_map(struct space *space, uint64_t address, uint64_t length, uint32_t protection, bool shared)
{
    int error = check_range(address, &length);
    if (error || protection > (PROT_READ | PROT_WRITE | PROT_EXEC))
        return error ? error : -EINVAL;
    if (!regions_reserve(space, 3))
        return -ENOMEM;
    uint64_t end = address + length;
    regions_split(space, address);
    regions_split(space, end);
    regions_remove(space, address, end);
    pages_drop(space, address, end);
    regions_insert(space, (struct region){.start = address, .end = end, .protection = protection, .shared = shared});
    regions_merge(space, address, end);
    return 0;
}

/* Linux: an address or a length that cannot be is EINVAL here, holes are no error. */
int space_unmap(struct space *space, uint64_t address, uint64_t length)
{
    if (address % PAGE_SIZE || length == 0 || address > USER_HIGH || length > USER_HIGH - address)
        return -EINVAL;
    uint64_t end = address + (length + PAGE_SIZE - 1) / PAGE_SIZE * PAGE_SIZE;
    if (!regions_reserve(space, 2))
        return -ENOMEM;
    regions_split(space, address);
    regions_split(space, end);
    regions_remove(space, address, end);
    pages_drop(space, address, end);
    return 0;
}

int space_protect(struct space *space, uint64_t address, uint64_t length, uint32_t protection)
{
    int error = check_range(address, &length);
    if (error || protection > (PROT_READ | PROT_WRITE | PROT_EXEC))
        return error ? error : -EINVAL;
    uint64_t end = address + length;
    if (!regions_cover(space, address, end, PROT_NONE) || !regions_reserve(space, 2))
        return -ENOMEM;
    regions_split(space, address);
    regions_split(space, end);
    for (uint32_t i = region_after(space, address); i < space->count && space->regions[i].start < end; i++) {
        space->regions[i].protection = protection;
        pages_restrict(space, &space->regions[i]);
    }
    regions_merge(space, address, end);
    return 0;
}

/* A hint counts where all of its range is free. */
static bool is_free(const struct space *space, uint64_t start, uint64_t length)
{
    if (start < USER_LOW || start > USER_HIGH || length > USER_HIGH - start)
        return false;
    uint32_t i = region_after(space, start);
    return i == space->count || space->regions[i].start >= start + length;
}

uint64_t space_find(const struct space *space, uint64_t length, uint64_t hint)
{
    if (length == 0 || length > USER_MAP_TOP)
        return 0;
    length = (length + PAGE_SIZE - 1) / PAGE_SIZE * PAGE_SIZE;
    hint -= hint % PAGE_SIZE;
    if (hint && is_free(space, hint, length))
        return hint;
    uint64_t top = USER_MAP_TOP;
    for (uint32_t i = space->count; i > 0; i--) {
        const struct region *region = &space->regions[i - 1];
        if (region->end <= top && top - region->end >= length)
            break;
        if (region->start < top)
            top = region->start;
    }
    return top >= USER_LOW + length ? top - length : 0;
}

/* The child is to see the pages that the parent touches later, and the other way round: they have to be there before the fork. */
static bool populate_shared(struct space *space)
{
    for (uint32_t i = 0; i < space->count; i++) {
        const struct region *region = &space->regions[i];
        for (uint64_t at = region->start; region->shared && at < region->end; at += PAGE_SIZE)
            if (page_reach(space, region, at, false) == NULL)
                return false;
    }
    return true;
}

static bool copy_regions(struct space *to, const struct space *from)
{
    if (!regions_reserve(to, from->count))
        return false;
    for (uint32_t i = 0; i < from->count; i++)
        to->regions[i] = from->regions[i];
    to->count = from->count;
    return true;
}

struct space *space_fork(struct space *space)
{
    if (!populate_shared(space))
        return NULL;
    struct space *child = space_new(space->limit);
    if (child == NULL)
        return NULL;
    bool good = copy_regions(child, space);
    for (uint32_t i = 0; good && i < space->count; i++)
        good = pages_inherit(space, child, &space->regions[i]);
    if (good)
        return child;
    space_close(child);
    return NULL;
}

int space_fault(struct space *space, uint64_t address, uint64_t error)
{
    uint32_t wanted = error & ERROR_WRITE ? PROT_WRITE : error & ERROR_FETCH ? PROT_EXEC : PROT_READ;
    const struct region *region = region_at(space, address);
    /* Without ERROR_USER the processor itself looked for a descriptor there, as a bad selector asked. */
    if (region == NULL || !region_permits(region, wanted) || (error & ERROR_RESERVED) || !(error & ERROR_USER))
        return -EFAULT;
    return page_reach(space, region, address / PAGE_SIZE * PAGE_SIZE, error & ERROR_WRITE) ? 0 : -ENOMEM;
}
