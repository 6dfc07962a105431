/* Physical frames: one bit each, set when free. Runs are found first-fit from the lowest frame that may be free, so that memory
   below 4 GiB, which simple devices need, goes first to no one in particular and drivers get theirs at start. */
#include "boot/boot.h"
#include "boot/layout.h"
#include "kernel.h"
#include "mm/mm.h"

#define LOW_MEMORY_END 0x100000ull      /* the first MiB stays the firmware's */
#define EARLY_MAPPED   (4ull << 30)     /* what the boot tables reach */

uint32_t *frame_notes;

static uint64_t *bitmap;
static size_t frames;                   /* bits in the map */
static uint64_t usable, available;
static size_t lowest_free;              /* no frame below is free */

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

/* First frame of the first run of `pages` free ones; `frames` when there is none. */
static size_t find_run(size_t pages)
{
    size_t run = 0;
    for (size_t at = lowest_free; at < frames;) {
        uint64_t word = bitmap[at / 64];
        if (at % 64 == 0 && (word == 0 || word == UINT64_MAX)) {
            run = word ? run + 64 : 0;
            at += 64;
        } else {
            run = is_free(at) ? run + 1 : 0;
            at++;
        }
        if (run >= pages)
            return at - run;
    }
    return frames;
}

static void skip_taken(void)
{
    while (lowest_free < frames && !is_free(lowest_free))
        lowest_free = lowest_free % 64 == 0 && bitmap[lowest_free / 64] == 0 ? lowest_free + 64 : lowest_free + 1;
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
    if (first == lowest_free)
        skip_taken();
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
    if (first < lowest_free)
        lowest_free = first;
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

/* A region cut to whole frames above the first MiB and, if it begins inside it, above the kernel image. */
static bool clip(const struct memory_region *region, uint64_t *start, uint64_t *end)
{
    uint64_t image_end = (uint64_t)kernel_end - KERNEL_BASE;
    *start = (region->start + PAGE_SIZE - 1) / PAGE_SIZE * PAGE_SIZE;
    *end = (region->start + region->length) / PAGE_SIZE * PAGE_SIZE;
    if (*start < LOW_MEMORY_END)
        *start = LOW_MEMORY_END;
    if (*start < image_end && *end > LOW_MEMORY_END && *start >= LOW_MEMORY_END)
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
    skip_taken();
}

void memory_statistics(struct memory_statistics *out)
{
    out->frames_total = usable;
    out->frames_free = available;
    heap_statistics(&out->heap_bytes, &out->heap_blocks, &out->heap_frames, &out->heap_peak_bytes);
}
