/* The kernel heap. Blocks up to 4 KiB come from spans of 64 KiB cut into one size; larger ones are runs of frames. frame_notes
   tells for any address which it is. Threads are cooperative and interrupt handlers do not allocate: no lock. */
#include <string.h>

#include "boot/layout.h"
#include "kernel.h"
#include "mm/mm.h"

#define SPAN_PAGES  16u
#define SPAN_SIZE   (SPAN_PAGES * PAGE_SIZE)
#define SPAN_HEADER 64u
#define SMALL_MAX   4096u
#define CLASSES     28u                 /* eight steps of 16 up to 128, then four to each doubling up to 4096 */
#define GRANULE     16u

/* frame_notes: a span's pages hold NOTE_SPAN and their index in it; a large block's first page holds its length in pages. */
#define NOTE_SPAN 0x80000000u

struct span {
    struct span *next, *previous;       /* spans of this class that have a free block */
    void *free;                         /* freed blocks, each holding the next one's address */
    uint32_t used;                      /* blocks handed out */
    uint32_t carved;                    /* blocks ever handed out: the rest is untouched */
    uint32_t capacity;
    uint32_t block_size;
    uint32_t reciprocal;                /* 2**32 / block_size, rounded up: a division by it, of what is below a span's size, is a multiplication */
    uint32_t size_class;
};

_Static_assert(sizeof(struct span) <= SPAN_HEADER, "the header fits before the first block");

static struct span *partial[CLASSES];
static uint8_t class_table[SMALL_MAX / GRANULE + 1];    /* by size in granules, rounded up; filled on first use */
static uint16_t class_size[CLASSES];

static uint64_t heap_bytes, heap_blocks, heap_frames, heap_peak;

void heap_statistics(uint64_t *bytes, uint64_t *blocks, uint64_t *frames, uint64_t *peak)
{
    *bytes = heap_bytes;
    *blocks = heap_blocks;
    *frames = heap_frames;
    *peak = heap_peak;
}

static void fill_tables(void)
{
    unsigned size = 0, step = GRANULE;
    for (unsigned c = 0; c < CLASSES; c++) {
        if (c >= 8 && (c - 8) % 4 == 0)
            step = size / 4;
        for (unsigned i = size / GRANULE + 1; i <= (size + step) / GRANULE; i++)
            class_table[i] = (uint8_t)c;
        size += step;
        class_size[c] = (uint16_t)size;
    }
}

static void count(uint64_t size)
{
    heap_bytes += size;
    heap_blocks++;
    if (heap_bytes > heap_peak)
        heap_peak = heap_bytes;
}

static void list_add(struct span *span)
{
    struct span **head = &partial[span->size_class];
    span->previous = NULL;
    span->next = *head;
    if (*head)
        (*head)->previous = span;
    *head = span;
}

static void list_remove(struct span *span)
{
    if (span->previous)
        span->previous->next = span->next;
    else
        partial[span->size_class] = span->next;
    if (span->next)
        span->next->previous = span->previous;
}

static struct span *new_span(unsigned size_class)
{
    uint64_t phys = frame_alloc_run(SPAN_PAGES);
    if (phys == 0)
        return NULL;
    struct span *span = phys_to_virt(phys);
    uint32_t size = class_size[size_class];
    *span = (struct span){.capacity = (SPAN_SIZE - SPAN_HEADER) / size, .block_size = size, .reciprocal = UINT32_MAX / size + 1,
                          .size_class = size_class};
    for (uint32_t i = 0; i < SPAN_PAGES; i++)
        frame_notes[phys / PAGE_SIZE + i] = NOTE_SPAN | i;
    heap_frames += SPAN_PAGES;
    list_add(span);
    return span;
}

static void release_span(struct span *span)
{
    uint64_t phys = virt_to_phys(span);
    list_remove(span);
    for (uint32_t i = 0; i < SPAN_PAGES; i++)
        frame_notes[phys / PAGE_SIZE + i] = 0;
    heap_frames -= SPAN_PAGES;
    frame_free_run(phys, SPAN_PAGES);
}

static void *small_alloc(size_t size)
{
    unsigned size_class = class_table[(size + GRANULE - 1) / GRANULE];
    struct span *span = partial[size_class];
    if (span == NULL && (span = new_span(size_class)) == NULL)
        return NULL;
    void *block = span->free;
    if (block)
        span->free = *(void **)block;
    else
        block = (char *)span + SPAN_HEADER + span->carved++ * (size_t)span->block_size;
    if (++span->used == span->capacity)
        list_remove(span);
    count(span->block_size);
    return block;
}

static void small_free(struct span *span, void *block)
{
    uint32_t offset = (uint32_t)((char *)block - (char *)span) - SPAN_HEADER;
    uint32_t number = (uint32_t)((uint64_t)offset * span->reciprocal >> 32);
    if (number * span->block_size != offset || span->used == 0)
        panic("kfree: %p is not a heap block", block);
    if (span->used == span->capacity)
        list_add(span);
    *(void **)block = span->free;
    span->free = block;
    span->used--;
    heap_bytes -= span->block_size;
    heap_blocks--;
    /* One empty span of each class is kept, so that a lone block coming and going costs no frame run. */
    if (span->used == 0 && (span->next || span->previous))
        release_span(span);
}

static void *large_alloc(size_t size)
{
    size_t pages = (size + PAGE_SIZE - 1) / PAGE_SIZE;
    if (size > SIZE_MAX - PAGE_SIZE || pages >= NOTE_USER)
        return NULL;
    uint64_t phys = frame_alloc_run(pages);
    if (phys == 0)
        return NULL;
    frame_notes[phys / PAGE_SIZE] = (uint32_t)pages;
    heap_frames += pages;
    count(pages * PAGE_SIZE);
    return phys_to_virt(phys);
}

static void large_free(uint64_t phys, size_t pages)
{
    frame_notes[phys / PAGE_SIZE] = 0;
    heap_frames -= pages;
    heap_bytes -= pages * PAGE_SIZE;
    heap_blocks--;
    frame_free_run(phys, pages);
}

void *kmalloc(size_t size)
{
    if (class_size[0] == 0)
        fill_tables();
    if (size > SMALL_MAX)
        return large_alloc(size);
    return small_alloc(size ? size : 1);
}

/* The frame's note, for an address that must be a block of ours. */
static uint32_t note_of(const void *block)
{
    uint64_t frame = ((uint64_t)block - DIRECT_BASE) / PAGE_SIZE;
    if ((uint64_t)block < DIRECT_BASE || frame >= frame_count() || frame_notes[frame] == 0
        || (frame_notes[frame] & (NOTE_SPAN | NOTE_USER)) == NOTE_USER)
        panic("kfree: %p is not a heap block", block);
    return frame_notes[frame];
}

static struct span *span_of(void *block, uint32_t note)
{
    uint64_t page = (uint64_t)block / PAGE_SIZE * PAGE_SIZE;
    return (struct span *)(page - (uint64_t)(note & ~NOTE_SPAN) * PAGE_SIZE);
}

void kfree(void *block)
{
    if (block == NULL)
        return;
    uint32_t note = note_of(block);
    if (note & NOTE_SPAN)
        small_free(span_of(block, note), block);
    else
        large_free(virt_to_phys(block), note);
}

/* Shrinks a large block, or grows it into free frames behind it. */
static bool resize_in_place(void *block, size_t pages, size_t wanted)
{
    uint64_t phys = virt_to_phys(block);
    if (wanted > pages && !frame_take_run(phys + pages * PAGE_SIZE, wanted - pages))
        return false;
    if (wanted < pages)
        frame_free_run(phys + wanted * PAGE_SIZE, pages - wanted);
    frame_notes[phys / PAGE_SIZE] = (uint32_t)wanted;
    heap_frames += wanted - pages;
    heap_bytes += (wanted - pages) * PAGE_SIZE;
    if (heap_bytes > heap_peak)
        heap_peak = heap_bytes;
    return true;
}

void *krealloc(void *old, size_t size)
{
    if (old == NULL)
        return kmalloc(size);
    uint32_t note = note_of(old);
    size_t had = note & NOTE_SPAN ? span_of(old, note)->block_size : (size_t)note * PAGE_SIZE;
    if (note & NOTE_SPAN && size <= had && size > had / 2)
        return old;
    if (!(note & NOTE_SPAN) && size > SMALL_MAX && size <= SIZE_MAX - PAGE_SIZE
        && resize_in_place(old, note, (size + PAGE_SIZE - 1) / PAGE_SIZE))
        return old;
    void *block = kmalloc(size);
    if (block == NULL)
        return NULL;
    memcpy(block, old, had < size ? had : size);
    kfree(old);
    return block;
}
