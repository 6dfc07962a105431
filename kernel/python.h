/* The kernel's way into the Python runtime. */
#ifndef KERNEL_PYTHON_H
#define KERNEL_PYTHON_H

/* Starts the runtime and runs pynet.init.main(); the status to power off with. */
unsigned python_run(void);

#endif
