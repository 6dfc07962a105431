/* Frames of ring 3: each is counted by who refers to it, in frame_notes. */
#include "boot/layout.h"
#include "kernel.h"
#include "mm/mm.h"
#include "user/user.h"

/* One frame in so many is never ring 3's, so that the kernel goes on when its programs have taken all. */
#define KERNEL_SHARE 8u

static uint32_t *note_of(uint64_t phys)
{
    return &frame_notes[phys / PAGE_SIZE];
}

uint64_t user_frame_new(void)
{
    uint64_t phys = frames_free() > frames_usable() / KERNEL_SHARE ? frame_alloc_run(1) : 0;
    if (phys == 0)
        return 0;
    void *at = phys_to_virt(phys);
    uint64_t count = PAGE_SIZE / 8;
    __asm__ volatile("rep stosq" : "+D"(at), "+c"(count) : "a"(0ull) : "memory");
    *note_of(phys) = NOTE_USER | 1;
    return phys;
}

void user_frame_share(uint64_t phys)
{
    ++*note_of(phys);
}

void user_frame_drop(uint64_t phys)
{
    uint32_t *note = note_of(phys);
    if (*note <= NOTE_USER)
        panic("user_frame_drop: frame %#llx is not ring 3's", (unsigned long long)phys);
    if (--*note == NOTE_USER) {
        *note = 0;
        frame_free_run(phys, 1);
    }
}

bool user_frame_is_shared(uint64_t phys)
{
    return *note_of(phys) > (NOTE_USER | 1);
}

void frame_copy(uint64_t to, uint64_t from)
{
    void *out = phys_to_virt(to), *in = phys_to_virt(from);
    uint64_t count = PAGE_SIZE / 8;
    __asm__ volatile("rep movsq" : "+D"(out), "+S"(in), "+c"(count) : : "memory");
}
