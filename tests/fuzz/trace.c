/* What gcc's -fsanitize-coverage=trace-pc calls at every basic block of pynet: which edges of the control flow were taken. */
#include "edges.h"

/* An edge is a pair of blocks; at 65,536 pairs a twentieth shares its place with another. A bit each: it must stay in the cache. */
#define PLACES (1u << 20)

static uint8_t taken[PLACES / 8];
static uintptr_t before;
static long total;

extern const char __executable_start[];

void __sanitizer_cov_trace_pc(void);
void __sanitizer_cov_trace_pc(void)
{
    uintptr_t here = (uintptr_t)__builtin_return_address(0) - (uintptr_t)__executable_start;
    uint32_t place = (uint32_t)(here ^ before * 5) % PLACES;
    uint8_t bit = (uint8_t)(1u << place % 8);

    before = here;
    if (!(taken[place / 8] & bit)) {
        taken[place / 8] |= bit;
        total++;
    }
}

long edges_total(void)
{
    return total;
}

void edges_start(void)
{
    before = 0;
}
