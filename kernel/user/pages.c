/* Page tables of ring 3 (SDM 3A, 4.5): the lower half of each address space; the upper half is the kernel's own. */
#include "arch/cpu.h"
#include "boot/layout.h"
#include "kernel.h"
#include "mm/mm.h"
#include "user/user.h"

#define LEVELS  4u
#define ENTRIES 512u

static uint64_t span(unsigned level)
{
    return 1ull << (12 + 9 * level);
}

static unsigned index_at(uint64_t address, unsigned level)
{
    return address >> (12 + 9 * level) & (ENTRIES - 1);
}

static bool is_loaded(const struct space *space)
{
    return (read_cr3() & ADDRESS_MASK) == space->root;
}

/* The processor keeps copies of entries, and of the tables above them, of the loaded space only (SDM 3A, 4.10.4). */
static void forget(const struct space *space, uint64_t address)
{
    if (is_loaded(space))
        invlpg(address);
}

/* A frame within the limit, for a table or a page. */
static uint64_t take_frame(struct space *space)
{
    uint64_t phys = space->held < space->limit ? user_frame_new() : 0;
    space->held += phys != 0;
    return phys;
}

static void give_frame(struct space *space, uint64_t phys)
{
    user_frame_drop(phys);
    space->held--;
}

uint64_t *page_slot(struct space *space, uint64_t address, bool make)
{
    uint64_t *table = phys_to_virt(space->root);
    for (unsigned level = LEVELS - 1; level > 0; level--) {
        uint64_t *entry = &table[index_at(address, level)];
        if (*entry == 0) {
            uint64_t frame = make ? take_frame(space) : 0;
            if (frame == 0)
                return NULL;
            *entry = frame | PAGE_PRESENT | PAGE_WRITABLE | PAGE_USER;
        }
        table = phys_to_virt(*entry & ADDRESS_MASK);
    }
    return &table[index_at(address, 0)];
}

static bool is_empty(const uint64_t *table)
{
    for (unsigned i = 0; i < ENTRIES; i++)
        if (table[i])
            return false;
    return true;
}

typedef void page_visitor(struct space *space, uint64_t address, uint64_t *entry, void *argument);

/* Every page held in the range; tables left empty are given back. `start` and `end` lie within the table; its depth bounds the recursion. */
static void visit_table(struct space *space, uint64_t *table, unsigned level, uint64_t start, uint64_t end, page_visitor *visit, void *argument)
{
    for (uint64_t at = start, next; at < end; at = next) {
        uint64_t *entry = &table[index_at(at, level)];
        next = (at | (span(level) - 1)) + 1;
        if (*entry == 0)
            continue;
        if (level == 0) {
            visit(space, at, entry, argument);
            forget(space, at);
            continue;
        }
        uint64_t *below = phys_to_virt(*entry & ADDRESS_MASK);
        visit_table(space, below, level - 1, at, next < end ? next : end, visit, argument);
        if (is_empty(below)) {
            give_frame(space, *entry & ADDRESS_MASK);
            *entry = 0;
            forget(space, at);
        }
    }
}

static void pages_visit(struct space *space, uint64_t start, uint64_t end, page_visitor *visit, void *argument)
{
    visit_table(space, phys_to_virt(space->root), LEVELS - 1, start, end, visit, argument);
}

/* The entry for a frame: a private page that others refer to as well is not writable, so that a write comes to page_reach. */
static uint64_t entry_for(uint64_t phys, const struct region *region)
{
    if (region->protection == PROT_NONE)
        return phys | PAGE_HELD;
    uint64_t entry = phys | PAGE_HELD | PAGE_PRESENT | PAGE_USER;
    if ((region->protection & PROT_WRITE) && (region->shared || !user_frame_is_shared(phys)))
        entry |= PAGE_WRITABLE;
    if (!(region->protection & PROT_EXEC) && paging_has_nx())
        entry |= PAGE_NX;
    return entry;
}

static void drop_page(struct space *space, uint64_t address, uint64_t *entry, void *unused)
{
    (void)address;
    (void)unused;
    give_frame(space, *entry & ADDRESS_MASK);
    space->resident--;
    *entry = 0;
}

void pages_drop(struct space *space, uint64_t start, uint64_t end)
{
    pages_visit(space, start, end, drop_page, NULL);
}

static void restrict_page(struct space *space, uint64_t address, uint64_t *entry, void *region)
{
    (void)address;
    (void)space;
    *entry = entry_for(*entry & ADDRESS_MASK, region);
}

void pages_restrict(struct space *space, const struct region *region)
{
    struct region copy = *region;
    pages_visit(space, copy.start, copy.end, restrict_page, &copy);
}

struct inheritance {
    struct space *child;
    const struct region *region;
    bool failed;                        /* no memory */
};

/* Parent and child refer to the same frame, and where that is private neither may write to it. */
static void inherit_page(struct space *space, uint64_t address, uint64_t *entry, void *argument)
{
    (void)space;
    struct inheritance *to = argument;
    uint64_t *slot = to->failed || to->child->held >= to->child->limit ? NULL : page_slot(to->child, address, true);
    if (slot == NULL || to->child->held >= to->child->limit) {
        to->failed = true;
        return;
    }
    uint64_t phys = *entry & ADDRESS_MASK;
    user_frame_share(phys);
    *entry = *slot = entry_for(phys, to->region);
    to->child->held++;
    to->child->resident++;
}

bool pages_inherit(struct space *space, struct space *child, const struct region *region)
{
    struct inheritance to = {.child = child, .region = region};
    pages_visit(space, region->start, region->end, inherit_page, &to);
    return !to.failed;
}

/* Copy on write: the last who refers to a frame keeps it. The count of frames held stays. */
static uint64_t own_copy(uint64_t phys)
{
    uint64_t copy = user_frame_new();
    if (copy == 0)
        return 0;
    frame_copy(copy, phys);
    user_frame_drop(phys);
    return copy;
}

void *page_reach(struct space *space, const struct region *region, uint64_t address, bool write)
{
    uint64_t *entry = page_slot(space, address, true);
    if (entry == NULL)
        return NULL;
    uint64_t phys = *entry & ADDRESS_MASK;
    if (phys == 0) {
        phys = take_frame(space);
        space->resident += phys != 0;
    } else if (write && !region->shared && user_frame_is_shared(phys)) {
        phys = own_copy(phys);
    }
    if (phys == 0)
        return NULL;
    *entry = entry_for(phys, region);
    forget(space, address);
    return phys_to_virt(phys);
}
