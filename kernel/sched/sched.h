/* The scheduler's inner doors: what main.c starts and panic and kernel.pyx ask. */
#ifndef SCHED_H
#define SCHED_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel.h"

#define THREADS         128             /* slots; a slot of a finished thread is used again */
#define THREAD_NAME     32
#define STACK_SIZE      65536u
#define STACK_SLOT      (2u * STACK_SIZE)       /* the lower half is never mapped: the guard */

struct thread {
    uint64_t rsp;                       /* while it does not run */
    struct _ts *python;                 /* PyThreadState, made runtime_current when the thread runs */
    struct thread *run_next;            /* next in its run queue */
    struct thread *wait_next;           /* next in the wait queue */
    struct thread *sleep_next;          /* next in the list of deadlines */
    struct wait_queue *queue;           /* where it waits; NULL otherwise */
    uint64_t deadline_us;               /* NO_DEADLINE unless it is in the list of deadlines */
    bool timed_out;
    bool has_ring3;                     /* it runs ring 3 between its system calls */
    uint64_t slice_left_us;             /* what is left of its slice */
    uint64_t aside_since_us;            /* when it was put into the queue of ring 3 */
    enum { THREAD_FREE, THREAD_READY, THREAD_WAITING, THREAD_DEAD } state;
    bool has_stack;
    void (*entry)(void *);
    void *argument;
    char name[THREAD_NAME];
};

/* The caller, on the boot stack, becomes a thread no more: the first thread created runs. */
_Noreturn void sched_start(void);

/* Ring 3, for user/context.c; interrupts are off. In ring 3 a thread does not hold the kernel: it is put aside for any thread that woke, and
   at the end of its slice for the next in ring 3. */
/* Before each entry. False: others go first; the caller saves what it left in the processor and calls ring3_put_aside. True: a timer runs
   towards the moment to ask again. */
bool ring3_may_run(void);
void ring3_put_aside(void);
/* After each exit: the thread holds the kernel again. */
void ring3_left(void);

/* The thread whose guard area holds `address`; NULL when none does. */
struct thread *thread_of_guard(uint64_t address);
/* The lowest address of the thread's stack; below it lies the guard. */
void *thread_stack_lowest(const struct thread *thread);

#endif
