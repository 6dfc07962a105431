/* Real-time clock: the registers of the MC146818, read as UTC (QEMU's default, and a server's habit). */
#include "drivers/rtc.h"

#include <stdint.h>

#include "kernel.h"

#define INDEX 0x70
#define DATA  0x71
#define NMI_OFF 0x80

enum { SECONDS = 0, MINUTES = 2, HOURS = 4, DAY = 7, MONTH = 8, YEAR = 9, STATUS_A = 0x0a, STATUS_B = 0x0b, CENTURY = 0x32 };

#define A_UPDATING  0x80
#define B_24_HOURS  0x02
#define B_BINARY    0x04
#define HOUR_PM     0x80

/* An update takes 2 ms at most and comes once a second: a chip that says otherwise is not there. */
#define UPDATE_LIMIT_US 10000

struct fields {
    unsigned second, minute, hour, day, month, year, century;
};

static uint64_t unix_us_at_start;

static uint8_t read_register(uint8_t index)
{
    out8(INDEX, index | NMI_OFF);
    return in8(DATA);
}

static void wait_while_updating(void)
{
    uint64_t limit = clock_us() + UPDATE_LIMIT_US;
    while ((read_register(STATUS_A) & A_UPDATING) && clock_us() < limit)
        __asm__ volatile("pause");
}

static struct fields read_fields(void)
{
    wait_while_updating();
    return (struct fields){
        .second = read_register(SECONDS), .minute = read_register(MINUTES), .hour = read_register(HOURS), .day = read_register(DAY),
        .month = read_register(MONTH), .year = read_register(YEAR), .century = read_register(CENTURY),
    };
}

static bool same(const struct fields *a, const struct fields *b)
{
    return a->second == b->second && a->minute == b->minute && a->hour == b->hour && a->day == b->day && a->month == b->month
           && a->year == b->year && a->century == b->century;
}

static unsigned from_bcd(unsigned value)
{
    return (value >> 4) * 10 + (value & 15);
}

static void decode(struct fields *f)
{
    uint8_t status = read_register(STATUS_B);
    bool pm = f->hour & HOUR_PM;
    f->hour &= ~HOUR_PM;
    if (!(status & B_BINARY))
        *f = (struct fields){from_bcd(f->second), from_bcd(f->minute), from_bcd(f->hour), from_bcd(f->day), from_bcd(f->month),
                             from_bcd(f->year), from_bcd(f->century)};
    if (!(status & B_24_HOURS))
        f->hour = f->hour % 12 + (pm ? 12 : 0);
    /* Register 0x32 is a convention, not a standard: believe it only where it makes sense. */
    f->year += f->century >= 19 && f->century <= 29 ? f->century * 100 : 2000;
}

/* Days from 1970-01-01 in the Gregorian calendar, the year taken to begin in March so that leap days come last. */
static int64_t days_from_epoch(int64_t year, unsigned month, unsigned day)
{
    year -= month <= 2;
    unsigned from_march = (month + 9) % 12;
    int64_t day_of_year = (153 * from_march + 2) / 5 + day - 1;
    return year * 365 + year / 4 - year / 100 + year / 400 + day_of_year - 719468;
}

void rtc_init(void)
{
    struct fields first = read_fields(), second = read_fields();
    for (unsigned tries = 0; tries < 5 && !same(&first, &second); tries++) {
        first = second;
        second = read_fields();
    }
    uint64_t now = clock_us();
    decode(&second);
    int64_t days = days_from_epoch(second.year, second.month, second.day);
    int64_t seconds = ((days * 24 + second.hour) * 60 + second.minute) * 60 + second.second;
    /* The chip tells whole seconds: on average half of this one is over. */
    unix_us_at_start = (uint64_t)seconds * 1000000 + 500000 - now;
}

uint64_t wall_time_us(void)
{
    return unix_us_at_start + clock_us();
}
