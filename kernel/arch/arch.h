/* The machine: descriptor tables, interrupts, timers, panic. What main.c starts and the scheduler uses. */
#ifndef ARCH_H
#define ARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Registers as vectors.S leaves them on the stack, lowest address first. */
struct trap_frame {
    uint64_t r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, rcx, rbx, rax;
    uint64_t vector, error;                 /* pushed by the stub; error by the CPU where the exception has one */
    uint64_t rip, cs, rflags, rsp, ss;      /* pushed by the CPU */
};

/* Exceptions (SDM 3A, table 6-1). */
enum {
    VECTOR_DEBUG = 1, VECTOR_NMI = 2, VECTOR_BREAKPOINT = 3, VECTOR_DOUBLE_FAULT = 8, VECTOR_INVALID_TSS = 10, VECTOR_GENERAL_PROTECTION = 13,
    VECTOR_PAGE_FAULT = 14, VECTOR_MACHINE_CHECK = 18, EXCEPTIONS = 32,
};

/* A page fault's error code (SDM 3A, figure 4-12). */
#define ERROR_PRESENT  1u
#define ERROR_WRITE    2u
#define ERROR_USER     4u
#define ERROR_RESERVED 8u
#define ERROR_FETCH    16u

#define VECTOR_IRQ      32      /* the sixteen lines of the 8259 pair */
#define VECTOR_TIMER    48      /* local APIC timer */
#define VECTOR_SPURIOUS 255
#define VECTOR_SYSCALL  256     /* none of the processor's: a frame made by user/entry.S */

enum { IST_NONE, IST_DOUBLE_FAULT, IST_NMI, IST_PAGE_FAULT, IST_OTHER, IST_COUNT };
#define IST_STACK_SIZE 16384

void gdt_init(void);
/* Where the processor begins to push when an interrupt that has no stack of its own ends ring 3. Aligned to 16. */
void tss_set_stack(void *top);
void idt_init(void);
void interrupt_dispatch(struct trap_frame *frame);

void pic_init(void);
/* Handles one of the 8259's sixteen lines. */
void irq_dispatch(unsigned irq);

/* One-shot timer: local APIC, or the PIT where there is none. */
void timer_init(void);
void timer_arm(uint64_t deadline_us);       /* NO_DEADLINE: off */
void timer_arm_by(uint64_t deadline_us);    /* as timer_arm, but leaves alone a timer that ends earlier */
void timer_ended(void);                     /* the interrupt came */
const char *timer_name(void);

void clock_init(void);
/* Compares the TSC's rate with the ACPI PM timer once enough time has passed; called when idle. */
void clock_refine(void);
uint64_t clock_tsc_hz(void);
/* Waits on PIT channel 2, for calibrations before there is a clock; at most 50 ms. */
void pit_wait_us(unsigned microseconds);

void acpi_init(void);
uint16_t acpi_pm_timer_port(void);          /* 0: none */
void acpi_power_off(void);                  /* returns when it cannot */

_Noreturn void exception_panic(struct trap_frame *frame);
/* Prints the callers of the frame at rbp. */
void backtrace(uint64_t rbp);

struct symbol {
    const char *function;       /* demangled; NULL when unknown */
    uint64_t offset;
    const char *file;           /* NULL when no line is known */
    uint32_t line;
};
struct symbol symbol_find(uint64_t address);
bool symbol_is_python(const struct symbol *symbol);

/* Saves the callee-saved state, stores the stack pointer, loads the next one's (switch.S). */
void context_switch(uint64_t *old_rsp, uint64_t new_rsp);
extern char thread_start[];     /* first return address of a new thread */

#endif
