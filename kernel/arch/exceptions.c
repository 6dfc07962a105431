/* An exception in the kernel is a defect: say all that helps to find it, then stop. */
#include "arch/arch.h"
#include "arch/cpu.h"
#include "boot/boot.h"
#include "boot/layout.h"
#include "kernel.h"
#include "mm/mm.h"
#include "sched/sched.h"

#define BACKTRACE_FRAMES 48     /* a deeper chain is cut */

static const char *const names[32] = {
    "divide error", "debug", "non-maskable interrupt", "breakpoint", "overflow", "bound range exceeded", "invalid opcode",
    "device not available", "double fault", "coprocessor segment overrun", "invalid TSS", "segment not present",
    "stack-segment fault", "general protection", "page fault", "reserved 15", "x87 floating-point error", "alignment check",
    "machine check", "SIMD floating-point error", "virtualization", "control protection", "reserved 22", "reserved 23",
    "reserved 24", "reserved 25", "reserved 26", "reserved 27", "hypervisor injection", "VMM communication", "security",
    "reserved 31",
};

/* True for memory the kernel's own stacks may lie in; the walk must not fault. */
static bool readable(uint64_t address)
{
    return address % 8 == 0 && address >= DIRECT_BASE && page_entry(address) && page_entry(address + 15);
}

static void print_location(uint64_t address, uint64_t lookup)
{
    struct symbol symbol = symbol_find(lookup);
    kprintf("  %016llx", (unsigned long long)address);
    if (symbol.function)
        kprintf("  %s+%#llx", symbol.function, (unsigned long long)(symbol.offset + (address - lookup)));
    if (symbol.file)
        kprintf("  (%s:%u)", symbol.file, symbol.line);
    kprintf("\n");
}

/* Frames are chained by RBP. A return address is looked up one byte back, inside the call. */
void backtrace(uint64_t rbp)
{
    for (unsigned i = 0; i < BACKTRACE_FRAMES && readable(rbp); i++) {
        const uint64_t *frame = (const uint64_t *)rbp;
        if (frame[1] == 0)
            return;
        print_location(frame[1], frame[1] - 1);
        if (frame[0] <= rbp)
            return;                     /* stacks grow down: an older frame lies higher */
        rbp = frame[0];
    }
}

/* A call through a bad pointer made no frame yet: its return address is on top of the stack. */
static void print_origin(const struct trap_frame *frame)
{
    print_location(frame->rip, frame->rip);
    if (symbol_find(frame->rip).function == NULL && readable(frame->rsp))
        print_location(*(const uint64_t *)frame->rsp, *(const uint64_t *)frame->rsp - 1);
}

static void print_page_fault(const struct trap_frame *frame, uint64_t address)
{
    const char *access = frame->error & ERROR_FETCH ? "execution" : frame->error & ERROR_WRITE ? "write" : "read";
    const char *cause = frame->error & ERROR_RESERVED ? "reserved bit set in a page table"
                        : frame->error & ERROR_PRESENT ? "the page forbids it" : "no page is mapped";
    kprintf("%s of %#llx by the %s: %s\n", access, (unsigned long long)address, frame->error & ERROR_USER ? "user" : "kernel", cause);
    struct thread *owner = thread_of_guard(address);
    const char *function = symbol_find(frame->rip).function;
    if (owner)
        kprintf("stack overflow: the guard area of thread \"%s\" was touched in %s\n", owner->name, function ? function : "unknown code");
    else if (address < PAGE_SIZE)
        kprintf("null pointer\n");
    else if (address >= (uint64_t)text_start && address < (uint64_t)rodata_end)
        kprintf("the kernel's %s is read-only\n", address < (uint64_t)text_end ? "text" : "constant data");
}

/* Selector error codes (SDM 3A, figure 6-7). */
static void print_selector_error(uint64_t error)
{
    static const char *const tables[] = {"GDT", "IDT", "LDT", "IDT"};
    kprintf("error code %#llx: %s entry %llu%s\n", (unsigned long long)error, tables[error >> 1 & 3],
            (unsigned long long)(error >> 3 & 0x1fff), error & 1 ? ", from an external event" : "");
}

static void print_registers(const struct trap_frame *f)
{
    const struct {
        const char *name;
        uint64_t value;
    } registers[] = {
        {"rax", f->rax}, {"rbx", f->rbx}, {"rcx", f->rcx}, {"rdx", f->rdx}, {"rsi", f->rsi}, {"rdi", f->rdi},
        {"rbp", f->rbp}, {"rsp", f->rsp}, {"r8 ", f->r8}, {"r9 ", f->r9}, {"r10", f->r10}, {"r11", f->r11},
        {"r12", f->r12}, {"r13", f->r13}, {"r14", f->r14}, {"r15", f->r15}, {"rip", f->rip}, {"rfl", f->rflags},
        {"cr2", read_cr2()}, {"cr3", read_cr3()}, {"cs ", f->cs}, {"ss ", f->ss},
    };
    for (unsigned i = 0; i < sizeof registers / sizeof registers[0]; i++)
        kprintf("%s %016llx%s", registers[i].name, (unsigned long long)registers[i].value, i % 4 == 3 ? "\n" : "  ");
    kprintf("\n");
}

/* The Python code that was running: the innermost frame whose line is a .py file's. */
static void print_python(uint64_t rip, uint64_t rbp)
{
    for (unsigned i = 0; i < BACKTRACE_FRAMES; i++) {
        struct symbol symbol = symbol_find(i ? rip - 1 : rip);
        if (symbol_is_python(&symbol)) {
            kprintf("Python: File \"%s\", line %u, in %s\n", symbol.file, symbol.line, symbol.function);
            return;
        }
        if (!readable(rbp))
            return;
        rip = ((const uint64_t *)rbp)[1];
        rbp = ((const uint64_t *)rbp)[0];
    }
}

void exception_panic(struct trap_frame *frame)
{
    static bool again;
    if (again)
        power_off(STATUS_PANIC);
    again = true;
    uint64_t address = read_cr2();
    kprintf("\nPANIC: %s (vector %llu) in thread \"%s\"\n", names[frame->vector & 31], (unsigned long long)frame->vector,
            thread_name(thread_current()));
    /* A fault while the CPU pushed a fault's frame: with every stack but the thread's its own, the thread's is what overflowed. */
    if (frame->vector == VECTOR_PAGE_FAULT || frame->vector == VECTOR_DOUBLE_FAULT)
        print_page_fault(frame, address);
    else if (frame->vector >= VECTOR_INVALID_TSS && frame->vector <= VECTOR_GENERAL_PROTECTION)
        print_selector_error(frame->error);
    print_python(frame->rip, frame->rbp);
    print_registers(frame);
    kprintf("backtrace:\n");
    print_origin(frame);
    backtrace(frame->rbp);
    power_off(STATUS_PANIC);
}
