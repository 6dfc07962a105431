/* Threads on one CPU, cooperative in the kernel: a thread runs until it waits. Interrupt handlers only move threads to the run queue, so
   every list here is touched with interrupts off and by nothing else. Ring 3 is preempted. */
#include "sched/sched.h"

#include "arch/arch.h"
#include "arch/cpu.h"
#include "boot/layout.h"
#include "mm/mm.h"

static struct thread threads[THREADS];
static struct thread boot_thread = {.state = THREAD_DEAD, .name = "boot", .deadline_us = NO_DEADLINE};
static struct thread *current = &boot_thread;

/* Ready threads: those that woke and those that want the kernel, in the order they became ready; and those put aside in ring 3. */
static struct run_queue {
    struct thread *first, *last;
} woken, aside;

#define SLICE_US 10000u         /* of ring 3, while another waits for it */
#define TURN_US  1000u          /* ring 3 that was kept waiting so long by the kernel's threads runs so long without being disturbed */

static uint64_t switched_in_us;         /* since when `current` is charged */
static uint64_t undisturbed_until_us;

static struct thread *deadlines;                /* sleepers with a deadline, the nearest first */

static uint64_t running_since_us;
static uint64_t longest_us;
static char longest_name[THREAD_NAME];

/* The runtime's current PyThreadState (kernel/python/runtime.h). */
extern struct _ts *runtime_current;

struct thread *thread_current(void)
{
    return current;
}

const char *thread_name(const struct thread *thread)
{
    return thread->name;
}

static uint64_t stack_low(const struct thread *thread)
{
    return STACK_BASE + (uint64_t)(thread - threads) * STACK_SLOT + (STACK_SLOT - STACK_SIZE);
}

struct thread *thread_of_guard(uint64_t address)
{
    if (address < STACK_BASE || address >= STACK_BASE + (uint64_t)THREADS * STACK_SLOT)
        return NULL;
    struct thread *thread = &threads[(address - STACK_BASE) / STACK_SLOT];
    return address < stack_low(thread) ? thread : NULL;
}

void *thread_stack_lowest(const struct thread *thread)
{
    return (void *)stack_low(thread);
}

static void append(struct run_queue *queue, struct thread *thread)
{
    thread->state = THREAD_READY;
    thread->run_next = NULL;
    if (queue->last)
        queue->last->run_next = thread;
    else
        queue->first = thread;
    queue->last = thread;
}

static void prepend(struct run_queue *queue, struct thread *thread)
{
    thread->state = THREAD_READY;
    thread->run_next = queue->first;
    queue->first = thread;
    if (queue->last == NULL)
        queue->last = thread;
}

static struct thread *take(struct run_queue *queue)
{
    struct thread *thread = queue->first;
    if (thread) {
        queue->first = thread->run_next;
        if (queue->first == NULL)
            queue->last = NULL;
    }
    return thread;
}

/* Waiting fills no slice again: who used up his own and then sleeps a moment comes after those whom he kept waiting. */
static void make_ready(struct thread *thread)
{
    if (thread->has_ring3 && thread->slice_left_us == 0) {
        thread->slice_left_us = SLICE_US;
        thread->aside_since_us = clock_us();
        append(&aside, thread);
    } else {
        append(&woken, thread);
    }
}

/* Who woke goes before ring 3, but a busy kernel does not starve it. */
static struct thread *take_ready(uint64_t now)
{
    bool owed = aside.first && now >= aside.first->aside_since_us + TURN_US;
    undisturbed_until_us = woken.first && owed ? now + TURN_US : 0;
    return woken.first && !owed ? take(&woken) : take(&aside);
}

static void add_deadline(struct thread *thread, uint64_t deadline_us)
{
    struct thread **at = &deadlines;
    while (*at && (*at)->deadline_us <= deadline_us)
        at = &(*at)->sleep_next;
    thread->deadline_us = deadline_us;
    thread->sleep_next = *at;
    *at = thread;
}

static void remove_deadline(struct thread *thread)
{
    if (thread->deadline_us == NO_DEADLINE)
        return;
    struct thread **at = &deadlines;
    while (*at != thread)
        at = &(*at)->sleep_next;
    *at = thread->sleep_next;
    thread->deadline_us = NO_DEADLINE;
}

static void leave_queue(struct thread *thread)
{
    if (thread->queue == NULL)
        return;
    struct thread **at = &thread->queue->first;
    while (*at != thread)
        at = &(*at)->wait_next;
    *at = thread->wait_next;
    thread->queue = NULL;
}

static void wake_due(uint64_t now)
{
    while (deadlines && deadlines->deadline_us <= now) {
        struct thread *thread = deadlines;
        remove_deadline(thread);
        leave_queue(thread);
        thread->timed_out = true;
        make_ready(thread);
    }
}

/* No thread is ready: sleep until an interrupt. The timer is set only here and for ring 3, so a busy or an idle guest takes no needless tick. */
static void idle(void)
{
    clock_refine();
    timer_arm(deadlines ? deadlines->deadline_us : NO_DEADLINE);
    wait_for_interrupt();
}

static void note_hold(uint64_t now)
{
    uint64_t held = now - running_since_us;
    if (held <= longest_us)
        return;
    longest_us = held;
    for (unsigned i = 0; i < THREAD_NAME; i++)
        longest_name[i] = current->name[i];
}

static void charge(uint64_t now)
{
    uint64_t used = now - switched_in_us;
    current->slice_left_us = used < current->slice_left_us ? current->slice_left_us - used : 0;
    switched_in_us = now;
}

/* Gives the CPU to the next ready thread; the caller has put itself where it will be found. Interrupts are off. */
static void schedule(void)
{
    struct thread *old = current, *next;
    uint64_t now = clock_us();
    note_hold(now);
    charge(now);
    wake_due(now);
    while ((next = take_ready(now)) == NULL) {
        idle();
        now = clock_us();
        wake_due(now);
    }
    switched_in_us = running_since_us = now;
    if (next == old)
        return;
    old->python = runtime_current;
    current = next;
    runtime_current = next->python;
    context_switch(&old->rsp, next->rsp);
}

void thread_yield(void)
{
    uint64_t flags = interrupts_off();
    make_ready(current);
    schedule();
    interrupts_restore(flags);
}

/* When ring 3 is to be interrupted if no device does so before. */
static uint64_t ring3_deadline(void)
{
    uint64_t until = deadlines ? deadlines->deadline_us : NO_DEADLINE;
    uint64_t slice_end = switched_in_us + current->slice_left_us;
    if (aside.first && slice_end < until)
        until = slice_end;
    if (woken.first && undisturbed_until_us < until)
        until = undisturbed_until_us;
    return until;
}

bool ring3_may_run(void)
{
    uint64_t now = clock_us();
    current->has_ring3 = true;
    wake_due(now);
    if ((woken.first && now >= undisturbed_until_us) || (aside.first && now >= switched_in_us + current->slice_left_us))
        return false;
    note_hold(now);
    timer_arm_by(ring3_deadline());
    return true;
}

/* At the end of its slice a thread goes behind the others; before that it is the next when those that woke are done. */
void ring3_put_aside(void)
{
    uint64_t now = clock_us();
    charge(now);
    current->aside_since_us = now;
    if (current->slice_left_us == 0) {
        current->slice_left_us = SLICE_US;
        append(&aside, current);
    } else {
        prepend(&aside, current);
    }
    schedule();
}

void ring3_left(void)
{
    running_since_us = clock_us();
}

void wait_queue_init(struct wait_queue *queue)
{
    *queue = (struct wait_queue)WAIT_QUEUE_INIT;
}

/* A wait that need not sleep still lets the others run: else a busy thread whose queue is always woken would starve them. */
bool wait_queue_sleep(struct wait_queue *queue, uint64_t deadline_us)
{
    uint64_t flags = interrupts_off();
    bool woken = queue->woken;
    queue->woken = false;
    if (woken || (deadline_us != NO_DEADLINE && deadline_us <= clock_us())) {
        make_ready(current);
        schedule();
    } else {
        current->state = THREAD_WAITING;
        current->timed_out = false;
        current->queue = queue;
        current->wait_next = queue->first;
        queue->first = current;
        if (deadline_us != NO_DEADLINE)
            add_deadline(current, deadline_us);
        schedule();
        woken = !current->timed_out;
    }
    interrupts_restore(flags);
    return woken;
}

void wait_queue_wake(struct wait_queue *queue)
{
    uint64_t flags = interrupts_off();
    queue->woken = queue->first == NULL;
    while (queue->first) {
        struct thread *thread = queue->first;
        leave_queue(thread);
        remove_deadline(thread);
        make_ready(thread);
    }
    interrupts_restore(flags);
}

void sleep_until(uint64_t deadline_us)
{
    struct wait_queue nobody = WAIT_QUEUE_INIT;
    wait_queue_sleep(&nobody, deadline_us);
}

static struct thread *free_slot(void)
{
    for (unsigned i = 0; i < THREADS; i++)
        if (threads[i].state == THREAD_FREE || (threads[i].state == THREAD_DEAD && &threads[i] != current))
            return &threads[i];
    return NULL;
}

static bool map_stack(struct thread *thread)
{
    if (thread->has_stack)
        return true;
    uint64_t phys = frame_alloc_run(STACK_SIZE / PAGE_SIZE);
    if (phys == 0)
        return false;
    for (uint64_t at = 0; at < STACK_SIZE; at += PAGE_SIZE)
        if (!page_map(stack_low(thread) + at, phys + at, PAGE_WRITABLE | PAGE_NX))
            return false;
    thread->has_stack = true;
    return true;
}

/* What context_switch pops: control words, r15, r14, r13 (argument), r12 (entry), rbx, rbp, then the return to thread_start. */
static void prepare_stack(struct thread *thread)
{
    uint64_t *top = (uint64_t *)(stack_low(thread) + STACK_SIZE);
    *--top = 0;                         /* the backtrace ends here, and calls find the stack aligned */
    *--top = 0;
    *--top = (uint64_t)thread_start;
    *--top = 0;
    *--top = 0;
    *--top = (uint64_t)thread->entry;
    *--top = (uint64_t)thread->argument;
    *--top = 0;
    *--top = 0;
    *--top = 0x037full << 32 | 0x1f80;  /* x87 control word and MXCSR as after reset: all exceptions masked */
    thread->rsp = (uint64_t)top;
}

struct thread *thread_create(const char *name, void (*entry)(void *), void *argument)
{
    uint64_t flags = interrupts_off();
    struct thread *thread = free_slot();
    if (thread && map_stack(thread)) {
        thread->entry = entry;
        thread->argument = argument;
        thread->python = NULL;
        thread->queue = NULL;
        thread->deadline_us = NO_DEADLINE;
        thread->has_ring3 = false;
        thread->slice_left_us = SLICE_US;
        unsigned i = 0;
        for (; name[i] && i < THREAD_NAME - 1; i++)
            thread->name[i] = name[i];
        thread->name[i] = 0;
        prepare_stack(thread);
        make_ready(thread);
    } else {
        thread = NULL;
    }
    interrupts_restore(flags);
    return thread;
}

void thread_exit(void)
{
    interrupts_off();
    current->state = THREAD_DEAD;
    schedule();
    panic("thread_exit: a dead thread was scheduled");
}

void sched_start(void)
{
    interrupts_off();
    running_since_us = clock_us();
    schedule();
    panic("sched_start: returned");
}

uint64_t longest_hold_us(const char **name, bool reset)
{
    static char copy[THREAD_NAME];
    uint64_t flags = interrupts_off();
    uint64_t longest = longest_us;
    for (unsigned i = 0; i < THREAD_NAME; i++)
        copy[i] = longest_name[i];
    if (name)
        *name = copy;
    if (reset)
        longest_us = 0;
    interrupts_restore(flags);
    return longest;
}
