/* The one random number generator (kernel.h: random_bytes, entropy_add). */
#ifndef ENTROPY_H
#define ENTROPY_H

#include <stdbool.h>

/* Gathers what the processor and the clocks give; more may come by entropy_add. */
void entropy_init(void);
bool entropy_is_seeded(void);
/* What fed it so far, for the boot message. */
const char *entropy_sources(void);

#endif
