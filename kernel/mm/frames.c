/* Physical frames: one bit each, set when free. A run is the lowest there is (first fit), so memory is not worn all over. */
#include "boot/boot.h"
#include "boot/layout.h"
#include "kernel.h"
#include "mm/mm.h"

#define EARLY_MAPPED   (4ull << 30)     /* what the boot tables reach */

uint32_t *frame_notes;

static uint64_t *bitmap;
static size_t frames;                   /* bits in the map */
static uint64_t usable, available;

/* first_fit[n]: no run of n free frames begins below; the last entry serves longer runs too. Keeps the search short. */
#define FIRST_FITS 32u
static size_t first_fit[FIRST_FITS + 1];

size_t frame_count(void)
{
    return frames;
}

uint64_t frames_usable(void)
{
    return usable;
}

uint64_t frames_free(void)
{
    return available;
}

static bool is_free(size_t frame)
{
    return bitmap[frame / 64] >> frame % 64 & 1;
}

static void set_free(size_t frame)
{
    bitmap[frame / 64] |= 1ull << frame % 64;
}

static void set_taken(size_t frame)
{
    bitmap[frame / 64] &= ~(1ull << frame % 64);
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* How many bits from `at` to the end of its word are alike. */
static unsigned alike(size_t at)
{
    uint64_t word = bitmap[at / 64] >> at % 64;
    unsigned left = 64 - at % 64;
    if (word & 1)
        word = ~word;
    return word ? (unsigned)least((unsigned)__builtin_ctzll(word), left) : left;
}

/* First frame of the lowest run of `pages` free ones; `frames` when there is none. */
static size_t find_run(size_t pages)
{
    size_t run = 0;
    for (size_t at = first_fit[least(pages, FIRST_FITS)]; at < frames;) {
        unsigned same = alike(at);
        run = is_free(at) ? run + same : 0;
        at += same;
        if (run >= pages)
            return at - run;
    }
    return frames;
}

/* The lowest run of `pages` began at `first`; shorter ones, which longer requests tell nothing of, may begin below. */
static void note_taken(size_t first, size_t pages)
{
    for (size_t n = pages; n <= FIRST_FITS; n++)
        if (first_fit[n] < first)
            first_fit[n] = first;
}

/* With its free neighbours, the freed run may be where a longer one begins. */
static void note_freed(size_t first, size_t pages)
{
    size_t start = first, end = first + pages;
    while (start > 0 && first - start < FIRST_FITS && is_free(start - 1))
        start--;
    while (end < frames && end - start < FIRST_FITS && is_free(end))
        end++;
    for (size_t n = 1; n <= least(end - start, FIRST_FITS); n++)
        first_fit[n] = least(first_fit[n], start);
}

uint64_t frame_alloc_run(size_t pages)
{
    if (pages == 0 || pages > available)
        return 0;
    size_t first = find_run(pages);
    if (first + pages > frames)
        return 0;
    for (size_t i = 0; i < pages; i++)
        set_taken(first + i);
    available -= pages;
    note_taken(first, pages);
    return (uint64_t)first * PAGE_SIZE;
}

void frame_free_run(uint64_t phys, size_t pages)
{
    size_t first = phys / PAGE_SIZE;
    for (size_t i = 0; i < pages; i++) {
        if (first + i >= frames || is_free(first + i))
            panic("frame_free_run: frame %#llx is not allocated", (unsigned long long)(phys + i * PAGE_SIZE));
        set_free(first + i);
    }
    available += pages;
    note_freed(first, pages);
}

bool frame_take_run(uint64_t phys, size_t pages)
{
    size_t first = phys / PAGE_SIZE;
    if (first + pages > frames)
        return false;
    for (size_t i = 0; i < pages; i++)
        if (!is_free(first + i))
            return false;
    for (size_t i = 0; i < pages; i++)
        set_taken(first + i);
    available -= pages;
    return true;
}

/* A region cut to whole frames above the kernel image, which lies at 1 MiB; what is below stays the firmware's. */
static bool clip(const struct memory_region *region, uint64_t *start, uint64_t *end)
{
    uint64_t image_end = (uint64_t)kernel_end - KERNEL_BASE;
    *start = (region->start + PAGE_SIZE - 1) / PAGE_SIZE * PAGE_SIZE;
    *end = (region->start + region->length) / PAGE_SIZE * PAGE_SIZE;
    if (*start < image_end)
        *start = image_end;
    return region->type == MEMORY_USABLE && *start < *end;
}

/* Where the map and the notes go: the first region below 4 GiB with room for them. */
static uint64_t find_room(uint64_t size)
{
    uint64_t start, end;
    for (unsigned i = 0; i < boot_info.region_count; i++)
        if (clip(&boot_info.regions[i], &start, &end) && start + size <= end && start + size <= EARLY_MAPPED)
            return start;
    panic("frames_init: no memory for the frame map (%u regions)", boot_info.region_count);
}

static void clear(void *memory, size_t size)
{
    uint64_t *words = memory;
    for (size_t i = 0; i < size / 8; i++)
        words[i] = 0;
}

void frames_init(void)
{
    uint64_t start, end, top = 0;
    for (unsigned i = 0; i < boot_info.region_count; i++)
        if (clip(&boot_info.regions[i], &start, &end) && end > top)
            top = end;
    frames = (top / PAGE_SIZE + 63) / 64 * 64;
    uint64_t size = (frames / 8 + frames * sizeof *frame_notes + PAGE_SIZE - 1) / PAGE_SIZE * PAGE_SIZE;
    uint64_t room = find_room(size);
    bitmap = phys_to_virt(room);
    frame_notes = (uint32_t *)(bitmap + frames / 64);
    clear(bitmap, size);
    for (unsigned i = 0; i < boot_info.region_count; i++) {
        if (!clip(&boot_info.regions[i], &start, &end))
            continue;
        usable += (end - start) / PAGE_SIZE;
        for (uint64_t at = start; at < end; at += PAGE_SIZE)
            if (at < room || at >= room + size) {
                set_free(at / PAGE_SIZE);
                available++;
            }
    }
}

void memory_statistics(struct memory_statistics *out)
{
    out->frames_total = usable;
    out->frames_free = available;
    heap_statistics(&out->heap_bytes, &out->heap_blocks, &out->heap_frames, &out->heap_peak_bytes);
}
