/* The one timer interrupt there is: for the next deadline, and none when there is no deadline. */
#include "arch/apic.h"
#include "arch/arch.h"
#include "kernel.h"

#define PIT_HZ 1193182u
#define PIT_CHANNEL0 0x40
#define PIT_COMMAND  0x43
#define PIT_ONE_SHOT 0x30       /* channel 0, low then high byte, mode 0 */
#define PIT_LONGEST_US 50000    /* 16 bits are 54.9 ms */
#define PIT_IRQ 0

static bool has_apic;
static uint64_t armed_us = NO_DEADLINE;        /* what the timer runs towards */

static void pit_arm(uint64_t microseconds)
{
    if (microseconds > PIT_LONGEST_US)
        microseconds = PIT_LONGEST_US;
    uint32_t counts = (uint32_t)(microseconds * PIT_HZ / 1000000) + 1;
    out8(PIT_COMMAND, PIT_ONE_SHOT);
    out8(PIT_CHANNEL0, (uint8_t)counts);
    out8(PIT_CHANNEL0, (uint8_t)(counts >> 8));
}

static bool pit_expired(void *unused)
{
    (void)unused;
    timer_ended();
    return true;                /* the scheduler, which armed it, looks at the deadlines itself */
}

void timer_init(void)
{
    /* A PIT left running by firmware would tick: mode 0 without a count stays quiet. */
    out8(PIT_COMMAND, PIT_ONE_SHOT);
    has_apic = apic_init();
    if (!has_apic)
        irq_register(PIT_IRQ, pit_expired, NULL);
}

const char *timer_name(void)
{
    return has_apic ? "local APIC" : "PIT";
}

void timer_ended(void)
{
    armed_us = NO_DEADLINE;
}

void timer_arm_by(uint64_t deadline_us)
{
    if (deadline_us < armed_us)
        timer_arm(deadline_us);
}

void timer_arm(uint64_t deadline_us)
{
    armed_us = deadline_us;
    if (deadline_us == NO_DEADLINE) {
        if (has_apic)
            apic_timer_stop();
        return;
    }
    uint64_t now = clock_us();
    uint64_t wait = deadline_us > now ? deadline_us - now : 0;
    if (has_apic)
        apic_timer_arm(wait);
    else
        pit_arm(wait);
}
