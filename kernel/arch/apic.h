/* The local APIC: timer, and the wire through which the 8259's requests come. */
#ifndef APIC_H
#define APIC_H

#include <stdbool.h>
#include <stdint.h>

/* False when the processor has none, or firmware turned it off. */
bool apic_init(void);
void apic_end_of_interrupt(void);
void apic_timer_arm(uint64_t microseconds);
void apic_timer_stop(void);

#endif
