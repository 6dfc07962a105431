/* What is mapped where in an address space: a sorted array of regions. */
#include "kernel.h"
#include "user/user.h"

#define FIRST_ROOM 16u

uint32_t region_after(const struct space *space, uint64_t address)
{
    uint32_t low = 0, high = space->count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (space->regions[middle].end <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct region *region_at(const struct space *space, uint64_t address)
{
    uint32_t i = region_after(space, address);
    return i < space->count && space->regions[i].start <= address ? &space->regions[i] : NULL;
}

/* A page that can be written or executed can be read: page tables know no less (SDM 3A, 4.6). */
bool region_permits(const struct region *region, uint32_t protection)
{
    uint32_t has = region->protection ? region->protection | PROT_READ : 0;
    return (has & protection) == protection;
}

bool regions_cover(const struct space *space, uint64_t start, uint64_t end, uint32_t protection)
{
    for (uint32_t i = region_after(space, start); start < end; i++) {
        if (i == space->count || space->regions[i].start > start || !region_permits(&space->regions[i], protection))
            return false;
        start = space->regions[i].end;
    }
    return true;
}

/* What an array of so many counts for; a small one for nothing. */
static uint64_t frames_of(uint32_t room)
{
    return room * sizeof(struct region) / PAGE_SIZE;
}

bool regions_reserve(struct space *space, uint32_t more)
{
    if (space->count + more <= space->room)
        return true;
    if (space->count + more > REGIONS)
        return false;
    uint32_t room = space->room ? space->room : FIRST_ROOM;
    while (room < space->count + more)
        room *= 2;
    uint64_t held = space->held - frames_of(space->room) + frames_of(room);
    struct region *regions = held <= space->limit ? krealloc(space->regions, room * sizeof *regions) : NULL;
    if (regions == NULL)
        return false;
    space->regions = regions;
    space->room = room;
    space->held = held;
    return true;
}

/* Makes room for one before index i. */
static void open_gap(struct space *space, uint32_t i)
{
    for (uint32_t at = space->count++; at > i; at--)
        space->regions[at] = space->regions[at - 1];
}

static void close_gap(struct space *space, uint32_t i, uint32_t gone)
{
    space->count -= gone;
    for (uint32_t at = i; at < space->count; at++)
        space->regions[at] = space->regions[at + gone];
}

void regions_split(struct space *space, uint64_t address)
{
    struct region *region = region_at(space, address);
    if (region == NULL || region->start == address)
        return;
    open_gap(space, (uint32_t)(region - space->regions));
    region[0].end = address;
    region[1].start = address;
}

void regions_remove(struct space *space, uint64_t start, uint64_t end)
{
    uint32_t first = region_after(space, start), last = first;
    while (last < space->count && space->regions[last].start < end)
        last++;
    close_gap(space, first, last - first);
}

void regions_insert(struct space *space, struct region region)
{
    uint32_t i = region_after(space, region.start);
    open_gap(space, i);
    space->regions[i] = region;
}

static bool are_one(const struct region *a, const struct region *b)
{
    return a->end == b->start && a->protection == b->protection && a->shared == b->shared;
}

void regions_merge(struct space *space, uint64_t start, uint64_t end)
{
    uint32_t i = region_after(space, start - 1);
    while (i + 1 < space->count && space->regions[i].start < end) {
        if (are_one(&space->regions[i], &space->regions[i + 1])) {
            space->regions[i].end = space->regions[i + 1].end;
            close_gap(space, i + 1, 1);
        } else {
            i++;
        }
    }
}
