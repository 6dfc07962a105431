/* Ring 3: address spaces and the registers of its threads. Mechanism only: what a system call or a fault means is decided in Python.

   Errors are negative errno values of Linux. Nothing here touches an address of ring 3: copies walk the page tables and go through the
   direct map, so no window in SMAP is ever opened. All of it runs in a thread, under the one lock, or with interrupts off. */
#ifndef USER_H
#define USER_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch/arch.h"

#define USER_LOW  0x10000ull            /* below nothing is ever mapped: a null pointer faults, in the kernel too */
#define USER_HIGH 0x7ffffffff000ull     /* Linux's: the last page before the hole of addresses stays free, for SYSRET's sake */
#define USER_MAP_TOP (USER_HIGH - 0x8000000ull) /* above, space_find gives nothing away: the stack's area */

/* Linux's. */
enum { PROT_NONE = 0, PROT_READ = 1, PROT_WRITE = 2, PROT_EXEC = 4 };

#define REGIONS 8192u                   /* of one address space; ENOMEM at the bound. Linux has 65530, and more memory */

struct region {
    uint64_t start, end;                /* whole pages */
    uint32_t protection;
    bool shared;                        /* its frames stay the same after a fork */
};

struct space {
    uint64_t root;                      /* physical address of the top level table */
    struct region *regions;             /* sorted; no two touch that could be one */
    uint32_t count, room;
    uint64_t limit;                     /* most frames it may hold, page tables and the array of regions included */
    uint64_t held;                      /* frames it holds; one that another space holds too counts in both */
    uint64_t resident;                  /* of these, pages of ring 3 */
    uint32_t running;                   /* contexts of it inside context_run */
};

/* frames.c: frames with references, zeroed. 0: none left but what the kernel needs for itself. */
uint64_t user_frame_new(void);
void user_frame_share(uint64_t phys);
void user_frame_drop(uint64_t phys);
bool user_frame_is_shared(uint64_t phys);
void frame_copy(uint64_t to, uint64_t from);

/* regions.c: the sorted array. */
uint32_t region_after(const struct space *space, uint64_t address);             /* index of the first that ends after `address` */
struct region *region_at(const struct space *space, uint64_t address);          /* NULL: nothing is mapped there */
bool region_permits(const struct region *region, uint32_t protection);          /* every access of `protection`, as the processor sees it */
bool regions_cover(const struct space *space, uint64_t start, uint64_t end, uint32_t protection);      /* PROT_NONE: whatever it is */
bool regions_reserve(struct space *space, uint32_t more);
void regions_split(struct space *space, uint64_t address);                      /* needs room for one */
void regions_remove(struct space *space, uint64_t start, uint64_t end);         /* those wholly inside */
void regions_insert(struct space *space, struct region region);                 /* into a hole; needs room for one */
void regions_merge(struct space *space, uint64_t start, uint64_t end);          /* equal neighbours, around and in the range */

/* pages.c: page tables. A page of ring 3 that is held but may not be touched has PAGE_HELD alone. */
#define PAGE_HELD (1ull << 9)
uint64_t *page_slot(struct space *space, uint64_t address, bool make);          /* the last level's entry; NULL: none, or no memory */
void pages_drop(struct space *space, uint64_t start, uint64_t end);
void pages_restrict(struct space *space, const struct region *region);          /* after a change of protection */
/* The page at `address`, which lies in the region, through the direct map: present, and its own if `write`. NULL: no memory. */
void *page_reach(struct space *space, const struct region *region, uint64_t address, bool write);
bool pages_inherit(struct space *space, struct space *child, const struct region *region);             /* false: no memory */

/* space.c */
struct space *space_new(uint64_t limit);                                        /* NULL: no memory */
void space_close(struct space *space);
int space_map(struct space *space, uint64_t address, uint64_t length, uint32_t protection, bool shared);
int space_unmap(struct space *space, uint64_t address, uint64_t length);
int space_protect(struct space *space, uint64_t address, uint64_t length, uint32_t protection);
uint64_t space_find(const struct space *space, uint64_t length, uint64_t hint); /* 0: nowhere */
struct space *space_fork(struct space *space);                                  /* NULL: no memory */
/* A page fault of ring 3: 0 when it may go on, -EFAULT, or -ENOMEM. */
int space_fault(struct space *space, uint64_t address, uint64_t error);

/* copy.c */
int space_read(struct space *space, uint64_t address, void *out, uint64_t count);
int space_readable(const struct space *space, uint64_t address, uint64_t count);
int space_write(struct space *space, uint64_t address, const void *data, uint64_t count);
int space_load(struct space *space, uint64_t address, const void *data, uint64_t count);
int64_t space_string_length(struct space *space, uint64_t address, uint64_t limit);

/* vectors.c: vector state, in XSAVE's standard form where the processor has it, else FXSAVE's. */
#define VECTOR_AREA 1024u               /* x87, SSE and AVX are 832 bytes; nothing wider is offered */
#define VECTOR_FRAME (VECTOR_AREA + 4u) /* as in a signal frame, with the mark behind */
void vectors_init(void);
void vectors_reset(uint8_t *area);
void vectors_save(uint8_t *area);       /* and leaves the kernel's control words */
void vectors_load(const uint8_t *area);
uint32_t vectors_to_frame(const uint8_t *area, uint8_t *out);                   /* bytes written: at most VECTOR_FRAME */
int vectors_from_frame(uint8_t *area, const uint8_t *bytes, uint64_t count);    /* 0, or -EINVAL */

/* The registers of one thread of ring 3, in a frame of its own. */
struct context {
    struct trap_frame frame;            /* the processor and entry.S push into it: first, and its end aligned to 16 */
    uint64_t number;                    /* of the last system call */
    uint64_t fault_address;
    uint64_t fs_base, gs_base;          /* while another's are in the processor */
    uint16_t ds, es, fs, gs;            /* selectors, likewise */
    bool running, interrupted;
    struct space *space;
    uint8_t vectors[VECTOR_AREA] __attribute__((aligned(64)));
};

_Static_assert(sizeof(struct trap_frame) % 16 == 0, "interrupts push below an aligned address (SDM 3A, 6.14.2)");
_Static_assert(sizeof(struct context) <= 4096, "a context is one frame");

enum context_event { CONTEXT_SYSCALL, CONTEXT_FAULT, CONTEXT_INTERRUPTED };

#define ERROR_NO_MEMORY (1ull << 31)    /* of ours, in the error code of a page fault: the access was allowed */

#define CONTEXT_REGISTERS 18u           /* Linux's struct sigcontext: r8 to r15 rdi rsi rbp rbx rdx rax rcx rsp rip rflags */

void user_init(void);
struct context *context_new(struct space *space);                               /* NULL: no memory */
void context_free(struct context *context);
void context_copy(struct context *to, struct context *from);
enum context_event context_run(struct context *context);
void context_registers(const struct context *context, uint64_t out[CONTEXT_REGISTERS]);
void context_set_registers(struct context *context, const uint64_t in[CONTEXT_REGISTERS]);
uint64_t context_fs_base(const struct context *context);
uint64_t context_gs_base(const struct context *context);
int context_set_fs_base(struct context *context, uint64_t base);
int context_set_gs_base(struct context *context, uint64_t base);

/* entry.S: runs ring 3 until its next event, which `frame` then tells. */
void user_enter(struct trap_frame *frame, bool by_sysret);
extern char syscall_entry[];

#endif
