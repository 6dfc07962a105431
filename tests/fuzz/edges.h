/* Edge coverage of the modules that are compiled with -fsanitize-coverage=trace-pc. */
#ifndef EDGES_H
#define EDGES_H

#include <stddef.h>
#include <stdint.h>

long edges_total(void);     /* edges taken at least once since the program started */
void edges_start(void);     /* what comes next is not reached from what came last */

#endif
