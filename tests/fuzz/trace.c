/* What gcc's -fsanitize-coverage=trace-pc calls at every basic block of pynet: which edges of the control flow were taken. */
#include "edges.h"

/* An edge is a pair of blocks; at 65,536 pairs a twentieth shares its place with another. */
#define PLACES (1u << 20)

static uint8_t taken[PLACES];
static uintptr_t before;
static long total;

extern const char __executable_start[];

void __sanitizer_cov_trace_pc(void);
void __sanitizer_cov_trace_pc(void)
{
    uintptr_t here = (uintptr_t)__builtin_return_address(0) - (uintptr_t)__executable_start;
    uint8_t *place = &taken[(here ^ before * 5) % PLACES];

    before = here;
    if (*place == 0) {
        *place = 1;
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
