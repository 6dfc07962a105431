/* The kernel checked from inside: what LAB's boot tests read on the console. */
#include "boot/selftest.h"

#include <string.h>

#include "arch/arch.h"
#include "boot/boot.h"
#include "drivers/chacha20.h"
#include "kernel.h"
#include "mm/mm.h"
#include "sched/sched.h"

#define HEAP_BLOCKS 2000u

static unsigned next_random(unsigned *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

static bool filled_with(const unsigned char *block, size_t size, unsigned char value)
{
    for (size_t i = 0; i < size; i++)
        if (block[i] != value)
            return false;
    return true;
}

/* Blocks of many sizes come, grow and go; none touches another, and all memory is there again at the end. */
static bool check_heap(void)
{
    static unsigned char *blocks[HEAP_BLOCKS];
    static size_t sizes[HEAP_BLOCKS];
    struct memory_statistics before, after;
    memory_statistics(&before);
    unsigned state = 1;
    bool good = true;
    for (unsigned round = 0; round < 20000; round++) {
        unsigned i = next_random(&state) % HEAP_BLOCKS;
        size_t size = next_random(&state) % (next_random(&state) % 50 ? 600 : 40000);
        if (blocks[i])
            good &= filled_with(blocks[i], sizes[i], (unsigned char)i);
        blocks[i] = krealloc(blocks[i], size);
        if (blocks[i] == NULL || (uint64_t)blocks[i] % 16)
            return false;
        good &= filled_with(blocks[i], size < sizes[i] ? size : sizes[i], (unsigned char)i);
        memset(blocks[i], (int)(i & 0xff), size);
        sizes[i] = size;
    }
    for (unsigned i = 0; i < HEAP_BLOCKS; i++)
        kfree(blocks[i]);
    memory_statistics(&after);
    return good && after.heap_bytes == before.heap_bytes && after.heap_blocks == before.heap_blocks;
}

/* Memory is taken until there is none; then NULL, and after giving back all is as before. */
static bool check_full_heap(void)
{
    struct memory_statistics before, after;
    memory_statistics(&before);
    void *chain = NULL;
    for (;;) {
        void **block = kmalloc(1u << 20);
        if (block == NULL)
            break;
        *block = chain;
        chain = block;
    }
    bool full = kmalloc(1u << 20) == NULL && kmalloc(SIZE_MAX) == NULL && kmalloc(SIZE_MAX / 2) == NULL;
    while (chain) {
        void *next = *(void **)chain;
        kfree(chain);
        chain = next;
    }
    memory_statistics(&after);
    return full && after.frames_free == before.frames_free;
}

static bool check_frames(void)
{
    uint64_t run = frame_alloc_run(64);
    uint64_t other = frame_alloc_run(1);
    if (run == 0 || other == 0 || run % PAGE_SIZE || (other >= run && other < run + 64 * PAGE_SIZE))
        return false;
    memset(phys_to_virt(run), 0x5a, 64 * PAGE_SIZE);
    bool good = virt_to_phys(phys_to_virt(run)) == run && frame_alloc_run(1ull << 40) == 0;
    frame_free_run(run, 64);
    frame_free_run(other, 1);
    return good;
}

/* Rights as the tables give them: text not writable, data and stacks not executable, guards and page 0 not mapped. */
static bool check_pages(void)
{
    int local;
    uint64_t text = page_entry((uint64_t)text_start), constant = page_entry((uint64_t)rodata_end - 1);
    uint64_t data = page_entry((uint64_t)rodata_end), stack = page_entry((uint64_t)&local);
    uint64_t alias = page_entry((uint64_t)phys_to_virt(virt_to_phys(text_start)));
    uint64_t no_execute = paging_has_nx() ? PAGE_NX : 0;
    uint64_t guard = (uint64_t)&local / STACK_SLOT * STACK_SLOT;
    return !(text & (PAGE_WRITABLE | PAGE_NX)) && !(constant & PAGE_WRITABLE) && (constant & PAGE_NX) == no_execute
           && (data & (PAGE_WRITABLE | PAGE_NX)) == (PAGE_WRITABLE | no_execute) && (stack & PAGE_NX) == no_execute
           && !(alias & PAGE_WRITABLE) && (alias & PAGE_NX) == no_execute && page_entry(0) == 0
           && page_entry(guard) == 0 && page_entry(guard + STACK_SLOT - STACK_SIZE - 1) == 0;
}

static bool check_clock(void)
{
    uint64_t last = clock_us();
    for (unsigned i = 0; i < 100000; i++) {
        uint64_t now = clock_us();
        if (now < last)
            return false;
        last = now;
    }
    uint64_t start = clock_us();
    pit_wait_us(50000);
    uint64_t elapsed = clock_us() - start;
    kprintf("selftest: 50 ms of the PIT took %llu us of the clock\n", (unsigned long long)elapsed);
    return elapsed >= 49500 && elapsed < 80000;
}

static bool check_sleep(void)
{
    uint64_t worst = 0;
    for (unsigned i = 0; i < 20; i++) {
        uint64_t deadline = clock_us() + 3000;
        sleep_until(deadline);
        uint64_t now = clock_us();
        if (now < deadline)
            return false;
        if (now - deadline > worst)
            worst = now - deadline;
    }
    kprintf("selftest: a sleep ended at most %llu us late\n", (unsigned long long)worst);
    return worst < 50000;
}

struct pair {
    struct wait_queue there, back;
    unsigned rounds, done;
};

static void answer(void *argument)
{
    struct pair *pair = argument;
    for (unsigned i = 0; i < pair->rounds; i++) {
        wait_queue_sleep(&pair->there, NO_DEADLINE);
        pair->done++;
        wait_queue_wake(&pair->back);
    }
}

/* Two threads hand a turn to and fro: a lost wakeup would end in the deadline. */
static bool check_wait_queues(void)
{
    struct pair pair = {.there = WAIT_QUEUE_INIT, .back = WAIT_QUEUE_INIT, .rounds = 10000};
    if (thread_create("answer", answer, &pair) == NULL)
        return false;
    for (unsigned i = 0; i < pair.rounds; i++) {
        wait_queue_wake(&pair.there);
        if (!wait_queue_sleep(&pair.back, clock_us() + 1000000))
            return false;
    }
    wait_queue_wake(&pair.back);
    bool early = wait_queue_sleep(&pair.back, clock_us() + 1000000);
    bool late = wait_queue_sleep(&pair.back, clock_us() + 1000);
    return pair.done == pair.rounds && early && !late;
}

static void count_once(void *argument)
{
    volatile char deep[32768];
    deep[0] = 1;
    (*(unsigned *)argument) += deep[0];
}

/* More threads than there are slots, one after another: slots and stacks are used again. */
static bool check_threads(void)
{
    struct memory_statistics before, after;
    unsigned count = 0;
    for (unsigned i = 0; i < 4 * THREADS; i++) {
        if (i == THREADS)
            memory_statistics(&before);
        if (thread_create("count", count_once, &count) == NULL)
            return false;
        thread_yield();
    }
    memory_statistics(&after);
    return count == 4 * THREADS && after.frames_free == before.frames_free;
}

/* Vector registers and their control word belong to the thread across a switch. */
static bool check_float(void)
{
    uint32_t control = 0x5f80, read = 0;
    __asm__ volatile("ldmxcsr %0" : : "m"(control));
    volatile double third = 1.0 / 3.0;
    sleep_until(clock_us() + 2000);
    __asm__ volatile("stmxcsr %0" : "=m"(read));
    control = 0x1f80;
    __asm__ volatile("ldmxcsr %0" : : "m"(control));
    return (read & 0xffc0) == 0x5f80 && third * 3.0 > 0.999;
}

/* RFC 8439, 2.3.2. */
static bool check_chacha20(void)
{
    uint8_t key[CHACHA20_KEY], out[CHACHA20_BLOCK];
    const uint8_t nonce[12] = {0, 0, 0, 9, 0, 0, 0, 0x4a};
    const uint8_t first[8] = {0x10, 0xf1, 0xe7, 0xe4, 0xd1, 0x3b, 0x59, 0x15}, last[4] = {0xa2, 0x50, 0x3c, 0x4e};
    for (unsigned i = 0; i < sizeof key; i++)
        key[i] = (uint8_t)i;
    chacha20_block(key, 1, nonce, out);
    return memcmp(out, first, sizeof first) == 0 && memcmp(out + 60, last, sizeof last) == 0;
}

/* Gross failure only: equal blocks, or bits far from half ones. */
static bool check_random(void)
{
    uint8_t bytes[4096];
    unsigned ones = 0;
    random_bytes(bytes, sizeof bytes);
    for (unsigned i = 0; i < sizeof bytes; i++)
        for (unsigned bit = 0; bit < 8; bit++)
            ones += bytes[i] >> bit & 1;
    return memcmp(bytes, bytes + 32, 32) != 0 && ones > 15800 && ones < 17000;
}

static bool check_wall_time(void)
{
    /* Between 2024 and 2100. */
    return wall_time_us() > 1704067200000000ull && wall_time_us() < 4102444800000000ull;
}

static const struct {
    const char *name;
    bool (*run)(void);
} checks[] = {
    {"frames", check_frames}, {"pages", check_pages}, {"heap", check_heap}, {"full heap", check_full_heap}, {"clock", check_clock},
    {"sleep", check_sleep}, {"wait queues", check_wait_queues}, {"threads", check_threads}, {"float", check_float},
    {"chacha20", check_chacha20}, {"random", check_random}, {"wall time", check_wall_time},
};

bool selftest_run(void)
{
    unsigned failed = 0;
    for (unsigned i = 0; i < sizeof checks / sizeof checks[0]; i++) {
        bool good = checks[i].run();
        kprintf("selftest: %s: %s\n", checks[i].name, good ? "ok" : "FAILED");
        failed += !good;
    }
    if (failed)
        kprintf("selftest: FAIL (%u)\n", failed);
    else
        kprintf("selftest: PASS\n");
    return failed == 0;
}

/* Not a tail call, and the array is used after it: the compiler must keep every frame. */
static unsigned overflow_stack(unsigned depth)
{
    volatile char frame[512];
    frame[depth % 512] = (char)depth;
    if (depth == UINT32_MAX)
        return 0;
    return overflow_stack(depth + 1) + (unsigned)frame[depth % 512];
}

void selftest_fault(const char *name)
{
    if (strcmp(name, "null") == 0) {
        static int *volatile nowhere;
        *nowhere = 1;
    } else if (strcmp(name, "text") == 0) {
        *(volatile char *)text_start = 0;
    } else if (strcmp(name, "data") == 0) {
        /* A return instruction in data: running it must fault. */
        static volatile uint8_t code = 0xc3;
        ((void (*)(void))(uintptr_t)&code)();
    } else if (strcmp(name, "stack") == 0) {
        overflow_stack(0);
    } else if (strcmp(name, "div") == 0) {
        volatile unsigned number = 10, zero = 0;
        kprintf("%u\n", number / zero);
    } else if (strcmp(name, "heap") == 0) {
        char *block = kmalloc(100);
        kfree(block + 8);
    }
}
