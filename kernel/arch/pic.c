/* The pair of 8259 interrupt controllers, and the handlers behind their lines. The firmware has routed PCI's INTx to them and
   noted the line in each function's register 0x3c, on pc and q35, under BIOS and UEFI alike; no ACPI is needed. */
#include "arch/arch.h"
#include "kernel.h"

#define MASTER 0x20
#define SLAVE  0xa0
#define DATA   1                /* offset of the mask register */
#define CASCADE 2               /* the master's line where the slave hangs */
#define ELCR   0x4d0            /* edge/level control, one bit a line, 0x4d0 and 0x4d1 */

#define END_OF_INTERRUPT 0x20
#define READ_IN_SERVICE  0x0b

#define LINES 16
#define SHARERS 4               /* handlers a line may have */

static struct handler {
    bool (*function)(void *);
    void *argument;
} handlers[LINES][SHARERS];

/* A level line that nobody claims so often in a row would interrupt for ever: it is masked. */
#define UNCLAIMED_LIMIT 1000
static unsigned unclaimed[LINES];

static uint16_t masked = 0xffff;

static void write_masks(void)
{
    out8(MASTER + DATA, (uint8_t)masked);
    out8(SLAVE + DATA, (uint8_t)(masked >> 8));
}

/* ICW1 to ICW4: edge by default, cascaded, vectors from VECTOR_IRQ, 8086 mode. */
void pic_init(void)
{
    out8(MASTER, 0x11);
    out8(SLAVE, 0x11);
    out8(MASTER + DATA, VECTOR_IRQ);
    out8(SLAVE + DATA, VECTOR_IRQ + 8);
    out8(MASTER + DATA, 1u << CASCADE);
    out8(SLAVE + DATA, CASCADE);
    out8(MASTER + DATA, 0x01);
    out8(SLAVE + DATA, 0x01);
    masked = (uint16_t)~(1u << CASCADE);
    write_masks();
}

/* Lines 0, 1, 2, 8 and 13 are edge triggered by definition; a PCI line is level. */
static void set_level(unsigned irq)
{
    uint16_t port = (uint16_t)(ELCR + irq / 8);
    if (irq > 4 && irq != 8 && irq != 13)
        out8(port, in8(port) | (uint8_t)(1u << irq % 8));
}

bool irq_register(uint8_t irq, bool (*function)(void *), void *argument)
{
    if (irq >= LINES || irq == CASCADE)
        return false;
    uint64_t flags = interrupts_off();
    unsigned slot = 0;
    while (slot < SHARERS && handlers[irq][slot].function)
        slot++;
    if (slot < SHARERS) {
        handlers[irq][slot] = (struct handler){function, argument};
        set_level(irq);
        masked &= (uint16_t)~(1u << irq);
        write_masks();
    }
    interrupts_restore(flags);
    return slot < SHARERS;
}

/* A request withdrawn too early shows as line 7 of its chip, with nothing in service. */
static bool is_spurious(unsigned irq)
{
    if (irq != 7 && irq != 15)
        return false;
    uint16_t chip = irq == 7 ? MASTER : SLAVE;
    out8(chip, READ_IN_SERVICE);
    return !(in8(chip) & 0x80);
}

static void end_of_interrupt(unsigned irq)
{
    if (irq >= 8)
        out8(SLAVE, END_OF_INTERRUPT);
    out8(MASTER, END_OF_INTERRUPT);
}

void irq_dispatch(unsigned irq)
{
    if (is_spurious(irq)) {
        if (irq == 15)
            out8(MASTER, END_OF_INTERRUPT);     /* the master did see its cascade line */
        return;
    }
    bool claimed = false;
    for (unsigned i = 0; i < SHARERS && handlers[irq][i].function; i++)
        claimed |= handlers[irq][i].function(handlers[irq][i].argument);
    unclaimed[irq] = claimed ? 0 : unclaimed[irq] + 1;
    if (unclaimed[irq] > UNCLAIMED_LIMIT) {
        masked |= (uint16_t)(1u << irq);
        write_masks();
    }
    end_of_interrupt(irq);
}
