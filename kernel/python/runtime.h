/* What the host may call of the runtime. All of it under the one lock of the Python world. */
#ifndef PYNET_RUNTIME_H
#define PYNET_RUNTIME_H

#include "Python.h"

/* A module compiled into the program: full dotted name, its PyInit function, whether it is a package. */
struct runtime_module {
    const char *name;
    PyObject *(*init)(void);
    int is_package;
};

/* Start the runtime in the calling thread. `modules` ends with {0} and must outlive the runtime. 0, or -1 after printing why. */
int runtime_init(const struct runtime_module *modules);

/* Import `module` and call its `function` without arguments (NULL: import only). Prints CPython's traceback of an unhandled
 * exception and returns 1; SystemExit gives its status; otherwise 0. */
int runtime_run(const char *module, const char *function);

/* The state of a further thread of Python code; NULL when memory is full. The host sets runtime_current at each switch. */
PyThreadState *runtime_thread_new(void);
void runtime_thread_delete(PyThreadState *state);
extern PyThreadState *runtime_current;

/* Tell where the thread's C stack ends: a call that would come near `lowest` raises RecursionError. */
void runtime_thread_stack(PyThreadState *state, const void *lowest);

/* Drop modules and collect, so that every object is given back (hosted: LeakSanitizer is quiet afterwards). */
void runtime_shutdown(void);

/* Run the cycle collector; objects found unreachable. It also runs by itself, by allocation count. */
size_t runtime_collect(void);

#endif
