/* The interrupt descriptor table and the first C function of every interrupt. */
#include "arch/arch.h"
#include "arch/apic.h"
#include "boot/layout.h"
#include "kernel.h"

struct gate {
    uint16_t offset_low, selector;
    uint8_t ist, type;
    uint16_t offset_middle;
    uint32_t offset_high, reserved;
};

_Static_assert(sizeof(struct gate) == 16, "SDM 3A, figure 6-8");

#define GATE_INTERRUPT 0x8e     /* present, ring 0, interrupts off inside */
#define GATE_RING3     0xee     /* the same, and INT from ring 3 may go through */
#define STUB_SIZE 16            /* vectors.S */

extern char vector_stubs[];

static struct gate idt[256];

static uint8_t ist_of(unsigned vector)
{
    switch (vector) {
    case VECTOR_NMI: return IST_NMI;
    case VECTOR_DOUBLE_FAULT: return IST_DOUBLE_FAULT;
    case VECTOR_PAGE_FAULT: return IST_PAGE_FAULT;
    default: return vector < EXCEPTIONS ? IST_OTHER : IST_NONE;
    }
}

static void set_gate(unsigned vector)
{
    uint64_t offset = (uint64_t)vector_stubs + vector * STUB_SIZE;
    idt[vector] = (struct gate){
        .offset_low = (uint16_t)offset, .selector = SELECTOR_CODE, .ist = ist_of(vector),
        .type = vector == VECTOR_BREAKPOINT ? GATE_RING3 : GATE_INTERRUPT,
        .offset_middle = (uint16_t)(offset >> 16), .offset_high = (uint32_t)(offset >> 32),
    };
}

void idt_init(void)
{
    for (unsigned vector = 0; vector < 256; vector++)
        set_gate(vector);
    struct {
        uint16_t limit;
        uint64_t base;
    } __attribute__((packed)) pointer = {sizeof idt - 1, (uint64_t)idt};
    __asm__ volatile("lidt %0" : : "m"(pointer) : "memory");
}

/* Having ended HLT, or ring 3, is all the timer is for: the scheduler looks at the deadlines. */
static void timer_expired(void)
{
    timer_ended();
    apic_end_of_interrupt();
}

void interrupt_dispatch(struct trap_frame *frame)
{
    if (frame->vector < EXCEPTIONS)
        exception_panic(frame);
    if (frame->vector < VECTOR_IRQ + 16)
        irq_dispatch((unsigned)frame->vector - VECTOR_IRQ);
    else if (frame->vector == VECTOR_TIMER)
        timer_expired();
    /* Any other vector is the APIC's spurious one: no acknowledgement is due. */
}
