/* The kernel's way into the Python runtime. */
#ifndef PYHOST_H
#define PYHOST_H

/* Starts the runtime and runs the image's main module's main(); the status to power off with. */
unsigned python_run(void);

/* Calls `function` without arguments in a new thread with a PyThreadState of its own. 0, or -1 with MemoryError set. */
struct _object;
int python_thread_start(struct _object *function, const char *name);

#endif
