/* Memory management's inner doors: what main.c starts and arch/ asks. */
#ifndef MM_H
#define MM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void frames_init(void);
/* Page tables of our own: text read-only, everything else not executable. */
void paging_init(void);
bool paging_has_nx(void);
/* The kernel's own tables: physical address of the top level. Its upper half, which never changes, is that of every address space. */
uint64_t paging_root(void);

#define ADDRESS_MASK  0x000ffffffffff000ull
#define PAGE_PRESENT  1ull
#define PAGE_WRITABLE 2ull
#define PAGE_USER     4ull
#define PAGE_UNCACHED 0x18ull           /* PWT and PCD: strong uncacheable */
#define PAGE_LARGE    0x80ull
#define PAGE_NX       (1ull << 63)

/* Maps one 4 KiB page of kernel space; false when a table frame cannot be had. */
bool page_map(uint64_t virt, uint64_t phys, uint64_t flags);
/* The entry that maps `virt` (4 KiB or large), 0 when nothing does. */
uint64_t page_entry(uint64_t virt);

/* What its holder notes for each frame: the heap (heap.c), and ring 3's memory, which counts the references to a frame under the
   mark NOTE_USER; 0 for frames of others. */
#define NOTE_USER 0x40000000u
extern uint32_t *frame_notes;
size_t frame_count(void);
uint64_t frames_usable(void);
uint64_t frames_free(void);
/* Takes the frames of a run if all are free: growing a block in place. */
bool frame_take_run(uint64_t phys, size_t pages);

void heap_statistics(uint64_t *bytes, uint64_t *blocks, uint64_t *frames, uint64_t *peak);

#endif
