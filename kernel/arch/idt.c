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
#define STUB_SIZE 16            /* vectors.S */
#define EXCEPTIONS 32

extern char vector_stubs[];

static struct gate idt[256];

static uint8_t ist_of(unsigned vector)
{
    switch (vector) {
    case 2: return IST_NMI;
    case 8: return IST_DOUBLE_FAULT;
    case 14: return IST_PAGE_FAULT;
    default: return vector < EXCEPTIONS ? IST_OTHER : IST_NONE;
    }
}

static void set_gate(unsigned vector)
{
    uint64_t offset = (uint64_t)vector_stubs + vector * STUB_SIZE;
    idt[vector] = (struct gate){
        .offset_low = (uint16_t)offset, .selector = SELECTOR_CODE, .ist = ist_of(vector), .type = GATE_INTERRUPT,
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

void interrupt_dispatch(struct trap_frame *frame)
{
    if (frame->vector < EXCEPTIONS)
        exception_panic(frame);
    if (frame->vector < VECTOR_IRQ + 16)
        irq_dispatch((unsigned)frame->vector - VECTOR_IRQ);
    else if (frame->vector == VECTOR_TIMER)
        apic_end_of_interrupt();        /* having ended HLT is all the timer is for: the idle loop looks at the deadlines */
    /* Any other vector is the APIC's spurious one: no acknowledgement is due. */
}
