/* What the Python runtime asks of its host (kernel/python/port.h), answered by the kernel. */
#include "port.h"

#include <Python.h>

#include "kernel.h"
#include "python.h"
#include "runtime.h"
#include "sched/sched.h"

/* The modules linked into this image and the one that runs first: a generated table (kernel/python/tools/module_table.py). */
extern const struct runtime_module linked_modules[];
extern const char linked_main[];

void *port_alloc(size_t size)
{
    return kmalloc(size);
}

void *port_realloc(void *old, size_t size)
{
    return krealloc(old, size);
}

void port_free(void *block)
{
    kfree(block);
}

void port_write(const char *text, size_t length)
{
    console_write(text, length);
}

uint64_t port_clock_us(void)
{
    return clock_us();
}

void port_wait(uint64_t deadline_us)
{
    sleep_until(deadline_us);
}

void port_entropy(void *out, size_t length)
{
    random_bytes(out, length);
}

void port_panic(const char *message)
{
    panic("%s", message);
}

unsigned python_run(void)
{
    if (runtime_init(linked_modules) != 0)
        return STATUS_FAILED;
    int status = runtime_run(linked_main, "main");
    return status < 0 ? STATUS_FAILED : (unsigned)status;
}
