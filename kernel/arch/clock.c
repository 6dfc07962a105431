/* The monotonic clock: the TSC, its rate measured against the ACPI PM timer (3.579545 MHz) at start and again over ever longer
   stretches while the system idles, or against the PIT once where there is no PM timer. */
#include "arch/arch.h"
#include "arch/cpu.h"
#include "kernel.h"

#define PM_TIMER_HZ     3579545u
#define PM_TIMER_MASK   0xffffffu       /* 24 bits are always there (ACPI 4.8.3.3) */
#define PIT_HZ          1193182u
#define FIRST_STRETCH_US 20000
#define REFINE_FIRST_US  1000000        /* then four times as long, up to the last */
#define REFINE_LAST_US   64000000
#define SAMPLES          8              /* the sample read in the shortest time is the best one */

/* Microseconds = (TSC - base_tsc) x scale / 2^44 + base_us. 10^6 x 2^44 just fits 64 bits. */
#define SCALE_SHIFT 44

enum { PIT_CHANNEL2 = 0x42, PIT_COMMAND = 0x43, PIT_GATE = 0x61 };

struct sample {
    uint64_t tsc;
    uint32_t pm;
};

static uint64_t base_tsc, base_us, scale;
static uint64_t tsc_hz;
static struct sample anchor;
static uint64_t anchor_us, refine_after_us = REFINE_FIRST_US;

uint64_t clock_us(void)
{
    uint64_t flags = interrupts_off();
    uint64_t delta = rdtsc() - base_tsc;
    uint64_t now = base_us + (uint64_t)((unsigned __int128)delta * scale >> SCALE_SHIFT);
    interrupts_restore(flags);
    return now;
}

uint64_t clock_tsc_hz(void)
{
    return tsc_hz;
}

void delay_us(uint64_t microseconds)
{
    uint64_t end = clock_us() + microseconds;
    while (clock_us() < end)
        __asm__ volatile("pause");
}

/* A new rate takes over at this very moment, so that the clock neither jumps nor goes back. */
static void set_rate(uint64_t hz)
{
    uint64_t flags = interrupts_off();
    uint64_t tsc = rdtsc();
    base_us += (uint64_t)((unsigned __int128)(tsc - base_tsc) * scale >> SCALE_SHIFT);
    base_tsc = tsc;
    tsc_hz = hz;
    scale = (1000000ull << SCALE_SHIFT) / hz;
    interrupts_restore(flags);
}

/* PIT channel 2, counting down once, its gate and output in port 0x61; the speaker stays off. */
void pit_wait_us(unsigned microseconds)
{
    uint32_t counts = (uint32_t)((uint64_t)microseconds * PIT_HZ / 1000000);
    out8(PIT_GATE, (in8(PIT_GATE) & 0xfc) | 1);
    out8(PIT_COMMAND, 0xb0);
    out8(PIT_CHANNEL2, (uint8_t)counts);
    out8(PIT_CHANNEL2, (uint8_t)(counts >> 8));
    while (!(in8(PIT_GATE) & 0x20))
        __asm__ volatile("pause");
}

static struct sample take_sample(void)
{
    struct sample best = {0, 0};
    uint64_t shortest = UINT64_MAX;
    for (unsigned i = 0; i < SAMPLES; i++) {
        uint64_t before = rdtsc();
        uint32_t pm = in32(acpi_pm_timer_port()) & PM_TIMER_MASK;
        uint64_t after = rdtsc();
        if (after - before < shortest) {
            shortest = after - before;
            best = (struct sample){before + shortest / 2, pm};
        }
    }
    return best;
}

/* TSC ticks a second between two samples. The PM timer wraps every 4.7 s; the rate known so far says how often it did. */
static uint64_t rate_between(struct sample from, struct sample to)
{
    uint64_t ticks = to.tsc - from.tsc;
    uint64_t counted = (to.pm - from.pm) & PM_TIMER_MASK;
    if (tsc_hz) {
        uint64_t expected = (uint64_t)((unsigned __int128)ticks * (((uint64_t)PM_TIMER_HZ << 32) / tsc_hz) >> 32);
        if (expected > counted)
            counted += (expected - counted + PM_TIMER_MASK / 2) / (PM_TIMER_MASK + 1) * (PM_TIMER_MASK + 1ull);
    }
    return counted ? ticks * PM_TIMER_HZ / counted : 0;
}

static uint64_t rate_by_pit(void)
{
    uint64_t start = rdtsc();
    pit_wait_us(50000);
    return (rdtsc() - start) * 20;
}

void clock_init(void)
{
    uint64_t hz = 0;
    if (acpi_pm_timer_port()) {
        anchor = take_sample();
        pit_wait_us(FIRST_STRETCH_US);
        hz = rate_between(anchor, take_sample());
    }
    if (hz == 0)
        hz = rate_by_pit();
    base_tsc = rdtsc();
    set_rate(hz);
    anchor_us = clock_us();
}

void clock_refine(void)
{
    uint64_t elapsed = clock_us() - anchor_us;
    if (elapsed < refine_after_us || acpi_pm_timer_port() == 0)
        return;
    struct sample now = take_sample();
    uint64_t hz = rate_between(anchor, now);
    if (hz)
        set_rate(hz);
    if (refine_after_us < REFINE_LAST_US) {
        refine_after_us = elapsed * 4 < REFINE_LAST_US ? elapsed * 4 : REFINE_LAST_US;
    } else {
        anchor = now;
        anchor_us = clock_us();
    }
}
