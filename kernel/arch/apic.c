/* Local APIC (SDM 3A, chapter 10), in xAPIC mode. Devices keep the 8259, wired through LINT0 ("virtual wire"). */
#include "arch/apic.h"

#include "arch/arch.h"
#include "arch/cpu.h"
#include "kernel.h"

enum {
    APIC_TPR = 0x80, APIC_EOI = 0xb0, APIC_SVR = 0xf0, APIC_LVT_TIMER = 0x320, APIC_LVT_PERF = 0x340, APIC_LVT_LINT0 = 0x350,
    APIC_LVT_LINT1 = 0x360, APIC_LVT_ERROR = 0x370, APIC_TIMER_INITIAL = 0x380, APIC_TIMER_CURRENT = 0x390, APIC_TIMER_DIVIDE = 0x3e0,
};

#define BASE_ENABLED    (1ull << 11)
#define BASE_X2APIC     (1ull << 10)
#define BASE_ADDRESS    0x000ffffffffff000ull
#define SVR_ENABLED     0x100
#define LVT_MASKED      0x10000
#define LVT_NMI         0x400
#define LVT_EXTINT      0x700
#define DIVIDE_BY_16    3
#define CALIBRATION_US  10000

static volatile uint32_t *registers;
static uint64_t counts_per_second;

static uint32_t read_register(unsigned offset)
{
    return registers[offset / 4];
}

static void write_register(unsigned offset, uint32_t value)
{
    registers[offset / 4] = value;
}

/* Counts how far the timer runs down in a stretch of the clock, interrupts being still off. */
static void calibrate(void)
{
    write_register(APIC_TIMER_DIVIDE, DIVIDE_BY_16);
    write_register(APIC_LVT_TIMER, LVT_MASKED | VECTOR_TIMER);
    uint64_t start = clock_us();
    write_register(APIC_TIMER_INITIAL, UINT32_MAX);
    delay_us(CALIBRATION_US);
    uint32_t counted = UINT32_MAX - read_register(APIC_TIMER_CURRENT);
    uint64_t elapsed = clock_us() - start;
    write_register(APIC_TIMER_INITIAL, 0);
    counts_per_second = counted * 1000000ull / elapsed;
}

bool apic_init(void)
{
    if (!(cpuid(1, 0).edx & (1u << 9)))
        return false;
    uint64_t base = rdmsr(IA32_APIC_BASE);
    if (!(base & BASE_ENABLED) || (base & BASE_X2APIC))
        return false;
    registers = mmio_map(base & BASE_ADDRESS, PAGE_SIZE);
    write_register(APIC_SVR, SVR_ENABLED | VECTOR_SPURIOUS);
    write_register(APIC_TPR, 0);
    write_register(APIC_LVT_LINT0, LVT_EXTINT);
    write_register(APIC_LVT_LINT1, LVT_NMI);
    write_register(APIC_LVT_ERROR, LVT_MASKED);
    write_register(APIC_LVT_PERF, LVT_MASKED);
    calibrate();
    write_register(APIC_LVT_TIMER, VECTOR_TIMER);
    return counts_per_second != 0;
}

void apic_end_of_interrupt(void)
{
    write_register(APIC_EOI, 0);
}

/* A wait longer than the 32-bit count ends early; the scheduler looks at the clock and arms again. */
void apic_timer_arm(uint64_t microseconds)
{
    uint64_t limit = UINT32_MAX * 1000000ull / counts_per_second;
    uint64_t counts = (microseconds < limit ? microseconds : limit) * counts_per_second / 1000000;
    write_register(APIC_TIMER_INITIAL, counts ? (uint32_t)counts : 1);
}

void apic_timer_stop(void)
{
    write_register(APIC_TIMER_INITIAL, 0);
}
