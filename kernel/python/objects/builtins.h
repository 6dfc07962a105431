/* What builtins.c, sys.c and the small types beside them share. */
#ifndef PYNET_BUILTINS_H
#define PYNET_BUILTINS_H

#include "internal/runtime_internal.h"

int _PyRange_Init(void);                                    /* readies range and its iterators */
int runtime_add_arithmetic(PyObject *module);               /* builtins_numbers.c: abs, divmod, pow, round, sum, min, max ... */
int runtime_add_print(PyObject *module);                    /* builtins_print.c */

#endif
