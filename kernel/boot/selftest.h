/* Checks of the kernel by itself, asked for on the command line. */
#ifndef SELFTEST_H
#define SELFTEST_H

#include <stdbool.h>

/* Prints a line for each check and one for all; true when all passed. */
bool selftest_run(void);
/* Commits the named fault: null, text, data, stack, div, heap. Returns when there is no fault of that name. */
void selftest_fault(const char *name);

#endif
