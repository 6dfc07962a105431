/* Threads of ring 3: their registers, and running them until something happens that Python decides about. */
#include "arch/cpu.h"
#include "boot/layout.h"
#include "kernel.h"
#include "mm/mm.h"
#include "sched/sched.h"
#include "user/user.h"

/* Whose segments, address space and vector registers the processor holds. Interrupts are off where they are used. */
static struct context *loaded;
static bool vectors_are_loaded;

/* SMEP: the kernel never executes ring 3's pages. SMAP: nor reads or writes them. UMIP: ring 3 learns no address of a descriptor table. */
static void protect_kernel(void)
{
    if (cpuid(0, 0).eax < 7)
        return;
    struct cpuid features = cpuid(7, 0);
    uint64_t cr4 = read_cr4();
    if (features.ebx & (1u << 7))
        cr4 |= CR4_SMEP;
    if (features.ebx & (1u << 20))
        cr4 |= CR4_SMAP;
    if (features.ecx & (1u << 2))
        cr4 |= CR4_UMIP;
    write_cr4(cr4);
}

/* SDM 2B, SYSCALL and SYSRET. All flags are cleared on the way in: interrupts are off, nothing of ring 3's stays. */
void user_init(void)
{
    protect_kernel();
    vectors_init();
    wrmsr(IA32_STAR, (uint64_t)SELECTOR_SYSRET << 48 | (uint64_t)SELECTOR_CODE << 32);
    wrmsr(IA32_LSTAR, (uint64_t)syscall_entry);
    wrmsr(IA32_CSTAR, 0);
    wrmsr(IA32_FMASK, 0xffffffff & ~RFLAGS_FIXED);
    wrmsr(IA32_EFER, rdmsr(IA32_EFER) | EFER_SCE);
}

struct context *context_new(struct space *space)
{
    uint64_t frame = user_frame_new();
    if (frame == 0)
        return NULL;
    struct context *context = phys_to_virt(frame);
    context->space = space;
    context->frame.cs = SELECTOR_USER_CODE;
    context->frame.ss = SELECTOR_USER_DATA;
    context->frame.rflags = RFLAGS_IF | RFLAGS_FIXED;
    vectors_reset(context->vectors);
    return context;
}

void context_free(struct context *context)
{
    if (loaded == context)
        loaded = NULL;
    user_frame_drop(virt_to_phys(context));
}

static void keep_segments(struct context *context)
{
    __asm__ volatile("movw %%ds, %0; movw %%es, %1; movw %%fs, %2; movw %%gs, %3"
                     : "=m"(context->ds), "=m"(context->es), "=m"(context->fs), "=m"(context->gs));
    context->fs_base = rdmsr(IA32_FS_BASE);
    context->gs_base = rdmsr(IA32_GS_BASE);
}

/* Selectors that ring 3 could load are loaded again; the bases come after, for a selector brings its own. */
static void put_segments(const struct context *context)
{
    __asm__ volatile("movw %0, %%ds; movw %1, %%es; movw %2, %%fs; movw %3, %%gs"
                     : : "m"(context->ds), "m"(context->es), "m"(context->fs), "m"(context->gs));
    wrmsr(IA32_FS_BASE, context->fs_base);
    wrmsr(IA32_GS_BASE, context->gs_base);
}

/* From here on its segments are those in the structure. */
static void unload(struct context *context)
{
    if (loaded != context)
        return;
    keep_segments(context);
    loaded = NULL;
}

static void load(struct context *context)
{
    if (loaded != context) {
        if (loaded)
            keep_segments(loaded);
        put_segments(context);
        tss_set_stack(&context->frame + 1);
        loaded = context;
    }
    if ((read_cr3() & ADDRESS_MASK) != context->space->root)
        write_cr3(context->space->root);
    if (!vectors_are_loaded)
        vectors_load(context->vectors);
    vectors_are_loaded = true;
}

static void save_vectors(struct context *context)
{
    if (vectors_are_loaded)
        vectors_save(context->vectors);
    vectors_are_loaded = false;
}

static bool is_canonical(uint64_t address)
{
    return (uint64_t)((int64_t)(address << 16) >> 16) == address;
}

/* SYSRET takes RIP and flags from RCX and R11, cannot set RF, and with a RIP that is not canonical faults in ring 0 on ring 3's stack. */
static bool sysret_fits(const struct trap_frame *frame)
{
    return frame->rcx == frame->rip && frame->r11 == frame->rflags && frame->rip < USER_HIGH && !(frame->rflags & (RFLAGS_TF | RFLAGS_RF));
}

static enum context_event fault(struct context *context, uint64_t vector, uint64_t error, uint64_t address)
{
    context->frame.vector = vector;
    context->frame.error = error;
    context->fault_address = address;
    return CONTEXT_FAULT;
}

/* Where ring 3 may not be, the error code tells nothing of what the kernel has there. */
static bool page_fault(struct context *context, uint64_t address)
{
    uint64_t error = context->frame.error;
    int refusal = space_fault(context->space, address, error);
    if (refusal == 0)
        return false;
    if (refusal == -ENOMEM)
        error |= ERROR_NO_MEMORY;
    if (address >= USER_HIGH)
        error |= ERROR_PRESENT;
    fault(context, VECTOR_PAGE_FAULT, error, address);
    return true;
}

/* What ended ring 3. True: it is for Python to decide; false: ring 3 may go on. */
static bool handle(struct context *context, enum context_event *event)
{
    struct trap_frame *frame = &context->frame;
    if (frame->vector == VECTOR_SYSCALL) {
        context->number = frame->rax;
        *event = CONTEXT_SYSCALL;
        return true;
    }
    if (frame->vector >= EXCEPTIONS) {
        interrupt_dispatch(frame);
        return false;
    }
    /* The machine's own troubles are nobody's fault in ring 3. */
    if (frame->vector == VECTOR_NMI || frame->vector == VECTOR_DOUBLE_FAULT || frame->vector == VECTOR_MACHINE_CHECK)
        exception_panic(frame);
    *event = CONTEXT_FAULT;
    if (frame->vector == VECTOR_PAGE_FAULT)
        return page_fault(context, read_cr2());
    context->fault_address = 0;
    return true;
}

/* One stay in ring 3, if it may be: false when it may go on. */
static bool step(struct context *context, enum context_event *event)
{
    if (!is_canonical(context->frame.rip)) {
        /* IRETQ would fault in ring 0. */
        *event = fault(context, VECTOR_GENERAL_PROTECTION, 0, 0);
        return true;
    }
    load(context);
    user_enter(&context->frame, sysret_fits(&context->frame));
    ring3_left();
    return handle(context, event);
}

enum context_event context_run(struct context *context)
{
    uint64_t flags = interrupts_off();
    enum context_event event = CONTEXT_INTERRUPTED;
    context->running = true;
    context->space->running++;
    for (bool done = false; !done;) {
        if (!ring3_may_run()) {
            save_vectors(context);
            ring3_put_aside();
        } else if (context->interrupted) {
            event = CONTEXT_INTERRUPTED;
            context->interrupted = false;
            done = true;
        } else {
            done = step(context, &event);
        }
    }
    save_vectors(context);
    context->space->running--;
    context->running = false;
    interrupts_restore(flags);
    return event;
}

void context_copy(struct context *to, struct context *from)
{
    uint64_t flags = interrupts_off();
    unload(from);
    struct space *space = to->space;
    *to = *from;
    to->space = space;
    to->running = to->interrupted = false;
    interrupts_restore(flags);
}

#define PLACE(name) offsetof(struct trap_frame, name)

static const uint16_t places[CONTEXT_REGISTERS] = {
    PLACE(r8), PLACE(r9), PLACE(r10), PLACE(r11), PLACE(r12), PLACE(r13), PLACE(r14), PLACE(r15), PLACE(rdi), PLACE(rsi),
    PLACE(rbp), PLACE(rbx), PLACE(rdx), PLACE(rax), PLACE(rcx), PLACE(rsp), PLACE(rip), PLACE(rflags),
};

/* CF PF AF ZF SF TF DF OF RF AC, as Linux's sigreturn takes them. */
#define SETTABLE_FLAGS 0x50dd5u

void context_registers(const struct context *context, uint64_t out[CONTEXT_REGISTERS])
{
    for (unsigned i = 0; i < CONTEXT_REGISTERS; i++)
        out[i] = *(const uint64_t *)((const char *)&context->frame + places[i]);
}

void context_set_registers(struct context *context, const uint64_t in[CONTEXT_REGISTERS])
{
    for (unsigned i = 0; i < CONTEXT_REGISTERS; i++)
        *(uint64_t *)((char *)&context->frame + places[i]) = in[i];
    context->frame.rflags = (context->frame.rflags & SETTABLE_FLAGS) | RFLAGS_IF | RFLAGS_FIXED;
}

uint64_t context_fs_base(const struct context *context)
{
    return loaded == context ? rdmsr(IA32_FS_BASE) : context->fs_base;
}

uint64_t context_gs_base(const struct context *context)
{
    return loaded == context ? rdmsr(IA32_GS_BASE) : context->gs_base;
}

/* A null selector in FS and GS: a base that was set is not a descriptor's. */
int context_set_fs_base(struct context *context, uint64_t base)
{
    if (base >= USER_HIGH)
        return -EPERM;
    uint64_t flags = interrupts_off();
    unload(context);
    context->fs = 0;
    context->fs_base = base;
    interrupts_restore(flags);
    return 0;
}

int context_set_gs_base(struct context *context, uint64_t base)
{
    if (base >= USER_HIGH)
        return -EPERM;
    uint64_t flags = interrupts_off();
    unload(context);
    context->gs = 0;
    context->gs_base = base;
    interrupts_restore(flags);
    return 0;
}
