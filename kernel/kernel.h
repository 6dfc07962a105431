/* What the kernel offers to its drivers and to the runtime: console, memory, clock, threads, interrupts. */
#ifndef KERNEL_H
#define KERNEL_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE_SIZE 4096u
#define NO_DEADLINE UINT64_MAX

/* Console: the first serial port. `\n` is sent as `\r\n`. */
void console_write(const char *text, size_t length);
int kprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));
int kvprintf(const char *format, va_list arguments);

/* Prints the message and a backtrace, then stops the machine with STATUS_PANIC. */
_Noreturn void panic(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Stops the machine. QEMU's isa-debug-exit turns status s into exit code 33 + 2 s (s at most 47); without that device ACPI powers off. */
#define STATUS_OK 0
#define STATUS_FAILED 1
#define STATUS_PANIC 47
_Noreturn void power_off(unsigned status);

/* Heap: blocks aligned to 16 bytes. NULL when memory is out; size 0 gives a block of its own. */
void *kmalloc(size_t size) __attribute__((malloc));
void *krealloc(void *old, size_t size);
void kfree(void *block);

/* Physical memory in frames of 4 KiB. A run is contiguous; 0 means there is none. Contents are undefined. */
uint64_t frame_alloc_run(size_t pages);
void frame_free_run(uint64_t phys, size_t pages);

/* RAM is mapped whole at one constant offset; virt_to_phys also knows the kernel's own image. */
void *phys_to_virt(uint64_t phys);
uint64_t virt_to_phys(const void *virt);

/* Maps device registers uncached, for good. Panics when page tables cannot be had. */
volatile void *mmio_map(uint64_t phys, size_t size);

struct memory_statistics {
    uint64_t frames_total;      /* frames of usable RAM */
    uint64_t frames_free;
    uint64_t heap_bytes;        /* handed out, rounded up to their size class */
    uint64_t heap_blocks;       /* blocks handed out */
    uint64_t heap_frames;       /* frames the heap holds */
    uint64_t heap_peak_bytes;
};
void memory_statistics(struct memory_statistics *out);

/* Time since start in microseconds; never goes back. */
uint64_t clock_us(void);
/* Unix time in microseconds: the RTC read at start, carried on by clock_us. */
uint64_t wall_time_us(void);
/* Busy wait, for device resets of a few microseconds. */
void delay_us(uint64_t microseconds);

/* Cooperative kernel threads on one CPU: a thread runs until it waits. */
struct thread;
struct thread *thread_create(const char *name, void (*entry)(void *), void *argument);   /* NULL when memory is out */
struct thread *thread_current(void);
const char *thread_name(const struct thread *thread);
void thread_yield(void);
_Noreturn void thread_exit(void);
void sleep_until(uint64_t deadline_us);
/* Longest time a thread ran between two waits since the last call with reset, and that thread's name. */
uint64_t longest_hold_us(const char **name, bool reset);

/* A wait queue. A wake that finds nobody asleep is kept, once, for the next sleeper. */
struct wait_queue {
    struct thread *first;       /* sleepers, linked by thread.wait_next; interrupts off to touch */
    bool woken;                 /* a wake came while nobody slept */
};
#define WAIT_QUEUE_INIT { .first = NULL, .woken = false }
void wait_queue_init(struct wait_queue *queue);
/* True: woken. False: the deadline passed first. NO_DEADLINE waits for ever. */
bool wait_queue_sleep(struct wait_queue *queue, uint64_t deadline_us);
/* Wakes every sleeper. May be called in an interrupt. */
void wait_queue_wake(struct wait_queue *queue);

/* Device interrupts, 0 to 15, level triggered and shared. The handler says whether its device asked; it runs with interrupts
   off, may call wait_queue_wake, and must be built with -mgeneral-regs-only (interrupt_sources). At most 4 handlers a line. */
bool irq_register(uint8_t irq, bool (*handler)(void *), void *argument);

/* Cryptographic random bytes: ChaCha20 with fast key erasure. Waits until it is seeded. */
void random_bytes(void *out, size_t length);
/* Mixes in outside entropy (virtio-rng); `bits` is what it is good for. */
void entropy_add(const void *data, size_t length, unsigned bits);

/* QEMU's fw_cfg files. -1: no such file, or not QEMU. */
ptrdiff_t fw_cfg_read(const char *name, void *out, size_t size);
ptrdiff_t fw_cfg_size(const char *name);

/* The boot loader's command line and fw_cfg's opt/pynet/cmdline, joined by a space. */
const char *command_line(void);
/* True when `word` stands alone on the command line. */
bool command_line_has(const char *word);
/* The value of the first `name=value` word, copied into out; false when there is none. */
bool command_line_value(const char *name, char *out, size_t size);

/* Port and interrupt-flag primitives. */
static inline void out8(uint16_t port, uint8_t value) { __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port) : "memory"); }
static inline void out16(uint16_t port, uint16_t value) { __asm__ volatile("outw %0, %1" : : "a"(value), "Nd"(port) : "memory"); }
static inline void out32(uint16_t port, uint32_t value) { __asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port) : "memory"); }
static inline uint8_t in8(uint16_t port) { uint8_t v; __asm__ volatile("inb %1, %0" : "=a"(v) : "Nd"(port) : "memory"); return v; }
static inline uint16_t in16(uint16_t port) { uint16_t v; __asm__ volatile("inw %1, %0" : "=a"(v) : "Nd"(port) : "memory"); return v; }
static inline uint32_t in32(uint16_t port) { uint32_t v; __asm__ volatile("inl %1, %0" : "=a"(v) : "Nd"(port) : "memory"); return v; }

static inline uint64_t interrupts_off(void)
{
    uint64_t flags;
    __asm__ volatile("pushfq; popq %0; cli" : "=r"(flags) : : "memory");
    return flags;
}

static inline void interrupts_restore(uint64_t flags)
{
    if (flags & 0x200)
        __asm__ volatile("sti" : : : "memory");
}

#endif
